"""`python -m core bench speed`: a step of each painter beside the usual method, at full size.

Rows a to e are those of the table in core/bench/README.md. Both methods get the same random weights and are
measured in turns, so that whatever else the machine does falls on both; a ratio is that of the medians. Ours
shows every picture it makes, as an app does; so does the usual VQGAN+CLIP, while the usual diffusion loop
shows none.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from core.base.machine import limit_threads, peak_memory_bytes, torch_threads
from core.base.settings import PAINTERS, painter_settings
from core.bench import full_size_models, overhead
from core.bench.report import ReportRow, at_least, at_most, skipped
from core.bench.usual_method import UsualDiffusion, UsualVqgan
from core.models.optimised import painting_dtype
from core.painters.classes import PAINTER_CLASSES

if TYPE_CHECKING:
    from core.models.judge import EncodedPrompt

FullSize = full_size_models.FullSize
ROOT = Path(__file__).parents[2]
SIDE = 256
CUTOUTS = 16
GUIDANCE_CUTOUTS = 4
MEMORY_SIDE = 512
MEMORY_CUTOUTS = 32
MEGABYTE = 2**20
Seconds = dict[str, float]  # what was timed → median seconds
Rows = Iterator[ReportRow]


class SpeedTest:
    """What the rows share.

    Args:
        device: torch device name.
        short: as few repeats as there can be: for trying it out, not for quoting.
        tell: called with a line of progress.
    """

    def __init__(
        self,
        device: str = "cpu",
        short: bool = False,
        tell: Callable[[str], object] = lambda text: None,
    ) -> None:
        self.device = device
        self.short = short
        self.tell = tell
        self.models = FullSize(SIDE, device)

    def usual_models(self) -> FullSize:
        """The usual method's models: its own where ours would lay shared ones of its precision out anew."""
        same_precision = painting_dtype("auto", True, self.device) == torch.float32
        return FullSize(SIDE, self.device) if same_precision else self.models

    def repeats(self, usually: int) -> int:
        """How often to measure."""
        return 1 if self.short else usually

    def target(self, models: FullSize | None = None) -> EncodedPrompt:
        """What is painted."""
        return (models or self.models).judge.encode(full_size_models.PROMPT)

    def painter(self, name: str, models: FullSize | None = None, **values: Any) -> Callable[[], object]:
        """A function that advances one of our painters by a step; its start is painted already."""
        models = models or self.models
        settings = painter_settings(name, values)
        painter = PAINTER_CLASSES[name](
            models.painter_models(name, settings), self.target(models), settings, seed=0
        )
        frames = painter.frames()
        next(frames)
        return lambda: next(frames)

    def seconds(self, repeats: int, **steps: Callable[[], object]) -> Seconds:
        """Median seconds of each step, taken in turns after one that warms up."""
        taken: dict[str, list[float]] = {name: [] for name in steps}
        for turn in range(repeats + 1):
            for name, step in steps.items():
                began = time.perf_counter()
                step()
                self._wait()
                taken[name].append(time.perf_counter() - began)
            newest = ", ".join(f"{name} {times[-1]:.2f} s" for name, times in taken.items())
            self.tell(f"  {turn}/{repeats} {newest}")
        return {name: statistics.median(times[1:]) for name, times in taken.items()}

    def _wait(self) -> None:
        if torch.device(self.device).type == "cuda":
            torch.cuda.synchronize()


def a(test: SpeedTest) -> Rows:
    """VQGAN+CLIP: usual method / ours"""
    usual = UsualVqgan(test.usual_models(), test.target(), CUTOUTS)
    seconds = test.seconds(test.repeats(4), usual=usual, ours=test.painter("vqgan", cutouts=CUTOUTS))
    name = f"VQGAN+CLIP step, usual / ours, {SIDE} px, {CUTOUTS} cutouts"
    yield at_least("a", name, ratio(seconds), 2, seconds_note(seconds))
    usual.display = False
    blind = test.seconds(test.repeats(2), usual=usual)["usual"]
    name = "the same, if the usual method did not show its picture"
    yield ReportRow("a", name, blind / seconds["ours"], note=f"{blind:.2f} s")


def b(test: SpeedTest) -> Rows:
    """Guided diffusion: usual method / ours, by default and with exact gradients"""
    usual = UsualDiffusion(test.usual_models(), test.target(), GUIDANCE_CUTOUTS)
    # As the usual method works: with the text, and each step once.
    alike: dict[str, Any] = {"mode": "both", "repeats": 1, "cutouts": GUIDANCE_CUTOUTS}
    ours = test.painter("diffusion", gradient="detached", **alike)
    exact = test.painter("diffusion", gradient="exact", **alike)
    seconds = test.seconds(test.repeats(2), usual=usual, ours=ours, exact=exact)
    where = f"{SIDE} px, {GUIDANCE_CUTOUTS} cutouts"
    name = f"guided diffusion step, usual / ours, {where}"
    yield at_least("b", name, ratio(seconds), 4, seconds_note(seconds))
    name = "the same with gradients made exact"
    yield at_least("b", name, ratio(seconds, "exact"), 1.5, seconds_note(seconds, "exact"))


