"""Ranking: places, ties and margins; what a visitor asks for and the painter process judges; the shipped scenes."""

import csv
import io

import numpy as np
import pytest

from core.errands import RANKING_BUG, Errands
from core.errors import PromptError, StoreError, UserError
from core.lesson import rank_store, scenes
from core.lesson.rank_store import Rankings
from core.lesson.ranking import Entry, agreement, csv_text, leaderboard, rows, sentences, shares
from core.own_pictures import KEEP_SECONDS, OwnPictures
from core.uploads import Upload
from tests.fake_pack import FakePack


def entries(*figures):
    return [Entry(f"picture {number}", *pair) for number, pair in enumerate(figures)]


def test_places_ties_and_margins():
    places = leaderboard(entries((0.3, 0.1), (0.8, 0.2), (0.8004, 0.9), (-0.1, 0.5)))
    assert [place.entry.name for place in places] == ["picture 1", "picture 2", "picture 0", "picture 3"]
    assert [place.rank for place in places] == [1, 1, 3, 4]  # .8 and .8004 look the same, so they are
    assert [place.tied for place in places] == [True, True, False, False]
    assert [place.margin for place in places] == [0, 0.5, 0.4, None]
    assert [place.other_rank for place in places] == [3, 1, 4, 2]
    assert [place.number for place in leaderboard(entries((0.3, 0.1), (0.2, 0.9)), by="heldout")] == [1, 0]
    assert leaderboard([]) == []


def test_agreement_is_spearmans_rank_correlation():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(30, 2)).round(1)  # with ties
    assert agreement(entries(*pairs)) == pytest.approx(spearmanr(*pairs.T).statistic)
    assert agreement(entries((0.1, 0.2), (0.1, 0.3))) is None


def test_shares_are_those_of_a_playground():
    assert shares([0.30, 0.28]) == pytest.approx([1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))])
    assert sum(shares([0.9, -0.9, 0.1])) == pytest.approx(1)


def test_sentences_say_what_the_figures_say():
    agreed = " ".join(sentences(leaderboard(entries((0.9, 0.9), (0.8, 0.8), (0.1, 0.2)))))
    assert "“picture 0” first, 0.100 ahead" in agreed and "So does the held-out judge" in agreed and "by 1.00" in agreed
    apart = " ".join(sentences(leaderboard(entries((0.9, 0.1), (0.8, 0.8), (0.7, 0.9)))))
    assert "The held-out judge puts “picture 2” first." in apart and "by −1.00" in apart
    assert sentences(leaderboard(entries((0.9, 0.1), (0.9, 0.1))))[0].startswith("2 pictures share the first place")
    assert sentences(leaderboard(entries((0.9, 0.1)))) == []


def test_the_table_can_be_read_back():
    text = csv_text(rows("a red fox, in snow", leaderboard(entries((0.5, 0.25), (0.5, -0.25)))))
    first, second = csv.DictReader(io.StringIO(text))
    assert first == {
        **{"prompt": "a red fox, in snow", "rank": "1", "tied": "yes", "picture": "picture 0"},
        **{"judge": "0.500", "heldout": "0.250", "margin": "0.000", "other_rank": "1"},
    }
    assert (second["margin"], second["heldout"], second["other_rank"]) == ("", "-0.250", "2")


# What ships


def test_the_shipped_scenes_are_those_of_the_list():
    known, pictures = scenes.shipped(), scenes.pictures()
    assert pictures.shape == (len(scenes.SCENES), scenes.SIZE, scenes.SIZE, 3) and pictures.dtype == np.uint8
    assert known.captions == tuple(map(scenes.caption, scenes.SCENES)), f"make them again with {scenes.COMMAND}"
    assert len(set(known.captions)) == len(known.captions) and all(picture.std() > 5 for picture in pictures)
    assert (scenes.FOLDER / scenes.SHEET).stat().st_size < 300_000


