"""How often the judge really looks, counted at the judge itself, is what the terms say."""

import pytest

from core.base.settings import painter_settings
from core.base.terms import judge_evaluations

SMALL = {"steps": 5, "cutouts": 3}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("pixels", {"steps": 3, "cutouts": 1}),
        ("pixels", {"steps": 2, "cutouts": 5, "at_once": 2}),
        ("vqgan", {"steps": 2, "cutouts": 3}),
        ("diffusion", {**SMALL, "mode": "judge"}),
        ("diffusion", {**SMALL, "mode": "both", "guide_start": 0.2, "guide_stop": 0.6}),
        ("diffusion", {**SMALL, "mode": "judge", "repeats": 3, "repeat_stop": 0.4}),
        ("diffusion", {**SMALL, "mode": "judge", "repeats": 2, "sampler": "dpm-solver++"}),
        ("diffusion", {"steps": 4, "cutouts": 2, "mode": "judge", "gradient": "exact"}),
        ("diffusion", {**SMALL, "mode": "text"}),
        ("diffusion", {**SMALL, "mode": "judge", "guidance_strength": 0.0}),
    ],
)
def test_the_terms_count_what_a_counting_judge_counts(make, monkeypatch, name, values):
    painter = make(name, values)
    judge, looks = painter.models.judge, []
    loss = judge.loss

    def counted(images, target):
        looks.append(len(images))
        return loss(images, target)

    monkeypatch.setattr(judge, "loss", counted)
    *_, last = painter.frames()
    assert sum(looks) == judge_evaluations(name, painter_settings(name, values)) == last.evaluations
