"""An uploaded file → the picture in it. The file is a stranger's: nothing it claims is believed. No torch.

Every refusal is one sentence that names the file. A picture's size is read and checked before its
pixels are decoded, so that a small file cannot ask for gigabytes; one file is decoded at a time.
"""

import contextlib
import io
import logging
import threading
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import PictureError

LOG = logging.getLogger("core")
MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
MIN_SIDE = 16
WHOLE_SIDE = 720  # of the copy that is shown beside what the judge sees


@dataclass(frozen=True)
class Accepted:
    """What is taken.

    Args:
        formats: Pillow's name of a format → what people call it.
        most_bytes: of a file. most_pixels: of a picture.
    """

    formats: dict
    most_bytes: int
    most_pixels: int

    @property
    def named(self):
        """The formats as in a sentence."""
        *others, last = self.formats.values()
        return f"{', '.join(others)} or {last}"


UPLOADS = Accepted({"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP"}, MAX_BYTES, MAX_PIXELS)
_ORIENTATION = 0x0112
_TURNS = {  # EXIF value → what turns the stored picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Upload:
    """A picture that was accepted.

    Args:
        width, height: as a person sees it, EXIF orientation applied.
        whole: uint8 H×W×3, all of it, at most WHOLE_SIDE pixels on the longer side.
        seen: uint8 size×size×3, what the judge sees: the middle square at the pack's size.
    """

    width: int
    height: int
    whole: np.ndarray
    seen: np.ndarray


def read_upload(data, name, size, accepted=UPLOADS):
    """Bytes of a file → Upload.

    Args:
        name: the file's, for the sentences.
        size: side in pixels of the pictures that the judge sees.
        accepted: Accepted; less is taken of strangers than of whoever types the command.

    Raises:
        PictureError: too large, too small, animated, damaged, or of another format.
    """
    name = shown_name(name)
    if not data:
        raise PictureError(f"{name} is empty; choose a file that holds a picture.")
    if len(data) > accepted.most_bytes:
        most = f"at most {accepted.most_bytes / 1e6:.0f} MB are accepted, so save it smaller"
        raise PictureError(f"{name} has {len(data) / 1e6:.0f} MB; {most}.")
    with _one_at_a_time:
        try:
            with _opened(data, name, accepted) as picture:
                return _read(picture, size)
        except PictureError:
            raise
        except Exception as error:  # decoders raise whatever a damaged file drives them to
            LOG.info("An upload could not be decoded: %r", error)
            raise PictureError(
                f"{name} is damaged or cut off, so it cannot be shown; open it in an image program and save it again."
            ) from error


def shown_name(name):
    """A file's name as it may be shown: printable, without folders, at most 60 characters."""
    plain = "".join(c for c in str(name).replace("\\", "/").rpartition("/")[2] if c.isprintable()).strip() or "The file"
    return plain if len(plain) <= 60 else f"{plain[:40]}…{plain[-16:]}"


def _opened(data, name, accepted):
    """The picture, not yet decoded, its size and kind checked."""
    try:
        picture = Image.open(io.BytesIO(data), formats=list(accepted.formats))
    except Image.DecompressionBombError as error:
        raise PictureError(_too_many(name, "far more than", accepted)) from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{name} holds no {accepted.named} picture; open it in an image program and save it as one of these.") from error
    width, height = picture.size
    if width * height > accepted.most_pixels:
        raise PictureError(_too_many(name, f"{width} × {height} pixels, more than", accepted))
    if min(width, height) < MIN_SIDE:
        raise PictureError(f"{name} has {width} × {height} pixels; each side needs at least {MIN_SIDE}, so choose a larger picture.")
    # Many phones append a second, smaller picture to a JPEG (MPO): that is no animation.
    if picture.format != "MPO" and getattr(picture, "is_animated", False):
        raise PictureError(f"{name} is animated; save one of its frames as a PNG, JPEG or WebP picture.")
    if picture.format == "PNG":
        picture.verify()  # the checksums, which reading the pixels would pass over; it has to be opened again
        picture = Image.open(io.BytesIO(data), formats=["PNG"])
    return picture


def _too_many(name, what, accepted):
    return f"{name} has {what} the {accepted.most_pixels / 1e6:.0f} million pixels that are accepted; save it smaller."


def _read(picture, size):
    width, height = picture.size
    orientation = 1
    with contextlib.suppress(Exception):  # damaged EXIF is no reason to refuse the picture
        orientation = picture.getexif().get(_ORIENTATION, 1)
    # A JPEG can be decoded at a fraction of its size: half of the time and an eighth of the memory.
    picture.draft("RGB", (2 * max(size, WHOLE_SIDE),) * 2)
    flat = _rgb(picture)
    turn = _TURNS.get(orientation)
    # Turned when small: a second copy of a large picture would cost 160 MB more.
    whole, seen = (np.array(part if turn is None else part.transpose(turn)) for part in (_whole(flat), _seen(flat, size)))
    if orientation in (5, 6, 7, 8):
        width, height = height, width
    return Upload(width, height, whole, seen)


def _rgb(picture):
    """Any mode → RGB, transparent parts on white."""
    if picture.mode.startswith("I"):  # 16-bit grey, which Pillow would clip to white
        values = np.right_shift(np.asarray(picture), 8).clip(0, 255).astype(np.uint8)
        return Image.fromarray(values).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layers = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    flat = Image.new("RGB", layers.size, "white")
    flat.paste(layers, mask=layers.getchannel("A"))
    return flat


def _whole(picture):
    scale = min(1.0, WHOLE_SIDE / max(picture.size))
    size = tuple(max(1, round(side * scale)) for side in picture.size)
    return picture if scale == 1 else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _seen(picture, size):
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.resize((size, size), Image.Resampling.LANCZOS, box=(left, top, left + side, top + side), reducing_gap=3.0)
