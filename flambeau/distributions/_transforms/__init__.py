"""The parts of ``transforms``."""
