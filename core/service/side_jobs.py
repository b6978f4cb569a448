"""What the painter process does beside painting: own pictures, rankings and the lesson; it tidies between two
runs.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.base.errors import UserError
from core.execute import measure_picture
from core.lesson.job_runner import LessonJobRunner
from core.lesson.ranking_jobs import Rankings
from core.storage.gallery import Gallery
from core.storage.own_pictures import OwnPictures
from core.storage.run_store import RunStore
from core.storage.start_pictures import StartPictures

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

    LoadPack = Callable[[str], ModelPack]

TIDY_SECONDS = 30.0
BUG = " met an unexpected error ({name}); painter.log in the store's folder has more; please report it."
PICTURE_BUG = "Measuring this picture" + BUG
RANKING_BUG = "Ranking" + BUG


class SideJobs:
    """Side jobs on one store. Nothing that goes wrong here may end a run: it is logged.

    Args:
        store: the runs.
        log: function of one text.
    """

    def __init__(self, store: RunStore, log: Callable[[str], None]):
        self.gallery = Gallery(store)
        self.pictures = OwnPictures(store)
        self.starts, self.database = StartPictures(store.folder), store.database
        self.rankings = Rankings(store)
        self.lesson_runner = LessonJobRunner(store, log)
        self.log = log
        self._next_tidy = 0.0

    def recover(self) -> None:
        """Clear away what an earlier painter process left. To be called under the store's lock."""
        self._quietly(self.pictures.queue.recover)
        self._quietly(self.lesson_runner.jobs.queue.recover)
        self._quietly(self.rankings.queue.recover)
        self._quietly(self.gallery.remove_orphans)

    def between_steps(self, packs: Mapping[str, ModelPack]) -> bool:
        """Do one waiting job, or a slice of one, if its pack is among `packs`. True if there was one."""
        return self._next(packs.__getitem__, packs)

    def between_runs(self, load: LoadPack, run_ended: bool = False) -> bool:
        """Do one waiting job, or a slice of one, and tidy now and then. True if there was one.

        Args:
            load: pack name → ModelPack.
            run_ended: tidy at once.
        """
        if run_ended or time.monotonic() >= self._next_tidy:
            self._next_tidy = time.monotonic() + TIDY_SECONDS
            for kept in (self.gallery, self.pictures, self.rankings, self.lesson_runner.jobs):
                self._quietly(kept.tidy)
            self._quietly(self.starts.tidy, self.database)
        return self._next(load)

    def _next(self, load: LoadPack, packs: Collection[str] | None = None) -> bool:
        # A ranking first: whoever asked looks at an empty leaderboard.
        for do in (self._rank_next, self._measure_next, self.lesson_runner.run_slice):
            if self._quietly(do, load, packs):
                return True
        return False

    def _rank_next(self, load: LoadPack, packs: Collection[str] | None) -> bool:
        ranking = self.rankings.take_next(packs)
        if ranking is None:
            return False
        try:
            self.rankings.finish(ranking.id, self.rankings.judge(ranking, load(ranking.pack)))
        except Exception as error:
            self.rankings.finish(ranking.id, reason=self._reason(error, RANKING_BUG))
        return True

    def _measure_next(self, load: LoadPack, packs: Collection[str] | None) -> bool:
        taken = self.pictures.take_next(packs)
        if taken is None:
            return False
        picture, image = taken
        try:
            pack = load(picture.pack)
            measurement = asdict(measure_picture(image, picture.prompt, pack)) | {"pack_hash": pack.hash}
            measurement.pop("seconds")
            self.pictures.finish(picture.id, measurement)
        except Exception as error:
            self.pictures.finish(picture.id, reason=self._reason(error, PICTURE_BUG))
        return True

    def _reason(self, error: Exception, bug: str) -> str:
        """What a person reads; a bug is logged."""
        if isinstance(error, UserError):
            return str(error)
        self.log("".join(traceback.format_exception(error)))
        return bug.format(name=type(error).__name__)

    def _quietly(self, action: Callable[..., Any], *arguments: Any) -> Any:
        """The action's answer, or None if it failed."""
        try:
            return action(*arguments)
        except (UserError, OSError) as error:
            self.log(str(error))
        except Exception:  # a bug beside the painting is no reason to end a run
            self.log(traceback.format_exc())
        return None
