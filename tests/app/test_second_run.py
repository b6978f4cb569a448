"""A run kept as B: when A can be painted again by today's code, and what that shows."""

from app import resources
from core.base.ids import is_id
from core.base.request import RunRequest
from tests.support.app_pages import checked, forget_caches, opened, press
from tests.support.serving import invented_run, pack_with_example


def labels(test):
    return [button.label for button in test.button]


def test_a_run_of_another_machine_is_painted_again_beside_b(bare_pack, tmp_path, monkeypatch):
    folder = pack_with_example(bare_pack, tmp_path / "pack")
    monkeypatch.setenv("CTJP_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("CTJP_PACK", str(folder))
    forget_caches()
    try:
        example = resources.example_run()
        request = RunRequest.make("a blue rabbit", pack=str(folder), painters=("pixels",))
        other = invented_run(resources.store(), request, pack_hash=resources.app_pack_hash())
        assert "Paint A again" not in labels(opened(run=example.id))
        assert "Paint A again" not in labels(opened(run=other, b=example.id)), "it was painted here and today"
        test = opened(run=example.id, b=other)
        assert "Paint A again" in labels(test)
        checked(press(test, "Paint A again"))
        again = resources.store().get(test.session_state["shown_run"])
        assert again.id != example.id and is_id(again.id) and not again.folder
        assert again.request == example.request and test.session_state["run_b"] == other
        assert "Paint A again" not in labels(test)
    finally:
        forget_caches()
