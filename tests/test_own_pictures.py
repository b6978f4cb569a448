"""Own pictures: what is accepted of a stranger's file, who sees it, and that it is measured while a run is painted."""

import io
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from core import own_pictures, uploads
from core.errands import BUG, Errands
from core.errors import PictureError, PromptError, StoreError, UserError
from core.own_pictures import KEEP_SECONDS, SEEN, WHOLE, OwnPictures
from core.reading import marks, parts, sentences
from core.settings import RunRequest
from core.supervisor import Supervisor
from core.uploads import MAX_BYTES, MAX_PIXELS, WHOLE_SIDE, read_upload, shown_name
from tests.fake_pack import FakePack
from tests.test_worker import fake_command, wait_for

SIZE = 32
RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (30, 30, 220)
REFERENCE = {
    **{judge: {"p5": 0.6, "p50": 0.8, "p95": 0.9, "matched": 0.8, "mismatched": 0.0} for judge in ("score", "heldout")},
    "realism": {"p5": 0.4, "p50": 0.8, "p95": 0.97},
}


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def thirds(width=90, height=60, mode="RGB"):
    """Red left, green in the middle, blue right."""
    picture = Image.new("RGB", (width, height), GREEN)
    picture.paste(RED, (0, 0, width // 3, height))
    picture.paste(BLUE, (width - width // 3, 0, width, height))
    return picture.convert(mode)


def near(image, y, x, colour, tolerance=40):
    assert np.abs(image[y, x].astype(int) - colour).max() <= tolerance, image[y, x]


def refused(data, name="picture.png"):
    with pytest.raises(PictureError) as caught:
        read_upload(data, name, SIZE)
    text = str(caught.value)
    assert text.startswith(name) and text.endswith(".") and "\n" not in text and ". " not in text.removeprefix(name)
    return text


def png_header(width, height):
    """A PNG that says it has this size, and little more."""

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    rows = zlib.compress(bytes(1 << 16))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x02\0\0\0") + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# What is refused


def test_a_text_file_named_png():
    assert "no PNG, JPEG or WebP" in refused(b"dear judge, please like this\n" * 50, "notes.png")


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_kinds_of_pictures_whatever_their_name(kind):
    assert "no PNG, JPEG or WebP" in refused(encoded(thirds(), kind), "photo.jpg")


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "a.jpg"), ("PNG", "b.png"), ("WEBP", "c.webp")])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_cut_off_files(kind, name, share):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8))
    whole = encoded(noise, kind)
    text = refused(whole[: round(share * len(whole))], name)
    assert "cut off" in text or "no PNG, JPEG or WebP" in text


def test_damaged_pixels():
    data = bytearray(encoded(Image.fromarray(np.random.default_rng(0).integers(0, 9, (80, 80, 3), np.uint8))))
    data[len(data) // 2 : len(data) // 2 + 100] = b"?" * 100
    assert "damaged" in refused(bytes(data))


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (8_000, 5_001), (12_000, 12_000)])
def test_decompression_bombs_are_refused_before_they_are_decoded(width, height, monkeypatch):
    monkeypatch.setattr(uploads, "_rgb", lambda picture: pytest.fail("it was decoded"))
    began = time.monotonic()
    assert "40 million" in refused(png_header(width, height), "bomb.png")
    assert time.monotonic() - began < 5


def test_a_real_bomb_of_a_few_kilobytes():
    # 30,000 × 30,000 black pixels, one bit each, in about 110 kB.
    data = encoded(Image.new("1", (30_000, 30_000)), optimize=False)
    assert len(data) < 1e6 and "40 million" in refused(data)


def test_a_bomb_in_the_text_of_a_png():
    text = zlib.compress(b"A" * 100_000_000)
    body = b"Comment\0\0" + text
    chunk = len(body).to_bytes(4, "big") + b"zTXt" + body + zlib.crc32(b"zTXt" + body).to_bytes(4, "big")
    plain = encoded(thirds())
    assert "damaged" in refused(plain[:33] + chunk + plain[33:])


def test_too_many_bytes_too_few_pixels_nothing_at_all():
    assert "21 MB" in refused(bytes(MAX_BYTES + 1_000_000))
    assert "at least 16" in refused(encoded(Image.new("RGB", (400, 15))))
    assert "is empty" in refused(b"")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_animations(kind):
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, BLUE)]
    assert "animated" in refused(encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100))


def test_names_are_shown_plain_and_short():
    assert shown_name("../../etc/passwd") == "passwd" and shown_name("C:\\me\\x.png") == "x.png"
    assert shown_name("a\u202eb\n\0.png") == "ab.png" and shown_name("") == "The file"
    assert len(shown_name("n" * 500 + ".png")) == 57 and shown_name("n" * 500 + ".png").endswith(".png")


