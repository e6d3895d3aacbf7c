"""Settings beside torch.use_deterministic_algorithms (torch.utils.deterministic)."""

fill_uninitialized_memory = True    # new memory is never uninitialised here
