"""The two revisions cover the code that determines pictures and the code that determines measurements."""

import ast
import importlib.metadata
from pathlib import Path

import pytest

from core.base import revision
from core.base.revision import (
    MEASURED_EARLIER,
    MEASURING_REVISION,
    MEASURING_SOURCES,
    PAINTED_EARLIER,
    PAINTING_REVISION,
    PAINTING_SOURCES,
    code_revision,
    earlier_version_note,
)

CORE = revision.CORE
# Imported by the code that paints, without influence on a picture (settings and packs are part of a run's
# name).
NEUTRAL = {
    "core.base.environment",
    "core.base.errors",
    "core.base.files",
    "core.base.frame",
    "core.base.judges",
    "core.base.machine",
    "core.base.request",
    "core.base.revision",
    "core.base.setting",
    "core.base.settings",
    "core.base.shared_settings",
    "core.base.start",
    "core.packs.manifest",
    "core.packs.support",
    "core.packs.verification",
    "core.storage.records",
    "core.storage.run_folder",
}
# What only measures, as painting sees it; what only paints, as measuring sees it.
ONLY_MEASURES = {
    "core.measures.measurer",
    "core.measures.realism",
    "core.measures.references",
    "core.packs.photograph_realism",
}
ONLY_PAINTS = {
    "core.measures.differentiable_realism",
    "core.models.autoencoders",
    "core.models.clamp",
    "core.models.diffusion",
    "core.models.optimised",
    "core.models.painter_models",
    "core.models.taesd",
    "core.models.taming",
    "core.packs.denoisers",
    "core.painters.classes",
    "core.painters.painter",
    "core.painters.painting_thread",
    "core.painters.running",
}
DOES_NEITHER = (
    "packs/download.py",
    "packs/resumed_download.py",
    "packs/catalogue.json",
    "storage/run_store.py",
    "exports",
)


def module_file(name: str) -> Path | None:
    """The file of a module or package of this program, or None if there is none of this name."""
    path = CORE.parent / name.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def imported(path: Path) -> set[str]:
    """Dotted names of modules in core that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "core":
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            # `from package import module` needs the module; the package alone counts where it has code of its
            # own
            modules = {name for name in members if module_file(name)}
            found |= modules if modules == members else {node.module, *modules}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("core.")}
    return {name for name in found if module_file(name)}


def covered(sources: tuple[str, ...]) -> set[Path]:
    return set(revision._python_files(sources, CORE))


def dotted(file: Path) -> str:
    return ".".join(file.relative_to(CORE.parent).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize(
    ("sources", "other_half"), [(PAINTING_SOURCES, ONLY_MEASURES), (MEASURING_SOURCES, ONLY_PAINTS)]
)
def test_everything_that_painting_or_measuring_imports_is_covered(sources, other_half):
    files = covered(sources)
    assert all(file.is_file() for file in files), "a source is listed but does not exist"
    names = {dotted(file) for file in files}
    reached = {name for file in files for name in imported(file)}
    assert "core.models.judge" in reached
    assert reached - names - NEUTRAL - other_half == set()
    assert not names & (NEUTRAL | other_half), "listed as without influence, and covered all the same"


def test_neutral_modules_are_ones_that_are_imported():
    reached = {name for file in covered(PAINTING_SOURCES + MEASURING_SOURCES) for name in imported(file)}
    assert not ONLY_MEASURES - reached and not {name for name in ONLY_PAINTS if not module_file(name)}


@pytest.mark.parametrize("source", DOES_NEITHER)
def test_downloads_pages_and_exports_are_not_covered(source):
    path = CORE / source
    assert path.exists()
    assert not any(path in (file, *file.parents) for file in covered(PAINTING_SOURCES + MEASURING_SOURCES))


def test_any_changed_added_or_renamed_source_changes_it(tmp_path):
    sources = ("execute.py", "painters")
    (tmp_path / "painters").mkdir()
    seen = []
    (tmp_path / "execute.py").write_text("a = 1\n")
    seen.append(code_revision(sources, tmp_path))
    assert seen == [code_revision(sources, tmp_path)] and len(seen[0]) == 16
    (tmp_path / "execute.py").write_text("a = 2\n")
    seen.append(code_revision(sources, tmp_path))
    (tmp_path / "painters" / "new.py").write_text("b = 1")
    seen.append(code_revision(sources, tmp_path))
    (tmp_path / "painters" / "new.py").rename(tmp_path / "painters" / "newer.py")
    seen.append(code_revision(sources, tmp_path))
    assert len(set(seen)) == 4
    (tmp_path / "store.py").write_text("no_painter = 1")
    (tmp_path / "painters" / "notes.txt").write_text("no code")
    (tmp_path / "execute.py").write_text('"""New words."""\n# and more\na  =  2\n')
    assert code_revision(sources, tmp_path) == seen[-1]


def test_another_version_of_torch_is_another_revision_and_another_build_is_not(monkeypatch):
    versions = {"torch": "2.13.0+cpu", "open_clip_torch": "3.3.0", "diffusers": "0.42.1"}
    monkeypatch.setattr(importlib.metadata, "version", lambda package: versions[package])
    before = code_revision(("execute.py",))
    versions["torch"] = "2.13.0+cu130"
    assert code_revision(("execute.py",)) == before
    for package in revision.VERSIONED_PACKAGES:
        old = versions[package]
        versions[package] = "9.9"
        assert code_revision(("execute.py",)) != before, package
        versions[package] = old


def test_a_run_of_an_earlier_version_says_so():
    assert PAINTING_REVISION != MEASURING_REVISION
    assert earlier_version_note(PAINTING_REVISION, MEASURING_REVISION) == ""
    assert (
        earlier_version_note("old", "") == earlier_version_note("old", MEASURING_REVISION) == PAINTED_EARLIER
    )
    assert earlier_version_note(PAINTING_REVISION, "old") == MEASURED_EARLIER
    assert earlier_version_note(PAINTING_REVISION, "") == "", "nobody noted what measured it"
