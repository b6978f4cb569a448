"""Model packs with published weights: where every file lies, under which licence, how large. No torch, no
network.

`catalogue.json` is the table. `licences`: name, link and the one sentence that matters. `parts`: one model
each, with the keys that its manifest entry needs (`entry`, see core.packs.manifest), its parameters, its
forward GFLOP by picture size, and `files`: key in the manifest entry → the file's variants, in the order in
which they are tried. Variants may differ in name and contents; the sources of one variant offer the same
bytes. `packs`: which part is which model.

CTJP_CATALOGUE names a second such file, for a mirror or for weights of your own; it may use the shipped parts
and licences.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from core.base.errors import PackError

TABLE = Path(__file__).parent / "catalogue.json"
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MODEL_ROLES = ("judge", "heldout", "vqgan", "denoiser", "text", "autoencoder", "preview")


@dataclass(frozen=True)
class Licence:
    """A licence; `matters` is the one sentence that a person should have read."""

    name: str
    link: str
    matters: str


@dataclass(frozen=True)
class FileVariant:
    """One form in which a file is published.

    Args:
        name: of the file below its part's folder, with "/".
        bytes: its size.
        about: whether that is not exact.
        sha256: as published, or None: then it is noted when the file first arrives, and checked from then on.
        sources: addresses that offer the same bytes, in the order in which they are tried.
    """

    name: str
    bytes: int
    about: bool
    sha256: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class CataloguePart:
    """One model.

    Args:
        name: of the part, and of its folder in a pack.
        title: for people.
        licence: of the weights.
        card: the page that describes it.
        parameters: how many.
        gflop: picture size → GFLOP of a forward pass.
        entry: what its manifest entry needs beside the files.
        files: key in the manifest entry → its variants.
        note: what a person should know of it.
    """

    name: str
    title: str
    licence: Licence
    card: str
    parameters: int
    gflop: dict[int, float]
    entry: dict[str, Any]
    files: dict[str, tuple[FileVariant, ...]]
    note: str


@dataclass(frozen=True)
class CataloguePack:
    """A pack.

    Args:
        name: of the pack, and of its folder.
        title: for people.
        about: a sentence on what it is.
        size: of its pictures, in pixels.
        examples: prompts to offer.
        models: name in the manifest → part.
    """

    name: str
    title: str
    about: str
    size: int
    examples: tuple[str, ...]
    models: dict[str, CataloguePart]

    def parts(self) -> tuple[CataloguePart, ...]:
        """Its parts, each once."""
        return tuple({part.name: part for part in self.models.values()}.values())

    def licences(self) -> tuple[Licence, ...]:
        """Its licences, each once."""
        licences = (part.licence for part in self.parts())
        return tuple({licence.name: licence for licence in licences}.values())

    def bytes(self) -> int:
        """Size of everything it needs, by the first variant of every file."""
        return sum(variants[0].bytes for part in self.parts() for variants in part.files.values())


def catalogue_packs() -> dict[str, CataloguePack]:
    """Name → pack, in the order of the table. Raises PackError: CTJP_CATALOGUE cannot be used."""
    return _read(os.environ.get("CTJP_CATALOGUE") or None)


def find_in_catalogue(name: str) -> CataloguePack:
    """The pack of this name. Raises PackError."""
    found = catalogue_packs().get(name)
    if found is None:
        known = ", ".join(catalogue_packs())
        raise PackError(f"The catalogue has no model pack {name!r}; choose from {known}.")
    return found


ArrivedFile = tuple[FileVariant, str, int]  # with its SHA-256 and size


def manifest_of(pack: CataloguePack, arrived: Callable[[CataloguePart, str], ArrivedFile]) -> dict[str, Any]:
    """The manifest of a pack whose files are here.

    Args:
        arrived: (part, key) → what was downloaded for it.
    """
    models = {}
    for model, part in pack.models.items():
        models[model] = _entry(part, {key: arrived(part, key) for key in part.files})
    return {
        "format": 1,
        "name": pack.name,
        "title": pack.title,
        "size": pack.size,
        "licence": "; ".join(licence.name for licence in pack.licences()),
        "examples": list(pack.examples),
        "words": None,
        "vocabulary": None,
        "reference": None,
        "models": models,
    }


def _entry(part: CataloguePart, files: dict[str, ArrivedFile]) -> dict[str, Any]:
    """One model's manifest entry."""
    entry = dict(part.entry)
    listed = {}
    for key, (variant, sha256, size) in files.items():
        entry[key] = f"{part.name}/{variant.name}"
        listed[entry[key]] = {"sha256": sha256, "bytes": size}
    entry |= next(iter(listed.values())) if len(listed) == 1 else {"files": listed}
    described = {"title": part.title, "licence": part.licence.name, "sources": [part.card]}
    return entry | described | {"parameters": part.parameters}


