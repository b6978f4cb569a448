"""The run as a movie: animated WebP, GIF and MP4 of the frames that core.exports.movie_frames draws."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.png_records import RECORD_KEY
from core.base.webp_text import xmp_packet
from core.exports.movie_frames import HEIGHT, WIDTH, MovieFrames
from core.exports.progress import Progress, tell_nobody
from core.exports.source import ExportedRun

if TYPE_CHECKING:
    from PIL import Image

HOLD_SECONDS = 2  # for the last frame


def webp(source: ExportedRun, tell: Progress = tell_nobody) -> bytes:
    """Animated WebP, 960 px wide. Its XMP holds the run's record."""
    movie = MovieFrames(source, 960, 101)
    xmp = xmp_packet(source.record("movie"))
    return _animated(movie, _images(movie.frames(tell)), "WEBP", quality=75, method=2, xmp=xmp)


def gif(source: ExportedRun, tell: Progress = tell_nobody) -> bytes:
    """Animated GIF, 640 px wide; 256 colours for each frame. Its comment is the run's record."""
    from PIL import Image

    def palette(image: Image.Image) -> Image.Image:
        return image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.FLOYDSTEINBERG)

    movie = MovieFrames(source, 640, 61)
    images = map(palette, _images(movie.frames(tell)))
    return _animated(movie, images, "GIF", comment=source.record("movie")[RECORD_KEY].encode())


def _images(frames: Iterable[np.ndarray]) -> Iterator[Image.Image]:
    from PIL import Image

    return map(Image.fromarray, frames)


def _animated(movie: MovieFrames, images: Iterator[Image.Image], form: str, **options: Any) -> bytes:
    durations = [round(1000 / movie.fps)] * (len(movie) - 1) + [1000 * HOLD_SECONDS]
    buffer = io.BytesIO()
    first = next(images)
    first.save(buffer, form, save_all=True, append_images=images, duration=durations, loop=0, **options)
    return buffer.getvalue()


def mp4(source: ExportedRun, tell: Progress = tell_nobody) -> bytes:
    """H.264 video, 1280 px wide; plays in browsers and slides. Its comment is the run's record."""
    import av

    movie = MovieFrames(source, WIDTH, 121)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "movie.mp4"
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            container.metadata["title"] = source.request.prompt
            container.metadata["comment"] = source.record("movie")[RECORD_KEY]
            options = {"crf": "20", "preset": "veryfast"}
            stream = container.add_stream("libx264", rate=Fraction(movie.fps), options=options)
            stream.width = WIDTH
            stream.height = HEIGHT
            stream.pix_fmt = "yuv420p"
            stream.codec_context.thread_count = 1
            for frame in _held(movie.frames(tell), HOLD_SECONDS * movie.fps):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode())
        return path.read_bytes()


def _held(frames: Iterable[np.ndarray], times: int) -> Iterator[np.ndarray]:
    """Frames with the last one repeated."""
    for frame in frames:
        yield frame
    for _ in range(times):
        yield frame
