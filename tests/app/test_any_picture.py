"""Any picture, sound or damaged, is read or refused in one sentence; never a traceback, never a hang."""

import io
import json
import struct
import zlib

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from core.base import png_records
from core.base.errors import UserError
from core.base.images import encode_png
from core.base.request import RunRequest
from core.base.uploads import read_upload
from tests.support.drawn import BOUNDED, JSON, one_sentence
from tests.support.serving import example_request, invented_steps


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


SHOWN = next(invented_steps(example_request("p")))[0].image
PICTURE = encode_png(SHOWN)
REQUEST = RunRequest.make("a red fox", 7, painters=("pixels",))
RECORDED = encode_png(SHOWN, png_records.make_record(REQUEST, "ab" * 32, "cd" * 8, {}, "figure"))


@BOUNDED
@given(
    JSON
    | st.fixed_dictionaries(
        {},
        optional={
            name: JSON
            for name in (
                "format",
                "prompt",
                "seed",
                "settings",
                "pack",
                "kind",
                "painter",
                "step",
                "total",
                "versions",
            )
        },
    )
)
@example({"format": 1, "prompt": "a fox", "settings": {"pixels": {"steps": "9" * 5000}}})
@example({"format": 1, "prompt": "a fox", "seed": 10**400, "step": float("nan")})
def test_any_record_in_a_picture_is_taken_or_refused(record):
    text = json.dumps(record).encode("ascii")
    for body in (
        chunk(b"tEXt", png_records.RECORD_KEY.encode() + b"\0" + text),
        chunk(b"zTXt", png_records.RECORD_KEY.encode() + b"\0\0" + zlib.compress(text)),
    ):
        try:
            found = png_records.read_picture_settings(PICTURE[:33] + body + PICTURE[33:], "miniature")
        except UserError as error:
            one_sentence(error)
            continue
        assert found.request.pack == "miniature" and all("\n" not in told for told in found.ignored)
        assert all(0 < len(told) < 400 and told.isprintable() for told in found.ignored)
        assert RunRequest.from_dict(found.request.to_dict()) == found.request


@BOUNDED
@given(
    st.integers(0, len(RECORDED) - 1),
    st.binary(max_size=40),
    st.sampled_from(["replace", "insert", "cut"]),
    st.sampled_from(["PNG", "JPEG", "WEBP"]),
)
def test_any_damage_to_a_picture_is_a_picture_or_a_sentence(place, junk, how, kind):
    buffer = io.BytesIO()
    Image.open(io.BytesIO(PICTURE)).save(buffer, kind)
    data = RECORDED if kind == "PNG" else buffer.getvalue()
    place = place % len(data)
    data = (
        data[:place]
        + ({"cut": b""}.get(how, junk))
        + ({"replace": data[place + len(junk) :], "insert": data[place:], "cut": b""}[how])
    )
    try:
        upload = read_upload(data, "a\n<b>.png", 32)
        assert upload.seen.shape == (32, 32, 3) and upload.seen.dtype == np.uint8
    except UserError as error:
        one_sentence(error)
    try:
        found = png_records.read_picture_settings(data, "miniature")
        assert kind == "PNG" and RunRequest.from_dict(found.request.to_dict()) == found.request
    except UserError as error:
        one_sentence(error)


def test_pictures_that_nothing_happened_to_are_taken():
    found = png_records.read_picture_settings(RECORDED, "miniature")
    assert (found.request.prompt, found.request.seed, found.ignored) == ("a red fox", 7, ())
    assert read_upload(RECORDED, "a.png", 32).seen.shape == (32, 32, 3)
