"""What all distributions share: shapes, checks of arguments, expansion, subclasses; constraints and transforms."""

import copy
import math
import pickle

import numpy as np
import pytest

import flambeau
from flambeau import distributions as D
from flambeau.distributions import constraints
from flambeau.distributions.utils import broadcast_all, lazy_property, tril_matrix_to_vec, vec_to_tril_matrix


def t(*values):
    return flambeau.tensor(values if len(values) > 1 else values[0])


class TestShapes:
    def test_batch_and_event(self):
        d = D.Normal(flambeau.zeros(2, 1), flambeau.ones(3))
        assert d.batch_shape == (2, 3) and d.event_shape == () and isinstance(d.batch_shape, flambeau.Size)
        assert D.Normal(0, 1).batch_shape == () and D.Dirichlet(flambeau.ones(4, 2)).event_shape == (2,)
        assert D.Independent(d, 1).batch_shape == (2,) and D.Independent(d, 1).event_shape == (3,)
        mixed = D.TransformedDistribution(D.Normal(0.0, 1.0), D.AffineTransform(flambeau.zeros(5), 2.0))
        assert mixed.batch_shape == (5,) and mixed.sample((2,)).shape == (2, 5)
        stick = D.TransformedDistribution(D.Normal(flambeau.zeros(4, 2), 1.0), D.StickBreakingTransform())
        assert stick.batch_shape == (4,) and stick.event_shape == (3,) and stick.log_prob(stick.sample()).shape == (4,)

    def test_repr(self):
        assert repr(D.Normal(0.0, flambeau.ones(2))) == "Normal(loc: torch.Size([2]), scale: torch.Size([2]))".replace(
            "torch.Size", f"{flambeau.Size([2])!r}".partition("(")[0]
        )
        assert repr(D.Normal(0.0, 1.0)) == "Normal(loc: 0.0, scale: 1.0)"
        assert (
            repr(D.ComposeTransform([D.ExpTransform(), D.TanhTransform()]))
            == "ComposeTransform(\n    ExpTransform(),\n    TanhTransform()\n)"
        )
        assert repr(constraints.interval(0, 1)) == "Interval(lower_bound=0, upper_bound=1)"

    def test_numbers_take_the_dtype_of_tensors(self):
        assert D.Normal(0, flambeau.ones((), dtype=flambeau.float64)).loc.dtype == flambeau.float64
        assert D.Normal(0, 1).loc.dtype == flambeau.float32
        with pytest.raises(ValueError, match="must all be instances of Number or torch.Tensor"):
            broadcast_all("a", 1)


class TestChecks:
    def test_parameters(self):
        with pytest.raises(
            ValueError, match=r"Expected parameter scale \(Tensor of shape \(2,\)\) of distribution Normal.* constraint GreaterThan"
        ):
            D.Normal(0.0, t(1.0, -1.0))
        with pytest.raises(ValueError, match="to be positive but found invalid values"):
            D.Geometric(t(0.0))
        D.Normal(0.0, t(1.0, -1.0), validate_args=False)

    def test_values(self):
        d = D.Exponential(t(1.0, 2.0))
        with pytest.raises(ValueError, match=r"within the support \(GreaterThanEq\(lower_bound=0.0\)\) of the distribution"):
            d.log_prob(t(1.0, -1.0))
        with pytest.raises(ValueError, match="must be a Tensor"):
            d.log_prob(1.0)
        with pytest.raises(ValueError, match="not broadcastable with batch_shape"):
            d.log_prob(flambeau.ones(3))
        with pytest.raises(ValueError, match="right-most size of value must match event_shape"):
            D.Dirichlet(flambeau.ones(3)).log_prob(flambeau.ones(2) / 2)
        assert D.Exponential(1.0, validate_args=False).log_prob(t(-1.0)).item() == 1.0

    def test_default(self):
        D.Distribution.set_default_validate_args(False)
        try:
            D.Normal(0.0, -1.0)
        finally:
            D.Distribution.set_default_validate_args(True)
        with pytest.raises(ValueError):
            D.Distribution.set_default_validate_args("yes")

    def test_a_distribution_that_says_little(self):
        class Mine(D.Distribution):
            def log_prob(self, value):
                return self._checked(value)

        with pytest.warns(UserWarning, match="does not define `arg_constraints`"):
            d = Mine()
        with pytest.warns(UserWarning, match="does not define `support`"):
            d.log_prob(t(1.0))
        for method in ("rsample", "entropy", "enumerate_support"):
            with pytest.raises(NotImplementedError):
                getattr(d, method)()
        with pytest.raises(NotImplementedError, match="does not implement mode"):
            d.mode
        with pytest.raises(NotImplementedError):
            d.expand([2])

    def test_sample_n(self):
        with pytest.warns(FutureWarning, match="sample_n"):
            assert D.Normal(0.0, 1.0).sample_n(3).shape == (3,)


