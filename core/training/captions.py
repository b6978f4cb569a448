"""Captions of training pictures as token ids, made while the pictures are rendered: no trainer has to wait.

Every right caption comes with wrong ones that differ from it in one word or phrase, because contrast within a
batch hardly ever asks for a single word (Yuksekgonul et al. 2022, arXiv 2210.01936, section 4).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.models.clip import Tokenizer, compact_vocabulary
from core.training.texts import caption, every_text, is_own, paraphrase
from core.world.grammar import FACETS, PAIR_FACETS, SUBJECTS, Scene, variants

if TYPE_CHECKING:
    from core.training.texts import Described

CONTEXT = 32
SPOKEN = 4  # paraphrases to a picture, beside its canonical caption
NAMES = [field.name for field in fields(Scene)]
WORDS = {**FACETS, **{facet: ["", *words] for facet, words in PAIR_FACETS.items()}}
# How often each facet is the one that is wrong; what a caption does not name is not asked for. "colours" are
# exchanged.
ASKED = {"subject": 6, "second": 5, "relation": 4, "colours": 2} | dict.fromkeys(
    ("colour", "second_colour", "weather", "ground", "time"), 1
)


def tokenizer(scenes: Sequence[Described] = ()) -> Tokenizer:
    """The pack's tokenizer: exactly the words of the grammar, or of the captions if `scenes` have some."""
    words, vocabulary = compact_vocabulary(every_text(scenes))
    return Tokenizer(vocabulary, words, CONTEXT)


def settled(scene: Scene) -> Scene:
    """Of two scenes that look alike always the same one.

    What stands in front is named first; of neighbours, the one that comes first in SUBJECTS.
    """
    names = list(SUBJECTS)
    late = scene.relation == "next to" and names.index(scene.subject) > names.index(scene.second)
    if not late and scene.relation != "behind":
        return scene
    relation = "in front of" if scene.relation == "behind" else scene.relation
    return Scene(
        scene.second,
        scene.second_colour,
        scene.ground,
        scene.time,
        scene.weather,
        relation,
        scene.subject,
        scene.colour,
    )


def codes(scenes: Sequence[Any]) -> np.ndarray:
    """int64 n×8: every facet of a scene, `settled`, as its word's number; 0 where a pair's facet is empty."""
    place = {facet: {word: i for i, word in enumerate(words)} for facet, words in WORDS.items()}
    said = [zip(NAMES, astuple(settled(scene)), strict=True) for scene in scenes]
    return np.array([[place[facet][word] for facet, word in facets] for facets in said])


def changed(scene: Scene, named: Collection[str], rng: np.random.Generator) -> Scene:
    """The scene with one of the facets that its caption names changed."""
    asked = {
        facet: weight
        for facet, weight in ASKED.items()
        if facet in named or (facet == "colours" and scene.relation)
    }
    weights = np.array(list(asked.values()), float)
    facet = list(asked)[rng.choice(len(asked), p=weights / weights.sum())]
    if facet == "colours":
        return replace(scene, colour=scene.second_colour, second_colour=scene.colour)
    # a clear sky may go unsaid, and a caption that says nothing is not wrong
    others = [
        other for other in variants(scene, facet) if other != scene and getattr(other, facet) != "clear"
    ]
    return others[rng.integers(len(others))]


def spoken(scenes: Sequence[Described], rng: np.random.Generator, wrong: int = 0) -> Any:
    """Captions of scenes, right and wrong.

    Returns:
        (texts: n lists of 1 + SPOKEN lists of 1 + `wrong` captions, the canonical list first and in each
        the right caption first; named: bool n×(1 + SPOKEN)×8, which facets they name).
    """
    texts = []
    named = np.zeros((len(scenes), 1 + SPOKEN, len(NAMES)), bool)
    for scene, names in zip(scenes, named, strict=True):
        assert isinstance(scene, Scene), "only scenes have facets"
        lines = []
        for k in range(1 + SPOKEN):
            seed = int(rng.integers(2**62))
            text, facets = _say(scene, k, seed)
            names[k] = [name in facets for name in NAMES]
            others = [changed(scene, facets, rng) for _ in range(wrong)]
            lines.append([text, *(_say(other, k, seed)[0] for other in others)])
        texts.append(lines)
    return texts, named


def _say(scene: Described, k: int, seed: int) -> Any:
    """(caption k of a scene, the facets it has and names); with the same seed two scenes are said alike."""
    text, facets = paraphrase(scene, np.random.default_rng(seed)) if k else (caption(scene), NAMES)
    return text, [facet for facet in facets if getattr(scene, facet)]


def own(scenes: Sequence[Described], rng: np.random.Generator) -> Any:
    """A user's own captions in the form of `spoken`: no facets, none wrong, repeated to fill the places."""
    texts = [
        [[paraphrase(scene, rng)[0]] if k else [caption(scene)] for k in range(1 + SPOKEN)]
        for scene in scenes
    ]
    return texts, np.zeros((len(scenes), 1 + SPOKEN, len(NAMES)), bool)


def tokens_of(scenes: Sequence[Described], tokens: Any, rng: np.random.Generator, wrong: int = 0) -> Any:
    """(int16 n×(1 + SPOKEN)×(1 + wrong)×CONTEXT of a Tokenizer, named as in `spoken`)."""
    texts, named = own(scenes, rng) if is_own(scenes) else spoken(scenes, rng, wrong)
    flat = [text for lines in texts for line in lines for text in line]
    ids = tokens(flat).numpy().astype(np.int16)
    return ids.reshape(len(scenes), 1 + SPOKEN, -1, CONTEXT), named
