"""Prompts of several parts with weights, as `fox:2 | snow:-1` in the VQGAN+CLIP notebooks. No torch.

Parts stand between bars. `text:weight` weighs one, `text:weight:stop` also says when it is near enough
(Crowson et al. 2022, arXiv 2204.08583, and the notebooks' `parse_prompt`). A negative weight pushes away. A
colon that is followed by anything but such a number belongs to the text, and so does one behind a digit, as
in "at 12:30"; in a prompt of one part also one with a space beside it, as in "a clock: 12". So a prompt
without bars and weights is one part of weight 1: itself.
"""

import math
import re
from typing import NamedTuple

from core.base.errors import PromptError

BAR = "|"
MAX_PARTS = 8
MAX_WEIGHT = 100.0
EXAMPLE = '"fox:2 | snow:-1"'

_NUMBER = r"[+\-−]?(?:\d+\.?\d*(?:e[+\-]?\d+)?|\.\d+|inf|infinity|nan)"
_WEIGHTED = re.compile(rf"(.*[^\s\d:]):({_NUMBER})(?::({_NUMBER}))?", re.IGNORECASE)
_SPACED = re.compile(rf"(.*[^\s\d:])\s*:\s*({_NUMBER})(?:\s*:\s*({_NUMBER}))?", re.IGNORECASE)


class PromptPart(NamedTuple):
    """One text of a prompt.

    Args:
        weight: how much it counts; below 0 the painters move away from it.
        stop: where the judge lets go of it: the loss, with the weight's sign, below which it no longer
            pulls; −∞ for never.
    """

    text: str
    weight: float = 1.0
    stop: float = -math.inf


def parse_prompt(prompt: str) -> tuple[PromptPart, ...]:
    """The parts of a prompt, at least one.

    Raises:
        PromptError: no part, too many, or weights that cannot be used.
    """
    if BAR not in prompt:
        return _checked((_part(prompt, _WEIGHTED),))
    texts = [text.strip() for text in prompt.split(BAR)]
    return _checked(tuple(_part(text, _SPACED) for text in texts if text))


def lenient_parts(prompt: str) -> tuple[PromptPart, ...]:
    """As `parse_prompt`; a prompt that it refuses is one part of weight 1, for what only shows prompts."""
    try:
        return parse_prompt(prompt)
    except PromptError:
        return (PromptPart(prompt),)


def is_weighted(prompt: str) -> bool:
    """Whether a prompt is more than one text to move towards."""
    parts = lenient_parts(prompt)
    return len(parts) > 1 or parts[0].weight < 0


def shares(parts: tuple[PromptPart, ...]) -> tuple[float, ...]:
    """The weights divided by the sum of their sizes, so that Σ|w| = 1; 1.0 for one of any weight above 0."""
    total = sum(abs(part.weight) for part in parts)
    return tuple(part.weight / total for part in parts)


def reading(prompt: str) -> str:
    """How a prompt with bars or weights is read, "fox ×2, snow ×−1"; "" for a plain one."""
    parts = lenient_parts(prompt)
    return "" if parts == (PromptPart(prompt),) else written(parts)


def written(parts: tuple[PromptPart, ...]) -> str:
    """Parts as they are read, "fox ×2, snow ×−1"; one of weight 1 is its text."""
    if len(parts) == 1 and parts == (PromptPart(parts[0].text),):
        return parts[0].text
    return ", ".join(_shown(part) for part in parts)


def _part(text: str, pattern: re.Pattern[str]) -> PromptPart:
    found = pattern.fullmatch(text)
    if not found:
        return PromptPart(text)
    words, weight, stop = found.groups()
    return PromptPart(words.strip(), _number(weight), -math.inf if stop is None else _number(stop))


def _number(text: str) -> float:
    return float(text.replace("−", "-"))


def _shown(part: PromptPart) -> str:
    stop = "" if part.stop == -math.inf else f" until {_plain(part.stop)}"
    return f"{part.text} ×{_plain(part.weight)}{stop}"


def _plain(number: float) -> str:
    return f"{number:g}".replace("-", "−")


def _checked(parts: tuple[PromptPart, ...]) -> tuple[PromptPart, ...]:
    if not parts:
        raise PromptError(f"The prompt has no words between its bars. Type a prompt such as {EXAMPLE}.")
    if len(parts) > MAX_PARTS:
        raise PromptError(f"The prompt has {len(parts)} parts; at most {MAX_PARTS} are read. Shorten it.")
    for part in parts:
        if not abs(part.weight) <= MAX_WEIGHT:  # also false for NaN
            raise PromptError(
                f"The weight of “{part.text}” is {part.weight:g}; "
                f"it takes {-MAX_WEIGHT:g} to {MAX_WEIGHT:g}, as in {EXAMPLE}."
            )
        if math.isnan(part.stop):
            raise PromptError(f"The stop of “{part.text}” is not a number; leave it out or give a number.")
    if not any(part.weight for part in parts):
        raise PromptError(f"Every weight in the prompt is 0, so no part counts. Give one, as in {EXAMPLE}.")
    return parts
