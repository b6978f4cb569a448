"""The run as a moving picture: the painters side by side with a step counter. Animated WebP, GIF and MP4.

Texts are drawn as SVG and rasterised many frames at a time, since one call for each frame would cost more
than everything else; pictures are pasted in. They are enlarged smoothly, as the player does.
"""

import io
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.charts import COLOURS, INK, QUIET, RULE
from core.drawing import columns, document, number, rasterise, symbol, text, wrap
from core.figures import FIGURES
from core.metadata import KEY
from core.settings import LABELS, optimised_proxy, realism_label

WIDTH, HEIGHT, MARGIN = 1280, 720, 40  # user units: a slide
SIDE, GAP, TOP = 384, 24, 134
BAR = 612
STEPS, NUMBERS, COUNTER = (TOP - 34, 30), (TOP + SIDE + 4, 40), (BAR + 16, 56)  # strips that change: y, height
STRIP = STEPS[1] + NUMBERS[1] + COUNTER[1]
AT_ONCE = 16  # frames whose texts are drawn in one call
PLAY_SECONDS, HOLD_SECONDS = 8, 2


class Stage:
    """Draws frames of WIDTH × HEIGHT units, `width` pixels wide.

    Args:
        source: core.exports.source.Source.
        most: how many frames there may be; fewer if the painters made fewer steps.
    """

    def __init__(self, source, width, most):
        self.source, self.scale = source, width / WIDTH
        longest = max(rows[-1].total for rows in source.rows.values())
        head = max(rows[-1].step / rows[-1].total for rows in source.rows.values())  # a run may be unfinished
        count = min(most, max(1, round(head * longest)) + 1)
        self.shares = [head * i / (count - 1) for i in range(count)]
        row = len(source.painters) * (SIDE + GAP) - GAP
        self.slots = {p: (WIDTH - row) / 2 + i * (SIDE + GAP) for i, p in enumerate(source.painters)}

    def __len__(self):
        return len(self.shares)

    @property
    def fps(self):
        """Frames a second at which the whole run takes about PLAY_SECONDS."""
        return min(15, max(3, round(len(self) / PLAY_SECONDS)))

    def frames(self, tell=lambda share: None):
        """Yield uint8 H×W×3, one for each share. `tell` hears how far it is, 0 … 1."""
        background = rasterise(document(WIDTH, HEIGHT, "".join(self._background())), self.scale)
        pictures = {}
        for start in range(0, len(self), AT_ONCE):
            states = [self.source.at(share) for share in self.shares[start : start + AT_ONCE]]
            strips = "".join(
                self._strip(state, share, i * STRIP) for i, (state, share) in enumerate(zip(states, self.shares[start:], strict=False))
            )
            drawn = rasterise(document(WIDTH, STRIP * len(states), strips), self.scale)
            for i, state in enumerate(states):
                frame = background.copy()
                self._paste_strips(frame, drawn, i * STRIP)
                for painter, row in state.items():
                    self._paste_picture(frame, painter, row, pictures)
                self._paste_bar(frame, self.shares[start + i])
                yield frame
                tell((start + i + 1) / len(self))

    def _background(self):
        prompt = f"“{self.source.request.prompt}”"
        size = max(20, min(34, (WIDTH - 2 * MARGIN) / (0.54 * columns(prompt))))
        lines = wrap(prompt, (WIDTH - 2 * MARGIN) / (0.54 * size))
        if len(lines) > 2:
            lines = [lines[0], lines[1][:-1] + "…”"]
        for i, line in enumerate(lines):
            yield text(MARGIN, 56 + i * 26 if len(lines) > 1 else 62, line, size, weight="bold")
        for painter, x in self.slots.items():
            yield symbol(painter, x, TOP - 20)
            yield text(x + 52, TOP - 8, LABELS[painter], 20, weight="bold")
            settings = self.source.request.settings.get(painter)
            for i, label in enumerate({**FIGURES, "realism": realism_label(settings)}.values()):
                yield text(x + i * SIDE / 3, TOP + SIDE + 64, label, 15, QUIET)
        request, manifest = self.source.request, self.source.manifest
        yield text(
            WIDTH - MARGIN, BAR + 44, f"seed {request.seed} · pack {manifest['name']} {self.source.pack_hash[:8]}", 15, QUIET, anchor="end"
        )
        seen = any(optimised_proxy(settings) for settings in self.source.request.settings.values())
        told = "Realism: likeness to reference photographs, 0 to 1. "
        told += "Climbed, it is no longer a measure." if seen else "No painter sees it, nor the held-out judge."
        yield text(WIDTH - MARGIN, BAR + 66, told, 15, QUIET, anchor="end")

    def _strip(self, state, share, y):
        """The changing texts of one frame as SVG, stacked from y on."""
        parts = []
        for painter, row in state.items():
            x = self.slots[painter]
            parts.append(text(x + SIDE, y + TOP - 8 - STEPS[0], f"step {row.step} of {row.total}", 16, QUIET, anchor="end"))
            for i, key in enumerate(FIGURES):
                parts.append(text(x + i * SIDE / 3, y + STEPS[1] + 36, number(getattr(row, key)), 30, weight="bold"))
        counter = y + STEPS[1] + NUMBERS[1] + 40
        parts.append(text(MARGIN, counter, f"{round(100 * share)} %", 40, weight="bold"))
        parts.append(text(MARGIN + 124, counter, "of the steps", 20, QUIET))
        return "".join(parts)

    def _px(self, units):
        return round(units * self.scale)

    def _paste_strips(self, frame, drawn, y):
        for top, height in (STEPS, NUMBERS, COUNTER):
            rows = self._px(height)
            into, of = frame[self._px(top) : self._px(top) + rows], drawn[self._px(y) : self._px(y) + rows]
            # The strips and the background are dark on white: the darker of the two shows both.
            np.minimum(into, of, out=into)
            y += height

    def _paste_picture(self, frame, painter, row, pictures):
        from PIL import Image

        nearest = self.source.nearest(row)
        if pictures.get(painter, (None,))[0] != nearest.step:
            side = self._px(SIDE)
            small = Image.fromarray(self.source.image(nearest))
            pictures[painter] = nearest.step, np.asarray(small.resize((side, side), Image.Resampling.BICUBIC))
        image = pictures[painter][1]
        y, x = self._px(TOP), self._px(self.slots[painter])
        frame[y : y + len(image), x : x + len(image)] = image
        foot = y + len(image) + self._px(4)
        done = round(len(image) * row.step / row.total)
        frame[foot - self._px(4) : foot, x : x + done] = _rgb(COLOURS[painter])

    def _paste_bar(self, frame, share):
        left, right, top, bottom = self._px(MARGIN), self._px(WIDTH - MARGIN), self._px(BAR), self._px(BAR + 6)
        frame[top:bottom, left:right] = _rgb(RULE)
        frame[top:bottom, left : left + round((right - left) * share)] = _rgb(INK)


