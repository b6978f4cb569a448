"""`python -m core bench realism`: the realism proxy tested like a measuring instrument.

A check is a function of a `RealismTest` that yields report rows; CHECKS lists them in the order of the
report. About ten minutes of one slow core, half of it for the attacks.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from PIL import Image

from core.base.errors import UserError
from core.base.machine import torch_threads
from core.bench import instrument
from core.bench.attacks import attacks
from core.bench.corruptions import ascend, benign_kinds
from core.bench.material import RealismTest
from core.bench.reconstructions import reconstructions
from core.bench.report import ReportRow, at_least, at_most, within
from core.measures.pixel_statistics import STATISTIC_NAMES, pixel_statistics, rho
from core.measures.realism import Realism
from core.measures.reference_fitting import fit_reference
from core.training.evaluate import reconstruct
from core.world.grammar import sample_scene
from core.world.renderer import render

PICTURE_COUNT = 600  # for check 2; the others take a part of them
FEWER_PICTURES = 100
ASCENT_COUNT = 16  # of each kind
MOST_MILLISECONDS = {64: 10, 128: 30, 224: 50}  # side in px → milliseconds
SEEDS = (2**42, 2**43)  # of renderings that only these checks make
Rows = Iterator[ReportRow]


def power_law(n: int, alpha: float, rng: np.random.Generator) -> np.ndarray:
    """n×n noise with power 1/f^alpha around mid-grey, uint8 n×n×3."""
    radius = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.fftfreq(n)[None])
    radius[0, 0] = np.inf
    plane = np.fft.ifft2(np.fft.fft2(rng.normal(size=(n, n))) * radius ** (-alpha / 2)).real
    grey = np.clip(np.rint(128 + 40 * plane / plane.std()), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def vectors(test: RealismTest) -> Rows:
    """Theory: known distributions and spectra"""
    rng = test.rng("vectors")
    yield within("1", "ρ of Gaussian noise", rho(rng.normal(0, 3, 1_000_000)), np.log(np.pi / 2), 0.005)
    yield within("1", "ρ of Laplace noise", rho(rng.laplace(0, 3, 1_000_000)), np.log(2), 0.005)
    column = STATISTIC_NAMES.index("spectral slope")
    for alpha in range(4):
        slopes = [pixel_statistics(power_law(224, alpha, rng))[column] for _ in range(8)]
        yield within("1", f"slope of 1/f^{alpha} noise", float(np.mean(slopes)), alpha, 0.15)


def calibration(test: RealismTest) -> Rows:
    """Calibration on fresh real pictures"""
    yield from instrument.calibration("2", test.realism, test.pictures(PICTURE_COUNT))


def re_encodings(test: RealismTest) -> Rows:
    """Harmless re-encodings"""
    pictures = test.pictures(2 * FEWER_PICTURES)
    yield from instrument.re_encodings("3", test.realism, pictures, benign_kinds(), test.rng("benign"))
    yield from reconstructions("3", test.realism, pictures, partial(reconstruct, test.pack.vqgan))


def ascent(test: RealismTest) -> Rows:
    """Raw ascent against real pictures"""
    real = instrument.score_all(test.realism, test.pictures(FEWER_PICTURES))
    prompts = test.captions(ASCENT_COUNT)
    others = list(test.pictures(2 * ASCENT_COUNT)[ASCENT_COUNT:])
    starts: dict[str, Sequence[np.ndarray | None]] = {
        "noise": [None] * ASCENT_COUNT,
        "a real picture": others,
    }
    for name, pictures in starts.items():
        cases = zip(prompts, range(ASCENT_COUNT), pictures, strict=True)
        painted = [ascend(test.pack, prompt, seed, picture) for prompt, seed, picture in cases]
        scores = instrument.score_all(test.realism, painted)
        separated = instrument.auroc(real, scores)
        yield at_least("4", f"raw ascent from {name}: AUROC", separated, 0.99, f"{ASCENT_COUNT} pictures")
        yield at_most("4", f"raw ascent from {name}: median R", float(np.median(scores)), 0.05)


def ladders(test: RealismTest) -> Rows:
    """Corruption ladders"""
    pictures = test.pictures(FEWER_PICTURES)
    yield from instrument.ladders("5", test.realism, pictures, test.rng("ladders"))


def empty(test: RealismTest) -> Rows:
    """Pictures without content and impossible sizes"""
    yield from instrument.empty("6", test.realism, test.rng("empty"))


def stability(test: RealismTest) -> Rows:
    """Mirror image, one pixel to the side, PNG round trip"""
    realism = test.realism
    pictures = test.pictures(FEWER_PICTURES)
    scores = instrument.score_all(realism, pictures)
    mirrored = instrument.score_all(realism, [np.ascontiguousarray(picture[:, ::-1]) for picture in pictures])
    change = float(np.abs(mirrored - scores).max())
    yield ReportRow("8", "mirror image: largest |ΔR|", change, "< 0.001", change < 1e-3)
    yield at_most("8", "1 px to the side: median |ΔR|", float(np.median(_shifts(test))), 0.03)
    buffer = io.BytesIO()
    Image.fromarray(pictures[0]).save(buffer, "PNG")
    same = realism.score(np.array(Image.open(buffer))) == realism.score(pictures[0])
    yield ReportRow("8", "PNG round trip", "identical" if same else "differs", "identical", same)


def _shifts(test: RealismTest) -> list[float]:
    """|ΔR| of two windows of a larger picture, a pixel apart: what enters at one border leaves at another."""
    realism = test.realism
    size = test.pack.size
    rng = test.rng("shift")
    shifts = []
    for _ in range(FEWER_PICTURES // 2):
        large = render(sample_scene(rng), int(rng.integers(*SEEDS)), size + 1)
        here = realism.score(np.ascontiguousarray(large[:size, :size]))
        there = realism.score(np.ascontiguousarray(large[:size, 1:]))
        shifts.append(abs(here.realism - there.realism))
    return shifts


def speed(test: RealismTest) -> Rows:
    """Time of one picture on one thread"""
    with torch_threads(1):
        for side, limit in MOST_MILLISECONDS.items():
            rng = test.rng(f"speed {side}")
            pictures = [render(sample_scene(rng), int(rng.integers(*SEEDS)), side) for _ in range(40)]
            own = side == test.pack.size
            realism = test.realism if own else _quick_reference(test, pictures)
            cpu, wall = _p95_milliseconds(realism.score, pictures)
            yield at_most("8", _speed_name("R", side), cpu, limit, f"{wall:.1f} ms by the clock")
            cpu, wall = _p95_milliseconds(pixel_statistics, pictures)
            yield ReportRow("8", _speed_name("S alone", side), cpu, note=f"{wall:.1f} ms by the clock")


def _speed_name(what: str, side: int) -> str:
    return f"{what}, one picture of {side} px: p95 in ms"


def _quick_reference(test: RealismTest, pictures: list[np.ndarray]) -> Realism:
    """A reference at another size, good enough to be timed: as many features as the pack's own."""
    realism = test.realism
    reference = fit_reference(pictures[:20], realism.features, pictures[20:])
    manifold = {name: realism.reference[name] for name in ("manifold_features", "manifold_radii")}
    return Realism(reference | manifold, realism.features)


