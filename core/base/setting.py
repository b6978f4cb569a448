"""What a setting is: one value that a person may choose, with its bounds, default and help. No torch."""

import functools
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from dataclasses import field as dataclass_field
from typing import Any

from core.base.errors import SettingError


@dataclass(frozen=True)
class Setting:
    """One setting as it is shown and checked.

    Args:
        name: of the field in the settings' class. label: its name on the page. help: what it does, in words.
        type: int, float or str; str means one of `choices`, or what `read` takes.
        low, high: what a number may be. step: how far one click in the form moves it.
        advanced: whether the form hides it at first.
        later: whether it was added when runs were stored already; at its default such a setting is left
            out of a request, so that the names of those runs hold.
        read: value → the text that is kept; raises ValueError for one that is not `accepted`.
        accepted: what `read` takes, in words.
    """

    name: str
    label: str
    help: str
    type: type
    default: Any
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    advanced: bool = False
    later: bool = False
    read: Callable[[object], str] | None = None
    accepted: str = ""

    @property
    def in_words(self) -> str:
        """Its name in the middle of a sentence."""
        return self.label.lower()

    def parse(self, value: object, owner: str) -> Any:
        """`value` as this setting's type.

        Args:
            owner: whose setting it is, for the error's sentence: a painter's name, as pages call it.

        Raises:
            SettingError: it is of another kind or out of bounds.
        """
        if self.read:
            try:
                return self.read(value)
            except ValueError:
                pass
        elif self.choices:
            if value in self.choices:
                return value
        else:
            number = self._number(value)
            if number is not None:
                return number
        raise SettingError(f"{owner}: {self.in_words} is {value!r}; it takes {self.accepted_text()}.")

    def accepted_text(self) -> str:
        """What it takes, in words."""
        if self.read:
            return self.accepted
        return ", ".join(self.choices) if self.choices else f"{self.low} to {self.high}"

    def _number(self, value: Any) -> int | float | None:
        """`value` as a number within the bounds, or None if it is none."""
        try:
            number = self.type(value)
            is_exact = not isinstance(value, bool) and float(value) == float(number)
        except (TypeError, ValueError, OverflowError):
            return None
        if self.low is None or self.high is None or not self.low <= number <= self.high:
            return None
        return number if is_exact else None


def setting_field(default: Any, **metadata: Any) -> Any:
    """A dataclass field that carries what the form and the command line need."""
    return dataclass_field(default=default, metadata=metadata)


def settings_of(settings_class: type) -> tuple[Setting, ...]:
    """The settings in one painter's class, in display order."""
    return _cached_settings(settings_class)


@functools.cache  # every page asks for them hundreds of times; apart, since mypy hashes no dataclass's type
def _cached_settings(settings_class: type) -> tuple[Setting, ...]:
    return tuple(
        Setting(name=field.name, type=type(field.default), default=field.default, **field.metadata)
        for field in fields(settings_class)
        if field.default is not MISSING
    )