class TestExpand:
    def test_shares_memory_and_options(self):
        d = D.Normal(t(0.0), t(1.0), validate_args=False)
        e = d.expand([3])
        assert e.loc.data_ptr() == d.loc.data_ptr() and e._validate_args is False and e.batch_shape == (3,)
        assert D.Multinomial(7, flambeau.ones(2)).expand([3]).total_count == 7

    def test_what_was_computed_is_expanded_too(self):
        d = D.Bernoulli(t(0.3))
        d.logits  # noqa: B018 (computed by being asked for)
        assert d.expand([4]).logits.shape == (4,)
        v = D.VonMises(t(0.3), t(1.0))
        v.sample()
        assert v.expand([4]).sample().shape == (4,) and v.expand([4]).variance.shape == (4,)
        n = D.NegativeBinomial(t(3.0), t(0.3))
        n.sample()
        assert n.expand([4]).sample().shape == (4,)

    def test_subclasses(self):
        class Plain(D.Normal):
            pass

        class Own(D.Normal):
            def __init__(self, scale):
                super().__init__(0.0, scale)
                self.extra = 3

        class OwnWithExpand(Own):
            def expand(self, batch_shape, _instance=None):
                new = self._get_checked_instance(OwnWithExpand, _instance)
                new.extra = 4
                return super().expand(batch_shape, _instance=new)

        assert type(Plain(0.0, 1.0).expand([2])) is Plain
        with pytest.raises(NotImplementedError, match="Subclass Own that defines a custom __init__ method must also define"):
            Own(1.0).expand([2])
        d = OwnWithExpand(1.0).expand([2])
        assert type(d) is OwnWithExpand and d.extra == 4 and d.scale.shape == (2,)

    def test_as_documented_for_pytorch(self):
        class Shifted(D.Distribution):
            arg_constraints = {"loc": constraints.real}
            support = constraints.real

            def __init__(self, loc, validate_args=None):
                (self.loc,) = broadcast_all(loc)
                super().__init__(self.loc.size(), validate_args=validate_args)

            def expand(self, batch_shape, _instance=None):
                new = self._get_checked_instance(Shifted, _instance)
                new.loc = self.loc.expand(batch_shape)
                super(Shifted, new).__init__(batch_shape, validate_args=False)
                new._validate_args = self._validate_args
                return new

        assert Shifted(1.0).expand(flambeau.Size([2])).batch_shape == (2,)


def test_pickle_and_deepcopy():
    for d in (D.Normal(0.0, t(1.0, 2.0)), D.Gumbel(0.0, 1.0), D.Independent(D.Beta(t(1.0, 2.0), 3.0), 1), D.Bernoulli(logits=t(0.5))):
        for other in (copy.deepcopy(d), pickle.loads(pickle.dumps(d))):
            flambeau.manual_seed(0)
            x = d.sample((2,))
            flambeau.manual_seed(0)
            assert (other.sample((2,)) == x).all() and (other.log_prob(x) == d.log_prob(x)).all() and repr(other) == repr(d)


