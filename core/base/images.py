"""The only conversions between tensors, uint8 arrays and image files.

Layouts: tensors are float32 B×3×H×W in [0, 1]; arrays are uint8 H×W×3; both RGB.
torch is imported inside the tensor functions, so that the server can use the rest.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, PngImagePlugin

from core.base.errors import UserError
from core.base.files import write_bytes

if TYPE_CHECKING:
    import torch


def to_uint8(image: torch.Tensor) -> np.ndarray:
    """float tensor 3×H×W or 1×3×H×W in [0, 1] → uint8 H×W×3 (rounded, clamped).

    Raises:
        FloatingPointError: a value is NaN or infinite; it would silently become a black pixel.
    """
    if image.ndim == 4:
        image = image[0]
    image = image.detach().float()
    if not image.isfinite().all():
        raise FloatingPointError("the picture holds values that are not finite")
    image = image.clamp(0, 1).mul(255).round()
    return image.permute(1, 2, 0).contiguous().cpu().numpy().astype(np.uint8)


def to_tensor(image: np.ndarray) -> torch.Tensor:
    """uint8 H×W×3, or B×H×W×3 → float32 tensor 1×3×H×W, or B×3×H×W, in [0, 1]."""
    import torch

    image = np.ascontiguousarray(image)
    return torch.from_numpy(image if image.ndim == 4 else image[None]).permute(0, 3, 1, 2).float().div(255)


def png_info(text: Mapping[str, str] | None) -> PngImagePlugin.PngInfo:
    """Text records (key → value) as Pillow writes them into a PNG."""
    info = PngImagePlugin.PngInfo()
    for key, value in (text or {}).items():
        info.add_text(key, str(value))
    return info


def encode_png(image: np.ndarray, text: Mapping[str, str] | None = None, dpi: float | None = None) -> bytes:
    """uint8 H×W×3 → PNG bytes; `text` becomes text records (key → value), `dpi` the size in print."""
    buffer = io.BytesIO()
    print_size = {"dpi": (dpi, dpi)} if dpi else {}
    Image.fromarray(image).save(buffer, "PNG", pnginfo=png_info(text), compress_level=3, **print_size)
    return buffer.getvalue()


def encode_webp(image: np.ndarray, quality: int = 80) -> bytes:
    """uint8 H×W×3 → WebP bytes: a tenth of the PNG, for pictures that are looked at, not measured."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=quality, method=2)
    return buffer.getvalue()


def write_png(path: Path | str, image: np.ndarray, text: Mapping[str, str] | None = None) -> None:
    """Write uint8 H×W×3 as PNG, atomically. Raises OutputError."""
    write_bytes(path, encode_png(image, text))


def read_image(source: Path | str | bytes) -> np.ndarray:
    """Path or bytes of a picture that this program wrote → uint8 H×W×3; people's files: core.base.uploads.

    Raises:
        UserError: not a picture that Pillow can decode.
    """
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as picture:
            return np.array(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise UserError(f"Cannot read that picture ({error}). Give a PNG, JPEG or WebP file.") from error
