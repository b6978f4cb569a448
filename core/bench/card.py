"""The model card of a pack: the report of `bench pack`, and the same prompts photographed and painted."""

import io

from PIL import Image, ImageDraw, ImageFont

from core.images import write_bytes
from core.training import evaluate
from core.world.grammar import caption

COLUMNS, SIDE, LEFT, TOP = 8, 160, 190, 56
ROWS = (
    ("photograph", "rendered, never trained on"),
    ("reconstruction", "VQGAN, through its codes"),
    ("unguided", "denoiser, no condition"),
    ("text", "denoiser, text alone"),
    ("judge", "denoiser, judge alone"),
    ("diffusion", "guided diffusion, default"),
    ("vqgan", "VQGAN+CLIP, default"),
    ("pixels", "pixel ascent, default"),
)


def sheet(trial):
    """RGB image: one column per prompt, one row per way; the first seed of each, nothing chosen."""
    count = min(COLUMNS, trial.prompts)
    image = Image.new("RGB", (LEFT + count * SIDE, TOP + len(ROWS) * SIDE), "white")
    draw = ImageDraw.Draw(image)
    bold, small = ImageFont.load_default(17), ImageFont.load_default(12)
    for column, scene in enumerate(trial.drawn[:count]):
        for line, words in enumerate(_lines(caption(scene), small, SIDE - 8)):
            draw.text((LEFT + column * SIDE + 4, 4 + 15 * line), words, "black", small)
    for row, (way, meaning) in enumerate(ROWS):
        top = TOP + row * SIDE
        draw.text((8, top + SIDE // 2 - 20), way, "black", bold)
        draw.text((8, top + SIDE // 2 + 4), meaning, "#555555", small)
        for column in range(count):
            picture = Image.fromarray(_picture(trial, way, column)).resize((SIDE - 4, SIDE - 4), Image.Resampling.LANCZOS)
            image.paste(picture, (LEFT + column * SIDE + 2, top + 2))
    return image


def _picture(trial, way, column):
    if way == "photograph":
        return trial.pictures[column]
    if way == "reconstruction":
        return evaluate.reconstruct(trial.pack.vqgan, trial.pictures[column])
    return trial.runs[way]["picture"][column, 0]


def _lines(text, font, width, most=3):
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines[:most]


def write(trial, rows, folder):
    """Write README.md and sheet.webp into the folder of the pack. Raises OutputError."""
    memory = io.BytesIO()
    sheet(trial).save(memory, "WEBP", quality=88, method=6)
    write_bytes(folder / "sheet.webp", memory.getvalue())
    write_bytes(folder / "README.md", text(trial, rows).encode())


def text(trial, rows):
    """The card as Markdown."""
    manifest = trial.pack.manifest
    mark = {True: "yes", False: "**no**", None: "–"}
    number = lambda figure: figure if isinstance(figure, str) else f"{figure:.3g}"
    table = [f"| {row.name} | {number(row.figure)} | {row.must} | {mark[row.ok]} | {row.note} |" for row in rows]
    recipe = [
        f"| {name} | {entry.get('architecture', '')} | {entry['parameters'] / 1e6:.2f} M | {_recipe(entry)} |"
        for name, entry in manifest["models"].items()
    ]
    return "\n".join(
        [
            f"# {manifest['title']}",
            "",
            f"Pictures of {manifest['size']}×{manifest['size']} px; licence {manifest['licence']}; pack {trial.pack.hash[:16]}.",
            "",
            "The same prompts, photographed and painted: the first prompts and seeds drawn, nothing chosen.",
            "",
            "![photographs, reconstructions, samples and paintings of the same prompts](sheet.webp)",
            "",
            f"Made by `python -m core bench pack --card --seed {trial.seed} --prompts {trial.prompts} --seeds {trial.seeds}` on "
            "freshly rendered scenes that no model was trained on:",
            "",
            "| figure | measured | must | reached | |",
            "|---|---|---|---|---|",
            *table,
            "",
            "| model | architecture | parameters | recipe |",
            "|---|---|---|---|",
            *recipe,
            "",
            *_choices(manifest.get("choices") or ()),
        ]
    )


def _choices(lines):
    if not lines:
        return
    yield "What the choices in training are worth, each on the test split (short trainings of the same length where one was left out):"
    yield ""
    yield "| model | choice | figure | with | without | steps |"
    yield "|---|---|---|---|---|---|"
    for line in lines:
        yield f"| {line['model']} | {line['choice']} | {line['figure']} | {line['with']:.4g} | {line['without']:.4g} | {line['steps']} |"
    yield ""


def _recipe(entry):
    return str((entry.get("training") or {}).get("recipe", "")).replace("|", "/")