def webp(source, tell=lambda share: None):
    """Animated WebP, 960 px wide, as bytes."""
    stage = Stage(source, 960, 101)
    return _animated(stage, stage.frames(tell), "WEBP", quality=75, method=2)


def gif(source, tell=lambda share: None):
    """Animated GIF, 640 px wide, as bytes; 256 colours for each frame. Its comment is the run's record."""
    stage = Stage(source, 640, 61)
    return _animated(stage, stage.frames(tell), "GIF", comment=source.record("figure")[KEY].encode())


def _animated(stage, frames, form, **options):
    from PIL import Image

    def prepared():
        for frame in frames:
            image = Image.fromarray(frame)
            yield image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.FLOYDSTEINBERG) if form == "GIF" else image

    images = prepared()
    first, each = next(images), round(1000 / stage.fps)
    buffer = io.BytesIO()
    durations = [each] * (len(stage) - 1) + [1000 * HOLD_SECONDS]
    first.save(buffer, form, save_all=True, append_images=images, duration=durations, loop=0, **options)
    return buffer.getvalue()


def mp4(source, tell=lambda share: None):
    """H.264 video, 1280 px wide, as bytes; plays in browsers and slides. Its comment is the run's record."""
    import av

    stage = Stage(source, 1280, 121)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "movie.mp4"
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            container.metadata["title"] = source.request.prompt
            container.metadata["comment"] = source.record("figure")[KEY]
            stream = container.add_stream("libx264", rate=Fraction(stage.fps), options={"crf": "20", "preset": "veryfast"})
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.codec_context.thread_count = 1
            for frame in stage.frames(tell):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            for _ in range(HOLD_SECONDS * stage.fps):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode())
        return path.read_bytes()


def _rgb(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