# What is accepted


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGB"), ("PNG", "P"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("WEBP", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGBA")],
)
def test_every_colour_mode_becomes_the_same_picture(kind, mode):
    upload = read_upload(encoded(thirds(mode=mode), kind, quality=95), "x", SIZE)
    assert (upload.width, upload.height, upload.whole.shape, upload.seen.shape) == (90, 60, (60, 90, 3), (SIZE, SIZE, 3))
    assert upload.seen.dtype == upload.whole.dtype == np.uint8
    for x, colour in ((10, RED), (45, GREEN), (80, BLUE)):
        near(upload.whole, 30, x, colour)
    # the middle square is 60 wide: 15 red, 30 green, 15 blue
    for x, colour in ((2, RED), (16, GREEN), (29, BLUE)):
        near(upload.seen, 16, x, colour)


@pytest.mark.parametrize("mode", ["L", "1", "LA", "I;16"])
def test_grey_pictures_keep_their_greys(mode):
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))
    picture = Image.fromarray(ramp.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(ramp).convert(mode)
    assert picture.mode == mode
    seen = read_upload(encoded(picture), "grey.png", SIZE).seen
    assert (seen[..., 0] == seen[..., 1]).all() and (seen[..., 1] == seen[..., 2]).all()
    if mode != "1":
        assert np.abs(seen[16, :, 0].astype(int) - np.linspace(4, 251, SIZE)).max() < 8


def test_sixteen_bits_of_colour():
    wide = np.full((40, 40, 3), RED, np.uint16) * 257
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in wide)
    chunks = [(b"IHDR", (40).to_bytes(4, "big") * 2 + b"\x10\x02\0\0\0"), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    parts = [len(d).to_bytes(4, "big") + k + d + zlib.crc32(k + d).to_bytes(4, "big") for k, d in chunks]
    near(read_upload(b"\x89PNG\r\n\x1a\n" + b"".join(parts), "deep.png", SIZE).seen, 16, 16, RED, 2)


def test_what_is_transparent_becomes_white():
    clear = Image.new("RGBA", (40, 40), (*RED, 0))
    half = Image.new("RGBA", (40, 40), (0, 0, 0, 128))
    palette = Image.new("P", (40, 40), 1)
    palette.putpalette([0, 0, 0, *RED])
    assert (read_upload(encoded(clear), "x", SIZE).seen == 255).all()
    near(read_upload(encoded(half, "WEBP", lossless=True), "x", SIZE).seen, 16, 16, (127, 127, 127), 3)
    assert (read_upload(encoded(palette, transparency=1), "x", SIZE).seen == 255).all()
    near(read_upload(encoded(palette), "x", SIZE).seen, 16, 16, RED, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_stand_upright(orientation):
    upright = Image.new("RGB", (120, 80), GREEN)
    upright.paste(RED, (0, 0, 60, 40))  # top left
    upright.paste(BLUE, (60, 40, 120, 80))  # bottom right
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's numbers of the inverse turns
    stored = upright.transpose(Image.Transpose(back[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    upload = read_upload(encoded(stored, "JPEG", quality=95, exif=exif), "photo.jpg", SIZE)
    assert (upload.width, upload.height, upload.whole.shape) == (120, 80, (80, 120, 3))
    near(upload.whole, 10, 10, RED)
    near(upload.whole, 70, 110, BLUE)
    near(upload.whole, 10, 110, GREEN)


def test_a_phones_picture_with_a_second_one_behind_it_is_no_animation():
    data = encoded(thirds(), "MPO", save_all=True, append_images=[thirds(30, 20)])
    assert read_upload(data, "phone.jpg", SIZE).whole.shape == (60, 90, 3)


def test_large_pictures_are_taken_and_shown_smaller():
    for kind in ("PNG", "JPEG"):
        upload = read_upload(encoded(thirds(5000, 3000), kind), "large", SIZE)
        assert (upload.width, upload.height) == (5000, 3000) and 5000 * 3000 < MAX_PIXELS
        assert max(upload.whole.shape) == WHOLE_SIDE and upload.seen.shape == (SIZE, SIZE, 3)
        near(upload.whole, 200, 50, RED)
        near(upload.seen, 16, 16, GREEN)
    thin = read_upload(encoded(Image.new("RGB", (16, 20_000), RED)), "thin.png", SIZE)
    assert thin.whole.shape[0] == WHOLE_SIDE and thin.seen.shape == (SIZE, SIZE, 3)


# Kept in the store


@pytest.fixture
def pictures(runs):
    return OwnPictures(runs)


def brought(pictures, secret="me", name="x.png", prompt="a red fox", pack="fake", level=128, size=8):
    upload = uploads.Upload(90, 60, np.full((60, 90, 3), level, np.uint8), np.full((size, size, 3), level, np.uint8))
    return pictures.add(upload, name, prompt, pack, secret)


def test_only_the_browser_that_brought_a_picture_lists_and_removes_it(pictures):
    first, second = brought(pictures), brought(pictures, name="y.png")
    assert [p.id for p in pictures.of("me")] == [second.id, first.id]
    assert pictures.of("you") == [] and pictures.of("") == []
    assert len(first.id) == 26 and first.id != second.id
    assert not pictures.remove(first.id, "you") and pictures.file(first.id, SEEN)
    assert pictures.remove(first.id, "me") and not pictures.remove(first.id, "me")
    assert pictures.file(first.id, SEEN) is None and not (pictures.folder / first.id).exists()
    for picture_id, kind in (("../" + second.id, SEEN), (second.id, "../store.sqlite"), (second.id, ""), ("", SEEN)):
        assert pictures.file(picture_id, kind) is None


def test_what_is_stored_was_encoded_by_us(pictures):
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    data = encoded(thirds(), "JPEG", exif=exif, comment=b"my secret")
    picture = pictures.add(read_upload(data, "x.jpg", SIZE), "x.jpg", "a fox", "fake", "me")
    for kind in (WHOLE, SEEN):
        stored = pictures.file(picture.id, kind).read_bytes()
        assert b"where I live" not in stored and b"my secret" not in stored and b"Exif" not in stored


def test_pictures_are_gone_after_a_day(pictures):
    picture = brought(pictures)
    pictures.tidy(now=picture.created + KEEP_SECONDS - 1)
    assert pictures.of("me", now=picture.created + KEEP_SECONDS - 1)
    assert pictures.of("me", now=picture.created + KEEP_SECONDS) == []
    stray = pictures.folder / ("b" * 26)
    stray.mkdir()
    pictures.tidy(now=picture.created + KEEP_SECONDS)
    assert list(pictures.folder.iterdir()) == []


def test_nobody_can_fill_the_store(pictures, monkeypatch):
    monkeypatch.setattr(own_pictures, "MOST_KEPT", 3)
    kept = [brought(pictures).id for _ in range(5)]
    assert [p.id for p in pictures.of("me")] == kept[:1:-1]
    monkeypatch.setattr(own_pictures, "MOST_WAITING", 3)
    with pytest.raises(StoreError, match="3 pictures wait"):
        brought(pictures, secret="you")


# Measured by the painter process


def test_a_picture_is_measured_like_a_frame(runs, pictures):
    picture = brought(pictures, level=51)
    errands = Errands(runs, pytest.fail)
    assert errands.between_steps({"fake": FakePack()}) and not errands.between_steps({"fake": FakePack()})
    (measured,) = pictures.of("me")
    assert (measured.id, measured.status, measured.waiting) == (picture.id, "done", False)
    assert measured.result["score"] == pytest.approx(0.2) and measured.result["realism"] == pytest.approx(0.8)
    assert measured.result["components"]["p_value"] == 0.5 and "seconds" not in measured.result


def test_between_steps_only_the_pack_in_memory_is_used(runs, pictures):
    brought(pictures, pack="another")
    errands = Errands(runs, pytest.fail)
    assert not errands.between_steps({"fake": FakePack()}) and pictures.of("me")[0].waiting
    assert errands.between_runs(lambda name: FakePack()) and not pictures.of("me")[0].waiting


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PromptError("The judge knows no word of it."), "The judge knows no word of it."),
        (ZeroDivisionError(), BUG.format(name="ZeroDivisionError")),
    ],
)
def test_a_measurement_that_fails_says_why_and_the_next_one_is_done(runs, pictures, error, reason):
    brought(pictures)
    brought(pictures, name="second")
    logged = []

    class Failing(FakePack):
        @property
        def heldout(self):
            raise error

        @heldout.setter
        def heldout(self, value):
            pass

    errands = Errands(runs, logged.append)
    assert errands.between_runs(lambda name: Failing())
    assert errands.between_runs(lambda name: FakePack())
    second, first = pictures.of("me")
    assert (first.status, first.reason) == ("failed", reason) and second.status == "done"
    assert bool(logged) == (not isinstance(error, UserError))


def test_a_picture_that_took_the_process_with_it_is_not_tried_again(runs, pictures):
    brought(pictures)
    assert pictures.take_next()[1].shape == (8, 8, 3)
    Errands(runs, pytest.fail).recover()
    assert pictures.of("me")[0].status == "failed" and "upload it again" in pictures.of("me")[0].reason


def test_a_broken_store_ends_no_run(runs, monkeypatch):
    logged = []
    errands = Errands(runs, logged.append)

    def locked(*_):
        raise StoreError("The run store is locked.")

    monkeypatch.setattr(errands.pictures, "take_next", locked)
    assert errands.between_steps({}) is False and logged == ["The run store is locked."]


def test_the_painter_process_measures_while_it_paints(runs, pictures):
    run = runs.submit(RunRequest.make("a red fox", painters=("pixels",), pixels={"steps": 500}), "fake-hash", "me")
    with Supervisor(runs, command=fake_command(runs, 0.05)):
        wait_for(lambda: len(runs.rows(run.id)) >= 2, "the first steps")
        brought(pictures, pack="miniature")  # which the run uses, so that it is in memory
        wait_for(lambda: not pictures.of("me")[0].waiting, "the figures")
        assert pictures.of("me")[0].status == "done" and runs.get(run.id).status == "running"
        runs.request_cancel(run.id, "me")


def test_the_real_models_measure_a_picture(tiny_pack, runs, pictures):
    image = np.random.default_rng(0).integers(0, 255, (tiny_pack.size, tiny_pack.size, 3), np.uint8)
    picture = pictures.add(uploads.Upload(40, 40, image, image), "noise.png", "a red fox in snow", "tiny", "me")
    brought(pictures, pack="tiny", size=16)  # of another size than the pack's
    errands = Errands(runs, pytest.fail)
    assert errands.between_steps({"tiny": tiny_pack}) and errands.between_steps({"tiny": tiny_pack})
    wrong, measured = pictures.of("me")
    target = tiny_pack.judge.encode("a red fox in snow")
    assert measured.id == picture.id and measured.result["score"] == pytest.approx(tiny_pack.judge.score(image, target), abs=1e-6)
    assert measured.result["realism"] == pytest.approx(tiny_pack.realism.score(image).realism, abs=1e-6)
    assert wrong.status == "failed" and "32×32" in wrong.reason
    assert [part["key"] for part in parts(measured.result)] == [
        *("statistics", "manifold", "spectrum", "local contrast", "edges", "colour", "p_value")
    ]


# In words


def result(score=0.8, heldout=0.8, realism=0.7, **components):
    return {"score": score, "heldout": heldout, "realism": realism, "components": components}


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"score": 0.95}, "Judge: 0.95, more than 95 in 100"),
        ({"score": 0.7}, "Judge: 0.70, within the range"),
        ({"score": 0.5}, "Judge: 0.50, less than 95 in 100"),
        ({"score": -0.03}, "Judge: −0.03, no better than a photograph with somebody else's caption"),
        ({"heldout": 0.1}, "Held-out judge: 0.10, no better than"),
        ({"score": 0.8, "heldout": 0.5}, "The judge likes it clearly better than the held-out judge does."),
        ({"realism": 0.7}, "It resembles the reference photographs: realism 0.70 (95 in 100 of them reach 0.40)."),
        ({"realism": 0.3, "statistics": 0.3, "manifold": 0.9, "edges": 0.1, "colour": 0.4}, "held down by S: the pixels' statistics"),
        ({"realism": 0.3, "statistics": 0.3, "manifold": 0.9, "edges": 0.1, "colour": 0.4}, "most of all edges"),
        ({"realism": 0.1, "statistics": 0.8, "manifold": 0.1}, "does not resemble the reference photographs: realism 0.10"),
        ({"realism": 0.1, "statistics": 0.8, "manifold": 0.1}, "held down by K: no reference photograph is near"),
        ({"p_value": 0.004}, "fewer than 1 in 100 photographs lie as far out"),
        ({"p_value": 0.31}, "31 in 100 photographs lie as far out"),
        ({"too_typical": 1.0}, "as when somebody had optimised them"),
    ],
)  # fmt: skip
def test_the_figures_are_said_in_words(figures, said):
    assert said in " ".join(sentences(result(**figures), REFERENCE))


def test_words_claim_no_more_than_the_figures():
    plain = " ".join(sentences(result(), REFERENCE))
    assert "clearly better" not in " ".join(sentences(result(score=0.3, heldout=-0.1), REFERENCE))
    assert "clearly better" not in plain and "typical" not in plain and "held down" not in plain
    assert [mark["low"] for mark in marks(result(), REFERENCE)] == [0.6, 0.6, 0.4]
