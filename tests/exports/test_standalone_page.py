"""The stand-alone page holds everything, asks nobody, and no prompt breaks out of its place."""

import re
import xml.etree.ElementTree as xml

import pytest

from core.base.settings import PAINTERS
from core.exports import contact_sheet, source, standalone_page
from core.exports.kinds import export_bytes
from tests.support.exporting import page_data, painted
from tests.support.serving import STEPS


def test_the_page_holds_everything_and_asks_nobody(whole):
    text = export_bytes(whole, "html").decode()
    run = page_data(text)
    assert [p["name"] for p in run["painters"]] == list(PAINTERS)
    for painter in run["painters"]:
        assert len(painter["pictures"]) == len(painter["rows"]) == STEPS[painter["name"]] + 1
        assert painter["pictures"]["0"].startswith("data:image/webp;base64,")
    assert (
        set(run["charts"]) == {"score", "heldout", "realism", "plane"}
        and run["record"]["prompt"] == whole.request.prompt
    )
    assert (
        "default-src 'none'" in text
        and "Pixel ascent ends with the highest judge score" in text
        and "learning_rate 0.05" in text
    )
    assert not re.search(
        r'(src|href)="(?!data:)', text[: text.index("<script")] + text[text.rindex("<script") :]
    )
    assert len(text) < 2_000_000


def test_a_page_that_would_be_large_holds_fewer_pictures_and_says_so(whole, monkeypatch):
    assert "one picture in" not in standalone_page.page_html(whole)
    monkeypatch.setattr(standalone_page, "MOST_PICTURE_BYTES", 1000)
    text = standalone_page.page_html(whole)
    every = int(re.search(r"one picture in (\d+)", text).group(1))
    kept = [int(step) for step in page_data(text)["painters"][0]["pictures"]]
    assert every > 1 and kept[0] == 0 and kept[-1] == 20 and kept[1] == every
    assert len(page_data(text)["painters"][0]["rows"]) == 21


@pytest.mark.parametrize(
    "prompt", ["</script><script>alert(1)</script>", "%%RUN%% %%STYLE%%", "<!-- ]]> &amp; \"'", "漢字 🦊"]
)
def test_no_prompt_breaks_out_of_its_place(tiny_pack, tmp_path, prompt):
    odd = source.run_in_folder(painted(tmp_path / "run", tiny_pack.folder, prompt=prompt))
    text = export_bytes(odd, "html").decode()
    assert page_data(text)["record"]["prompt"] == prompt and "alert(1)</script>" not in text
    assert text.count("<script") == 3 + text.count("<\\/script")
    for kind in ("svg", "csv", "pixels"):
        assert export_bytes(odd, kind)
    assert "".join(xml.fromstring(contact_sheet.contact_svg(odd)).itertext()).count(prompt.split()[-1])
