"""Exports of a run: that each is what it says, holds what it should, and is never served by halves."""

import csv
import io
import json
import re
import threading
import xml.etree.ElementTree as xml

import numpy as np
import pytest
from PIL import Image

from app import exports as jobs
from core import __main__ as program
from core import figures, folder, metadata
from core.errors import OutputError, StoreError
from core.exports import contact, movie, page, source
from core.exports.kinds import KINDS, QUICK, export, file_name
from core.metadata import KEY
from core.runs import FolderRecorder
from core.settings import LABELS, PAINTERS, RunRequest
from core.store import RunStore
from tests.serving import STEPS, example_request, invented_steps, wait_for


def painted(path, pack, share=1.0, status="done", size=16, **changed):
    request = example_request(pack, **changed)
    with FolderRecorder(path, request, "ab" * 32) as recorder:
        for frame, measurement in invented_steps(request, size):
            if frame.step <= share * frame.total:
                recorder.record(frame, measurement)
        recorder.finish(status)
    return path


@pytest.fixture(scope="module")
def run(tiny_pack, tmp_path_factory):
    """A finished run's folder."""
    return painted(tmp_path_factory.mktemp("exports") / "run", tiny_pack.folder)


@pytest.fixture(scope="module")
def whole(run):
    return source.of_folder(run)


@pytest.fixture(scope="module")
def half(tiny_pack, tmp_path_factory):
    """A run that was stopped half-way."""
    return source.of_folder(painted(tmp_path_factory.mktemp("exports") / "half", tiny_pack.folder, 0.5, "stopped"))


@pytest.fixture
def stored(tiny_pack, tmp_path):
    """(store, run) with a run that is being painted, half-way."""
    with RunStore(tmp_path / "store") as store:
        run = store.submit(example_request(tiny_pack.folder), "ab" * 32)
        store.set_status(run.id, "running")
        for frame, measurement in invented_steps(run.request):
            if frame.step <= 0.5 * frame.total:
                store.record(run.id, frame, measurement)
        yield store, store.get(run.id)


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


# What is exported


def test_the_place_in_a_run_is_the_slider_s(whole, half):
    assert {p: row.step for p, row in whole.at().items()} == STEPS
    # As Series.at in the player: Math.round, which takes halves up.
    assert {p: row.step for p, row in whole.at(0.125).items()} == {"pixels": 3, "vqgan": 2, "diffusion": 1}
    assert {p: row.step for p, row in half.at(1.0).items()} == {"pixels": 10, "vqgan": 6, "diffusion": 5}


def test_a_trimmed_run_shows_the_nearest_picture(tiny_pack, tmp_path):
    trimmed = painted(tmp_path / "run", tiny_pack.folder)
    for step in (9, 10, 11):
        folder.frame_file(trimmed, "pixels", step).unlink()
    trimmed = source.of_folder(trimmed)
    row = trimmed.at(0.5)["pixels"]
    assert row.step == 10 and trimmed.nearest(row).step in (8, 12)
    assert json.loads(opened(trimmed.frame(row)).text[KEY])["step"] in (8, 12)


def test_a_run_without_pictures_is_refused(tiny_pack, tmp_path):
    with pytest.raises(OutputError, match="nothing to draw"):
        source.of_folder(painted(tmp_path / "run", tiny_pack.folder, -1))
    with RunStore(tmp_path / "store") as store, pytest.raises(StoreError, match="no run"):
        source.of_store(store, "a" * 26)


def test_store_and_folder_are_exported_alike(stored, tmp_path):
    store, run = stored
    store.export_run(run.id, tmp_path / "out")
    from_store, from_folder = source.of_store(store, run.id), source.of_folder(tmp_path / "out")
    assert from_store.versions == from_folder.versions and from_store.versions["numpy"]
    for kind in ("csv", "pixels"):  # a folder keeps seven digits, so drawings may differ by a hair
        assert export(from_store, kind) == export(from_folder, kind), kind


