"""Parametrizations for weights that are orthogonal, have spectral norm 1, or a norm of their own."""

from enum import Enum, auto
from typing import Any

import flambeau
from flambeau import Tensor
from flambeau.nn import functional as F
from flambeau.nn.modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from flambeau.nn.modules.module import Module
from flambeau.nn.utils import parametrize

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def _tensor_of(module: Module, name: str) -> Tensor:
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return weight


# ------------------------------------------------------------------------------------------------------------------- orthogonal
class _OrthMaps(Enum):
    matrix_exp = auto()
    cayley = auto()
    householder = auto()


def _is_orthogonal(q: Tensor) -> bool:
    n, k = q.shape[-2:]
    tolerance = 10.0 * n * flambeau.finfo(q.dtype).eps
    return flambeau.allclose(q.mH @ q, flambeau.eye(k, dtype=q.dtype, device=q.device), atol=tolerance)


def _make_orthogonal(a: Tensor) -> Tensor:
    """The orthogonal factor of a = q r whose r has a positive diagonal, which makes it unique."""
    reflectors, tau = flambeau.geqrf(a)
    q = flambeau.linalg.householder_product(reflectors, tau)
    return q * reflectors.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


class _Orthogonal(Module):
    """x (*, n, k) -> a matrix of the same shape with orthonormal columns (or rows, if n < k).

    ``base``, with use_trivialization, is an orthogonal matrix that the result is multiplied by, so that the weight that was assigned
    belongs to x = -1 on the diagonal, whatever the map (Lezcano-Casado, 2019, arXiv:1909.09501).
    """

    def __init__(self, weight: Tensor, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map is _OrthMaps.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, x: Tensor) -> Tensor:
        """x (*, n, k) -> (*, n, k)."""
        wide = x.size(-2) < x.size(-1)
        x = x.mT if wide else x
        q = self._reflected(x) if self.orthogonal_map is _OrthMaps.householder else self._mapped(x)
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if wide else q

    def _mapped(self, x: Tensor) -> Tensor:
        """By the exponential, or the Cayley transform, of the skew-Hermitian matrix whose lower triangle is x's."""
        n, k = x.shape[-2:]
        x = x.tril()
        if n != k:
            x = flambeau.cat([x, x.new_zeros(n, n - k).expand(*x.shape[:-2], -1, -1)], dim=-1)
        a = x - x.mH
        if self.orthogonal_map is _OrthMaps.matrix_exp:
            q = flambeau.matrix_exp(a)
        else:  # (1 + a/2) (1 - a/2)^-1
            one = flambeau.eye(n, dtype=a.dtype, device=a.device)
            q = flambeau.linalg.solve(flambeau.add(one, a, alpha=-0.5), flambeau.add(one, a, alpha=0.5))
        return q if n == k else q[..., :k]

    def _reflected(self, x: Tensor) -> Tensor:
        """By the Householder reflections whose vectors are the columns below x's diagonal, which holds 1 or -1."""
        a = x.tril(diagonal=-1)
        tau = 2.0 / (1.0 + (a * a).sum(dim=-2))
        q = flambeau.linalg.householder_product(a, tau)
        return q * x.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)

    def right_inverse(self, q: Tensor) -> Tensor:
        """What the map makes q of, if q is orthogonal; else an orthogonal matrix near it.

        Raises:
            ValueError: another shape.
            NotImplementedError: without a base, only Householder reflections can be found.
        """
        if q.shape != self.shape:
            raise ValueError(f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {q.shape}.")
        with flambeau.no_grad():
            return self._to_reflections(q) if not hasattr(self, "base") else self._to_base(q)

    def _to_reflections(self, q: Tensor) -> Tensor:
        if self.orthogonal_map is not _OrthMaps.householder:
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when use_trivialization=False.")
        wide = q.size(-2) < q.size(-1)
        a, tau = flambeau.geqrf(q.mT if wide else q)
        diagonal = a.diagonal(dim1=-2, dim2=-1)
        diagonal.sign_()
        diagonal[tau == 0.0] *= -1  # no reflection: the sign is the column's own
        return a.mT if wide else a

    def _to_base(self, q: Tensor) -> Tensor:
        tall = q.mT if q.size(-2) < q.size(-1) else q
        n, k = tall.shape[-2:]
        if n == k:
            base = tall.clone() if _is_orthogonal(tall) else _make_orthogonal(tall)
        else:  # filled up to a square
            more = flambeau.randn(*tall.shape[:-2], n, n - k, dtype=q.dtype, device=q.device)
            base = _make_orthogonal(flambeau.cat([tall, more], dim=-1))
        self.base = base
        start = flambeau.zeros_like(q)
        start.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return start


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True,
) -> Module:
    """Keep a weight (*, n, k) orthogonal (unitary): its columns are orthonormal if n >= k, its rows otherwise.

    Args:
        module: changed in place.
        name: the weight's.
        orthogonal_map: ``"matrix_exp"``, ``"cayley"`` or ``"householder"``; by default the first for square and complex weights, the
            last otherwise.
        use_trivialization: start at the present weight, made orthogonal, by an extra buffer ``base``.

    Returns:
        the module.

    Raises:
        ValueError: no such weight, fewer than 2 axes, or an unknown map.
    """
    weight = _tensor_of(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.size(-2) == weight.size(-1) or weight.is_complex() else "householder"
    if orthogonal_map not in _OrthMaps.__members__:
        raise ValueError(f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}')
    parametrization = _Orthogonal(weight, _OrthMaps[orthogonal_map], use_trivialization=use_trivialization)
    return parametrize.register_parametrization(module, name, parametrization, unsafe=True)


# ------------------------------------------------------------------------------------------------------------------ weight norm
def norm_except_dim(v: Tensor, dim: int | None) -> Tensor:
    """The 2-norms of a weight's slices along an axis, with the other axes kept as 1; of all of it for -1 or None."""
    if dim is None or dim == -1:
        return flambeau.linalg.vector_norm(v)
    others = [axis for axis in range(v.dim()) if axis != dim % v.dim()]
    return flambeau.linalg.vector_norm(v, 2, others, keepdim=True) if others else v.abs()


class _WeightNorm(Module):
    """weight = g v / |v|."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        """Lengths and directions -> the weight."""
        return weight_v * (weight_g / norm_except_dim(weight_v, self.dim))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The weight's lengths, and itself."""
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Have a weight be g v / |v|, with lengths g and directions v that are learned apart (Salimans & Kingma, 2016, arXiv:1602.07868).

    They are ``parametrizations.<name>.original0`` and ``original1``. State dicts of the older :func:`flambeau.nn.utils.weight_norm` load.

    Args:
        module: changed in place.
        name: the weight's.
        dim: the axis along which each slice has a length; None: all of it has one.

    Returns:
        the module.
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def take_old_names(state_dict: dict, prefix: str, *_: Any) -> None:
        old = [f"{prefix}{name}_{letter}" for letter in "gv"]
        if all(key in state_dict for key in old):
            for place, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{name}.original{place}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(take_old_names)
    return module


# ---------------------------------------------------------------------------------------------------------------- spectral norm
class _SpectralNorm(Module):
    """weight / σ, where σ is the largest singular value of the weight as a matrix, found by power iteration: u, v are its vectors."""

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        axes = weight.ndim
        if not -axes <= dim < axes:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{axes}, {axes - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")
        self.dim = dim % axes
        self.eps = eps
        if axes > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._as_matrix(weight)
            rows, columns = matrix.size()
            u, v = matrix.new_empty(rows).normal_(0, 1), matrix.new_empty(columns).normal_(0, 1)
            self.register_buffer("_u", F.normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", F.normalize(v, dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _as_matrix(self, weight: Tensor) -> Tensor:
        return weight.movedim(self.dim, 0).flatten(1)

    def _power_method(self, matrix: Tensor, iterations: int) -> None:
        with flambeau.no_grad():
            for _ in range(iterations):
                self._u.copy_(F.normalize(flambeau.mv(matrix, self._v), dim=0, eps=self.eps))
                self._v.copy_(F.normalize(flambeau.mv(matrix.mH, self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        """The weight -> the weight by its spectral norm. In training it also goes on with the power iteration."""
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._as_matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        # copies, because the next call writes to the buffers before this one's backward may have run
        u, v = self._u.clone(), self._v.clone()
        return weight / flambeau.vdot(u, flambeau.mv(matrix, v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """The value itself."""
        return value


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None,
) -> Module:
    """Have a weight divided by its largest singular value (Miyato et al., 2018, arXiv:1802.05957).

    Args:
        module: changed in place.
        name: the weight's; with more than 2 axes, ``dim`` is the rows of the matrix and the others its columns.
        n_power_iterations: in each forward in training.
        eps: against division by zero.
        dim: by default 1 for transposed convolutions, 0 otherwise.

    Returns:
        the module.

    Raises:
        ValueError, IndexError: no such weight or axis, or no iterations.
    """
    weight = _tensor_of(module, name)
    if dim is None:
        dim = 1 if isinstance(module, ConvTranspose1d | ConvTranspose2d | ConvTranspose3d) else 0
    return parametrize.register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))