def test_lazy_property():
    class Holder:
        calls = 0

        @lazy_property
        def value(self):
            """A value."""
            self.calls += 1
            return flambeau.is_grad_enabled()

    holder = Holder()
    with flambeau.no_grad():
        assert holder.value is True and holder.value is True and holder.calls == 1
    assert isinstance(Holder.value, lazy_property) and Holder.value.__doc__ == "A value."


def test_triangles():
    for diag, size in ((0, 6), (-1, 3), (-2, 1)):
        vec = flambeau.arange(1.0, size + 1)
        mat = vec_to_tril_matrix(vec, diag)
        assert mat.shape == (3, 3) and (mat.tril(diag) == mat).all() and (tril_matrix_to_vec(mat, diag) == vec).all()
    assert vec_to_tril_matrix(flambeau.ones(2, 3)).shape == (2, 2, 2)
    with pytest.raises(ValueError, match="cannot be expressed as the lower triangular part"):
        vec_to_tril_matrix(flambeau.ones(4))
    with pytest.raises(ValueError, match=r"diag \(3\) provided is outside \[-3, 2\]"):
        tril_matrix_to_vec(flambeau.ones(3, 3), 3)


BIJECTIONS = {
    "exp": (D.ExpTransform, (3,)),
    "power": (lambda: D.PowerTransform(t(0.5, 2.0, -1.0)), (3,)),
    "sigmoid": (D.SigmoidTransform, (3,)),
    "softplus": (D.SoftplusTransform, (3,)),
    "tanh": (D.TanhTransform, (3,)),
    "affine": (lambda: D.AffineTransform(1.0, t(0.5, 2.0, -1.0)), (3,)),
    "composed": (lambda: D.ComposeTransform([D.AffineTransform(0.1, -2.0), D.SigmoidTransform()]), (3,)),
    "cdf": (lambda: D.CumulativeDistributionTransform(D.Normal(0.0, 1.0)), (3,)),
    "stick": (D.StickBreakingTransform, (3,)),
    "corr": (D.CorrCholeskyTransform, (3,)),
    "cat": (lambda: D.CatTransform([D.ExpTransform(), D.TanhTransform()], lengths=[1, 2]), (3,)),
    "stack": (lambda: D.StackTransform([D.ExpTransform(), D.TanhTransform(), D.ExpTransform()]), (3,)),
}


@pytest.mark.parametrize("name", BIJECTIONS)
def test_inverse_and_jacobian(name):
    """The inverse inverts, and the determinant is that of the matrix of slopes."""
    make, shape = BIJECTIONS[name]
    f = make()
    x = flambeau.tensor(np.random.RandomState(0).uniform(0.2, 1.0, shape), dtype=flambeau.float64)
    y = f(x)
    assert f.bijective and f.inv.bijective and f.inv.inv is f and f.codomain.check(y).all()
    np.testing.assert_allclose(f.inv(y).numpy(), x.numpy(), rtol=1e-5)
    assert f.forward_shape(x.shape) == y.shape and f.inverse_shape(y.shape) == x.shape
    h = 1e-6
    slopes = []
    for i in range(x.numel()):
        step = flambeau.zeros_like(x)
        step.view(-1)[i] = h
        slopes.append(((f(x + step) - f(x - step)) / (2 * h)).flatten().numpy())
    slopes = np.stack(slopes)
    if slopes.shape[0] != slopes.shape[1]:  # onto a surface: of the coordinates that are free
        free = [0, 1, 2] if name == "stick" else [3, 6, 7]
        slopes = slopes[:, free]
    got = f.log_abs_det_jacobian(x, y).sum().item()
    assert got == pytest.approx(np.linalg.slogdet(slopes)[1], rel=1e-4, abs=1e-5)
    assert f.inv.log_abs_det_jacobian(y, x).sum().item() == pytest.approx(-got)


def test_transforms_that_are_not_bijections():
    assert not D.AbsTransform().bijective and not D.SoftmaxTransform().bijective
    assert D.AbsTransform()(t(-2.0)).item() == 2 and D.AbsTransform().inv(t(2.0)).item() == 2
    with pytest.raises(NotImplementedError):
        D.SoftmaxTransform().log_abs_det_jacobian(t(1.0, 2.0), t(0.5, 0.5))
    y = D.PositiveDefiniteTransform()(flambeau.randn(2, 3, 3))
    assert constraints.positive_definite.check(y).all()


