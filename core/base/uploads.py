"""A file that somebody brought → the picture in it, as a person sees it. No torch.

The file is a stranger's: nothing it claims is believed. Every refusal is one sentence that names the file. A
picture's size is read and checked before its pixels are decoded, so that a small file cannot ask for
gigabytes; one file is decoded at a time. Judging, ranking and training all read pictures here: turned as its
EXIF data says, transparent parts on white, whatever its depth.
"""

import contextlib
import io
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.base.errors import PictureError
from core.base.png_chunks import without_text

LOG = logging.getLogger("core")
MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
MIN_SIDE = 16
WHOLE_SIDE = 720  # of the copy that is shown beside what the judge sees
SHORT_NAME = 60  # characters of a file's name
_Read = TypeVar("_Read")


@dataclass(frozen=True)
class UploadRules:
    """What is taken.

    Args:
        formats: Pillow's name of a format → what people call it.
        most_bytes: of a file. most_pixels: of a picture.
    """

    formats: dict[str, str]
    most_bytes: int
    most_pixels: int

    @property
    def formats_text(self) -> str:
        """The formats as in a sentence."""
        *others, last = self.formats.values()
        return f"{', '.join(others)} or {last}"


BROWSER_UPLOADS = UploadRules({"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP"}, MAX_BYTES, MAX_PIXELS)
# More is accepted from a folder of one's own than from a stranger in the browser.
OWN_FILES = UploadRules(
    {
        "PNG": "PNG",
        "JPEG": "JPEG",
        "WEBP": "WebP",
        "GIF": "GIF",
        "BMP": "BMP",
        "TIFF": "TIFF",
        "AVIF": "AVIF",
        "JPEG2000": "JPEG 2000",
        "PPM": "PPM",
    },
    most_bytes=500_000_000,
    most_pixels=170_000_000,
)
_ORIENTATION = 0x0112
_ROTATIONS = {  # EXIF value → what turns the stored picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)
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


def read_upload(data: bytes, name: str, size: int, accepted: UploadRules = BROWSER_UPLOADS) -> Upload:
    """Bytes of a file → the picture in it.

    Args:
        name: the file's, for the sentences.
        size: side in pixels of the pictures that the judge sees.
        accepted: less is taken of strangers than of whoever types the command.

    Raises:
        PictureError: too large, too small, animated, damaged, or of another format.
    """
    return _decoded(data, display_name(name), accepted, lambda picture: _upload(picture, size))


def read_own_file(path: Path, accepted: UploadRules = OWN_FILES) -> np.ndarray:
    """A picture from disk as a person sees it → uint8 H×W×3 at its full size.

    Raises:
        PictureError: as `read_upload`. OSError: the file cannot be read.
    """
    return _decoded(path.read_bytes(), display_name(path.name), accepted, _upright)


def display_name(name: str) -> str:
    """A file's name as it may be shown: printable, without folders, at most SHORT_NAME characters."""
    last = str(name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(character for character in last if character.isprintable()).strip() or "The file"
    return plain if len(plain) <= SHORT_NAME else f"{plain[:40]}…{plain[-16:]}"


def _decoded(data: bytes, name: str, accepted: UploadRules, read: Callable[[Image.Image], _Read]) -> _Read:
    """What `read` makes of the picture in a file, its size and kind checked first. Raises PictureError."""
    if not data:
        raise PictureError(f"{name} is empty; choose a file that holds a picture.")
    if len(data) > accepted.most_bytes:
        raise PictureError(
            f"{name} has {len(data) / 1e6:.0f} MB; "
            f"at most {accepted.most_bytes / 1e6:.0f} MB are accepted, so save it smaller."
        )
    with _one_at_a_time:
        try:
            try:
                return _read_checked(data, name, accepted, read)
            except ValueError:
                # Pillow takes a megabyte of text, or of colour profile, and no more; the picture needs
                # neither.
                return _read_checked(without_text(data), name, accepted, read)
        except (PictureError, MemoryError):
            raise
        except Exception as error:  # decoders raise whatever a damaged file drives them to
            LOG.info("An upload could not be decoded: %r", error)
            raise PictureError(
                f"{name} is damaged or cut off, so it cannot be shown; "
                "open it in an image program and save it again."
            ) from error


def _read_checked(
    data: bytes, name: str, accepted: UploadRules, read: Callable[[Image.Image], _Read]
) -> _Read:
    with _opened(data, name, accepted) as picture:
        if picture.format != "PNG":
            return read(picture)
        picture.verify()  # the checksums, which reading the pixels would pass over; it has to be opened again
    with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
        return read(picture)


def _opened(data: bytes, name: str, accepted: UploadRules) -> Image.Image:
    """The picture, not yet decoded, its size and kind checked."""
    try:
        picture = Image.open(io.BytesIO(data), formats=list(accepted.formats))
    except Image.DecompressionBombError as error:
        raise PictureError(_too_many_pixels(name, "far more than", accepted)) from error
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{name} holds no {accepted.formats_text} picture; "
            "open it in an image program and save it as one of these."
        ) from error
    width, height = picture.size
    if width * height > accepted.most_pixels:
        raise PictureError(_too_many_pixels(name, f"{width} × {height} pixels, more than", accepted))
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            f"{name} has {width} × {height} pixels; each side needs at least {MIN_SIDE}, "
            "so choose a larger picture."
        )
    # Many phones append a second, smaller picture to a JPEG (MPO): that is no animation.
    if picture.format not in ("MPO", "TIFF") and getattr(picture, "is_animated", False):
        raise PictureError(f"{name} is animated; save one of its frames as a PNG, JPEG or WebP picture.")
    return picture


