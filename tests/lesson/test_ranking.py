"""Ranking: places, ties and margins; what visitors ask for and the painter process judges; the scenes."""

import codecs
import csv
import io

import numpy as np
import pytest

from core.base.errors import PromptError, StoreError, UserError
from core.base.uploads import Upload
from core.lesson import ranking, ranking_jobs, ranking_scenes
from core.lesson.ranking import (
    RankedPicture,
    csv_text,
    leaderboard,
    leaderboard_rows,
    leaderboard_sentences,
    rank_correlation,
    softmax_shares,
)
from core.lesson.ranking_jobs import Rankings
from core.service.side_jobs import RANKING_BUG, SideJobs
from core.storage.own_pictures import KEEP_SECONDS, OwnPictures
from core.storage.run_store import RunStore
from tests.support.fake_pack import FakePack


def entries(*figures: tuple[float, float]) -> list[RankedPicture]:
    return [RankedPicture(f"picture {number}", *pair) for number, pair in enumerate(figures)]


def test_places_ties_and_margins():
    places = leaderboard(entries((0.3, 0.1), (0.8, 0.2), (0.8004, 0.9), (-0.1, 0.5)))
    assert [place.entry.name for place in places] == ["picture 1", "picture 2", "picture 0", "picture 3"]
    assert [place.rank for place in places] == [1, 1, 3, 4]  # .8 and .8004 look the same, so they are
    assert [place.tied for place in places] == [True, True, False, False]
    assert [place.margin for place in places] == [0, 0.5, 0.4, None]
    assert [place.other_rank for place in places] == [3, 1, 4, 2]
    assert [place.number for place in leaderboard(entries((0.3, 0.1), (0.2, 0.9)), by="heldout")] == [1, 0]
    assert leaderboard([]) == []


def test_scores_are_put_on_the_shared_scale_wherever_there_is_one():
    reference = {
        "score": {"matched": 0.8, "mismatched": 0.0},
        "heldout": {"matched": 0.6, "mismatched": 0.1},
    }
    (shown,) = ranking.on_shared_scale(entries((0.4, 0.35)), reference)
    assert (shown.judge, shown.heldout) == (pytest.approx(0.5), pytest.approx(0.5))
    weighted = {"realism": {"p5": 0.3}}  # what a weighted prompt can be compared with
    assert ranking.on_shared_scale(entries((0.4, 0.35)), weighted) == entries((0.4, 0.35))


def test_agreement_is_spearmans_rank_correlation():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(30, 2)).round(1)  # with ties
    assert rank_correlation(entries(*pairs)) == pytest.approx(spearmanr(*pairs.T).statistic)
    assert rank_correlation(entries((0.1, 0.2), (0.1, 0.3))) is None


def test_shares_are_those_of_a_playground():
    assert softmax_shares([0.30, 0.28]) == pytest.approx([1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))])
    assert sum(softmax_shares([0.9, -0.9, 0.1])) == pytest.approx(1)


def test_sentences_say_what_the_figures_say():
    agreed = " ".join(leaderboard_sentences(leaderboard(entries((0.9, 0.9), (0.8, 0.8), (0.1, 0.2)))))
    for words in ("“picture 0” first, 0.100 ahead", "So does the held-out judge", "by 1.00"):
        assert words in agreed
    apart = " ".join(leaderboard_sentences(leaderboard(entries((0.9, 0.1), (0.8, 0.8), (0.7, 0.9)))))
    assert "The held-out judge puts “picture 2” first." in apart and "by −1.00" in apart
    first, *_ = leaderboard_sentences(leaderboard(entries((0.9, 0.1), (0.9, 0.1))))
    assert first.startswith("2 pictures share first place")
    assert leaderboard_sentences(leaderboard(entries((0.9, 0.1)))) == []


class CountedScore(float):
    """A score that counts how often one is compared with another."""

    comparisons = 0

    def __lt__(self, other: float) -> bool:
        CountedScore.comparisons += 1
        return float(self) < float(other)

    def __gt__(self, other: float) -> bool:
        CountedScore.comparisons += 1
        return float(self) > float(other)


