"""A caption → the scene it describes: the way back from `core.world.grammar`. No torch, no numba."""

from __future__ import annotations

from core.world.grammar import FACETS, Scene

LEFT_UNSAID = {"time": "day", "weather": "clear"}
FILLING = {"a", "an", "the", "photo", "of", "stands"}


def scene_of(text: str) -> Scene | None:
    """The scene with one subject that a text describes with the grammar's own words, in any order.

    Subject, colour and ground must be named; without a time it is day, without weather it is clear. None if
    something is missing, or if a word remains that says something else.
    """
    rest = f" {' '.join(text.lower().replace(',', ' ').split())} "
    found = dict(LEFT_UNSAID)
    for facet in ("weather", "ground", "time", "subject", "colour"):
        # The longest first: "teddy bear" before "bear", "in the snow" before "snow".
        phrases = [(phrase, word) for word, ways in FACETS[facet].items() for phrase in ways if phrase]
        for phrase, word in sorted(phrases, key=lambda pair: -len(pair[0])):
            if f" {phrase} " in rest:
                rest = rest.replace(f" {phrase} ", "  ", 1)
                found[facet] = word
                break
    is_whole = set(FACETS) <= set(found) and set(rest.split()) <= FILLING
    return Scene(**found) if is_whole else None
