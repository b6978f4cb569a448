"""What the painter process does on the side: own pictures, rankings and the lesson between two steps, tidying between two runs."""

import time
from dataclasses import asdict

from core.errors import UserError
from core.lesson.rank_store import Rankings
from core.lesson.work import Work
from core.library import Library
from core.own_pictures import OwnPictures
from core.runs import measure

TIDY_SECONDS = 30.0
BUG = "Measuring this picture met an unexpected error ({name}); painter.log in the store's folder has the details, please report them."
RANKING_BUG = "Ranking met an unexpected error ({name}); painter.log in the store's folder has the details, please report them."


class Errands:
    """Side jobs on one store. Nothing that goes wrong here may end a run: it is logged.

    Args:
        store: core.store.RunStore.
        log: function of one text.
    """

    def __init__(self, store, log):
        self.library, self.pictures, self.rankings, self.log = Library(store), OwnPictures(store), Rankings(store), log
        self.work = Work(store, log)
        self._next_tidy = 0.0

    def recover(self):
        """Clear away what an earlier painter process left. To be called under the store's lock."""
        self._quietly(self.pictures.recover)
        self._quietly(self.work.lessons.recover)
        self._quietly(self.rankings.recover)
        self._quietly(self.library.remove_strays)

    def between_steps(self, packs):
        """One ranking, picture or slice of the lesson that waits, if its pack is among `packs` (name → ModelPack). True if one did."""
        return self._next(packs.get, packs)

    def between_runs(self, load, run_ended=False):
        """One ranking, picture or slice of the lesson that waits (`load` is name → ModelPack), and tidy now and then. True if one did."""
        if run_ended or time.monotonic() >= self._next_tidy:
            self._next_tidy = time.monotonic() + TIDY_SECONDS
            self._quietly(self.library.tidy)
            self._quietly(self.pictures.tidy)
            self._quietly(self.rankings.tidy)
            self._quietly(self.work.lessons.tidy)
        return self._next(load)

    def _next(self, load, packs=None):
        # A ranking first: whoever asked looks at an empty leaderboard.
        asked = self._quietly(self._rank_next, load, packs) or self._quietly(self._measure_next, load, packs)
        return bool(asked or self._quietly(self.work.slice, load, packs))

    def _rank_next(self, load, packs):
        ranking = self.rankings.take_next(packs)
        if ranking is None:
            return False
        try:
            self.rankings.finish(ranking.id, self.rankings.judge(ranking, load(ranking.pack)))
        except UserError as error:
            self.rankings.finish(ranking.id, reason=str(error))
        except Exception as error:
            self.log(f"A ranking failed: {error!r}")
            self.rankings.finish(ranking.id, reason=RANKING_BUG.format(name=type(error).__name__))
        return True

    def _measure_next(self, load, packs):
        taken = self.pictures.take_next(packs)
        if taken is None:
            return False
        picture, image = taken
        try:
            figures = asdict(measure(image, picture.prompt, load(picture.pack)))
            figures.pop("seconds")
            self.pictures.finish(picture.id, figures)
        except UserError as error:
            self.pictures.finish(picture.id, reason=str(error))
        except Exception as error:
            self.log(f"Measuring a picture failed: {error!r}")
            self.pictures.finish(picture.id, reason=BUG.format(name=type(error).__name__))
        return True

    def _quietly(self, action, *arguments):
        try:
            return action(*arguments)
        except (UserError, OSError) as error:
            self.log(str(error))
            return None
