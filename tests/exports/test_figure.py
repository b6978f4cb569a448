"""figure.png: what it must hold, and that any prompt and any run can be drawn."""

import io
import re
import xml.etree.ElementTree as xml
from pathlib import Path

import numpy as np
import pytest
import vl_convert
from PIL import Image

from app.charts.player_charts import chart_specs
from core.base.errors import OutputError
from core.base.frame import Frame, Measurement
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.execute import FolderRecorder
from core.exports.charts import chart_data, curve_chart, filled_chart, plane_chart
from core.exports.figure import FigureData, figure_png, figure_svg, read_figure_data
from core.exports.painter_styles import PAINTER_STYLES

JUDGED = {"p5": 0.4, "p50": 0.7, "p95": 0.85, "matched": 0.7, "mismatched": 0.05}
REFERENCE = {"score": JUDGED, "heldout": JUDGED, "realism": {"p5": 0.5, "p50": 0.9, "p95": 0.98}}


def rows(total: int = 6) -> list[dict]:
    return [
        {
            "step": i,
            "total": total,
            "seconds": 0.1 * i,
            "score": 0.1 + 0.1 * i,
            "heldout": -0.1 + 0.05 * i,
            "realism": 0.1 * i,
        }
        for i in range(total + 1)
    ]


def data_of(
    prompt: str = "a red fox in snow", painters: tuple = tuple(PAINTERS), size: int = 16, **changed: object
) -> FigureData:
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
        "record": {"can-the-judge-paint": "what core.base.png_records says"},
    }
    return FigureData(**(values | changed))


def pixels(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image.convert("RGB"))


@pytest.fixture(scope="module")
def drawn():
    return figure_png(data_of())


def test_size_density_and_text_records(drawn):
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.width == 1800 and image.info["dpi"][0] == pytest.approx(200, abs=0.1)
        assert image.text["Title"].endswith("a red fox in snow") and "torch 2.13" in image.text["Software"]
        assert image.text["can-the-judge-paint"] == "what core.base.png_records says"
        assert image.text["Description"].startswith(
            "Pixel ascent, VQGAN+CLIP and Guided diffusion end up sharing"
        )


def test_every_painter_is_drawn_in_its_colour_and_with_its_last_frame(drawn):
    picture = pixels(drawn)
    for painter, style in PAINTER_STYLES.items():
        rgb = [int(style.colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert (picture == rgb).all(axis=2).sum() > 500, painter
    for frame in data_of().images.values():  # 16 px frames are shown 32 times as large, without smoothing
        corner = frame[5, 5]
        found = (picture == corner).all(axis=2)
        assert found.sum() >= 32 * 32


def test_the_same_run_gives_the_same_bytes(drawn):
    assert figure_png(data_of()) == drawn


def test_words_and_caption_are_in_the_vector_version():
    text = "".join(xml.fromstring(figure_svg(data_of())).itertext())
    for said in (
        "“a red fox in snow”",
        "Seed 3.",
        "learning_rate 0.05",
        "abababababababab",
        "torch 2.13",
        "real pictures",
        "In words",
    ):
        assert said in text
    assert "step 6 of 6" in text and "Judge score against realism" in text


@pytest.mark.parametrize(
    "prompt", ["<b>&\"'</b>", "x" * 300, "漢字" * 150, "🦊 a fox", "a\x00b \x1f \udcff", "🦊" * 300]
)
def test_any_prompt_makes_a_well_formed_figure(prompt):
    tree = xml.fromstring(figure_svg(data_of(prompt)).encode())
    assert 900 == int(tree.get("width")) and int(tree.get("height")) < 2000


def test_ids_of_different_charts_do_not_collide():
    svg = figure_svg(data_of())
    ids = re.findall(r'\bid="([^"]+)"', svg)  # Vega gives one to each clip; it has none today
    used = set(re.findall(r"url\(#([^)]+)\)", svg))
    assert len(ids) == len(set(ids)) and used <= set(ids)


@pytest.mark.parametrize("painters", [("vqgan",), ("pixels", "diffusion")])
def test_some_painters_only(painters):
    text = "".join(xml.fromstring(figure_svg(data_of(painters=painters))).itertext())
    assert {p for p, label in PAINTER_LABELS.items() if label in text} == set(painters)


def test_bare_start_and_single_row_can_be_drawn():
    text = figure_svg(data_of(rows={p: rows()[:1] for p in PAINTERS}))
    assert "step 0 of 6" in text


def test_axes_hold_the_points_and_the_band():
    data = chart_data({"pixels": rows()}, REFERENCE)
    drawn = vl_convert.vegalite_to_svg(filled_chart(curve_chart("score"), data, 200, 200))
    labels = [float(label.replace("−", "-")) for label in re.findall(r">([−\d.]+)</text>", drawn)]
    assert min(labels) <= 0.1 and max(labels) == 100  # per cent of the run
    assert [band["low"] for band in data["reference"]] == [0.4, 0.4, 0.5] and len(data["box"]) == 1


def test_page_and_figure_draw_the_same_chart():
    data = chart_data({"pixels": rows()}, REFERENCE)
    for name, chart in (("score", curve_chart("score")), ("plane", plane_chart())):
        page = chart_specs()[name]
        figure = filled_chart(chart, data, 200, 100)
        assert page["layer"] == figure["layer"], name


def test_charts_without_a_reference_have_no_band():
    data = chart_data({"pixels": rows()}, None)
    assert data["reference"] == data["box"] == []


def record(folder: Path, pack: Path, steps: int = 2) -> None:
    request = RunRequest.make("a red fox", 5, str(pack), ("pixels",), pixels={"steps": 4})
    with FolderRecorder(folder, request, "cd" * 32) as recorder:
        for step in range(steps):
            image = np.full((8, 8, 3), 40 * step, np.uint8)
            recorder.record(Frame("pixels", step, 4, image), Measurement(0.5 * step, 0.2, 0.1, 0.3))
        recorder.finish("stopped")


def test_a_sheet_is_read_from_a_run_folder(tiny_pack, tmp_path):
    record(tmp_path / "run", tiny_pack.folder)
    read = read_figure_data(tmp_path / "run")
    assert (read.prompt, read.seed, read.pack, read.pack_hash) == ("a red fox", 5, "tiny", "cd" * 32)
    assert [r["step"] for r in read.rows["pixels"]] == [0, 1] and read.rows["pixels"][1]["seconds"] == 0.5
    assert (read.images["pixels"] == 40).all() and read.reference == tiny_pack.manifest["reference"]
    assert read.versions["python"] and read.painters == ["pixels"]


def test_a_folder_without_frames_is_refused(tiny_pack, tmp_path):
    record(tmp_path / "run", tiny_pack.folder, steps=0)
    with pytest.raises(OutputError, match="nothing to draw"):
        read_figure_data(tmp_path / "run")
