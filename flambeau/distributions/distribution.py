"""The base of all distributions."""

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import flambeau
from flambeau import Size, Tensor
from flambeau.distributions import constraints
from flambeau.distributions.utils import lazy_property

__all__ = ["Distribution"]


class Distribution:
    """A distribution, or a batch of independent ones of one kind.

    A sample's shape is ``sample_shape + batch_shape + event_shape``: how many were asked for, how many distributions
    there are, and what one value looks like.

    A subclass says where its parameters and values may lie, in ``arg_constraints`` and ``support``, and defines what it
    can of the methods below.

    Args:
        batch_shape: shape of the parameters, without what makes up one event.
        event_shape: shape of one value; () for a number.
        validate_args: whether parameters and the values of ``log_prob`` and its like are checked. None: as
            ``set_default_validate_args`` says, which is yes unless Python runs with -O.

    Raises:
        ValueError: a parameter violates its constraint.
    """

    #: Whether ``rsample`` gives samples through which gradients flow.
    has_rsample = False
    #: Whether ``enumerate_support`` lists all values.
    has_enumerate_support = False
    _validate_args = __debug__
    #: What ``expand`` expands beside the parameters that ``arg_constraints`` names: tensors and distributions whose batch
    #: shape is this one's. Every class that defines ``__init__`` and leaves ``expand`` to this one has to say it.
    _parts: ClassVar[tuple[str, ...]]

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions made from now on check arguments when not told."""
        if value not in (True, False):
            raise ValueError(f"validate_args is True or False, not {value!r}")
        Distribution._validate_args = value

    def __init__(
        self,
        batch_shape: Sequence[int] = (),
        event_shape: Sequence[int] = (),
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()
        super().__init__()

    def _check_parameters(self) -> None:
        try:
            arg_constraints = self.arg_constraints
        except NotImplementedError:
            warnings.warn(
                f"{type(self)} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or initialize the distribution "
                "with `validate_args=False` to turn off validation.",
                stacklevel=4,
            )
            return
        for name, constraint in arg_constraints.items():
            computed = name not in self.__dict__ and isinstance(getattr(type(self), name, None), lazy_property)
            if constraints.is_dependent(constraint) or computed:
                continue
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution {self!r} "
                    f"to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    # -- what a distribution is -----------------------------------------------------------------------------------

    @property
    def batch_shape(self) -> Size:
        """Shape of the batch of distributions."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """Shape of one value."""
        return self._event_shape

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        """Where each parameter may lie, by name."""
        raise NotImplementedError

    @property
    def support(self) -> constraints.Constraint | None:
        """Where values lie."""
        raise NotImplementedError

    @property
    def mean(self) -> Tensor:
        """The mean: batch_shape + event_shape."""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """The most probable value: batch_shape + event_shape."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """The variance, element by element: batch_shape + event_shape."""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """The standard deviation, element by element: batch_shape + event_shape."""
        return self.variance.sqrt()

    def entropy(self) -> Tensor:
        """The entropy in nats: batch_shape."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """exp(entropy): batch_shape."""
        return self.entropy().exp()

    # -- values -----------------------------------------------------------------------------------------------------

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Random values: sample_shape + batch_shape + event_shape. No gradient flows through them."""
        with flambeau.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Random values as a differentiable function of the parameters: sample_shape + batch_shape + event_shape."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Tensor:
        """``sample((n,))``, which is to be used instead."""
        warnings.warn("`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", FutureWarning, stacklevel=2)
        return self.sample(Size((n,)))

    def log_prob(self, value: Tensor) -> Tensor:
        """Logarithm of the density, or of the probability, at ``value``: its shape without event_shape, broadcast."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """Probability of no more than ``value``."""
        raise NotImplementedError

    def icdf(self, value: Tensor) -> Tensor:
        """What is not exceeded with probability ``value``."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution, along a new first axis: (number of values,) + batch_shape + event_shape.

        Args:
            expand: repeat them for the batch; else its axes are 1.
        """
        raise NotImplementedError

    def _enumerated(self, values: Tensor, expand: bool) -> Tensor:
        """A list of values as ``enumerate_support`` is to give it."""
        values = values.view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values

    # -- batches ------------------------------------------------------------------------------------------------------

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> "Distribution":
        """The same distribution as a larger batch; parameters are expanded, not copied.

        Args:
            batch_shape: shape that ``batch_shape`` broadcasts to.
            _instance: for subclasses that call this on an object of theirs.
        """
        owner = next(cls for cls in type(self).__mro__ if "__init__" in vars(cls))
        if _instance is None and "_parts" not in vars(owner):
            if owner is Distribution:
                raise NotImplementedError(f"{type(self).__name__} does not define expand()")
            raise NotImplementedError(
                f"Subclass {type(self).__name__} that defines a custom __init__ method must also define a custom .expand() method."
            )
        new = type(self).__new__(type(self)) if _instance is None else _instance
        batch_shape = Size(batch_shape)
        batch_dims = len(self._batch_shape)
        expanding = {*self.arg_constraints, *self._parts}
        for name, value in self.__dict__.items():
            if name in expanding:
                shape = value.batch_shape if isinstance(value, Distribution) else value.shape
                new.__dict__[name] = value.expand(batch_shape + shape[batch_dims:])
            elif not isinstance(getattr(type(self), name, None), lazy_property):
                new.__dict__.setdefault(name, value)
        new._batch_shape, new._event_shape, new._validate_args = batch_shape, self._event_shape, self._validate_args
        return new

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """The object for an ``expand`` to fill: ``_instance``, or a new one if ``__init__`` is that of ``cls``."""
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ method must also define a "
                "custom .expand() method."
            )
        return type(self).__new__(type(self)) if _instance is None else _instance

    # -- checks ---------------------------------------------------------------------------------------------------------

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def _validate_sample(self, value: Tensor) -> None:
        """Check an argument of ``log_prob``: a tensor, of a shape that fits, with values in the support.

        Raises:
            ValueError: it is not.
        """
        if not isinstance(value, Tensor):
            raise ValueError(f"The value argument to log_prob must be a Tensor, but it is {type(value).__name__}")
        shape, wanted = value.shape, Size((*self._batch_shape, *self._event_shape))
        if shape[len(shape) - len(self._event_shape) :] != self._event_shape:
            raise ValueError(f"The right-most size of value must match event_shape: {shape} vs {self._event_shape}.")
        for i, j in zip(reversed(shape), reversed(wanted), strict=False):
            if i != 1 and j != 1 and i != j:
                raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {shape} vs {wanted}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{type(self)} does not define `support` to enable sample validation. Please initialize the distribution with "
                "`validate_args=False` to turn off validation.",
                stacklevel=3,
            )
            return
        if not support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(shape)}) to be within the support ({support!r}) "
                f"of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def _checked(self, value: Tensor) -> Tensor:
        """``value``, checked if arguments are."""
        if self._validate_args:
            self._validate_sample(value)
        return value

    def __repr__(self) -> str:
        given = {name: self.__dict__[name] for name in self.arg_constraints if name in self.__dict__}
        shown = (f"{name}: {value if value.numel() == 1 else value.size()}" for name, value in given.items())
        return f"{type(self).__name__}({', '.join(shown)})"
