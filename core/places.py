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
