"""Pages that this backend has kernels of its own for, by the name of their class."""
from __future__ import annotations

from collections.abc import Callable

from .convolution import convolution, convolution_input
from .convolution_gradients import convolution_weight
from .kernel import Epilogue, Kernel, Machine, Operand
from .pooling import avg_pool, avg_pool_gradient, max_pool, max_pool_gradient, max_pool_indices
from .recurrence import layer, layer_gradient

Builder = Callable[[object, list[Operand], tuple[int, ...], Epilogue, Machine], list[Kernel] | None]

# (page, operands, shape of the result, epilogue, machine) -> kernels to run one after the other; None: not this case, it runs by other means
KERNELS: dict[str, Builder] = {
    "Convolution": convolution, "ConvolutionInput": convolution_input, "ConvolutionWeight": convolution_weight,
    "MaxPool": max_pool, "MaxPool3d": max_pool, "MaxPoolIndices": max_pool_indices, "MaxPoolGradient": max_pool_gradient,
    "AvgPool": avg_pool, "AvgPool3d": avg_pool, "AvgPoolGradient": avg_pool_gradient}

Whole = Callable[[object, list[Operand], list[Operand | None], Machine], list[Kernel] | None]

# (page, operands, results (None: nobody reads it), machine) -> kernels; None: not this case. All lie row by row
WHOLE: dict[str, Whole] = {
    "LstmLayer": layer, "LstmLayerGradient": layer_gradient, "GruLayer": layer, "GruLayerGradient": layer_gradient,
    "RnnLayer": layer, "RnnLayerGradient": layer_gradient}

# page: (which inputs, whether the result) are best laid out with the channels of a place side by side; others come as they are
LAYOUT: dict[str, tuple[tuple[int, ...], bool]] = {
    "Convolution": ((0,), True), "ConvolutionInput": ((0,), True), "ConvolutionWeight": ((0, 1), False),
    "MaxPool": ((0,), True), "MaxPool3d": ((0,), True), "MaxPoolIndices": ((0,), True), "MaxPoolGradient": ((0, 1), True),
    "AvgPool": ((0,), True), "AvgPool3d": ((0,), True), "AvgPoolGradient": ((0,), True)}
