"""A run as a plain folder: run.json, metrics.csv and frames/<painter>/<step>.png. No torch.

The command line writes one, the store exports and imports them, and the shipped example is one.
"""

import csv
import functools
import hashlib
import importlib.metadata
import io
import json
import math
import platform
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path

from core import metadata
from core.errors import OutputError, StoreError, UserError
from core.images import write_bytes, write_png
from core.records import STATUSES, Row
from core.revision import CODE_REVISION
from core.settings import RunRequest

FORMAT = 1
RUN_FILE = "run.json"
METRICS_FILE = "metrics.csv"
LEADING = ("painter", "step", "seconds", "score", "heldout", "realism")
TRAILING = ("evaluations",)
PACKAGES = ("torch", "open_clip_torch", "diffusers", "numpy", "pillow")
LONGEST_TOLD = 300  # characters of what is wrong with a file, in one sentence
MOST_EVALUATIONS = 2**53
FRAME_NAME = re.compile(r"\d{5,}\.png")


@dataclass(frozen=True)
class Description:
    """What run.json says. `started` and `finished` are seconds since the epoch; `finished` may be None."""

    request: RunRequest
    pack_hash: str
    status: str
    reason: str
    started: float
    finished: float | None
    code_revision: str = CODE_REVISION

    @classmethod
    def of_run(cls, run):
        """Of a stored `core.records.Run`."""
        started = run.started or run.created
        return cls(run.request, run.pack_hash, run.status, run.reason, started, run.finished, run.code_revision)

    def to_json(self):
        """Text of run.json."""
        return json.dumps(
            {
                "format": FORMAT,
                **self.request.to_dict(),
                "pack_hash": self.pack_hash,
                "status": self.status,
                "reason": self.reason,
                "started": self.started,
                "finished": self.finished,
                "code_revision": self.code_revision,
                "versions": versions(),
            },
            indent=2,
            ensure_ascii=False,
        )


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

    def __init__(self, out, request, pack_hash=""):
        self.out = Path(out)
        self.rows = []
        self._description = Description(request, pack_hash, "running", "", time.time(), None)
        self._columns = None
        try:
            for painter in request.painters:
                for old in (self.out / "frames" / painter).glob("*.png"):
                    if FRAME_NAME.fullmatch(old.name):
                        old.unlink()
            self._write_description()
            # Unbuffered: a row reaches the file as one write, so a kill never leaves half a row.
            self._metrics = open(self.out / METRICS_FILE, "wb", buffering=0)
        except OSError as error:
            raise _cannot_write(self.out, error) from error

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        try:
            if kind is not None and self._description.status == "running":
                stopped = issubclass(kind, KeyboardInterrupt)
                reason = str(error) if issubclass(kind, UserError) else f"{kind.__name__}: {error}"
                self.finish("stopped" if stopped else "failed", "Stopped from the keyboard." if stopped else reason)
        except OutputError:
            if kind is None:
                raise  # else the error that is on its way says more
        finally:
            self._metrics.close()

    def record(self, frame, measurement):
        """Write one frame, then its row."""
        write_png(frame_file(self.out, frame.painter, frame.step), frame.image, frame_record(self._description, frame))
        row = Row(
            len(self.rows) + 1,
            frame.painter,
            frame.step,
            frame.total,
            measurement.seconds,
            frame.evaluations,
            measurement.score,
            measurement.heldout,
            measurement.realism,
            measurement.components,
        )
        if self._columns is None:
            self._columns = _columns([row])
            self._append(_csv_line(self._columns))
        self._append(_csv_line(_cells(row, self._columns)))
        self.rows.append(row)

    def finish(self, status, reason=""):
        """Say in run.json how the run ended."""
        self._description = replace(self._description, status=status, reason=reason, finished=time.time())
        self._write_description()

    def _write_description(self):
        write_bytes(self.out / RUN_FILE, self._description.to_json().encode())

    def _append(self, line):
        end = self._metrics.seek(0, 2)
        try:
            if self._metrics.write(line) != len(line):
                raise OSError("the disk is full")
        except OSError as error:
            self._metrics.truncate(end)
            raise _cannot_write(self.out / METRICS_FILE, error) from error


def frame_record(description, frame):
    """Text records of one frame's PNG; `description`: a Description or core.records.Run."""
    return metadata.record(
        description.request, description.pack_hash, description.code_revision, versions(), "frame",
        painter=frame.painter, step=frame.step, total=frame.total,
    )  # fmt: skip


