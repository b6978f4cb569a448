"""SQLite as the store needs it: WAL, a connection for each thread at work, errors in one sentence. No torch."""

import contextlib
import os
import sqlite3
import time
from collections import deque
from pathlib import Path

from core.errors import StoreError
from core.migrations import migrate

BUSY_SECONDS = 5.0
# A few hundred small transactions: enough to say how a run ended when the disk is full.
RESERVE_BYTES = 256 * 1024

PROBLEMS = {
    sqlite3.SQLITE_BUSY: "is locked by another program. Close other programs that use it and try again",
    sqlite3.SQLITE_LOCKED: "is locked by another program. Close other programs that use it and try again",
    sqlite3.SQLITE_READONLY: "cannot be written. Choose a folder you may write to with CTJP_STORE",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened. Choose a folder you may write to with CTJP_STORE",
    sqlite3.SQLITE_IOERR: "cannot be read or written. Check the disk, or choose another folder with CTJP_STORE",
    sqlite3.SQLITE_FULL: "cannot grow because the disk is full. Free some space and try again",
    sqlite3.SQLITE_CORRUPT: "is damaged. Stop the program, move this file away and start again; the pictures beside it stay",
    sqlite3.SQLITE_NOTADB: "is not a run store. Stop the program, move this file away and start again, or choose a folder with CTJP_STORE",
}


class FullDiskError(StoreError):
    """The database cannot grow."""


class LockedError(StoreError):
    """Another program holds the database; it may let go of it."""


KINDS = {sqlite3.SQLITE_FULL: FullDiskError, sqlite3.SQLITE_BUSY: LockedError, sqlite3.SQLITE_LOCKED: LockedError}


class Database:
    """One SQLite file, safe to use from many threads and processes.

    A connection is used by one thread at a time. Idle ones are kept for the next thread,
    because a server that makes a new thread for every request would open one each time.

    Args:
        path: the file; its folder is created.

    Raises:
        StoreError: the folder or file cannot be used, is damaged, or is of a newer version.
    """

    def __init__(self, path, busy_seconds=BUSY_SECONDS):
        self.path = Path(path)
        self.busy_seconds = busy_seconds
        self._idle = deque()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"Cannot keep runs in {self.path.parent}: {error.strerror or error}. Choose a folder you may write to with CTJP_STORE."
            ) from error
        self._reserve = self.path.with_suffix(".reserve")
        with self._borrow() as connection:
            migrate(connection, self.path)
        self.keep_reserve()

    def read(self, sql, *values):
        """All rows of one query (`sqlite3.Row`)."""
        with self._borrow() as connection:
            return connection.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def transaction(self):
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

    def urgently(self, action):
        """Call `action`; if the disk is full, free the reserve and call it once more."""
        try:
            return action()
        except FullDiskError:
            if not self._reserve.exists():
                raise
            self._reserve.unlink(missing_ok=True)
            return action()

    def keep_reserve(self):
        """Set some space aside for `urgently`, if there is any."""
        if not self._reserve.exists():
            # Without space there is nothing to set aside. Random: some file systems store zeros in no space at all.
            with contextlib.suppress(OSError):
                self._reserve.write_bytes(os.urandom(RESERVE_BYTES))

    def close(self):
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    @contextlib.contextmanager
    def _borrow(self):
        connection = None
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._open()
            yield connection
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            problem = PROBLEMS.get(code)
            if connection is not None:
                connection.close()
                connection = None
            if problem is None:
                raise
            raise KINDS.get(code, StoreError)(f"The run store {self.path} {problem} ({error}).") from error
        finally:
            if connection is not None:
                self._idle.append(connection)

    def _open(self):
        connection = sqlite3.connect(self.path, timeout=self.busy_seconds, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            _use_wal(connection, time.monotonic() + self.busy_seconds)
            # NORMAL: in WAL a commit survives the death of any process; only a power cut may lose the last ones.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection


def _use_wal(connection, deadline):
    """Switch to WAL; SQLite does not apply the busy timeout to the switch itself, so wait here."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
