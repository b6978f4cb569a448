"""Sentences about errors as a visitor may read them: without the folders of the server's computer."""

import os
from pathlib import Path

from core.base.environment import pack_name, packs_folder, store_folder

ROOT = Path(__file__).parents[1]


def public_text(said: object) -> str:
    """An error or a sentence, in which a file of the store or of a pack is named without its folder."""
    text = str(said)
    for folder, name in _private_folders():
        text = text.replace(folder + os.sep, "" if name else "~" + os.sep).replace(folder, name or "~")
    return text


def _private_folders() -> list[tuple[str, str]]:
    """(path, what to call it; "" for the home folder), the longest first, so that none hides another."""
    named = [
        (store_folder(), "the store"),
        (packs_folder(), "the folder of packs"),
        (ROOT, "the project"),
        (Path.home(), ""),
    ]
    if os.sep in pack_name():
        named.append((Path(pack_name()).parent, "the pack's folder"))
    paths = {
        (str(path), name) for folder, name in named for path in (folder, folder.absolute(), folder.resolve())
    }
    return sorted(((path, name) for path, name in paths if len(path) > 1), key=lambda pair: -len(pair[0]))