def _too_many_pixels(name: str, problem: str, accepted: UploadRules) -> str:
    most = f"{accepted.most_pixels / 1e6:.0f} million pixels"
    return f"{name} has {problem} the {most} that are accepted; save it smaller."


def _upload(picture: Image.Image, size: int) -> Upload:
    orientation = _orientation(picture)
    width, height = picture.size
    if orientation in _SIDEWAYS:
        width, height = height, width
    # A JPEG can be decoded at a fraction of its size: half of the time and an eighth of the memory.
    picture.draft("RGB", (2 * max(size, WHOLE_SIDE),) * 2)
    flat = _rgb(picture)
    # Turned when small: a second copy of a large picture would cost 160 MB more.
    whole = _turned(_at_most(flat, WHOLE_SIDE), orientation)
    seen = _turned(_middle_square(flat, size), orientation)
    return Upload(width, height, np.array(whole), np.array(seen))


def _upright(picture: Image.Image) -> np.ndarray:
    orientation = _orientation(picture)
    return np.array(_turned(_rgb(picture), orientation))


def _orientation(picture: Image.Image) -> int:
    with contextlib.suppress(Exception):  # damaged EXIF is no reason to refuse the picture
        return picture.getexif().get(_ORIENTATION, 1)
    return 1


def _turned(picture: Image.Image, orientation: int) -> Image.Image:
    turn = _ROTATIONS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _rgb(picture: Image.Image) -> Image.Image:
    """Any mode → RGB, transparent parts on white."""
    if picture.mode == "F" or picture.mode.startswith("I"):  # which Pillow would clip to white
        return Image.fromarray(_eight_bits(np.asarray(picture))).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layers = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    flat = Image.new("RGB", layers.size, "white")
    flat.paste(layers, mask=layers.getchannel("A"))
    return flat


def _eight_bits(grey: np.ndarray) -> np.ndarray:
    """Grey values of 16 or 32 bits, or floating point from 0 to 1, → uint8."""
    if grey.dtype.kind == "f":
        values = np.nan_to_num(grey, nan=0.0)
        return (values * (255 if values.max() <= 1 else 1)).round().clip(0, 255).astype(np.uint8)
    if grey.dtype == np.int32:
        grey = grey.view(np.uint32)  # Pillow has no unsigned mode
    bits = 24 if int(grey.max()) >= 1 << 16 else 8
    return np.right_shift(grey, bits).clip(0, 255).astype(np.uint8)


def _at_most(picture: Image.Image, longest: int) -> Image.Image:
    scale = min(1.0, longest / max(picture.size))
    if scale == 1:
        return picture
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _middle_square(picture: Image.Image, size: int) -> Image.Image:
    side = min(picture.size)
    left = (picture.width - side) // 2
    top = (picture.height - side) // 2
    box = (left, top, left + side, top + side)
    return picture.resize((size, size), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
