"""Where runs are kept and which pack is used, unless a person says otherwise. No torch."""

import os
from pathlib import Path

from platformdirs import user_data_path


def store_folder():
    """Folder of the run store: CTJP_STORE, or this user's data folder."""
    chosen = os.environ.get("CTJP_STORE")
    return Path(chosen).expanduser() if chosen else user_data_path("can-the-judge-paint", appauthor=False)


def pack_name():
    """Name or path of the model pack: CTJP_PACK, or the miniature."""
    return os.environ.get("CTJP_PACK") or "miniature"
