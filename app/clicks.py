"""What a click asks for is carried out in full, even if another click comes before it is done."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from streamlit.runtime.scriptrunner import RerunException, get_script_run_ctx

P = ParamSpec("P")
T = TypeVar("T")


def to_its_end(callback: Callable[P, T]) -> Callable[P, T]:
    """For a callback, which Streamlit ends wherever it touches the session once another click has come.

    It is then begun again at once, with the fields as they were at its own click; the others follow in turn.
    So doing it twice must come to the same as doing it once: what it takes out of the session, it takes out
    last. It may not rerun the page or leave it: that would look like another click and start it again for
    ever. Needs fastReruns off (.streamlit/config.toml): else the other click stops the script for good.
    """

    @functools.wraps(callback)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        others: list[RerunException] = []
        while True:
            try:
                result = callback(*args, **kwargs)
            except RerunException as click:
                others.append(click)
            else:
                break
        context = get_script_run_ctx()
        if len(others) == 1 or (others and context is None):
            raise others[-1]
        for one in others:  # Streamlit makes one of them, with the buttons of all; it comes by itself
            context.script_requests.request_rerun(one.rerun_data)
        return result

    call.goes_to_its_end = True  # type: ignore[attr-defined]  # for the test that no callback lacks it
    return call
