"""A fingerprint of code: changed by what computes and by nothing else, the same on every Python."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.base import code_tokens as module
from core.base.code_tokens import code_tokens, fingerprint

ROOT = Path(__file__).parents[2]
CODE = '''"""What it is."""
import math  # for pi

class Circle:
    """A circle."""

    RADIUS = 1
    "Its radius."

    def area(self):
        """Its
        area."""
        # squared
        return f"{math.pi * self.RADIUS ** 2:.2f} «{'"'}»" + 'x'
'''
SAME = [
    CODE.replace('"""What it is."""\n', ""),
    CODE.replace('"""A circle."""', "'Round.'").replace('"Its radius."', ""),
    CODE.replace("# squared", ""),
    CODE.replace("import math  # for pi", "\n\nimport math\n"),
    CODE.replace("RADIUS = 1", "RADIUS   =   1   # unit"),
    CODE.replace("\n", "\r\n"),
    CODE.rstrip("\n"),
]
OTHER = [
    CODE.replace("** 2", "** 3"),
    CODE.replace("= 1", "= 1.0"),
    CODE.replace("'x'", "'# x'"),
    CODE.replace("»", "›"),
    CODE.replace(":.2f", ":.3f"),
    CODE.replace('"Its radius."', 'f"Its radius {print()}."'),
    CODE.replace("        return", "        if 1:\n            return"),
]


@pytest.mark.parametrize("other", SAME)
def test_comments_docstrings_and_layout_do_not_count(other):
    assert other != CODE and code_tokens(other.encode()) == code_tokens(CODE.encode())


@pytest.mark.parametrize("other", OTHER)
def test_whatever_computes_counts(other):
    assert other != CODE and code_tokens(other.encode()) != code_tokens(CODE.encode())


NESTED = """x = f"a{b + f'{c}ü'}d" f'''{\n1}'''\n"""


def test_an_f_string_is_one_token_as_it_stands_in_the_source():
    tokens = ["x", "=", "f\"a{b + f'{c}ü'}d\"", "f'''{\n1}'''", "NEWLINE"]
    assert code_tokens(NESTED.encode()) == tokens


def other_pythons() -> list[Path]:
    """Interpreters from 3.12 on that pyenv or the system has beside the one that runs the tests."""
    found = [
        *Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python"),
        *Path("/usr/bin").glob("python3.1[2-9]"),
    ]
    return [path for path in found if path.resolve() != Path(sys.executable).resolve()]


SCRIPT = """
import hashlib, json, pathlib, sys
from core.base.code_tokens import code_tokens
files = sorted(pathlib.Path("core").rglob("*.py"))
tokens = {str(file): code_tokens(file.read_bytes()) for file in files}
tokens["nested"] = code_tokens(sys.argv[1].encode())
print(json.dumps({name: hashlib.sha256(repr(found).encode()).hexdigest() for name, found in tokens.items()}))
"""


def tokens_under(python: Path | str) -> dict[str, str]:
    # Nothing but the standard library and platformdirs, which is plain Python, is needed for tokens.
    site = next(path for path in sys.path if path.endswith("site-packages"))
    environment = {"PYTHONPATH": f"{ROOT}:{site}", "PYTHONDONTWRITEBYTECODE": "1"}
    told = subprocess.run(
        [python, "-c", SCRIPT, NESTED], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    return json.loads(told.stdout)


@pytest.mark.skipif(not other_pythons(), reason="no other Python is installed")
def test_every_source_has_the_same_tokens_on_every_python():
    mine = tokens_under(sys.executable)
    assert len(mine) > 100
    for python in other_pythons():
        assert tokens_under(python) == mine, python


def test_the_cache_spares_the_tokens_and_is_never_believed_about_other_code(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_cache_path", lambda: tmp_path / "cache" / "tokens.json")
    file = tmp_path / "a.py"
    file.write_text("a = 1\n")
    first = fingerprint([file], tmp_path, ["torch 1"])
    with monkeypatch.context() as without_tokens:
        without_tokens.setattr(
            module, "code_tokens", lambda source: pytest.fail("the tokens were taken again")
        )
        assert (
            fingerprint([file], tmp_path, ["torch 1"]) == first != fingerprint([file], tmp_path, ["torch 2"])
        )
    file.write_text("a = 2\n")
    assert fingerprint([file], tmp_path, ["torch 1"]) != first


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe"])
def test_a_damaged_cache_is_no_cache(tmp_path, monkeypatch, content):
    file = tmp_path / "a.py"
    file.write_text("a = 1\n")
    monkeypatch.setattr(module, "_cache_path", lambda: tmp_path / "none" / "tokens.json")
    expected = fingerprint([file], tmp_path, [])
    (tmp_path / "tokens.json").write_bytes(content)
    monkeypatch.setattr(module, "_cache_path", lambda: tmp_path / "tokens.json")
    assert fingerprint([file], tmp_path, []) == expected == fingerprint([file], tmp_path, [])
