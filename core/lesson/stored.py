"""Rows of a stored run as the lesson reads them. No torch."""


def series(store, run_id):
    """Painter → its Rows in step order. Raises StoreError."""
    found = {}
    for row in sorted(store.rows(run_id), key=lambda row: row.step):
        found.setdefault(row.painter, []).append(row)
    return found


def ends(store, run_id):
    """Painter → the Row of its last step. Raises StoreError."""
    return {painter: rows[-1] for painter, rows in series(store, run_id).items()}
