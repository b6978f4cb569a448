"""How the store writes its rows. No torch."""

import sqlite3

from core.storage.records import StepRow


def insert_row(db: sqlite3.Connection, painting: str, row: StepRow) -> None:
    """Write a row of a painting under a new seq, in place of an earlier one for the same step."""
    insert_record(db, "steps", {"painting": painting, **row.to_record()})


def insert_record(db: sqlite3.Connection, table: str, values: dict[str, object]) -> None:
    """Write one record, in place of an earlier one with the same key."""
    marks = ", ".join(f":{column}" for column in values)
    db.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(values)}) VALUES ({marks})", values)
