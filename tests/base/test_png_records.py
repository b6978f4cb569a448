"""What a PNG or WebP says of itself, and that nothing a stranger puts into one does harm."""

import io
import json
import random
import struct
import tracemalloc
import zlib
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core.base import png_records
from core.base.errors import UserError
from core.base.frame import Frame, Measurement
from core.base.images import encode_png
from core.base.png_chunks import with_text
from core.base.png_records import (
    RECORD_KEY,
    PngRecordError,
    make_record,
    read_picture_settings,
)
from core.base.request import MAX_SEED, RunRequest
from core.base.settings import PAINTERS, settings_of
from core.base.webp_text import webp_text, xmp_packet
from core.storage.run_folder import FolderRecorder, frame_file
from core.storage.run_store import RunStore

PICTURE = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
REQUEST = RunRequest.make(
    "a red fox in snow", 7, "/somewhere/private/miniature", pixels={"learning_rate": 0.2}
)
RECORD = make_record(
    REQUEST, "ab" * 32, "cd" * 8, {"torch": "2.13"}, "frame", painter="pixels", step=3, total=9
)


def png(told=None):
    """A PNG with this object, or text, as its record."""
    text = RECORD if told is None else {RECORD_KEY: told if isinstance(told, str) else json.dumps(told)}
    return encode_png(PICTURE, text)


def changed(**values):
    return png({**json.loads(RECORD[RECORD_KEY]), **values})


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(*chunks):
    bare = encode_png(PICTURE)
    return bare[:33] + b"".join(chunks) + bare[33:]


def one_sentence(error):
    text = str(error)
    assert 20 < len(text) < 400 and "\n" not in text and text.endswith((".", "…")) and "Traceback" not in text
    return text


def test_a_record_comes_back_as_it_was():
    found = read_picture_settings(png(), "mine")
    assert found.request == RunRequest.make(REQUEST.prompt, 7, "mine", pixels={"learning_rate": 0.2})
    assert (found.kind, found.painter, found.step, found.total) == ("frame", "pixels", 3, 9)
    assert (found.pack_hash, found.code_revision, found.versions) == ("ab" * 32, "cd" * 8, {"torch": "2.13"})
    assert found.ignored == ()
    assert found.changed() == {"pixels": {"Learning rate": 0.2}, "vqgan": {}, "diffusion": {}}
    assert found.remixed().seed != 7 and found.remixed().settings == found.request.settings


def test_a_record_tells_nothing_of_the_machine():
    assert "/somewhere" not in RECORD[RECORD_KEY] and json.loads(RECORD[RECORD_KEY])["pack"] == "miniature"


def random_request(rng):
    chosen = {}
    for painter in rng.sample(list(PAINTERS), rng.randint(1, 3)):
        values = {}
        for setting in settings_of(PAINTERS[painter]):
            if rng.random() < 0.6:
                choices = setting.choices or (("noise", f"picture:{'ab' * 32}") if setting.read else ())
                value = (
                    rng.choice(choices)
                    if choices
                    else setting.type(rng.uniform(setting.low, setting.high))
                )
                values[setting.name] = value
        if values.get("guide_start", 0.0) > values.get("guide_stop", 1.0):
            values["guide_start"] = 0.0
        chosen[painter] = values
    prompt = rng.choice(["a fox", "漢字 🦊", "<b>&\"'</b> `x` $1", "x" * 300])
    return RunRequest.make(prompt, rng.randint(0, MAX_SEED), "mine", tuple(chosen), **chosen)


def test_every_request_survives_the_way_through_a_picture():
    rng = random.Random(1)
    for _ in range(300):
        request = random_request(rng)
        text = make_record(request, "", "", {}, "figure")
        assert text[RECORD_KEY].isascii(), "text records of a PNG are Latin-1"
        found = read_picture_settings(encode_png(PICTURE, text), "mine")
        assert found.request.canonical() == request.canonical() and found.ignored == ()


def test_pillow_reads_the_record_and_the_pixels_stay():
    bare = encode_png(PICTURE)
    told = with_text(bare, RECORD)
    with Image.open(io.BytesIO(told)) as picture:
        assert json.loads(picture.text[RECORD_KEY]) == json.loads(RECORD[RECORD_KEY])
        assert (np.array(picture) == PICTURE).all()
    assert read_picture_settings(told, "mine").request.seed == 7


