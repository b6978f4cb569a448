"""What the player is told about a run: plain data, made from the store for every viewer's poll."""

import functools
import time
from dataclasses import asdict
from typing import Any

from app import painter_status, resources
from app.waiting_times import expected_wait_seconds, seconds_left, share_done
from core.base.judges import named_judges, roles_of, shown_networks
from core.base.prompt_reading import scores_note
from core.base.settings import PAINTER_LABELS, PainterSettings, optimised_realism_parts
from core.base.terms import painter_terms, terms_of
from core.lesson.run_curves import last_rows, rows_by_painter
from core.lesson.story_data import Story
from core.lesson.story_place import other_runs, place_sentence, story_beside
from core.measures.judge_gap import gap_band, weighted_note
from core.measures.verdict import DescribedTurningPoint, described_turning_points, verdict_summary
from core.storage.records import PainterProgress, Run, StepRow


def describe_run(run: Run, after: int, now: float | None = None, is_known: bool = False) -> dict[str, Any]:
    """The run as the player wants it.

    Args:
        after: seq of the newest row that the player has.
        now: seconds since the epoch, for tests.
        is_known: leave out what is the same in every answer about this run (see `_unchanging`).

    Returns:
        JSON-ready dict; "rows" are lists painter, step, total, seconds, evaluations, score, heldout,
        realism, has a picture, robust (or null). "judges": see `_judges`. "taken" is a sentence on what was
        painted before, or "". "others" (not if is_known): points of measured runs, or None. "verdict"
        (sentences) and "turns" (painter, step or None, figure, text, label: the moment it goes wrong) and
        "place" (a sentence, or "") come with the end of the run.
    """
    rows = resources.store().rows(run.id, after)
    ended = ((), (), ()) if run.active else _verdict(run.id, _newest_row(run.id))
    sentences, in_cosines, turning_points = ended
    return {
        "id": run.id,
        "status": run.status,
        "active": run.active,
        "reason": run.reason,
        "origin": run.origin,
        **({} if is_known else _unchanging(run)),
        "rows": [_row_values(row) for row in rows],
        "seq": max([after, *(row.seq for row in rows)]),
        "verdict": [*sentences, *_notes(run)],
        "verdict_cosine": [*in_cosines, *_notes(run)],
        "turns": list(turning_points),
        "place": "" if run.active else _place(run),
        **_waiting(run, now),
        **_progress(run, time.time() if now is None else now),
    }


def _unchanging(run: Run) -> dict[str, Any]:
    """What is settled when a run is asked for; most of an answer, so it travels once."""
    request = run.request
    return {
        "example": run.id == resources.example_id(),
        "prompt": request.prompt,
        "reading": resources.reading_note_of(request),
        "seed": request.seed,
        "terms": asdict(terms_of(request.settings, resources.denoiser_reads_text(request.pack))),
        "settings": {painter: asdict(settings) for painter, settings in request.settings.items()},
        "reference": resources.reference_of(request, run.pack_hash),
        "judges": _judges(run),
        "others": other_runs(*beside, request.settings) if (beside := _story_beside(run)) else None,
    }


def _judges(run: Run) -> dict[str, Any]:
    """How the player names the judges of a run, which two it shows at first, who steers each painter and who
    is held out for it, and how wide a gap between them real pictures have.
    """
    settings = run.request.settings
    reference = resources.reference_of(run.request, run.pack_hash) or {}
    measured = resources.judging_networks(run.request.pack, run.pack_hash)
    roles = {painter: roles_of(own, "robust" in measured) for painter, own in settings.items()}
    return {
        "named": {
            name: judge._asdict() for name, judge in named_judges(settings).items() if name in measured
        },
        "shown": shown_networks(settings, measured),
        "roles": {painter: one._asdict() for painter, one in roles.items()},
        "limits": {painter: (gap_band(own, reference) or {}).get("p99") for painter, own in settings.items()},
    }


def _place(run: Run) -> str:
    """Where a run that has ended lies among measured ones, as a sentence; "" if they cannot be compared."""
    beside = _story_beside(run)
    if beside is None:
        return ""
    last = last_rows(resources.store(), run.id) if run.status == "done" else {}
    figures = {painter: {"realism": row.realism, "heldout": row.heldout} for painter, row in last.items()}
    return place_sentence(*beside, run.request.settings, figures)


def _story_beside(run: Run) -> tuple[Story, str] | None:
    request = run.request
    reads_text = resources.denoiser_reads_text(request.pack)
    return story_beside(request.prompt, request.settings, run.pack_hash, reads_text)


