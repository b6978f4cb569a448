"""The chunks of a PNG file, walked without decoding any; what is in them is written and read by Pillow."""

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from PIL import Image, PngImagePlugin

from core.base.images import png_info

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_END = len(SIGNATURE) + 25  # IHDR is always first and has 13 bytes
TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")
LONGEST_KEY = 80
MAX_CHUNKS = 10_000
_ONE_PIXEL = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)  # IHDR of the smallest RGB picture


@dataclass(frozen=True)
class Chunk:
    """Where one chunk lies in a file.

    Args:
        kind: four letters, such as b"tEXt".
        start, end: length and checksum included; `end` may lie behind the end of a file that was cut off.
    """

    kind: bytes
    start: int
    end: int


def png_chunks(png: bytes) -> Iterator[Chunk]:
    """The chunks before IEND, of a file that begins with SIGNATURE, MAX_CHUNKS at most.

    Raises:
        EOFError: the file ends between two chunks, before IEND.
    """
    at = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if at + 12 > len(png):
            raise EOFError
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IEND":
            return
        yield Chunk(kind, at, at + 12 + length)
        at += 12 + length


def text_key(png: bytes, chunk: Chunk) -> str:
    """The key of a text chunk."""
    body = png[chunk.start + 8 : chunk.end - 4]
    return body[: LONGEST_KEY + 1].partition(b"\0")[0][:LONGEST_KEY].decode("latin-1")


def read_text(png: bytes, chunk: Chunk) -> str | None:
    """The text of a text chunk, or None if it is damaged; Pillow stops at a megabyte."""
    alone = io.BytesIO()
    alone.write(SIGNATURE)
    PngImagePlugin.putchunk(alone, b"IHDR", _ONE_PIXEL)
    alone.write(png[chunk.start : chunk.end])
    PngImagePlugin.putchunk(alone, b"IEND")
    try:
        with Image.open(alone, formats=["PNG"]) as picture:
            text = picture.info.get(text_key(png, chunk))
    except (OSError, ValueError):  # a wrong checksum, or more text than Pillow takes
        return None
    return text if isinstance(text, str) else None


def with_text(png: bytes, text: Mapping[str, str]) -> bytes:
    """A PNG with text records (key → value) put behind its header; everything else stays as it is."""
    written = io.BytesIO()
    for kind, body, *_ in png_info(text).chunks:
        PngImagePlugin.putchunk(written, kind, body)
    return png[:HEADER_END] + written.getvalue() + png[HEADER_END:]


def without_text(png: bytes) -> bytes:
    """A PNG without text records and colour profile, whose size Pillow limits; other files stay."""
    if not png.startswith(SIGNATURE):
        return png
    kept = [SIGNATURE]
    end = len(SIGNATURE)
    try:
        for chunk in png_chunks(png):
            end = chunk.end
            if chunk.kind not in (*TEXT_KINDS, b"iCCP"):
                kept.append(png[chunk.start : end])
    except EOFError:
        return png
    return b"".join([*kept, png[end:]])
