"""The model card of a pack: the report of `bench pack`, and the same prompts rendered and painted."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.base.files import write_bytes
from core.bench.pack_under_test import PackTest
from core.bench.report import ReportRow
from core.lesson.story_data import read_story
from core.lesson.story_words import amount_sentence, terms_table
from core.training import evaluate
from core.world.grammar import caption

COLUMNS = 8
SIDE = 160  # of a cell, pixels
LEFT = 190  # for the names of the rows
TOP = 56  # for the captions
ROWS = (
    ("rendering", "real, never trained on"),
    ("reconstruction", "VQGAN, through its codes"),
    ("unguided", "denoiser, no condition"),
    ("text", "denoiser, text alone"),
    ("both", "denoiser, text and judge"),
    ("diffusion", "guided diffusion, default"),
    ("vqgan", "VQGAN+CLIP, default"),
    ("pixels", "pixel ascent, default"),
)
TRAINING = "TRAINING.md"  # beside the card, written by hand
REACHED = {True: "yes", False: "**no**", None: "–"}


def picture_sheet(test: PackTest) -> Image.Image:
    """RGB image: one column per prompt, one row per setup; the first seed of each, nothing hand-picked."""
    count = min(COLUMNS, test.prompts)
    image = Image.new("RGB", (LEFT + count * SIDE, TOP + len(ROWS) * SIDE), "white")
    draw = ImageDraw.Draw(image)
    bold = ImageFont.load_default(17)
    small = ImageFont.load_default(12)
    for column, scene in enumerate(test.drawn[:count]):
        for line, words in enumerate(_wrapped(caption(scene), small, SIDE - 8)):
            draw.text((LEFT + column * SIDE + 4, 4 + 15 * line), words, "black", small)
    for row, (setup, meaning) in enumerate(ROWS):
        top = TOP + row * SIDE
        draw.text((8, top + SIDE // 2 - 20), setup, "black", bold)
        draw.text((8, top + SIDE // 2 + 4), meaning, "#555555", small)
        for column in range(count):
            picture = Image.fromarray(_picture(test, setup, column))
            cell = picture.resize((SIDE - 4, SIDE - 4), Image.Resampling.LANCZOS)
            image.paste(cell, (LEFT + column * SIDE + 2, top + 2))
    return image


def _picture(test: PackTest, setup: str, column: int) -> np.ndarray:
    if setup == "rendering":
        return test.pictures[column]
    if setup == "reconstruction":
        return evaluate.reconstruct(test.pack.vqgan, test.pictures[column])
    return test.runs[setup]["picture"][column, 0]


def _wrapped(text: str, font: Any, width: int, most: int = 3) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines[:most]


def write_card(test: PackTest, rows: list[ReportRow], folder: Path) -> None:
    """Write README.md and sheet.webp into the folder of the pack. Raises OutputError."""
    memory = io.BytesIO()
    picture_sheet(test).save(memory, "WEBP", quality=88, method=6)
    write_bytes(folder / "sheet.webp", memory.getvalue())
    write_bytes(folder / "README.md", card_text(test, rows).encode())


def card_text(test: PackTest, rows: list[ReportRow]) -> str:
    """The card as Markdown."""
    manifest = test.pack.manifest
    size = f"{manifest['size']}×{manifest['size']} px"
    options = f"--seed {test.seed} --prompts {test.prompts} --seeds {test.seeds}"
    figures = [(row.name, row.figure_text(3), row.must, REACHED[row.ok], row.note) for row in rows]
    models = [
        (name, entry.get("architecture", ""), f"{entry['parameters'] / 1e6:.2f} M", _recipe(entry))
        for name, entry in manifest["models"].items()
    ]
    return "\n".join(
        [
            f"# {manifest['title']}",
            "",
            f"Pictures of {size}; licence {manifest['licence']}; pack {test.pack.hash[:16]}."
            + _trained(test.pack.folder),
            "",
            "The same prompts, rendered and painted: the first prompts and seeds drawn, nothing hand-picked.",
            "",
            "![renderings, reconstructions, samples and paintings of the same prompts](sheet.webp)",
            "",
            f"Made by `python -m core bench pack --card {options}` on "
            "freshly rendered scenes that no model was trained on:",
            "",
            *_table(("figure", "measured", "must", "reached", ""), figures),
            "",
            *_table(("model", "architecture", "parameters", "recipe"), models),
            "",
            *_choices(manifest.get("choices") or ()),
            *story_section(test.pack.hash),
        ]
    )


def story_section(pack_hash: str) -> list[str]:
    """What `bench story` measured with this pack; nothing where it measured another one."""
    story = read_story()
    if story is None or story.pack_hash != pack_hash:
        return []
    heading = "The comparison itself, means with 95 % intervals, judges on the shared scale:"
    return [heading, "", *terms_table(story), "", amount_sentence(story), ""]


def _trained(folder: Path) -> str:
    """Where a pack says how its weights were trained, if it does."""
    return f" [How it was trained]({TRAINING})." if (folder / TRAINING).is_file() else ""


def _table(titles: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |".replace("|  |", "| |")
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


def _choices(lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not lines:
        return
    how = "short trainings of the same length where one was left out"
    yield f"What the choices in training are worth, each on the test split ({how}):"
    yield ""
    columns = ("model", "choice", "figure", "with", "without", "steps")
    rows = [{**line, **{name: f"{line[name]:.4g}" for name in ("with", "without")}} for line in lines]
    yield from _table(columns, [tuple(row[column] for column in columns) for row in rows])
    yield ""


def _recipe(entry: dict[str, Any]) -> str:
    return str((entry.get("training") or {}).get("recipe", "")).replace("|", "/")
