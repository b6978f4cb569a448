"""Getting, checking and removing packs of the catalogue, against a server on this computer."""

import errno
import hashlib
import json
import threading
import types
import urllib.error
import urllib.request

import pytest

from core.__main__ import main
from core.errors import PackError, SettingError
from core.packs import catalogue, download, fetch, installed
from core.packs.manifest import got_packs, pack_folder, read_manifest, verify
from tests.file_server import offering
from tests.serving import wait_for

BIG = bytes(range(256)) * 4096  # 1 MiB: several pieces
SMALL = b'{"a": 1}'
OTHER = b"other weights"


@pytest.fixture
def files(monkeypatch):
    """The server; waiting between two tries takes no time."""
    monkeypatch.setattr(fetch, "PAUSE_SECONDS", 0.0)
    monkeypatch.delenv("CTJP_OFFLINE", raising=False)
    with offering() as files:
        yield files


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty folder of packs."""
    monkeypatch.setenv("CTJP_PACKS", str(tmp_path / "packs"))
    return tmp_path / "packs"


@pytest.fixture
def offer(files, root, tmp_path, monkeypatch):
    """Writes the catalogue that this test uses; each part is one file or more of the server."""

    def make(packs, entries=None, **parts):
        made = {
            name: {
                "title": f"The {name}", "licence": "mit", "card": f"{files.address}/card", "parameters": 10, "gflop": {"32": 1.0},
                "entry": (entries or {}).get(name, {"format": "open_clip"}), "files": ways, "note": "For tests.",
            }
            for name, ways in parts.items()
        }  # fmt: skip
        packs = {
            name: {"title": f"Pack {name}", "about": "Tiny.", "size": 32, "examples": ["a fox"], "models": models}
            for name, models in packs.items()
        }
        path = tmp_path / "catalogue.json"
        path.write_text(json.dumps({"parts": made, "packs": packs}))
        monkeypatch.setenv("CTJP_CATALOGUE", str(path))
        catalogue._read.cache_clear()
        return catalogue.find(next(iter(packs)))

    return make


def sha(data):
    return hashlib.sha256(data).hexdigest()


def way(data, *sources, name="model.bin", known=True, size=None):
    """A way of the catalogue's table."""
    fields = {"name": name, "bytes": len(data) if size is None else size, "about": size is not None, "sources": list(sources)}
    return fields | ({"sha256": sha(data)} if known else {})


def one(offer, files, *sources, known=True, data=BIG):
    """A pack of two equal judges that are one file."""
    return offer({"one": {"judge": "j", "heldout": "j"}}, j={"file": [way(data, *sources, known=known)]})


def whole(name):
    """The pack is installed, and every file is right; returns its manifest."""
    manifest = read_manifest(name)
    verify(pack_folder(name), manifest)
    return manifest


def test_a_pack_comes_whole_with_its_manifest_and_its_progress(offer, files, root):
    a, b = files.add("/a", BIG), files.add("/b", SMALL)
    pack = offer(
        {"two": {"judge": "j", "heldout": "h"}},
        j={"file": [way(BIG, a)], "config_file": [way(SMALL, b, name="sub/config.json", known=False)]},
        h={"file": [way(SMALL, b, known=False)]},
    )
    heard = []
    assert download.get(pack, heard.append) == root / "two"
    manifest = whole("two")
    assert manifest["models"]["judge"]["config_file"] == "j/sub/config.json" and manifest["licence"] == "MIT"
    assert manifest["models"]["heldout"]["sha256"] == sha(SMALL)  # unknown before, taken when it came
    done = [progress.done for progress in heard]
    assert done == sorted(done) and done[-1] == heard[-1].total == len(BIG) + 2 * len(SMALL)
    assert got_packs() == ["two"] and not list((root / ".partial").iterdir())
    assert installed.missing(pack) == [] and installed.begun(pack) == pack.bytes()


def test_a_cut_connection_is_taken_up_where_it_was(offer, files):
    pack = one(offer, files, files.add("/a", BIG))
    files.cut["/a"] = 300_000
    download.get(pack)
    assert [wanted for _, wanted in files.asked] == [None, "bytes=300000-"]
    whole("one")


