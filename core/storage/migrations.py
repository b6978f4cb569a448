"""Numbered migrations of the store's database; each runs in one transaction with its record."""

import sqlite3
import time
from pathlib import Path

from core.base.errors import StoreError
from core.storage.ballot_tables import BALLOT_TABLES

# Append only: a released migration is never edited, because stores in the field have run it.
MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
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
                status TEXT NOT NULL DEFAULT 'waiting'
                    CHECK (status IN ('waiting', 'measuring', 'done', 'failed')),
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
            "ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0",  # people before sweeps
            "ALTER TABLE runs ADD COLUMN peak INTEGER NOT NULL DEFAULT 0",  # bytes resident; 0 is not known
            """CREATE TABLE sweeps (
                id TEXT PRIMARY KEY,
                plan TEXT NOT NULL,             -- core.base.sweep_plan.SweepPlan.canonical()
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
                status TEXT NOT NULL DEFAULT 'waiting'
                    CHECK (status IN ('waiting', 'computing', 'done', 'failed')),
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
                status TEXT NOT NULL DEFAULT 'waiting'
                    CHECK (status IN ('waiting', 'judging', 'done', 'failed')),
                reason TEXT NOT NULL DEFAULT '',
                owner TEXT NOT NULL,            -- sha256 of the secret that may look at it
                prompt TEXT NOT NULL,
                pack TEXT NOT NULL,
                request TEXT NOT NULL,          -- JSON: which pictures, see core.lesson.ranking_jobs
                figures TEXT NOT NULL DEFAULT '{}',
                created REAL NOT NULL           -- seconds since the epoch
            )""",
            "CREATE INDEX rankings_by_status ON rankings (status, created)",
        ),
    ),
    (
        "people take turns",
        ("ALTER TABLE runs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0",),  # see core.storage.turns.next_turn
    ),
    (
        "which code measured a run",
        (
            "ALTER TABLE runs ADD COLUMN measuring_revision TEXT NOT NULL DEFAULT ''",
        ),  # "" where nobody noted it
    ),
    (
        "one table for every kind of side job",
        (
            """CREATE TABLE side_jobs (
                kind TEXT NOT NULL,             -- "picture", "ranking" or "lesson"
                id TEXT NOT NULL,
                status TEXT NOT NULL DEFAULT 'waiting'
                    CHECK (status IN ('waiting', 'working', 'done', 'failed')),
                reason TEXT NOT NULL DEFAULT '',
                owner TEXT NOT NULL DEFAULT '', -- sha256 of the secret that may see, list, remove it
                pack TEXT NOT NULL,
                request TEXT NOT NULL,          -- JSON; see core.storage.side_job_queue.request_text
                result TEXT NOT NULL DEFAULT '{}',
                share REAL NOT NULL DEFAULT 0,  -- 0 … 1, how far it is
                asked REAL NOT NULL,            -- seconds since the epoch, when somebody last did
                PRIMARY KEY (kind, id)
            )""",
            "CREATE INDEX side_jobs_by_status ON side_jobs (kind, status, asked)",
            """INSERT INTO side_jobs (kind, id, status, reason, owner, pack, request, result, share, asked)
                SELECT 'picture', id, replace(status, 'measuring', 'working'), reason, owner, pack,
                    json_object('name', name, 'width', width, 'height', height, 'prompt', prompt),
                    result, status = 'done', created FROM measurements ORDER BY created, rowid""",
            """INSERT INTO side_jobs (kind, id, status, reason, owner, pack, request, result, share, asked)
                SELECT 'ranking', id, replace(status, 'judging', 'working'), reason, owner, pack,
                    json_object('prompt', prompt, 'scenes', json_extract(request, '$[0]'),
                        'pictures', json(json_extract(request, '$[1]'))),
                    figures, status = 'done', created FROM rankings ORDER BY created, rowid""",
            """INSERT INTO side_jobs (kind, id, status, reason, pack, request, share, asked)
                SELECT 'lesson', id, replace(status, 'computing', 'working'), reason, pack,
                    json_object('kind', kind, 'request', json(request)), share, asked
                FROM lessons ORDER BY asked, rowid""",
            "DROP TABLE measurements",
            "DROP TABLE rankings",
            "DROP TABLE lessons",
        ),
    ),
    (
        "what the robust judge says",
        ("ALTER TABLE steps ADD COLUMN robust REAL",),  # NULL where the pack had none
    ),
    (
        "paintings: what runs share",
        (
            """CREATE TABLE paintings (
                id TEXT PRIMARY KEY,            -- see core.storage.paintings
                painter TEXT NOT NULL,
                files TEXT NOT NULL,            -- the folder below frames and thumbnails that holds its own
                attempt INTEGER NOT NULL DEFAULT 1,
                complete INTEGER NOT NULL DEFAULT 0,
                claim TEXT NOT NULL DEFAULT '', -- the run that is painting it now
                measuring_revision TEXT NOT NULL DEFAULT '',
                bytes INTEGER NOT NULL DEFAULT 0 -- of its files, measured when a run that has it has ended
            )""",
            """CREATE TABLE run_paintings (
                run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
                painter TEXT NOT NULL,
                painting TEXT NOT NULL REFERENCES paintings (id),
                taken INTEGER NOT NULL DEFAULT 0, -- whether another run painted it
                PRIMARY KEY (run, painter)
            )""",
            "CREATE INDEX run_paintings_by_painting ON run_paintings (painting)",
            # What older versions painted belongs to one run each and stays where it lies.
            """INSERT INTO paintings (id, painter, files, attempt, measuring_revision, complete)
                SELECT run || '-' || painter, painter, run, attempt, measuring_revision, EXISTS (
                    SELECT 1 FROM steps WHERE steps.run = parts.run AND steps.painter = parts.painter
                    AND step = total AND steps.attempt = runs.attempt)
                FROM (SELECT runs.id AS run, key AS painter FROM runs, json_each(request, '$.settings')
                    UNION SELECT run, painter FROM steps) AS parts JOIN runs ON runs.id = run""",
            "INSERT INTO run_paintings (run, painter, painting) SELECT files, painter, id FROM paintings",
            """UPDATE paintings SET bytes = (SELECT bytes FROM runs WHERE runs.id = files)
                WHERE id IN (SELECT MIN(id) FROM paintings GROUP BY files)""",
            """CREATE TABLE painted_steps (
                seq INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: readers poll for what is newer
                painting TEXT NOT NULL REFERENCES paintings (id) ON DELETE CASCADE,
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
                robust REAL,                    -- NULL where the pack had no robust judge
                UNIQUE (painting, step)
            )""",
            "INSERT INTO sqlite_sequence SELECT 'painted_steps', seq FROM sqlite_sequence "
            "WHERE name = 'steps'",
            """INSERT INTO painted_steps
                SELECT seq, run || '-' || painter, step, total, attempt, seconds, evaluations, score, heldout,
                    realism, components, has_frame, robust FROM steps ORDER BY seq""",
            "DROP TABLE steps",
            "ALTER TABLE painted_steps RENAME TO steps",
            "CREATE INDEX steps_by_seq ON steps (painting, seq)",
            """CREATE VIEW run_steps AS SELECT run_paintings.run, run_paintings.painter, run_paintings.taken,
                steps.* FROM run_paintings JOIN steps ON steps.painting = run_paintings.painting""",
        ),
    ),
    ("shows of hands", BALLOT_TABLES),
    ("painted ahead", ("ALTER TABLE runs ADD COLUMN ahead INTEGER NOT NULL DEFAULT 0",)),
)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring an open database (autocommit connection) up to date.

    Raises:
        StoreError: the database was written by a newer version of this program.
    """
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT, applied REAL)"
    )
    if _applied(connection) == len(MIGRATIONS):
        return
    for number, (name, statements) in enumerate(MIGRATIONS, start=1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Looked up under the lock: a server and a painter process may open a new store together.
            applied = _applied(connection)
            _check_version(applied, path)
            if applied < number:
                for statement in statements:
                    connection.execute(statement)
                connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (number, name, time.time()))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite itself goes back where the disk is full
                connection.execute("ROLLBACK")
            raise


def _check_version(applied: int, path: Path) -> None:
    if applied > len(MIGRATIONS):
        raise StoreError(
            f"The run store {path} was written by a newer version of this program "
            f"(schema {applied}; this one knows up to {len(MIGRATIONS)}). "
            "Update the program, or choose another folder with CTJP_STORE."
        )


def _applied(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT COALESCE(MAX(number), 0) FROM migrations").fetchone()[0]
