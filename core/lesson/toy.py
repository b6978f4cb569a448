"""The toy judge: a picture of four pixels, a score that can be computed in the head, and two priors. No torch.

A picture is four floats in the order top left, top right, bottom left, bottom right; 0 is black, 1 white,
and beyond that no screen can go. app/static/toy.js repeats these few lines in the browser; a test compares them.
"""

import math

ORDER = ("top left", "top right", "bottom left", "bottom right")
GRADIENT = (0.5, -0.5, 0.5, -0.5)  # of the score; the same everywhere, since the score is linear
START = (0.2, 0.1, 0.2, 0.1)
WORKED = (START, (0.4, -0.1, 0.4, -0.1), (0.8, -0.6, 0.8, -0.6))  # the pictures of the worked example
PRIORS = ("none", "range", "natural")
HALF = 0.15  # distance from the nearest natural picture at which toy realism is one half

# What this small world looks like: light from above or from the side, neighbours much alike, nothing striped.
NATURAL = {
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


def score(picture):
    """Mean of the left column minus mean of the right column; without bound, as the pixels are."""
    top_left, top_right, bottom_left, bottom_right = picture
    return (top_left + bottom_left) / 2 - (top_right + bottom_right) / 2


def distance(a, b):
    """Root mean square of the four differences."""
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / 4)


def nearest(picture):
    """Name of the natural picture nearest to this one; the first of several."""
    return min(NATURAL, key=lambda name: distance(picture, NATURAL[name]))


def realism(picture):
    """Toy realism, 0 … 1: 1 on a natural picture, .5 at the distance HALF, falling like the proxy of the real runs."""
    return 1 / (1 + (distance(picture, NATURAL[nearest(picture)]) / HALF) ** 4)


def step(picture, rate, prior="none", strength=1.0):
    """One step of ascent, then the prior.

    Args:
        rate: how far to follow the gradient; the score grows by just as much, since |gradient|² is 1.
        prior: one of PRIORS: nothing; "range": every pixel is put back into 0 … 1; "natural": the picture
            is moved towards the nearest natural one.
        strength: for "natural", the share of the way: 1 is a projection, 0 nothing.

    Returns:
        The next picture, a tuple.
    """
    moved = tuple(value + rate * slope for value, slope in zip(picture, GRADIENT, strict=True))
    if prior == "range":
        return tuple(min(1.0, max(0.0, value)) for value in moved)
    if prior == "natural":
        goal = NATURAL[nearest(moved)]
        return tuple(value + strength * (other - value) for value, other in zip(moved, goal, strict=True))
    return moved


def ascend(picture, rate, steps, prior="none", strength=1.0):
    """Pictures of an ascent, the start first: list of steps + 1 tuples."""
    path = [tuple(picture)]
    for _ in range(steps):
        path.append(step(path[-1], rate, prior, strength))
    return path


def rate_between(a, b):
    """(rate, exact): the rate whose gradient step from `a` comes nearest to `b`, and whether it arrives there."""
    rate = sum(slope * (y - x) for slope, x, y in zip(GRADIENT, a, b, strict=True))  # least squares; |gradient|² is 1
    return rate, distance(step(a, rate), b) < 1e-9


def worked():
    """The worked example as the page steps through it: one dict (pixels, score, realism, text) per picture."""
    shown = [{"pixels": list(p), "score": score(p), "realism": realism(p)} for p in WORKED]
    shown[0]["text"] = f"The start: the left column is a little lighter than the right one, so the score is {_number(score(START))}."
    for before, now, entry in zip(WORKED, WORKED[1:], shown[1:], strict=False):
        entry["text"] = _way(before, now)
    return shown


def _way(before, now):
    """How one picture of the worked example leads to the next, in words."""
    rate, exact = rate_between(before, now)
    risen = f"The score rises by {_number(score(now) - score(before))}"
    if exact:
        return f"{risen}: a gradient step with rate {_number(rate)}, which moves every pixel by {_number(rate / 2)}, exactly."
    left, right = now[0] - before[0], now[1] - before[1]
    exactly = step(before, rate)
    return (
        f"{risen}, but this is no exact gradient step: the left pixels moved by {_number(left)}, the right ones by {_number(right)}, "
        f"and a gradient step moves all by the same amount. With rate {_number(rate)} it arrives at "
        f"[{', '.join(map(_number, exactly))}], with the same score; the picture shown is that one, rounded to one decimal."
    )


def _number(value):
    """Two decimals at most, with a true minus sign."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")