def test_thousands_of_pictures_are_sorted_not_compared_each_with_each(monkeypatch):
    count = 2000
    monkeypatch.setattr(ranking, "_shown", CountedScore)
    scores = np.random.default_rng(0).random((count, 2))
    assert [place.rank for place in leaderboard(entries(*scores))] == list(range(1, count + 1))
    assert 0 < CountedScore.comparisons < 4 * count * np.log2(count)


def test_a_table_for_excel_says_that_it_is_utf_8():
    rows = leaderboard_rows("ein Füchslein", leaderboard(entries((0.5, 0.25))))
    assert csv_text(rows, excel=True).encode().startswith(codecs.BOM_UTF8)
    assert csv_text(rows, excel=True).removeprefix("\ufeff") == csv_text(rows)


def test_the_table_can_be_read_back():
    text = csv_text(leaderboard_rows("a red fox, in snow", leaderboard(entries((0.5, 0.25), (0.5, -0.25)))))
    first, second = csv.DictReader(io.StringIO(text))
    assert first == {
        **{"prompt": "a red fox, in snow", "rank": "1", "tied": "yes", "picture": "picture 0"},
        **{"judge": "0.500", "heldout": "0.250", "margin": "0.000", "other_rank": "1"},
    }
    assert (second["margin"], second["heldout"], second["other_rank"]) == ("", "-0.250", "2")


# What ships


def test_the_shipped_scenes_are_those_of_the_list():
    known = ranking_scenes.shipped_scenes()
    pictures = ranking_scenes.scene_pictures()
    side = ranking_scenes.SIZE
    assert pictures.shape == (len(ranking_scenes.SCENES), side, side, 3) and pictures.dtype == np.uint8
    assert known.captions == tuple(map(ranking_scenes.caption, ranking_scenes.SCENES)), (
        f"make them again with {ranking_scenes.COMMAND}"
    )
    assert len(set(known.captions)) == len(known.captions) and all(picture.std() > 5 for picture in pictures)
    assert (ranking_scenes.FOLDER / ranking_scenes.SHEET_FILE).stat().st_size < 300_000


def test_the_sheet_can_be_made_again(tmp_path, monkeypatch):
    ranking_scenes.make_scene_sheet(tmp_path, ranking_scenes.SCENES[:7])
    monkeypatch.setattr(ranking_scenes, "FOLDER", tmp_path)
    ranking_scenes.shipped_scenes.cache_clear()
    try:
        made = ranking_scenes.scene_pictures()
        (tmp_path / ranking_scenes.CAPTIONS_FILE).write_text("{")
        ranking_scenes.shipped_scenes.cache_clear()
        with pytest.raises(StoreError, match="lesson scenes"):
            ranking_scenes.shipped_scenes()
    finally:
        monkeypatch.undo()
        ranking_scenes.shipped_scenes.cache_clear()
    assert made.shape == (7, ranking_scenes.SIZE, ranking_scenes.SIZE, 3)
    # the same scenes, photographed again, are the shipped ones up to compression
    assert np.abs(made.astype(int) - ranking_scenes.scene_pictures()[:7]).mean() < 3


# Asked for and judged


@pytest.fixture
def rankings(runs) -> Rankings:
    return Rankings(runs)


def brought(runs: RunStore, level: int, secret: str = "me") -> str:
    """Id of an own picture of one grey level."""
    image = np.full((8, 8, 3), level, np.uint8)
    return OwnPictures(runs).add(Upload(8, 8, image, image), f"{level}.png", "a fox", "fake", secret).id


def test_the_painter_process_judges_scenes_and_own_pictures(runs, rankings):
    bright = brought(runs, 255)
    gone = brought(runs, 51)
    asked = rankings.ask("a red fox", "fake", True, [bright, gone], "me")
    OwnPictures(runs).remove(gone, "me")
    assert asked.waiting and asked.scenes == ranking_scenes.shipped_scenes().digest
    side_jobs = SideJobs(runs, pytest.fail)
    assert not side_jobs.between_steps({"another": FakePack()})
    assert side_jobs.between_steps({"fake": FakePack()})  # the ranking first, the measurement after it
    done = rankings.get(asked.id, "me")
    assert (
        done.status == "done"
        and set(done.figures) == {"scenes", bright}
        and done.figures[bright] == [1.0, 1.0]
    )
    expected = [float(picture.mean()) / 255 for picture in ranking_scenes.scene_pictures()]
    assert [pair[0] for pair in done.figures["scenes"]] == pytest.approx(expected)


