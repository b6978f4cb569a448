"""A time limit for calls that might never return: the test fails instead of hanging."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


def in_time(call: Callable[[], Any], seconds: float = 60) -> Any:
    """What `call` returns, or raises what it raises; TimeoutError if that takes longer than `seconds`."""
    future: Future = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future.result(seconds)
