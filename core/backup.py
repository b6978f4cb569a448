"""A copy of a run store that is whole, even while it is written to. No torch.

A copy of the bare files may catch the database between two of its own files; here SQLite makes the copy. The database goes
first: a picture is on disk before its row, so every row of the copy has its pictures.
"""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from core.errors import OutputError, StoreError
from core.images import UNFINISHED
from core.store import RunStore

DATABASE = "store.sqlite"
FRESH = "store.new"  # the database while it is being copied
FOLDERS = ("frames", "lessons", "pictures")  # the others are made anew when they are asked for


def backup(store, folder):
    """Copy a store into a folder, a new one or an earlier copy, which is brought up to date; what is there already is not copied again.

    Args:
        store: folder of the store. folder: where the copy is to lie; CTJP_STORE may name it afterwards.

    Returns:
        Number of files copied.

    Raises:
        StoreError: there is no store, or it cannot be read. OutputError: the folder cannot be written, or holds something else.
    """
    store, folder = Path(store), Path(folder)
    if not (store / DATABASE).is_file():
        raise StoreError(f"There is no run store in {store}; name its folder with --store or CTJP_STORE.")
    if folder.resolve() == store.resolve() or store.resolve() in folder.resolve().parents:
        raise OutputError(f"{folder} lies in the store itself; choose a folder outside.")
    # A first copy that was broken off has left no more than FRESH.
    if folder.is_dir() and not (folder / DATABASE).is_file() and any(not path.name.startswith(FRESH) for path in folder.iterdir()):
        raise OutputError(f"{folder} holds something else than a copy of a store; choose another folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with RunStore(store) as source:  # also brings an older store up to date
            if (folder / DATABASE).is_file() and not _same(source, folder):
                raise OutputError(f"{folder} holds another store, which would be lost; choose another folder.")
            _copy_database(source.folder / DATABASE, folder / DATABASE)
        return 1 + sum(_copy(store / name, folder / name) for name in FOLDERS)
    except (OSError, sqlite3.Error) as error:
        raise OutputError(f"The copy in {folder} could not be finished: {error}. Free some space, or choose another folder.") from error


def _same(source, folder):
    """Whether a folder holds an earlier copy: it has the store's secret."""
    with RunStore(folder) as earlier:
        return earlier.named("copy") == source.named("copy")


def _copy_database(source, target):
    """SQLite's online backup: what was committed when it ended, whoever writes meanwhile."""
    fresh = target.with_name(FRESH)
    fresh.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(fresh)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")  # one file
    for suffix in ("-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    os.replace(fresh, target)


def _copy(source, target):
    """Copy what is new below a folder, and remove what is gone. Returns how many files were copied."""
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file() and not path.name.startswith(UNFINISHED)}
    for path in [path for path in target.rglob("*") if path.is_file() and path.relative_to(target) not in wanted]:
        path.unlink()
    copied = 0
    for name in wanted:
        there, here = source / name, target / name
        with contextlib.suppress(FileNotFoundError):  # removed from the store meanwhile
            told = there.stat()
            if here.is_file() and (here.stat().st_size, here.stat().st_mtime) == (told.st_size, told.st_mtime):
                continue
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(there, here)
            copied += 1
    return copied


def command(arguments):
    """`backup DIR`."""
    from core.places import store_folder

    folder = Path(arguments.folder).expanduser()
    copied = backup(Path(arguments.store).expanduser() if arguments.store else store_folder(), folder)
    print(f"{copied} files copied; {folder} is a whole run store.")
