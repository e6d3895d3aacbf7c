"""Whether mixed precision on CUDA can work here."""
import flambeau


def amp_definitely_not_available() -> bool:
    """Whether there is surely nothing for it to run on."""
    return not flambeau.cuda.is_available()


__all__ = ["amp_definitely_not_available"]