@cache
def _read(own: str | None) -> dict[str, CataloguePack]:
    table = json.loads(TABLE.read_text("utf-8"))
    if not own:
        return _packs(table)
    try:
        more = json.loads(Path(own).expanduser().read_text("utf-8"))
        return _packs({kind: table[kind] | more.get(kind, {}) for kind in ("licences", "parts", "packs")})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        form = "See core/packs/catalogue.py for its form."
        raise PackError(f"CTJP_CATALOGUE is {own!r}, which is no catalogue ({reason}). {form}") from error


def _packs(table: dict[str, Any]) -> dict[str, CataloguePack]:
    """The table as objects. Raises KeyError, TypeError or ValueError for what does not fit."""
    licences = {name: Licence(**fields) for name, fields in table["licences"].items()}
    parts = {name: _part(name, fields, licences) for name, fields in table["parts"].items()}
    return {_checked_name(name): _pack(name, fields, parts) for name, fields in table["packs"].items()}


def _pack(name: str, fields: dict[str, Any], parts: dict[str, CataloguePart]) -> CataloguePack:
    models = {model: parts[part] for model, part in fields["models"].items()}
    if unknown := [model for model in models if model not in MODEL_ROLES]:
        known = ", ".join(MODEL_ROLES)
        raise ValueError(f"pack {name!r} names the model {unknown[0]!r}; known are {known}")
    if missing := [model for model in ("judge", "heldout") if model not in models]:
        raise ValueError(f"pack {name!r} has no {missing[0]}")
    examples = tuple(fields["examples"])
    return CataloguePack(name, fields["title"], fields["about"], int(fields["size"]), examples, models)


def _part(name: str, fields: dict[str, Any], licences: dict[str, Licence]) -> CataloguePart:
    bases = fields.get("sources", [])
    files = {}
    for key, variants in fields["files"].items():
        files[key] = tuple(_variant(variant, bases) for variant in variants)
    return CataloguePart(
        name=_checked_name(name),
        title=fields["title"],
        licence=licences[fields["licence"]],
        card=fields["card"],
        parameters=int(fields["parameters"]),
        gflop={int(size): float(gflop) for size, gflop in fields["gflop"].items()},
        entry=fields["entry"],
        files=files,
        note=fields["note"],
    )


def _variant(fields: dict[str, Any], bases: Iterable[str]) -> FileVariant:
    name, sha256 = fields["name"], fields.get("sha256")
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise ValueError(f"{name!r} is no file name inside a folder")
    if sha256 is not None and not SHA256.fullmatch(sha256):
        raise ValueError(f"the sha256 of {name} is not 64 hexadecimal digits")
    sources = tuple(fields.get("sources") or [base + name for base in bases])
    if not sources or not all(source.startswith(("https://", "http://")) for source in sources):
        raise ValueError(f"{name} needs sources that begin with https:// or http://")
    return FileVariant(name, int(fields["bytes"]), bool(fields.get("about")), sha256, sources)


def _checked_name(name: str) -> str:
    if not PLAIN_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name: small letters, digits, '.', '_' and '-'")
    return name
