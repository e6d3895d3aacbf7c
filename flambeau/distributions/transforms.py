"""Functions of random variables, with their inverses and the logarithms of their Jacobians' determinants."""

from flambeau.distributions._transforms.base import ComposeTransform, IndependentTransform, Transform, identity_transform
from flambeau.distributions._transforms.elementwise import (
    AbsTransform,
    AffineTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    SoftplusTransform,
    TanhTransform,
)
from flambeau.distributions._transforms.joined import CatTransform, StackTransform
from flambeau.distributions._transforms.matrix import CorrCholeskyTransform, LowerCholeskyTransform, PositiveDefiniteTransform
from flambeau.distributions._transforms.vector import ReshapeTransform, SoftmaxTransform, StickBreakingTransform

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "CatTransform",
    "ComposeTransform",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "ExpTransform",
    "IndependentTransform",
    "LowerCholeskyTransform",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "TanhTransform",
    "Transform",
    "identity_transform",
]
