"""How the models read a prompt with words they do not know: the sentences shown beside it.

A picture painted for "my dog playing chess" by models that know none of its nouns answers "a photo of" at
best, so wherever the prompt stands, what was read of it stands too. No torch.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence

from core.base.vocabulary import unknown_words, words_of
from core.base.weighted_prompt import lenient_parts, reading, written

MOST_NAMED = 8  # unknown words that are named one by one
# Of difflib's ratio, 0 … 1: "castel" suggests "castle" (.83), while "dog" does not suggest "fog" (.67).
NEAR_ENOUGH = 0.72
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")


def read_as(prompt: str, words: Collection[str] | None) -> str:
    """The pieces of a prompt that are in `words`, in order (None: all of it), with its weights if any."""
    parts = lenient_parts(prompt)
    if words is not None:
        known = [" ".join(piece for piece in words_of(part.text) if piece in words) for part in parts]
        parts = tuple(part._replace(text=text) for part, text in zip(parts, known, strict=True) if text)
    return written(parts)


def reading_note(prompt: str, words: Collection[str] | None) -> str:
    """What stands below a prompt; "" where it has no weights and the models know every word of it.

    Args:
        words: every word that the models know; None: all.
    """
    unknown = unknown_words(prompt, words)
    known = read_as(prompt, words)
    start = f"Read as: {known}." if known and (unknown or reading(prompt)) else ""
    end = f"Not known: {_listed(unknown)}." if unknown else ""
    return " ".join(filter(None, (start, end)))


def scores_note(prompt: str, words: Collection[str] | None) -> str:
    """What a verdict says first; "" where the models know every word of the prompt."""
    unknown = unknown_words(prompt, words)
    if not unknown:
        return ""
    known = read_as(prompt, words)
    return f"All scores are for “{known}”: the models do not know {_listed(unknown)}."


def typing_note(prompt: str, words: Collection[str] | None) -> str:
    """What is said before anything is painted; "" where the models know every word of the prompt."""
    unknown = unknown_words(prompt, words)
    if not unknown:
        return ""
    quoted = _listed([f"“{word}”" for word in unknown])
    known = read_as(prompt, words)
    read = f", so they read “{known}”" if known else ""
    return f"The models do not know {quoted}{read}.{_suggestions(unknown, words or ())}"


def decimal_comma_note(prompt: str) -> str:
    """A hint for a weight with a decimal comma, such as ":1,5", which is read as text; "" if none."""
    parts, with_points = lenient_parts(prompt), lenient_parts(_with_points(prompt))
    if len(parts) != len(with_points):  # with points it would be refused
        return ""
    for part, meant in zip(parts, with_points, strict=True):
        if meant.text != _with_points(part.text):
            typed = part.text[len(meant.text) :].strip()
            return f"“{typed}” is read as text, not as a weight. Write “{_with_points(typed)}”."
    return ""


def _with_points(text: str) -> str:
    return _DECIMAL_COMMA.sub(".", text)


def nearest_word(word: str, words: Collection[str]) -> str | None:
    """The known word that is spelled most like this one; None if none is spelled nearly so."""
    found = difflib.get_close_matches(word, sorted(words), 1, NEAR_ENOUGH)
    return found[0] if found else None


def _suggestions(unknown: Sequence[str], words: Collection[str]) -> str:
    """The nearest known words, as a further sentence."""
    pairs = [(word, nearest_word(word, words)) for word in unknown[:MOST_NAMED]]
    near = [f"“{found}” for “{word}”" for word, found in pairs if found]
    return f" Nearest words they know: {', '.join(near)}." if near else ""


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return ", ".join(words[:MOST_NAMED]) + more
