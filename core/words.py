"""Which words of a prompt a judge has seen. No torch, so the page can warn while a person types."""

import re

from core.errors import PromptError

# Words, numbers and pictographs; punctuation is not worth a warning.
_PIECES = re.compile(r"[^\W\d_]+|\d+|[\u2600-\u27bf\U0001f000-\U0001faff]")
_POSSESSIVE = re.compile(r"['’]s\b")


def pieces(text):
    """Lower-case words, numbers and pictographs of a text, in order."""
    return _PIECES.findall(_POSSESSIVE.sub("", text.lower()))


def unknown_words(prompt, words):
    """Pieces of the prompt that are not in `words` (a set; None: every word is known), in order, each once."""
    if words is None:
        return []
    return list(dict.fromkeys(piece for piece in pieces(prompt) if piece not in words))


def check_known(prompt, words, examples=()):
    """Raise PromptError, naming examples, if not one piece of the prompt is in `words` (None: every word is known)."""
    if words is None or any(piece in words for piece in pieces(prompt)):
        return
    named = " or ".join(f'"{example}"' for example in examples[:2])
    advice = f"Try {named}." if named else "Use the words that the model pack lists."
    shown = prompt if len(prompt) <= 60 else prompt[:57] + "…"
    raise PromptError(f'The judge knows no word of "{shown}", so nothing could be painted from it. {advice}')
