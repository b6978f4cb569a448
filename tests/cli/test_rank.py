"""`python -m core rank`: which files it takes, what it says of the others, and its three forms."""

import csv
import io
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.base.uploads import OWN_FILES, read_upload
from core.cli import rank_files
from core.cli.rank_files import SUFFIXES, picture_files

ROOT = Path(__file__).parents[2]
PROMPT = "a red fox in snow"
KINDS = {
    **{"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP"},
    **{"tif": "TIFF", "avif": "AVIF", "jp2": "JPEG2000", "ppm": "PPM"},
}


def picture(seed, size=(60, 40)):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8))


@pytest.fixture
def folder(tmp_path):
    """Three pictures, one of them twice, one broken file, a text, a hidden picture, and one more below."""
    place = tmp_path / "pictures"
    (place / "below").mkdir(parents=True)
    for name, seed in (
        ("one.png", 1),
        ("two.PNG", 2),
        ("same as two.png", 2),
        (".hidden.png", 3),
        ("below/three.png", 4),
    ):
        picture(seed).save(place / name, "PNG")
    (place / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much more")
    (place / "notes.txt").write_text("no picture")
    return place


@pytest.fixture
def rank(monkeypatch, tiny_pack, capsys):
    """Calls the command; returns (exit status, what it printed, what it complained)."""
    monkeypatch.setattr("core.packs.open_pack_limited", lambda name: tiny_pack)

    def call(*arguments, prompt=PROMPT):
        status = main(["rank", "--prompt", prompt, "--pack", str(tiny_pack.folder), *map(str, arguments)])
        return (status, *capsys.readouterr())

    return call


def test_a_folder_is_ranked_and_what_cannot_be_read_is_named(rank, folder, tiny_pack):
    status, said, complained = rank(folder, "--as", "csv")
    lines = list(csv.DictReader(io.StringIO(said)))
    assert (
        status == 0
        and "Skipped broken.jpg" in complained
        and "notes" not in complained
        and "Traceback" not in complained
    )
    assert sorted(line["picture"] for line in lines) == ["one.png", "same as two.png", "two.PNG"]
    assert sorted((line["picture"] == "one.png", line["tied"]) for line in lines) == [
        (False, "yes"),
        (False, "yes"),
        (True, "no"),
    ]
    target = tiny_pack.judge.encode(PROMPT)
    middle = Image.open(folder / lines[0]["picture"]).convert("RGB").crop((0, 10, 40, 50))
    best = np.array(middle.resize((32, 32), Image.Resampling.LANCZOS))
    assert float(lines[0]["judge"]) == pytest.approx(tiny_pack.judge.score(best, target), abs=2e-3)
    other = tiny_pack.heldout.score(best, tiny_pack.heldout.encode(PROMPT))
    assert float(lines[0]["heldout"]) == pytest.approx(other, abs=2e-3)
    assert [float(line["judge"]) for line in lines] == sorted(
        (float(line["judge"]) for line in lines), reverse=True
    )


def test_a_table_for_excel_is_marked_and_only_csv_is(rank, folder):
    plain, marked = (rank(folder, "--as", "csv", *more)[1] for more in ((), ("--excel",)))
    assert marked == "\ufeff" + plain
    status, _, complained = rank(folder, "--excel")
    assert status == 2 and "--excel is for tables as CSV" in complained


def test_a_prompt_given_twice_is_ranked_once(rank, folder):
    rankings = json.loads(rank(folder, "--prompt", PROMPT, "--as", "json")[1])["rankings"]
    assert [ranking["prompt"] for ranking in rankings] == [PROMPT]


def test_a_file_that_the_disk_does_not_give_is_named_and_left_out(rank, folder, monkeypatch):
    read_bytes = Path.read_bytes

    def reading(path):
        if path.name == "one.png":
            raise PermissionError("not yours")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", reading)
    status, said, complained = rank(folder, "--as", "csv")
    assert status == 0 and "Skipped one.png: one.png cannot be read (not yours)" in complained
    assert "two.PNG" in said and "one.png" not in said


def test_words_that_the_judge_never_saw_are_named(rank, folder):
    complained = rank(folder, prompt="a red zebra")[2]
    assert '"a red zebra": The models do not know “zebra”, so they read “a red”.' in complained


def test_folders_below_and_only_the_first(rank, folder):
    found = json.loads(rank(folder, "--sub-folders", "--as", "json")[1])["rankings"][0]["places"]
    assert sorted(place["picture"] for place in found) == [
        "below/three.png",
        "one.png",
        "same as two.png",
        "two.PNG",
    ]
    first = json.loads(rank(folder, "--sub-folders", "--as", "json", "--top", 1)[1])["rankings"][0]["places"]
    assert first == found[:1]


def test_several_prompts_share_every_picture(rank, folder, tiny_pack):
    status, said, _ = rank(folder, "--prompt", "a blue rabbit on grass", "--as", "json", "--by", "heldout")
    data = json.loads(said)
    assert (status, data["pack"], data["pack_hash"], data["by"]) == (0, "tiny", tiny_pack.hash, "heldout")
    assert [ranking["prompt"] for ranking in data["rankings"]] == [PROMPT, "a blue rabbit on grass"]
    assert [skipped["picture"] for skipped in data["skipped"]] == ["broken.jpg"] and "damaged" in data[
        "skipped"
    ][0]["reason"]
    shares = [
        {place["picture"]: place["share"] for place in ranking["places"]} for ranking in data["rankings"]
    ]
    assert all(sum(of[name] for of in shares) == pytest.approx(1, abs=2e-3) for name in shares[0])
    assert [place["heldout"] for place in data["rankings"][0]["places"]] == sorted(
        (place["heldout"] for place in data["rankings"][0]["places"]), reverse=True
    )


def test_the_table_is_for_reading(rank, folder, tmp_path):
    out = tmp_path / "new" / "ranking.txt"
    assert rank(folder, "--out", out)[:2] == (0, "")
    lines = out.read_text().splitlines()
    assert lines[0] == f"“{PROMPT}”, ordered by the judge (cosines)" and lines[1].split()[0] == "rank"
    assert (
        sorted(line.split()[0] for line in lines[2:]) in (["1", "=2", "=2"], ["3", "=1", "=1"])
        and len(lines) == 5
    )


def test_every_named_format_is_read(tmp_path):
    for suffix, kind in KINDS.items():
        picture(0).save(tmp_path / f"x.{suffix}", kind)
    paths, left_out = picture_files(tmp_path)
    assert left_out == []
    assert len(paths) == len(KINDS) == len(OWN_FILES.formats) and set(KINDS.values()) == set(
        OWN_FILES.formats
    )
    for path in paths:
        assert read_upload(path.read_bytes(), path.name, 32, OWN_FILES).seen.shape == (
            32,
            32,
            3,
        )
    assert {Image.registered_extensions()[suffix] for suffix in SUFFIXES} <= set(OWN_FILES.formats)


@pytest.mark.parametrize(
    ("options", "prompt", "complaint"),
    [
        (["nowhere"], PROMPT, "Cannot read the folder"),
        (["empty"], PROMPT, "--sub-folders"),
        (["empty", "--sub-folders"], PROMPT, "Give another folder."),
        (["pictures"], "trampoline", "knows no word"),
        (["nowhere"], "x" * 301, "at most 300"),
        (["pictures"], " ", "prompt is empty"),
        (["pictures", "--top", "0"], PROMPT, "--top is 0"),
        (["broken"], PROMPT, "None of the 1 pictures"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_do(rank, folder, tmp_path, options, prompt, complaint):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "x.png").write_bytes(b"nothing")
    status, said, complained = rank(tmp_path / options[0], *options[1:], prompt=prompt)
    assert (
        (status, said) == (2, "")
        and complaint in complained.splitlines()[-1]
        and "Traceback" not in complained
    )


def test_names_that_are_no_text_are_shown_escaped_and_lose_no_work(rank, tmp_path):
    place = tmp_path / "odd"
    place.mkdir()
    names = [b"line\nbreak.png", b"bell\x07.png", b"gr\xfcn.png", "schnee ❄.png".encode()]
    for number, name in enumerate(names):
        with open(os.path.join(os.fsencode(place), name), "wb") as file:
            picture(number).save(file, "PNG")
    out = tmp_path / "ranking.json"
    assert rank(place, "--as", "json", "--out", out)[0] == 0
    found = {line["picture"] for line in json.loads(out.read_text("utf-8"))["rankings"][0]["places"]}
    assert found == {"line\\nbreak.png", "bell\\x07.png", "gr\\xfcn.png", "schnee ❄.png"}
    status, said, _ = rank(place)
    assert status == 0 and len(said.splitlines()) == 2 + len(names)


def test_a_console_without_the_characters_gets_question_marks(tiny_pack, folder):
    picture(9).save(folder / "schnee ❄.png", "PNG")
    command = [sys.executable, "-m", "core", "rank", str(folder), "--prompt", PROMPT]
    command += ["--pack", str(tiny_pack.folder)]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert "schnee ?.png" in done.stdout.decode("cp1252")


def test_what_looks_like_a_picture_and_is_not_read_is_named(rank, folder, monkeypatch):
    monkeypatch.setattr(rank_files, "accepted_pictures", lambda: OWN_FILES)
    (folder / "phone.HEIC").write_bytes(b"ftypheic")
    (folder / "camera.cr2").write_bytes(b"II*")
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    status, said, complained = rank(folder, "--as", "json")
    skipped = {line["picture"]: line["reason"] for line in json.loads(said)["skipped"]}
    assert status == 0 and "pillow-heif" in skipped["phone.HEIC"] and "raw" in skipped["camera.cr2"]
    assert "leads to nothing" in skipped["gone.png"] and "broken.jpg" in skipped
    assert all(f"Skipped {name}: " in complained for name in skipped)


def test_heic_is_read_where_its_library_is_there(monkeypatch):
    rank_files.accepted_pictures.cache_clear()
    registered = []
    library = types.SimpleNamespace(register_heif_opener=lambda: registered.append(True), __spec__=object())
    monkeypatch.setitem(sys.modules, "pillow_heif", library)
    assert rank_files.accepted_pictures().formats["HEIF"] == "HEIC" and registered == [True]
    rank_files.accepted_pictures.cache_clear()


def test_linked_folders_are_followed_once(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    picture(5).save(elsewhere / "five.png", "PNG")
    (folder / "below" / "up").symlink_to(folder)
    (folder / "linked").symlink_to(elsewhere)
    (folder / "linked again").symlink_to(elsewhere)
    names = [path.name for path in picture_files(folder, below=True)[0]]
    assert sorted(names) == ["broken.jpg", "five.png", "one.png", "same as two.png", "three.png", "two.PNG"]
