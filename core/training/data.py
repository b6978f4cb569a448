"""Renderings for training: made once, to disk, in shards; then held as uint8 on the device that trains,
growing while they are made.

A shard holds SHARD pictures, their scenes and their captions, and depends only on its set and its number, so
rendering can stop and go on at any time, and two machines render the same pictures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from core.training import captions
from core.training.texts import Captioned, is_own
from core.world.grammar import Scene

if TYPE_CHECKING:
    from core.training.texts import Described

SHARD = 250
OWN = "train"  # the set of a user's own pictures
FIRST = 40  # shards that a Feed begins with; the others are taken in while it trains


def write_shard(
    path: Path, pictures: np.ndarray, scenes: Sequence[Described], tokens: Any, named: Any
) -> None:
    """One shard as three files, the pictures last and under their final name at once: whoever sees them sees
    all.

    Args:
        path: ending in .npy, of the pictures, uint8 n×H×W×3; the scenes become JSON and the captions .npz
            beside it.
        scenes: of Scene or Captioned; tokens, named: see `captions.tokens_of`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        {"captions": scene.captions} if isinstance(scene, Captioned) else astuple(scene) for scene in scenes
    ]
    path.with_suffix(".json").write_text(json.dumps(lines))
    np.savez(path.with_suffix(".npz"), tokens=tokens, named=named)
    temporary = path.with_suffix(f".writing{np.random.default_rng().integers(2**32)}")
    with temporary.open("wb") as file:
        np.save(file, pictures)
    temporary.rename(path)


def scenes_of(path: Path) -> Any:
    """The scenes of a shard: list of Scene or Captioned."""
    said = json.loads(path.with_suffix(".json").read_text())
    return [Captioned(tuple(line["captions"])) if isinstance(line, dict) else Scene(*line) for line in said]


def load_split(folder: Path, split: str, start: int = 0, stop: int | None = None) -> Any:
    """Shards start … stop of a set → (uint8 n×H×W×3, list of Scene or Captioned). Raises FileNotFoundError if
    there is none.
    """
    paths = sorted((Path(folder) / split).glob("*.npy"))[start:stop]
    if not paths:
        raise FileNotFoundError(
            f"No pictures in {folder}/{split}; run: python -m core train world --data {folder} "
            "(or, for pictures of your own, python -m core train pictures)"
        )
    return np.concatenate([np.load(path) for path in paths]), [
        scene for path in paths for scene in scenes_of(path)
    ]


class Feed:
    """One set on a training device, and as much of it as there is so far.

    Attributes:
        pictures: uint8 n×3×H×W. scenes: list of n. codes: int64 n×8 (see `captions.codes`), zeros for
            a user's own captions.
        tokens: int16 n×K×V×CONTEXT, K captions with V − 1 wrong ones each. named: bool n×K×8. same: int64 n,
            equal where captions are.

    Args:
        folder: of the shards.
        words: a Tokenizer, for shards that have no captions yet; None to do without captions.
    """

    def __init__(self, folder: Path, device: str = "cpu", words: Any = None) -> None:
        self.folder = Path(folder)
        self.device = device
        self.words = words
        self.count = 0
        self.scenes: list[Described] = []
        self.pictures: torch.Tensor
        self.codes: torch.Tensor
        self.same: torch.Tensor
        self.tokens: torch.Tensor
        self.named: torch.Tensor
        self._seen: set[str] = set()
        self._numbers: dict[Described, int] = {}
        self._room: dict[str, torch.Tensor] = {}
        self.refresh(FIRST)

    def __len__(self) -> int:
        return self.count

    def refresh(self, most: int | None = None) -> int:
        """Take in up to `most` shards that have come since; returns how many pictures there are."""
        fresh = sorted(path for path in self.folder.glob("*.npy") if path.name not in self._seen)
        for path in fresh[:most]:
            self._seen.add(path.name)
            self._take(np.load(path), scenes_of(path), *self._captions(path))
        return self.count

    def _captions(self, path: Path) -> Any:
        if self.words is None:
            return None, None
        beside = path.with_suffix(".npz")
        if not beside.exists():
            return captions.tokens_of(
                scenes_of(path), self.words, np.random.default_rng([9, len(self._seen)])
            )
        with np.load(beside) as saved:
            return saved["tokens"], saved["named"]

    def _take(self, pictures: np.ndarray, scenes: Sequence[Described], tokens: Any, named: Any) -> None:
        self.scenes += scenes
        codes = np.zeros((len(scenes), 8), np.int64) if is_own(scenes) else captions.codes(scenes)
        same = [self._numbers.setdefault(scene, len(self._numbers)) for scene in scenes]
        parts = {
            "pictures": torch.from_numpy(pictures).permute(0, 3, 1, 2),
            "codes": torch.from_numpy(codes),
            "same": torch.tensor(same),
        }
        if tokens is not None:
            parts |= {"tokens": torch.from_numpy(tokens), "named": torch.from_numpy(named)}
        start = self.count
        self.count += len(scenes)
        for name, rows in parts.items():
            self._keep(name, rows, start)

    def _keep(self, name: str, rows: Any, start: int) -> None:
        """Append rows to the attribute `name`; its room doubles when it is full."""
        room = self._room.get(name)
        if room is None or self.count > len(room):
            larger = torch.empty(
                max(2 * start, self.count, 2000), *rows.shape[1:], dtype=rows.dtype, device=self.device
            )
            if room is not None:
                larger[:start] = room[:start]
            self._room[name] = room = larger
        room[start : self.count] = rows.to(self.device)
        setattr(self, name, room[: self.count])

    @property
    def side(self) -> int:
        """Height and width of the pictures in px."""
        return self.pictures.shape[-1]

    def draw(self, generator: torch.Generator, count: int) -> torch.Tensor:
        """LongTensor of `count` pictures drawn at random."""
        return torch.randint(self.count, (count,), generator=generator, device=self.device)

    def images(self, chosen: torch.Tensor) -> torch.Tensor:
        """float32 B×3×H×W in [0, 1]."""
        return self.pictures[chosen].float().div(255)

    def say(self, chosen: torch.Tensor, generator: torch.Generator, canonical: float = 0.3) -> Any:
        """Token ids B×V×CONTEXT of a caption drawn for each, the canonical one in the share `canonical`; and
        what they name, B×8.
        """
        spoken = 1 + torch.randint(
            self.tokens.shape[1] - 1, chosen.shape, generator=generator, device=self.device
        )
        first = torch.rand(chosen.shape, generator=generator, device=self.device) < canonical
        k = torch.where(first, 0, spoken)
        return self.tokens[chosen, k].long(), self.named[chosen, k]
