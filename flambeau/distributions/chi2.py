"""Chi-squared."""

from flambeau import Tensor
from flambeau.distributions import constraints
from flambeau.distributions.gamma import Gamma

__all__ = ["Chi2"]


class Chi2(Gamma):
    """The sum of ``df`` squared standard normal variables, which is Gamma(df / 2, 1 / 2).

    Args:
        df: degrees of freedom, above 0; need not be whole.
    """

    arg_constraints = {"df": constraints.positive}
    _parts = Gamma._parts

    def __init__(self, df: Tensor | float, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * df, 0.5, validate_args=validate_args)

    @property
    def df(self) -> Tensor:
        """Degrees of freedom."""
        return self.concentration * 2
