"""Rankings that visitors ask for, in the store: judged by the painter process, kept for a day. No torch.

What is ranked are the shipped scenes and the visitor's own pictures (core.own_pictures); only figures are kept here.
"""

import base64
import json
import secrets
import time
from dataclasses import dataclass

from core.errand_queue import ErrandQueue
from core.errors import StoreError
from core.images import read_image
from core.lesson import scenes
from core.own_pictures import ID, KEEP_SECONDS, SEEN, OwnPictures
from core.queue import fingerprint

MOST_WAITING = 60  # of everybody
GONE = "The painter process went away while it looked at the pictures; press Rank again."
CHANGED = "The shipped scenes have changed since; press Rank again."


@dataclass(frozen=True)
class Ranking:
    """One ranking.

    Args:
        id: 26 characters a–z2–7, random.
        status: "waiting", "judging", "done" or "failed". reason: why it failed, one sentence.
        scenes: digest of the shipped scenes (core.lesson.scenes) if they take part, else "".
        pictures: ids of the own pictures that take part.
        figures: when done: "scenes" → [[judge, heldout], …] in the order of the sheet, and picture id → [judge, heldout].
    """

    id: str
    status: str
    reason: str
    prompt: str
    pack: str
    scenes: str
    pictures: tuple
    figures: dict

    @property
    def waiting(self):
        """Whether its figures are still to come."""
        return self.status in ("waiting", "judging")


class Rankings:
    """The rankings of a `core.store.RunStore`. Every method may raise StoreError."""

    def __init__(self, store):
        self.database, self.pictures = store.database, OwnPictures(store)
        self.queue = ErrandQueue(store.database, "rankings", "judging", "created", GONE)

    def ask(self, prompt, pack, with_scenes, pictures, secret):
        """Ask for a ranking; the stored one if this visitor has asked for the same. Returns the Ranking.

        Args:
            with_scenes: whether the shipped scenes take part. pictures: ids of own pictures.
            secret: of the one who may look at it.

        Raises:
            StoreError: too many wait.
        """
        request = json.dumps([scenes.shipped().digest if with_scenes else "", sorted(pictures)])
        same = "SELECT * FROM rankings WHERE owner = ? AND owner != '' AND prompt = ? AND pack = ? AND request = ? AND status != 'failed'"
        if known := self.database.read(same, fingerprint(secret), prompt, pack, request):
            return _ranking(known[0])
        waiting = self.database.read("SELECT COUNT(*) AS n FROM rankings WHERE status = 'waiting'")[0]["n"]
        if waiting >= MOST_WAITING:
            raise StoreError(f"{waiting} rankings wait already; try again in a moment.")
        ranking_id = base64.b32encode(secrets.token_bytes(17)).decode().lower()[:26]
        with self.database.transaction() as db:
            db.execute(
                "INSERT INTO rankings (id, owner, prompt, pack, request, created) VALUES (?, ?, ?, ?, ?, ?)",
                (ranking_id, fingerprint(secret), prompt, pack, request, time.time()),
            )
        return self.get(ranking_id, secret)

    def get(self, ranking_id, secret):
        """This visitor's Ranking, or None. Safe for untrusted arguments."""
        if not ID.fullmatch(str(ranking_id)):
            return None
        found = self.database.read("SELECT * FROM rankings WHERE id = ? AND owner = ? AND owner != ''", ranking_id, fingerprint(secret))
        return _ranking(found[0]) if found else None

    # The painter process

    def recover(self):
        """Fail what a vanished painter process was judging: it may be what brought it down."""
        self.queue.recover()

    def take_next(self, packs=None):
        """The longest-waiting Ranking, marked as being judged, or None.

        Args:
            packs: only rankings that ask for one of these; any by default.
        """
        record = next(self.queue.taken(packs), None)
        return None if record is None else _ranking(record)

    def judge(self, ranking, pack):
        """Figures of a ranking: both judges on every picture that is still there.

        Args:
            pack: ModelPack with judge and heldout.

        Raises:
            PromptError: the judge knows no word of the prompt. StoreError: the scenes have changed.
        """
        targets = [(judge, judge.encode(ranking.prompt)) for judge in (pack.judge, pack.heldout)]
        figures = {}
        if ranking.scenes:
            if ranking.scenes != scenes.shipped().digest:
                raise StoreError(CHANGED)
            figures["scenes"] = [_look(image, targets) for image in scenes.pictures()]
        for picture_id in ranking.pictures:
            path = self.pictures.file(picture_id, SEEN)
            if path is not None:
                figures[picture_id] = _look(read_image(path), targets)
        return figures

    def finish(self, ranking_id, figures=None, reason=""):
        """Note the figures of a ranking, or why there are none."""
        status = "failed" if figures is None else "done"
        self.database.urgently(lambda: self._set(ranking_id, status, reason, json.dumps(figures or {})))

    def tidy(self, now=None):
        """Forget rankings that are a day old."""
        with self.database.transaction() as db:
            db.execute("DELETE FROM rankings WHERE created <= ?", ((time.time() if now is None else now) - KEEP_SECONDS,))

    def _set(self, ranking_id, status, reason, figures):
        with self.database.transaction() as db:
            db.execute("UPDATE rankings SET status = ?, reason = ?, figures = ? WHERE id = ?", (status, reason, figures, ranking_id))


def _look(image, targets):
    return [float(judge.score(image, target)) for judge, target in targets]


def _ranking(record):
    shown, pictures = json.loads(record["request"])
    same = {name: record[name] for name in ("id", "status", "reason", "prompt", "pack")}
    return Ranking(**same, scenes=shown, pictures=tuple(pictures), figures=json.loads(record["figures"]))
