"""One file from the network: resumed where it was cut, checked, from the next source if one fails. No torch.

HTTP through the standard library: redirects, proxies and certificates as everywhere in Python.
"""

import contextlib
import errno
import hashlib
import http.client
import json
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from core.errors import PackError
from core.packs.installed import partial, source_of

PIECE = 1 << 18
PATIENCE_SECONDS = 30.0
ATTEMPTS = 4  # in a row without a single byte
PAUSE_SECONDS = 1.0
AGENT = "can-the-judge-paint (model packs)"
REASONS = {401: "asks for a password", 403: "forbids it", 404: "has it no more", 410: "has it no more", 451: "may not offer it any more"}


class DownloadError(PackError):
    """A file could not be got."""


class Stopped(Exception):
    """A person stopped the download; what came stays."""


class _NextSource(Exception):
    """This source does not help; its text says why."""


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a publisher to where its files lie, but never from a checked connection to an open one."""

    def redirect_request(self, request, file, code, message, headers, address):
        if request.full_url.startswith("https:") and not address.startswith("https:"):
            raise urllib.error.HTTPError(address, 403, "sends to an unprotected address", headers, file)
        return super().redirect_request(request, file, code, message, headers, address)


OPENER = urllib.request.build_opener(Redirects)


def fetch(part, way, expected, tell, should_stop):
    """Get one file by one way.

    Args:
        part, way: core.packs.catalogue.Part and Way.
        expected: SHA-256 that it must have, or None.
        tell: hears (bytes here, bytes in all or None, host).
        should_stop: asked between pieces.

    Returns:
        (path of the checked file, its SHA-256, the source).

    Raises:
        DownloadError: no source has it, with what every one of them answered.
        Stopped.
    """
    path, tried = partial(part, way), []
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    for source in way.sources:
        try:
            sha256 = _from(source, path, expected, bool(way.sha256), tell, should_stop)
            source_of(path).unlink(missing_ok=True)
            return path, sha256, source
        except _NextSource as error:
            tried.append(f"{urlsplit(source).netloc} {error}")
    raise DownloadError("; ".join(dict.fromkeys(tried)))


def _from(source, path, expected, anywhere, tell, should_stop):
    """SHA-256 of the file once it is whole and right. `anywhere`: other sources have the same bytes."""
    for fresh in (False, True):
        if fresh or not (anywhere or _told(path).get("source") == source):
            path.unlink(missing_ok=True)
        resumed = path.is_file()
        _whole(source, path, tell, should_stop)
        sha256 = _sha256(path, should_stop)
        if expected in (None, sha256):
            return sha256
        path.unlink()
        if not resumed:  # else what was here before may have been another file: once more from the start
            break
    raise _NextSource("offers another file than the one that is known (its SHA-256 differs)")


def _whole(source, path, tell, should_stop):
    """Bring the file to its full length; a cut connection is taken up again where it was."""
    idle = 0
    while True:
        before = _length(path)
        try:
            if _piece(source, path, tell, should_stop):
                return
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 416 and before:  # nothing lies behind what is here
                    if error.headers.get("Content-Range", "").endswith(f"/{before}"):
                        return
                    path.unlink()
                elif error.code < 500 and error.code != 429:
                    raise _NextSource(REASONS.get(error.code, f"answers {error.code} {error.reason}")) from error
                reason = f"answers {error.code} {error.reason}"
        except (OSError, http.client.HTTPException) as error:
            reason = f"cannot be reached ({getattr(error, 'reason', None) or error or type(error).__name__})"
        else:
            reason = "breaks off"
        idle = 0 if _length(path) > before else idle + 1
        if idle >= ATTEMPTS:
            raise _NextSource(reason)
        _pause(PAUSE_SECONDS * idle, should_stop)


def _piece(source, path, tell, should_stop):
    """Ask for what is missing and write what comes; True when the file has the length that the server names."""
    here, told = _length(path), _told(path)
    headers = {"User-Agent": AGENT}
    if here:
        headers["Range"] = f"bytes={here}-"
        if told.get("source") == source and told.get("mark"):
            headers["If-Range"] = told["mark"]  # the server sends all of it if it has changed
    request = urllib.request.Request(source, headers=headers)
    with OPENER.open(request, timeout=PATIENCE_SECONDS) as answer:
        if answer.headers.get_content_type() == "text/html":  # some publishers say so that a file has gone
            raise _NextSource("answers with a page instead of the file")
        carried_on = answer.status == 206 and _begins(answer) == here
        if answer.status == 206 and not carried_on:
            path.unlink(missing_ok=True)  # the next attempt asks for all of it
            raise http.client.HTTPException("sends another part than the one asked for")
        length = answer.headers.get("Content-Length")
        total = int(length) + (here if carried_on else 0) if length and length.isdigit() else None
        mark = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        told = {"source": source, "mark": None if mark and mark.startswith("W/") else mark}
        with _writing(path):
            source_of(path).write_text(json.dumps(told), "utf-8")
            file = open(path, "ab" if carried_on else "wb", buffering=0)
        with file:
            done = here if carried_on else 0
            tell(done, total, urlsplit(source).netloc)
            while piece := answer.read(PIECE):
                with _writing(path):
                    written = file.write(piece)
                    if written != len(piece):
                        raise OSError(errno.ENOSPC, "No space left on device")
                done += written
                tell(done, total, urlsplit(source).netloc)
                if should_stop():
                    raise Stopped
    return total is None or done == total


def _begins(answer):
    """First byte of what a partial answer holds, or None."""
    text = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(text) if text.isdigit() else None


def _sha256(path, should_stop):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 22):
            digest.update(piece)
            if should_stop():
                raise Stopped
    return digest.hexdigest()


def _told(path):
    """Where the file on its way comes from: {"source", "mark"}, or {}."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(source_of(path).read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def _length(path):
    return path.stat().st_size if path.is_file() else 0


def _pause(seconds, should_stop):
    """Wait, but hear a stop within a tenth of a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if should_stop():
            raise Stopped
        time.sleep(0.1)


@contextlib.contextmanager
def _writing(path):
    """What the disk refuses is no matter of the network."""
    try:
        yield
    except OSError as error:
        what = "The disk is full" if error.errno == errno.ENOSPC else f"{path} cannot be written ({error.strerror or error})"
        advice = "Free some space, or set CTJP_PACKS to a folder on another disk; what came so far stays"
        raise DownloadError(f"{what}. {advice}") from error
