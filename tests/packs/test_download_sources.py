"""Sources that are gone, wrong or unreachable give way to the next; hashes are checked."""

import pytest

from core.base.errors import PackError
from core.packs import download, installed, resumed_download
from core.packs.manifest import downloaded_packs, pack_folder
from tests.packs.conftest import BIG, SMALL, one, sha, variant, whole


def test_gone_wrong_and_unreachable_sources_give_way_to_the_next(offer, files):
    sources = [
        files.address + "/none",
        files.add("/wrong", SMALL),
        "http://127.0.0.1:9/closed",
        files.add("/good", BIG),
    ]
    pack = one(offer, *sources)
    download.download_pack(pack)
    assert files.times("/none") == files.times("/wrong") == files.times("/good") == 1
    whole("one")


def test_when_no_source_is_left_one_sentence_says_what_each_answered(offer, files):
    files.status["/ill"] = 503
    pack = one(offer, files.address + "/none", files.address + "/ill", files.add("/wrong", SMALL))
    with pytest.raises(PackError) as caught:
        download.download_pack(pack)
    said = str(caught.value)
    assert "\n" not in said and "--from" in said and "/card" in said
    assert "no longer has it" in said and "503" in said and "SHA-256 differs" in said
    assert files.times("/ill") == resumed_download.ATTEMPTS and downloaded_packs() == []


def test_another_way_to_the_same_model_is_tried(offer, files):
    b = files.add("/b", SMALL)
    variants = {
        "file": [
            variant(BIG, files.address + "/none", name="model.safetensors"),
            variant(SMALL, b, name="model.bin"),
        ]
    }
    download.download_pack(offer({"one": {"judge": "j", "heldout": "j"}}, j=variants))
    assert whole("one")["models"]["judge"]["file"] == "j/model.bin"


def test_a_hash_taken_at_first_is_checked_from_then_on(offer, files, root):
    pack = one(offer, files.add("/a", BIG), known=False)
    download.download_pack(pack)
    installed.stored_file(sha(BIG)).unlink()  # somebody tidied up by hand
    files.add("/a", SMALL)
    with pytest.raises(PackError, match="SHA-256 differs"):
        download.download_pack(pack)
    files.add("/a", BIG)
    download.download_pack(pack)
    whole("one")


def test_a_page_in_the_place_of_a_file_gives_way_to_the_next_source(offer, files):
    files.types["/page"] = "text/html; charset=utf-8"
    pack = one(offer, files.add("/page", SMALL), files.add("/a", BIG), known=False)
    download.download_pack(pack)
    assert whole("one")["models"]["judge"]["sha256"] == sha(BIG)


def test_offline_refuses_what_is_missing_and_only_that(offer, files, monkeypatch):
    pack = one(offer, files.add("/a", BIG))
    with pytest.raises(PackError, match="--offline.*The j.*--from"):
        download.download_pack(pack, network=False)
    monkeypatch.setenv("CTJP_OFFLINE", "1")
    with pytest.raises(PackError, match="CTJP_OFFLINE"):
        download.download_pack(pack)
    assert files.asked == []
    monkeypatch.setenv("CTJP_OFFLINE", "0")
    download.download_pack(pack)
    monkeypatch.setenv("CTJP_OFFLINE", "1")
    (pack_folder("one") / "manifest.json").unlink()
    download.download_pack(pack)  # everything is here: nothing has to be asked
    whole("one")


@pytest.fixture
def hub(files, monkeypatch):
    """The local server is the hub."""
    monkeypatch.setattr("huggingface_hub.constants.HF_URL_HOSTS", {"127.0.0.1"})
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", files.address)
    template = files.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    return files


def test_the_hub_gets_the_persons_login_and_other_mirrors_do_not(offer, hub):
    mirror = hub.address + "/mirror"
    hub.status["/org/name/resolve/main/model.bin"] = 401
    hub.content["/mirror"] = BIG
    download.download_pack(one(offer, hub.address + "/org/name/resolve/main/model.bin", mirror))
    assert hub.logins == ["Bearer hf_secret", None]
    whole("one")


def test_terms_that_were_not_accepted_are_named(offer, hub):
    hub.status["/org/name/resolve/main/model.bin"] = 403
    with pytest.raises(PackError, match="accept them on its page, then log in with `hf auth login`"):
        download.download_pack(one(offer, hub.address + "/org/name/resolve/main/model.bin"))


def test_what_other_programs_have_downloaded_is_taken_even_offline(offer, hub, tmp_path):
    cached = tmp_path / "hub" / "models--org--name" / "snapshots" / ("c" * 40) / "model.bin"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(SMALL)
    (tmp_path / "hub/models--org--name/refs").mkdir()
    (tmp_path / "hub/models--org--name/refs/main").write_text("c" * 40)
    pack = one(offer, hub.address + "/org/name/resolve/main/model.bin")
    with pytest.raises(PackError, match="Downloads are off"):  # it is another file
        download.download_pack(pack, network=False)
    cached.write_bytes(BIG)
    download.download_pack(pack, network=False)
    assert hub.asked == [] and cached.read_bytes() == BIG
    whole("one")