def c(test: SpeedTest) -> Rows:
    """Raw ascent against a bare forward and backward pass of the judge"""
    models = FullSize(224, test.device)
    models.judge = test.models.judge
    step = test.painter("pixels", models)
    judge: Any = models.painter_models("pixels").judge
    picture = torch.randn(1, 3, judge.size, judge.size, device=test.device).requires_grad_()

    def bare() -> object:
        return torch.autograd.grad(judge.tower(picture).sum(), picture)

    seconds = test.seconds(test.repeats(24), floor=bare, ours=step)
    note = f"{1000 * seconds['ours']:.0f} ms against {1000 * seconds['floor']:.0f} ms"
    share = seconds["ours"] / seconds["floor"]
    yield at_most("c", "raw ascent step / bare CLIP forward and backward", share, 1.10, note)


def d(test: SpeedTest) -> Rows:
    """Everything but model arithmetic, and everything but painting, as shares of a run"""
    from core.packs import open_pack

    miniature = open_pack("miniature", test.device)
    with torch_threads(1):  # as its painters have
        yield from _overhead(test, "miniature pack", miniature, 1, limits=(10, 20))
    yield from _overhead(test, "full size", test.models, 10, limits=(2, 5))


def _overhead(test: SpeedTest, name: str, pack: Any, divisor: int, limits: tuple[float, float]) -> Rows:
    """Rows for a run with 1/`divisor` of the default steps.

    Args:
        limits: highest shares in %, of all but model arithmetic and of all but painting.
    """
    divisor *= 5 if test.short else 1
    steps = {painter: max(2, settings().steps // divisor) for painter, settings in PAINTERS.items()}
    found = overhead.measure_overhead(pack, steps)
    test.tell(f"  {name}: {found}")
    measured = f"pictures measured {found.measuring:.1%} (networks not counted)"
    note = f"of {found.total:.0f} s: {measured}, stored {found.storing:.1%}"
    what = f"everything but model arithmetic in %, {name}"
    yield at_most("d", what, 100 * found.rest, limits[0], note)
    note = f"with the networks that only measure, which take {found.judging:.1%}"
    what = f"everything but painting in %, {name}"
    yield at_most("d", what, 100 * (found.rest + found.judging), limits[1], note)


def e(test: SpeedTest) -> Rows:
    """Peak memory of VQGAN+CLIP at 512 px"""
    what = "peak memory of VQGAN+CLIP"
    peaks = {}
    for method in ("usual", "ours"):
        command = [sys.executable, "-m", "core.bench.speed", method, test.device]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            reason = f"the {method} method ended with exit status {done.returncode}: out of memory?"
            yield skipped("e", what, reason)
            return
        peaks[method] = json.loads(done.stdout.splitlines()[-1])
        test.tell(f"  {method} {_megabytes(peaks[method])}")
    if not all(peaks.values()):
        yield skipped("e", what, "this system does not tell the peak memory of a process")
        return
    note = " against ".join(_megabytes(peaks[method]) for method in ("usual", "ours"))
    name = f"{what}, usual / ours, {MEMORY_SIDE} px, {MEMORY_CUTOUTS} cutouts"
    yield at_least("e", name, peaks["usual"] / peaks["ours"], 2, f"{note}, whole processes")


def _megabytes(size: float) -> str:
    return f"{size / MEGABYTE:.0f} MB"


CHECKS: dict[str, Callable[[SpeedTest], Rows]] = {check.__name__: check for check in (a, b, c, d, e)}


def run(test: SpeedTest, only: list[str] | None = None) -> list[ReportRow]:
    """All rows, or those of the letters in `only`."""
    rows: list[ReportRow] = []
    for name, check in CHECKS.items():
        if only is None or name in only:
            test.tell(f"{name}: {check.__doc__} …")
            rows += check(test)
    return rows


def ratio(seconds: Seconds, ours: str = "ours") -> float:
    """The usual method's time in units of ours."""
    return seconds["usual"] / seconds[ours]


def seconds_note(seconds: Seconds, ours: str = "ours") -> str:
    """Both times."""
    return f"{seconds['usual']:.2f} s against {seconds[ours]:.2f} s"


def device_name(device: str) -> str:
    """What the figures were measured on, in words."""
    if torch.device(device).type == "cuda":
        return torch.cuda.get_device_name()
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "CPU")


def dtype_name(device: str) -> str:
    """What the painters of a full-size pack compute in on a device."""
    return str(painting_dtype("auto", True, device)).removeprefix("torch.")


def peak_memory(method: str, device: str) -> int:
    """Most bytes that this process holds during two steps of VQGAN+CLIP by the "usual" method, or "ours"."""
    limit_threads()
    on_cuda = torch.device(device).type == "cuda"
    models = FullSize(MEMORY_SIDE, device)
    test = SpeedTest(device)
    if method == "usual":
        step: Callable[[], object] = UsualVqgan(models, test.target(models), MEMORY_CUTOUTS)
    else:
        step = test.painter("vqgan", models, cutouts=MEMORY_CUTOUTS)
    for _ in range(2 if on_cuda else 1):
        step()
    return torch.cuda.max_memory_allocated() if on_cuda else peak_memory_bytes()


if __name__ == "__main__":
    print(peak_memory(*sys.argv[1:]))
