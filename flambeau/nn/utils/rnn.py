"""Sequences of different lengths in one batch: padded, or packed."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import flambeau
from flambeau import Tensor
from flambeau.nn.modules._conversion import parse_to

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """Sequences of a batch one element after the other: all first elements, then all second ones …, the longest sequence first.

    Made by :func:`pack_padded_sequence` and :func:`pack_sequence`; recurrent layers take and return it.

    Attributes:
        data: the elements (sum of lengths, *).
        batch_sizes: how many sequences have a first element, a second one … Integers on the CPU, decreasing.
        sorted_indices: the order in which the sequences are, if they were sorted.
        unsorted_indices: where to find each of them, the inverse of sorted_indices.

    Raises:
        ValueError: batch_sizes are not on the CPU.
    """

    __slots__ = ()

    def __new__(
        cls, data: Any, batch_sizes: Tensor | None = None, sorted_indices: Tensor | None = None, unsorted_indices: Tensor | None = None,
    ):
        if batch_sizes is None:
            if not (isinstance(data, list | tuple) and len(data) == 2):
                raise AssertionError("PackedSequence() takes data and batch_sizes, or both as a pair")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(
                f"batch_sizes should always be on CPU, and is on {batch_sizes.device}. Instances of PackedSequence should never be created "
                "manually: use pack_sequence and pack_padded_sequence.")
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> "PackedSequence":
        """The same with its data converted as by ``Tensor.to``, and its indices moved to their device. batch_sizes stay on the CPU."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        *_, non_blocking, _ = parse_to(*args, **kwargs)
        indices = [None if t is None else t.to(data.device, non_blocking=non_blocking) for t in (self.sorted_indices, self.unsorted_indices)]
        return type(self)(data, self.batch_sizes, *indices)

    def cpu(self, *args: Any, **kwargs: Any) -> "PackedSequence":
        """The same on the CPU."""
        return self.to(*args, **{"device": "cpu", **kwargs})

    def cuda(self, *args: Any, **kwargs: Any) -> "PackedSequence":
        """The same on a CUDA device."""
        return self.to(*args, **({} if args else {"device": "cuda"}), **kwargs)

    def double(self) -> "PackedSequence":
        """The same in float64."""
        return self.to(dtype=flambeau.double)

    def float(self) -> "PackedSequence":
        """The same in float32."""
        return self.to(dtype=flambeau.float)

    def half(self) -> "PackedSequence":
        """The same in float16."""
        return self.to(dtype=flambeau.half)

    def long(self) -> "PackedSequence":
        """The same in int64."""
        return self.to(dtype=flambeau.long)

    def int(self) -> "PackedSequence":
        """The same in int32."""
        return self.to(dtype=flambeau.int)

    def short(self) -> "PackedSequence":
        """The same in int16."""
        return self.to(dtype=flambeau.short)

    def char(self) -> "PackedSequence":
        """The same in int8."""
        return self.to(dtype=flambeau.int8)

    def byte(self) -> "PackedSequence":
        """The same in uint8."""
        return self.to(dtype=flambeau.uint8)

    def pin_memory(self) -> "PackedSequence":
        """The same in page-locked memory."""
        indices = [None if t is None else t.pin_memory() for t in (self.sorted_indices, self.unsorted_indices)]
        return type(self)(self.data.pin_memory(), self.batch_sizes, *indices)

    @property
    def is_cuda(self) -> bool:
        """Whether the data are on a CUDA device."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """Whether the data are in page-locked memory."""
        return self.data.is_pinned()


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another: (N) -> (N)."""
    if permutation is None:
        return None
    places = flambeau.arange(permutation.numel(), device=permutation.device, dtype=permutation.dtype)
    return flambeau.empty_like(permutation).scatter_(0, permutation, places)


