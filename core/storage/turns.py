"""Whose turn it is: people take turns in the queue, however many runs each of them asks for. No torch."""

import sqlite3


def next_turn(db: sqlite3.Connection, owner: str, priority: int) -> int:
    """The round of a run that is queued now: after the newest run begun, and its owner's last in line.

    So somebody who queues many runs takes turns with those who come later, and nobody waits for more than one
    of them. (Start-time fair queueing, Goyal et al. 1996, with runs of equal weight.)

    Args:
        db: connection in a transaction. owner: fingerprint; "" for nobody, whose runs are each by itself.
    """
    # The highest, not the one begun last by the clock, which may be set back; a run that waits again is not
    # begun.
    begun = db.execute(
        "SELECT COALESCE(MAX(turn), 0) AS last FROM runs "
        "WHERE started IS NOT NULL AND status != 'queued' AND folder = '' AND priority = ?",
        (priority,),
    ).fetchone()
    mine = db.execute(
        "SELECT COALESCE(MAX(turn), 0) AS last FROM runs "
        "WHERE owner = ? AND owner != '' AND priority = ? AND status IN ('queued', 'running')",
        (owner, priority),
    ).fetchone()
    return 1 + max(begun["last"], mine["last"])
