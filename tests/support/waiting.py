"""A limit for what may wait for ever, so that a test fails instead of hanging."""

import threading
from collections.abc import Callable
from typing import Any


def in_time(call: Callable[[], Any], seconds: float = 60) -> Any:
    """What a call returns that must return within so many seconds; raises AssertionError if it does not."""
    returned: list[Any] = []
    thread = threading.Thread(target=lambda: returned.append(call()), daemon=True)
    thread.start()
    thread.join(seconds)
    assert returned, f"it has neither returned nor succeeded within {seconds:g} s"
    return returned[0]
