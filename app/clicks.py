"""What a click asks for is done to its end, even if another click comes before it is."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from streamlit.runtime.scriptrunner import RerunException

P = ParamSpec("P")
T = TypeVar("T")


def to_its_end(callback: Callable[P, T]) -> Callable[P, T]:
    """For a callback, which Streamlit ends wherever it touches the session once another click has come.

    It is then begun again at once, with the fields as they were at its own click; the other click follows.
    So doing it twice must come to the same as doing it once: what it takes out of the session, it takes out
    last. It may not rerun the page or leave it: that would look like another click, for ever. Needs
    fastReruns off (.streamlit/config.toml): else the other click stops the script for good.
    """

    @functools.wraps(callback)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        other: RerunException | None = None
        while True:
            try:
                result = callback(*args, **kwargs)
            except RerunException as click:
                other = click
            else:
                break
        if other is not None:
            raise other
        return result

    call.goes_to_its_end = True  # type: ignore[attr-defined]  # for the test that no callback lacks it
    return call
