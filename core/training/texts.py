"""What a training picture's text says: the miniature world's grammar, or the captions it came with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.world import grammar
from core.world.grammar import Scene


@dataclass(frozen=True)
class Captioned:
    """A user's own picture: it has captions, at least one, where a rendering has its Scene."""

    captions: tuple[str, ...]


# What stands for a picture in training: its scene, or the captions that came with it.
Described = Scene | Captioned


def is_own(scenes: Sequence[Described]) -> bool:
    """Whether the pictures came with captions instead of scenes."""
    return bool(scenes) and isinstance(scenes[0], Captioned)


def caption(scene: Described) -> str:
    """The one caption that figures are measured with."""
    return scene.captions[0] if isinstance(scene, Captioned) else grammar.caption(scene)


def paraphrase(
    scene: Described, rng: np.random.Generator, unseen: bool = False
) -> tuple[str, Collection[str]]:
    """(a caption drawn at random, the facets it names); see core.world.grammar.paraphrase.

    Captions that came with a picture name no facets.
    """
    if isinstance(scene, Captioned):
        return scene.captions[rng.integers(len(scene.captions))], ()
    return grammar.paraphrase(scene, rng, unseen)


def every_text(scenes: Sequence[Described] = ()) -> list[str]:
    """Everything a model trained on these scenes may read: all captions, or the grammar's every sentence."""
    if not is_own(scenes):
        return list(grammar.every_text())
    return [text for scene in scenes if isinstance(scene, Captioned) for text in scene.captions]


def facets(scenes: Sequence[Described] = ()) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """Facet → its words, of scenes; {} for captions."""
    return {} if is_own(scenes) else {**grammar.FACETS, **grammar.PAIR_FACETS}
