"""figure.png: what it must hold, and that any prompt and any run can be drawn."""

import io
import re
import xml.etree.ElementTree as xml

import numpy as np
import pytest
from PIL import Image

from core.charts import COLOURS, curve, plane
from core.errors import OutputError
from core.figures import Sheet, figure_png, figure_svg, read_sheet
from core.frame import Frame, Measurement
from core.runs import FolderRecorder
from core.settings import LABELS, PAINTERS, RunRequest

JUDGED = {"p5": 0.4, "p50": 0.7, "p95": 0.85, "matched": 0.7, "mismatched": 0.05}
REFERENCE = {"score": JUDGED, "heldout": JUDGED, "realism": {"p5": 0.5, "p50": 0.9, "p95": 0.98}}


def rows(total=6):
    return [
        {"step": i, "total": total, "seconds": 0.1 * i, "score": 0.1 + 0.1 * i, "heldout": -0.1 + 0.05 * i, "realism": 0.1 * i}
        for i in range(total + 1)
    ]


def sheet(prompt="a red fox in snow", painters=tuple(PAINTERS), size=16, **changed):
    rng = np.random.default_rng(0)
    values = {
        "prompt": prompt,
        "seed": 3,
        "pack": "tiny",
        "pack_hash": "ab" * 32,
        "settings": RunRequest.make("a", painters=painters).to_dict()["settings"],
        "versions": {"python": "3.11", "torch": "2.13"},
        "rows": {p: rows() for p in painters},
        "images": {p: rng.integers(0, 256, (size, size, 3), dtype=np.uint8) for p in painters},
        "reference": REFERENCE,
        "record": {"can-the-judge-paint": "what core.metadata says"},
    }
    return Sheet(**(values | changed))


def pixels(png):
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image.convert("RGB"))


@pytest.fixture(scope="module")
def drawn():
    return figure_png(sheet())


def test_size_density_and_text_records(drawn):
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.width == 1800 and image.info["dpi"][0] == pytest.approx(200, abs=0.1)
        assert image.text["Title"].endswith("a red fox in snow") and "torch 2.13" in image.text["Software"]
        assert image.text["can-the-judge-paint"] == "what core.metadata says"
        assert image.text["Description"].startswith("Pixel ascent, VQGAN+CLIP and Guided diffusion end up sharing")


def test_every_painter_is_drawn_in_its_colour_and_with_its_last_frame(drawn):
    picture = pixels(drawn)
    for painter, colour in COLOURS.items():
        rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert (picture == rgb).all(axis=2).sum() > 500, painter
    for frame in sheet().images.values():  # 16 px frames are shown 32 times as large, without smoothing
        corner = frame[5, 5]
        found = (picture == corner).all(axis=2)
        assert found.sum() >= 32 * 32


def test_the_same_run_gives_the_same_bytes(drawn):
    assert figure_png(sheet()) == drawn


def test_words_and_caption_are_in_the_vector_version():
    text = "".join(xml.fromstring(figure_svg(sheet())).itertext())
    for said in ("“a red fox in snow”", "Seed 3.", "learning_rate 0.05", "abababababababab", "torch 2.13", "real photographs", "In words"):
        assert said in text
    assert "step 6 of 6" in text and "Judge score against realism" in text


@pytest.mark.parametrize("prompt", ["<b>&\"'</b>", "x" * 300, "漢字" * 150, "🦊 a fox", "a\x00b \x1f \udcff", "🦊" * 300])
def test_any_prompt_makes_a_well_formed_sheet(prompt):
    tree = xml.fromstring(figure_svg(sheet(prompt)).encode())
    assert 900 == int(tree.get("width")) and int(tree.get("height")) < 2000


def test_ids_of_different_charts_do_not_collide():
    svg = figure_svg(sheet())
    ids = re.findall(r'\bid="([^"]+)"', svg)
    used = set(re.findall(r"url\(#([^)]+)\)", svg))
    assert ids and len(ids) == len(set(ids)) and used <= set(ids)
    assert all(re.match(r"(c[012]|plane)-", name) for name in ids)


@pytest.mark.parametrize("painters", [("vqgan",), ("pixels", "diffusion")])
def test_some_painters_only(painters):
    text = "".join(xml.fromstring(figure_svg(sheet(painters=painters))).itertext())
    assert {p for p, label in LABELS.items() if label in text} == set(painters)


def test_bare_start_and_single_row_can_be_drawn():
    text = figure_svg(sheet(rows={p: rows()[:1] for p in PAINTERS}))
    assert "step 0 of 6" in text


def test_axes_hold_the_points_and_the_band():
    chart = curve({"pixels": rows()}, "score", REFERENCE["score"], 100, 100).to_dict()
    domain = chart["layer"][1]["encoding"]["y"]["scale"]["domain"]
    assert domain[0] <= 0.1 and domain[1] >= 0.85
    layers = plane({"pixels": rows()}, REFERENCE, 100, 100).to_dict()["layer"]
    assert layers[2]["encoding"]["y"]["scale"]["domain"][0] == 0


def record(folder, pack, steps=2):
    request = RunRequest.make("a red fox", 5, str(pack), ("pixels",), pixels={"steps": 4})
    with FolderRecorder(folder, request, "cd" * 32) as recorder:
        for step in range(steps):
            image = np.full((8, 8, 3), 40 * step, np.uint8)
            recorder.record(Frame("pixels", step, 4, image), Measurement(0.5 * step, 0.2, 0.1, 0.3))
        recorder.finish("stopped")


def test_a_sheet_is_read_from_a_run_folder(tiny_pack, tmp_path):
    record(tmp_path / "run", tiny_pack.folder)
    read = read_sheet(tmp_path / "run")
    assert (read.prompt, read.seed, read.pack, read.pack_hash) == ("a red fox", 5, "tiny", "cd" * 32)
    assert [r["step"] for r in read.rows["pixels"]] == [0, 1] and read.rows["pixels"][1]["seconds"] == 0.5
    assert (read.images["pixels"] == 40).all() and read.reference == tiny_pack.manifest["reference"]
    assert read.versions["python"] and read.painters == ["pixels"]


def test_a_folder_without_frames_is_refused(tiny_pack, tmp_path):
    record(tmp_path / "run", tiny_pack.folder, steps=0)
    with pytest.raises(OutputError, match="nothing to draw"):
        read_sheet(tmp_path / "run")
