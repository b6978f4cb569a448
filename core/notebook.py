"""Painting from a notebook: three lines give a run that is live while it paints and stored like any other.

    from core import paint
    run = paint("a red fox in snow")
    run

The run is asked for in the app's run store. If the app is running, its painter process paints it; if not,
one is started here and ends with the notebook. So a run that was painted before is there at once, and
whatever is painted here also stands in the app's gallery. No torch in this process.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import html
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.environment import pack_name, store_folder
from core.base.errors import PainterError, SettingError
from core.base.images import read_image
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.base.terms import preset_settings
from core.base.vocabulary import check_any_word_known
from core.packs import pack_hash, read_manifest
from core.packs.support import check_supported
from core.service.starts import StartResolver
from core.service.supervisor import Supervisor
from core.storage.run_folder import metrics_csv
from core.storage.run_store import RunStore

if TYPE_CHECKING:
    import pandas
    from PIL.Image import Image

    from core.exports.source import ExportedRun
    from core.storage.records import Run

POLL_SECONDS = 0.25
PICTURE_SIDE = 256  # CSS pixels of a picture while it is painted
PAGE_HEIGHT = 980  # CSS pixels of the finished run's player in a notebook's cell

_supervisors: dict[Path, Supervisor] = {}


def paint(
    prompt: str,
    *,
    seed: int = 0,
    painters: Sequence[str] = tuple(PAINTERS),
    pack: str | Path | None = None,
    store: str | Path | None = None,
    live: bool = True,
    terms: str | None = None,
    **settings: Mapping[str, Any],
) -> NotebookRun:
    """Paint a prompt, or take the stored run if it was painted before.

    Interrupting the cell stops the run between two steps and returns what is painted.

    Args:
        seed: the same seed and settings give the same pictures on the same machine.
        painters: some of "pixels", "vqgan", "diffusion".
        pack: name or folder of a model pack; CTJP_PACK or the miniature by default.
        store: folder of the run store; the app's own by default.
        live: show the pictures while they are painted, where the notebook can.
        terms: "judge-only", "equal" or "with-text": settings to start from.
        settings: painter=settings that differ from these: `diffusion={"guidance_strength": 1.5}`.

    Raises:
        UserError: the prompt, a setting, the pack or the store cannot be used.
    """
    _check_owners(settings, painters)
    name = str(pack or pack_name())
    request = RunRequest.make(prompt, seed, name, painters, **_with_terms(terms, settings, painters))
    manifest = _manifest_that_reads(request)
    runs = RunStore(Path(store or store_folder()))
    secret = "notebook"  # whoever works here may stop what was asked for here
    run_id = runs.submit(StartResolver.of_store(runs).request(request), pack_hash(manifest), secret).id
    try:
        _wait(runs, run_id, name, live)
    except KeyboardInterrupt:
        runs.queue.request_cancel(run_id, secret)
        _wait(runs, run_id, name, live)
    return NotebookRun(runs, run_id)


def _check_owners(settings: Mapping[str, Any], painters: Sequence[str]) -> None:
    """Raise SettingError if settings are given for a painter that is not to paint."""
    if unknown := set(settings) - set(painters):
        raise SettingError(
            f"Settings are given for {', '.join(sorted(unknown))}, which is not among the painters; "
            f"use some of {', '.join(painters)}."
        )


def _manifest_that_reads(request: RunRequest) -> dict[str, Any]:
    """The manifest of a request's pack.

    Raises:
        PackError. PromptError: it knows no word of the prompt. SettingError: it lacks a judge.
    """
    manifest = read_manifest(request.pack)
    check_any_word_known(request.prompt, manifest["words"], manifest.get("examples", ()))
    check_supported(request.settings, manifest)
    return manifest


def _with_terms(
    terms: str | None, settings: Mapping[str, Mapping[str, Any]], painters: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Settings on top of those of the terms, painter → setting → value. Raises SettingError."""
    preset = preset_settings(terms) if terms is not None else {}
    return {painter: {**preset.get(painter, {}), **settings.get(painter, {})} for painter in painters}


def _wait(runs: RunStore, run_id: str, pack: str, live: bool) -> None:
    """Return when the run has ended; a painter process is at work meanwhile."""
    run = runs.get(run_id)
    if run is None or not run.active:
        return
    if runs.folder not in _supervisors:
        _supervisors[runs.folder] = Supervisor(runs, pack).start()
        atexit.register(_supervisors[runs.folder].stop)
    show = _live_view() if live else None
    while (run := runs.get(run_id)) is not None and run.active:
        if show is not None:
            show(_progress_html(runs, run))
        time.sleep(POLL_SECONDS)
    if show is not None:
        show("")  # the run itself is shown by the cell that ends with it


