"""Which rate is best under equal terms: the one with the highest mean held-out score."""

import pytest

from core.bench import equal_terms
from core.bench.equal_terms import RateResult, best_rates, drawn_prompts, measure_rates, rates_table


def result(painter, rate, heldout, judge=0.5):
    return RateResult(
        painter, rate, [{"heldout": h, "score": judge, "realism": 0.1, "seconds": 1.0} for h in heldout]
    )


def test_the_held_out_judge_decides_and_the_judge_does_not():
    results = [
        result("pixels", 0.02, (0.3, 0.5)),
        result("pixels", 0.05, (0.4, 0.5), judge=0.1),
        result("pixels", 0.1, (0.0, 0.8), judge=0.9),
        result("diffusion", 0.3, (0.2, 0.2)),
    ]
    assert best_rates(results) == {"pixels": 0.05, "diffusion": 0.3}
    assert best_rates([*results, result("diffusion", 0.6, (0.2, 0.201))])["diffusion"] == 0.3
    lines = rates_table(results).splitlines()
    assert [line.endswith("best") for line in lines[1:5]] == [False, True, False, True]
    assert "0.45 ± 0.05" in lines[2]
    assert "8 cutouts · 480 judge evaluations; the preset has learning_rate" in lines[-2]


def test_prompts_are_those_of_their_seeds_and_more_prompts_keep_the_first():
    assert drawn_prompts(3) == drawn_prompts(5)[:3]
    assert len(drawn_prompts(1000)) == 100


def test_each_rate_paints_every_prompt_with_equal_terms(monkeypatch):
    asked = []

    def painted(request, pack):
        (painter,) = request.painters
        asked.append((request.prompt, request.seed, request.settings[painter]))
        return {painter: {"seconds": 1.0, "score": 0.6, "heldout": 0.3, "realism": 0.2}}

    class Pack:
        name = "miniature"
        manifest = {
            "reference": {
                "score": {"matched": 0.6, "mismatched": 0.1},
                "heldout": {"matched": 0.5, "mismatched": 0.1},
            }
        }

    monkeypatch.setattr(equal_terms, "last_measurements", painted)
    monkeypatch.setattr(equal_terms, "check_world", lambda pack: None)
    low, high = measure_rates(Pack(), 2, {"vqgan": (0.05, 0.2)})
    assert [(a[0], a[1]) for a in asked] == [*zip(drawn_prompts(2), (0, 1), strict=True)] * 2
    assert [a[2].learning_rate for a in asked] == [0.05, 0.05, 0.2, 0.2]
    assert {(a[2].cutouts, a[2].steps) for a in asked} == {(8, 60)}
    assert (low.mean("score"), low.mean("heldout")) == pytest.approx((1.0, 0.5))
    assert high.as_dict()["rate"] == 0.2