def test_cache():
    f = D.TanhTransform(cache_size=1)
    x = t(20.0)
    y = f(x)
    assert f.inv(y) is x and f(x) is y and f.with_cache(1) is f and math.isinf(f.with_cache(0).inv(y).item())
    g = D.ComposeTransform([D.AffineTransform(0.0, 1.0), D.TanhTransform()], cache_size=1)
    assert g.inv(g(x)) is x and D.AffineTransform(0.0, 1.0).with_cache()._cache_size == 1
    with pytest.raises(ValueError, match="cache_size must be 0 or 1"):
        D.ExpTransform(cache_size=3)


def test_equal_transforms():
    assert D.ExpTransform() == D.ExpTransform() != D.TanhTransform()
    assert D.AffineTransform(t(1.0, 2.0), 3.0) == D.AffineTransform(t(1.0, 2.0), 3.0) != D.AffineTransform(0.0, 3.0)
    assert D.ExpTransform().inv == D.ExpTransform().inv and D.ComposeTransform([D.ExpTransform()]) == D.ComposeTransform([D.ExpTransform()])


def test_cdf_through_falling_transforms():
    d = D.TransformedDistribution(D.Normal(0.0, 1.0), D.AffineTransform(1.0, -2.0))
    reference = D.Normal(1.0, 2.0)
    x = t(-1.0, 0.5, 3.0)
    np.testing.assert_allclose(d.cdf(x).numpy(), reference.cdf(x).numpy(), rtol=1e-5)
    np.testing.assert_allclose(d.icdf(t(0.1, 0.8)).numpy(), reference.icdf(t(0.1, 0.8)).numpy(), rtol=1e-5)


@pytest.mark.parametrize("registry", [D.biject_to, D.transform_to], ids=["biject_to", "transform_to"])
@pytest.mark.parametrize(
    "constraint",
    [
        constraints.real,
        constraints.positive,
        constraints.nonnegative,
        constraints.greater_than(2.0),
        constraints.less_than(-1.0),
        constraints.unit_interval,
        constraints.interval(-1.0, 3.0),
        constraints.half_open_interval(0.5, 0.75),
        constraints.simplex,
        constraints.corr_cholesky,
        constraints.independent(constraints.positive, 1),
        constraints.cat([constraints.positive, constraints.unit_interval], dim=-1, lengths=[2, 4]),
        constraints.stack([constraints.positive] * 6, dim=-1),
    ],
    ids=repr,
)
def test_transforms_lead_to_their_constraint(registry, constraint):
    f = registry(constraint)
    y = f(flambeau.randn(5, 6))
    assert constraint.check(y).all()
    assert registry is D.transform_to or f.bijective


def test_matrices_as_constraints():
    x = flambeau.randn(4, 3, 3)
    assert constraints.lower_cholesky.check(D.transform_to(constraints.lower_cholesky)(x)).all()
    assert constraints.positive_definite.check(D.transform_to(constraints.positive_definite)(x)).all()
    with pytest.raises(NotImplementedError, match="Cannot transform _Boolean constraints"):
        D.biject_to(constraints.boolean)
    with pytest.raises(TypeError, match="Expected constraint to be either a Constraint subclass or instance"):
        D.biject_to.register(3, lambda c: c)


def test_dependent_constraints():
    assert constraints.is_dependent(D.Uniform.support) and not constraints.is_dependent(D.Normal.support)
    assert D.Uniform.support.event_dim == 0 and D.Binomial.support.is_discrete is True
    with pytest.raises(NotImplementedError, match="cannot be determined statically"):
        constraints.dependent.event_dim
    with pytest.raises(ValueError, match="Cannot determine validity"):
        constraints.dependent.check(t(1.0))
    assert constraints.dependent(event_dim=2).event_dim == 2
