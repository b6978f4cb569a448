"""The figure for slides: 16:9, in both themes, with the same parts as the portrait one."""

import dataclasses

from core.base.settings import PAINTER_LABELS
from core.exports.figure import figure_data
from core.exports.slide import slide_png, slide_svg
from tests.support.exporting import opened


def test_a_slide_is_16_to_9_and_shows_pictures_curves_and_words(whole):
    data = figure_data(whole)
    image = opened(slide_png(data))
    assert image.size == (1920, 1080)
    svg = slide_svg(data)
    assert all(PAINTER_LABELS[painter] in svg for painter in data.painters)
    assert "Judge score against realism" in svg and data.words()[0][:20] in svg


def test_the_dark_slide_is_dark_and_its_letters_are_light(whole):
    light, dark = (slide_svg(figure_data(whole), dark=dark) for dark in (False, True))
    assert 'fill="#ffffff"/>' in light.split("<text")[0] and 'fill="#14161a"/>' in dark.split("<text")[0]
    assert 'fill="#1b1f24"' in light and 'fill="#1b1f24"' not in dark


def test_a_long_prompt_keeps_the_shape(whole):
    data = dataclasses.replace(figure_data(whole), prompt="a red fox " * 29)
    width, height = opened(slide_png(data)).size
    assert abs(width / height - 16 / 9) < 0.01
