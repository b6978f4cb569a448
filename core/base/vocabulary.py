"""Which words of a prompt a judge has seen. No torch, so the page can warn while a person types."""

import re
from collections.abc import Collection, Sequence

from core.base.errors import PromptError
from core.base.weighted_prompt import lenient_parts, parse_prompt

# Words, numbers and pictographs; "4k" is one word. Punctuation is not worth a warning.
_PIECES = re.compile(r"[^\W_]+|[\u2600-\u27bf\U0001f000-\U0001faff]")
_POSSESSIVE = re.compile(r"['’]s\b")


def words_of(text: str) -> list[str]:
    """Lower-case words, numbers and pictographs of a text, in order."""
    return _PIECES.findall(_POSSESSIVE.sub("", text.lower()))


def unknown_words(prompt: str, words: Collection[str] | None) -> list[str]:
    """Pieces of the prompt's texts that are not in `words` (None: all are known), in order, each once."""
    if words is None:
        return []
    pieces = [piece for part in lenient_parts(prompt) for piece in words_of(part.text)]
    return list(dict.fromkeys(piece for piece in pieces if piece not in words))


def check_any_word_known(prompt: str, words: Collection[str] | None, examples: Sequence[str] = ()) -> None:
    """Raise PromptError, naming examples, if no piece of a part of the prompt is in `words` (None: all are
    known), or if the prompt's weights cannot be used.
    """
    for part in parse_prompt(prompt):
        if words is not None and not any(piece in words for piece in words_of(part.text)):
            raise no_word_known(part.text, examples)


def no_word_known(prompt: str, examples: Sequence[str] = ()) -> PromptError:
    """What is raised where the judge knows no word of a prompt, whether it should paint or rank."""
    named = " or ".join(f'"{example}"' for example in examples[:2])
    advice = f"Try {named}." if named else "Use the words that the model pack lists."
    shown = prompt if len(prompt) <= 60 else prompt[:57] + "…"
    return PromptError(f'The judge knows no word of "{shown}", so it has nothing to look for. {advice}')
