"""A run as a table to compute with: one line per measured frame, and a legend in the last column. No torch.

Unlike a run folder's metrics.csv, which only says what was measured there, it stands by itself: every line
names the run's prompt, seed and terms. The legend is a column, so that every program reads the table as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.base.glossary import meaning
from core.base.judges import NETWORKS
from core.exports.judge_scale import shown_row
from core.measures.judge_gap import judges_reference, role_gap
from core.storage.metrics_file import csv_line, harmless_cell
from core.storage.records import StepRow

if TYPE_CHECKING:
    from core.exports.source import ExportedRun

SHARED = "_shared"  # after a judge's name: the same on the shared scale
COLUMNS = {
    "prompt": "The text that the run was asked for.",
    "seed": meaning("seed"),
    "terms": meaning("terms of the comparison"),
    "painter": meaning("painter"),
    "step": meaning("step"),
    "steps": "How many steps the painter takes in all.",
    "seconds": "The painter's own time from the start to this step, without the time for measuring.",
    "judge_evaluations": meaning("judge evaluation"),
    "score": "The judge's score: the cosine between picture and prompt, from −1 to 1.",
    "heldout": "The same by the second judge, which is held out unless a painter follows it.",
    "robust": "The same by the robust judge.",
    **{f"{name}{SHARED}": f"{name} on the shared scale. {meaning('shared scale')}" for name in NETWORKS},
    "gap": meaning("gap"),
    "realism": meaning("realism (R)"),
}
COMPONENTS = {
    "statistics": meaning("S"),
    "manifold": meaning("K"),
    "p_value": "The share of reference pictures whose pixel statistics lie at least as far out.",
    "too_typical": "1 if the pixel statistics lie nearer to the mean than those of 99 of 100 real pictures.",
}
PART_OF_S = "One part of S, from 0 to 1: the likeness of this picture's {name} to that of real pictures."
LEGEND = "legend"


def table_csv(run: ExportedRun) -> bytes:
    """The whole file; columns that nobody measured are left out."""
    lines = [_line(run, row) for rows in run.rows.values() for row in rows]
    components = dict.fromkeys(name for rows in run.rows.values() for row in rows for name in row.components)
    named = {column_name(name): COMPONENTS.get(name, PART_OF_S.format(name=name)) for name in components}
    columns = {name: text for name, text in (COLUMNS | named).items() if any(name in line for line in lines)}
    legend = _legend(columns, len(lines))
    header = csv_line([*columns, LEGEND])
    return header + b"".join(
        csv_line([*(line.get(name, "") for name in columns), told])
        for line, told in zip(lines, legend, strict=True)
    )


def column_name(component: str) -> str:
    """A component of realism as a column: "local contrast" → "local_contrast"."""
    return component.replace(" ", "_")


def _line(run: ExportedRun, row: StepRow) -> dict[str, Any]:
    """Column → cell of one row; what it does not have is left out."""
    # 7 digits, as in run folders: all else is computed from these, so that store and folder give the same.
    cosines = {name: _rounded(value) for name in NETWORKS if (value := getattr(row, name)) is not None}
    reference = run.prompt_reference
    judged = judges_reference(reference)
    shown = shown_row(cosines, judged)
    shared = {name: shown[name] for name in judged or () if name in cosines}
    gap = role_gap(asdict(row) | cosines, run.request.settings[row.painter], reference)
    return {
        "prompt": harmless_cell(run.request.prompt),
        "seed": run.request.seed,
        "terms": run.terms.label,
        "painter": row.painter,
        "step": row.step,
        "steps": row.total,
        "seconds": f"{row.seconds:.4f}",
        "judge_evaluations": row.evaluations,
        **cosines,
        **{f"{name}{SHARED}": f"{value:.6g}" for name, value in shared.items()},
        **({} if gap is None else {"gap": f"{gap:.6g}"}),
        "realism": _rounded(row.realism),
        **{column_name(name): _rounded(value) for name, value in row.components.items()},
    }


def _rounded(value: float) -> float:
    return float(f"{value:.7g}")


def _legend(columns: Mapping[str, str], number: int) -> list[str]:
    """A sentence for each line, in the order of the columns; the last line of a short table has the rest."""
    told = [f"{name}: {text}" for name, text in columns.items()]
    if len(told) > number:
        told[number - 1 :] = [" ".join(told[number - 1 :])]
    return told + [""] * (number - len(told))
