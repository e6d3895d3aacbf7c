"""Description: what a tensor says of itself, from its shape, its dtype and the memory under it."""
from __future__ import annotations

from . import device as devices
from . import dtype as dt
from .layout import strided
from .shape import Size, contiguous_strides, is_contiguous, numel
from .storage import Storage, UntypedStorage, address
from .view import View


class TensorBase:
    """Shape, strides, dtype, device, address: the part of Tensor that neither computes nor differentiates.

    Fields are plain attributes: `_storage`; `shape`, `dtype`; `_view` (None: the whole storage, in order).
    """

    _storage: Storage
    shape: Size
    dtype: dt.dtype
    _view: View | None = None

    @property
    def device(self):
        """Where the memory is."""
        value = self._storage.__dict__.get("value")         # a value that nobody asked for yet is the CPU's
        return devices.CPU if value is None else value.device

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def dim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    ndimension = dim

    def size(self, dim: int | None = None):
        """The shape, or the size of axis `dim`."""
        if dim is None:
            return self.shape
        n = len(self.shape)
        if not -n <= dim < n:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-n or -1}, {n - 1 if n else 0}], but got {dim})")
        return self.shape[dim]

    def numel(self) -> int:
        """The number of elements."""
        return numel(self.shape)

    nelement = numel

    def stride(self, dim: int | None = None):
        """Steps in memory, in elements, along each axis (or along `dim`)."""
        strides = contiguous_strides(self.shape) if self._view is None else self._view.strides
        return strides if dim is None else strides[dim]

    def storage_offset(self) -> int:
        """Where in the storage the first element is, in elements."""
        return 0 if self._view is None else self._view.offset

    def is_contiguous(self, memory_format=None) -> bool:
        """Whether the elements lie in row-major order (or in `memory_format`)."""
        if memory_format is not None and str(memory_format) != "torch.contiguous_format":
            return memory_format.holds(self.shape, self.stride())
        return self._view is None or is_contiguous(self.shape, self._view.strides)

    def element_size(self) -> int:
        """Bytes an element."""
        return self.dtype.itemsize

    @property
    def itemsize(self) -> int:
        """Bytes an element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes that the elements take."""
        return self.numel() * self.dtype.itemsize

    def data_ptr(self) -> int:
        """The address of the first element."""
        start = address(self._storage)
        return start and start + self.storage_offset() * self.dtype.itemsize

    def untyped_storage(self) -> UntypedStorage:
        """The bytes under this tensor and its views."""
        return UntypedStorage(self._storage)

    def is_set_to(self, other) -> bool:
        """Whether both are the same view of the same storage."""
        return (self._storage is other._storage and self.shape == other.shape and self.stride() == other.stride()
                and self.storage_offset() == other.storage_offset())

    @property
    def layout(self):
        """How elements are stored: always strided."""
        return strided

    is_cuda = is_sparse = is_quantized = is_mkldnn = is_mps = is_xpu = is_nested = is_sparse_csr = False
    is_xla = is_ipu = is_hpu = is_mtia = is_maia = is_vulkan = is_ort = False
    name = _backward_hooks = None

    @property
    def is_cpu(self) -> bool:
        """Whether the memory is the CPU's."""
        return self.device is devices.CPU

    @property
    def is_meta(self) -> bool:
        """Whether there is only a shape and a dtype, no memory."""
        return self.device is devices.META

    def is_floating_point(self) -> bool:
        """Whether the dtype is a floating one."""
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether the dtype is a complex one."""
        return self.dtype.is_complex

    def is_signed(self) -> bool:
        """Whether the dtype holds negative numbers."""
        return self.dtype.is_signed

    def get_device(self) -> int:
        """The device's number; -1 on the CPU."""
        return -1