def test_the_scenes_are_judged_once_for_a_whole_class(runs, rankings, monkeypatch):
    side_jobs = SideJobs(runs, pytest.fail)
    looked = []
    scene_pictures = ranking_scenes.scene_pictures
    monkeypatch.setattr(ranking_scenes, "scene_pictures", lambda: looked.append(1) or scene_pictures())
    own = brought(runs, 51, "you")
    asked = [rankings.ask("a red fox", "fake", True, [], "me")]
    asked.append(rankings.ask("a red fox", "fake", True, [own], "you"))
    while side_jobs.between_steps({"fake": FakePack()}):
        pass
    done = [rankings.get(ranking.id, who).figures for ranking, who in zip(asked, ("me", "you"), strict=True)]
    assert looked == [1] and done[0]["scenes"] == done[1]["scenes"] and own in done[1]
    other = rankings.ask("a blue fox", "fake", True, [], "me")
    while side_jobs.between_steps({"fake": FakePack()}):
        pass
    assert rankings.get(other.id, "me").status == "done" and looked == [1, 1]


def test_only_who_asked_sees_it_and_asking_again_costs_nothing(runs, rankings):
    first = rankings.ask("a red fox", "fake", False, ["b", "a"], "me")
    assert rankings.ask("a red fox", "fake", False, ["a", "b"], "me").id == first.id
    others = [
        rankings.ask(*one)
        for one in (
            ("a fox", "fake", False, ["a", "b"], "me"),
            ("a red fox", "fake", False, ["a", "b"], "you"),
        )
    ]
    assert len({first.id, *(other.id for other in others)}) == 3
    assert (
        rankings.get(first.id, "you") is None
        and rankings.get(first.id, "") is None
        and rankings.get("' OR 1", "me") is None
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PromptError("The judge knows no word of it."), "The judge knows no word of it."),
        (KeyError(), RANKING_BUG.format(name="KeyError")),
    ],
)
def test_a_ranking_that_fails_says_why_and_may_be_asked_for_again(runs, rankings, error, reason):
    def load(name: str) -> None:
        raise error

    asked = rankings.ask("a red fox", "fake", True, [], "me")
    logged: list[str] = []
    assert SideJobs(runs, logged.append).between_runs(load)
    failed = rankings.get(asked.id, "me")
    assert (failed.status, failed.reason) == ("failed", reason) and bool(logged) == (
        not isinstance(error, UserError)
    )
    assert rankings.ask("a red fox", "fake", True, [], "me").waiting


def test_scenes_that_changed_meanwhile_are_not_mixed_up(runs, rankings, monkeypatch):
    asked = rankings.ask("a red fox", "fake", True, [], "me")
    changed = ranking_scenes.SceneSheet(("another",), 1, 1, "0" * 16)
    monkeypatch.setattr(ranking_scenes, "shipped_scenes", lambda: changed)
    SideJobs(runs, pytest.fail).between_runs(lambda name: FakePack())
    assert rankings.get(asked.id, "me").reason == ranking_jobs.SCENES_CHANGED


def test_a_vanished_painter_process_and_a_day_end_rankings(runs, rankings, monkeypatch):
    asked = rankings.ask("a red fox", "fake", True, [], "me")
    assert rankings.take_next().id == asked.id and rankings.take_next() is None
    SideJobs(runs, pytest.fail).recover()
    assert rankings.get(asked.id, "me").reason == ranking_jobs.LOST_REASON
    rankings.tidy(now=rankings.queue.get(asked.id).asked + KEEP_SECONDS)
    assert rankings.get(asked.id, "me") is None
    monkeypatch.setattr(ranking_jobs, "MOST_WAITING", 1)
    rankings.ask("a red fox", "fake", True, [], "me")
    with pytest.raises(StoreError, match="1 rankings wait"):
        rankings.ask("a blue fox", "fake", True, [], "me")
