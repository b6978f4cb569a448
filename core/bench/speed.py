"""`python -m core bench speed`: a step of each painter beside the usual method, on the same random full-size weights.

Rows a to e are those of the table in README.md. What is compared is measured in turns, so that whatever else the machine
does falls on both; a ratio is that of the medians. Our side shows every picture it makes, as an app does; so does the usual
VQGAN+CLIP, while the usual diffusion loop shows none.
"""

import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

from core.bench import fullsize, share
from core.bench.rows import Row, at_least, at_most, skipped
from core.bench.usual import UsualDiffusion, UsualVqgan
from core.models.lean import numbers
from core.painters import PAINTERS
from core.settings import painter_settings

SIDE, CUTOUTS, GUIDANCE_CUTOUTS = 256, 16, 4
MEMORY_SIDE, MEMORY_CUTOUTS = 512, 32
MEGABYTE = 2**20


class Bench:
    """What the rows share.

    Args:
        device: torch device name.
        short: as few repeats as there can be: for trying it out, not for quoting.
        tell: called with a line of progress.
    """

    def __init__(self, device="cpu", short=False, tell=lambda text: None):
        self.device, self.short, self.tell = device, short, tell
        self.models = fullsize.FullSize(SIDE, device)

    def usual_models(self):
        """What the usual method gets: models of its own where ours, in the same precision, lay the shared ones out anew."""
        return fullsize.FullSize(SIDE, self.device) if numbers("auto", True, self.device) == torch.float32 else self.models

    def repeats(self, usually):
        return 1 if self.short else usually

    def target(self, models=None):
        return (models or self.models).judge.encode(fullsize.PROMPT)

    def painter(self, name, models=None, **values):
        """A function that advances one of our painters by a step; its start is painted already."""
        models = models or self.models
        settings = painter_settings(name, values)
        frames = PAINTERS[name](models.painter_models(name, settings), self.target(models), settings, seed=0).frames()
        next(frames)
        return lambda: next(frames)

    def seconds(self, repeats, **steps):
        """Name → median seconds of each step, taken in turns after one that warms up."""
        taken = {name: [] for name in steps}
        for turn in range(repeats + 1):
            for name, step in steps.items():
                began = time.perf_counter()
                step()
                self._wait()
                taken[name].append(time.perf_counter() - began)
            self.tell(f"  {turn}/{repeats} " + ", ".join(f"{name} {times[-1]:.2f} s" for name, times in taken.items()))
        return {name: statistics.median(times[1:]) for name, times in taken.items()}

    def _wait(self):
        if torch.device(self.device).type == "cuda":
            torch.cuda.synchronize()


def a(bench):
    """VQGAN+CLIP: usual method / ours"""
    usual = UsualVqgan(bench.usual_models(), bench.target(), CUTOUTS)
    seconds = bench.seconds(bench.repeats(4), usual=usual, ours=bench.painter("vqgan", cutouts=CUTOUTS))
    yield at_least("a", f"VQGAN+CLIP step, usual / ours, {SIDE} px, {CUTOUTS} cutouts", ratio(seconds), 2, told(seconds))
    usual.display = False
    seconds["without its display"] = bench.seconds(bench.repeats(2), usual=usual)["usual"]
    alone = seconds["without its display"] / seconds["ours"]
    yield Row("a", "the same, were the usual method blind between its displays", alone, note=f"{seconds['without its display']:.2f} s")


def b(bench):
    """Guided diffusion: usual method / ours, by default and with exact gradients"""
    usual = UsualDiffusion(bench.usual_models(), bench.target(), GUIDANCE_CUTOUTS)
    ours, exact = (bench.painter("diffusion", cutouts=GUIDANCE_CUTOUTS, gradient=kind) for kind in ("detached", "exact"))
    seconds = bench.seconds(bench.repeats(2), usual=usual, ours=ours, exact=exact)
    where = f"{SIDE} px, {GUIDANCE_CUTOUTS} cutouts"
    yield at_least("b", f"guided diffusion step, usual / ours, {where}", ratio(seconds), 4, told(seconds))
    yield at_least("b", "the same with gradients made exact", ratio(seconds, "exact"), 1.5, told(seconds, "exact"))