def paint(folder, steps=2):
    with FolderRecorder(folder, REQUEST, "ab" * 32) as recorder:
        for step in range(steps):
            recorder.record(Frame("pixels", step, 9, PICTURE), Measurement(0.1 * step, 0.2, 0.1, 0.3))
        recorder.finish("done")


def test_frames_carry_their_settings_and_two_same_runs_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        paint(tmp_path / name)
    with RunStore(tmp_path / "store") as store:
        run = store.submit(REQUEST, "ab" * 32)
        store.record(run.id, Frame("pixels", 1, 9, PICTURE), Measurement(9.9, 0.2, 0.1, 0.3))
        stored = store.frame_png(run.id, "pixels", 1)
    first, second = (frame_file(tmp_path / name, "pixels", 1).read_bytes() for name in ("one", "two"))
    assert first == second == stored
    found = read_picture_settings(first, "mine")
    assert (found.kind, found.painter, found.step, found.total) == ("frame", "pixels", 1, 9)
    assert found.request.settings == REQUEST.settings and found.versions["numpy"]


@pytest.mark.parametrize("kind", ["zTXt", "iTXt", "iTXt compressed"])
def test_other_kinds_of_text_records_are_read(kind):
    info = PngImagePlugin.PngInfo()
    if kind == "zTXt":
        info.add_text(RECORD_KEY, RECORD[RECORD_KEY], zip=True)
    else:
        info.add_itxt(RECORD_KEY, RECORD[RECORD_KEY], zip="compressed" in kind)
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "PNG", pnginfo=info)
    assert read_picture_settings(buffer.getvalue(), "mine").request.seed == 7


def saved_as(form, **options):
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, form, **options)
    return buffer.getvalue()


def webp(text=RECORD):
    return saved_as("WEBP", xmp=text if isinstance(text, bytes) else xmp_packet(text))


def test_a_webp_carries_the_record_as_a_png_does():
    assert read_picture_settings(webp(), "mine") == read_picture_settings(png(), "mine")
    whole = RECORD | {"other": "\"<&>' \u1f98a"}
    assert webp_text(webp(whole), "other") == whole["other"] and webp_text(webp(whole), "third") is None


