"""What the page Sweep is told about a sweep: its grid, and of a sweep over one setting every step."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app import resources
from core.base.environment import pack_name
from core.base.errors import UserError
from core.base.request import RunRequest
from core.base.revision import PAINTING_REVISION
from core.base.sweep_plan import value_label
from core.base.sweep_values import is_ordered, value_between, value_order
from core.exports.judge_scale import box_of
from core.exports.sweep_scale import shown_grid
from core.exports.tradeoff import tradeoff_row, tradeoff_words
from core.measures.judge_gap import reference_for
from core.storage import sweep_store
from core.storage.sweep_store import Sweep

PAINTED_AGAIN = (
    "An earlier version of this program or its model pack painted {number} of these {all} values. If you add "
    "a value, they are painted again, so that only the setting differs."
)
MIXTURE = (
    "These values come from different versions of this program or its model pack, so not every difference is "
    "due to the setting."
)


def describe_sweep(sweep: Sweep, known: Collection[int] = ()) -> dict[str, Any]:
    """The sweep as its page wants it, with scores as they are shown.

    Args:
        known: places of cells whose steps the page has already, all of them.

    Returns:
        JSON-ready: what `core.exports.sweep_scale.shown_grid` gives, "reading" (what of the prompt the models
        do not know) and "tradeoff": None for two settings, else see `_tradeoff`.
    """
    reference = reference_of(sweep)
    state = sweep_store.read_sweep_state(resources.store(), sweep)
    told = shown_grid(sweep.plan, state, reference)
    tradeoff = None if sweep.plan.y else _tradeoff(sweep, told, reference, known)
    return {**told, "reading": resources.reading_note_of(sweep.plan), "tradeoff": tradeoff}


def reference_of(sweep: Sweep) -> dict[str, Any] | None:
    """Figures of real pictures as far as they hold for the prompt, as the pack that painted measured them."""
    first = resources.store().get(sweep.runs[0]) if sweep.runs else None
    figures = resources.reference_figures(sweep.plan.pack, first.pack_hash if first else "")
    return reference_for(sweep.plan.prompt, figures)


def _tradeoff(
    sweep: Sweep, state: Mapping[str, Any], reference: Mapping[str, Any] | None, known: Collection[int]
) -> dict[str, Any]:
    """What the two sliders need.

    Returns:
        order: places of the cells as the slider has them; ordered: whether the values are amounts; between:
        for each gap {"value"} or {"refusal"}; box: of real pictures; words: on a sweep that has ended, and on
        the versions that painted it; rows:
        place → [step, total, score, heldout, realism, whether its picture is kept] for each step, of the
        cells that are not `known`.
    """
    plan, order, cells = sweep.plan, value_order(sweep.plan), sweep.plan.cells()
    places = [place for place in order if place not in known]
    between = [_between(sweep, gap) for gap in range(len(order) - 1)]
    words = []
    if not state["active"]:
        words = [*_words(sweep, state, reference), *_version_words(sweep, between)]
    return {
        "order": order,
        "ordered": is_ordered(plan),
        "between": between,
        "box": box_of(state["reference"]),
        "words": words,
        "rows": {place: _rows(sweep.runs[place], cells[place].request, reference) for place in places},
    }


def _between(sweep: Sweep, gap: int) -> dict[str, str]:
    try:
        return {"value": value_label(sweep.plan.x.name, value_between(sweep.plan, gap))}
    except UserError as error:
        return {"refusal": str(error)}


def _rows(run_id: str, request: RunRequest, reference: Mapping[str, Any] | None) -> list[list[Any]]:
    """All that was measured of the cell with this run."""
    settings = request.settings[request.painters[0]]
    found = []
    for row in sorted(resources.store().rows(run_id), key=lambda row: row.step):
        shown = tradeoff_row(asdict(row), settings, reference)
        figures = [None if shown[name] is None else round(shown[name], 4) for name in ("score", "heldout")]
        found.append([row.step, row.total, *figures, round(row.realism, 4), row.has_frame])
    return found


def _words(sweep: Sweep, state: Mapping[str, Any], reference: Mapping[str, Any] | None) -> list[str]:
    """Sentences on the values of an amount that are painted."""
    plan = sweep.plan
    if not is_ordered(plan):
        return []
    cells = plan.cells()
    points = []
    for place in value_order(plan):
        row = resources.store().last_row(sweep.runs[place])
        if row is not None and state["cells"][place]["status"] == "done":
            request = cells[place].request
            shown = tradeoff_row(asdict(row), request.settings[request.painters[0]], reference)
            points.append({"value": state["cells"][place]["x"], **shown})
    label = state["x"]["label"]
    return tradeoff_words(label[:1].lower() + label[1:], points, reference)


def _version_words(sweep: Sweep, between: Sequence[Mapping[str, str]]) -> list[str]:
    """What to know of values by other versions: that they are painted again with a new one, or a mixture."""
    store, pack_hash = resources.store(), resources.app_pack_hash()
    runs = [run for run in map(store.get, sweep.runs) if run is not None and run.status == "done"]
    today = (PAINTING_REVISION, pack_hash)
    earlier = [run for run in runs if (run.code_revision, run.pack_hash) != today]
    stored = [store.find(run.request, pack_hash) for run in earlier]
    again = sum(run is None or run.status != "done" for run in stored)
    may_add = sweep.plan.pack == pack_name() and any("value" in gap for gap in between)
    words = [PAINTED_AGAIN.format(number=again, all=len(sweep.runs))] if again and may_add else []
    if len({(run.code_revision, run.measuring_revision, run.pack_hash) for run in runs}) > 1:
        words.append(MIXTURE)
    return words
