"""The code revision covers exactly the code that determines pictures and figures."""

import ast
from pathlib import Path

from core import revision

CORE = Path(revision.__file__).parent
# Imported by the painting code, without influence on a picture or a figure (settings are part of a run's name).
NEUTRAL = {"errors", "settings", "frame", "folder", "records", "revision", "lock", "places", "threads"}


def imported(path):
    """Names of core modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "core":
            parts = node.module.split(".")[1:]
            found |= {parts[0]} if parts else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("core.")}
    return found


def test_everything_that_painting_imports_is_covered():
    covered = {Path(source).stem for source in revision.SOURCES}
    reached = set()
    for source in revision.SOURCES:
        path = CORE / source
        assert path.exists(), f"{source} is listed but does not exist"
        for file in path.rglob("*.py") if path.is_dir() else [path]:
            reached |= imported(file)
    assert "judge" in reached and "canvas" in reached
    assert reached - covered - NEUTRAL == set()


def test_any_changed_added_or_renamed_source_changes_it(tmp_path):
    (tmp_path / "painters").mkdir()
    (tmp_path / "judge.py").write_text("a = 1\n")
    seen = [revision.code_revision(tmp_path)]
    assert seen == [revision.code_revision(tmp_path)] and len(seen[0]) == 16
    (tmp_path / "judge.py").write_text("a = 2\n")
    seen.append(revision.code_revision(tmp_path))
    (tmp_path / "painters" / "new.py").write_text("")
    seen.append(revision.code_revision(tmp_path))
    (tmp_path / "painters" / "new.py").rename(tmp_path / "painters" / "newer.py")
    seen.append(revision.code_revision(tmp_path))
    assert len(set(seen)) == 4
    (tmp_path / "store.py").write_text("no painter")
    (tmp_path / "painters" / "notes.txt").write_text("no code")
    assert revision.code_revision(tmp_path) == seen[-1]
