"""What a pack's judge reads of a prompt, from its manifest alone. No torch, so the page may ask."""

from __future__ import annotations

import json
from typing import Any

from core.base.errors import PackError
from core.base.prompt_length import cut_off_words
from core.packs.manifest import Manifest, pack_folder

CLIP_CONTEXT_LENGTH = 77  # pieces of every published CLIP whose configuration says nothing else


def words_cut_off(prompt: str, pack: str, manifest: Manifest) -> list[str]:
    """Words of a prompt that the pack's judge does not read because they come too late.

    Args:
        pack: name or folder. manifest: of that pack.
    """
    return cut_off_words(prompt, context_length(pack, manifest), manifest["words"])


def context_length(pack: str, manifest: Manifest) -> int:
    """How many pieces of a text the pack's judge reads, start and end included."""
    entry = manifest["models"].get("judge", {})
    config = entry.get("config") or _read_config(pack, entry.get("config_file"))
    config = config.get("model_cfg", config)
    ours = config.get("text_cfg", {}).get("context_length")
    theirs = config.get("text_config", {}).get("max_position_embeddings")
    return int(ours or theirs or CLIP_CONTEXT_LENGTH)


def _read_config(pack: str, file: str | None) -> dict[str, Any]:
    """An open_clip_config.json or a config.json of transformers; {} where there is none to read."""
    try:
        return json.loads((pack_folder(pack) / file).read_text("utf-8")) if file else {}
    except (OSError, ValueError, PackError):
        return {}
