"""The hand-out: three pages with the run's pictures, questions and answers, on both papers."""

import io

import pytest

from core.__main__ import main
from core.base.errors import SettingError
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS
from core.exports.figure import figure_data
from core.exports.handout import handout_pdf, questions
from core.exports.kinds import export_bytes
from core.exports.source import run_in_folder
from core.storage.run_folder import FolderRecorder
from tests.support.serving import example_request, invented_steps

LINK = "http://192.0.2.7:8501/?run=abcdefghijklmnopqrstuvwxyz"


def run_folder(pack, folder, prompt=None):
    request = example_request(pack.folder)
    if prompt:
        request = RunRequest.from_dict({**request.to_dict(), "prompt": prompt})
    with FolderRecorder(folder, request, "none") as recorder:
        for frame, measurement in invented_steps(request):
            recorder.record(frame, measurement)
        recorder.finish("done")
    return run_in_folder(folder)


@pytest.fixture(scope="module")
def source(tiny_pack, tmp_path_factory):
    return run_folder(tiny_pack, tmp_path_factory.mktemp("handout") / "run")


def pages_of(pdf):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    return pypdf.PdfReader(io.BytesIO(pdf)).pages


@pytest.mark.parametrize(("paper", "width"), [("a4", 595), ("letter", 612)])
def test_three_pages_with_the_run_the_questions_and_the_answers(source, paper, width):
    pages = pages_of(handout_pdf(source, paper, LINK))
    assert len(pages) == 3 and round(float(pages[0].mediabox.width)) == width
    texts = [" ".join(page.extract_text().split()) for page in pages]
    assert source.request.prompt in texts[0] and LINK in texts[0].replace(" ", "")
    assert all(PAINTER_LABELS[painter] in texts[0] for painter in source.painters)
    assert f"Terms of the comparison: {source.terms.text()}" in texts[0]
    assert texts[1].startswith("Questions") and texts[2].startswith("Answers")
    (_, first_answer), *_ = questions(figure_data(source))
    assert first_answer[:40] in texts[2] and first_answer[:40] not in texts[1]
    assert len(pages[0].images) >= 4 * len(source.painters)


def test_export_prints_the_link_it_is_given_and_refuses_what_is_none(source, tmp_path, capsys):
    text = pages_of(export_bytes(source, "handout", link=LINK))[0].extract_text()
    assert LINK in "".join(text.split())
    asked = ["export", str(tmp_path), "--as", "handout", "--out", str(tmp_path / "x.pdf")]
    asked += ["--link", "javascript:1"]
    assert main(asked) == 2 and "--link takes an address" in capsys.readouterr().err


def test_without_a_link_there_is_no_code(source):
    assert "http" not in pages_of(handout_pdf(source))[0].extract_text()


STRANGE = ['a "fox" #let x = $1$ *bold* [link] \\ <tag>', "ein Fuchs, 狐, лиса 🦊", "x" * 300]


@pytest.mark.parametrize("prompt", STRANGE)
def test_any_prompt_is_text_and_fits(tiny_pack, tmp_path, prompt):
    pages = pages_of(handout_pdf(run_folder(tiny_pack, tmp_path / "run", prompt), link=LINK))
    assert len(pages) == 3
    assert prompt[:6] in pages[0].extract_text().replace("\n", " ")


def test_another_paper_is_named(source):
    with pytest.raises(SettingError, match="'a5'; it can be a4 or letter"):
        handout_pdf(source, "a5")
