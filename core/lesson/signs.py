"""The five signs of a picture that only pleases its judge, each as one or two figures beside those of real pictures.

Three are read from the pixels here: tiny repeated textures, over-sharpened edges, floating fragments. Two are in the
run's own figures: high confidence (the judge's score and gap) and low realism. NumPy and SciPy only, no torch.

Luma is Y = .299 R + .587 G + .114 B in grey levels, 0 … 255; every figure is the same for a mirrored picture.
"""

import numpy as np
from scipy.fft import irfft2, rfft2
from scipy.ndimage import find_objects, gaussian_filter, label, uniform_filter

from core.statistics import check_picture

TILES = 16  # along one side of a map
FINE_SIGMA = 1.0  # px: what a blur of this size removes is fine detail
EDGE_SIGMA = 0.7  # px: derivative-of-Gaussian edges (Canny 1986), so that film grain is no edge
LAGS = (3, 40)  # px: shifts at which fine detail may repeat itself; nearer ones are the same spot
SPOT, SURROUND = 2.0, 12.0  # px: centre and surround of saliency (Itti, Koch and Niebur 1998)
SALIENT = 0.1  # share of the picture that counts as salient: the same in every picture, so that numbers of pieces compare
SMALLEST = 0.0006  # share of the picture that a piece must have: 10 px of 128×128
MAPS = ("textures", "edges")
MEASURES = ("fine", "repeat", "edges", "pieces", "scattered")  # and "lag", which has no band: where it repeats


def measure(image):
    """All pixel figures of one picture.

    Args:
        image: uint8 H×W×3, sides 16 … 2048.

    Returns:
        (figures, maps, boxes). figures: name in MEASURES → float; and "lag", px.
        maps: name in MAPS → float TILES×TILES: RMS of fine detail, and mean edge strength, in grey levels.
        boxes: [left, top, width, height] of the disconnected pieces as shares of the sides, the largest piece left out.

    Raises:
        UserError: another layout or size.
    """
    check_picture(image)
    rgb = image.astype(np.float64)
    luma = rgb @ np.array([0.299, 0.587, 0.114])
    detail = luma - gaussian_filter(luma, FINE_SIGMA, mode="mirror")
    edges = np.hypot(*(gaussian_filter(luma, EDGE_SIGMA, order=order, mode="mirror") for order in ((0, 1), (1, 0))))
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
    maps = {"textures": np.sqrt(tiles(detail**2)), "edges": tiles(edges)}
    return figures, maps, boxes


def repetition(detail):
    """(highest correlation of fine detail with itself, 0 … 1, shifted by LAGS; that shift's length in pixels).

    Autocorrelation by the Wiener–Khinchin theorem, after dividing by the local contrast, so that one strong edge does
    not decide; without wrapping around, and per pair of pixels that overlap.
    """
    even = detail / (np.sqrt(np.maximum(uniform_filter(detail**2, 9, mode="mirror"), 0)) + 1.0)
    even -= even.mean()
    height, width = even.shape
    shape = (2 * height, 2 * width)
    sums = irfft2(np.abs(rfft2(even, shape)) ** 2, shape)
    rows, columns = (np.minimum(np.arange(2 * n), 2 * n - np.arange(2 * n)) for n in (height, width))
    pairs = (height - rows)[:, None] * (width - columns)[None, :]
    distance = np.maximum(rows[:, None], columns[None, :])
    reach = min(LAGS[1], min(height, width) // 3)
    allowed = (distance >= LAGS[0]) & (distance <= reach)
    correlation = np.where(allowed, sums / np.maximum(pairs, 1), 0) / max(even.var(), 1e-9)
    row, column = np.unravel_index(np.argmax(correlation), shape)
    return float(max(0.0, correlation[row, column])), float(np.hypot(rows[row], columns[column]))


def tiles(plane):
    """H×W → mean of each of TILES×TILES equal parts (edges rounded to pixels)."""
    rows, columns = (np.linspace(0, side, TILES + 1).round().astype(int)[:-1] for side in plane.shape)
    sums = np.add.reduceat(np.add.reduceat(plane, rows, axis=0), columns, axis=1)
    counts = np.add.reduceat(np.add.reduceat(np.ones_like(plane), rows, axis=0), columns, axis=1)
    return sums / counts


def _pieces(rgb):
    """(int H×W, 0 or the number of a salient piece; boxes of all but the largest)."""
    spots, around = (gaussian_filter(rgb, (sigma, sigma, 0), mode="mirror", truncate=3.0) for sigma in (SPOT, SURROUND))
    contrast = np.sqrt(((spots - around) ** 2).sum(axis=2))
    pieces, _ = label(contrast > max(1.0, np.quantile(contrast, 1 - SALIENT)), structure=np.ones((3, 3)))
    areas = np.bincount(pieces.ravel())
    areas[0] = 0
    kept = np.flatnonzero(areas >= max(2, SMALLEST * pieces.size))
    kept = kept[np.argsort(-areas[kept], kind="stable")]
    renumber = np.zeros(len(areas), int)
    renumber[kept] = np.arange(1, len(kept) + 1)
    pieces = renumber[pieces]
    height, width = pieces.shape
    boxes = [[cut[1].start / width, cut[0].start / height, (cut[1].stop - cut[1].start) / width, (cut[0].stop - cut[0].start) / height]
             for cut in find_objects(pieces)[1:]]  # fmt: skip
    return pieces, boxes


def bands(pictures):
    """Where real pictures lie.

    Args:
        pictures: iterable of uint8 H×W×3 of one size.

    Returns:
        {"pictures": how many, "figures": name in MEASURES → {"p5", "p50", "p95"}, "tiles": name in MAPS → 95th percentile}.
    """
    measured = [measure(picture)[:2] for picture in pictures]
    return {
        "pictures": len(measured),
        "figures": {
            name: {f"p{q}": round(float(np.percentile([figures[name] for figures, _ in measured], q)), 4) for q in (5, 50, 95)}
            for name in MEASURES
        },
        "tiles": {name: round(float(np.percentile([maps[name] for _, maps in measured], 95)), 4) for name in MAPS},
    }


def shown(image, found=None):
    """The measures of one picture as the page wants them: JSON-ready.

    Args:
        found: what core.lesson.bands.read gives, or None.

    Returns:
        {"figures", "boxes" (three decimals), "maps": name → TILES² digits, row by row}. A digit is 0 up to the 95th
        percentile of real tiles and 9 from four times of it; without bands the maps are left out.
    """
    figures, maps, boxes = measure(image)
    digits = {}
    for name in MAPS if found else ():
        excess = np.log2(np.maximum(maps[name] / found["tiles"][name], 1)) / 2  # 0 at the percentile, 1 at four times
        digits[name] = "".join(str(int(v)) for v in np.ceil(np.minimum(excess, 1) * 9).ravel())
    return {
        "figures": {name: round(value, 4) for name, value in figures.items()},
        "boxes": [[round(float(v), 3) for v in box] for box in boxes],
        "maps": digits,
    }
