"""Runs that share paintings, for tests of the store with painters that cost nothing."""

from core.base.request import RunRequest

STEPS = {"pixels": 6, "vqgan": 4, "diffusion": 3}
MINE, YOURS = "my secret", "your secret"


def request(*chosen, seed=0, **settings):
    """A run of some painters; a setting `pixels={...}` is a knob that was turned."""
    chosen = chosen or tuple(STEPS)
    of = {painter: {"steps": STEPS[painter], **settings.get(painter, {})} for painter in chosen}
    return RunRequest.make("a red fox", seed, painters=chosen, **of)


STRONGER = {"diffusion": {"guidance_strength": 0.9}}


def ask(runs, asked, owner=MINE):
    return runs.submit(asked, "fake-hash", owner).id


def paint_next(runs, loop):
    """Let the painter process do the next run; its id, or None."""
    run = runs.queue.take_next("w")
    if run is not None:
        loop._take(run)
    return run.id if run else None


def painters_of(frames):
    return {painter for painter, _ in frames}


def steps(runs, run_id):
    """Painter → its steps that have a row and a picture."""
    found = {}
    for row in runs.rows(run_id):
        assert runs.frame_path(run_id, row.painter, row.step)
        found.setdefault(row.painter, []).append(row.step)
    return {painter: sorted(of) for painter, of in found.items()}


WHOLE = {painter: list(range(total + 1)) for painter, total in STEPS.items()}


def status(runs, *run_ids):
    return [runs.get(run_id).status for run_id in run_ids]