def pack_padded_sequence(input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    """Sequences without their padding: (T, N, *), or (N, T, *) with batch_first -> PackedSequence.

    Args:
        input: the padded sequences.
        lengths: of the sequences (N), each from 1 to T.
        batch_first: N comes first.
        enforce_sorted: the lengths are decreasing; otherwise sequences are sorted here, and put back when they are unpacked.

    Raises:
        RuntimeError: lengths that are not sorted, not positive, not as many as sequences or longer than T.
    """
    if isinstance(lengths, Tensor):
        lengths = lengths.to(dtype=flambeau.int64)
    else:
        lengths = flambeau.as_tensor(lengths, dtype=flambeau.int64, device="cpu")
    sorted_indices = None
    if not enforce_sorted:
        lengths, sorted_indices = flambeau.sort(lengths, descending=True)
        sorted_indices = sorted_indices.to(input.device)
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    x = input.transpose(0, 1) if batch_first else input
    sizes = _batch_sizes(lengths.tolist(), x)
    data = x.flatten(0, 1).index_select(0, _places(sizes, x.shape[1]).to(x.device))
    return PackedSequence(data, flambeau.tensor(sizes, dtype=flambeau.int64), sorted_indices, None)


def _places(sizes: list[int], rows: int) -> Tensor:
    """Where the elements of a packed sequence are among those of a padded one (T * N): time times N, plus the sequence's number."""
    return flambeau.tensor([t * rows + row for t, size in enumerate(sizes) for row in range(size)], dtype=flambeau.int64)


def _batch_sizes(lengths: list[int], x: Tensor) -> list[int]:
    """How many of the sequences, whose lengths decrease, have a first element, a second one …"""
    if not lengths or x.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if len(lengths) != x.shape[1]:
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} (batch_size={x.shape[1]})")
    if any(a < b for a, b in zip(lengths, lengths[1:], strict=False)):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to "
            "pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.")
    if lengths[-1] <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    if lengths[0] > x.shape[0]:
        raise RuntimeError(f"Expected lengths of at most {x.shape[0]}, the length of the padded input, but got {lengths[0]}")
    sizes, running = [], len(lengths)
    for t in range(lengths[0]):
        while lengths[running - 1] <= t:
            running -= 1
        sizes.append(running)
    return sizes


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """A packed sequence padded again, in the order that the sequences had: (T, N, *), or (N, T, *) with batch_first, and lengths (N).

    Args:
        sequence: what to pad.
        batch_first: N comes first.
        padding_value: what is put behind shorter sequences.
        total_length: T; by default the greatest length.

    Raises:
        ValueError: total_length is less than that.
    """
    sizes = sequence.batch_sizes.tolist()
    steps = len(sizes) if total_length is None else total_length
    if steps < len(sizes):
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {len(sizes)}")
    rows, data = sizes[0], sequence.data
    empty = data.new_full((steps * rows, *data.shape[1:]), padding_value)
    output = empty.index_copy(0, _places(sizes, rows).to(data.device), data).unflatten(0, (steps, rows))
    output = output.transpose(0, 1) if batch_first else output
    lengths = flambeau.tensor([sum(size > row for size in sizes) for row in range(rows)], dtype=flambeau.int64)
    order = sequence.unsorted_indices
    if order is not None:
        return output.index_select(0 if batch_first else 1, order), lengths[order.cpu()]
    return output, lengths


def pad_sequence(
    sequences: Tensor | list[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right",
) -> Tensor:
    """Sequences (L_i, *) in one tensor: (T, N, *), or (N, T, *) with batch_first, where T is the greatest length.

    Args:
        sequences: tensors that differ in their first axis only.
        batch_first: N comes first.
        padding_value: what shorter ones are filled up with.
        padding_side: ``"right"`` or ``"left"``: behind them or before them.

    Raises:
        RuntimeError: no sequences, or another padding_side.
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}")
    sequences = tuple(sequences)
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("right", "left"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    longest = max(sequence.size(0) for sequence in sequences)
    padded = []
    for sequence in sequences:
        missing = longest - sequence.size(0)
        if missing:
            padding = sequence.new_full((missing, *sequence.shape[1:]), padding_value)
            sequence = flambeau.cat((sequence, padding) if padding_side == "right" else (padding, sequence))
        padded.append(sequence)
    return flambeau.stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences (L_i, *) in a padded tensor (T, N, *), or (N, T, *) with batch_first, of lengths (N)."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:length] for row, length in zip(rows.unbind(0), lengths.tolist(), strict=True)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (L_i, *) packed; with enforce_sorted their lengths decrease.

    Raises:
        RuntimeError: lengths that are not sorted, or not positive.
    """
    lengths = flambeau.as_tensor([sequence.size(0) for sequence in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences (L_i, *) in a packed sequence, in the order that they had."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)
