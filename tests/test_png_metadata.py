"""What a PNG says of itself, and that nothing a stranger puts into one does harm."""

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

from core import metadata
from core.errors import UserError
from core.folder import FolderRecorder, frame_file
from core.frame import Frame, Measurement
from core.images import encode_png
from core.metadata import KEY, MetadataError, read, record, with_record
from core.settings import MAX_SEED, PAINTERS, RunRequest, knobs
from core.store import RunStore

PICTURE = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
REQUEST = RunRequest.make("a red fox in snow", 7, "/somewhere/private/miniature", pixels={"learning_rate": 0.2})
RECORD = record(REQUEST, "ab" * 32, "cd" * 8, {"torch": "2.13"}, "frame", painter="pixels", step=3, total=9)


def png(told=None):
    """A PNG with this object, or text, as its record."""
    text = RECORD if told is None else {KEY: told if isinstance(told, str) else json.dumps(told)}
    return encode_png(PICTURE, text)


def changed(**values):
    return png({**json.loads(RECORD[KEY]), **values})


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
    found = read(png(), "mine")
    assert found.request == RunRequest.make(REQUEST.prompt, 7, "mine", pixels={"learning_rate": 0.2})
    assert (found.kind, found.painter, found.step, found.total) == ("frame", "pixels", 3, 9)
    assert (found.pack_hash, found.code_revision, found.versions) == ("ab" * 32, "cd" * 8, {"torch": "2.13"})
    assert found.ignored == ()
    assert found.changed() == {"pixels": {"Learning rate": 0.2}, "vqgan": {}, "diffusion": {}}
    assert found.remixed().seed != 7 and found.remixed().settings == found.request.settings


def test_a_record_tells_nothing_of_the_machine():
    assert "/somewhere" not in RECORD[KEY] and json.loads(RECORD[KEY])["pack"] == "miniature"


def random_request(rng):
    chosen = {}
    for painter in rng.sample(list(PAINTERS), rng.randint(1, 3)):
        values = {}
        for knob in knobs(PAINTERS[painter]):
            if rng.random() < 0.6:
                value = rng.choice(knob.choices) if knob.choices else knob.type(rng.uniform(knob.low, knob.high))
                values[knob.name] = value
        if values.get("guide_start", 0.0) > values.get("guide_stop", 1.0):
            values["guide_start"] = 0.0
        chosen[painter] = values
    prompt = rng.choice(["a fox", "漢字 🦊", "<b>&\"'</b> `x` $1", "x" * 300])
    return RunRequest.make(prompt, rng.randint(0, MAX_SEED), "mine", tuple(chosen), **chosen)


def test_every_request_survives_the_way_through_a_picture():
    rng = random.Random(1)
    for _ in range(300):
        request = random_request(rng)
        text = record(request, "", "", {}, "figure")
        assert text[KEY].isascii(), "text records of a PNG are Latin-1"
        found = read(encode_png(PICTURE, text), "mine")
        assert found.request.canonical() == request.canonical() and found.ignored == ()


def test_pillow_reads_the_record_and_the_pixels_stay():
    bare = encode_png(PICTURE)
    told = with_record(bare, RECORD)
    with Image.open(io.BytesIO(told)) as picture:
        assert json.loads(picture.text[KEY]) == json.loads(RECORD[KEY])
        assert (np.array(picture) == PICTURE).all()
    assert read(told, "mine").request.seed == 7


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
        stored = store.frame_path(run.id, "pixels", 1).read_bytes()
    first, second = (frame_file(tmp_path / name, "pixels", 1).read_bytes() for name in ("one", "two"))
    assert first == second == stored
    found = read(first, "mine")
    assert (found.kind, found.painter, found.step, found.total) == ("frame", "pixels", 1, 9)
    assert found.request.settings == REQUEST.settings and found.versions["numpy"]


@pytest.mark.parametrize("kind", ["zTXt", "iTXt", "iTXt compressed"])
def test_other_kinds_of_text_records_are_read(kind):
    info = PngImagePlugin.PngInfo()
    if kind == "zTXt":
        info.add_text(KEY, RECORD[KEY], zip=True)
    else:
        info.add_itxt(KEY, RECORD[KEY], zip="compressed" in kind)
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "PNG", pnginfo=info)
    assert read(buffer.getvalue(), "mine").request.seed == 7


def as_jpeg():
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "JPEG")
    return buffer.getvalue()


