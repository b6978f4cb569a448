"""Every drawing of a run names its terms, and below each painter what it was given."""

import io
import xml.etree.ElementTree as xml
from dataclasses import replace

import pytest

from core.base.request import RunRequest
from core.base.terms import PRESETS, painter_terms, preset_settings, terms_of
from core.exports import contact_sheet, figure, source
from core.exports.handout import handout_pdf
from core.exports.movie_frames import MovieFrames
from core.exports.standalone_page import page_html
from core.storage.run_folder import FolderRecorder
from tests.support.exporting import page_data
from tests.support.serving import invented_steps


def texts(svg):
    """The words of an SVG, one line of it after the other."""
    return " ".join(" ".join(xml.fromstring(svg).itertext()).split())


def drawn_texts(run):
    """Kind of export → its words."""
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    page = pypdf.PdfReader(io.BytesIO(handout_pdf(run))).pages[0]
    html = page_html(run)
    given = " ".join(painter["terms"] for painter in page_data(html)["painters"])
    return {
        "figure": texts(figure.figure_svg(figure.figure_data(run))),
        "sheet": texts(contact_sheet.contact_svg(run)),
        "movie": texts(MovieFrames(run, 640, 8).background_svg()),
        "page": f"{html.partition('<main>')[0]} {given}",
        "handout": " ".join(page.extract_text().split()),
    }


def run_on(terms, folder, pack):
    """A run's folder with the settings of a preset, its pictures invented."""
    request = RunRequest.make("a red fox in snow", 0, str(pack.folder), **preset_settings(terms))
    with FolderRecorder(folder, request, "ab" * 32) as recorder:
        for frame, measurement in invented_steps(request, 4):
            if frame.step % 10 == 0:
                recorder.record(frame, measurement)
        recorder.finish("done")
    return source.run_in_folder(folder)


@pytest.mark.parametrize("name", PRESETS)
def test_every_export_names_the_terms(tiny_pack, tmp_path, name):
    run = run_on(name, tmp_path / "run", tiny_pack)
    terms = terms_of(run.request.settings)
    assert terms.name == name
    for kind, text in drawn_texts(run).items():
        assert terms.label in text, kind
        for painter, settings in run.request.settings.items():
            prompt_and_prior, looks = painter_terms(painter, settings).lines()
            assert prompt_and_prior in text and looks in text, (kind, painter)
        if kind != "movie":  # which has room for the label alone
            assert " ".join(terms.sentence.split()[:6]) in text, kind


def test_a_denoiser_without_text_is_not_said_to_read(tiny_pack, tmp_path):
    run = run_on("with-text", tmp_path / "run", tiny_pack)
    assert run.painter_terms("diffusion").prompt == "judge and text"
    models = {name: entry for name, entry in run.manifest["models"].items() if name != "text"}
    blind = replace(run, manifest={**run.manifest, "models": models})
    assert blind.painter_terms("diffusion").prompt == "judge" and blind.terms.label == "Own settings"
