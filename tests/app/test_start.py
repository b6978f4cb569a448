"""What a start needs: no process loads what it does not use, and what is made late has an address at once."""

import subprocess
import sys

import pytest

from app.web.assets import CHART_SOURCES, ROOT

# Opens nothing: what the server has imported when it begins to answer.
SERVER = """
import sys
from app import main
main._import_views()
main.assets_digest()
print(*sys.modules)
"""


def modules_after(script: str) -> set[str]:
    """Names of all modules that a fresh process has imported when it has run the script; it must not collect
    garbage where it says that it would note it.
    """
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "gc: collecting generation" not in ended.stderr
    return set(ended.stdout.split())


def test_the_server_starts_without_what_only_later_pages_need():
    loaded = modules_after(SERVER)
    assert "app.views.realism" in loaded and "app.web.assets" in loaded
    assert loaded & {"altair", "pandas", "pyarrow", "scipy", "torch", "typst", "av", "vl_convert"} == set()


# As far as a painter process that the server has started.
PAINTER = """
import gc, sys
from core.service.painter_loop import load_pack
from core.service.painter_process import _do_without_transformers
_do_without_transformers()
gc.set_debug(gc.DEBUG_STATS)  # a line for every collection
load_pack("miniature")
gc.set_debug(0)
assert gc.isenabled()
print(*(name for name, module in sys.modules.items() if module))
"""


def test_the_painter_process_loads_its_models_without_transformers_and_collects_nothing_meanwhile():
    pytest.importorskip("transformers")
    loaded = modules_after(PAINTER)
    assert loaded >= {"torch", "open_clip", "diffusers", "timm"}
    assert [name for name in loaded if name.partition(".")[0] == "transformers"] == []


def test_all_code_that_makes_the_charts_has_a_say_in_their_address():
    loaded = modules_after("import sys\nfrom app.charts import player_charts\nprint(*sys.modules)")
    ours = [name for name in loaded if name.startswith(("app.", "core."))]
    assert "core.exports.charts" in ours
    folders = [folder.replace("/", ".") for folder in CHART_SOURCES]
    assert [name for name in ours if not any(f"{name}.".startswith(f"{folder}.") for folder in folders)] == []
