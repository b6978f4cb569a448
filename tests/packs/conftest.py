"""A catalogue whose files a server on this computer offers."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.packs import catalogue, resumed_download
from core.packs.catalogue import CataloguePack
from core.packs.manifest import pack_folder, read_manifest
from core.packs.verification import verify_files
from tests.support.file_server import Files, offering

BIG = bytes(range(256)) * 4096  # 1 MiB: several pieces
SMALL = b'{"a": 1}'
OTHER = b"other weights"

Offer = Callable[..., CataloguePack]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Files]:
    """The server; waiting between two tries takes no time, and the hub's cache is empty."""
    monkeypatch.setattr(resumed_download, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("CTJP_OFFLINE", raising=False)
    with offering() as files:
        yield files


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of packs."""
    monkeypatch.setenv("CTJP_PACKS", str(tmp_path / "packs"))
    return tmp_path / "packs"


@pytest.fixture
def offer(files: Files, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Writes the catalogue that a test uses; each part is one file or more of the server."""

    def make(packs: dict[str, dict], entries: dict[str, dict] | None = None, **parts: dict) -> CataloguePack:
        made = {name: part(files, name, variants, entries) for name, variants in parts.items()}
        about = {"about": "Tiny.", "size": 32, "examples": ["a fox"]}
        packs = {name: {"title": f"Pack {name}", "models": models} | about for name, models in packs.items()}
        path = tmp_path / "catalogue.json"
        path.write_text(json.dumps({"parts": made, "packs": packs}))
        monkeypatch.setenv("CTJP_CATALOGUE", str(path))
        catalogue._read.cache_clear()
        return catalogue.find_in_catalogue(next(iter(packs)))

    return make


def part(files: Files, name: str, variants: dict, entries: dict[str, dict] | None) -> dict[str, Any]:
    """A part of the catalogue's table."""
    return {
        "title": f"The {name}",
        "licence": "mit",
        "card": f"{files.address}/card",
        "parameters": 10,
        "gflop": {"32": 1.0},
        "entry": (entries or {}).get(name, {"format": "open_clip"}),
        "files": variants,
        "note": "For tests.",
    }


def sha(data: bytes) -> str:
    """SHA-256 (hex)."""
    return hashlib.sha256(data).hexdigest()


def variant(data: bytes, *sources: str, name: str = "model.bin", known: bool = True) -> dict[str, Any]:
    """A variant of a file, as the catalogue's table has it."""
    fields = {"name": name, "bytes": len(data), "about": False, "sources": list(sources)}
    return fields | ({"sha256": sha(data)} if known else {})


def one(offer: Offer, *sources: str, known: bool = True, data: bytes = BIG) -> CataloguePack:
    """A pack of two equal judges that are one file."""
    return offer({"one": {"judge": "j", "heldout": "j"}}, j={"file": [variant(data, *sources, known=known)]})


def whole(name: str) -> dict[str, Any]:
    """The pack is installed, and every file is right; returns its manifest."""
    manifest = read_manifest(name)
    verify_files(pack_folder(name), manifest)
    return manifest
