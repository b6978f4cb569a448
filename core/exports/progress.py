"""How an export says how far it is."""

from collections.abc import Callable

Progress = Callable[[float], None]  # is told how far it is, 0 … 1


def tell_nobody(share: float) -> None:
    """A progress that nobody watches."""
