"""`python -m core bench realism`: the realism proxy tested like a measuring instrument.

A check is a function of a `Lab` that yields `Row`s; CHECKS lists them in the order of the report. About ten
minutes of one slow core, half of it for the attacks.
"""

import io
import time

import numpy as np
from PIL import Image

from core.bench import instrument
from core.bench.attacks import attacks
from core.bench.corruptions import ascend, benign_kinds
from core.bench.rows import Row, at_least, at_most, within
from core.errors import UserError
from core.realism import Realism, fit_reference
from core.statistics import NAMES, rho, statistics
from core.training.evaluate import reconstruct
from core.world.grammar import sample_scene
from core.world.renderer import render

PICTURES = 600  # for check 2; the others take a part of them
SOME = 100
ASCENTS = 16  # of each kind
LIMITS = {64: 10, 128: 30, 224: 50}  # side in px → milliseconds


def power_law(n, alpha, rng):
    """n×n noise with power 1/f^alpha around mid-grey, uint8 n×n×3."""
    radius = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.fftfreq(n)[None])
    radius[0, 0] = np.inf
    plane = np.fft.ifft2(np.fft.fft2(rng.normal(size=(n, n))) * radius ** (-alpha / 2)).real
    grey = np.clip(np.rint(128 + 40 * plane / plane.std()), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def vectors(lab):
    """Theory: known distributions and spectra"""
    rng = lab.rng("vectors")
    yield within("1", "ρ of Gaussian noise", rho(rng.normal(0, 3, 1_000_000)), np.log(np.pi / 2), 0.005)
    yield within("1", "ρ of Laplace noise", rho(rng.laplace(0, 3, 1_000_000)), np.log(2), 0.005)
    column = NAMES.index("spectral slope")
    for alpha in range(4):
        slope = np.mean([statistics(power_law(224, alpha, rng))[column] for _ in range(8)])
        yield within("1", f"slope of 1/f^{alpha} noise", slope, alpha, 0.15)


def calibration(lab):
    """Calibration on fresh real pictures"""
    yield from instrument.calibration("2", lab.pack.realism, lab.pictures(PICTURES))


def re_encodings(lab):
    """Harmless re-encodings"""
    kinds = benign_kinds(lambda image: reconstruct(lab.pack.vqgan, image))
    yield from instrument.re_encodings("3", lab.pack.realism, lab.pictures(2 * SOME), kinds, lab.rng("benign"))


def ascent(lab):
    """Raw ascent against real pictures"""
    real = instrument.score_all(lab.pack.realism, lab.pictures(SOME))
    prompts = lab.captions(ASCENTS)
    starts = {"noise": [None] * ASCENTS, "a real picture": lab.pictures(2 * ASCENTS)[ASCENTS:]}
    for name, pictures in starts.items():
        painted = [ascend(lab.pack, *each) for each in zip(prompts, range(ASCENTS), pictures, strict=True)]
        scores = instrument.score_all(lab.pack.realism, painted)
        yield at_least("4", f"raw ascent from {name}: AUROC", instrument.auroc(real, scores), 0.99, f"{ASCENTS} pictures")
        yield at_most("4", f"raw ascent from {name}: median R", np.median(scores), 0.05)


def ladders(lab):
    """Corruption ladders"""
    yield from instrument.ladders("5", lab.pack.realism, lab.pictures(SOME), lab.rng("ladders"))


def empty(lab):
    """Pictures without content and impossible sizes"""
    yield from instrument.empty("6", lab.pack.realism, lab.rng("empty"))


def stability(lab):
    """Mirror image, one pixel to the side, PNG round trip"""
    realism, size = lab.pack.realism, lab.pack.size
    pictures = lab.pictures(SOME)
    scores = instrument.score_all(realism, pictures)
    mirrored = instrument.score_all(realism, [np.ascontiguousarray(p[:, ::-1]) for p in pictures])
    change = np.abs(mirrored - scores).max()
    yield Row("8", "mirror image: largest |ΔR|", float(change), "< 0.001", bool(change < 1e-3))
    # Two windows of one larger picture, a pixel apart: what enters at one border leaves at the other.
    rng, shifts = lab.rng("shift"), []
    for _ in range(SOME // 2):
        large = render(sample_scene(rng), int(rng.integers(2**42, 2**43)), size + 1)
        here, there = large[:size, :size], large[:size, 1:]
        shifts.append(abs(realism.score(np.ascontiguousarray(here)).realism - realism.score(np.ascontiguousarray(there)).realism))
    yield at_most("8", "1 px to the side: median |ΔR|", np.median(shifts), 0.03)
    buffer = io.BytesIO()
    Image.fromarray(pictures[0]).save(buffer, "PNG")
    same = realism.score(np.array(Image.open(buffer))) == realism.score(pictures[0])
    yield Row("8", "PNG round trip", "identical" if same else "differs", "identical", same)


def speed(lab):
    """Time of one picture on one thread"""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for side, limit in LIMITS.items():
            rng = lab.rng(f"speed {side}")
            pictures = [render(sample_scene(rng), int(rng.integers(2**42, 2**43)), side) for _ in range(40)]
            realism = lab.pack.realism if side == lab.pack.size else _quick_reference(lab, pictures)
            for name, function, bound in (("R", realism.score, limit), ("S alone", statistics, None)):
                own, wall = _p95(function, pictures)
                row = at_most("8", f"{name}, one picture of {side} px: p95 in ms", own, bound or np.inf, f"{wall:.1f} ms by the clock")
                yield row if bound else Row("8", row.name, own, note=row.note)
    finally:
        torch.set_num_threads(threads)


def _quick_reference(lab, pictures):
    """A reference at another size, good enough to be timed: as many features as the pack's own."""
    reference = fit_reference(pictures[:20], lab.pack.realism.features, pictures[20:])
    own = lab.pack.realism.reference
    return Realism(reference | {name: own[name] for name in ("manifold_features", "manifold_radii")}, lab.pack.realism.features)


def _p95(function, pictures):
    """95th percentile of milliseconds: of this thread's own processor time, which other work on the machine moves
    least, and by the clock. On an idle machine they are the same.
    """
    function(pictures[0])
    times = []
    for picture in (*pictures, *pictures):
        own, wall = time.thread_time(), time.perf_counter()
        function(picture)
        times.append((time.thread_time() - own, time.perf_counter() - wall))
    return 1000 * np.percentile(times, 95, axis=0)


def photographs(lab):
    """The photograph reference at 224 px, on photographs kept out of calibration"""
    from core.bench.photographs import checks

    try:
        yield from checks(lab)
    except UserError as error:
        yield Row("9", "photograph reference", "unusable", "usable", False, str(error))


CHECKS = [vectors, calibration, re_encodings, ascent, ladders, empty, attacks, stability, speed, photographs]  # each: Lab → iterator of Row


def run(lab, only=None):
    """All rows of the checks (of those with a name in `only`, if given)."""
    rows = []
    for check in CHECKS:
        if only is None or check.__name__ in only:
            lab.tell(f"{check.__doc__} …")
            rows += check(lab)
    return rows


def failed(rows):
    """Rows that fall short."""
    return [row for row in rows if row.ok is False]
