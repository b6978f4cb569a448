"""A run as the exports see it: its steps, its pictures, from a folder or from the store."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from core.base.errors import OutputError, StoreError
from core.base.png_records import RECORD_KEY
from core.exports import source
from core.exports.caption import caption_lines
from core.exports.figure import figure_svg, read_figure_data
from core.exports.kinds import export_bytes
from core.storage import run_folder
from core.storage.run_store import RunStore
from tests.support.exporting import opened, painted
from tests.support.serving import STEPS


def test_the_place_in_a_run_is_the_slider_s(whole, half):
    assert {p: row.step for p, row in whole.at().items()} == STEPS
    # As Series.at in the player: Math.round, which takes halves up.
    assert {p: row.step for p, row in whole.at(0.125).items()} == {"pixels": 3, "vqgan": 2, "diffusion": 1}
    assert {p: row.step for p, row in half.at(1.0).items()} == {"pixels": 10, "vqgan": 6, "diffusion": 5}


def test_a_trimmed_run_shows_the_nearest_picture(tiny_pack, tmp_path):
    trimmed = painted(tmp_path / "run", tiny_pack.folder)
    for step in (9, 10, 11):
        run_folder.frame_file(trimmed, "pixels", step).unlink()
    trimmed = source.run_in_folder(trimmed)
    row = trimmed.at(0.5)["pixels"]
    assert row.step == 10 and trimmed.nearest_with_frame(row).step in (8, 12)
    assert json.loads(opened(trimmed.frame(row)).text[RECORD_KEY])["step"] in (8, 12)


def test_a_run_without_pictures_is_refused(tiny_pack, tmp_path):
    with pytest.raises(OutputError, match="nothing to draw"):
        source.run_in_folder(painted(tmp_path / "run", tiny_pack.folder, -1))
    with RunStore(tmp_path / "store") as store, pytest.raises(StoreError, match="no run"):
        source.run_in_store(store, "a" * 26)


def test_store_and_folder_are_exported_alike(stored, tmp_path):
    store, run = stored
    store.export_run(run.id, tmp_path / "out")
    from_store = source.run_in_store(store, run.id)
    from_folder = source.run_in_folder(tmp_path / "out")
    assert from_store.versions == from_folder.versions and from_store.versions["numpy"]
    for kind in ("csv", "pixels"):  # a folder keeps seven digits, so drawings may differ by a hair
        assert export_bytes(from_store, kind) == export_bytes(from_folder, kind), kind


def test_a_run_from_before_frames_had_records_gets_them(run, whole):
    file = run_folder.frame_file(run, "pixels", 20)
    with_text = opened(file.read_bytes())
    buffer = io.BytesIO()
    Image.fromarray(np.array(with_text)).save(buffer, "PNG")
    before = file.read_bytes()
    try:
        file.write_bytes(buffer.getvalue())
        picture = opened(export_bytes(whole, "pixels"))
    finally:
        file.write_bytes(before)
    assert (
        json.loads(picture.text[RECORD_KEY]) == json.loads(with_text.text[RECORD_KEY])
        and (np.array(picture) == np.array(with_text)).all()
    )


def test_a_weighted_prompt_is_drawn_with_realism_s_band_alone_and_says_how_it_was_read(tiny_pack, tmp_path):
    folder = painted(tmp_path / "run", tiny_pack.folder, prompt="red fox:2 | snow:-1")
    data = read_figure_data(folder)
    assert [band["figure"] for band in data.chart_data()["reference"]] == ["realism"]
    assert data.chart_data()["box"] == []
    assert "read as red fox ×2, snow ×−1" in " ".join(caption_lines(data))
    assert "grey: 90 %" not in figure_svg(data) and "shared scale (" not in " ".join(data.words())
