"""Where runs are kept and which pack is used, unless a person says otherwise. No torch."""

import os
from pathlib import Path

from platformdirs import user_data_path

from core.base.errors import SettingError

DEFAULT_CAP_GB = 4.0
_NO = ("0", "no", "false", "off")


def store_folder() -> Path:
    """Folder of the run store: CTJP_STORE, or this user's data folder."""
    chosen = os.environ.get("CTJP_STORE")
    return Path(chosen).expanduser() if chosen else user_data_path("can-the-judge-paint", appauthor=False)


def pack_name() -> str:
    """Name or path of the model pack: CTJP_PACK, or the miniature."""
    return os.environ.get("CTJP_PACK") or "miniature"


def workers_choice() -> str:
    """Who paints what the app queues: CTJP_WORKERS (see core.service.cluster), "" for the painter process."""
    return os.environ.get("CTJP_WORKERS", "").strip()


def gallery_shows_everyone() -> bool:
    """Whether the gallery may list everybody's runs: CTJP_GALLERY, "own" (the default) or "everyone".

    Raises:
        SettingError: it is something else.
    """
    chosen = os.environ.get("CTJP_GALLERY") or "own"
    if chosen not in ("own", "everyone"):
        raise SettingError(f"CTJP_GALLERY is {chosen!r}; give own or everyone, or leave it out for own.")
    return chosen == "everyone"


def packs_folder() -> Path:
    """Folder of the packs that were downloaded: CTJP_PACKS, or one beside this user's data."""
    chosen = os.environ.get("CTJP_PACKS")
    return (
        Path(chosen).expanduser() if chosen else user_data_path("can-the-judge-paint-packs", appauthor=False)
    )


def is_offline() -> bool:
    """Whether CTJP_OFFLINE forbids asking the network for anything."""
    return os.environ.get("CTJP_OFFLINE", "").lower() not in ("", *_NO)


def paints_ahead() -> bool:
    """Whether the painter process may paint while nobody asks for anything: unless CTJP_PAINT_AHEAD is 0."""
    return os.environ.get("CTJP_PAINT_AHEAD", "").lower() not in _NO


def who_may_download() -> str:
    """Who may download and remove packs on the page: CTJP_DOWNLOADS, "here", "everyone" or "nobody".

    "here" (the default) means a browser that has opened the operator's link, printed when the server starts.

    Raises:
        SettingError: it is something else.
    """
    chosen = os.environ.get("CTJP_DOWNLOADS") or "here"
    if chosen not in ("here", "everyone", "nobody"):
        raise SettingError(
            f"CTJP_DOWNLOADS is {chosen!r}; give here, everyone or nobody, or leave it out for here."
        )
    return chosen


def store_cap_bytes() -> int:
    """Bytes that the runs of the store may take: CTJP_STORE_CAP in GB, or 4 GB.

    Raises:
        SettingError: it is no number above 0.
    """
    chosen = os.environ.get("CTJP_STORE_CAP") or DEFAULT_CAP_GB
    try:
        gigabytes = float(chosen)
        if not 0 < gigabytes < 1e6:
            raise ValueError
    except ValueError:
        raise SettingError(
            f"CTJP_STORE_CAP is {chosen!r}; give the gigabytes that runs may take, for example 4."
        ) from None
    return int(gigabytes * 1e9)
