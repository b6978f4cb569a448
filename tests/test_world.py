"""The miniature world: its grammar, its captions, its photographs."""

import numpy as np
import pytest

from core.models.clip import Tokenizer, compact_vocabulary
from core.world.grammar import COLOURS, FACETS, GROUNDS, SUBJECTS, TIMES, Scene, caption, every_scene, every_text, paraphrase, sample_scene
from core.world.renderer import render
from core.world.subjects import primitives

FOX = Scene("fox", "red", "snow", "day")


def test_the_world_is_as_rich_as_promised():
    assert len(SUBJECTS) >= 16 and "fox" in SUBJECTS
    assert len(COLOURS) >= 8 and len(GROUNDS) >= 5 and len(TIMES) >= 3


def test_an_unknown_word_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="Unknown ground 'lava'; choose from snow"):
        Scene("fox", "red", "lava", "day")


def test_canonical_captions_are_distinct_and_name_what_they_show():
    scenes = every_scene()
    assert len({caption(scene) for scene in scenes}) == len(scenes)
    assert caption(FOX) == "a red fox in snow by day"
    assert caption(Scene("elephant", "orange", "water", "night", "fog")) == "an orange elephant on water at night in fog"


def test_paraphrases_name_only_what_they_say_they_name():
    rng = np.random.default_rng(0)
    for _ in range(300):
        scene = sample_scene(rng)
        text, named = paraphrase(scene, rng)
        for facet, words in FACETS.items():
            phrases = [phrase for phrase in words[getattr(scene, facet)] if phrase]
            said = any(phrase in text for phrase in phrases)
            assert said == (facet in named), (text, named, facet)


def test_every_caption_is_within_the_vocabulary_and_the_context():
    words, vocabulary = compact_vocabulary(every_text())
    tokens = Tokenizer(vocabulary, words, 24)
    rng = np.random.default_rng(1)
    texts = [paraphrase(sample_scene(rng), rng)[0] for _ in range(300)]
    assert all(tokens.unknown_words(text) == [] for text in texts)
    assert int((tokens(texts) != 0).sum(1).max()) < 24  # the end of the text is never cut off
    assert tokens.unknown_words("a red zebra in snow") == ["zebra"]


def test_same_scene_and_seed_give_the_same_bytes_and_others_do_not():
    first = render(FOX, 3, 48)
    assert first.dtype == np.uint8 and first.shape == (48, 48, 3)
    assert np.array_equal(first, render(FOX, 3, 48))
    assert not np.array_equal(first, render(FOX, 4, 48))


def test_words_show_in_the_picture():
    """Coarse physics of the photographs: red is red, night is dark, snow is bright, flakes are added."""
    mean = lambda **words: render(Scene(**{"subject": "cube", "colour": "red", "ground": "grass", "time": "day", **words}), 5, 48).mean((0, 1))
    red, blue = mean(), mean(colour="blue")
    assert red[0] - red[2] > blue[0] - blue[2] + 10
    assert mean(time="night").mean() < 0.6 * mean().mean()
    assert mean(ground="snow").mean() > mean(ground="grass").mean() + 20


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_stands_on_the_ground_and_is_seen(subject):
    prims = primitives(subject)
    assert prims.shape[1] == 12 and np.isfinite(prims).all()
    shown = [render(Scene(subject, colour, "snow", "day"), 8, 40).astype(int) for colour in ("red", "blue")]
    assert (np.abs(shown[0] - shown[1]).max(-1) > 40).mean() > 0.01  # its colour covers part of the picture
