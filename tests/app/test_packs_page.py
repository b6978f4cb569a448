"""The page Model packs tells visitors no folders of the server's computer."""

import types
from pathlib import Path

import pytest

from app.views import model_packs
from app.web import operator
from tests.support.app_pages import checked, opened_page


def said(monkeypatch, cookies):
    monkeypatch.setattr(model_packs.st, "context", types.SimpleNamespace(cookies=cookies))
    test = checked(opened_page("model_packs").run())
    return "\n".join(one.value for one in [*test.markdown, *test.error, *test.code, *test.caption])


@pytest.mark.parametrize("is_broken", [False, True])
def test_only_whoever_runs_the_server_reads_where_a_pack_lies(tiny_pack, monkeypatch, tmp_path, is_broken):
    folder = Path(tiny_pack.folder)
    if is_broken:
        folder = tmp_path / "broken"
        folder.mkdir()
        (folder / "manifest.json").write_text("no JSON")
    monkeypatch.setenv("CTJP_PACK", str(folder))
    visitor = said(monkeypatch, {})
    assert folder.name in visitor and str(folder.parent) not in visitor.replace("\\", "")
    if not is_broken:
        runs_it = said(monkeypatch, {operator.OPERATOR_COOKIE: operator._cookie_value()})
        assert str(folder) in runs_it.replace("\\", "")
