"""What the gallery may be asked for, as SQL. No torch."""

from typing import Any

SORTS = {
    "newest": "created DESC",
    "oldest": "created",
    "prompt": "prompt COLLATE NOCASE, created DESC",
    "score": "best_score DESC, created DESC",
    "heldout": "best_heldout DESC, created DESC",
    "realism": "best_realism DESC, created DESC",
}


def search_conditions(
    owner: str, words: str, mine: bool, starred: bool, others: bool
) -> tuple[list[str], list[Any]]:
    """What `Gallery.page` is asked for, as SQL conditions and the values in them."""
    where = ["deleted_at IS NULL", "NOT ahead"]
    values: list[Any] = []
    for word in words.split():
        where.append("' ' || prompt LIKE ? ESCAPE '\\'")
        values.append(f"% {_escaped(word)}%")
    if mine or not others:
        where.append("(owner = ? AND owner != '')" if mine else "(owner = ? AND owner != '' OR folder != '')")
        values.append(owner)
    if starred:
        where.append("starred")
    return where, values


def _escaped(word: str) -> str:
    """A word as LIKE takes it, none of its characters a wildcard."""
    return "".join(f"\\{character}" if character in "\\%_" else character for character in word)
