"""What the processes of test_multiprocessing do; processes that are spawned import it."""
import flambeau as torch


def add_rank(rank, t, model):
    """Write to what is shared."""
    t[rank] = rank + 1
    with torch.no_grad():
        model.weight.add_(1)


def fail(rank):
    """End with an exception in the second process."""
    if rank == 1:
        raise ValueError("the second one fails")


def leave(rank):
    """End otherwise."""
    import os
    os._exit(3)
