"""Sentences for the visitor: what was refused, what went wrong, what to expect; and text that stays text."""

import functools
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import ParamSpec, TypeVar

import streamlit as st

from app import resources, session
from app.clicks import to_its_end
from app.public_text import public_text
from core.base.errors import PromptError, UserError
from core.base.prompt_reading import typing_note
from core.base.vocabulary import check_any_word_known

P = ParamSpec("P")
T = TypeVar("T")
Message = tuple[str, str]  # "error", "warning" or "info", and a sentence

LOG = logging.getLogger("app")
BUG_MESSAGE = (
    "Something unexpected went wrong. It has been logged; reload the page, and please report it if it "
    "happens again."
)
MAX_NAMED_VALUES = 5
MARKDOWN_CHARACTERS = frozenset("\\`*_{}[]()<>#+-.!|~$:")


def escape_markdown(text: str) -> str:
    """Text from elsewhere, for a call that reads Markdown."""
    return "".join(f"\\{c}" if c in MARKDOWN_CHARACTERS else c for c in text)


def show_error(said: object) -> None:
    """An error as one sentence, without the server's folders."""
    st.error(escape_markdown(public_text(said)), icon=":material/error:")


def shows_errors(function: Callable[P, T]) -> Callable[P, T | None]:
    """The function, with every error shown as a sentence: a UserError's own, or that it is a (logged) bug."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return function(*args, **kwargs)
        except UserError as error:
            show_error(error)
        except Exception:
            LOG.exception("A page failed.")
            st.error(BUG_MESSAGE, icon=":material/error:")
        return None

    return call


def reports_to(key: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """For a callback: done to its end; a UserError becomes the message under `key`, which the page shows."""

    def decorate(callback: Callable[P, None]) -> Callable[P, None]:
        @to_its_end
        @shows_errors
        @functools.wraps(callback)
        def call(*args: P.args, **kwargs: P.kwargs) -> None:
            session.put(key, None)
            try:
                callback(*args, **kwargs)
            except UserError as error:
                session.put(key, ("error", public_text(error)))

        return call

    return decorate


def show_message(message: Message | None) -> None:
    """What a callback left for the page."""
    if message:
        kind, sentence = message
        {"error": st.error, "warning": st.warning, "info": st.info}[kind](escape_markdown(sentence))


def show_file_errors(sentences: Iterable[str] | None) -> None:
    """One sentence for each file that was not taken."""
    for sentence in sentences or ():
        st.error(escape_markdown(public_text(sentence)))


def show_unknown_words(prompt: str, said: Iterable[str] = ()) -> None:
    """The words of a prompt that the models do not know, and all those they do; nothing if all are known.

    Args:
        said: sentences that the page shows already; what one of them says is not said again.
    """
    words = resources.known_words()
    note = typing_note(prompt, words)
    if not note or words is None:
        return
    try:
        check_any_word_known(prompt, words, resources.examples())
    except PromptError as error:
        note = str(error)
    if note not in said:
        st.warning(escape_markdown(note))
    with st.expander(f"The {len(words)} words they know"):
        st.caption(escape_markdown(", ".join(sorted(words))))


def rejected_link_values(values: Sequence[str]) -> str:
    """One sentence that names what was not accepted from a link."""
    named = ", ".join(f"“{value}”" for value in values[:MAX_NAMED_VALUES])
    more = f" and {len(values) - MAX_NAMED_VALUES} more" if len(values) > MAX_NAMED_VALUES else ""
    return f"This link contains values we don't recognise; defaults are used instead: {named}{more}."
