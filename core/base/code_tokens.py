"""A fingerprint of Python source that changes when the code does: not by comments, docstrings or layout.

It is made of tokens rather than of syntax trees, because `ast.dump` writes the same code differently on
different versions of Python. What tokenises differently, f-strings (one token until 3.11, many since), is
taken as its source.
"""

import hashlib
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from core.base.errors import OutputError
from core.base.files import write_bytes

FINGERPRINT_FORMAT = 1  # raise it when this file takes tokens differently: earlier caches are then ignored
CACHE_FILE = f"code-tokens-{FINGERPRINT_FORMAT}.json"
_IGNORED = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}
_LAYOUT = {tokenize.NEWLINE: "NEWLINE", tokenize.INDENT: "INDENT", tokenize.DEDENT: "DEDENT"}
_TEMPLATE_STARTS = {getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START")}
_TEMPLATE_ENDS = {getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END")}
_PLAIN_STRING = re.compile(r"[rRbBuU]*['\"]")


def fingerprint(files: Iterable[Path], root: Path, versions: Iterable[str]) -> str:
    """16 hexadecimal digits over Python files, their names below `root`, and versions of packages."""
    cached = _read_cache()
    used = {}
    digest = hashlib.sha256()
    for file in files:
        source = file.read_bytes()
        name = hashlib.sha256(source).hexdigest()
        used[name] = cached.get(name) or hashlib.sha256("\0".join(code_tokens(source)).encode()).hexdigest()
        digest.update(f"{file.relative_to(root).as_posix()}\0{used[name]}\0".encode())
    for version in versions:
        digest.update(f"{version}\0".encode())
    if not used.keys() <= cached.keys():
        _write_cache(cached | used)
    return digest.hexdigest()[:16]


def code_tokens(source: bytes) -> list[str]:
    """The tokens of Python source (UTF-8), without comments, blank lines and docstrings."""
    found: list[str] = []
    statement: list[str] = []
    for kind, text in _tokens(source.replace(b"\r\n", b"\n")):
        statement.append(_LAYOUT.get(kind, text))
        if kind in _LAYOUT:
            # A statement of nothing but plain strings does nothing: it is a docstring.
            is_docstring = kind == tokenize.NEWLINE and all(map(_PLAIN_STRING.match, statement[:-1]))
            found += [] if is_docstring else statement
            statement = []
    return found


def _tokens(source: bytes) -> Iterator[tuple[int, str]]:
    """Kind and text of each token that matters; an f-string is one token, as it stands in the source."""
    lines = source.decode().split("\n")
    depth = 0
    start = (0, 0)
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type in _TEMPLATE_STARTS:
            start = start if depth else token.start
            depth += 1
        elif token.type in _TEMPLATE_ENDS:
            depth -= 1
            if not depth:
                yield tokenize.STRING, _slice(lines, start, token.end)
        elif not depth and token.type not in _IGNORED:
            yield token.type, token.string


def _slice(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """The source from one place to another; a place is a line from 1 and a column from 0."""
    whole = "\n".join(lines[start[0] - 1 : end[0]])
    return whole[start[1] : len(whole) - len(lines[end[0] - 1]) + end[1]]


def _cache_path() -> Path:
    return user_cache_path("can-the-judge-paint", appauthor=False) / CACHE_FILE


def _read_cache() -> dict[str, str]:
    """SHA-256 of a file → SHA-256 of its tokens. A cache that cannot be read is an empty one."""
    with suppress(OSError, ValueError):
        cached = json.loads(_cache_path().read_text("utf-8"))
        return cached if isinstance(cached, dict) else {}
    return {}


def _write_cache(known: dict[str, str]) -> None:
    """Keep the newest thousand; without a place to write to, every start takes the tokens again."""
    newest = dict(list(known.items())[-1000:])
    with suppress(OutputError):
        write_bytes(_cache_path(), json.dumps(newest).encode())
