"""A run as a plain folder: run.json, metrics.csv and frames/<painter>/<step>.png. No torch.

The command line writes one, the store exports and imports them, and the shipped example is one.
"""

import csv
import functools
import hashlib
import importlib.metadata
import json
import platform
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from core.base import png_records
from core.base.errors import OutputError, StoreError, UserError
from core.base.files import cannot_write, write_bytes
from core.base.frame import Frame, Measurement
from core.base.images import write_png
from core.base.request import RunRequest
from core.base.revision import MEASURING_REVISION, PAINTING_REVISION, earlier_version_note
from core.storage.metrics_file import (
    METRICS_FILE,
    csv_line,
    finite_number,
    metrics_columns,
    metrics_csv,
    metrics_line,
    read_metrics,
)
from core.storage.records import ACTIVE, STATUSES, Run, StepRow

RUN_FORMAT = 1
RUN_FILE = "run.json"
PACKAGES = ("torch", "open_clip_torch", "diffusers", "numpy", "pillow")
LONGEST_PROBLEM = 300  # characters of what is wrong with a file, in one sentence
FRAME_NAME = re.compile(r"\d{5,}\.png")
# What a damaged or foreign file makes its reader raise.
READING_ERRORS = (
    OSError,
    UserError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    csv.Error,
)


@dataclass(frozen=True)
class RunDescription:
    """What run.json says.

    Args:
        started, finished: seconds since the epoch; `finished` may be None.
        code_revision, measuring_revision: of the code that painted and of the code that measured;
            see core.base.revision. The second is "" in files of versions that did not note it.
    """

    request: RunRequest
    pack_hash: str
    status: str
    reason: str
    started: float
    finished: float | None
    code_revision: str = PAINTING_REVISION
    measuring_revision: str = MEASURING_REVISION

    @property
    def version_note(self) -> str:
        """One sentence if an earlier version of this program painted or measured it, else ""."""
        return earlier_version_note(self.code_revision, self.measuring_revision)

    @classmethod
    def of_run(cls, run: Run) -> "RunDescription":
        """Of a stored run."""
        names = [name for name in cls.__dataclass_fields__ if name != "started"]
        return cls(started=run.started or run.created, **{name: getattr(run, name) for name in names})

    @classmethod
    def from_json(cls, text: str) -> "RunDescription":
        """Inverse of `to_json`. Raises one of READING_ERRORS."""
        data = json.loads(text)
        if data["format"] > RUN_FORMAT:
            raise ValueError(f"its format {data['format']} is newer than {RUN_FORMAT}; update the program")
        status = data["status"] if data["status"] in STATUSES else "failed"
        return cls(
            request=RunRequest.from_dict(data),
            pack_hash=str(data["pack_hash"]),
            # A folder that still says it is being painted was left behind by a killed program.
            status="interrupted" if status in ACTIVE else status,
            reason=str(data["reason"]),
            started=finite_number(data["started"]),
            finished=None if data["finished"] is None else finite_number(data["finished"]),
            code_revision=str(data["code_revision"]),
            measuring_revision=str(data.get("measuring_revision", "")),
        )

    def to_json(self) -> str:
        """Text of run.json."""
        values = {name: value for name, value in vars(self).items() if name != "request"}
        data = {"format": RUN_FORMAT, **self.request.to_dict(), **values, "versions": versions()}
        return json.dumps(data, indent=2, ensure_ascii=False)


