"""Learning-rate schedules: each sets ``lr`` of an optimizer's parameter groups anew at each of its own steps.

    optimizer = SGD(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, step_size=30)
    for epoch in range(100):
        ...                     # optimizer.step() for each batch
        scheduler.step()

Epoch here means a step of the scheduler, which may as well be made once a batch.
"""

from flambeau.optim.lr_scheduler._base import EPOCH_DEPRECATION_WARNING, LRScheduler, _LRScheduler
from flambeau.optim.lr_scheduler._compose import ChainedScheduler, SequentialLR
from flambeau.optim.lr_scheduler._cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from flambeau.optim.lr_scheduler._cycle import CyclicLR, OneCycleLR
from flambeau.optim.lr_scheduler._decay import ConstantLR, ExponentialLR, LinearLR, MultiStepLR, PolynomialLR, StepLR
from flambeau.optim.lr_scheduler._function import LambdaLR, MultiplicativeLR
from flambeau.optim.lr_scheduler._plateau import ReduceLROnPlateau

__all__ = [
    "EPOCH_DEPRECATION_WARNING",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "_LRScheduler",
]
