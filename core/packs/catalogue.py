"""Model packs with published weights: where every file lies, under which licence, how large. No torch, no network.

`catalogue.json` is the table. `licences`: name, link and the one sentence that matters. `parts`: one model each, with the
keys that its manifest entry needs (`entry`, see core.packs.manifest), its parameters, its forward GFLOP by picture size,
and `files`: key in the manifest entry → the ways to get that file, in the order in which they are tried. Ways may differ in
name and contents; the sources of one way offer the same bytes. `packs`: which part is which model.

CTJP_CATALOGUE names a second such file, for a mirror or for weights of one's own; it may use the shipped parts and licences.
"""

import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from core.errors import PackError

TABLE = Path(__file__).parent / "catalogue.json"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MODELS = ("judge", "heldout", "vqgan", "denoiser", "text", "autoencoder", "preview")


@dataclass(frozen=True)
class Licence:
    """`matters`: the one sentence that a person should have read."""

    name: str
    link: str
    matters: str


@dataclass(frozen=True)
class Way:
    """One way to get a file.

    Args:
        name: of the file below its part's folder, with "/".
        bytes: its size; `about` if that is not exact.
        sha256: as published, or None: then it is taken when the file first comes, and checked from then on.
        sources: addresses that offer the same bytes, in the order in which they are tried.
    """

    name: str
    bytes: int
    about: bool
    sha256: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One model. `files`: key in its manifest entry → tuple of Way; `card`: the page that describes it."""

    name: str
    title: str
    licence: Licence
    card: str
    parameters: int
    gflop: dict
    entry: dict
    files: dict
    note: str


@dataclass(frozen=True)
class Pack:
    """`models`: name in the manifest → Part; `size`: pixels; `examples`: prompts to offer."""

    name: str
    title: str
    about: str
    size: int
    examples: tuple[str, ...]
    models: dict

    def parts(self):
        """Its parts, each once."""
        return tuple({part.name: part for part in self.models.values()}.values())

    def licences(self):
        """Its licences, each once."""
        return tuple({licence.name: licence for licence in (part.licence for part in self.parts())}.values())

    def bytes(self):
        """Size of everything it needs, by the first way of every file."""
        return sum(ways[0].bytes for part in self.parts() for ways in part.files.values())


def packs():
    """name → Pack, in the order of the table. Raises PackError: CTJP_CATALOGUE cannot be used."""
    return _read(os.environ.get("CTJP_CATALOGUE") or None)


def find(name):
    """The Pack of this name. Raises PackError."""
    found = packs().get(name)
    if found is None:
        raise PackError(f"The catalogue has no model pack {name!r}; choose from {', '.join(packs())}.")
    return found


def manifest_of(pack, have):
    """The manifest of a pack whose files are here.

    Args:
        have: function (Part, key) → (Way, sha256, bytes) of the file that was got.
    """
    models = {name: _entry(part, {key: have(part, key) for key in part.files}) for name, part in pack.models.items()}
    licence = "; ".join(licence.name for licence in pack.licences())
    return {
        "format": 1, "name": pack.name, "title": pack.title, "size": pack.size, "licence": licence, "examples": list(pack.examples),
        "words": None, "vocabulary": None, "reference": None, "models": models,
    }  # fmt: skip


def _entry(part, files):
    """One model's manifest entry."""
    listed = {f"{part.name}/{way.name}": {"sha256": sha256, "bytes": size} for way, sha256, size in files.values()}
    entry = dict(part.entry) | {key: f"{part.name}/{way.name}" for key, (way, _, _) in files.items()}
    entry |= next(iter(listed.values())) if len(listed) == 1 else {"files": listed}
    return entry | {"title": part.title, "licence": part.licence.name, "sources": [part.card], "parameters": part.parameters}


@cache
def _read(own):
    table = json.loads(TABLE.read_text("utf-8"))
    if own:
        path = Path(own).expanduser()
        try:
            more = json.loads(path.read_text("utf-8"))
            table = {kind: table[kind] | more.get(kind, {}) for kind in ("licences", "parts", "packs")}
            return _packs(table)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"no {error}" if isinstance(error, KeyError) else error
            raise PackError(
                f"CTJP_CATALOGUE is {own!r}, which is no catalogue ({what}). See core/packs/catalogue.py for its form."
            ) from error
    return _packs(table)


def _packs(table):
    """The table as objects. Raises KeyError, TypeError or ValueError for what does not fit."""
    licences = {name: Licence(**fields) for name, fields in table["licences"].items()}
    parts = {name: _part(name, fields, licences) for name, fields in table["parts"].items()}
    found = {}
    for name, fields in table["packs"].items():
        models = {model: parts[part] for model, part in fields["models"].items()}
        if unknown := [model for model in models if model not in MODELS]:
            raise ValueError(f"pack {name!r} names the model {unknown[0]!r}; known are {', '.join(MODELS)}")
        found[_named(name)] = Pack(name, fields["title"], fields["about"], int(fields["size"]), tuple(fields["examples"]), models)
        if lacking := [model for model in ("judge", "heldout") if model not in models]:
            raise ValueError(f"pack {name!r} has no {lacking[0]}")
    return found


def _part(name, fields, licences):
    bases = fields.get("sources", [])
    files = {key: tuple(_way(way, bases) for way in ways) for key, ways in fields["files"].items()}
    return Part(
        _named(name), fields["title"], licences[fields["licence"]], fields["card"], int(fields["parameters"]),
        {int(size): float(gflop) for size, gflop in fields["gflop"].items()}, fields["entry"], files, fields["note"],
    )  # fmt: skip


def _way(fields, bases):
    name, sha256 = fields["name"], fields.get("sha256")
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise ValueError(f"{name!r} is no file name inside a folder")
    if sha256 is not None and not SHA256.fullmatch(sha256):
        raise ValueError(f"the sha256 of {name} is not 64 hexadecimal digits")
    sources = tuple(fields.get("sources") or [base + name for base in bases])
    if not sources or not all(source.startswith(("https://", "http://")) for source in sources):
        raise ValueError(f"{name} needs sources that begin with https:// or http://")
    return Way(name, int(fields["bytes"]), bool(fields.get("about")), sha256, sources)


def _named(name):
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name: small letters, digits, '.', '_' and '-'")
    return name
