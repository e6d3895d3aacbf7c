"""Softmax over very many classes, most of which are rare."""

from collections import namedtuple
from collections.abc import Sequence
from itertools import pairwise

import flambeau
from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules.container import ModuleList, Sequential
from flambeau.nn.modules.linear import Linear
from flambeau.nn.modules.module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

_ASMoutput = namedtuple("_ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(Module):
    """log softmax over classes that are sorted by frequency, and fall into a short list of frequent ones and clusters of rare ones
    (Grave et al., 2016, arXiv:1609.04309). The head decides between frequent classes and clusters; each cluster has a layer of its own,
    with the fewer features the rarer its classes are.

    Shapes: input (N, in_features) or (in_features), target (N) or () -> output (N) or (): the target's log-probability, and loss ():
    the mean of -output.

    Args:
        in_features: of the input.
        n_classes: number of classes.
        cutoffs: the first class of each cluster, increasing.
        div_value: the features of cluster i are in_features / div_value ** i.
        head_bias: whether the head has a bias.
        device, dtype: of the parameters.

    Raises:
        ValueError: cutoffs that are not increasing numbers between 1 and n_classes - 1.
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0, head_bias: bool = False, device=None,
        dtype=None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if any(int(c) != c for c in cutoffs) or not all(a < b for a, b in pairwise([0, *cutoffs, n_classes])):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 "
                f"and n_classes-1; got {cutoffs}")
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, device=device, dtype=dtype)
        self.tail = ModuleList()
        for i, (first, end) in enumerate(pairwise(self.cutoffs)):
            hidden = int(in_features // div_value ** (i + 1))
            self.tail.append(Sequential(
                Linear(in_features, hidden, bias=False, device=device, dtype=dtype),
                Linear(hidden, end - first, bias=False, device=device, dtype=dtype)))

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        self.head.reset_parameters()
        for to_hidden, to_output in self.tail:
            to_hidden.reset_parameters()
            to_output.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """(N, in_features), (N) -> output (N) and loss ().

        Raises:
            RuntimeError: shapes that do not fit, or a target that is no class.
        """
        self._check(input_, target_)
        batched = target_.dim() > 0
        input, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        if target.numel() and (int(target.min()) < 0 or int(target.max()) >= self.n_classes):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min().item()}, "
                f"{target.max().item()}] were found. ")
        head = F.log_softmax(self.head(input), dim=1)
        in_head = target.clone()  # which entry of the head stands for each target: its class, or its cluster
        of_cluster = input.new_zeros(target.size(0))
        for i, (first, end) in enumerate(pairwise(self.cutoffs)):
            rows = ((target >= first) & (target < end)).nonzero().squeeze(1)
            if rows.numel() == 0:
                continue
            in_head = in_head.index_fill(0, rows, self.shortlist_size + i)
            log_probabilities = F.log_softmax(self.tail[i](input.index_select(0, rows)), dim=1)
            chosen = log_probabilities.gather(1, (target.index_select(0, rows) - first).unsqueeze(1)).squeeze(1)
            of_cluster = of_cluster.index_copy(0, rows, chosen)
        output = of_cluster + head.gather(1, in_head.unsqueeze(1)).squeeze(1)
        return _ASMoutput(output if batched else output.squeeze(0), (-output).mean())

    def _check(self, input: Tensor, target: Tensor) -> None:
        if target.dim() == 1:
            if input.size(0) != target.size(0):
                raise RuntimeError("Input and target should have the same size in the batch dimension.")
            if input.dim() != 2:
                raise RuntimeError(f"1D target tensor expects 2D input tensors, but found inputs with size {input.size()}")
        elif target.dim() == 0:
            if input.dim() != 1:
                raise RuntimeError(f"0D target tensor expects 1D input tensors, but found inputs with size {input.size()}")
        else:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")

    def _full_log_prob(self, input: Tensor, head_output: Tensor) -> Tensor:
        head = F.log_softmax(head_output, dim=1)
        parts = [head[:, :self.shortlist_size]]
        for i, layers in enumerate(self.tail):
            place = self.shortlist_size + i
            parts.append(F.log_softmax(layers(input), dim=1) + head[:, place:place + 1])
        return flambeau.cat(parts, dim=1)

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes: (N, in_features) -> (N, n_classes)."""
        return self._full_log_prob(input, self.head(input))

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class: (N, in_features) -> (N). Clusters are computed for those samples only for which the head chose one."""
        head_output = self.head(input)
        output = flambeau.argmax(head_output, dim=1)
        rare = (output >= self.shortlist_size).nonzero().squeeze(1)
        if rare.numel() == 0:
            return output
        log_probabilities = self._full_log_prob(input.index_select(0, rare), head_output.index_select(0, rare))
        return output.index_copy(0, rare, flambeau.argmax(log_probabilities, dim=1))
