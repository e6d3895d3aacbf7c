"""Recurrent layers, and single steps of them."""

import math
import numbers
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn import init
from flambeau.nn.modules._where import warn_user
from flambeau.nn.modules.module import Module
from flambeau.nn.parameter import Parameter
from flambeau.nn.utils.rnn import PackedSequence

__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNBase", "RNNCell", "RNNCellBase"]

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
_FUNCTIONS = {"LSTM": "lstm", "GRU": "gru", "RNN_TANH": "rnn_tanh", "RNN_RELU": "rnn_relu"}


def apply_permutation(tensor: Tensor, permutation: Tensor, dim: int = 1) -> Tensor:
    """Deprecated: use ``tensor.index_select(dim, permutation)``."""
    warn_user(
        "`apply_permutation` is deprecated, please use `tensor.index_select(dim, permutation)` instead", FutureWarning)
    return tensor.index_select(dim, permutation)


class RNNBase(Module):
    """What RNN, LSTM and GRU share: weights for each layer and direction, and the way in and out of packed sequences.

    Args:
        mode: ``"RNN_TANH"``, ``"RNN_RELU"``, ``"LSTM"`` or ``"GRU"``.
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device, dtype: as of :class:`LSTM`.
    """

    __constants__ = [
        "mode", "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional", "proj_size",
    ]

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, device=None, dtype=None,
    ) -> None:
        super().__init__()
        _check_options(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        gates, out = _GATES[mode] * hidden_size, proj_size or hidden_size
        directions = ("", "_reverse") if bidirectional else ("",)
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            size = input_size if layer == 0 else out * len(directions)
            for direction in directions:
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (gates, size), "weight_hh": (gates, out)}
                if bias:
                    shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for name, shape in shapes.items():
                    setattr(self, f"{name}_l{layer}{direction}", Parameter(flambeau.empty(shape, device=device, dtype=dtype)))
                self._all_weights.append([f"{name}_l{layer}{direction}" for name in shapes])
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew, uniform in ±1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Tensor | None]:
        """What the functions of recurrence take."""
        return [getattr(self, name, None) for name in self._flat_weights_names]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The weights of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing: where the weights lie in memory makes no difference here."""

    # ---------------------------------------------------------------------------------------------------------------- checks
    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Raises ValueError for another dtype than the weights', RuntimeError for a wrong shape."""
        dtype = next(weight for weight in self._flat_weights if weight is not None).dtype
        if input.dtype != dtype and not _autocast():
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({dtype}). Convert input: input.to({dtype}), or convert "
                f"model: model.to({input.dtype})")
        expected = 2 if batch_sizes is not None else 3
        if input.dim() != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.dim()}")
        if input.size(-1) != self.input_size:
            raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}")

    def get_expected_hidden_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape of h for an input."""
        return self._expected_size(input, batch_sizes, self.proj_size or self.hidden_size)

    def _expected_size(self, input: Tensor, batch_sizes: Tensor | None, size: int) -> tuple[int, int, int]:
        if batch_sizes is not None:
            rows = int(batch_sizes[0])
        else:
            rows = input.size(0) if self.batch_first else input.size(1)
        return self.num_layers * (2 if self.bidirectional else 1), rows, size

    def check_hidden_size(self, hx: Tensor, expected_hidden_size: tuple, msg: str = "Expected hidden size {}, got {}") -> None:
        """Raises RuntimeError for another shape."""
        if tuple(hx.size()) != tuple(expected_hidden_size):
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """All checks of an input and its first state."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """A state with the batch in another order."""
        return hx if permutation is None else self._of_state(lambda part: part.index_select(1, permutation), hx)

    def _of_state(self, fn: Any, hx: Any) -> Any:
        """``fn`` of each tensor of a state."""
        return fn(hx)

    def _first_state(self, input: Tensor, batch_sizes: Tensor | None) -> Any:
        """Zeros."""
        return input.new_zeros(self.get_expected_hidden_size(input, batch_sizes))

    # ---------------------------------------------------------------------------------------------------------------- forward
    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """A sequence and its first state -> the last layer's outputs, and the last states.

        Args:
            input: (T, N, F), (N, T, F) with batch_first, (T, F) for one sequence, or a PackedSequence.
            hx: the first state; zeros by default.

        Raises:
            ValueError, RuntimeError: sizes or dtypes do not fit.
        """
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        name = type(self).__name__
        if input.dim() not in (2, 3):
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        batched = input.dim() == 3
        if hx is not None:
            self._of_state(lambda part: _check_state_dim(part, batched), hx)
        if not batched:
            input = input.unsqueeze(0 if self.batch_first else 1)
            hx = None if hx is None else self._of_state(lambda part: part.unsqueeze(1), hx)
        if hx is None:
            hx = self._first_state(input, None)
        self.check_forward_args(input, hx, None)
        output, *state = self._function(
            input, hx, self._flat_weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional, self.batch_first)
        state = self._as_state(state)
        if not batched:
            output = output.squeeze(0 if self.batch_first else 1)
            state = self._of_state(lambda part: part.squeeze(1), state)
        return output, state

    def _forward_packed(self, input: PackedSequence, hx: Any) -> tuple[PackedSequence, Any]:
        data, batch_sizes, sorted_indices, unsorted_indices = input
        hx = self._first_state(data, batch_sizes) if hx is None else self.permute_hidden(hx, sorted_indices)
        self.check_forward_args(data, hx, batch_sizes)
        output, *state = self._function(
            data, batch_sizes, hx, self._flat_weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional)
        packed = PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices)
        return packed, self.permute_hidden(self._as_state(state), unsorted_indices)

    @property
    def _function(self) -> Any:
        return getattr(flambeau, _FUNCTIONS[self.mode])

    def _as_state(self, state: list[Tensor]) -> Any:
        return state[0]

    def extra_repr(self) -> str:
        """Sizes, and the options that are not the default."""
        text = f"{self.input_size}, {self.hidden_size}"
        if self.proj_size != 0:
            text += f", proj_size={self.proj_size}"
        if self.num_layers != 1:
            text += f", num_layers={self.num_layers}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if self.batch_first is not False:
            text += f", batch_first={self.batch_first}"
        if self.dropout != 0:
            text += f", dropout={self.dropout}"
        if self.bidirectional is not False:
            text += f", bidirectional={self.bidirectional}"
        return text


def _autocast() -> bool:
    enabled = getattr(flambeau, "is_autocast_enabled", None)
    return enabled is not None and (enabled("cpu") or enabled("cuda"))


def _check_state_dim(part: Tensor, batched: bool) -> None:
    if part.dim() != (3 if batched else 2):
        said = "For batched 3-D input, hx should also be 3-D" if batched else "For unbatched 2-D input, hx should also be 2-D"
        raise RuntimeError(f"{said} but got {part.dim()}-D tensor")


def _check_options(
    mode: str, input_size: int, hidden_size: int, num_layers: int, bias: bool, batch_first: bool, dropout: float, proj_size: int,
) -> None:
    if mode not in _GATES:
        raise ValueError(f"Unrecognized RNN mode: {mode}")
    if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= dropout <= 1:
        raise ValueError("dropout should be a number in range [0, 1] representing the probability of an element being zeroed")
    if dropout > 0 and num_layers == 1:
        warn_user(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but "
            f"got dropout={dropout} and num_layers={num_layers}")
    for name, value, kind in (
        ("bias", bias, bool), ("batch_first", batch_first, bool), ("input_size", input_size, int), ("hidden_size", hidden_size, int),
    ):
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
    for name, value in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
        if value <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")


class RNN(RNNBase):
    """h[t] = tanh(w_ih x[t] + b_ih + w_hh h[t-1] + b_hh), in one layer or several (Elman, 1990).

    Shapes and weights are those of :class:`LSTM`, with one gate and a state h.

    Args:
        input_size, hidden_size, num_layers: as of LSTM.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        bias, batch_first, dropout, bidirectional, device, dtype: as of LSTM.

    Raises:
        ValueError, TypeError: an option out of its range.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        if len(args) > 3:
            nonlinearity, args = args[3], args[:3] + args[4:]
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", *args, **kwargs)
        self.nonlinearity = nonlinearity


