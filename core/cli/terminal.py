"""What a person at the terminal sees and does while a command runs: progress, and Ctrl-C. No torch."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Collection
from typing import Protocol

from core.base.prompt_reading import read_as, typing_note


def tell_on_terminal(text: str) -> None:
    """Print a line of progress, for people only."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)


def tell_unknown_words(prompt: str, words: Collection[str] | None) -> None:
    """Say which words of a prompt the models do not know, to people and programs alike.

    Where they know none, nothing is said: what reads the prompt refuses it in a moment.

    Args:
        words: all that they know; None: every word.
    """
    note = typing_note(prompt, words)
    if note and read_as(prompt, words):
        print(f'"{prompt}": {note}', file=sys.stderr, flush=True)


class Versioned(Protocol):
    """A run, in whichever form it was read."""

    @property
    def version_note(self) -> str:
        """One sentence if an earlier version of this program painted or measured it, else ""."""


def tell_version(run: Versioned) -> None:
    """Say, beside what was asked for, that a run is of an earlier version."""
    if run.version_note:
        print(run.version_note, file=sys.stderr)


class StopOnInterrupt:
    """Context whose value tells whether Ctrl-C was pressed; a second Ctrl-C interrupts at once."""

    def __enter__(self) -> Callable[[], bool]:
        self._pressed = threading.Event()
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._press)
        return self._pressed.is_set

    def _press(self, *_: object) -> None:
        if self._pressed.is_set():
            raise KeyboardInterrupt
        self._pressed.set()

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._before)
