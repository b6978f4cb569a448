"""The verdict on a run that starts from a real picture."""

from core.measures.verdict import described_turning_points

STEPS = 40


def rows(first: float) -> dict:
    """Raw ascent whose realism is gone after two steps."""
    realism = [first, first / 5, *[0.01] * (STEPS - 1)]
    return {
        "pixels": [
            {"step": i, "total": STEPS, "score": 0.1 + 0.02 * i, "heldout": 0.1, "realism": realism[i]}
            for i in range(STEPS + 1)
        ]
    }


def test_realism_that_was_there_at_the_start_is_not_said_to_have_never_been_there():
    lost = described_turning_points(rows(0.78), None)["pixels"]
    assert "started with a realism of 0.78 and lost it at once" in lost.text and "never rose" not in lost.text
    never = described_turning_points(rows(0.02), None)["pixels"]
    assert "its realism never rose above" in never.text
