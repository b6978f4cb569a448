"""Numbered migrations of the store's database; each runs in one transaction with its record."""

import time

from core.errors import StoreError

# Append only: a released migration is never edited, because stores in the field have run it.
MIGRATIONS = (
    (
        "runs, their steps and the painter process",
        (
            "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
            """CREATE TABLE runs (
                id TEXT PRIMARY KEY,
                status TEXT NOT NULL CHECK (status IN
                    ('queued', 'running', 'done', 'stopped', 'failed', 'interrupted')),
                reason TEXT NOT NULL DEFAULT '',
                request TEXT NOT NULL,          -- RunRequest.canonical()
                pack_hash TEXT NOT NULL,
                code_revision TEXT NOT NULL,
                owner TEXT NOT NULL DEFAULT '', -- sha256 of the secret that may cancel
                created REAL NOT NULL,          -- seconds since the epoch
                started REAL,
                finished REAL,
                ticket INTEGER NOT NULL,        -- place in the queue
                attempt INTEGER NOT NULL DEFAULT 1,
                interruptions INTEGER NOT NULL DEFAULT 0,
                cancel INTEGER NOT NULL DEFAULT 0,
                worker TEXT NOT NULL DEFAULT '',
                folder TEXT NOT NULL DEFAULT '' -- an imported run's folder; its frames stay there
            )""",
            "CREATE INDEX runs_by_status ON runs (status, ticket)",
            """CREATE TABLE steps (
                seq INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: readers poll for what is newer
                run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
                painter TEXT NOT NULL,
                step INTEGER NOT NULL,
                total INTEGER NOT NULL,
                attempt INTEGER NOT NULL,
                seconds REAL NOT NULL,
                evaluations INTEGER NOT NULL,
                score REAL NOT NULL,
                heldout REAL NOT NULL,
                realism REAL NOT NULL,
                components TEXT NOT NULL,
                has_frame INTEGER NOT NULL DEFAULT 1,
                UNIQUE (run, painter, step)
            )""",
            "CREATE INDEX steps_by_seq ON steps (run, seq)",
            """CREATE TABLE painter (
                id INTEGER PRIMARY KEY CHECK (id = 1), -- one painter process per store
                worker TEXT NOT NULL,
                pid INTEGER NOT NULL,
                state TEXT NOT NULL,
                message TEXT NOT NULL,
                run TEXT NOT NULL,
                ticks INTEGER NOT NULL,
                beat REAL NOT NULL
            )""",
        ),
    ),
    (
        "the gallery: stars, deletion with undo, disk use",
        (
            "ALTER TABLE runs ADD COLUMN starred INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE runs ADD COLUMN deleted_at REAL",
            "ALTER TABLE runs ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE runs ADD COLUMN weighed REAL NOT NULL DEFAULT 0",  # when `bytes` was measured
        ),
    ),
    (
        "people's own pictures",
        (
            """CREATE TABLE measurements (
                id TEXT PRIMARY KEY,            -- random: knowing it allows viewing
                status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'measuring', 'done', 'failed')),
                reason TEXT NOT NULL DEFAULT '',
                owner TEXT NOT NULL,            -- sha256 of the secret that may list and remove
                name TEXT NOT NULL,             -- of the file
                width INTEGER NOT NULL,         -- of the picture as it came
                height INTEGER NOT NULL,
                prompt TEXT NOT NULL,
                pack TEXT NOT NULL,
                result TEXT NOT NULL DEFAULT '{}',
                created REAL NOT NULL
            )""",
            "CREATE INDEX measurements_by_status ON measurements (status, created)",
        ),
    ),
    (
        "sweeps, their place in the queue, memory of a run",
        (
            "ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0",  # 0 before 1: people before sweeps
            "ALTER TABLE runs ADD COLUMN peak INTEGER NOT NULL DEFAULT 0",  # bytes resident at most; 0 is not known
            """CREATE TABLE sweeps (
                id TEXT PRIMARY KEY,
                plan TEXT NOT NULL,             -- core.sweeps.Plan.canonical()
                created REAL NOT NULL           -- seconds since the epoch
            )""",
            """CREATE TABLE cells (
                sweep TEXT NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE,
                place INTEGER NOT NULL,         -- row by row from the top left
                run TEXT NOT NULL,              -- may be gone: a deleted run leaves an empty cell
                PRIMARY KEY (sweep, place)
            )""",
        ),
    ),
    (
        "what the lesson pages asked to be computed",
        (
            """CREATE TABLE lessons (
                id TEXT PRIMARY KEY,            -- hash of kind, request, pack and code: core.lesson.jobs
                kind TEXT NOT NULL,
                request TEXT NOT NULL,          -- JSON
                pack TEXT NOT NULL,
                status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'computing', 'done', 'failed')),
                reason TEXT NOT NULL DEFAULT '',
                share REAL NOT NULL DEFAULT 0,  -- 0 … 1, how far it is
                asked REAL NOT NULL             -- seconds since the epoch, when somebody last did
            )""",
            "CREATE INDEX lessons_by_status ON lessons (status, asked)",
        ),
    ),
    (
        "rankings of pictures by a prompt",
        (
            """CREATE TABLE rankings (
                id TEXT PRIMARY KEY,            -- random
                status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'judging', 'done', 'failed')),
                reason TEXT NOT NULL DEFAULT '',
                owner TEXT NOT NULL,            -- sha256 of the secret that may look at it
                prompt TEXT NOT NULL,
                pack TEXT NOT NULL,
                request TEXT NOT NULL,          -- JSON: which pictures, see core.lesson.rank_store
                figures TEXT NOT NULL DEFAULT '{}',
                created REAL NOT NULL           -- seconds since the epoch
            )""",
            "CREATE INDEX rankings_by_status ON rankings (status, created)",
        ),
    ),
    (
        "people take turns",
        ("ALTER TABLE runs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0",),  # see core.queue.next_turn
    ),
)


def migrate(connection, path):
    """Bring an open database (autocommit connection) up to date.

    Raises:
        StoreError: the database was written by a newer version of this program.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT, applied REAL)")
    if _applied(connection) == len(MIGRATIONS):
        return
    for number, (name, statements) in enumerate(MIGRATIONS, start=1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Looked up under the lock: a server and a painter process may open a new store together.
            done = _applied(connection)
            if done > len(MIGRATIONS):
                raise StoreError(
                    f"The run store {path} was written by a newer version of this program "
                    f"(schema {done}; this one knows up to {len(MIGRATIONS)}). "
                    "Update the program, or choose another folder with CTJP_STORE."
                )
            if done < number:
                for statement in statements:
                    connection.execute(statement)
                connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (number, name, time.time()))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite itself goes back where the disk is full
                connection.execute("ROLLBACK")
            raise


def _applied(connection):
    return connection.execute("SELECT COALESCE(MAX(number), 0) FROM migrations").fetchone()[0]
