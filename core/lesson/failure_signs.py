"""The five signs of a picture that only pleases its judge, each as one or two numbers beside those of real
pictures.

Three are read from the pixels here: tiny repeated textures, over-sharpened edges, floating fragments. Two are
in the run's own measures: high confidence (the judge's score and gap) and low realism. NumPy and SciPy only,
no torch.

Luma is Y = .299 R + .587 G + .114 B in grey levels, 0 … 255; every sign is the same for a mirrored picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.fft import irfft2, rfft2
from scipy.ndimage import find_objects, gaussian_filter, label, uniform_filter

from core.measures.pixel_statistics import check_measurable

TILES = 16  # along one side of a map
FINE_SIGMA = 1.0  # px: what a blur of this size removes is fine detail
EDGE_SIGMA = 0.7  # px: derivative-of-Gaussian edges (Canny 1986), so that film grain is no edge
LAGS = (3, 40)  # px: shifts at which fine detail may repeat itself; nearer ones are the same spot
SPOT = 2.0  # px: centre of saliency (Itti, Koch and Niebur 1998)
SURROUND = 12.0  # px
SALIENT = (
    0.1  # share of the picture that counts as salient: the same in every picture, so that pieces compare
)
SMALLEST = 0.0006  # share of the picture that a piece must have: 10 px of 128×128
MAPS = ("textures", "edges")
SIGNS = ("fine", "repeat", "edges", "pieces", "scattered")  # and "lag", which has no band: where it repeats


class Signs(NamedTuple):
    """What was read from one picture.

    Args:
        figures: name in SIGNS → value; and "lag", px.
        maps: name in MAPS → float TILES×TILES: RMS of fine detail, and mean edge strength, in grey levels.
        boxes: [left, top, width, height] of the disconnected pieces as shares of the sides, without the
            largest piece.
    """

    figures: dict[str, float]
    maps: dict[str, np.ndarray]
    boxes: list[list[float]]


def measure_signs(image: np.ndarray) -> Signs:
    """All signs of one picture, uint8 H×W×3, sides 16 … 2048. Raises UserError: another layout or size."""
    check_measurable(image)
    rgb = image.astype(np.float64)
    luma = rgb @ np.array([0.299, 0.587, 0.114])
    detail = luma - gaussian_filter(luma, FINE_SIGMA, mode="mirror")
    slopes = (gaussian_filter(luma, EDGE_SIGMA, order=order, mode="mirror") for order in ((0, 1), (1, 0)))
    edges = np.hypot(*slopes)
    pieces, boxes = _pieces(rgb)
    areas = np.bincount(pieces.ravel())[1:]
    repeat, lag = repetition(detail)
    figures = {
        "fine": float(detail.std()),
        "repeat": repeat,
        "lag": float(lag),
        "edges": float(np.percentile(edges, 95)),
        "pieces": float(len(areas)),
        "scattered": float(1 - areas.max() / areas.sum()) if len(areas) else 0.0,
    }
    return Signs(figures, {"textures": np.sqrt(tiles(detail**2)), "edges": tiles(edges)}, boxes)


def repetition(detail: np.ndarray) -> tuple[float, float]:
    """(highest correlation of fine detail H×W with itself shifted by LAGS, 0 … 1; that shift's length in
    pixels).

    Autocorrelation by the Wiener–Khinchin theorem, after dividing by the local contrast, so that one strong
    edge does not decide; without wrapping around, and per pair of pixels that overlap.
    """
    local_contrast = np.sqrt(np.maximum(uniform_filter(detail**2, 9, mode="mirror"), 0))
    even = detail / (local_contrast + 1.0)
    even -= even.mean()
    height, width = even.shape
    shape = (2 * height, 2 * width)
    sums = irfft2(np.abs(rfft2(even, shape)) ** 2, shape)
    rows = _shifts(height)
    columns = _shifts(width)
    pairs = (height - rows)[:, None] * (width - columns)[None, :]
    distance = np.maximum(rows[:, None], columns[None, :])
    reach = min(LAGS[1], min(height, width) // 3)
    allowed = (distance >= LAGS[0]) & (distance <= reach)
    correlation = np.where(allowed, sums / np.maximum(pairs, 1), 0) / max(even.var(), 1e-9)
    row, column = np.unravel_index(np.argmax(correlation), shape)
    return float(max(0.0, correlation[row, column])), float(np.hypot(rows[row], columns[column]))


def _shifts(side: int) -> np.ndarray:
    """The shift behind each entry of an autocorrelation of 2·side values."""
    forward = np.arange(2 * side)
    return np.minimum(forward, 2 * side - forward)


def tiles(plane: np.ndarray) -> np.ndarray:
    """H×W → mean of each of TILES×TILES equal parts (edges rounded to pixels)."""
    rows, columns = (np.linspace(0, side, TILES + 1).round().astype(int)[:-1] for side in plane.shape)
    sums = np.add.reduceat(np.add.reduceat(plane, rows, axis=0), columns, axis=1)
    counts = np.add.reduceat(np.add.reduceat(np.ones_like(plane), rows, axis=0), columns, axis=1)
    return sums / counts


def _pieces(rgb: np.ndarray) -> tuple[np.ndarray, list[list[float]]]:
    """(int H×W, 0 or the number of a salient piece, the largest first; boxes of all but the largest)."""
    spots, surround = (
        gaussian_filter(rgb, (sigma, sigma, 0), mode="mirror", truncate=3.0) for sigma in (SPOT, SURROUND)
    )
    contrast = np.sqrt(((spots - surround) ** 2).sum(axis=2))
    salient = contrast > max(1.0, np.quantile(contrast, 1 - SALIENT))
    pieces, _ = label(salient, structure=np.ones((3, 3)))
    areas = np.bincount(pieces.ravel())
    areas[0] = 0
    kept = np.flatnonzero(areas >= max(2, SMALLEST * pieces.size))
    kept = kept[np.argsort(-areas[kept], kind="stable")]
    renumber = np.zeros(len(areas), int)
    renumber[kept] = np.arange(1, len(kept) + 1)
    pieces = renumber[pieces]
    return pieces, [_box(cut, pieces.shape) for cut in find_objects(pieces)[1:]]


def _box(cut: tuple[slice, slice], shape: tuple[int, ...]) -> list[float]:
    """[left, top, width, height] of a piece as shares of the sides."""
    height, width = shape
    rows, columns = cut
    return [
        columns.start / width,
        rows.start / height,
        (columns.stop - columns.start) / width,
        (rows.stop - rows.start) / height,
    ]


def sign_bands(pictures: Iterable[np.ndarray]) -> dict[str, Any]:
    """Where real pictures, uint8 H×W×3 of one size, lie.

    Returns:
        {"pictures": how many, "figures": name in SIGNS → {"p5", "p50", "p95"},
        "tiles": name in MAPS → 95th percentile}.
    """
    measured = [measure_signs(picture) for picture in pictures]

    def percentile(values: list, q: int) -> float:
        return round(float(np.percentile(values, q)), 4)

    figures = {}
    for name in SIGNS:
        values = [signs.figures[name] for signs in measured]
        figures[name] = {f"p{q}": percentile(values, q) for q in (5, 50, 95)}
    return {
        "pictures": len(measured),
        "figures": figures,
        "tiles": {name: percentile([signs.maps[name] for signs in measured], 95) for name in MAPS},
    }


def signs_for_page(image: np.ndarray, found: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The signs of one picture uint8 H×W×3 as the page wants them: JSON-ready.

    Args:
        found: what core.lesson.sign_bands.read_bands gives, or None.

    Returns:
        {"figures", "boxes" (three decimals), "maps": name → TILES² digits, row by row}. A digit is 0 up to
        the 95th percentile of real tiles and 9 from four times of it; without bands the maps are left out.
    """
    signs = measure_signs(image)
    return {
        "figures": {name: round(value, 4) for name, value in signs.figures.items()},
        "boxes": [[round(float(share), 3) for share in box] for box in signs.boxes],
        "maps": {name: _digits(signs.maps[name], found["tiles"][name]) for name in MAPS} if found else {},
    }


def _digits(tile_values: np.ndarray, real: float) -> str:
    excess = np.log2(np.maximum(tile_values / real, 1)) / 2  # 0 at the percentile, 1 at four times
    return "".join(str(int(value)) for value in np.ceil(np.minimum(excess, 1) * 9).ravel())
