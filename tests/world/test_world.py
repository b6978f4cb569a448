"""The miniature world: its grammar, its captions, its renderings."""

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from core.base.vocabulary import words_of
from core.models.clip import Tokenizer, compact_vocabulary
from core.training.judges import CONTEXT
from core.world import grammar
from core.world.clay import MATERIALS, reach
from core.world.colours import ALBEDO
from core.world.grammar import (
    COLOURS,
    FACETS,
    GROUNDS,
    PAIR_FACETS,
    RELATIONS,
    SAID,
    SUBJECTS,
    TIMES,
    WEATHERS,
    Scene,
    caption,
    every_scene,
    every_text,
    names,
    paraphrase,
    sample_scene,
    variants,
)
from core.world.renderer import render
from core.world.subjects import MODELS, primitives

FOX = Scene("fox", "red", "snow", "day")
PAIR = replace(FOX, relation="next to", second="house", second_colour="blue")


def scenes(number, seed=0):
    rng = np.random.default_rng(seed)
    return [sample_scene(rng) for _ in range(number)]


def said(phrase, text):
    return re.search(rf"\b{phrase}\b", text) is not None


def test_the_world_is_as_rich_as_promised():
    assert len(SUBJECTS) >= 24 and "fox" in SUBJECTS
    assert [len(COLOURS), len(GROUNDS), len(TIMES), len(WEATHERS), len(RELATIONS)] == [10, 6, 4, 3, 3]
    assert list(MODELS) == list(SUBJECTS) and list(ALBEDO) == list(COLOURS)


def test_an_unknown_word_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="Unknown ground 'lava'; choose from snow"):
        Scene("fox", "red", "lava", "day")
    with pytest.raises(ValueError, match="Unknown second_colour ''; choose from red"):
        replace(FOX, relation="behind", second="house")
    with pytest.raises(ValueError, match="Unknown relation ''; choose from next to"):
        replace(FOX, second="house", second_colour="red")
    with pytest.raises(ValueError, match="Both subjects are 'fox'"):
        replace(PAIR, second="fox")


def test_canonical_captions_are_distinct_and_name_what_they_show():
    world = every_scene()
    assert len({caption(scene) for scene in world}) == len(world) == 26 * 10 * 6 * 4 * 3
    assert caption(FOX) == "a red fox in snow by day"
    assert (
        caption(Scene("elephant", "orange", "water", "night", "fog"))
        == "an orange elephant on water at night in fog"
    )
    assert caption(PAIR) == "a red fox next to a blue house in snow by day"
    drawn = {scene: caption(scene) for scene in scenes(500)}
    assert len(set(drawn.values())) == len(drawn)
    for scene, text in drawn.items():
        for facet, words in {**FACETS, **PAIR_FACETS}.items():
            assert not getattr(scene, facet) or words[getattr(scene, facet)][0] in text


def test_a_quarter_of_the_scenes_are_pairs_of_different_things():
    drawn = scenes(2000)
    pairs = [scene for scene in drawn if scene.relation]
    assert 0.2 < len(pairs) / len(drawn) < 0.3
    assert all(scene.second != scene.subject and scene.second_colour != scene.colour for scene in pairs)


def test_variants_change_one_word():
    assert [scene.colour for scene in variants(FOX, "colour")] == list(COLOURS)
    assert variants(FOX, "second") == []
    assert "house" not in [scene.subject for scene in variants(PAIR, "subject")]
    for facet in (*FACETS, *PAIR_FACETS):
        found = variants(PAIR, facet)
        assert PAIR in found and len(set(found)) == len(found)
        assert all(replace(scene, **{facet: getattr(PAIR, facet)}) == PAIR for scene in found)


@pytest.mark.parametrize("unseen", [False, True])
def test_paraphrases_name_only_what_they_say_they_name(unseen):
    rng = np.random.default_rng(0)
    for scene in scenes(400):
        text, named = paraphrase(scene, rng, unseen)
        for facet, words in SAID.items():
            phrases = [phrase for phrase in words.get(getattr(scene, facet), ()) if phrase]
            assert any(said(phrase, text) for phrase in phrases) == (facet in named), (text, named, facet)
        things = [(scene.colour, scene.subject)] + [(scene.second_colour, scene.second)] * bool(
            scene.relation
        )
        assert all(any(said(name, text) for name in names(*thing, unseen)) for thing in things), text
        assert {"subject", "colour"} <= named and ({"second", "second_colour"} <= named) == bool(
            scene.relation
        )
        assert not unseen or {"ground", "time"} <= named


def every_training_sentence(scene):
    """All sentences that training can say of a scene."""
    options = {facet: ("", *words.get(getattr(scene, facet), ())) for facet, words in SAID.items()}
    things = (
        names(scene.colour, scene.subject),
        names(scene.second_colour, scene.second) if scene.relation else [""],
    )
    for pattern, pair, first, second, *phrases in product(
        grammar.PATTERNS, grammar.PAIRS, *things, *options.values()
    ):
        chosen = {scene.subject: first, scene.second: second}
        yield grammar._sentence(
            pattern,
            pair,
            lambda _, it, chosen=chosen: chosen[it],
            scene,
            dict(zip(options, phrases, strict=True)),
        )


