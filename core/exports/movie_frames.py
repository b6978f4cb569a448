"""The frames of a movie: the painters side by side with a step counter.

Texts are drawn as SVG and rasterised many frames at a time, since one call for each frame would cost more
than everything else; pictures are pasted in. They are enlarged smoothly, as the player does.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.base.measure_names import two_decimals
from core.base.settings import PAINTER_LABELS, optimised_realism_parts
from core.exports.caption import missing_characters
from core.exports.fonts import text_width, wrap_text
from core.exports.judge_scale import painter_labels
from core.exports.painter_styles import INK, MUTED, PAINTER_STYLES, RULE
from core.exports.progress import Progress, tell_nobody
from core.exports.source import ExportedRun
from core.exports.svg import rasterise, svg_document, svg_painter_symbol, svg_text
from core.storage.records import StepRow

WIDTH = 1280  # user units: a slide
HEIGHT = 720
MARGIN = 40
SIDE = 384  # of a picture
GAP = 24
TOP = 134  # of the pictures
BAR = 612  # top of the progress bar
ROOM = WIDTH - 2 * MARGIN
# The strips that change from frame to frame: (y, height).
STEPS = (TOP - 34, 30)
NUMBERS = (TOP + SIDE + 4, 40)
COUNTER = (BAR + 16, 56)
STRIPS = (STEPS, NUMBERS, COUNTER)
STRIPS_HEIGHT = sum(height for _, height in STRIPS)
AT_ONCE = 16  # frames whose texts are drawn in one call
PLAY_SECONDS = 8
READING_SIZE = 16
LABEL_SIZE = 15.0  # less where a label would be wider than its column
LABEL_GAP = 12
TERMS_SIZE = 13.0  # less where the line would be wider than the picture
REALISM_NOTE = "Realism: likeness to reference pictures, 0 to 1. "
UNSEEN_NOTE = "No painter sees it, nor the held-out judge."
OPTIMISED_NOTE = "Optimised, it is no longer a measure."


class MovieFrames:
    """Draws frames of WIDTH × HEIGHT units, `width` pixels wide.

    Args:
        most: how many frames there may be; fewer if the painters made fewer steps.
    """

    def __init__(self, source: ExportedRun, width: int, most: int) -> None:
        self.source = source
        self.scale = width / WIDTH
        longest = max(rows[-1].total for rows in source.rows.values())
        end = max(rows[-1].step / rows[-1].total for rows in source.rows.values())  # a run may be unfinished
        count = min(most, max(1, round(end * longest)) + 1)
        self.shares = [end * i / (count - 1) for i in range(count)]
        left = (WIDTH - len(source.painters) * (SIDE + GAP) + GAP) / 2
        self.lefts = {painter: left + i * (SIDE + GAP) for i, painter in enumerate(source.painters)}
        self.measures = source.all_measures
        # A fourth column makes use of the gap to the next picture.
        self.column = SIDE / 3 if len(self.measures) < 4 else (SIDE + GAP) / len(self.measures)
        settings = source.request.settings
        self.labels = {
            painter: list(painter_labels(self.measures, settings, settings.get(painter)).values())
            for painter in source.painters
        }
        widest = max(text_width(label, 1) for labels in self.labels.values() for label in labels)
        self.label_size = min(LABEL_SIZE, (self.column - LABEL_GAP) / widest)
        self._pictures: dict[
            str, tuple[int, np.ndarray]
        ] = {}  # painter → (step, picture as it was pasted last)

    def __len__(self) -> int:
        return len(self.shares)

    @property
    def fps(self) -> int:
        """Frames a second at which the whole run takes about PLAY_SECONDS."""
        return min(15, max(3, round(len(self) / PLAY_SECONDS)))

    def frames(self, tell: Progress = tell_nobody) -> Iterator[np.ndarray]:
        """Yield uint8 H×W×3, one for each share. `tell` is told how far it is, 0 … 1."""
        background = rasterise(self.background_svg(), self.scale)
        for start in range(0, len(self), AT_ONCE):
            shares = self.shares[start : start + AT_ONCE]
            strips = [self._strips_svg(share, i * STRIPS_HEIGHT) for i, share in enumerate(shares)]
            height = STRIPS_HEIGHT * len(shares) + 2  # room for strips that were rounded up to whole pixels
            drawn = rasterise(svg_document(WIDTH, height, "".join(strips)), self.scale)
            for i, share in enumerate(shares):
                frame = background.copy()
                self._paste_strips(frame, drawn, i * STRIPS_HEIGHT)
                for painter, row in self.source.at(share).items():
                    self._paste_picture(frame, painter, row)
                self._paste_bar(frame, share)
                yield frame
                tell((start + i + 1) / len(self))

    def background_svg(self) -> str:
        """What stays: prompt, painters' names, labels, notes."""
        parts = self._prompt()
        for painter, x in self.lefts.items():
            parts.append(svg_painter_symbol(painter, x, TOP - 20))
            parts.append(svg_text(x + 52, TOP - 8, PAINTER_LABELS[painter], 20, weight="bold"))
            for i, label in enumerate(self.labels[painter]):
                parts.append(svg_text(x + i * self.column, TOP + SIDE + 62, label, self.label_size, MUTED))
            terms = self.source.painter_terms(painter).line()
            size = min(TERMS_SIZE, SIDE / text_width(terms, 1))
            parts.append(svg_text(x, TOP + SIDE + 82, terms, size, MUTED))
        for y, note in zip((BAR + 44, BAR + 66), self._notes(), strict=True):
            parts.append(svg_text(WIDTH - MARGIN, y, note, 15, MUTED, anchor="end"))
        return svg_document(WIDTH, HEIGHT, "".join(parts))

    def _prompt(self) -> list[str]:
        """The prompt as large as it fits on one line, or on two of which the second may be cut off."""
        prompt = f"“{self.source.request.prompt}”"
        size = max(20.0, min(34.0, ROOM / text_width(prompt, 1, "bold")))
        lines = wrap_text(prompt, ROOM + 1, size, "bold")
        if len(lines) > 2:
            lines = [lines[0], lines[1][:-1] + "…”"]
        note = self._prompt_note()
        top = 62 if len(lines) == 1 and not note else 56
        if note:
            top -= 20 * (len(lines) - 1)
        parts = [svg_text(MARGIN, top + i * 26, line, size, weight="bold") for i, line in enumerate(lines)]
        y = top + 26 * (len(lines) - 1) + 24
        return [*parts, svg_text(MARGIN, y, note, READING_SIZE)] if note else parts

    def _prompt_note(self) -> str:
        """What the prompt cannot show and how the models read it, on one line that may be cut off."""
        sentences = [*missing_characters(self.source.request.prompt), self.source.reading_note]
        line, *rest = wrap_text(" ".join(filter(None, sentences)), ROOM, READING_SIZE) or [""]
        return line + (" …" if rest else "")

    def _notes(self) -> tuple[str, str]:
        request = self.source.request
        optimised = any(optimised_realism_parts(settings) for settings in request.settings.values())
        pack = f"{self.source.manifest['name']} {self.source.pack_hash[:8]}"
        said = f"{self.source.terms.label} · seed {request.seed} · pack {pack} · judges: {self.source.scale}"
        return said, REALISM_NOTE + (OPTIMISED_NOTE if optimised else UNSEEN_NOTE)

    def _strips_svg(self, share: float, y: float) -> str:
        """The changing texts of one frame as SVG, stacked from y on."""
        parts = []
        for painter, row in self.source.at(share).items():
            x = self.lefts[painter]
            step = f"step {row.step} of {row.total}"
            parts.append(svg_text(x + SIDE, y + TOP - 8 - STEPS[0], step, 16, MUTED, anchor="end"))
            shown = self.source.shown(row)
            for i, name in enumerate(self.measures):
                number = "–" if shown[name] is None else two_decimals(shown[name])
                parts.append(svg_text(x + i * self.column, y + STEPS[1] + 36, number, 30, weight="bold"))
        counter = y + STEPS[1] + NUMBERS[1] + 40
        parts.append(svg_text(MARGIN, counter, f"{round(100 * share)} %", 40, weight="bold"))
        parts.append(svg_text(MARGIN + 124, counter, "of the steps", 20, MUTED))
        return "".join(parts)

    def _px(self, units: float) -> int:
        return round(units * self.scale)

    def _paste_strips(self, frame: np.ndarray, drawn: np.ndarray, y: float) -> None:
        for top, height in STRIPS:
            target = frame[self._px(top) :][: self._px(height)]
            # The strips and the background are dark on white: the darker of the two shows both.
            np.minimum(target, drawn[self._px(y) :][: self._px(height)], out=target)
            y += height

    def _paste_picture(self, frame: np.ndarray, painter: str, row: StepRow) -> None:
        image = self._picture(painter, row)
        y = self._px(TOP)
        x = self._px(self.lefts[painter])
        frame[y : y + len(image), x : x + len(image)] = image
        done = round(len(image) * row.step / row.total)
        foot = y + len(image)
        frame[foot : foot + self._px(4), x : x + done] = _rgb(PAINTER_STYLES[painter].colour)

    def _picture(self, painter: str, row: StepRow) -> np.ndarray:
        """The painter's picture as large as it is shown; kept while the step stays the same."""
        from PIL import Image

        nearest = self.source.nearest_with_frame(row)
        kept = self._pictures.get(painter)
        if kept is None or kept[0] != nearest.step:
            side = self._px(SIDE)
            image = Image.fromarray(self.source.image(nearest)).resize((side, side), Image.Resampling.BICUBIC)
            kept = self._pictures[painter] = (nearest.step, np.asarray(image))
        return kept[1]

    def _paste_bar(self, frame: np.ndarray, share: float) -> None:
        rows = slice(self._px(BAR), self._px(BAR + 6))
        left = self._px(MARGIN)
        right = self._px(WIDTH - MARGIN)
        frame[rows, left:right] = _rgb(RULE)
        frame[rows, left : left + round((right - left) * share)] = _rgb(INK)


def _rgb(colour: str) -> list[int]:
    """#rrggbb → three numbers, 0 … 255."""
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
