"""A sweep over one setting as the exports see it: its values in order, each with its run. No torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.errors import OutputError, StoreError
from core.base.prompt_reading import reading_note
from core.base.settings import PAINTER_LABELS
from core.base.sweep_plan import SEED_AXIS, SweepPlan, axis_label, value_label
from core.base.sweep_values import is_ordered, value_order
from core.exports.source import ExportedRun, run_in_folder, run_in_store
from core.exports.tradeoff import tradeoff_row, tradeoff_words
from core.storage.records import StepRow
from core.storage.sweep_store import Sweep, get_sweep

if TYPE_CHECKING:
    from core.storage.run_store import RunStore

TWO_SETTINGS = (
    "A sweep over two settings has no slider of its own. Save its grid from the page, or sweep one setting."
)


@dataclass(frozen=True)
class SweptValue:
    """One value of the setting, as it is written, with the run that painted it."""

    label: str
    run: ExportedRun

    @property
    def painter(self) -> str:
        """The one that painted it."""
        return self.run.painters[0]

    @property
    def settings(self) -> Any:
        """Of that painter."""
        return self.run.request.settings[self.painter]

    def row(self, share: float = 1.0) -> StepRow:
        """The row at a share of the run, 0 … 1, or the newest before."""
        return self.run.at(share)[self.painter]

    def point(self, row: StepRow) -> dict[str, Any]:
        """A row as the charts show it; see `core.exports.tradeoff.tradeoff_row`."""
        shown = tradeoff_row(asdict(row), self.settings, self.run.prompt_reference)
        return {"value": self.label, "painter": self.painter, **shown}

    def image(self, share: float = 1.0) -> np.ndarray:
        """uint8 H×W×3 at a share of the run."""
        return self.run.image(self.row(share))


@dataclass(frozen=True)
class ExportedSweep:
    """A sweep with whatever has been painted of it.

    Args:
        values: those with a picture, in the order of the slider; at least one.
    """

    plan: SweepPlan
    values: tuple[SweptValue, ...]

    @property
    def label(self) -> str:
        """Of the setting."""
        return axis_label(self.plan.x.name, self.plan.painter)

    @property
    def name(self) -> str:
        """The same in the middle of a sentence."""
        return self.label[:1].lower() + self.label[1:]

    @property
    def ordered(self) -> bool:
        """Whether the setting is an amount."""
        return is_ordered(self.plan)

    @property
    def first(self) -> ExportedRun:
        """One run, for what all of them share: pack, figures of real pictures, scale."""
        return self.values[0].run

    @property
    def complete(self) -> bool:
        """Whether every value has been painted to its end."""
        whole = all(value.run.status == "done" for value in self.values)
        return whole and len(self.values) == len(self.plan.x.values)

    def points(self, share: float = 1.0) -> list[dict[str, Any]]:
        """What every value reached at a share of the run."""
        return [value.point(value.row(share)) for value in self.values]

    def words(self, share: float = 1.0) -> list[str]:
        """A few sentences on the values at a share of the run."""
        if not self.ordered:
            return []
        return tradeoff_words(self.name, self.points(share), self.first.prompt_reference, share)

    @property
    def facts(self) -> str:
        """Painters, setting, seed, pack, and what differs from the defaults, on one line."""
        labels = ", ".join(PAINTER_LABELS[painter] for painter in self.plan.painters)
        seed = "" if self.plan.x.name == SEED_AXIS else f"seed {self.plan.seed}"
        pack = f"pack {self.first.manifest['name']} {self.first.pack_hash[:8]}"
        changed = f"changed from the defaults: {self.plan.changed}" if self.plan.changed else ""
        return " · ".join(filter(None, (labels, self.label, seed, pack, changed)))

    @property
    def reading_note(self) -> str:
        """How the models read the prompt; "" where they know every word of it."""
        return reading_note(self.plan.prompt, self.first.manifest["words"])

    @property
    def record(self) -> Mapping[str, str]:
        """Text records for a PNG."""
        return {"Title": f"Can the Judge Paint? {self.plan.prompt}", "Settings": self.plan.canonical()}


def sweep_in_store(store: RunStore, sweep_id: str) -> ExportedSweep:
    """The sweep of a store.

    Raises:
        StoreError: there is none. OutputError: it has two settings, or nothing is painted yet. PackError.
    """
    sweep = get_sweep(store, sweep_id)
    if sweep is None:
        raise StoreError(f"There is no sweep {sweep_id} in {store.folder}; it may belong to another store.")
    return exported_sweep(store, sweep)


def exported_sweep(store: RunStore, sweep: Sweep) -> ExportedSweep:
    """The same of a sweep that has been looked up."""
    return _with_runs(sweep.plan, lambda place: run_in_store(store, sweep.runs[place]))


def sweep_in_folders(plan: SweepPlan, folders: Sequence[Path]) -> ExportedSweep:
    """The sweep whose cells lie in plain folders, in their order. Raises as `sweep_in_store`."""
    return _with_runs(plan, lambda place: run_in_folder(folders[place]))


def _with_runs(plan: SweepPlan, open_run: Callable[[int], ExportedRun]) -> ExportedSweep:
    """The sweep with the run of each place that has one."""
    if plan.y is not None:
        raise OutputError(TWO_SETTINGS)
    found = []
    for place in value_order(plan):
        try:
            run = open_run(place)
        except (OutputError, StoreError):  # nothing is painted of it, or it was deleted
            continue
        found.append(SweptValue(value_label(plan.x.name, plan.x.values[place]), run))
    if not found:
        raise OutputError("Nothing of this sweep is painted yet, so there is nothing to draw.")
    return ExportedSweep(plan, tuple(found))