class GRU(RNNBase):
    """Gated recurrent units, in one layer or several (Cho et al., 2014, arXiv:1406.1078):

        r = σ(w_ir x + b_ir + w_hr h + b_hr)
        z = σ(w_iz x + b_iz + w_hz h + b_hz)
        n = tanh(w_in x + b_in + r (w_hn h + b_hn))
        h = (1 - z) n + z h

    Shapes and weights are those of :class:`LSTM`, with the three gates r, z, n and a state h.

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype: as of LSTM.

    Raises:
        ValueError, TypeError: an option out of its range.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)


def _refuse_projection(kwargs: dict[str, Any]) -> None:
    if "proj_size" in kwargs:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class LSTM(RNNBase):
    """Long short-term memory, in one layer or several (Hochreiter & Schmidhuber, 1997):

        i, f, g, o = w_ih x + b_ih + w_hh h + b_hh
        c = σ(f) c + σ(i) tanh(g)
        h = σ(o) tanh(c)

    Shapes, with N sequences of length T (batch_first: N and T the other way round; one sequence: without N): x (T, N, input_size) ->
    h of all times (T, N, directions * H), and the last (h, c) of all layers, each (layers * directions, N, H).
    Weights of layer k: ``weight_ih_lk`` (4 H, F), ``weight_hh_lk`` (4 H, H), ``bias_ih_lk``, ``bias_hh_lk`` (4 H), and the same with
    ``_reverse``; all start uniform in ±1/sqrt(H).

    Args:
        input_size: F of the first layer.
        hidden_size: H.
        num_layers: each takes the outputs of the one before.
        bias: whether there are biases.
        batch_first: inputs and outputs are (N, T, *).
        dropout: probability of dropout after each layer but the last, in training.
        bidirectional: each layer also reads the sequence from its end; outputs lie side by side.
        proj_size: if above 0, h is projected to this size by ``weight_hr_lk`` (proj_size, H) (Sak et al., 2014, arXiv:1402.1128).
        device, dtype: of the weights.

    Raises:
        ValueError, TypeError: an option out of its range.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape of c for an input."""
        return self._expected_size(input, batch_sizes, self.hidden_size)

    def check_forward_args(self, input: Tensor, hidden: tuple[Tensor, Tensor], batch_sizes: Tensor | None) -> None:
        """All checks of an input and its first state."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden[0], self.get_expected_hidden_size(input, batch_sizes), "Expected hidden[0] size {}, got {}")
        self.check_hidden_size(hidden[1], self.get_expected_cell_size(input, batch_sizes), "Expected hidden[1] size {}, got {}")

    def _of_state(self, fn: Any, hx: Any) -> Any:
        return fn(hx[0]), fn(hx[1])

    def _first_state(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[Tensor, Tensor]:
        return (input.new_zeros(self.get_expected_hidden_size(input, batch_sizes)),
                input.new_zeros(self.get_expected_cell_size(input, batch_sizes)))

    def _as_state(self, state: list[Tensor]) -> tuple[Tensor, ...]:
        return tuple(state)


class RNNCellBase(Module):
    """What single steps share: ``weight_ih`` (chunks * H, F), ``weight_hh`` (chunks * H, H), ``bias_ih``, ``bias_hh`` (chunks * H), all
    uniform in ±1/sqrt(H) at first.

    Args:
        input_size, hidden_size: F and H.
        bias: whether there are biases.
        num_chunks: number of gates.
        device, dtype: of the weights.
    """

    __constants__ = ["input_size", "hidden_size", "bias"]

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device=None, dtype=None) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = num_chunks * hidden_size
        self.weight_ih = Parameter(flambeau.empty((gates, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(flambeau.empty((gates, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(flambeau.empty(gates, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _step(self, function: Any, input: Tensor, hx: Any) -> Any:
        """One step of a function of recurrence, of a batch or of one element; a state is one tensor, or a tuple of them."""
        name = type(self).__name__
        parts = (hx,) if hx is None or isinstance(hx, Tensor) else tuple(hx)
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for place, part in enumerate(parts):
            if part is not None and part.dim() not in (1, 2):
                which = "hidden" if hx is part else f"hx[{place}]"
                raise ValueError(f"{name}: Expected {which} to be 1D or 2D, got {part.dim()}D instead")
        batched = input.dim() == 2
        if not batched:
            input = input.unsqueeze(0)
            parts = tuple(None if part is None else part.unsqueeze(0) for part in parts)
        weights = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        zeros = None if hx is not None else input.new_zeros((input.size(0), self.hidden_size))
        if function is flambeau.lstm_cell:
            h, c = function(input, parts if zeros is None else (zeros, zeros), *weights)
            return (h, c) if batched else (h.squeeze(0), c.squeeze(0))
        h = function(input, parts[0] if zeros is None else zeros, *weights)
        return h if batched else h.squeeze(0)

    def extra_repr(self) -> str:
        """Sizes, and the options that are not the default."""
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            text += f", nonlinearity={self.nonlinearity}"
        return text


class RNNCell(RNNCellBase):
    """h' = tanh(w_ih x + b_ih + w_hh h + b_hh): x (N, input_size) or (input_size), h (N, hidden_size) or (hidden_size) -> h'.

    Args:
        input_size, hidden_size: of the vectors.
        bias: whether there are biases.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        device, dtype: of the weights.
    """

    __constants__ = ["input_size", "hidden_size", "bias", "nonlinearity"]

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device=None, dtype=None) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=1, device=device, dtype=dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """x, h -> h'. Without h from zeros."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(getattr(flambeau, f"rnn_{self.nonlinearity}_cell"), input, hx)


class LSTMCell(RNNCellBase):
    """One step of :class:`LSTM`: x (N, input_size) or (input_size), h and c (N, hidden_size) or (hidden_size) -> (h', c').

    Args:
        input_size, hidden_size: of the vectors.
        bias: whether there are biases.
        device, dtype: of the weights.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=4, device=device, dtype=dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """x, (h, c) -> (h', c'). Without a state from zeros."""
        return self._step(flambeau.lstm_cell, input, hx)


class GRUCell(RNNCellBase):
    """One step of :class:`GRU`: x (N, input_size) or (input_size), h (N, hidden_size) or (hidden_size) -> h'.

    Args:
        input_size, hidden_size: of the vectors.
        bias: whether there are biases.
        device, dtype: of the weights.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device=None, dtype=None) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=3, device=device, dtype=dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """x, h -> h'. Without h from zeros."""
        return self._step(flambeau.gru_cell, input, hx)
