"""A copy of a run store that is whole, even while it is written to. No torch.

A copy of the bare files may catch the database between two of its own files; here SQLite makes the copy.
The database goes first: a picture is on disk before its row, so every row of the copy has its pictures. What
was removed from the store while its pictures were copied is removed from the copy, too.
"""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from core.base.errors import OutputError, StoreError
from core.base.files import UNFINISHED_PREFIX
from core.storage.run_store import RunStore

DATABASE = "store.sqlite"
UNFINISHED_DATABASE = "store.new"  # the database while it is being copied
# The others are made anew when they are asked for.
COPIED_FOLDERS = ("frames", "lessons", "pictures", "starts")
# Whose rows own a folder in COPIED_FOLDERS, or lead to one; what others refer to comes last.
TABLES_WITH_FILES = ("runs", "paintings", "side_jobs")


def backup(store: Path | str, folder: Path | str) -> int:
    """Copy a store into a folder, a new one or an earlier copy, which is brought up to date.

    Args:
        store: folder of the store. folder: where the copy is to lie; CTJP_STORE may name it afterwards.

    Returns:
        Number of files copied; what was there already is not copied again.

    Raises:
        StoreError: there is no store, or it cannot be read.
        OutputError: the folder cannot be written, or holds something else.
    """
    store, folder = Path(store), Path(folder)
    _check_folders(store, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with RunStore(store) as source:  # also brings an older store up to date
            if (folder / DATABASE).is_file() and not _is_copy(source, folder):
                raise OutputError(
                    f"{folder} holds another store, which would be lost; choose another folder."
                )
            _copy_database(source.folder / DATABASE, folder / DATABASE)
            copied = sum(_copy_files(store / name, folder / name) for name in COPIED_FOLDERS)
            _remove_what_has_gone(source, folder / DATABASE)
        return 1 + copied
    except (OSError, sqlite3.Error) as error:
        raise OutputError(
            f"The copy in {folder} could not be finished: {error}. Free some space, or choose another folder."
        ) from error


def _check_folders(store: Path, folder: Path) -> None:
    """Raise unless there is a store, and the folder is new, empty or an earlier copy."""
    if not (store / DATABASE).is_file():
        raise StoreError(f"There is no run store in {store}; name its folder with --store or CTJP_STORE.")
    if folder.resolve() == store.resolve() or store.resolve() in folder.resolve().parents:
        raise OutputError(f"{folder} lies in the store itself; choose a folder outside.")
    if not folder.is_dir() or (folder / DATABASE).is_file():
        return
    # A first copy that was broken off has left no more than an unfinished database.
    if any(not path.name.startswith(UNFINISHED_DATABASE) for path in folder.iterdir()):
        raise OutputError(f"{folder} holds something else than a copy of a store; choose another folder.")


def _is_copy(source: RunStore, folder: Path) -> bool:
    """Whether a folder holds an earlier copy: it has the store's secret."""
    with RunStore(folder) as earlier:
        return earlier.derived_id("copy") == source.derived_id("copy")


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's online backup: what was committed when it ended, whoever writes meanwhile."""
    fresh = target.with_name(UNFINISHED_DATABASE)
    fresh.unlink(missing_ok=True)
    with (
        contextlib.closing(sqlite3.connect(source)) as old,
        contextlib.closing(sqlite3.connect(fresh)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")  # one file
    for suffix in ("-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    os.replace(fresh, target)


def _copy_files(source: Path, target: Path) -> int:
    """Copy what is new below a folder, and remove what is gone. Returns how many files were copied."""
    wanted = {path.relative_to(source) for path in source.rglob("*") if _is_finished_file(path)}
    for path in list(target.rglob("*")):
        if path.is_file() and path.relative_to(target) not in wanted:
            path.unlink()
    copied = 0
    for name in wanted:
        with contextlib.suppress(FileNotFoundError):  # removed from the store meanwhile
            copied += _copy_if_new(source / name, target / name)
    return copied


def _is_finished_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(UNFINISHED_PREFIX)


def _copy_if_new(source: Path, target: Path) -> bool:
    """Copy a file unless one of the same size and time is there. True if it was copied."""
    there = source.stat()
    if target.is_file():
        here = target.stat()
        if (here.st_size, here.st_mtime) == (there.st_size, there.st_mtime):
            return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    return True


def _remove_what_has_gone(source: RunStore, database: Path) -> None:
    """Remove rows from a copied database whose files were tidied away before they could be copied."""
    with contextlib.closing(sqlite3.connect(database)) as copy:
        copy.execute("PRAGMA foreign_keys = ON")
        for table in TABLES_WITH_FILES:
            kept = {record["id"] for record in source.database.read(f"SELECT id FROM {table}")}
            gone = [row for row in copy.execute(f"SELECT id FROM {table}").fetchall() if row[0] not in kept]
            copy.executemany(f"DELETE FROM {table} WHERE id = ?", gone)
        copy.commit()