def test_redirects_are_followed_but_not_to_an_open_connection(offer, files):
    files.add("/store", BIG)
    files.moved["/a"], files.cut["/store"] = "/store", 300_000
    download.get(one(offer, files, files.address + "/a"))
    assert files.asked[-1] == ("/store", "bytes=300000-")
    whole("one")
    with pytest.raises(urllib.error.HTTPError, match="unprotected"):
        fetch.Redirects().redirect_request(urllib.request.Request("https://a/"), None, 302, "Found", {}, "http://b/")


def test_a_stopped_download_goes_on_later_and_a_changed_file_starts_again(offer, files):
    pack = one(offer, files, files.add("/a", BIG), known=False)
    with pytest.raises(fetch.Stopped):
        download.get(pack, should_stop=lambda: installed.begun(pack) > 0)
    here = installed.begun(pack)
    assert 0 < here < len(BIG) and got_packs() == []
    changed = BIG[::-1]
    files.add("/a", changed)
    download.get(pack)
    assert files.asked[-1] == ("/a", f"bytes={here}-")  # asked for the rest of the same file; the server had another one
    assert whole("one")["models"]["judge"]["sha256"] == sha(changed)


def test_a_server_that_forgets_ranges_is_no_harm(offer, files):
    pack = one(offer, files, files.add("/a", BIG))
    files.ranges, files.cut["/a"] = False, 300_000
    download.get(pack)
    whole("one")


def test_a_file_that_was_whole_when_the_program_was_killed_is_not_fetched_again(offer, files):
    pack = one(offer, files, files.add("/a", BIG))
    part = pack.models["judge"]
    path = installed.partial(part, part.files["file"][0])
    path.parent.mkdir(parents=True)
    path.write_bytes(BIG)
    download.get(pack)
    assert files.asked == [("/a", f"bytes={len(BIG)}-")]
    whole("one")


def test_a_damaged_beginning_is_thrown_away(offer, files):
    pack = one(offer, files, files.add("/a", BIG))
    part = pack.models["judge"]
    path = installed.partial(part, part.files["file"][0])
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 1000)
    download.get(pack)
    assert [wanted for _, wanted in files.asked] == ["bytes=1000-", None]
    whole("one")


def test_what_one_source_began_another_carries_on(offer, files):
    gone, good = files.add("/gone", BIG), files.add("/good", BIG)
    pack = one(offer, files, gone, good)
    with pytest.raises(fetch.Stopped):
        download.get(pack, should_stop=lambda: installed.begun(pack) > 0)
    here = installed.begun(pack)
    files.status["/gone"] = 404
    download.get(pack)
    assert files.asked[-1] == ("/good", f"bytes={here}-")
    whole("one")


def test_without_a_known_hash_another_source_starts_from_the_beginning(offer, files):
    pack = one(offer, files, files.add("/gone", BIG), files.add("/good", BIG), known=False)
    with pytest.raises(fetch.Stopped):
        download.get(pack, should_stop=lambda: installed.begun(pack) > 0)
    files.status["/gone"] = 410
    download.get(pack)
    assert files.asked[-1] == ("/good", None)
    whole("one")


def test_gone_wrong_and_unreachable_sources_give_way_to_the_next(offer, files):
    sources = [files.address + "/none", files.add("/wrong", SMALL), "http://127.0.0.1:9/closed", files.add("/good", BIG)]
    pack = one(offer, files, *sources)
    download.get(pack)
    assert files.times("/none") == files.times("/wrong") == files.times("/good") == 1
    whole("one")


def test_when_no_source_is_left_one_sentence_says_what_each_answered(offer, files):
    files.status["/ill"] = 503
    pack = one(offer, files, files.address + "/none", files.address + "/ill", files.add("/wrong", SMALL))
    with pytest.raises(PackError) as caught:
        download.get(pack)
    said = str(caught.value)
    assert "\n" not in said and "--from" in said and "/card" in said
    assert "has it no more" in said and "503" in said and "SHA-256 differs" in said
    assert files.times("/ill") == fetch.ATTEMPTS and got_packs() == []