def test_a_run_from_before_frames_had_records_gets_them(run, whole):
    file = folder.frame_file(run, "pixels", 20)
    with_text = opened(file.read_bytes())
    buffer = io.BytesIO()
    Image.fromarray(np.array(with_text)).save(buffer, "PNG")
    before = file.read_bytes()
    try:
        file.write_bytes(buffer.getvalue())
        picture = opened(export(whole, "pixels"))
    finally:
        file.write_bytes(before)
    assert json.loads(picture.text[KEY]) == json.loads(with_text.text[KEY]) and (np.array(picture) == np.array(with_text)).all()


# The kinds


@pytest.mark.parametrize("kind", ["png", "sheet", *PAINTERS])
def test_every_png_carries_the_settings(whole, kind):
    found = metadata.read(export(whole, kind, 0.5), "mine")
    assert found.request.settings == whole.request.settings and found.request.prompt == whole.request.prompt
    assert found.pack_hash == "ab" * 32 and found.versions["numpy"] and found.code_revision
    assert found.kind == {"png": "figure", "sheet": "sheet"}.get(kind, "frame")
    assert found.step == (STEPS[kind] // 2 if kind in PAINTERS else None)


def test_the_same_run_gives_the_same_pictures(whole):
    for kind in ("sheet", "svg", "pixels", "csv"):
        assert export(whole, kind) == export(whole, kind), kind


def test_the_csv_is_the_run_s_own(run, whole):
    ours = {(r["painter"], r["step"]): r for r in csv.DictReader(io.StringIO(export(whole, "csv").decode()))}
    with open(run / folder.METRICS_FILE, newline="") as file:
        assert ours == {(r["painter"], r["step"]): r for r in csv.DictReader(file)}


def test_a_figure_shows_the_step_asked_for(whole):
    text = "".join(xml.fromstring(export(whole, "svg", 0.5)).itertext())
    for painter, steps in STEPS.items():
        assert f"step {steps // 2} of {steps}, " in text, painter
    assert "are of the steps named" in text
    ended = "".join(xml.fromstring(export(whole, "svg")).itertext())
    assert "step 20 of 20, " in ended and "are of the steps named" not in ended
    assert json.loads(xml.fromstring(export(whole, "svg")).find("{http://www.w3.org/2000/svg}metadata").text)["seed"] == 0


def test_marks_stand_on_the_step_asked_for(whole):
    sheet = figures.sheet_of(whole, 0.5)
    chart = figures.curve(sheet.rows, "score", sheet.reference["score"], 100, 100, sheet.now).to_dict()
    (marked,) = [layer["data"]["values"] for layer in chart["layer"] if layer["data"].get("name") == "now"]
    assert {mark["painter"]: mark["step"] for mark in marked} == {p: steps // 2 for p, steps in STEPS.items()}


def test_the_contact_sheet_has_a_row_for_every_painter(whole, half):
    rows = contact.chosen(whole.rows["pixels"])
    assert len(rows) == 8 and (rows[0].step, rows[-1].step) == (0, 20)
    assert [row.step for row in contact.chosen(whole.rows["pixels"][:3])] == [0, 1, 2]
    text = "".join(xml.fromstring(contact.contact_svg(half)).itertext())
    assert all(LABELS[p] in text for p in PAINTERS) and "step 10" in text and "step 11" not in text
    picture = opened(export(whole, "sheet"))
    assert picture.width == 2280 and picture.info["dpi"][0] == pytest.approx(200, abs=0.1)


def pixels_of(frame, painter, scale):
    """Mean colour in the middle of a painter's picture in a frame of a movie."""
    x = 40 + list(PAINTERS).index(painter) * 408 + 192
    y = movie.TOP + 192
    top, bottom, left, right = (round(edge * scale) for edge in (y - 20, y + 20, x - 20, x + 20))
    return np.asarray(frame)[top:bottom, left:right].mean((0, 1))


def check_movie(frames, whole, tolerance):
    """First and last frame show the first and last pictures."""
    for frame, share in ((frames[0], 0.0), (frames[-1], 1.0)):
        scale = np.asarray(frame).shape[1] / movie.WIDTH
        for painter, row in whole.at(share).items():
            assert np.abs(pixels_of(frame, painter, scale) - whole.image(row).mean((0, 1))).max() < tolerance, (painter, share)


@pytest.mark.parametrize(("kind", "width", "tolerance"), [("webp", 960, 6), ("gif", 640, 12)])
def test_moving_pictures_move(whole, kind, width, tolerance):
    shares = []
    data = export(whole, kind, tell=shares.append)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (width, width * 9 // 16) and image.n_frames == 21 and image.info["loop"] == 0
        frames = []
        for i in range(image.n_frames):
            image.seek(i)
            frames.append(image.convert("RGB"))
    check_movie(frames, whole, tolerance)
    assert shares[-1] == 1.0 and shares == sorted(shares)
    if kind == "gif":
        assert json.loads(Image.open(io.BytesIO(data)).info["comment"])["prompt"] == whole.request.prompt


def test_the_video_plays_everywhere(whole):
    import av

    data = export(whole, "mp4")
    assert data.index(b"moov") < data.index(b"mdat"), "it starts to play before all of it has come"
    with av.open(io.BytesIO(data)) as video:
        stream = video.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert json.loads(video.metadata["comment"])["seed"] == 0
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(stream)]
    assert frames[0].shape == (720, 1280, 3) and len(frames) == 21 + 2 * 3
    check_movie(frames, whole, 8)


def test_an_unfinished_run_is_shown_as_far_as_it_came(half):
    stage = movie.Stage(half, 640, 101)
    assert len(stage) == 11 and stage.shares[-1] == 0.5
    frames = list(stage.frames())
    assert len(frames) == 11
    for row in half.at().values():
        assert np.abs(pixels_of(frames[-1], row.painter, 0.5) - half.image(row).mean((0, 1))).max() < 1


def test_a_single_picture_is_a_movie_too(tiny_pack, tmp_path):
    start = source.of_folder(painted(tmp_path / "run", tiny_pack.folder, 0.0, "stopped"))
    assert opened(export(start, "gif")).size == (640, 360)


def parts_of(text):
    return json.loads(re.search(r'<script type="application/json" id="run">(.*?)</script>', text, re.DOTALL).group(1))


def test_the_page_holds_everything_and_asks_nobody(whole):
    text = export(whole, "html").decode()
    run = parts_of(text)
    assert [p["name"] for p in run["painters"]] == list(PAINTERS)
    for painter in run["painters"]:
        assert len(painter["pictures"]) == len(painter["rows"]) == STEPS[painter["name"]] + 1
        assert painter["pictures"]["0"].startswith("data:image/webp;base64,")
    assert set(run["charts"]) == {"score", "heldout", "realism", "plane"} and run["record"]["prompt"] == whole.request.prompt
    assert "default-src 'none'" in text and "Pixel ascent ends with the highest judge score" in text and "learning_rate 0.05" in text
    assert not re.search(r'(src|href)="(?!data:)', text[: text.index("<script")] + text[text.rindex("<script") :])
    assert len(text) < 2_000_000


def test_a_page_that_would_be_large_holds_fewer_pictures_and_says_so(whole, monkeypatch):
    assert "one picture in" not in page.page_html(whole)
    monkeypatch.setattr(page, "BUDGET", 1000)
    text = page.page_html(whole)
    every = int(re.search(r"one picture in (\d+)", text).group(1))
    kept = [int(step) for step in parts_of(text)["painters"][0]["pictures"]]
    assert every > 1 and kept[0] == 0 and kept[-1] == 20 and kept[1] == every
    assert len(parts_of(text)["painters"][0]["rows"]) == 21


@pytest.mark.parametrize("prompt", ["</script><script>alert(1)</script>", "%%RUN%% %%STYLE%%", "<!-- ]]> &amp; \"'", "漢字 🦊"])
def test_no_prompt_breaks_out_of_its_place(tiny_pack, tmp_path, prompt):
    odd = source.of_folder(painted(tmp_path / "run", tiny_pack.folder, prompt=prompt))
    text = export(odd, "html").decode()
    assert parts_of(text)["record"]["prompt"] == prompt and "alert(1)</script>" not in text
    assert text.count("<script") == 3 + text.count("<\\/script")
    for kind in ("svg", "csv", "pixels"):
        assert export(odd, kind)
    assert "".join(xml.fromstring(contact.contact_svg(odd)).itertext()).count(prompt.split()[-1])


@pytest.mark.parametrize("prompt", ["a red fox", "漢字", "../../etc/passwd", 'a"b\\c', "x" * 300, "ÄÖ ñ", "-", "CON."])
def test_file_names_are_harmless(prompt):
    for kind in KINDS:
        name = file_name(RunRequest.make(prompt, 3), kind, 40)
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*-seed3[a-z0-9-]*\.[a-z0-9]+", name) and len(name) < 110
    assert file_name(RunRequest.make("A red fox!", 3), "svg", 40) == "a-red-fox-seed3-figure-at-40.svg"


# The command


def test_the_command_writes_every_quick_kind(run, tmp_path, capsys):
    for kind in (*QUICK, "svg"):
        assert program.main(["export", str(run), "--as", kind, "--out", str(tmp_path / kind), "--at", "50"]) == 0
        assert (tmp_path / kind).stat().st_size > 100
    assert opened((tmp_path / "pixels").read_bytes()).text[KEY]
    assert "step 10 of 20" in (tmp_path / "svg").read_text("utf-8")


BAD = [
    (["nowhere", "--as", "csv"], "does not hold a run"),
    (["a" * 26, "--as", "csv"], "There is no run"),
    (["{run}", "--as", "tiff"], "invalid choice"),
    (["{run}", "--as", "png", "--at", "101"], "it takes 0 to 100"),
    (["{run}", "--as", "png", "--at", "nan"], "it takes 0 to 100"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_bad_input_is_one_line(run, tmp_path, capsys, monkeypatch, arguments, said):
    monkeypatch.setenv("CTJP_STORE", str(tmp_path / "store"))
    arguments = [a.replace("{run}", str(run)) for a in arguments]
    assert program.main(["export", *arguments, "--out", str(tmp_path / "x")]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and not (tmp_path / "x").exists()


# The server's exports


@pytest.fixture
def made(stored):
    """(Exports, run, let) whose files are written by the test: let() writes the next one."""
    store, run = stored
    gate, ready = threading.Semaphore(0), jobs.Exports(store)

    def make(job):
        job.started, job.share = True, 0.5
        assert gate.acquire(timeout=60)
        if job.kind == "svg":
            raise OutputError("The disk is full; free some space.")
        job.path.parent.mkdir(parents=True, exist_ok=True)
        job.path.write_bytes(job.kind.encode())
        ready._tidy(job)

    ready._make = make
    yield ready, run, gate.release
    for _ in range(50):
        gate.release()


def test_an_export_is_made_once_and_joined(made):
    ready, run, let = made
    stamp = ready.stamp(run)
    job = ready.ask(run, "gif", stamp=stamp)
    assert isinstance(job, jobs.Job) and ready.ask(run, "gif", 40.0, stamp) is job, "a movie does not depend on the step"
    later = ready.ask(run, "html", stamp=stamp)
    assert wait_for(lambda: job.started) and ready.ahead(later) == 1 and not job.path.exists()
    let()
    path = wait_for(lambda: not isinstance(made := ready.ask(run, "gif", stamp=stamp), jobs.Job) and made)
    assert path.read_bytes() == b"gif"


def test_a_run_that_goes_on_gets_a_new_export(made, stored):
    ready, run, let = made
    stamp = ready.stamp(run)
    ready.ask(run, "gif")
    let()
    old = wait_for(lambda: not isinstance(made := ready.ask(run, "gif", stamp=stamp), jobs.Job) and made)
    stored[0].set_status(run.id, "stopped", "Stopped by a test.")
    newer = ready.ask(stored[0].get(run.id), "gif")
    assert isinstance(newer, jobs.Job) and newer.path != old
    let()
    wait_for(newer.path.exists)
    wait_for(lambda: not old.exists(), what="removal of the export that was replaced")


def test_a_failure_is_told_once_and_can_be_tried_again(made):
    ready, run, let = made
    job = ready.ask(run, "svg", 40.0)
    let()
    assert wait_for(lambda: job.error) == "The disk is full; free some space."
    assert ready.ask(run, "svg", 40.0) is job and ready.ask(run, "svg", 40.0) is not job


def test_nobody_can_make_the_server_draw_without_end(made):
    ready, run, _ = made
    for percent in range(jobs.MOST_WAITING):
        ready.ask(run, "png", float(percent))
    with pytest.raises(jobs.BusyError, match="Try again"):
        ready.ask(run, "png", 99.0)


def test_exports_of_runs_that_are_gone_and_the_oldest_are_removed(made, monkeypatch):
    ready, run, let = made
    gone = ready.folder / ("b" * 26) / "gif-100-0.gif"
    gone.parent.mkdir(parents=True)
    gone.write_bytes(b"x")
    old = ready.folder / run.id / "webp-100-0.webp"
    old.parent.mkdir()
    old.write_bytes(b"x" * 1000)
    monkeypatch.setattr(jobs, "KEPT_BYTES", 500)
    ready.ask(run, "gif")
    let()
    wait_for(lambda: not gone.exists() and not old.exists())


def test_a_process_of_its_own_makes_the_file(stored):
    store, run = stored
    ready = jobs.Exports(store)
    stamp = ready.stamp(run)
    ready.ask(run, "svg", 50.0, stamp)
    path = wait_for(lambda: not isinstance(made := ready.ask(run, "svg", 50.0, stamp), jobs.Job) and made, 120)
    assert "step 10 of 20" in path.read_text("utf-8")


def test_what_the_command_says_reaches_the_visitor(tiny_pack, tmp_path):
    with RunStore(tmp_path / "store") as store:
        run = store.submit(example_request(tiny_pack.folder), "ab" * 32)  # nothing is painted yet
        ready = jobs.Exports(store)
        job = ready.ask(run, "svg")
        assert "nothing to draw" in wait_for(lambda: job.error, 120)
        assert not list(ready.folder.glob("*/*"))


def test_sheet_and_film_say_that_realism_was_climbed(tiny_pack, tmp_path, whole):
    request = RunRequest.make("a red fox in snow", 0, str(tiny_pack.folder), ("pixels",), pixels={"steps": 4, "also_optimise": "S"})
    with FolderRecorder(tmp_path / "run", request, "ab" * 32) as recorder:
        for frame, measurement in invented_steps(request):
            recorder.record(frame, measurement)
        recorder.finish("done")
    climbed = source.of_folder(tmp_path / "run")
    assert "which climbed realism too" in contact.contact_svg(climbed)
    assert "which climbed realism too" not in contact.contact_svg(whole)
    said = {name: "".join(movie.Stage(found, 640, 8)._background()) for name, found in (("climbed", climbed), ("plain", whole))}
    assert "Realism, climbed" in said["climbed"] and "no longer a measure" in said["climbed"] and "No painter sees" not in said["climbed"]
    assert "Realism, climbed" not in said["plain"] and "No painter sees it" in said["plain"]
