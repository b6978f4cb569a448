"""Movies move, play everywhere and end on the last picture."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from core.base.settings import PAINTERS
from core.exports import movie_frames, source
from core.exports.kinds import export_bytes
from tests.support.exporting import opened, painted


def pixels_of(frame: np.ndarray | Image.Image, painter: str, scale: float) -> np.ndarray:
    """Mean colour in the middle of a painter's picture in a frame of a movie."""
    x = 40 + list(PAINTERS).index(painter) * 408 + 192
    y = movie_frames.TOP + 192
    top, bottom, left, right = (round(edge * scale) for edge in (y - 20, y + 20, x - 20, x + 20))
    return np.asarray(frame)[top:bottom, left:right].mean((0, 1))


def check_movie(frames: list, whole: source.ExportedRun, tolerance: float) -> None:
    """First and last frame show the first and last pictures."""
    for frame, share in ((frames[0], 0.0), (frames[-1], 1.0)):
        scale = np.asarray(frame).shape[1] / movie_frames.WIDTH
        for painter, row in whole.at(share).items():
            difference = pixels_of(frame, painter, scale) - whole.image(row).mean((0, 1))
            assert np.abs(difference).max() < tolerance, (painter, share)


@pytest.mark.parametrize(("kind", "width", "tolerance"), [("webp", 960, 6), ("gif", 640, 12)])
def test_moving_pictures_move(whole, kind, width, tolerance):
    shares = []
    data = export_bytes(whole, kind, tell=shares.append)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (width, width * 9 // 16) and image.n_frames == 21 and image.info["loop"] == 0
        frames = []
        for i in range(image.n_frames):
            image.seek(i)
            frames.append(image.convert("RGB"))
    check_movie(frames, whole, tolerance)
    assert shares[-1] == 1.0 and shares == sorted(shares)
    if kind == "gif":
        assert json.loads(Image.open(io.BytesIO(data)).info["comment"])["prompt"] == whole.request.prompt


def test_the_video_plays_everywhere(whole):
    import av

    data = export_bytes(whole, "mp4")
    assert data.index(b"moov") < data.index(b"mdat"), "it starts to play before all of it has come"
    with av.open(io.BytesIO(data)) as video:
        stream = video.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert json.loads(video.metadata["comment"])["seed"] == 0
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(stream)]
    assert frames[0].shape == (720, 1280, 3) and len(frames) == 21 + 2 * 3
    check_movie(frames, whole, 8)


def test_an_unfinished_run_is_shown_as_far_as_it_came(half):
    movie = movie_frames.MovieFrames(half, 640, 101)
    assert len(movie) == 11 and movie.shares[-1] == 0.5
    frames = list(movie.frames())
    assert len(frames) == 11
    for row in half.at().values():
        assert np.abs(pixels_of(frames[-1], row.painter, 0.5) - half.image(row).mean((0, 1))).max() < 1


@pytest.mark.parametrize("width", [640, 960, 1280])
def test_any_number_of_frames_can_be_drawn(whole, width):
    for most in (2, 3, 4, 5):
        assert len(list(movie_frames.MovieFrames(whole, width, most).frames())) == most


def test_a_single_picture_is_a_movie_too(tiny_pack, tmp_path):
    start = source.run_in_folder(painted(tmp_path / "run", tiny_pack.folder, 0.0, "stopped"))
    assert opened(export_bytes(start, "gif")).size == (640, 360)


def test_a_movie_names_the_characters_of_the_prompt_that_no_font_has(whole):
    import dataclasses

    prompt = "a fox \U000f1234 in snow"  # for private use, so in no font
    missing = dataclasses.replace(whole, request=dataclasses.replace(whole.request, prompt=prompt))
    said = "No font on the machine that drew this has \U000f1234."
    assert said in movie_frames.MovieFrames(missing, 640, 3).background_svg()
    assert "No font" not in movie_frames.MovieFrames(whole, 640, 3).background_svg()