def test_another_way_to_the_same_model_is_tried(offer, files):
    b = files.add("/b", SMALL)
    ways = {"file": [way(BIG, files.address + "/none", name="model.safetensors"), way(SMALL, b, name="model.bin")]}
    download.get(offer({"one": {"judge": "j", "heldout": "j"}}, j=ways))
    assert whole("one")["models"]["judge"]["file"] == "j/model.bin"


def test_a_hash_taken_at_first_is_checked_from_then_on(offer, files, root):
    pack = one(offer, files, files.add("/a", BIG), known=False)
    download.get(pack)
    installed.file_of(sha(BIG)).unlink()  # somebody tidied up by hand
    files.add("/a", SMALL)
    with pytest.raises(PackError, match="SHA-256 differs"):
        download.get(pack)
    files.add("/a", BIG)
    download.get(pack)
    whole("one")


def test_a_damaged_file_is_got_again_even_if_another_pack_has_it_too(offer, files, root, capsys):
    a = files.add("/a", BIG)
    offer({"one": {"judge": "j", "heldout": "j"}, "two": {"judge": "j", "heldout": "j"}}, j={"file": [way(BIG, a)]})
    for name in ("one", "two"):
        download.get(catalogue.find(name))
    with open(root / "one/j/model.bin", "r+b") as file:  # as long as before
        file.write(b"damaged")
    for name in ("one", "two"):
        assert main(["packs", "get", name, "--yes"]) == 0
        assert "was altered" in capsys.readouterr().err and whole(name)
    assert files.times("/a") == 2


def test_a_folder_of_ones_own_is_not_replaced(offer, files, root):
    pack = one(offer, files, files.add("/a", BIG))
    (root / "one").mkdir(parents=True)
    (root / "one/mine.safetensors").write_bytes(b"mine")
    with pytest.raises(PackError, match="such as mine.safetensors, and would be replaced. Move it away"):
        download.get(pack)
    assert (root / "one/mine.safetensors").read_bytes() == b"mine" and files.asked == []
    (root / "one/mine.safetensors").unlink()
    download.get(pack)
    whole("one")


def test_a_page_in_the_place_of_a_file_gives_way_to_the_next_source(offer, files):
    files.types["/page"] = "text/html; charset=utf-8"
    pack = one(offer, files, files.add("/page", SMALL), files.add("/a", BIG), known=False)
    download.get(pack)
    assert whole("one")["models"]["judge"]["sha256"] == sha(BIG)


def test_shared_parts_are_stored_once_and_go_with_the_last_pack(offer, files, root):
    a, b = files.add("/a", BIG), files.add("/b", SMALL)
    parts = {"j": {"file": [way(BIG, a)]}, "h": {"file": [way(SMALL, b)]}}
    first = offer({"first": {"judge": "j", "heldout": "j"}, "second": {"judge": "j", "heldout": "h"}}, **parts)
    download.get(first)
    download.get(catalogue.find("second"))
    assert files.times("/a") == 1
    assert (root / "first/j/model.bin").samefile(root / "second/j/model.bin")
    assert installed.remove("first") == 0 and whole("second")
    assert installed.remove("second") == len(BIG) + len(SMALL)
    assert installed.known() == {} and got_packs() == [] and installed.missing(first)


def test_what_came_of_an_unfinished_pack_can_be_removed(offer, files):
    pack = one(offer, files, files.add("/a", BIG))
    with pytest.raises(fetch.Stopped):
        download.get(pack, should_stop=lambda: installed.begun(pack) > 0)
    installed.remove("one")
    assert installed.begun(pack) == 0
    with pytest.raises(PackError, match="installed are: none"):
        installed.remove("one")


@pytest.mark.parametrize("name", ["", ".", "..", ".files", "../packs", "/etc"])
def test_nothing_else_can_be_removed(offer, files, root, name):
    download.get(one(offer, files, files.add("/a", BIG)))
    with pytest.raises(PackError, match="installed are: one"):
        installed.remove(name)
    whole("one")


def test_the_disk_is_looked_at_first(offer, files, monkeypatch):
    pack = one(offer, files, files.add("/a", BIG))
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=download.RESERVE_BYTES))
    with pytest.raises(PackError, match="needs 1.1 MB more .*CTJP_PACKS"):
        download.get(pack)
    assert files.asked == []


