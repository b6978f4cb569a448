"""The gallery names what differs from the defaults, and shows judges as Compare does."""

from app.views import gallery
from core.base.changed_text import changed_of_request
from core.base.measure_names import COSINE, SHARED_SCALE
from core.base.request import RunRequest
from core.storage.gallery import GalleryEntry
from core.storage.records import Run, StepRow


def test_changed_settings_are_named_by_painter_and_defaults_are_not():
    painters = ("pixels", "diffusion")
    changed = RunRequest.make("a fox", 0, "miniature", painters, pixels={"steps": 7}, diffusion={})
    assert changed_of_request(changed) == "Pixel ascent: steps 7"
    assert changed_of_request(RunRequest.make("a fox", 0, "miniature", painters)) == ""


def card_of(folder, prompt="a red fox in snow", **settings):
    """(label → value of one picture in the gallery, the scale of its card)."""
    request = RunRequest.make(prompt, 0, str(folder), ("pixels",), pixels=settings)
    row = StepRow(1, "pixels", 3, 3, 1.0, 3, score=0.4, heldout=0.2, realism=0.5, has_frame=True)
    run = Run("a" * 26, "done", "", request, "", 0.0, None, None)
    data = gallery._card_data(GalleryEntry(run, False, True, 0, {"pixels": row}, 1.0))
    (painter,) = data["painters"]
    return {one["label"]: one["value"] for one in painter["figures"]}, data["scale"]


def test_judges_are_on_the_shared_scale_and_have_the_names_of_the_run(pack):
    assert card_of(pack) == ({"Judge": 1.0, "Held-out": 0.5, "Realism": 0.5}, SHARED_SCALE)
    followed, _ = card_of(pack, judge="heldout")
    assert followed == {"First, held out": 1.0, "Second, steers": 0.5, "Realism": 0.5}


def test_a_weighted_prompt_has_cosines_and_says_so(pack):
    shown, scale = card_of(pack, "fox:2 | snow:-1")
    assert shown == {"Judge": 0.4, "Held-out": 0.2, "Realism": 0.5} and scale == COSINE
