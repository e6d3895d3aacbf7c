"""What the whole house knows of compiled functions (flambeau.traced): whether one is being captured, and whether they are to be."""
from __future__ import annotations

from collections.abc import Callable

from . import graph

resets: list[Callable[[], None]] = []       # called to forget all that was captured
stance = ["default"]                        # the last one is in force: torch.compiler.set_stance


def is_capturing() -> bool:
    """Whether this thread is in a call that is being captured."""
    return graph.current_trace().capture is not None


def keep_out(name: str) -> None:
    """A function that is to be kept out of compiled ones is called: the call that is being captured, if there is one, will not be replayed."""
    capture = graph.current_trace().capture
    if capture is not None:
        capture.fail(f"calls {name}, which is kept out of compiled functions (torch.compiler.disable)")


def forget() -> None:
    """Forget all that was captured."""
    for forget_some in resets:
        forget_some()