BOMB = zlib.compress(b" " * 100_000_000, 9)
STRANGE = {
    "nothing": (b"", "not a PNG"),
    "text": (b"hello", "not a PNG"),
    "jpeg": (saved_as("JPEG"), "not a PNG"),
    "signature only": (png_records.SIGNATURE, "ends too early"),
    "no record": (encode_png(PICTURE), "no settings of this program"),
    "another program's": (encode_png(PICTURE, {"parameters": "a cat, Steps: 20"}), "only parameters"),
    "too large": (png() + b" " * png_records.MAX_FILE, "20 MB"),
    "truncated in the record": (png()[:200], "damaged"),
    "wrong checksum": (png().replace(b'"seed": 7', b'"seed": 8'), "damaged"),
    "no json": (png("{not json"), "damaged"),
    "deep json": (png("[" * 60_000), "damaged"),
    "huge number": (png('{"format": 1, "seed": ' + "9" * 6000 + "}"), "damaged"),
    "long record": (png('"' + "x" * 70_000 + '"'), "damaged"),
    "a list": (png([1, 2]), "not in this program's form"),
    "no format": (png({"prompt": "a"}), "not in this program's form"),
    "true as format": (png({"format": True}), "not in this program's form"),
    "newer format": (changed(format=99), "format 99"),
    "no prompt": (changed(prompt=None), "prompt in this picture cannot be used"),
    "long prompt": (changed(prompt="x" * 5000), "cannot be used"),
    "control characters": (changed(prompt="a\x00b"), "cannot be used"),
    "zTXt bomb": (with_chunks(chunk(b"zTXt", RECORD_KEY.encode() + b"\0\0" + BOMB)), "damaged"),
    "iTXt bomb": (with_chunks(chunk(b"iTXt", RECORD_KEY.encode() + b"\0\1\0\0\0" + BOMB)), "damaged"),
    "broken zTXt": (with_chunks(chunk(b"zTXt", RECORD_KEY.encode() + b"\0\0nonsense")), "damaged"),
    "broken UTF-8": (with_chunks(chunk(b"iTXt", RECORD_KEY.encode() + b"\0\0\0\0\0\xff\xfe")), "damaged"),
    "length beyond the file": (
        with_chunks(b"\xff\xff\xff\xfftEXt" + RECORD_KEY.encode() + b"\0{}"),
        "damaged",
    ),
    "webp without": (saved_as("WEBP"), "no settings of this program"),
    "webp of another program": (webp({"other": "x"}), "no settings of this program"),
    "webp cut off": (webp()[:-900], "damaged"),
    "webp cut off before": (saved_as("WEBP", xmp=b"x" * 99)[:-150], "ends too early"),
    "webp header": (b"RIFF\xff\xff\xff\xffWEBP", "ends too early"),
    "webp with no XML": (webp(b"{}"), "damaged"),
    "webp of entities": (webp(b'<!DOCTYPE a [<!ENTITY a "b">]><a>&a;</a>'), "damaged"),
    "webp of a strange encoding": (webp(b'<?xml version="1.0" encoding="x"?><a/>'), "damaged"),
    "webp with much XML": (webp(b"<a>" + b" " * 10_000_000 + b"</a>"), "damaged"),
    "webp with a deep XML": (webp(b"<a>" * 30_000), "damaged"),
    "webp with no json": (webp({RECORD_KEY: "{"}), "damaged"),
    "many chunks": (with_chunks(*[chunk(b"tEXt", b"a\0b")] * 50_000), "no settings"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_no_picture_of_ours_is_refused_in_one_sentence_and_little_memory(name):
    data, said = STRANGE[name]
    tracemalloc.start()
    try:
        with pytest.raises(PngRecordError) as caught:
            read_picture_settings(data, "mine")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert said in one_sentence(caught.value)
    assert peak < 5_000_000, "a bomb must not go off"


def junk(rng, depth=0):
    kinds = [
        None,
        True,
        -1,
        0,
        3,
        1.5,
        float("nan"),
        1e308,
        "",
        "x",
        "\ud800",
        "🦊",
        "<script>",
        "a\nb",
        10**30,
    ]
    if depth < 3 and rng.random() < 0.5:
        if rng.random() < 0.5:
            return [junk(rng, depth + 1) for _ in range(rng.randint(0, 3))]
        names = [*PAINTERS, "steps", "mode", "x"]
        return {rng.choice(names): junk(rng, depth + 1) for _ in range(rng.randint(0, 4))}
    return rng.choice(kinds)


def attempt(data):
    """Read it; whatever it holds, the answer is checked settings or one sentence."""
    try:
        found = read_picture_settings(data, "mine")
    except PngRecordError as error:
        one_sentence(error)
        return False
    assert found.request == RunRequest.from_dict({**found.request.to_dict(), "pack": "mine"})
    assert all("\n" not in sentence for sentence in found.ignored)
    json.dumps([asdict(s) for s in found.request.settings.values()]).encode()
    " ".join([*found.ignored, *found.versions, *found.versions.values(), found.kind, found.painter]).encode()
    return True


def test_any_value_in_any_field_is_taken_or_named():
    rng, read_well = random.Random(2), 0
    fields = list(json.loads(RECORD[RECORD_KEY]))
    for _ in range(3000):
        read_well += attempt(changed(**{name: junk(rng) for name in rng.sample(fields, rng.randint(1, 4))}))
    assert 300 < read_well < 3000


@pytest.mark.parametrize("make", [png, webp])
def test_any_damage_to_the_bytes_is_survived(make):
    rng, whole, read_well = random.Random(3), make(), 0
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(data) or 1)
            act = rng.randrange(4)
            if act == 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            elif act == 1:
                del data[at : at + rng.randint(1, 40)]
            elif act == 2:
                data[at:at] = rng.randbytes(rng.randint(1, 40))
            else:
                data[at : at + 4] = struct.pack(
                    ">I", rng.choice([0, 1, 2**31 - 1, 2**32 - 1, rng.randrange(2**32)])
                )
        read_well += attempt(bytes(data))
    assert 0 < read_well < 3000


def test_an_error_of_the_settings_never_escapes_as_another_kind():
    assert issubclass(PngRecordError, UserError)