def _live_view() -> Callable[[str], None] | None:
    """A function that shows HTML in the place of what it showed before; None where there is no notebook."""
    try:
        from IPython import get_ipython
        from IPython.display import HTML, display
    except ImportError:
        return None
    if get_ipython() is None or not hasattr(get_ipython(), "kernel"):
        return None
    handle = display(HTML(""), display_id=True)
    return lambda text: handle.update(HTML(text))


def _progress_html(runs: RunStore, run: Run) -> str:
    """The newest picture of each painter with its step and score."""
    if run.status == "queued":
        return "<p>Waiting for the painter process …</p>"
    parts = []
    every = runs.rows(run.id)
    for painter, progress in runs.progress(run.id).items():
        rows = [row for row in every if row.painter == painter]
        if not rows:
            continue
        path = runs.frame_path(run.id, painter, rows[-1].step)
        step = f"step {progress.step} of {progress.total}"
        label = f"{PAINTER_LABELS[painter]}, {step}, score {rows[-1].score:.2f}"
        picture = f'<img width="{PICTURE_SIDE}" alt="" src="{_data_address(path)}">' if path else ""
        caption = f"<figcaption>{html.escape(label)}</figcaption>"
        parts.append(f"<figure style='display:inline-block;margin:8px'>{picture}{caption}</figure>")
    return "".join(parts) or "<p>The first pictures are on their way …</p>"


def _data_address(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


class Frames(Mapping[int, "Image"]):
    """One painter's pictures by step; -1 is the last one. Reading one opens its file."""

    def __init__(self, runs: RunStore, run_id: str, painter: str, steps: Sequence[int]) -> None:
        self._runs = runs
        self._run_id = run_id
        self._painter = painter
        self._steps = list(steps)

    def __getitem__(self, step: int) -> Image:
        """The picture after a step, 0 … total, or counted from the end. Raises KeyError."""
        from PIL import Image as pillow

        if not -len(self._steps) <= step <= max(self._steps, default=-1):
            last = max(self._steps, default=0)
            raise KeyError(f"There is no step {step} of {PAINTER_LABELS[self._painter]}; it has 0 to {last}.")
        step = self._steps[step] if step < 0 else step
        path = self._runs.frame_path(self._run_id, self._painter, step)
        if path is None:
            label = PAINTER_LABELS[self._painter]
            raise KeyError(f"The picture of step {step} of {label} is no longer stored.")
        return pillow.fromarray(read_image(path))

    def __iter__(self) -> Iterator[int]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)


class NotebookRun:
    """A stored run, to look at and to compute with. A notebook shows it as the stand-alone page's player."""

    def __init__(self, runs: RunStore, run_id: str) -> None:
        self._runs = runs
        self.id = run_id
        found = runs.get(run_id)
        if found is None:
            raise PainterError(f"The run {run_id} was deleted while it was being painted. Ask for it again.")
        self.request: RunRequest = found.request
        self.status: str = found.status
        self.reason: str = found.reason

    @cached_property
    def metrics(self) -> pandas.DataFrame:
        """One row per painter and step, with the columns of metrics.csv."""
        import pandas

        return pandas.read_csv(io.BytesIO(metrics_csv(self._runs.rows(self.id))))

    @cached_property
    def frames(self) -> dict[str, Frames]:
        """Painter → its pictures: `run.frames["diffusion"][40]` is a PIL image."""
        steps: dict[str, list[int]] = {painter: [] for painter in self.request.painters}
        for row in self._runs.rows(self.id):
            steps[row.painter].append(row.step)
        return {painter: Frames(self._runs, self.id, painter, sorted(steps[painter])) for painter in steps}

    def figure(self, share: float = 1.0) -> Image:
        """The run on one sheet, as figure.png: pictures, curves and verdict at a share of the run, 0 … 1."""
        from PIL import Image as pillow

        from core.exports.figure import figure_data, figure_png

        return pillow.open(io.BytesIO(figure_png(figure_data(self._source(), share))))

    def page(self) -> str:
        """The stand-alone page of the run as one HTML document."""
        from core.exports.standalone_page import page_html

        return page_html(self._source())

    def _source(self) -> ExportedRun:
        from core.exports.source import run_in_store

        return run_in_store(self._runs, self.id)

    def __repr__(self) -> str:
        prompt = f"“{self.request.prompt}”"
        why = f" ({self.reason})" if self.reason else ""
        return f"Run {self.id} of {prompt}: {self.status}{why}"

    def _repr_html_(self) -> str:
        with contextlib.suppress(Exception):  # the player is an extra; the line of text always comes
            return (
                f'<iframe srcdoc="{html.escape(self.page())}" style="width:100%;height:{PAGE_HEIGHT}px;'
                f'border:0"></iframe><p>{html.escape(repr(self))}</p>'
            )
        return f"<p>{html.escape(repr(self))}</p>"