def _notes(run: Run) -> list[str]:
    """What the scores of a weighted prompt are, and whether an earlier version or another pack painted the
    run.

    All of an ended run; the example comes with this version.
    """
    if run.active:
        return []
    notes = [weighted_note(run.request.prompt)]
    if run.id != resources.example_id():
        notes += [resources.pack_note(run.request.pack, run.pack_hash), run.version_note]
    return [note for note in notes if note]


def _waiting(run: Run, now: float | None) -> dict[str, Any]:
    """How many runs come first, how many seconds that takes, and why it does not start."""
    store = resources.store()
    is_queued = run.status == "queued"
    reason = painter_status.reason_of(store.queue.painter_state(), "the run starts as soon as it does", now)
    return {
        "ahead": store.queue.runs_ahead(run.id),
        "wait": expected_wait_seconds(run.id) if is_queued else None,
        "note": reason if is_queued else "",
    }


def _progress(run: Run, now: float) -> dict[str, Any]:
    """How long it has taken, how long it still takes, and how far each painter is."""
    progress = resources.store().progress(run.id)
    reads_text = resources.denoiser_reads_text(run.request.pack)
    was_painted = not all(one.taken for one in progress.values())
    elapsed = max(0.0, (run.finished or now) - run.started) if run.started and was_painted else None
    running_for = elapsed if run.status == "running" else None
    return {
        "elapsed": elapsed,
        "taken": _taken_text(progress),
        "left": _rounded(seconds_left(running_for, share_done(progress))),
        "painters": [
            {
                **_painter_progress(name, one, running_for, run.request.settings[name]),
                "terms": _terms(name, run.request.settings[name], reads_text),
            }
            for name, one in progress.items()
        ],
    }


@functools.lru_cache(maxsize=1024)
def _terms(painter: str, settings: PainterSettings, reads_text: bool) -> tuple[str, str]:
    """`PainterTerms.lines`, cached: they never change during a run, but every answer includes them."""
    return painter_terms(painter, settings, reads_text).lines()


def _painter_progress(
    name: str, progress: PainterProgress, running_for: float | None, settings: PainterSettings
) -> dict[str, Any]:
    return {
        "name": name,
        "total": progress.total,
        "optimised": " and ".join(optimised_realism_parts(settings)),
        "done": max(0, progress.step),
        "left": _rounded(seconds_left(running_for, share_done({name: progress}))),
    }


def _taken_text(progress: dict[str, PainterProgress]) -> str:
    """Which painters' frames were painted for another run, as a sentence; "" for none."""
    labels = [PAINTER_LABELS[name] for name, one in progress.items() if one.taken]
    if not labels:
        return ""
    *first, last = labels
    names = f"{', '.join(first)} and {last}" if first else last
    return f"{names}: taken from the store, painted before with the same settings."


def _newest_row(run_id: str) -> int:
    """Its seq, or 0: as long as it is the same, so are all rows of a run that has ended."""
    sql = "SELECT MAX(seq) AS newest FROM run_steps WHERE run = ?"
    return resources.store().database.read(sql, run_id)[0]["newest"] or 0


def _row_values(row: StepRow) -> list[Any]:
    figures = (round(value, 4) for value in (row.score, row.heldout, row.realism))
    robust = None if row.robust is None else round(row.robust, 4)
    progress = (row.painter, row.step, row.total, round(row.seconds, 3), row.evaluations)
    return [*progress, *figures, row.has_frame, robust]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


@functools.lru_cache(maxsize=256)
def _verdict(
    run_id: str, _newest: int
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[dict[str, Any], ...]]:
    """(sentences, the same in cosines, turning points) of a run that has ended, as of its newest row."""
    run = resources.store().get(run_id)
    assert run is not None
    reference = resources.reference_of(run.request, run.pack_hash)
    rows = rows_by_painter(resources.store(), run_id)
    points = described_turning_points(rows, reference, run.request.settings)
    turns = tuple({"painter": painter, **_turn(point)} for painter, point in points.items())
    note = scores_note(run.request.prompt, resources.known_words(run.request.pack))
    shared, cosines = (
        verdict_summary(rows, reference, run.request.settings, cosine) for cosine in (False, True)
    )
    first = (note,) if note and shared else ()
    return (*first, *shared), (*first, *cosines), turns


def _turn(point: DescribedTurningPoint) -> dict[str, Any]:
    return {name: getattr(point, name) for name in ("step", "figure", "text", "label")}
