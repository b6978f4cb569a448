"""Two processes get the files in the order of tests/support/order.py, so that they share servers."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.order import FIRST

ROOT = Path(__file__).parents[1]
CONFTEST = """
from pathlib import Path
from tests.support.order import keep_order, order_files

def pytest_configure(config):
    keep_order(config)

def pytest_collection_modifyitems(items):
    order_files(items, first=("shared", "long/test_long.py"), tests=Path(__file__).parent)
"""
FILES = {"long/test_few.py": 1, "long/test_long.py": 1, "many/test_many.py": 5, "shared/test_a.py": 3,
         "shared/test_b.py": 4}  # fmt: skip


def test_files_that_share_a_server_come_first_then_long_ones(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for name, count in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("".join(f"def test_{n}(): pass\n" for n in range(count)))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    for name in [name for name in environment if name.startswith("PYTEST_XDIST")]:
        del environment[name]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-n",
        "1",
        "--dist",
        "loadfile",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    ran = [word.partition("::")[0] for word in done.stdout.split() if "::" in word]
    order = [
        "shared/test_a.py",
        "shared/test_b.py",
        "long/test_long.py",
        "long/test_few.py",
        "many/test_many.py",
    ]
    assert list(dict.fromkeys(ran)) == order, done.stdout + done.stderr
    assert done.returncode == 0 and f"{sum(FILES.values())} passed" in done.stdout


def test_every_name_in_the_order_is_there():
    assert [name for name in FIRST if not (ROOT / "tests" / name).exists()] == []