def c(bench):
    """Raw ascent against a bare forward and backward pass of the judge"""
    models = fullsize.FullSize(224, bench.device)
    models.judge = bench.models.judge
    step = bench.painter("pixels", models)
    judge = models.painter_models("pixels").judge
    picture = torch.randn(1, 3, judge.size, judge.size, device=bench.device).requires_grad_()
    bare = lambda: torch.autograd.grad(judge.tower(picture).sum(), picture)
    seconds = bench.seconds(bench.repeats(24), floor=bare, ours=step)
    figure = seconds["ours"] / seconds["floor"]
    note = f"{1000 * seconds['ours']:.0f} ms against {1000 * seconds['floor']:.0f} ms"
    yield at_most("c", "raw ascent step / bare CLIP forward and backward", figure, 1.10, note)


def d(bench):
    """Everything but model arithmetic, as a share of a run"""
    from core.packs import open_pack

    for name, pack, steps, bound in (
        ("miniature pack", open_pack("miniature", bench.device), {"pixels": 100, "vqgan": 60, "diffusion": 50}, 10),
        ("full size", bench.models, {"pixels": 10, "vqgan": 6, "diffusion": 5}, 2),
    ):
        if bench.short:
            steps = {painter: max(2, number // 5) for painter, number in steps.items()}
        found = share.measure(pack, steps)
        bench.tell(f"  {name}: {found}")
        note = f"of {found.total:.0f} s: pictures measured {found.measuring:.1%} (networks not counted), stored {found.storing:.1%}"
        yield at_most("d", f"everything but model arithmetic in %, {name}", 100 * found.rest, bound, note)
        judged = f"with the networks that only measure, which take {found.judging:.1%}"
        yield Row("d", f"everything but painting in %, {name}", 100 * (found.rest + found.judging), note=judged)


def e(bench):
    """Peak memory of VQGAN+CLIP at 512 px"""
    peaks = {}
    for way in ("usual", "ours"):
        command = [sys.executable, "-m", "core.bench.speed", way, bench.device]
        done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
        if done.returncode:
            yield skipped("e", "peak memory of VQGAN+CLIP", f"the {way} way ended with exit status {done.returncode}: out of memory?")
            return
        peaks[way] = json.loads(done.stdout.splitlines()[-1])
        bench.tell(f"  {way} {peaks[way] / MEGABYTE:.0f} MB")
    if not all(peaks.values()):
        yield skipped("e", "peak memory of VQGAN+CLIP", "this system does not tell the peak memory of a process")
        return
    name = f"peak memory of VQGAN+CLIP, usual / ours, {MEMORY_SIDE} px, {MEMORY_CUTOUTS} cutouts"
    note = " against ".join(f"{peaks[way] / MEGABYTE:.0f} MB" for way in ("usual", "ours")) + ", whole processes"
    yield at_least("e", name, peaks["usual"] / peaks["ours"], 2, note)


CHECKS = {check.__name__: check for check in (a, b, c, d, e)}


def run(bench, only=None):
    """All rows, or those of the letters in `only`."""
    rows = []
    for name, check in CHECKS.items():
        if only is None or name in only:
            bench.tell(f"{name}: {check.__doc__} …")
            rows += check(bench)
    return rows


def ratio(seconds, ours="ours"):
    return seconds["usual"] / seconds[ours]


def told(seconds, ours="ours"):
    return f"{seconds['usual']:.2f} s against {seconds[ours]:.2f} s"


def device_name(device):
    """What the figures were measured on, in words."""
    if torch.device(device).type == "cuda":
        return torch.cuda.get_device_name()
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor() or "CPU")


def dtype_name(device):
    """What the painters of a full-size pack compute in on a device."""
    return str(numbers("auto", True, device)).removeprefix("torch.")


def peak(way, device):
    """Bytes held at most by this process while it makes two steps of VQGAN+CLIP the usual way, or ours."""
    from core.memory import peak_bytes
    from core.threads import limit_threads

    limit_threads()
    models = fullsize.FullSize(MEMORY_SIDE, device)
    bench = Bench(device)
    if way == "usual":
        step = UsualVqgan(models, bench.target(models), MEMORY_CUTOUTS)
    else:
        step = bench.painter("vqgan", models, cutouts=MEMORY_CUTOUTS)
    for _ in range(2 if torch.device(device).type == "cuda" else 1):
        step()
    return torch.cuda.max_memory_allocated() if torch.device(device).type == "cuda" else peak_bytes()


if __name__ == "__main__":
    print(peak(*sys.argv[1:]))
