"""The tables of shows of hands, as `core.storage.migrations` makes them."""

BALLOT_TABLES = (
    """CREATE TABLE ballots (
        id TEXT PRIMARY KEY,            -- random: knowing it allows voting
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('prediction', 'blind')),
        state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'revealed')),
        places TEXT NOT NULL,           -- JSON: painters in the order in which they are shown
        opened REAL NOT NULL            -- seconds since the epoch
    )""",
    "CREATE INDEX ballots_by_run ON ballots (run, opened)",
    """CREATE TABLE votes (
        ballot TEXT NOT NULL REFERENCES ballots (id) ON DELETE CASCADE,
        voter TEXT NOT NULL,            -- sha256 of ballot and browser's secret
        question TEXT NOT NULL,
        answer TEXT NOT NULL,
        PRIMARY KEY (ballot, voter, question)
    )""",
)