def test_the_sheet_can_be_made_again(tmp_path, monkeypatch):
    scenes.make(tmp_path, scenes.SCENES[:7])
    monkeypatch.setattr(scenes, "FOLDER", tmp_path)
    scenes.shipped.cache_clear()
    try:
        made = scenes.pictures()
        (tmp_path / scenes.LIST).write_text("{")
        scenes.shipped.cache_clear()
        with pytest.raises(StoreError, match="lesson scenes"):
            scenes.shipped()
    finally:
        monkeypatch.undo()
        scenes.shipped.cache_clear()
    assert made.shape == (7, scenes.SIZE, scenes.SIZE, 3)
    # the same scenes, photographed again, are the shipped ones up to compression
    assert np.abs(made.astype(int) - scenes.pictures()[:7]).mean() < 3


# Asked for and judged


@pytest.fixture
def rankings(runs):
    return Rankings(runs)


def brought(runs, level, secret="me"):
    image = np.full((8, 8, 3), level, np.uint8)
    return OwnPictures(runs).add(Upload(8, 8, image, image), f"{level}.png", "a fox", "fake", secret).id


def test_the_painter_process_judges_scenes_and_own_pictures(runs, rankings):
    bright, gone = brought(runs, 255), brought(runs, 51)
    asked = rankings.ask("a red fox", "fake", True, [bright, gone], "me")
    OwnPictures(runs).remove(gone, "me")
    assert asked.waiting and asked.scenes == scenes.shipped().digest
    errands = Errands(runs, pytest.fail)
    assert not errands.between_steps({"another": FakePack()})
    assert errands.between_steps({"fake": FakePack()})  # the ranking first, the measurement after it
    done = rankings.get(asked.id, "me")
    assert done.status == "done" and set(done.figures) == {"scenes", bright} and done.figures[bright] == [1.0, 1.0]
    expected = [float(picture.mean()) / 255 for picture in scenes.pictures()]
    assert [pair[0] for pair in done.figures["scenes"]] == pytest.approx(expected)


def test_only_who_asked_sees_it_and_asking_again_costs_nothing(runs, rankings):
    first = rankings.ask("a red fox", "fake", False, ["b", "a"], "me")
    assert rankings.ask("a red fox", "fake", False, ["a", "b"], "me").id == first.id
    others = [rankings.ask(*one) for one in (("a fox", "fake", False, ["a", "b"], "me"), ("a red fox", "fake", False, ["a", "b"], "you"))]
    assert len({first.id, *(other.id for other in others)}) == 3
    assert rankings.get(first.id, "you") is None and rankings.get(first.id, "") is None and rankings.get("' OR 1", "me") is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [(PromptError("The judge knows no word of it."), "The judge knows no word of it."), (KeyError(), RANKING_BUG.format(name="KeyError"))],
)
def test_a_ranking_that_fails_says_why_and_may_be_asked_for_again(runs, rankings, error, reason):
    def load(name):
        raise error

    asked, logged = rankings.ask("a red fox", "fake", True, [], "me"), []
    assert Errands(runs, logged.append).between_runs(load)
    failed = rankings.get(asked.id, "me")
    assert (failed.status, failed.reason) == ("failed", reason) and bool(logged) == (not isinstance(error, UserError))
    assert rankings.ask("a red fox", "fake", True, [], "me").waiting


def test_scenes_that_changed_meanwhile_are_not_mixed_up(runs, rankings, monkeypatch):
    asked = rankings.ask("a red fox", "fake", True, [], "me")
    changed = scenes.Shipped(("another",), 1, 1, "0" * 16)
    monkeypatch.setattr(scenes, "shipped", lambda: changed)
    Errands(runs, pytest.fail).between_runs(lambda name: FakePack())
    assert rankings.get(asked.id, "me").reason == rank_store.CHANGED


def test_a_vanished_painter_process_and_a_day_end_rankings(runs, rankings, monkeypatch):
    asked = rankings.ask("a red fox", "fake", True, [], "me")
    assert rankings.take_next().id == asked.id and rankings.take_next() is None
    Errands(runs, pytest.fail).recover()
    assert rankings.get(asked.id, "me").reason == rank_store.GONE
    rankings.tidy(now=rankings.database.read("SELECT created FROM rankings")[0]["created"] + KEEP_SECONDS)
    assert rankings.get(asked.id, "me") is None
    monkeypatch.setattr(rank_store, "MOST_WAITING", 1)
    rankings.ask("a red fox", "fake", True, [], "me")
    with pytest.raises(StoreError, match="1 rankings wait"):
        rankings.ask("a blue fox", "fake", True, [], "me")
