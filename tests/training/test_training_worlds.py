"""What the networks learn from: renderings and captions, a set of its own to each, the same everywhere."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from core.training import captions, data, rendering
from core.training.data import Feed, load_split, write_shard
from core.training.texts import Captioned
from core.training.worlds import MEASURES, PAIRS, SPAN, WORLDS, draw_scene
from core.world.grammar import Scene, caption, sample_scene
from core.world.renderer import render
from tests.support.training_data import striped

FOX = Scene("fox", "red", "snow", "night", "clear", "next to", "house", "blue")


@pytest.fixture
def few(monkeypatch):
    """Shards of two renderings of 16 px."""
    monkeypatch.setattr(rendering, "SHARD", 2)

    def render_few(folder):
        return rendering.render_shard(folder, "test", 0, captions.tokenizer(), rendering.on_cpu, 16)

    return render_few


def test_no_two_sets_share_a_seed_nor_have_one_that_earlier_weights_saw():
    ranges = [world.drawn(max(world.count, 10**6)) for world in WORLDS.values()]
    assert all(low >= SPAN for low, _ in ranges)  # the first pack drew its seeds below 2³¹
    for (low, high), (other, end) in itertools.combinations(ranges, 2):
        assert high < other or end < low
    assert set(MEASURES) < set(WORLDS)
    first, last = WORLDS["judge"].drawn(500)
    assert [first, last + 1] == [WORLDS["judge"].seeds(0, 250)[0], WORLDS["judge"].seeds(2, 250)[0]]


def test_a_set_has_the_pairs_and_the_narrow_compositions_it_asks_for():
    rng = np.random.default_rng(0)
    for share in (0.0, PAIRS, 0.6, 1.0):
        found = np.mean([bool(draw_scene(rng, share).relation) for _ in range(600)])
        assert found == pytest.approx(share, abs=0.07)
    painters = WORLDS["painters"]
    assert (painters.spread(0), painters.spread(1)) == (1.0, painters.narrow[0])
    ordinary, narrow = (np.mean([bool(s.relation) for s in painters.scenes(i, 500)]) for i in (0, 1))
    assert narrow < 0.15 < 0.2 < ordinary


def test_a_narrow_composition_keeps_to_the_middle():
    cube = Scene("cube", "red", "snow", "day")

    def height(spread, seed):
        picture = render(cube, seed, 24, spread).astype(int)
        return (picture[..., 0] - picture[..., 1] > 60).any(1).sum()

    narrow, ordinary = (np.std([height(spread, seed) for seed in range(12)]) for spread in (0.0, 1.0))
    assert narrow < ordinary
    same = render(FOX, 3, 24)
    assert np.array_equal(same, render(FOX, 3, 24, 1.0))
    assert not np.array_equal(same, render(FOX, 3, 24, 0.5))


def test_a_shard_is_rendered_once_and_the_same_everywhere(few, tmp_path):
    first = few(tmp_path / "a")
    before = first.stat().st_mtime_ns
    assert few(tmp_path / "a").stat().st_mtime_ns == before
    second = few(tmp_path / "b")
    for ending in (".npy", ".json"):
        assert first.with_suffix(ending).read_bytes() == second.with_suffix(ending).read_bytes()
    with np.load(first.with_suffix(".npz")) as one, np.load(second.with_suffix(".npz")) as two:
        assert all(np.array_equal(one[name], two[name]) for name in ("tokens", "named"))
    pictures, scenes = load_split(tmp_path / "a", "test")
    assert pictures.shape == (2, 16, 16, 3) and scenes == WORLDS["test"].scenes(0, 2)
    assert np.array_equal(pictures[1], render(scenes[1], WORLDS["test"].seeds(0, 2)[1], 16))


def test_all_sets_grow_alike():
    order = rendering.jobs({"judge": 1000, "eyes": 250})
    assert len(order) == 5 and order[0][0] == "judge" and order.index(("eyes", 0)) in (2, 3)
    assert [i for name, i in order if name == "judge"] == [0, 1, 2, 3]


def test_without_a_gpu_the_cpu_renders(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "core.training.gpu_renderer", None)
    assert rendering.renderer("cuda") is rendering.on_cpu
    assert "no rendering on the GPU" in capsys.readouterr().out
    assert rendering.renderer("cpu") is rendering.on_cpu and not capsys.readouterr().out


def test_the_gpu_renders_what_the_cpu_renders():
    """In numba's simulator of a GPU: the kernels' own Python, one thread after another."""
    script = (
        "from core.training import gpu_renderer as g, rendering as r\n"
        "from core.training.worlds import WORLDS\n"
        "w = WORLDS['painters']; what = w.scenes(1, 2), w.seeds(1, 2), 12, w.spread(1)\n"
        "a, b = g.render_many(*what), r.on_cpu(*what)\n"
        "assert abs(a.astype(int) - b).mean() < .5, abs(a.astype(int) - b).mean()\n"
        "assert a.std() > 20"
    )
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_wrong_captions_differ_from_the_right_one_in_what_it_says():
    rng = np.random.default_rng(0)
    texts, named = captions.spoken([FOX, Scene("cake", "pink", "wood", "day")] * 20, rng, wrong=2)
    for lines in texts:
        assert len(lines) == 1 + captions.SPOKEN and all(len(set(line[1:]) - {line[0]}) for line in lines)
    assert texts[0][0][0] == caption(FOX) and named.shape == (40, 1 + captions.SPOKEN, 8)
    assert named[0, 0].all() and not named[1, :, 5:].any()  # one subject: nothing is said of a second


def test_a_changed_scene_is_another_scene_and_no_facet_is_asked_that_was_not_said():
    rng = np.random.default_rng(0)
    for _ in range(60):
        other = captions.changed(FOX, ("subject", "colour"), rng)
        assert other != FOX
        assert (other.ground, other.time, other.relation) == (FOX.ground, FOX.time, FOX.relation)
    exchanged = {captions.changed(FOX, (), rng) for _ in range(5)}
    assert {(s.colour, s.second_colour) for s in exchanged} == {("blue", "red")}


def test_scenes_that_look_alike_have_one_name():
    behind = Scene("house", "blue", "snow", "night", "clear", "behind", "fox", "red")
    front = Scene("fox", "red", "snow", "night", "clear", "in front of", "house", "blue")
    beside = Scene("house", "blue", "snow", "night", "clear", "next to", "fox", "red")
    assert captions.settled(behind) == front == captions.settled(front)
    assert captions.settled(beside) == FOX == captions.settled(FOX)
    coded = [captions.codes([scene]).tolist() for scene in (behind, front, FOX)]
    assert coded[0] == coded[1] != coded[2]


def test_a_feed_grows_and_keeps_what_belongs_together(tmp_path):
    scenes = striped(tmp_path, "judge")
    feed = Feed(tmp_path / "judge", words=captions.tokenizer())
    assert len(feed) == 24 and feed.scenes == scenes
    rng = np.random.default_rng(5)
    more = [sample_scene(rng) for _ in range(3000)]
    said = captions.tokens_of(more[:3], feed.words, rng, wrong=2)
    pictures = np.full((3000, 128, 128, 3), 7, np.uint8)
    tokens, named = (np.repeat(part[:1], 3000, 0) for part in said)
    write_shard(tmp_path / "judge" / "0001.npy", pictures, more, tokens, named)
    assert feed.refresh() == 3024 and feed.refresh() == 3024  # once is enough
    assert (feed.pictures[24:] == 7).all() and not (feed.pictures[:24] == 7).all()
    assert torch.equal(feed.codes, torch.from_numpy(captions.codes(scenes + more)))
    generator = torch.Generator().manual_seed(0)
    ids, facets = feed.say(torch.arange(24), generator, canonical=1.0)
    assert torch.equal(ids[:, 0], feed.words([caption(scene) for scene in scenes]))
    assert facets.shape == (24, 8) and feed.draw(generator, 2000).max() < 3024


def test_shards_without_captions_are_given_some(tmp_path):
    scenes = striped(tmp_path, "judge")
    (tmp_path / "judge/0000.npz").unlink()
    feed = Feed(tmp_path / "judge", words=captions.tokenizer())
    assert torch.equal(feed.tokens[:, 0, 0].long(), feed.words([caption(scene) for scene in scenes]))
    assert not hasattr(Feed(tmp_path / "judge"), "tokens")


def test_pictures_with_the_same_captions_are_the_same(tmp_path):
    scenes = [Captioned(("a cloud", "mist"))] * 2 + [Captioned(("a cloud",))]
    words = captions.tokenizer(scenes)
    said = captions.tokens_of(scenes, words, np.random.default_rng(0))
    write_shard(tmp_path / "train/0000.npy", np.zeros((3, 8, 8, 3), np.uint8), scenes, *said)
    feed = Feed(tmp_path / "train", words=words)
    assert feed.same.tolist() == [0, 0, 1] and feed.scenes == scenes and not feed.named.any()
    assert {int(ids[1]) for ids in feed.tokens[0, :, 0]} <= set(range(1, words.size))


def test_an_unfinished_shard_is_not_seen(monkeypatch, tmp_path):
    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr(data.np, "save", full)
    with pytest.raises(OSError, match="disk full"):
        striped(tmp_path, "judge")
    assert len(Feed(tmp_path / "judge", words=captions.tokenizer())) == 0
