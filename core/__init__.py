"""Three painters, one judge: the program without its pages. `from core import paint` paints in a notebook."""

import importlib
from typing import Any

__all__ = ["paint"]


def __getattr__(name: str) -> Any:
    # Late, so that importing any other part of core stays cheap.
    if name == "paint":
        return importlib.import_module("core.notebook").paint
    raise AttributeError(f"module 'core' has no attribute {name!r}")
