"""Packs from the catalogue on this computer: stored once, never over a person's own files, removed with the
last pack.
"""

import json

import pytest

from core.__main__ import main
from core.base.errors import PackError
from core.packs import catalogue, download, installed, resumed_download
from core.packs.manifest import downloaded_packs
from tests.packs.conftest import BIG, OTHER, SMALL, one, sha, variant, whole


def test_a_pack_comes_whole_with_its_manifest_and_its_progress(offer, files, root):
    a, b = files.add("/a", BIG), files.add("/b", SMALL)
    pack = offer(
        {"two": {"judge": "j", "heldout": "h"}},
        j={
            "file": [variant(BIG, a)],
            "config_file": [variant(SMALL, b, name="sub/config.json", known=False)],
        },
        h={"file": [variant(SMALL, b, known=False)]},
    )
    heard = []
    assert download.download_pack(pack, heard.append) == root / "two"
    manifest = whole("two")
    assert manifest["models"]["judge"]["config_file"] == "j/sub/config.json" and manifest["licence"] == "MIT"
    assert manifest["models"]["heldout"]["sha256"] == sha(SMALL)  # unknown before, taken when it came
    done = [progress.done for progress in heard]
    assert done == sorted(done) and done[-1] == heard[-1].total == len(BIG) + 2 * len(SMALL)
    assert downloaded_packs() == ["two"] and not list((root / ".partial").iterdir())
    assert installed.missing_files(pack) == [] and installed.bytes_here(pack) == pack.bytes()


def test_a_damaged_file_is_got_again_even_if_another_pack_has_it_too(offer, files, root, capsys):
    a = files.add("/a", BIG)
    offer(
        {"one": {"judge": "j", "heldout": "j"}, "two": {"judge": "j", "heldout": "j"}},
        j={"file": [variant(BIG, a)]},
    )
    for name in ("one", "two"):
        download.download_pack(catalogue.find_in_catalogue(name))
    with open(root / "one/j/model.bin", "r+b") as file:  # as long as before
        file.write(b"damaged")
    for name in ("one", "two"):
        assert main(["packs", "get", name, "--yes"]) == 0
        assert "was altered" in capsys.readouterr().err and whole(name)
    assert files.times("/a") == 2


def test_a_folder_of_ones_own_is_not_replaced(offer, files, root):
    pack = one(offer, files.add("/a", BIG))
    (root / "one").mkdir(parents=True)
    (root / "one/mine.safetensors").write_bytes(b"mine")
    with pytest.raises(PackError, match="such as mine.safetensors, and would be replaced. Move it away"):
        download.download_pack(pack)
    assert (root / "one/mine.safetensors").read_bytes() == b"mine" and files.asked == []
    (root / "one/mine.safetensors").unlink()
    download.download_pack(pack)
    whole("one")


def test_shared_parts_are_stored_once_and_go_with_the_last_pack(offer, files, root):
    a, b = files.add("/a", BIG), files.add("/b", SMALL)
    parts = {"j": {"file": [variant(BIG, a)]}, "h": {"file": [variant(SMALL, b)]}}
    first = offer(
        {"first": {"judge": "j", "heldout": "j"}, "second": {"judge": "j", "heldout": "h"}}, **parts
    )
    download.download_pack(first)
    download.download_pack(catalogue.find_in_catalogue("second"))
    assert files.times("/a") == 1
    assert (root / "first/j/model.bin").samefile(root / "second/j/model.bin")
    assert installed.remove_pack("first") == 0 and whole("second")
    assert installed.remove_pack("second") == len(BIG) + len(SMALL)
    assert installed.known_files() == {} and downloaded_packs() == [] and installed.missing_files(first)


def test_what_came_of_an_unfinished_pack_can_be_removed(offer, files):
    pack = one(offer, files.add("/a", BIG))
    with pytest.raises(resumed_download.DownloadStopped):
        download.download_pack(pack, should_stop=lambda: installed.bytes_here(pack) > 0)
    installed.remove_pack("one")
    assert installed.bytes_here(pack) == 0
    with pytest.raises(PackError, match="installed are: none"):
        installed.remove_pack("one")


@pytest.mark.parametrize("name", ["", ".", "..", ".files", "../packs", "/etc"])
def test_nothing_else_can_be_removed(offer, files, root, name):
    download.download_pack(one(offer, files.add("/a", BIG)))
    with pytest.raises(PackError, match="installed are: one"):
        installed.remove_pack(name)
    whole("one")


def test_files_on_this_computer_are_taken_from_a_folder(offer, files, tmp_path):
    pack = offer(
        {"one": {"judge": "j", "heldout": "h"}},
        j={
            "file": [variant(BIG, files.address + "/x")],
            "config_file": [variant(SMALL, files.address + "/y", name="sub/config.json", known=False)],
        },
        h={"file": [variant(OTHER, files.address + "/z")]},
    )
    mine = tmp_path / "mine"
    (mine / "sub").mkdir(parents=True)
    (mine / "j").mkdir()
    (mine / "j" / "model.bin").write_bytes(BIG)
    (mine / "sub" / "config.json").write_bytes(SMALL)
    with pytest.raises(PackError, match="model.bin of The h is not in .*looked for h/model.bin"):
        download.download_pack(pack, folder=mine)
    (mine / "h").mkdir()
    (mine / "h" / "model.bin").write_bytes(BIG)
    with pytest.raises(PackError, match="is not the published file"):
        download.download_pack(pack, folder=mine)
    (mine / "h" / "model.bin").write_bytes(OTHER)
    download.download_pack(pack, folder=mine)
    whole("one")
    assert files.asked == [] and (mine / "j" / "model.bin").read_bytes() == BIG


def test_a_pack_in_its_publishers_formats_opens_by_its_name(offer, files, tmp_path):
    from core.packs import open_pack
    from tests.support.full_size import write_full_pack

    source = write_full_pack(tmp_path / "full", text=False)
    models = json.loads((source / "manifest.json").read_text())["models"]
    parts, entries = {}, {}
    for model, entry in models.items():
        keys = [key for key in entry if key == "file" or key.endswith("_file")]
        parts[model] = {key: [published(files, source, entry[key])] for key in keys}
        entries[model] = {key: value for key, value in entry.items() if key not in (*keys, "files")}
    download.download_pack(offer({"published": {model: model for model in models}}, entries, **parts))
    opened = open_pack("published")
    assert opened.name == "published" and all((opened.judge, opened.heldout, opened.vqgan, opened.denoiser))
    assert opened.judge.encode("a word that no small judge would know") is not None


def published(files, folder, name):
    """The way to a file of a folder, offered by the server."""
    data = (folder / name).read_bytes()
    return variant(data, files.add("/" + name, data), name=name)