def frame_file(folder, painter, step):
    """Path of one frame in a run's folder."""
    return Path(folder) / "frames" / painter / f"{step:05d}.png"


def write(folder, description, rows, frame_path, every=1):
    """Write a finished run.

    Args:
        rows: list[Row], written in this order.
        frame_path: function Row → path of its picture, or None.
        every: keep the frames of every n-th step, the first and the last.

    Raises:
        OutputError.
    """
    folder = Path(folder)
    write_bytes(folder / METRICS_FILE, metrics_csv(rows))
    for row in rows:
        source = frame_path(row)
        if source is not None and (row.step % every == 0 or row.step == row.total):
            write_bytes(frame_file(folder, row.painter, row.step), Path(source).read_bytes())
    write_bytes(folder / RUN_FILE, description.to_json().encode())


def metrics_csv(rows):
    """Bytes of metrics.csv of a list[Row]."""
    columns = _columns(rows)
    return b"".join([_csv_line(columns), *(_csv_line(_cells(row, columns)) for row in rows)])


def read(folder):
    """A run's folder → (Description, list[Row]); `has_frame` says which pictures are there.

    Raises:
        StoreError: the folder is not a run's, or damaged.
    """
    folder = Path(folder)
    try:
        data = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        if data["format"] > FORMAT:
            raise ValueError(f"its format {data['format']} is newer than {FORMAT}; update the program")
        status = data["status"] if data["status"] in STATUSES else "failed"
        description = Description(
            RunRequest.from_dict(data),
            str(data["pack_hash"]),
            # A folder that still says it is being painted was left behind by a killed program.
            "interrupted" if status in ("queued", "running") else status,
            str(data["reason"]),
            _finite(data["started"]),
            None if data["finished"] is None else _finite(data["finished"]),
            str(data["code_revision"]),
        )
        return description, _read_rows(folder, description.request)
    except (OSError, UserError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, csv.Error) as error:
        told = " ".join(str(error).split())[:LONGEST_TOLD].rstrip(".")
        raise StoreError(f"{folder} does not hold a run that can be shown: {told}. Give a folder written by run or export.") from error


def contents_hash(folder):
    """Hash of run.json and metrics.csv: the same contents, the same text. Raises StoreError."""
    try:
        parts = [hashlib.sha256((Path(folder) / name).read_bytes()).digest() for name in (RUN_FILE, METRICS_FILE)]
        return hashlib.sha256(b"".join(parts)).hexdigest()
    except OSError as error:
        raise StoreError(
            f"{folder} does not hold a run: {error.strerror or error}. Give a folder with {RUN_FILE} and {METRICS_FILE}."
        ) from error


def _read_rows(folder, request):
    present = {p: {file.name for file in (folder / "frames" / p).glob("*.png")} for p in request.painters}
    rows = []
    with open(folder / METRICS_FILE, newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            painter, step = line.pop("painter"), int(line.pop("step"))
            figures = {name: _finite(line.pop(name)) for name in LEADING[2:]}
            evaluations = int(line.pop("evaluations"))
            components = {name: _finite(value) for name, value in line.items() if value}
            shown = frame_file(folder, painter, step).name in present[painter]
            total = request.settings[painter].steps
            if not (0 <= step <= total and 0 <= evaluations < MOST_EVALUATIONS):
                raise ValueError(f"{METRICS_FILE} has a row of step {step} of {total} with {evaluations} evaluations")
            rows.append(
                Row(len(rows) + 1, painter, step, total, evaluations=evaluations, components=components, has_frame=shown, **figures)
            )
    return rows


def _finite(value):
    """The number in a stranger's file; what is none, or endless, could be neither stored nor drawn."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no figure")
    return number


def _columns(rows):
    components = dict.fromkeys(name for row in rows for name in row.components)
    return (*LEADING, *components, *TRAILING)


def _cells(row, columns):
    # 7 digits tell float32 figures apart and hide the noise behind them; wall-clock seconds need fewer.
    figures = {name: f"{getattr(row, name):.7g}" for name in ("score", "heldout", "realism")}
    components = {name: f"{value:.7g}" for name, value in row.components.items()}
    values = components | figures | {"seconds": f"{row.seconds:.4f}"}
    return [values.get(name, getattr(row, name, "")) for name in columns]


def _csv_line(cells):
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue().encode()


@functools.cache
def versions():
    """Package → version of what paints and measures here; not to be changed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _cannot_write(path, error):
    return OutputError(f"Cannot write {path}: {error.strerror or error}. Choose a folder you may write to, on a disk with free space.")
