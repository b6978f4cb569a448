"""The toy judge: a picture of four pixels, a score that can be computed in the head, and two priors. No
torch.

A picture is four floats in the order top left, top right, bottom left, bottom right; 0 is black, 1 white,
and no screen can go beyond that. app/static/lesson/toy-judge repeats these few lines in the browser; a test
compares them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.base.measure_names import two_decimals

Picture = Sequence[float]  # four pixels
PIXEL_ORDER = ("top left", "top right", "bottom left", "bottom right")
GRADIENT = (0.5, -0.5, 0.5, -0.5)  # of the score; the same everywhere, since the score is linear
START = (0.2, 0.1, 0.2, 0.1)
WORKED_PICTURES = (
    START,
    (0.4, -0.1, 0.4, -0.1),
    (0.8, -0.6, 0.8, -0.6),
)  # the pictures of the worked example
PRIORS = ("none", "range", "natural")
HALF_DISTANCE = 0.15  # distance from the nearest natural picture at which toy realism is one half

# What this small world looks like: light from above or from the side, neighbours alike, nothing striped.
NATURAL_PICTURES = {
    "night": (0.15, 0.15, 0.1, 0.1),
    "moonrise": (0.3, 0.15, 0.2, 0.1),
    "first light": (0.4, 0.2, 0.3, 0.1),
    "low sun": (0.6, 0.3, 0.45, 0.15),
    "day": (0.9, 0.9, 0.4, 0.4),
    "evening": (0.55, 0.8, 0.3, 0.4),
    "dusk": (0.5, 0.5, 0.2, 0.2),
    "fog": (0.6, 0.6, 0.6, 0.6),
    "snow": (0.7, 0.7, 0.95, 0.95),
}


def score(picture: Picture) -> float:
    """Mean of the left column minus mean of the right column; unbounded, as the pixels are."""
    top_left, top_right, bottom_left, bottom_right = picture
    return (top_left + bottom_left) / 2 - (top_right + bottom_right) / 2


def distance(a: Picture, b: Picture) -> float:
    """Root mean square of the four differences."""
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / 4)


def nearest(picture: Picture) -> str:
    """Name of the natural picture nearest to this one; the first of several."""
    return min(NATURAL_PICTURES, key=lambda name: distance(picture, NATURAL_PICTURES[name]))


def realism(picture: Picture) -> float:
    """Toy realism, 0 … 1: 1 on a natural picture, .5 at HALF_DISTANCE; shaped as in the real runs."""
    return 1 / (1 + (distance(picture, NATURAL_PICTURES[nearest(picture)]) / HALF_DISTANCE) ** 4)


def step(picture: Picture, rate: float, prior: str = "none", strength: float = 1.0) -> tuple[float, ...]:
    """One step of ascent, then the prior.

    Args:
        rate: how far to follow the gradient; the score grows by just as much, since |gradient|² is 1.
        prior: one of PRIORS: nothing; "range": every pixel is put back into 0 … 1; "natural": the picture
            is moved towards the nearest natural one.
        strength: for "natural", the share of the way: 1 is a projection, 0 nothing.
    """
    moved = tuple(value + rate * slope for value, slope in zip(picture, GRADIENT, strict=True))
    if prior == "range":
        return tuple(min(1.0, max(0.0, value)) for value in moved)
    if prior == "natural":
        goal = NATURAL_PICTURES[nearest(moved)]
        return tuple(value + strength * (other - value) for value, other in zip(moved, goal, strict=True))
    return moved


def ascend(
    picture: Picture, rate: float, steps: int, prior: str = "none", strength: float = 1.0
) -> list[tuple[float, ...]]:
    """Pictures of an ascent, the start first: steps + 1 of them."""
    path = [tuple(picture)]
    for _ in range(steps):
        path.append(step(path[-1], rate, prior, strength))
    return path


def rate_between(a: Picture, b: Picture) -> tuple[float, bool]:
    """(rate whose gradient step from `a` comes nearest to `b`, whether it arrives there)."""
    rate = sum(
        slope * (y - x) for slope, x, y in zip(GRADIENT, a, b, strict=True)
    )  # least squares; |gradient|² is 1
    return rate, distance(step(a, rate), b) < 1e-9


def worked_example() -> list[dict]:
    """The worked example, a step at a time: dicts of pixels, score, realism and text."""
    texts = [
        "The start: the left column is a little lighter than the right one, so the score is "
        f"{_number(score(START))}."
    ]
    texts += [
        _step_text(before, now) for before, now in zip(WORKED_PICTURES, WORKED_PICTURES[1:], strict=False)
    ]
    return [
        {"pixels": list(picture), "score": score(picture), "realism": realism(picture), "text": text}
        for picture, text in zip(WORKED_PICTURES, texts, strict=True)
    ]


def _step_text(before: Picture, now: Picture) -> str:
    """How one picture of the worked example leads to the next, in words."""
    rate, exact = rate_between(before, now)
    risen = f"The score rises by {_number(score(now) - score(before))}"
    if exact:
        moved = f"moves every pixel by {_number(rate / 2)}"
        return f"{risen}: an exact gradient step with rate {_number(rate)}, which {moved}."
    left = _number(now[0] - before[0])
    right = _number(now[1] - before[1])
    arrived = ", ".join(map(_number, step(before, rate)))
    return (
        f"{risen}, but this is not an exact gradient step: the left pixels moved by {left}, the right ones "
        f"by {right}, and a gradient step moves them all by the same amount. With rate {_number(rate)} it "
        f"would arrive at [{arrived}], with the same score; the picture shown is that one, rounded to one "
        "decimal."
    )


def _number(value: float) -> str:
    """Two decimals at most, with a true minus sign."""
    return two_decimals(value).rstrip("0").rstrip(".")
