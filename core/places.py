"""Where runs are kept and which pack is used, unless a person says otherwise. No torch."""

import os
from pathlib import Path

from platformdirs import user_data_path

from core.errors import SettingError

DEFAULT_CAP_GB = 4.0


def store_folder():
    """Folder of the run store: CTJP_STORE, or this user's data folder."""
    chosen = os.environ.get("CTJP_STORE")
    return Path(chosen).expanduser() if chosen else user_data_path("can-the-judge-paint", appauthor=False)


def pack_name():
    """Name or path of the model pack: CTJP_PACK, or the miniature."""
    return os.environ.get("CTJP_PACK") or "miniature"


def workers_choice():
    """Who paints what the app queues: CTJP_WORKERS, as `core.workers.cluster.connected` takes it, or "" for the painter process."""
    return os.environ.get("CTJP_WORKERS", "").strip()


def gallery_of_everyone():
    """Whether the gallery may list everybody's runs: CTJP_GALLERY, "own" (the default) or "everyone".

    Raises:
        SettingError: it is something else.
    """
    chosen = os.environ.get("CTJP_GALLERY") or "own"
    if chosen not in ("own", "everyone"):
        raise SettingError(f"CTJP_GALLERY is {chosen!r}; give own or everyone, or leave it out for own.")
    return chosen == "everyone"


def packs_folder():
    """Folder of the packs that were got from the catalogue: CTJP_PACKS, or one beside this user's data."""
    chosen = os.environ.get("CTJP_PACKS")
    return Path(chosen).expanduser() if chosen else user_data_path("can-the-judge-paint-packs", appauthor=False)


def offline():
    """Whether CTJP_OFFLINE forbids to ask the network for anything."""
    return os.environ.get("CTJP_OFFLINE", "").lower() not in ("", "0", "no", "false", "off")


def downloads_by():
    """Who may get and remove packs on the page: CTJP_DOWNLOADS, "here" (a browser on the server's computer), "everyone" or "nobody".

    Raises:
        SettingError: it is something else.
    """
    chosen = os.environ.get("CTJP_DOWNLOADS") or "here"
    if chosen not in ("here", "everyone", "nobody"):
        raise SettingError(f"CTJP_DOWNLOADS is {chosen!r}; give here, everyone or nobody, or leave it out for here.")
    return chosen


def store_cap():
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
        raise SettingError(f"CTJP_STORE_CAP is {chosen!r}; give the gigabytes that runs may take, for example 4.") from None
    return int(gigabytes * 1e9)
