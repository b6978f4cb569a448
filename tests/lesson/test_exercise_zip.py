"""The bundle of an exercise: a ZIP whose page needs no server and whose texts stay texts."""

import io
import json
import zipfile

from core.lesson.exercise_zip import exercise_zip

BUNDLE = {
    "name": "gaming",
    "title": "Beat <b>the</b> measure",
    "task": "Let realism & score part.",
    "goals": [{"measure": "Realism", "at": "least", "value": 0.42}],
    "rule": "Realism is not optimised",
    "link": "http://192.0.2.7:8501/?prompt=a+red+fox&pixels.steps=3",
    "measured": {},
}


def opened(**changed):
    picture = changed.pop("picture", b"\x89PNG")
    with zipfile.ZipFile(io.BytesIO(exercise_zip({**BUNDLE, **changed}, picture))) as archive:
        return {name.removeprefix("gaming/"): archive.read(name) for name in archive.namelist()}


def test_page_picture_and_data_come_together_and_twice_the_same():
    files = opened()
    page = files["index.html"].decode()
    assert set(files) == {"index.html", "exercise.json", "picture.png"}
    assert json.loads(files["exercise.json"]) == BUNDLE
    assert "Beat &lt;b&gt;the&lt;/b&gt; measure" in page and "at least 0.42" in page
    assert "href='http://192.0.2.7:8501/?prompt=a+red+fox&amp;pixels.steps=3'" in page
    assert "data:image/png;base64,iVBORw==" in page and "Import" in page
    assert exercise_zip(BUNDLE, b"x") == exercise_zip(BUNDLE, b"x")


def test_without_picture_or_address_the_page_still_says_how_to_begin():
    page = opened(picture=None, link="/?prompt=a")["index.html"].decode()
    assert "<img" not in page and "add <code>/?prompt=a</code> to its address" in page
