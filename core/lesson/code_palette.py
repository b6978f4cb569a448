"""The palette of the codebook: every code decoded in a field of itself, sorted by its colour."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np

from core.base.images import encode_webp

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

FIELD = 4  # a code is decoded in a field of so many by so many of itself
MOST_COLUMNS = 64
AT_ONCE = 128  # fields that are decoded together


def compute(pack: ModelPack) -> Generator[float, None, tuple[dict, dict[str, bytes]]]:
    """The palette in slices: yields how far it is, 0 … 1; returns (data, pictures).

    data: "order" (codes, row by row: lightness from left to right, hue from top to bottom), "columns",
    "patch" (pixels), "count".
    """
    count = len(pack.vqgan.codebook)
    found = []
    for start in range(0, count, AT_ONCE):
        found.append(_patches(pack, start, min(start + AT_ONCE, count)))
        yield min(0.95, (start + AT_ONCE) / count)
    patches = np.concatenate(found)
    columns = min(MOST_COLUMNS, int(np.ceil((2 * count) ** 0.5)))  # twice as wide as high
    order = _sorted_codes(patches.mean((1, 2)), columns)
    data = {"order": order.tolist(), "columns": columns, "patch": patches.shape[1], "count": count}
    return data, {"palette.webp": encode_webp(_sheet(patches[order], columns), 90)}


def _patches(pack: ModelPack, start: int, stop: int) -> np.ndarray:
    """The middle of the decoded fields of some codes: uint8 n×P×P×3."""
    import torch

    vqgan = pack.vqgan
    patch = vqgan.factor
    middle = slice(patch * (FIELD // 2) - patch // 2, patch * (FIELD // 2) - patch // 2 + patch)
    codes = torch.arange(start, stop, device=pack.device).view(-1, 1, 1).expand(-1, FIELD, FIELD)
    with torch.no_grad():
        decoded = vqgan.decode(vqgan.lookup(codes))[:, :, middle, middle]
    return decoded.mul(255).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def _sheet(patches: np.ndarray, columns: int) -> np.ndarray:
    """Patches uint8 n×P×P×3 side by side, `columns` in a row; black where there are no more."""
    patch = patches.shape[1]
    rows = -(-len(patches) // columns)
    sheet = np.zeros((rows * columns, patch, patch, 3), np.uint8)
    sheet[: len(patches)] = patches
    sheet = sheet.reshape(rows, columns, patch, patch, 3).transpose(0, 2, 1, 3, 4)
    return sheet.reshape(rows * patch, columns * patch, 3)


def _sorted_codes(colours: np.ndarray, columns: int) -> np.ndarray:
    """Codes row by row in a grid of `columns`, from n×3 mean colours.

    The first principal component runs across, light first; the second runs down.
    """
    centred = colours - colours.mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    across, down = (centred @ axes[:2].T).T
    order = np.argsort(-across if axes[0].sum() > 0 else across, kind="stable")
    grid = np.full((-(-len(order) // columns), columns), -1)
    for column, codes in enumerate(np.array_split(order, columns)):
        grid[: len(codes), column] = codes[np.argsort(down[codes], kind="stable")]
    return grid[grid >= 0]
