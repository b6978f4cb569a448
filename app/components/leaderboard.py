"""A ranking as Judging is not painting draws it: the places, their pictures, the table to take away."""

from typing import Any

from app import resources, session, submission
from app.keys import RankingKeys
from app.web.addresses import frame_address, own_picture_address, scenes_address
from core.exports.judge_scale import scale_name
from core.lesson.ranking import (
    LeaderboardPlace,
    RankedPicture,
    csv_text,
    leaderboard,
    leaderboard_rows,
    leaderboard_sentences,
    on_shared_scale,
)
from core.lesson.ranking_jobs import Ranking
from core.lesson.ranking_scenes import shipped_scenes
from core.measures.judge_gap import reference_for

PAINTER = "pixels"  # with its defaults: the raw lesson
PAINTED_NAME = "Painted by raw ascent"

Drawn = dict[str, Any]  # how a picture is drawn: "scene" with its tile, "own" or "painted" with its address
Placed = list[tuple[LeaderboardPlace, Drawn]]


def ranked_pictures(ranking: Ranking | None, cosines: bool = False) -> Placed:
    """Every place with its picture, the best first; [] until they are judged.

    Args:
        cosines: leave the scores cosines, in place of the shared scale.
    """
    if ranking is None or ranking.status != "done":
        return []
    pictures = [*_scenes(ranking), *_own_pictures(ranking), *_painted(ranking)]
    reference = None if cosines else _reference(ranking)
    entries = on_shared_scale([entry for entry, _ in pictures], reference)
    places = leaderboard(entries, session.get(RankingKeys.ORDER))
    return [(place, pictures[place.number][1]) for place in places]


def _reference(ranking: Ranking) -> dict[str, Any] | None:
    return reference_for(ranking.prompt, resources.reference_figures(ranking.pack))


def _scenes(ranking: Ranking) -> list[tuple[RankedPicture, Drawn]]:
    shipped = shipped_scenes()
    if ranking.scenes != shipped.digest:
        return []
    judged = zip(shipped.captions, ranking.figures["scenes"], strict=True)
    return [
        (RankedPicture(caption, *figures), {"kind": "scene", "tile": number})
        for number, (caption, figures) in enumerate(judged)
    ]


def _own_pictures(ranking: Ranking) -> list[tuple[RankedPicture, Drawn]]:
    pictures = resources.own_pictures().of_visitor(session.owner_secret())
    return [
        (
            RankedPicture(one.name, *ranking.figures[one.id]),
            {"kind": "own", "src": own_picture_address(one.id)},
        )
        for one in pictures
        if one.id in ranking.figures
    ]


def _painted(ranking: Ranking) -> list[tuple[RankedPicture, Drawn]]:
    """Only for whoever asked for it: a class is not to see the end of the story first."""
    has_painted = session.get(RankingKeys.PAINTED_PROMPT) == ranking.prompt
    run = submission.find_run(ranking.prompt, 0, [PAINTER], {}) if has_painted else None
    row = resources.store().last_row(run.id) if run and run.status == "done" else None
    if run is None or row is None:
        return []
    source = frame_address(run.id, PAINTER, row.step)
    return [(RankedPicture(PAINTED_NAME, row.score, row.heldout), {"kind": "painted", "src": source})]


def leaderboard_csv(ranking: Ranking | None) -> str:
    """The table, of cosines; "" until there is one."""
    places = [place for place, _ in ranked_pictures(ranking, cosines=True)]
    return csv_text(leaderboard_rows(ranking.prompt, places), excel=True) if ranking and places else ""


def leaderboard_data(ranking: Ranking | None, placed: Placed, note: str) -> dict[str, Any]:
    """The page's data for ranking.js. note: why it takes longer than a moment, or ""."""
    shipped = shipped_scenes()
    return {
        "status": ranking.status if ranking else "none",
        "reason": ranking.reason if ranking else "",
        "prompt": ranking.prompt if ranking else "",
        "note": note,
        "by": session.get(RankingKeys.ORDER),
        "scale": scale_name(_reference(ranking)) if ranking else "",
        "sheet": {"src": scenes_address(shipped.digest), "columns": shipped.columns, "rows": shipped.rows},
        "places": [_place_data(place, drawn) for place, drawn in placed],
        "words": leaderboard_sentences(leaderboard([place.entry for place, _ in placed])),
    }


def _place_data(place: LeaderboardPlace, drawn: Drawn) -> dict[str, Any]:
    """One line as ranking.js draws it."""
    return {
        **drawn,
        "name": place.entry.name,
        "judge": place.entry.judge,
        "heldout": place.entry.heldout,
        "rank": place.rank,
        "tied": place.tied,
        "margin": place.margin,
        "other": place.other_rank,
    }
