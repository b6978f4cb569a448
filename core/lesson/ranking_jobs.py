"""Rankings that visitors ask for, in the store: judged by the painter process, kept for a day. No torch.

Ranked are the shipped scenes and the visitor's own pictures; only their numbers are kept here.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.base.errors import StoreError
from core.base.ids import is_id, random_id
from core.base.images import read_image
from core.lesson import ranking_scenes
from core.storage.own_pictures import KEEP_SECONDS, SEEN, OwnPictures
from core.storage.owners import hash_secret
from core.storage.run_store import RunStore
from core.storage.side_job_queue import PENDING, SideJob, SideJobQueue, request_text

if TYPE_CHECKING:
    import numpy as np

    from core.packs.pack import ModelPack

MOST_WAITING = 60  # of everybody
MOST_REMEMBERED = 20  # prompts whose scores of the scenes are kept in memory
REFUSAL = "{waiting} rankings wait already; try again in a moment."
LOST_REASON = "The painter process went away while it looked at the pictures; press Rank again."
SCENES_CHANGED = "The shipped scenes have changed since; press Rank again."


@dataclass(frozen=True)
class Ranking:
    """One ranking.

    Args:
        id: 26 characters a–z2–7, random.
        status: "waiting", "working", "done" or "failed". reason: why it failed, one sentence.
        scenes: digest of the shipped scenes (core.lesson.ranking_scenes) if they take part, else "".
        pictures: ids of the own pictures that take part.
        figures: when done: "scenes" → [[judge, heldout], …] in the order of the sheet, and picture id →
            [judge, heldout].
    """

    id: str
    status: str
    reason: str
    prompt: str
    pack: str
    scenes: str
    pictures: tuple[str, ...]
    figures: dict[str, Any]

    @property
    def waiting(self) -> bool:
        """Whether its numbers are still to come."""
        return self.status in PENDING


class Rankings:
    """The rankings of a store. Every method may raise StoreError."""

    def __init__(self, store: RunStore) -> None:
        self.pictures = OwnPictures(store)
        self.queue = SideJobQueue(store.database, "ranking", LOST_REASON)
        self._scene_scores: dict[tuple[str, str, str], list[list[float]]] = {}

    def ask(
        self, prompt: str, pack: str, with_scenes: bool, pictures: Collection[str], secret: str
    ) -> Ranking | None:
        """Ask for a ranking; the stored one if this visitor has asked for the same.

        Args:
            with_scenes: whether the shipped scenes take part. pictures: ids of own pictures.
            secret: of the one who may look at it.

        Raises:
            StoreError: too many wait.
        """
        scenes = ranking_scenes.shipped_scenes().digest if with_scenes else ""
        request = {"prompt": prompt, "scenes": scenes, "pictures": sorted(pictures)}
        owner = hash_secret(secret)
        same = "owner = ? AND owner != '' AND pack = ? AND request = ? AND status != 'failed'"
        for job in self.queue.find(same, owner, pack, request_text(request)):
            return _ranking(job)
        ranking_id = random_id()
        self.queue.ask(ranking_id, pack, request, MOST_WAITING, REFUSAL, owner)
        return self.get(ranking_id, secret)

    def get(self, ranking_id: object, secret: str) -> Ranking | None:
        """This visitor's ranking, or None. Safe for untrusted arguments."""
        if not is_id(ranking_id):
            return None
        found = self.queue.find("id = ? AND owner = ? AND owner != ''", ranking_id, hash_secret(secret))
        return _ranking(found[0]) if found else None

    # The painter process

    def take_next(self, packs: Collection[str] | None = None) -> Ranking | None:
        """The longest-waiting ranking, marked as being judged, or None.

        Args:
            packs: only rankings that ask for one of these; any by default.
        """
        job = next(self.queue.take(packs), None)
        return None if job is None else _ranking(job)

    def judge(self, ranking: Ranking, pack: ModelPack) -> dict[str, Any]:
        """Figures of a ranking: both judges' scores of every picture that is still there.

        Args:
            pack: with judge and held-out judge.

        Raises:
            PromptError: the judge knows no word of the prompt. StoreError: the scenes have changed.
        """
        targets = [(judge, judge.encode(ranking.prompt)) for judge in (pack.judge, pack.heldout)]
        figures: dict[str, Any] = {}
        if ranking.scenes:
            if ranking.scenes != ranking_scenes.shipped_scenes().digest:
                raise StoreError(SCENES_CHANGED)
            figures["scenes"] = self._scores_of_scenes(ranking, pack, targets)
        for picture_id in ranking.pictures:
            path = self.pictures.file(picture_id, SEEN)
            if path is not None:
                figures[picture_id] = _scores(read_image(path), targets)
        return figures

    def _scores_of_scenes(
        self, ranking: Ranking, pack: ModelPack, targets: list[tuple[Any, Any]]
    ) -> list[list[float]]:
        """Both judges' scores of every scene: the same for a whole class, so they are computed once."""
        key = (pack.hash, ranking.prompt, ranking.scenes)
        scores = self._scene_scores.pop(key, None)
        if scores is None:
            scores = [_scores(image, targets) for image in ranking_scenes.scene_pictures()]
        self._scene_scores[key] = scores  # the one used last is the last to go
        while len(self._scene_scores) > MOST_REMEMBERED:
            del self._scene_scores[next(iter(self._scene_scores))]
        return scores

    def finish(self, ranking_id: str, figures: dict[str, Any] | None = None, reason: str = "") -> None:
        """Note the figures of a ranking, or why there are none."""
        self.queue.finish(ranking_id, figures, reason)

    def tidy(self, now: float | None = None) -> None:
        """Forget rankings that are a day old."""
        self.queue.forget("asked <= ?", (time.time() if now is None else now) - KEEP_SECONDS)


def _scores(image: np.ndarray, targets: list[tuple[Any, Any]]) -> list[float]:
    """Both judges' scores of a picture, uint8 H×W×3."""
    return [float(judge.score(image, target)) for judge, target in targets]


def _ranking(job: SideJob) -> Ranking:
    return Ranking(
        id=job.id,
        status=job.status,
        reason=job.reason,
        prompt=job.request["prompt"],
        pack=job.pack,
        scenes=job.request["scenes"],
        pictures=tuple(job.request["pictures"]),
        figures=job.result,
    )
