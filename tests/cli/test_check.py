"""`python -m core check`: what is well is said, and every failure with what to do."""

import shutil
import socket
import types
from collections.abc import Callable, Iterator

import pytest

from core.__main__ import main
from core.base.errors import PackError
from core.base.process_lock import FolderLock
from core.cli import check
from core.cli.check import Finding
from core.exports import fonts
from core.packs.pack import ModelPack


def only(findings: Iterator[Finding]) -> Finding:
    """The one finding of a check."""
    (found,) = findings
    return found


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@pytest.fixture
def checked(tmp_path, free_port, capsys) -> Callable[..., tuple[int, str]]:
    """Runs the command with a free port and a store of its own: (exit status, output)."""

    def run(*arguments: str) -> tuple[int, str]:
        place = ["--store", str(tmp_path / "store"), "--address", "127.0.0.1", "--port", str(free_port)]
        status = main(["check", *place, *arguments])
        return status, capsys.readouterr().out

    return run


def test_a_computer_that_is_ready_is_told_so(checked, tiny_pack):
    status, said = checked("--pack", str(tiny_pack.folder))
    assert status == 0 and "Everything is ready." in said and "FAIL" not in said
    parts = [line.split()[1] for line in said.splitlines() if line.startswith("ok")]
    assert parts == ["variables", "store", "disk", "port", "address", "fonts", "pack", *["painting"] * 3]


def test_a_damaged_pack_is_one_line_and_the_rest_is_still_checked(checked, tiny_pack, tmp_path):
    folder = shutil.copytree(tiny_pack.folder, tmp_path / "copy")
    (folder / "judge.safetensors").write_bytes(b"damaged")
    status, said = checked("--pack", str(folder), "--no-painting")
    (line,) = [line for line in said.splitlines() if line.startswith("FAIL")]
    assert status == 1 and "judge.safetensors" in line and "Restore" in line and "Not ready: 1" in said


def test_models_that_do_not_load_are_found_without_a_painting_too(checked, tiny_pack, monkeypatch):
    def damaged(pack: ModelPack) -> None:
        raise PackError("judge.safetensors holds another model. Restore it.")

    monkeypatch.setattr(ModelPack, "load_all", damaged)
    status, said = checked("--pack", str(tiny_pack.folder), "--no-painting")
    assert status == 1 and "FAIL  pack       judge.safetensors holds another model" in said


def test_a_bug_in_a_check_does_not_hide_the_others(checked, tiny_pack, monkeypatch):
    def broken() -> Iterator[Finding]:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(check, "check_fonts", broken)
    status, said = checked("--pack", str(tiny_pack.folder), "--no-painting")
    assert status == 1 and "ZeroDivisionError: a bug" in said and "ok    pack" in said
    assert "painting" not in said, "it was left out"


def test_a_store_that_cannot_be_written_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    (found,) = check._findings("store", lambda: check.check_store(tmp_path / "file"))
    assert not found.is_well and "CTJP_STORE" in found.text


def test_an_app_that_runs_already_is_said(tmp_path):
    lock = FolderLock(tmp_path)
    assert lock.acquire()
    found = list(check.check_store(tmp_path))
    lock.release()
    assert [finding.is_well for finding in found] == [True, True] and "running already" in found[1].text


def test_a_disk_without_room_for_the_store_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(check.shutil, "disk_usage", lambda folder: types.SimpleNamespace(free=1e9))
    found = only(check.check_disk(tmp_path))
    assert not found.is_well and "1.0 GB are free" in found.text and "CTJP_STORE_CAP" in found.text
    monkeypatch.setenv("CTJP_STORE_CAP", "0.5")
    assert only(check.check_disk(tmp_path)).is_well
    monkeypatch.setenv("CTJP_STORE_CAP", "1.0000001")  # 100 bytes more than there is room for
    assert not only(check.check_disk(tmp_path)).is_well
    (tmp_path / "frame.png").write_bytes(bytes(200))  # what is there already needs no room
    assert only(check.check_disk(tmp_path)).is_well


def test_a_port_that_is_taken_says_what_to_do(free_port):
    assert only(check.check_port("127.0.0.1", free_port)).is_well
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", free_port))
        listening.listen()
        found = only(check.check_port("127.0.0.1", free_port))
    assert not found.is_well and f"--server.port={free_port + 1}" in found.text
    assert not only(check.check_port("127.0.0.1", 70000)).is_well


@pytest.mark.parametrize(
    ("address", "own", "is_well", "text"),
    [
        ("127.0.0.1", None, True, "Only this computer"),
        ("0.0.0.0", "10.0.0.7", True, "http://10.0.0.7:8501"),
        ("", "10.0.0.7", True, "http://10.0.0.7:8501"),
        ("10.0.0.7", "10.0.0.7", True, "http://10.0.0.7:8501"),
        ("0.0.0.0", None, False, "no network"),
        ("10.0.0.9", "10.0.0.7", False, "but this computer is 10.0.0.7"),
    ],
)
def test_the_address_that_others_can_open_is_told(monkeypatch, address, own, is_well, text):
    monkeypatch.setattr(check, "own_address", lambda: own)
    found = only(check.check_address(address, 8501))
    assert found.is_well == is_well and text in found.text


