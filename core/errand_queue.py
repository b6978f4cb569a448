"""What waits in one table of the store for the painter process to do on the side. No torch."""

from dataclasses import dataclass

from core.database import Database


@dataclass(frozen=True)
class ErrandQueue:
    """The waiting rows of a table with the columns id, status, reason and pack. Every method may raise StoreError.

    Args:
        table: its name.
        doing: status of a row while the painter process is at it.
        order: column whose smallest value comes first.
        gone: why a row failed whose painter process vanished, one sentence.
    """

    database: Database
    table: str
    doing: str
    order: str
    gone: str

    def recover(self):
        """Fail what a vanished painter process was at: it may be what brought it down."""
        with self.database.transaction() as db:
            db.execute(f"UPDATE {self.table} SET status = 'failed', reason = ? WHERE status = ?", (self.gone, self.doing))

    def taken(self, packs=None):
        """Yields waiting records in order, each marked as being done before it comes and only if it still waited.

        Args:
            packs: only those that ask for one of these; any by default.
        """
        for record in self.database.read(f"SELECT * FROM {self.table} WHERE status = 'waiting' ORDER BY {self.order}"):
            if packs is not None and record["pack"] not in packs:
                continue
            with self.database.transaction() as db:
                mark = f"UPDATE {self.table} SET status = ? WHERE id = ? AND status = 'waiting'"
                still = db.execute(mark, (self.doing, record["id"])).rowcount
            if still:
                yield record
