"""What a form says about its prompt: how it is read, what of it the models do not know or do not read."""

from collections.abc import Collection

import streamlit as st

from app import resources
from app.components.messages import escape_markdown, show_unknown_words
from core.base.environment import pack_name
from core.base.prompt_reading import MOST_NAMED, decimal_comma_note
from core.base.vocabulary import unknown_words
from core.base.weighted_prompt import reading
from core.packs.judge_text import words_cut_off


def show_prompt_notes(prompt: str, said: Collection[str] = ()) -> None:
    """Up to four notes below a prompt's field; none for a plain prompt that the judge reads whole.

    Args:
        said: sentences that the page shows already.
    """
    read_as = reading(prompt)
    if read_as and not unknown_words(prompt, resources.known_words()):  # with unknown ones it is said there
        st.caption(f"Read as: {escape_markdown(read_as)}")
    show_unknown_words(prompt, said)
    if comma := decimal_comma_note(prompt):
        st.warning(escape_markdown(comma))
    if cut_off := words_cut_off(prompt, pack_name(), resources.manifest()):
        named = ", ".join(f"“{escape_markdown(word)}”" for word in cut_off[:MOST_NAMED])
        more = f" and {len(cut_off) - MOST_NAMED} more" if len(cut_off) > MOST_NAMED else ""
        st.warning(f"The prompt is too long: the judge does not read {named}{more}. Shorten it.")
