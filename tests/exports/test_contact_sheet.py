"""The contact sheet: a row for every painter, and what it says of realism that was optimised."""

import xml.etree.ElementTree as xml

import pytest

from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS, PAINTERS, realism_label
from core.execute import FolderRecorder
from core.exports import contact_sheet, source
from core.exports.kinds import export_bytes
from core.exports.movie_frames import OPTIMISED_NOTE, UNSEEN_NOTE, MovieFrames
from tests.support.exporting import opened
from tests.support.serving import invented_steps


def test_the_contact_sheet_has_a_row_for_every_painter(whole, half):
    rows = contact_sheet.evenly_spaced_rows(whole.rows["pixels"])
    assert len(rows) == 8 and (rows[0].step, rows[-1].step) == (0, 20)
    assert [row.step for row in contact_sheet.evenly_spaced_rows(whole.rows["pixels"][:3])] == [0, 1, 2]
    text = "".join(xml.fromstring(contact_sheet.contact_svg(half)).itertext())
    assert all(PAINTER_LABELS[p] in text for p in PAINTERS) and "step 10" in text and "step 11" not in text
    picture = opened(export_bytes(whole, "sheet"))
    assert picture.width == 2280 and picture.info["dpi"][0] == pytest.approx(200, abs=0.1)


def test_contact_sheet_and_movie_say_that_realism_was_optimised(tiny_pack, tmp_path, whole):
    request = RunRequest.make(
        "a red fox in snow", 0, str(tiny_pack.folder), ("pixels",), pixels={"steps": 4, "also_optimise": "S"}
    )
    with FolderRecorder(tmp_path / "run", request, "ab" * 32) as recorder:
        for frame, measurement in invented_steps(request):
            recorder.record(frame, measurement)
        recorder.finish("done")
    optimised = source.run_in_folder(tmp_path / "run")
    assert "which optimised realism too" in contact_sheet.contact_svg(optimised)
    assert "which optimised realism too" not in contact_sheet.contact_svg(whole)
    label = realism_label(request.settings["pixels"])
    shown = MovieFrames(optimised, 640, 8).background_svg()
    assert label in shown and OPTIMISED_NOTE in shown and UNSEEN_NOTE not in shown
    plain = MovieFrames(whole, 640, 8).background_svg()
    assert label not in plain and UNSEEN_NOTE in plain