@pytest.mark.parametrize(
    "scene",
    [
        FOX,
        replace(PAIR, subject="rabbit", weather="fog", second_colour="white"),
        replace(FOX, subject="snail"),
    ],
)
def test_unseen_paraphrases_are_never_said_in_training(scene):
    training, rng = set(every_training_sentence(scene)), np.random.default_rng(0)
    assert all(paraphrase(scene, rng)[0] in training for _ in range(100))
    assert not training & {paraphrase(scene, rng, unseen=True)[0] for _ in range(500)}


def test_unseen_paraphrases_use_words_of_training_only():
    rng = np.random.default_rng(0)
    drawn = scenes(4000)
    known = {word for scene in drawn for word in words_of(paraphrase(scene, rng)[0])}
    assert known == set(compact_vocabulary(every_text())[0])
    assert not {word for scene in drawn for word in words_of(paraphrase(scene, rng, unseen=True)[0])} - known
    assert not set(grammar.PATTERNS) & set(grammar.UNSEEN_PATTERNS) and not set(grammar.PAIRS) & set(
        grammar.UNSEEN_PAIRS
    )


def test_two_synonyms_together_are_kept_for_tests():
    assert "crimson bunny" in names("red", "rabbit", unseen=True) and "crimson bunny" not in names(
        "red", "rabbit"
    )
    assert {"red bunny", "crimson rabbit", "red rabbit"} <= set(names("red", "rabbit"))
    assert names("red", "snail", unseen=True) == names("red", "snail")  # a snail has one name


def test_every_caption_is_within_the_vocabulary_and_the_context():
    words, vocabulary = compact_vocabulary(every_text())
    tokens = Tokenizer(vocabulary, words, CONTEXT)
    rng = np.random.default_rng(1)
    texts = [paraphrase(scene, rng, unseen)[0] for scene in scenes(1500, 1) for unseen in (False, True)]
    assert all(tokens.unknown_words(text) == [] for text in texts)
    assert all(int(ids.max()) == int(ids[ids != 0][-1]) == tokens.end for ids in tokens(texts))
    assert (
        max(len(row[row != 0]) for row in Tokenizer(vocabulary, words, 99)(texts)) <= CONTEXT
    )  # the end is never cut off
    assert tokens.unknown_words("a red zebra in snow") == ["zebra"]


@pytest.mark.parametrize("scene", [FOX, replace(PAIR, weather="snowfall")])
def test_same_scene_and_seed_give_the_same_bytes_and_others_do_not(scene):
    first = render(scene, 3, 48)
    assert first.dtype == np.uint8 and first.shape == (48, 48, 3)
    assert np.array_equal(first, render(scene, 3, 48))
    assert not np.array_equal(first, render(scene, 4, 48))


def test_words_show_in_the_picture():
    """Coarse physics: red is red, night is dark, snow is bright, fog is pale, flakes are added."""

    def mean(**words):
        return render(replace(Scene("cube", "red", "grass", "day"), **words), 5, 48).mean((0, 1))

    red, blue = mean(), mean(colour="blue")
    assert red[0] - red[2] > blue[0] - blue[2] + 10
    assert 25 < mean(time="night").mean() < 0.8 * mean().mean()
    assert mean(time="sunset")[0] > mean(time="sunset")[2] + 20
    assert mean(ground="snow").mean() > mean(ground="grass").mean() + 20
    assert np.ptp(mean(weather="fog")) < 0.7 * np.ptp(mean())


def without(monkeypatch, scene, seed, hidden, size=64):
    """The rendering with some rows of clay sunk deep into the ground; `hidden` chooses them by material."""
    import core.world.renderer as renderer

    with monkeypatch.context() as patch:
        whole = renderer.compose

        def compose(*arguments):
            rows, *rest = whole(*arguments)
            rows[hidden(rows[:, 19]), 2] -= 1000
            return rows, *rest

        patch.setattr(renderer, "compose", compose)
        return render(scene, seed, size).astype(int)


def share_changed(monkeypatch, scene, seed, hidden):
    whole, part = render(scene, seed, 64).astype(int), without(monkeypatch, scene, seed, hidden)
    return (np.abs(whole - part).max(-1) > 20).mean()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_stands_on_the_ground_and_fills_the_frame(subject, monkeypatch):
    prims = primitives(subject)
    up = np.array([0.0, 1.0, 0.0])
    assert prims.shape[1] == 21 and np.isfinite(prims).all()
    assert (
        -0.02 < reach(prims, -up) < 0.1 and 0.5 < reach(prims, up) <= 1.2 + 1e-9
    )  # a little may sink into the ground
    for seed in range(3):
        scene = Scene(subject, list(COLOURS)[seed], list(GROUNDS)[seed + 1], list(TIMES)[seed])
        assert share_changed(monkeypatch, scene, seed, lambda material: material >= 0) > 0.06


@pytest.mark.parametrize("relation", RELATIONS)
def test_both_subjects_of_a_pair_are_visible(relation, monkeypatch):
    """Hiding either changes the picture where the other does not stand."""
    first, second = (
        (lambda material: material < len(MATERIALS)),
        (lambda material: material >= len(MATERIALS)),
    )
    pairs = [scene for scene in scenes(400, 2) if scene.relation == relation and scene.weather != "fog"][:12]
    for seed, scene in enumerate(pairs):
        assert min(share_changed(monkeypatch, scene, seed, hidden) for hidden in (first, second)) > 0.015, (
            scene
        )
