"""Models for mobile devices (torch.utils.mobile_optimizer): refused, they need TorchScript."""
from flambeau.absent import absent

optimize_for_mobile = absent("torch.utils.mobile_optimizer.optimize_for_mobile", "it needs TorchScript, which flambeau does not make")
