"""What the command line says about a prompt, on the error stream: how it is read, and what is not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from core.base.prompt_reading import decimal_comma_note
from core.base.vocabulary import unknown_words
from core.base.weighted_prompt import parse_prompt, reading
from core.cli.terminal import tell_unknown_words
from core.packs.judge_text import words_cut_off

if TYPE_CHECKING:
    from core.packs.manifest import Manifest


def tell_about_prompt(prompt: str, pack: str, manifest: Manifest) -> None:
    """Up to three lines; none for a plain prompt that the judge knows and reads whole.

    Args:
        pack: name or folder. manifest: of that pack.

    Raises:
        PromptError: its weights cannot be used; nothing has been said of its words then.
    """
    parse_prompt(prompt)
    tell_unknown_words(prompt, manifest["words"])
    read_as = reading(prompt)
    if read_as and not unknown_words(prompt, manifest["words"]):  # with unknown ones it has been said
        print(f"Read as: {read_as}", file=sys.stderr)
    if comma := decimal_comma_note(prompt):
        print(comma, file=sys.stderr)
    if cut_off := words_cut_off(prompt, pack, manifest):
        words = ", ".join(cut_off)
        print(f'The prompt is too long: the judge does not read {words} in "{prompt}".', file=sys.stderr)
