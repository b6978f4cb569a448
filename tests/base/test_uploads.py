"""A stranger's file: what is accepted, what is refused in one sentence, and how a picture is read."""

import io
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from core.base import uploads
from core.base.errors import PictureError
from core.base.uploads import MAX_BYTES, MAX_PIXELS, WHOLE_SIDE, display_name, read_upload

SIZE = 32
RED = (220, 30, 30)
GREEN = (30, 200, 30)
BLUE = (30, 30, 220)


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
    assert (
        text.startswith(name)
        and text.endswith(".")
        and "\n" not in text
        and ". " not in text.removeprefix(name)
    )
    return text


def png_header(width, height):
    """A PNG that says it has this size, and little more."""

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    rows = zlib.compress(bytes(1 << 16))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size + b"\x08\x02\0\0\0")
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


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


def with_chunk(png, kind, body):
    """A PNG with one more chunk behind its header."""
    chunk = len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
    return png[:33] + chunk + png[33:]


@pytest.mark.parametrize(
    ("kind", "start"),
    [(b"zTXt", b"Comment\0\0"), (b"iTXt", b"Comment\0\1\0\0\0"), (b"iCCP", b"profile\0\0")],
)
@pytest.mark.parametrize("size", [3_000_000, 100_000_000])
def test_a_sound_picture_with_a_large_text_or_profile_is_read_without_it(kind, start, size):
    data = with_chunk(encoded(thirds()), kind, start + zlib.compress(b"A" * size))
    tracemalloc.start()
    try:
        near(read_upload(data, "x.png", SIZE).seen, 16, 16, GREEN)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000, "a bomb must not go off"
    finally:
        tracemalloc.stop()


def test_damage_is_still_seen_where_a_large_text_is_left_out():
    whole = with_chunk(encoded(thirds()), b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * 3_000_000))
    assert "cut off" in refused(whole[:-30])


def test_memory_that_runs_out_is_no_damaged_file(monkeypatch):
    def refuse(picture):
        raise MemoryError

    monkeypatch.setattr(uploads, "_rgb", refuse)
    with pytest.raises(MemoryError):
        read_upload(encoded(thirds()), "x.png", SIZE)


def test_too_many_bytes_too_few_pixels_nothing_at_all():
    assert "21 MB" in refused(bytes(MAX_BYTES + 1_000_000))
    assert "at least 16" in refused(encoded(Image.new("RGB", (400, 15))))
    assert "is empty" in refused(b"")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_animations(kind):
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, BLUE)]
    assert "animated" in refused(
        encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    )


def test_names_are_shown_plain_and_short():
    assert display_name("../../etc/passwd") == "passwd" and display_name("C:\\me\\x.png") == "x.png"
    assert display_name("a\u202eb\n\0.png") == "ab.png" and display_name("") == "The file"
    assert len(display_name("n" * 500 + ".png")) == 57 and display_name("n" * 500 + ".png").endswith(".png")


# What is accepted


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "P"),
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("WEBP", "RGB"),
        ("PNG", "RGBA"),
        ("WEBP", "RGBA"),
    ],
)
def test_every_colour_mode_becomes_the_same_picture(kind, mode):
    upload = read_upload(encoded(thirds(mode=mode), kind, quality=95), "x", SIZE)
    assert (upload.width, upload.height, upload.whole.shape, upload.seen.shape) == (
        90,
        60,
        (60, 90, 3),
        (SIZE, SIZE, 3),
    )
    assert upload.seen.dtype == upload.whole.dtype == np.uint8
    for x, colour in ((10, RED), (45, GREEN), (80, BLUE)):
        near(upload.whole, 30, x, colour)
    # the middle square is 60 wide: 15 red, 30 green, 15 blue
    for x, colour in ((2, RED), (16, GREEN), (29, BLUE)):
        near(upload.seen, 16, x, colour)


@pytest.mark.parametrize("mode", ["L", "1", "LA", "I;16"])
def test_grey_pictures_keep_their_greys(mode):
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))
    picture = (
        Image.fromarray(ramp.astype(np.uint16) * 257)
        if mode == "I;16"
        else Image.fromarray(ramp).convert(mode)
    )
    assert picture.mode == mode
    seen = read_upload(encoded(picture), "grey.png", SIZE).seen
    assert (seen[..., 0] == seen[..., 1]).all() and (seen[..., 1] == seen[..., 2]).all()
    if mode != "1":
        assert np.abs(seen[16, :, 0].astype(int) - np.linspace(4, 251, SIZE)).max() < 8


def test_sixteen_bits_of_colour():
    wide = np.full((40, 40, 3), RED, np.uint16) * 257
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in wide)
    chunks = [
        (b"IHDR", (40).to_bytes(4, "big") * 2 + b"\x10\x02\0\0\0"),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
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