BOMB = zlib.compress(b" " * 100_000_000, 9)
STRANGE = {
    "nothing": (b"", "not a PNG"),
    "text": (b"hello", "not a PNG"),
    "jpeg": (as_jpeg(), "not a PNG"),
    "signature only": (metadata.SIGNATURE, "ends too early"),
    "no record": (encode_png(PICTURE), "no settings of this program"),
    "another program's": (encode_png(PICTURE, {"parameters": "a cat, Steps: 20"}), "only parameters"),
    "too large": (png() + b" " * metadata.MAX_FILE, "20 MB"),
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
    "zTXt bomb": (with_chunks(chunk(b"zTXt", KEY.encode() + b"\0\0" + BOMB)), "damaged"),
    "iTXt bomb": (with_chunks(chunk(b"iTXt", KEY.encode() + b"\0\1\0\0\0" + BOMB)), "damaged"),
    "broken zTXt": (with_chunks(chunk(b"zTXt", KEY.encode() + b"\0\0nonsense")), "damaged"),
    "broken UTF-8": (with_chunks(chunk(b"iTXt", KEY.encode() + b"\0\0\0\0\0\xff\xfe")), "damaged"),
    "length beyond the file": (with_chunks(b"\xff\xff\xff\xfftEXt" + KEY.encode() + b"\0{}"), "damaged"),
    "many chunks": (with_chunks(*[chunk(b"tEXt", b"a\0b")] * 50_000), "no settings"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_no_picture_of_ours_is_refused_in_one_sentence_and_little_memory(name):
    data, said = STRANGE[name]
    tracemalloc.start()
    try:
        with pytest.raises(MetadataError) as caught:
            read(data, "mine")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert said in one_sentence(caught.value)
    assert peak < 5_000_000, "a bomb must not go off"


DAMAGED = [
    ({"pixels": {"steps": 10**9}}, "pixels: steps is 1000000000"),
    ({"pixels": {"learning_rate": float("nan")}}, "learning_rate is nan"),
    ({"pixels": {"learning_rate": float("inf")}}, "learning_rate is inf"),
    ({"pixels": {"learning_rate": -1}}, "learning_rate is -1"),
    ({"pixels": {"learning_rate": "0.1"}}, "wrong kind"),
    ({"pixels": {"steps": True}}, "steps is True"),
    ({"pixels": {"steps": [1]}}, "a list"),
    ({"pixels": {"steps": 10**400}}, "steps is 1"),
    ({"pixels": {"canvas": "x" * 5000}}, "canvas is"),
    ({"pixels": {"canvas": {"a": 1}}}, "wrong kind"),
    ({"pixels": {"colour": 1, "steps": 5}}, "no setting colour"),
    ({"pixels": {f"x{i}": i for i in range(50)}}, "45 more"),
    ({"pixels": 5}, "no table"),
    ({"pixels": {}, "oil": {}}, "no painter oil"),
    ({"diffusion": {"guide_start": 0.9, "guide_stop": 0.1}}, "lies after"),
]


@pytest.mark.parametrize(("settings", "said"), DAMAGED, ids=[said for _, said in DAMAGED])
def test_a_knob_out_of_bounds_is_named_and_left_at_its_default(settings, said):
    found = read(changed(settings=settings), "mine")
    sentence = " ".join(found.ignored)
    assert said in sentence and len(sentence) < 900
    for painter, chosen in found.request.settings.items():
        for knob in knobs(PAINTERS[painter]):
            if knob.name != "steps" or chosen.steps != 5:
                assert getattr(chosen, knob.name) == knob.default


@pytest.mark.parametrize("settings", [None, [], "x", {}, {"oil": {}}])
def test_without_a_known_painter_all_have_their_defaults(settings):
    found = read(changed(settings=settings), "mine")
    assert found.request.painters == tuple(PAINTERS) and found.ignored


@pytest.mark.parametrize("seed", [-1, 2**31, "7", 1.5, True, None, [], 10**300])
def test_a_seed_that_cannot_be_is_named(seed):
    found = read(changed(seed=seed), "mine")
    assert found.request.seed == 0 and "The seed is" in found.ignored[0] and len(found.ignored[0]) < 200


def junk(rng, depth=0):
    kinds = [None, True, -1, 0, 3, 1.5, float("nan"), 1e308, "", "x", "\ud800", "🦊", "<script>", "a\nb", 10**30]
    if depth < 3 and rng.random() < 0.5:
        if rng.random() < 0.5:
            return [junk(rng, depth + 1) for _ in range(rng.randint(0, 3))]
        names = [*PAINTERS, "steps", "mode", "x"]
        return {rng.choice(names): junk(rng, depth + 1) for _ in range(rng.randint(0, 4))}
    return rng.choice(kinds)


def attempt(data):
    """Read it; whatever it holds, the answer is checked settings or one sentence."""
    try:
        found = read(data, "mine")
    except MetadataError as error:
        one_sentence(error)
        return False
    assert found.request == RunRequest.from_dict({**found.request.to_dict(), "pack": "mine"})
    assert all("\n" not in sentence for sentence in found.ignored)
    json.dumps([asdict(s) for s in found.request.settings.values()]).encode()
    " ".join([*found.ignored, *found.versions, *found.versions.values(), found.kind, found.painter]).encode()
    return True


def test_any_value_in_any_field_is_taken_or_named():
    rng, read_well = random.Random(2), 0
    fields = list(json.loads(RECORD[KEY]))
    for _ in range(3000):
        read_well += attempt(changed(**{name: junk(rng) for name in rng.sample(fields, rng.randint(1, 4))}))
    assert 300 < read_well < 3000


def test_any_damage_to_the_bytes_is_survived():
    rng, whole, read_well = random.Random(3), png(), 0
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
                data[at : at + 4] = struct.pack(">I", rng.choice([0, 1, 2**31 - 1, 2**32 - 1, rng.randrange(2**32)]))
        read_well += attempt(bytes(data))
    assert 0 < read_well < 3000


def test_an_error_of_the_settings_never_escapes_as_another_kind():
    assert issubclass(MetadataError, UserError)
