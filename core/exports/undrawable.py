"""Which characters of a text no font here can draw: found by drawing them."""

from __future__ import annotations

import functools

from core.exports.fonts import MACHINE, split_by_font
from core.exports.svg import rasterise, svg_document, svg_text

NO_SUCH_CHARACTER = (
    "\U0010fffd"  # for private use: what fonts draw for it is their sign for a missing character
)


def undrawable(words: str) -> list[str]:
    """The characters of a text that neither our fonts nor the machine's have, each once."""
    foreign = "".join(part for family, part in split_by_font(words) if family == MACHINE)
    return [character for character in dict.fromkeys(foreign) if not _machine_draws(character)]


@functools.cache
def _machine_draws(character: str) -> bool:
    """Ask the renderer itself: a character that no font has looks like any other of that kind."""
    drawn, missing = (
        rasterise(svg_document(40, 40, svg_text(4, 30, sign, 24)), 1)
        for sign in (character, NO_SUCH_CHARACTER)
    )
    return bool((drawn != missing).any())
