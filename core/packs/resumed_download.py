"""One file from the network: resumed where it was cut, checked, from the next source if one fails. No torch.

Connections, logins and the shared cache are huggingface_hub's (core.packs.hub). The loop that writes the file
is ours: hf_hub_download begins anew what an earlier process left, and knows no mirrors that are no hub.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.base.errors import PackError
from core.packs import hub
from core.packs.catalogue import CataloguePart, FileVariant
from core.packs.installed import partial_file, source_file

TIMEOUT_SECONDS = 30.0
ATTEMPTS = 4  # in a row without a single byte
PAUSE_SECONDS = 1.0
GONE = "no longer has it"
LOGIN = "(for a model with terms: accept them on its page, then log in with `hf auth login`)"
REASONS = {
    401: f"asks for a login {LOGIN}",
    403: f"does not allow it {LOGIN}",
    404: GONE,
    410: GONE,
    451: "may no longer offer it",
}
OTHER_FILE = "offers another file than expected (its SHA-256 differs)"

Tell = Callable[[int, int | None, str], object]
ShouldStop = Callable[[], bool]


class DownloadError(PackError):
    """A file could not be downloaded."""


class DiskError(DownloadError):
    """The disk refuses: another source would not help."""


class DownloadStopped(Exception):
    """A person stopped the download; what has arrived stays."""


class _NextSource(Exception):
    """This source does not help; its text says why."""


class _Interrupted(Exception):
    """The source may help if it is asked again; the text says what happened."""


def fetch_file(
    part: CataloguePart,
    variant: FileVariant,
    expected: str | None,
    tell: Tell,
    should_stop: ShouldStop,
    network: bool = True,
) -> tuple[Path, str, str]:
    """Get one variant of a file, from the cache of other programs if it is there.

    Args:
        expected: SHA-256 that it must have, or None.
        tell: hears (bytes here, bytes in all or None, host).
        should_stop: asked between pieces.
        network: False looks in the cache only.

    Returns:
        (path of the checked file, its SHA-256, the source).

    Raises:
        DownloadError: no source has it, with what every one of them answered.
        DownloadStopped.
    """
    path = partial_file(part, variant)
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    problems = []
    for source in variant.sources:
        sha256 = _from_cache(source, path, expected, should_stop)
        if sha256:
            return path, sha256, source
    for source in variant.sources if network else ():
        try:
            sha256 = _from_network(source, path, expected, bool(variant.sha256), tell, should_stop)
            source_file(path).unlink(missing_ok=True)
            return path, sha256, source
        except _NextSource as error:
            problems.append(f"{urlsplit(source).netloc} {error}")
    raise DownloadError("; ".join(dict.fromkeys(problems)) or "downloads are off")


def _from_cache(source: str, path: Path, expected: str | None, should_stop: ShouldStop) -> str | None:
    """SHA-256 of the file if another program has downloaded the right one; it is copied."""
    found = hub.cached_file(source)
    if found is None or (expected and sha256_of(found, should_stop) != expected):
        return None
    with _writing(path):
        shutil.copyfile(found, path)
    return sha256_of(path, should_stop)


def _from_network(
    source: str, path: Path, expected: str | None, same_everywhere: bool, tell: Tell, should_stop: ShouldStop
) -> str:
    """SHA-256 of the whole, right file. `same_everywhere`: other sources have the same bytes."""
    for fresh in (False, True):
        if fresh or not (same_everywhere or _origin(path).get("source") == source):
            path.unlink(missing_ok=True)
        resumed = path.is_file()
        _complete(source, path, tell, should_stop)
        sha256 = sha256_of(path, should_stop)
        if expected in (None, sha256):
            return sha256
        path.unlink()
        if (
            not resumed
        ):  # otherwise what was here before may have been of another file: once more from the start
            break
    raise _NextSource(OTHER_FILE)


def _complete(source: str, path: Path, tell: Tell, should_stop: ShouldStop) -> None:
    """Bring the file to its full length; a cut connection is taken up again where it was."""
    idle = 0
    while True:
        before = _length(path)
        try:
            _receive(source, path, tell, should_stop)
            return
        except _Interrupted as error:
            reason = str(error)
        idle = 0 if _length(path) > before else idle + 1
        if idle >= ATTEMPTS:
            raise _NextSource(reason)
        _pause(PAUSE_SECONDS * idle, should_stop)


def _receive(source: str, path: Path, tell: Tell, should_stop: ShouldStop) -> None:
    """Ask for what is missing and write what comes. Raises _Interrupted unless the file is whole then."""
    try:
        with hub.open_stream(source, _range_headers(source, path), TIMEOUT_SECONDS) as answer:
            if not _is_whole(answer, path):
                _check_answer(source, answer)
                _write(source, path, answer, tell, should_stop)
    except (_NextSource, _Interrupted, DownloadError, DownloadStopped):
        raise
    except Exception as error:  # whatever the HTTP library calls a connection that fails
        reason = str(error) or type(error).__name__
        raise _Interrupted(f"cannot be reached ({reason})") from error


def _range_headers(source: str, path: Path) -> dict[str, str]:
    """Ask for the rest of a file that has begun to arrive; for all of it if the server has another one by
    now.
    """
    headers = {"accept-encoding": "identity"}
    if length := _length(path):
        headers["range"] = f"bytes={length}-"
        origin = _origin(path)
        if origin.get("source") == source and origin.get("mark"):
            headers["if-range"] = origin["mark"]
    return headers


def _is_whole(answer: Any, path: Path) -> bool:
    """Whether the server says that nothing lies behind what is here. A longer file than the server's is
    removed.
    """
    length = _length(path)
    if answer.status_code != 416 or not length:
        return False
    if answer.headers.get("content-range", "").endswith(f"/{length}"):
        return True
    path.unlink()
    raise _Interrupted("has a shorter file")


def _check_answer(source: str, answer: Any) -> None:
    """Raise unless the answer is the file, or a part of it."""
    code = answer.status_code
    if code >= 400:
        reason = REASONS.get(code, f"answers {code} {answer.reason_phrase}")
        raise _Interrupted(reason) if code >= 500 or code == 429 else _NextSource(reason)
    hops = [step.url.scheme for step in (*answer.history, answer)]
    if source.startswith("https:") and set(hops) != {"https"}:
        raise _NextSource("redirects to an unprotected address")
    if answer.headers.get("content-type", "").startswith(
        "text/html"
    ):  # how some publishers say that it is gone
        raise _NextSource("answers with a page instead of the file")


def _write(source: str, path: Path, answer: Any, tell: Tell, should_stop: ShouldStop) -> None:
    """Write the file, or the part of it that comes. Raises _Interrupted if something is still missing."""
    done = _length(path) if answer.status_code == 206 else 0
    if done and not answer.headers.get("content-range", "").startswith(f"bytes {done}-"):
        path.unlink()
        raise _Interrupted("sends another part than the one asked for")
    length = answer.headers.get("content-length", "")
    total = done + int(length) if length.isdigit() else None
    host = urlsplit(source).netloc
    with _writing(path):
        _note_origin(path, source, answer)
        file = open(path, "ab" if done else "wb", buffering=0)
    with file:
        tell(done, total, host)
        for piece in answer.iter_bytes():
            with _writing(path):
                if file.write(piece) != len(piece):
                    raise OSError(errno.ENOSPC, "No space left on device")
            done += len(piece)
            tell(done, total, host)
            if should_stop():
                raise DownloadStopped
    if total is not None and done != total:
        raise _Interrupted("breaks off")


def _note_origin(path: Path, source: str, answer: Any) -> None:
    """Beside the file: where it comes from, and the server's mark of this version of it (weak ones do not
    count).
    """
    mark = answer.headers.get("etag") or answer.headers.get("last-modified")
    strong = mark if mark and not mark.startswith("W/") else None
    source_file(path).write_text(json.dumps({"source": source, "mark": strong}), "utf-8")


def _origin(path: Path) -> dict[str, Any]:
    """What `_note_origin` wrote, or {}."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(source_file(path).read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def sha256_of(path: Path, should_stop: ShouldStop = lambda: False) -> str:
    """SHA-256 (hex) of a file. Raises DownloadStopped."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 22):
            digest.update(piece)
            if should_stop():
                raise DownloadStopped
    return digest.hexdigest()


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _pause(seconds: float, should_stop: ShouldStop) -> None:
    """Wait, but hear a stop within a tenth of a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if should_stop():
            raise DownloadStopped
        time.sleep(0.1)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What the disk refuses has nothing to do with the network."""
    try:
        yield
    except OSError as error:
        full = error.errno == errno.ENOSPC
        problem = "The disk is full" if full else f"{path} cannot be written ({error.strerror or error})"
        advice = "Free some space, or set CTJP_PACKS to a folder on another disk; what has arrived stays"
        raise DiskError(f"{problem}. {advice}") from error
