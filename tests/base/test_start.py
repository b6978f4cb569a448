"""What a painter starts from, as text."""

import numpy as np
import pytest

from core.base.errors import SettingError
from core.base.settings import painter_settings
from core.base.start import Start, picture_hash

HASH = "ab" * 32
RUN = "a2" * 13
TEXTS = [
    "noise",
    "grey",
    "rendering:a blue car on sand@3",
    f"rendering:a blue car on sand@3#{HASH}",
    f"picture:{HASH}",
    f"frame:{RUN}/vqgan",
    f"frame:{RUN}/vqgan#{HASH}",
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_read_and_written(text):
    assert str(Start.read(text)) == text
    assert painter_settings("pixels", {"start": text}).start == text
    assert Start.read(text).is_picture == (text not in ("noise", "grey")) and Start.read(text).in_words()


def test_the_same_start_is_written_in_one_way():
    assert str(Start.read("rendering: a blue  car on sand @003")) == "rendering:a blue car on sand@3"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "snow",
        "picture:../../secret",
        "picture:",
        "rendering:x",
        "rendering:@1",
        "frame:x/y",
        3,
        None,
        "rendering:a\n@1",
    ],
)
def test_anything_else_is_refused_with_what_is_accepted(text):
    with pytest.raises(
        SettingError, match="Pixel ascent: start is .*; it takes noise, grey, rendering:CAPTION@SEED"
    ):
        painter_settings("pixels", {"start": text})


def test_only_pixel_ascent_starts_from_grey():
    for painter in ("vqgan", "diffusion"):
        with pytest.raises(SettingError, match="it takes noise, rendering"):
            painter_settings(painter, {"start": "grey"})


def test_the_hash_is_of_the_pixels():
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert picture_hash(picture) == picture_hash(picture.copy()) and len(picture_hash(picture)) == 64
    assert picture_hash(picture) != picture_hash(picture.reshape(2, 8, 3))
