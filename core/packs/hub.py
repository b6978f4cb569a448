"""What huggingface_hub knows of a source: its address, its login, and whether another program has downloaded
it already.

No torch. The library is imported when it is needed: it takes a moment, and pages import this package.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

AGENT = "can-the-judge-paint (model packs)"
HUB_PATH = re.compile(r"/(datasets/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


@dataclass(frozen=True)
class HubFile:
    """A file on the hub, by huggingface_hub's own names."""

    repo_type: str
    repo_id: str
    revision: str
    filename: str


def hub_file(source: str) -> HubFile | None:
    """The file that a source names on the hub, or None if the source is another kind of mirror."""
    from huggingface_hub import constants

    parts = urlsplit(source)
    match = HUB_PATH.fullmatch(unquote(parts.path))
    if match is None or parts.hostname not in constants.HF_URL_HOSTS:
        return None
    return HubFile("dataset" if match[1] else "model", match[2], match[3], match[4])


def cached_file(source: str) -> Path | None:
    """The file in the cache that programs with huggingface_hub share, if it is there."""
    from huggingface_hub import try_to_load_from_cache

    found = hub_file(source)
    if found is None:
        return None
    path = try_to_load_from_cache(
        found.repo_id, found.filename, revision=found.revision, repo_type=found.repo_type
    )
    return Path(path) if isinstance(path, str) else None


def request_of(source: str) -> tuple[str, dict[str, str]]:
    """(address, headers) with which a source is asked. Only the hub gets the person's login, and HF_ENDPOINT
    counts.
    """
    from huggingface_hub import constants, get_token, hf_hub_url

    headers = {"user-agent": AGENT}
    found = hub_file(source)
    if found is None:
        return source, headers
    if token := get_token():
        headers["authorization"] = f"Bearer {token}"
    address = hf_hub_url(
        found.repo_id,
        found.filename,
        repo_type=found.repo_type,
        revision=found.revision,
        endpoint=constants.ENDPOINT,
    )
    return address, headers


def open_stream(source: str, headers: dict[str, str], timeout: float) -> Any:
    """A context of a source's answer, through huggingface_hub's connections (proxies, certificates)."""
    from huggingface_hub.utils import get_session

    address, own_headers = request_of(source)
    return get_session().stream(
        "GET", address, headers=own_headers | headers, timeout=timeout, follow_redirects=True
    )
