"""Warnings about changes of PyTorch 0.2 (torch.utils.backcompat): settings that are kept, without effect."""


class Warning:
    """Whether to warn where broadcasting, or a kept dimension, would have given another result before PyTorch 0.2."""

    def __init__(self):
        self.enabled = False


broadcast_warning, keepdim_warning = Warning(), Warning()
