"""Older names for weights from the network (torch.utils.model_zoo): refused, as in torch.hub."""
from flambeau.hub import load_state_dict_from_url

load_url = load_state_dict_from_url

__all__ = ["load_state_dict_from_url", "load_url"]