def test_a_full_disk_keeps_what_came(offer, files, monkeypatch):
    pack = one(offer, files, files.add("/a", BIG))
    real = open

    class Full:
        """A file on a disk with room for half of it."""

        def __init__(self, file):
            self.file = file

        def write(self, data):
            if self.file.tell() + len(data) > len(BIG) // 2:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.file.write(data)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

    monkeypatch.setattr(fetch, "open", lambda *a, **k: Full(real(*a, **k)) if a[1] != "rb" else real(*a, **k), raising=False)
    with pytest.raises(PackError, match="The disk is full.*stays"):
        download.get(pack)
    assert files.times("/a") == 1 and 0 < installed.begun(pack) < len(BIG)
    monkeypatch.undo()


def test_offline_refuses_what_is_missing_and_only_that(offer, files, monkeypatch):
    pack = one(offer, files, files.add("/a", BIG))
    with pytest.raises(PackError, match="--offline.*The j.*--from"):
        download.get(pack, network=False)
    monkeypatch.setenv("CTJP_OFFLINE", "1")
    with pytest.raises(PackError, match="CTJP_OFFLINE"):
        download.get(pack)
    assert files.asked == []
    monkeypatch.setenv("CTJP_OFFLINE", "0")
    download.get(pack)
    monkeypatch.setenv("CTJP_OFFLINE", "1")
    (pack_folder("one") / "manifest.json").unlink()
    download.get(pack)  # everything is here: nothing has to be asked
    whole("one")


def test_files_on_this_computer_are_taken_from_a_folder(offer, files, tmp_path):
    pack = offer(
        {"one": {"judge": "j", "heldout": "h"}},
        j={
            "file": [way(BIG, files.address + "/x")],
            "config_file": [way(SMALL, files.address + "/y", name="sub/config.json", known=False)],
        },
        h={"file": [way(OTHER, files.address + "/z")]},
    )
    mine = tmp_path / "mine"
    (mine / "sub").mkdir(parents=True)
    (mine / "j").mkdir()
    (mine / "j" / "model.bin").write_bytes(BIG)
    (mine / "sub" / "config.json").write_bytes(SMALL)
    with pytest.raises(PackError, match="model.bin of The h is not in .*looked for h/model.bin"):
        download.get(pack, folder=mine)
    (mine / "h").mkdir()
    (mine / "h" / "model.bin").write_bytes(BIG)
    with pytest.raises(PackError, match="another file"):
        download.get(pack, folder=mine)
    (mine / "h" / "model.bin").write_bytes(OTHER)
    download.get(pack, folder=mine)
    whole("one")
    assert files.asked == [] and (mine / "j" / "model.bin").read_bytes() == BIG


def test_a_pack_in_its_publishers_formats_opens_by_its_name(offer, files, tmp_path):
    from core.packs import open_pack
    from tests.full_size import write_full_pack

    source = write_full_pack(tmp_path / "full", text=False)
    models = json.loads((source / "manifest.json").read_text())["models"]
    parts, entries = {}, {}
    for model, entry in models.items():
        keys = [key for key in entry if key == "file" or key.endswith("_file")]
        parts[model] = {key: [published(files, source, entry[key])] for key in keys}
        entries[model] = {key: value for key, value in entry.items() if key not in (*keys, "files")}
    download.get(offer({"published": {model: model for model in models}}, entries, **parts))
    opened = open_pack("published")
    assert opened.name == "published" and all((opened.judge, opened.heldout, opened.vqgan, opened.denoiser))
    assert opened.judge.encode("a word that no small judge would know") is not None


def published(files, folder, name):
    """The way to a file of a folder, offered by the server."""
    data = (folder / name).read_bytes()
    return way(data, files.add("/" + name, data), name=name)


def test_one_download_at_a_time(offer, files):
    pack = one(offer, files, files.add("/a", BIG))
    files.hold["/a"] = threading.Event()
    thread = threading.Thread(target=download.get, args=(pack,), daemon=True)
    thread.start()
    wait_for(lambda: installed.begun(pack) > 0, what="the first half")
    with pytest.raises(PackError, match="one at a time"):
        download.get(pack, should_stop=lambda: True)
    files.hold["/a"].set()
    thread.join(60)
    whole("one")


