"""Downloads that are cut, stopped, redirected or begun by another source go on where they were."""

import errno
import threading
import types

import pytest

from core.base.errors import PackError
from core.packs import download, installed, resumed_download
from core.packs.manifest import downloaded_packs
from tests.packs.conftest import BIG, one, sha, whole
from tests.support.serving import wait_for


def test_a_cut_connection_is_taken_up_where_it_was(offer, files):
    pack = one(offer, files.add("/a", BIG))
    files.cut["/a"] = 300_000
    download.download_pack(pack)
    assert [wanted for _, wanted in files.asked] == [None, "bytes=300000-"]
    whole("one")


def test_redirects_are_followed_but_not_to_an_open_connection(offer, files):
    files.add("/store", BIG)
    files.moved["/a"], files.cut["/store"] = "/store", 300_000
    download.download_pack(one(offer, files.address + "/a"))
    assert files.asked[-1] == ("/store", "bytes=300000-")
    whole("one")


def test_a_redirect_to_an_open_connection_is_refused():
    def step(scheme):
        return types.SimpleNamespace(url=types.SimpleNamespace(scheme=scheme))

    answer = types.SimpleNamespace(status_code=200, headers={}, history=[step("https")], url=step("http").url)
    with pytest.raises(resumed_download._NextSource, match="unprotected"):
        resumed_download._check_answer("https://a/", answer)
    resumed_download._check_answer("http://a/", answer)


def test_a_stopped_download_goes_on_later_and_a_changed_file_starts_again(offer, files):
    pack = one(offer, files.add("/a", BIG), known=False)
    with pytest.raises(resumed_download.DownloadStopped):
        download.download_pack(pack, should_stop=lambda: installed.bytes_here(pack) > 0)
    here = installed.bytes_here(pack)
    assert 0 < here < len(BIG) and downloaded_packs() == []
    changed = BIG[::-1]
    files.add("/a", changed)
    download.download_pack(pack)
    assert files.asked[-1] == (
        "/a",
        f"bytes={here}-",
    )  # asked for the rest of the same file; the server had another one
    assert whole("one")["models"]["judge"]["sha256"] == sha(changed)


def test_a_server_that_forgets_ranges_is_no_harm(offer, files):
    pack = one(offer, files.add("/a", BIG))
    files.ranges, files.cut["/a"] = False, 300_000
    download.download_pack(pack)
    whole("one")


def test_a_file_that_was_whole_when_the_program_was_killed_is_not_fetched_again(offer, files):
    pack = one(offer, files.add("/a", BIG))
    part = pack.models["judge"]
    path = installed.partial_file(part, part.files["file"][0])
    path.parent.mkdir(parents=True)
    path.write_bytes(BIG)
    download.download_pack(pack)
    assert files.asked == [("/a", f"bytes={len(BIG)}-")]
    whole("one")


def test_a_damaged_beginning_is_thrown_away(offer, files):
    pack = one(offer, files.add("/a", BIG))
    part = pack.models["judge"]
    path = installed.partial_file(part, part.files["file"][0])
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 1000)
    download.download_pack(pack)
    assert [wanted for _, wanted in files.asked] == ["bytes=1000-", None]
    whole("one")


def test_what_one_source_began_another_carries_on(offer, files):
    gone, good = files.add("/gone", BIG), files.add("/good", BIG)
    pack = one(offer, gone, good)
    with pytest.raises(resumed_download.DownloadStopped):
        download.download_pack(pack, should_stop=lambda: installed.bytes_here(pack) > 0)
    here = installed.bytes_here(pack)
    files.status["/gone"] = 404
    download.download_pack(pack)
    assert files.asked[-1] == ("/good", f"bytes={here}-")
    whole("one")


def test_without_a_known_hash_another_source_starts_from_the_beginning(offer, files):
    pack = one(offer, files.add("/gone", BIG), files.add("/good", BIG), known=False)
    with pytest.raises(resumed_download.DownloadStopped):
        download.download_pack(pack, should_stop=lambda: installed.bytes_here(pack) > 0)
    files.status["/gone"] = 410
    download.download_pack(pack)
    assert files.asked[-1] == ("/good", None)
    whole("one")


def test_the_disk_is_looked_at_first(offer, files, monkeypatch):
    pack = one(offer, files.add("/a", BIG))
    monkeypatch.setattr(
        download.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=download.SPARE_BYTES)
    )
    with pytest.raises(PackError, match="needs 1.1 MB more, .*CTJP_PACKS"):
        download.download_pack(pack)
    assert files.asked == []


def test_a_full_disk_keeps_what_came(offer, files, monkeypatch):
    pack = one(offer, files.add("/a", BIG))
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


    def opened(*given, **options):
        file = real(*given, **options)
        return file if given[1] == "rb" else Full(file)

    monkeypatch.setattr(resumed_download, "open", opened, raising=False)
    with pytest.raises(PackError, match="The disk is full.*stays"):
        download.download_pack(pack)
    assert files.times("/a") == 1 and 0 < installed.bytes_here(pack) < len(BIG)
    monkeypatch.undo()


def test_one_download_at_a_time(offer, files):
    pack = one(offer, files.add("/a", BIG))
    files.hold["/a"] = threading.Event()
    thread = threading.Thread(target=download.download_pack, args=(pack,), daemon=True)
    thread.start()
    wait_for(lambda: installed.bytes_here(pack) > 0, what="the first half")
    with pytest.raises(PackError, match="One download at a time"):
        download.download_pack(pack, should_stop=lambda: True)
    files.hold["/a"].set()
    thread.join(60)
    whole("one")