def test_a_missing_font_is_named(monkeypatch):
    assert only(check.check_fonts()).is_well
    monkeypatch.setitem(fonts.FONT_FILES, "Another", "Another.ttf")
    found = only(check.check_fonts())
    assert not found.is_well and "Another.ttf" in found.text
    monkeypatch.delitem(fonts.FONT_FILES, "Another")
    monkeypatch.setattr(fonts, "BOLD_FILE", "Bold.ttf")
    assert "Bold.ttf" in only(check.check_fonts()).text


def test_a_painter_that_is_too_slow_for_a_class_is_named(tiny_pack, monkeypatch):
    monkeypatch.setattr(check, "SLOW_SECONDS", 0.0)
    *_, found = check.check_pack(str(tiny_pack.folder), True)
    assert not found.is_well and "slow for a class" in found.text


def test_a_painter_is_timed_by_the_step(tiny_pack, monkeypatch):
    clock = iter([0.0, 9.0])
    monkeypatch.setattr(check.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr("core.execute.measured_frames", lambda request, pack: iter(range(3)))
    found = check._short_painting(tiny_pack, str(tiny_pack.folder), "pixels")
    assert found.is_well and "takes 3.0 s a step" in found.text


def test_the_apps_own_configuration_is_read(monkeypatch):
    monkeypatch.delenv("STREAMLIT_SERVER_PORT", raising=False)
    assert check.server_option("headless") == "True" and check.server_option("port") is None
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "9000")
    assert check.server_option("port") == "9000"


@pytest.mark.parametrize(
    ("name", "value"),
    [("CTJP_QUEUE", "-3"), ("CTJP_MOST_STEPS", "1e3"), ("CTJP_GALLERY", "all"), ("CTJP_DOWNLOADS", "me")],
)
def test_a_limit_that_cannot_be_read_is_found_before_the_class(name, value, monkeypatch):
    assert only(check.check_variables()).is_well
    monkeypatch.setenv(name, value)
    found = only(check.check_variables())
    assert not found.is_well and name in found.text and value in found.text and "give" in found.text


def test_a_catalogue_that_cannot_be_read_is_found_before_the_class(tmp_path, monkeypatch):
    (tmp_path / "own.json").write_text("{")
    monkeypatch.setenv("CTJP_CATALOGUE", str(tmp_path / "own.json"))
    found = only(check.check_variables())
    assert not found.is_well and "CTJP_CATALOGUE" in found.text and "own.json" in found.text


def test_downloaded_packs_are_named_and_a_file_in_place_of_a_folder_is_reported(
    tmp_path, tiny_pack, monkeypatch
):
    monkeypatch.setenv("CTJP_PACKS", str(tmp_path / "packs"))
    found = only(check.check_packs_folder())
    assert found.is_well and "does not exist yet" in found.text
    with monkeypatch.context() as usual:
        usual.delenv("CTJP_PACKS")
        usual.setattr(check, "packs_folder", lambda: tmp_path / "usual")
        assert not list(check.check_packs_folder()), "nothing was ever downloaded"
    shutil.copytree(tiny_pack.folder, tmp_path / "packs" / "mine")
    found = only(check.check_packs_folder())
    assert found.is_well and found.text.endswith("packs: mine.")
    monkeypatch.setenv("CTJP_PACKS", str(tmp_path / "packs" / "mine" / "manifest.json"))
    found = only(check.check_packs_folder())
    assert not found.is_well and "Not a directory" in found.text and "set CTJP_PACKS" in found.text


def test_workers_out_of_reach_are_found_before_the_class(free_port, checked, tiny_pack, monkeypatch):
    assert not list(check.check_workers())
    monkeypatch.setenv("CTJP_WORKERS", f"127.0.0.1:{free_port}")
    status, said = checked("--pack", str(tiny_pack.folder), "--no-painting")
    (line,) = [line for line in said.splitlines() if line.startswith("FAIL")]
    assert status == 1 and "workers" in line and "No Ray cluster answers" in line
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", free_port))
        listening.listen()
        found = only(check.check_workers())
    assert found.is_well and f"127.0.0.1:{free_port}" in found.text


def test_an_unknown_choice_of_workers_is_found_before_the_class(checked, tiny_pack, monkeypatch):
    monkeypatch.setenv("CTJP_WORKERS", "many")
    status, said = checked("--pack", str(tiny_pack.folder), "--no-painting")
    assert status == 1 and "Workers are 'many'; give ray" in said