def test_the_servers_download_can_be_watched_stopped_resumed_and_fails_with_a_sentence(offer, files):
    from app.pack_downloads import Downloads

    pack, downloads = one(offer, files, files.add("/a", BIG)), Downloads()
    files.hold["/a"] = threading.Event()
    downloads.start("one")
    wait_for(lambda: downloads.state.done > 0, what="progress")
    assert downloads.state.status == "running" and 0 < downloads.state.share < 1 and downloads.state.host in files.address
    with pytest.raises(PackError, match="stop it first"):
        downloads.remove("one")
    downloads.stop()
    assert downloads.state.status == "stopping"
    files.hold.pop("/a").set()
    wait_for(lambda: not downloads.state.busy, what="the stop")
    assert downloads.state.status == "stopped" and installed.begun(pack) > 0
    files.status["/a"] = 404
    downloads.start("one")
    wait_for(lambda: not downloads.state.busy, what="the failure")
    assert downloads.state.status == "failed" and "no more" in downloads.state.reason
    files.status.clear()
    downloads.start("one")
    wait_for(lambda: not downloads.state.busy, what="the end")
    assert downloads.state.status == "done" and downloads.state.share == 1.0
    assert downloads.remove("one") == len(BIG) and downloads.state is None and got_packs() == []


def test_the_page_lets_only_those_download_who_may(offer, files, monkeypatch):
    from streamlit.testing.v1 import AppTest

    from app.pack_downloads import downloads
    from app.views import packs

    def page():
        from app.views.packs import page

        page()

    def visitor(address=None, **headers):
        monkeypatch.setattr(packs.st, "context", types.SimpleNamespace(ip_address=address, headers=headers))
        return packs.may_download()

    one(offer, files, files.add("/a", BIG))
    assert visitor() and not visitor("10.0.0.7") and not visitor(None, **{"X-Forwarded-For": "10.0.0.7"})
    monkeypatch.setenv("CTJP_DOWNLOADS", "everyone")
    assert visitor("10.0.0.7")
    monkeypatch.setenv("CTJP_DOWNLOADS", "nobody")
    assert not visitor()
    shown = AppTest.from_function(page, default_timeout=60).run()
    assert not shown.exception and not shown.button and not shown.checkbox
    assert "python -m core packs get one" in [code.value for code in shown.code]
    monkeypatch.setattr(packs.state, "get", lambda key: True)  # a browser may press what it was not shown
    packs._start("one")
    assert downloads().state is None and files.asked == []
    monkeypatch.setenv("CTJP_DOWNLOADS", "all")
    with pytest.raises(SettingError, match="here, everyone or nobody"):
        packs.may_download()


def test_the_command_shows_licences_first_and_takes_no_for_an_answer(offer, files, monkeypatch, capsys):
    one(offer, files, files.add("/a", BIG))
    assert main(["packs", "get", "one"]) == 2  # nobody is there to agree
    said = capsys.readouterr()
    assert "MIT: Free to use" in said.out and "--yes" in said.err and files.asked == []
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda question: "no")
    assert main(["packs", "get", "one"]) == 2 and files.asked == [] and got_packs() == []
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert main(["packs", "get", "one"]) == 0
    whole("one")


def test_the_commands_list_get_and_remove(offer, files, capsys):
    one(offer, files, files.add("/a", BIG))
    assert main(["packs", "list"]) == 0
    before = capsys.readouterr().out
    here, _, more = before.partition("\n\n")
    assert "miniature" in here and "one" in more and "1.0 MB to get" in more and "memory about" in more and "licences: MIT" in more
    assert main(["packs", "get", "one", "--yes"]) == 0 and main(["packs", "get", "one"]) == 0
    assert "is here already" in capsys.readouterr().out
    assert main(["packs", "list"]) == 0
    assert "one" in capsys.readouterr().out.partition("\n\n")[0]
    assert main(["packs", "remove", "one"]) == 0 and "1.0 MB are free again" in capsys.readouterr().out
    assert main(["packs", "remove", "one"]) == 2 and main(["packs", "get", "enormous"]) == 2
    assert "choose from" in capsys.readouterr().err
