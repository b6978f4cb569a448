"""SQLite as the store needs it: WAL, a connection for each thread at work, errors in one sentence."""

import contextlib
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from core.base.errors import StoreError
from core.storage.full_disk import FULL_DISK_TEXT, DiskReserve, FullDiskError
from core.storage.migrations import migrate

BUSY_SECONDS = 5.0
_Answer = TypeVar("_Answer")

PROBLEM_TEXTS = {
    sqlite3.SQLITE_BUSY: "is locked by another program. Close other programs that use it and try again",
    sqlite3.SQLITE_LOCKED: "is locked by another program. Close other programs that use it and try again",
    sqlite3.SQLITE_READONLY: "cannot be written. Choose a folder you may write to with CTJP_STORE",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened. Choose a folder you may write to with CTJP_STORE",
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written. Check the disk, or choose another folder with CTJP_STORE"
    ),
    sqlite3.SQLITE_FULL: FULL_DISK_TEXT,
    sqlite3.SQLITE_CORRUPT: (
        "is damaged. Stop the program, move this file away and start again; the pictures beside it stay"
    ),
    sqlite3.SQLITE_NOTADB: (
        "is not a run store. Stop the program, move this file away and start again, "
        "or choose a folder with CTJP_STORE"
    ),
}


class LockedError(StoreError):
    """Another program holds the database; it may let go of it."""


ERRORS_BY_CODE = {
    sqlite3.SQLITE_FULL: FullDiskError,
    sqlite3.SQLITE_BUSY: LockedError,
    sqlite3.SQLITE_LOCKED: LockedError,
}


class Database:
    """One SQLite file, safe to use from many threads and processes.

    A connection is used by one thread at a time. Idle ones are kept for the next thread,
    because a server that makes a new thread for every request would open one each time.

    Args:
        path: the file; its folder is created.

    Raises:
        StoreError: the folder or file cannot be used, is damaged, or is of a newer version.
    """

    def __init__(self, path: Path | str, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = Path(path)
        self.busy_seconds = busy_seconds
        self._idle: deque[sqlite3.Connection] = deque()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"Cannot keep runs in {self.path.parent}: {error.strerror or error}. "
                "Choose a folder you may write to with CTJP_STORE."
            ) from error
        self._reserve = DiskReserve(self.path.with_suffix(".reserve"))
        with self._borrow() as connection:
            migrate(connection, self.path)
        self.keep_reserve()

    def read(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of one query."""
        with self._borrow() as connection:
            return connection.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for several queries, which need not see the same state of the store."""
        with self._borrow() as connection:
            yield connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection inside BEGIN IMMEDIATE … COMMIT; rolled back if the block raises."""
        with self._borrow() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def with_reserve(self, action: Callable[[], _Answer]) -> _Answer:
        """Call `action`; if the disk is full, free the reserve and call it once more."""
        return self._reserve.spend_for(action)

    def keep_reserve(self) -> None:
        """Set some space aside for `with_reserve`, if there is any."""
        self._reserve.keep()

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    @contextlib.contextmanager
    def _borrow(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else uses meanwhile; after an error it is not used again."""
        connection = None
        try:
            connection = self._idle_connection() or self._open()
            yield connection
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
                connection = None
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code not in PROBLEM_TEXTS:
                raise
            kind = ERRORS_BY_CODE.get(code, StoreError)
            raise kind(f"The run store {self.path} {PROBLEM_TEXTS[code]} ({error}).") from error
        finally:
            if connection is not None:
                self._idle.append(connection)

    def _idle_connection(self) -> sqlite3.Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self.busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            _use_wal(connection, time.monotonic() + self.busy_seconds)
            # NORMAL: in WAL a commit survives the death of any process; only a power cut may lose the last
            # ones.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection


def _use_wal(connection: sqlite3.Connection, deadline: float) -> None:
    """Switch to WAL; SQLite does not apply the busy timeout to the switch itself, so wait here.

    Args:
        deadline: by `time.monotonic`.
    """
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