class FolderRecorder:
    """Records a run in a plain folder, so that whatever happens, what was computed is there.

    run.json is written at once and again at the end, every row of metrics.csv as soon as it is
    measured. Files of an earlier run in the same folder are removed first, others are kept.
    Use it as a context manager: leaving by an error marks the run failed, by Ctrl-C stopped.

    Args:
        out: folder, made if it does not exist.
        request: the RunRequest.
        pack_hash: hash of the pack it is painted with.

    Raises:
        OutputError: the folder cannot be written or the disk is full; `record` may raise it, too.
    """

    def __init__(self, out: Path | str, request: RunRequest, pack_hash: str = "") -> None:
        self.out = Path(out)
        self.rows: list[StepRow] = []
        self._description = RunDescription(request, pack_hash, "running", "", time.time(), None)
        self._columns: tuple[str, ...] = ()
        try:
            self._remove_old_frames()
            self._write_description()
            # Unbuffered: a row reaches the file as one write, so a kill never leaves half a row.
            self._metrics = open(self.out / METRICS_FILE, "wb", buffering=0)
        except OSError as error:
            raise cannot_write(self.out, error) from error

    def __enter__(self) -> "FolderRecorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if kind is not None and self._description.status == "running":
                self._finish_after(kind, error)
        except OutputError:
            if kind is None:
                raise  # else the error that is on its way says more
        finally:
            self._metrics.close()

    def record(self, frame: Frame, measurement: Measurement) -> None:
        """Write one frame, then its row."""
        path = frame_file(self.out, frame.painter, frame.step)
        write_png(path, frame.image, frame_png_record(self._description, frame))
        row = StepRow.of_frame(frame, measurement, seq=len(self.rows) + 1)
        if not self._columns:
            self._columns = metrics_columns([row])
            self._append(csv_line(self._columns))
        self._append(metrics_line(row, self._columns))
        self.rows.append(row)

    def finish(self, status: str, reason: str = "") -> None:
        """Say in run.json how the run ended."""
        self._description = replace(self._description, status=status, reason=reason, finished=time.time())
        self._write_description()

    def _finish_after(self, kind: type[BaseException], error: BaseException | None) -> None:
        """Say that an exception ended the run."""
        if issubclass(kind, KeyboardInterrupt):
            self.finish("stopped", "Stopped from the keyboard.")
        else:
            self.finish("failed", str(error) if issubclass(kind, UserError) else f"{kind.__name__}: {error}")

    def _remove_old_frames(self) -> None:
        for painter in self._description.request.painters:
            for old in (self.out / "frames" / painter).glob("*.png"):
                if FRAME_NAME.fullmatch(old.name):
                    old.unlink()

    def _write_description(self) -> None:
        write_bytes(self.out / RUN_FILE, self._description.to_json().encode())

    def _append(self, line: bytes) -> None:
        end = self._metrics.seek(0, 2)
        try:
            if self._metrics.write(line) != len(line):
                raise OSError("the disk is full")
        except OSError as error:
            self._metrics.truncate(end)
            raise cannot_write(self.out / METRICS_FILE, error) from error


def frame_png_record(description: RunDescription | Run, frame: Frame) -> dict[str, str]:
    """Text records of one frame's PNG."""
    return png_records.make_record(
        description.request,
        description.pack_hash,
        description.code_revision,
        versions(),
        "frame",
        measuring_revision=description.measuring_revision,
        painter=frame.painter,
        step=frame.step,
        total=frame.total,
    )


def frame_file(folder: Path | str, painter: str, step: int) -> Path:
    """Path of one frame in a run's folder."""
    return Path(folder) / "frames" / painter / f"{step:05d}.png"


def write_run(
    folder: Path | str,
    description: RunDescription,
    rows: Sequence[StepRow],
    frame_png: Callable[[StepRow], bytes | None],
    every: int = 1,
) -> None:
    """Write a finished run.

    Args:
        rows: written in this order.
        frame_png: row → its picture's file, or None.
        every: keep the frames of every n-th step, the first and the last.

    Raises:
        OutputError.
    """
    folder = Path(folder)
    write_bytes(folder / METRICS_FILE, metrics_csv(rows))
    for row in rows:
        is_kept = row.step % every == 0 or row.step == row.total
        png = frame_png(row) if is_kept else None
        if png is not None:
            write_bytes(frame_file(folder, row.painter, row.step), png)
    write_bytes(folder / RUN_FILE, description.to_json().encode())


def run_text(folder: Path) -> str:
    """What run.json holds, without the mark that some editors put first. Raises OSError, ValueError."""
    return (folder / RUN_FILE).read_text(encoding="utf-8-sig")


def read_run(folder: Path | str) -> tuple[RunDescription, list[StepRow]]:
    """Read a run's folder; `has_frame` of the rows says which pictures are there.

    Raises:
        StoreError: the folder is not a run's, or damaged.
    """
    folder = Path(folder)
    try:
        description = RunDescription.from_json(run_text(folder))
        painters = description.request.painters
        present = {path for painter in painters for path in (folder / "frames" / painter).glob("*.png")}
        rows = read_metrics(
            folder / METRICS_FILE,
            description.request,
            lambda painter, step: frame_file(folder, painter, step) in present,
        )
        return description, rows
    except READING_ERRORS as error:
        problem = " ".join(str(error).split())[:LONGEST_PROBLEM].rstrip(".")
        raise StoreError(
            f"{folder} does not hold a run that can be shown: {problem}. "
            "Give a folder written by run or export."
        ) from error


def contents_hash(folder: Path | str) -> str:
    """Hash of run.json and metrics.csv: the same contents, the same text. Raises StoreError."""
    try:
        parts = [
            hashlib.sha256((Path(folder) / name).read_bytes()).digest() for name in (RUN_FILE, METRICS_FILE)
        ]
        return hashlib.sha256(b"".join(parts)).hexdigest()
    except OSError as error:
        raise StoreError(
            f"{folder} does not hold a run: {error.strerror or error}. "
            f"Give a folder with {RUN_FILE} and {METRICS_FILE}."
        ) from error


@functools.cache
def versions() -> dict[str, str]:
    """Package → version of what paints and measures here; not to be changed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