def _p95_milliseconds(
    function: Callable[[np.ndarray], object], pictures: list[np.ndarray]
) -> tuple[float, float]:
    """95th percentiles in milliseconds: of this thread's own processor time, and by the clock.

    Other work on the machine moves processor time least; on an idle machine they are the same.
    """
    function(pictures[0])
    times = []
    for picture in (*pictures, *pictures):
        cpu = time.thread_time()
        wall = time.perf_counter()
        function(picture)
        times.append((time.thread_time() - cpu, time.perf_counter() - wall))
    cpu, wall = 1000 * np.percentile(times, 95, axis=0)
    return float(cpu), float(wall)


def photographs(test: RealismTest) -> Rows:
    """The photograph reference at 224 px, on photographs kept out of calibration"""
    from core.bench.photographs import checks

    try:
        yield from checks(test)
    except UserError as error:
        yield ReportRow("9", "photograph reference", "unusable", "usable", False, str(error))


CHECKS: list[Callable[[RealismTest], Rows]] = [
    *(vectors, calibration, re_encodings, ascent, ladders, empty),
    *(attacks, stability, speed, photographs),
]


def run(test: RealismTest, only: list[str] | None = None) -> list[ReportRow]:
    """All rows of the checks (of those with a name in `only`, if given)."""
    rows: list[ReportRow] = []
    for check in CHECKS:
        if only is None or check.__name__ in only:
            test.tell(f"{check.__doc__} …")
            rows += check(test)
    return rows
