"""Random crops for the judge, all from one explicit generator."""

import math

import torch
import torch.nn.functional as F

# Drawn explicitly: the usual min(size, …) recipe makes every cutout the same
# when the canvas is as small as the judge's input.
CROP_SCALES = (0.5, 0.95)


def draw_crops(count: int, generator: torch.Generator) -> torch.Tensor | None:
    """Where crops lie, count×4 numbers in [0, 1) for `take_crops`; None for one, the whole picture."""
    return None if count == 1 else torch.rand(count, 4, generator=generator)


def take_crops(images: torch.Tensor, draws: torch.Tensor | None, size: int) -> torch.Tensor:
    """Random square crops, half of them mirrored, all in one sampling call; differentiable.

    Args:
        images: 1×3×H×W in [0, 1], H = W.
        draws: rows of `draw_crops`; None gives the whole picture, in its own size.
        size: side of each crop after scaling, the judge's input.

    Returns:
        rows×3×size×size.
    """
    if draws is None:
        return images
    count = len(draws)
    draws = draws.to(images.device)
    low, high = CROP_SCALES
    scale = low + (high - low) * draws[:, 0]  # side of the crop as a fraction of the picture
    centre = (draws[:, 1:3] * 2 - 1) * (1 - scale[:, None])  # keeps the crop inside, units −1 … 1
    mirror = torch.where(draws[:, 3] < 0.5, 1.0, -1.0)

    theta = torch.zeros(count, 2, 3, device=images.device)
    theta[:, 0, 0] = scale * mirror
    theta[:, 1, 1] = scale
    theta[:, :, 2] = centre
    # A crop of more than `size` pixels is sampled k times finer and averaged, so that it does not alias:
    # bilinear samples then lie at most 1¼ pixels apart.
    k = max(1, math.ceil(images.shape[-1] * high / size - 0.25))
    grid = F.affine_grid(theta, [count, 3, size * k, size * k], align_corners=False)
    crops = F.grid_sample(images.expand(count, -1, -1, -1), grid, padding_mode="border", align_corners=False)
    return F.avg_pool2d(crops, k) if k > 1 else crops


def tile_images(images: torch.Tensor, columns: int = 4) -> torch.Tensor:
    """B×3×S×S → one contact sheet 1×3×rows·S×columns·S; unused places are mid-grey."""
    count, channels, height, width = images.shape
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    missing = rows * columns - count
    images = torch.cat([images, images.new_full((missing, channels, height, width), 0.5)])
    grid = images.view(rows, columns, channels, height, width).permute(
        2, 0, 3, 1, 4
    )  # 3, rows, S, columns, S
    return grid.reshape(1, channels, rows * height, columns * width)
