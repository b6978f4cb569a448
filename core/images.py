"""The only conversions between tensors, uint8 arrays and image files.

Layouts: tensors are float32 B×3×H×W in [0, 1]; arrays are uint8 H×W×3; both RGB.
torch is imported inside the tensor functions, so that the server can use the rest.
"""

import io
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from core.errors import OutputError, UserError

UNFINISHED = ".writing-"  # how the name of a file begins that is not whole yet


def to_uint8(image):
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


def to_tensor(image):
    """uint8 H×W×3, or B×H×W×3 → float32 tensor 1×3×H×W, or B×3×H×W, in [0, 1]."""
    import torch

    image = np.ascontiguousarray(image)
    return torch.from_numpy(image if image.ndim == 4 else image[None]).permute(0, 3, 1, 2).float().div(255)


def encode_png(image, text=None, dpi=None):
    """uint8 H×W×3 → PNG bytes; `text` becomes text records (key → value), `dpi` the size in print."""
    info = PngImagePlugin.PngInfo()
    for key, value in (text or {}).items():
        info.add_text(key, str(value))
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", pnginfo=info, compress_level=3, **({"dpi": (dpi, dpi)} if dpi else {}))
    return buffer.getvalue()


def encode_webp(image, quality=80):
    """uint8 H×W×3 → WebP bytes: a tenth of the PNG, for pictures that are looked at, not measured."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=quality, method=2)
    return buffer.getvalue()


def write_bytes(path, data):
    """Write a file atomically: temporary name in the same folder, then rename.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise OutputError(
            f"Cannot write {path}: {error.strerror or error}. Choose a folder you may write to, on a disk with free space."
        ) from error


def write_png(path, image, text=None):
    """Write uint8 H×W×3 as PNG, atomically. Raises OutputError."""
    write_bytes(path, encode_png(image, text))


def read_image(source):
    """Path or bytes of a picture → uint8 H×W×3.

    Raises:
        UserError: not a picture that Pillow can decode.
    """
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as picture:
            return np.array(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise UserError(f"Cannot read that picture ({error}). Give a PNG, JPEG or WebP file.") from error
