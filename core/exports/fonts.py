"""The fonts of all figures, and how wide a text is in them.

The files come with the program, so that a figure looks the same on every machine. A character that none of
them has is left to the fonts of the machine; core.exports.undrawable names those that no font has either.
"""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageFont

FOLDER = Path(__file__).parent / "fonts"
LATIN = "Liberation Sans"  # Greek, Cyrillic and Hebrew too
FONT_FAMILY = f"{LATIN}, Arial, sans-serif"
BOLD_FILE = "LiberationSans-Bold.ttf"
# Family → file, in the order in which they are asked for a character. Only the first has a bold cut.
FONT_FILES = {
    LATIN: "LiberationSans-Regular.ttf",
    "Noto Sans Arabic": "NotoSansArabic-Regular.ttf",
    "Noto Sans Devanagari": "NotoSansDevanagari-Regular.ttf",
    "Noto Emoji": "NotoEmoji-Regular.ttf",
}
SCRIPTS = ("Noto Sans Arabic", "Noto Sans Devanagari")
UNITS_PER_EM = 1000  # texts are measured at this size
MACHINE = ""  # stands for whatever font the machine has


@functools.cache
def _characters(family: str) -> frozenset[int]:
    """The code points that a family has glyphs for."""
    from fontTools.ttLib import TTFont

    return frozenset(TTFont(FOLDER / FONT_FILES[family], lazy=True).getBestCmap())


@functools.cache
def _font(file: str) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(FOLDER / file, UNITS_PER_EM)


def _has(family: str, character: str) -> bool:
    return family != MACHINE and ord(character) in _characters(family)


def _is_joined(character: str) -> bool:
    """Whether a character belongs to the one before it: accents, joiners, skin tones."""
    return unicodedata.category(character) in ("Mn", "Me", "Mc", "Cf", "Sk")


def _family_of(character: str, before: str | None) -> str:
    """The family that draws a character; `before`: the one that draws the character before it, if any."""
    if before is not None and _is_joined(character):
        return before
    # Spaces and digits between Arabic words stay with them: a line is set right to left within one font only.
    if before in SCRIPTS and unicodedata.category(character)[0] in "PZN" and _has(before, character):
        return before
    return next((family for family in FONT_FILES if _has(family, character)), MACHINE)


def split_by_font(words: str) -> list[tuple[str, str]]:
    """A text as (family, part), in order; the family is MACHINE where none of ours has the characters.

    A part ends after a spacing vowel sign of Hindi too: the renderer forgets how wide these are.
    """
    parts: list[tuple[str, str]] = []
    for character in words:
        before, part = parts[-1] if parts else (None, "")
        family = _family_of(character, before)
        ended = unicodedata.category(part[-1:] or " ") == "Mc" and not _is_joined(character)
        if family == before and not ended:
            parts[-1] = (family, part + character)
        else:
            parts.append((family, character))
    return parts


def text_width(words: str, size: float, weight: str = "normal") -> float:
    """How wide a line is, in the unit of `size`."""
    return sum(part_width(family, part, size, weight) for family, part in split_by_font(words))


def part_width(family: str, words: str, size: float, weight: str = "normal") -> float:
    """How wide a text in one family is."""
    if family == MACHINE:
        return len(words) * size  # as wide as Chinese characters are; most others are narrower
    file = BOLD_FILE if family == LATIN and weight == "bold" else FONT_FILES[family]
    return _font(file).getlength(words) * size / UNITS_PER_EM


def wrap_text(words: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Lines no wider than `width`; at least one line. A word that is wider by itself is broken."""
    lines = [""]
    for word in words.split():
        candidate = f"{lines[-1]} {word}".lstrip()
        if text_width(candidate, size, weight) <= width:
            lines[-1] = candidate
            continue
        *full, rest = _broken(word, width, size, weight)
        lines += [*full, rest]
    return lines if lines[0] or len(lines) == 1 else lines[1:]


def _broken(word: str, width: float, size: float, weight: str) -> list[str]:
    """A word in pieces no wider than `width`, one character at least."""
    pieces = [""]
    room = width
    for character in word:
        advance = text_width(character, size, weight)
        if pieces[-1] and advance > room and not _is_joined(character):
            pieces.append("")
            room = width
        pieces[-1] += character
        room -= advance
    return pieces
