"""A browser test that fails once is tried again, in two processes too, and the summary names it."""

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = """
from pathlib import Path
from tests.support.second_try import give_second_tries, tell_second_tries

def pytest_collection_modifyitems(items):
    give_second_tries(items, Path(__file__).parent / "browser")

def pytest_terminal_summary(terminalreporter):
    tell_second_tries(terminalreporter)
"""
TESTS = """
import pytest

tries = []

@pytest.fixture(scope="module")
def opened():
    print("OPENED")
    yield tries
    print("CLOSED")

@pytest.fixture
def complaints(opened):
    yield opened
    assert len(opened) != 3, "complained at the end"

def test_late(opened):
    opened.append(1)
    assert len(opened) > 1, "not yet drawn"

def test_complaining(complaints):
    complaints.append(1)

def test_good(opened):
    assert len(opened) >= 2

def test_wrong():
    assert False
"""


def test_second_tries_are_made_in_the_browser_tests_only_and_named(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for folder in ("browser", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"test_{folder}.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider", "."]
    root = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(root), "PYTEST_ADDOPTS": ""}
    for name in [name for name in environment if name.startswith("PYTEST_XDIST")]:
        del environment[name]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    said = done.stdout
    names = [line.removeprefix("SECOND TRY ") for line in said.splitlines() if line.startswith("SECOND TRY")]
    both = [f"browser/test_browser.py::test_{name}" for name in ("complaining", "late")]
    assert names == both, said + done.stderr
    assert "not yet drawn" in said and "complained at the end" in said
    assert done.returncode == 1 and "3 failed" in said and "3 rerun" in said, said
