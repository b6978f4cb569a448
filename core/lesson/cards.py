"""Recall and interview cards: a question, its answer, the usual wrong one, and the run that shows it. No torch.

The answers are general; every figure stands in a card's evidence, which is worded from the rows of a stored run.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.gap import gap_limit, judge_gap, rescale
from core.lesson import toy
from core.lesson.exercises import figure
from core.lesson.predict import place
from core.settings import LABELS


@dataclass(frozen=True)
class Target:
    """Where a card leads: a lesson page, or the run at a place.

    Args:
        page: address of a lesson page, or "" for the run.
        step: per cent of the run. scale: "shared" or "". shown: (painter, per cent) of pictures beside the evidence.
    """

    page: str = ""
    step: float = 100
    scale: str = ""
    shown: tuple = ()
    label: str = "See it in the run"


@dataclass(frozen=True)
class Card:
    """One card.

    Args:
        evidence: (painter → Rows, the pack's real photographs) → sentence with figures; None if the run lacks a painter.
    """

    name: str
    question: str
    answer: str
    beware: str
    evidence: Callable
    target: Target


def end(series, painter):
    """Last row of a painter."""
    return series[painter][-1]


def at(series, painter, percent):
    """The painter's row nearest to a place of the run."""
    rows = series[painter]
    return min(rows, key=lambda row: abs(row.step / row.total - percent / 100))


def evidence(card, series, reference):
    """The card's sentence with figures, or None if the run has not what it needs."""
    try:
        return card.evidence(series, reference)
    except (KeyError, IndexError):
        return None


def _scorer(series, reference):
    row, band = end(series, "pixels"), reference["score"]
    return (
        f"Pixel ascent ends with a judge score of {figure(row.score)}, {place(row.score, band)} the band of real photographs "
        f"({figure(band['p5'])} to {figure(band['p95'])}). Its realism is {figure(row.realism)}; 95 in 100 real photographs reach "
        f"{figure(reference['realism']['p5'])}."
    )


def _toy(_series, _reference):
    scores, realism = ([figure(value(p)) for p in toy.WORKED] for value in (toy.score, toy.realism))
    return f"Worked example: the score goes {' → '.join(scores)} while toy realism goes {' → '.join(realism)}."


def _missing(series, _reference):
    told = [f"{LABELS[p]} {figure(end(series, p).score)} and {figure(end(series, p).realism)}" for p in ("pixels", "vqgan", "diffusion")]
    return f"One judge for all three. Final score and realism: {', '.join(told)}."


def _direction(series, _reference):
    first, then = series["pixels"][0], at(series, "pixels", 10)
    return (
        f"Pixel ascent after {then.step} of {then.total} steps along the gradient: judge score {figure(first.score)} → "
        f"{figure(then.score)}, realism {figure(first.realism)} → {figure(then.realism)}."
    )


def _ranking(series, reference):
    band, row = reference["score"], end(series, "pixels")
    return (
        f"This judge gives a real photograph {figure(band['matched'])} with its own caption and {figure(band['mismatched'])} with "
        f"another's, on average: it ranks well. It gives pixel ascent's last picture {figure(row.score)}."
    )


def _adversarial(series, reference):
    row = end(series, "pixels")
    gap = judge_gap(row.score, row.heldout, reference)
    judge, held = rescale(row.score, reference["score"]), rescale(row.heldout, reference["heldout"])
    return (
        f"On the shared scale the judge gives pixel ascent's last picture {figure(judge)}, the held-out judge {figure(held)}: "
        f"a gap of {figure(gap)}. For 99 in 100 real photographs it is at most {figure(gap_limit(reference))}."
    )


def _prior(series, reference):
    told = []
    for painter in ("pixels", "vqgan", "diffusion"):
        row = end(series, painter)
        told.append(f"{LABELS[painter]} {figure(rescale(row.heldout, reference['heldout']))}")
    return f"What the held-out judge makes of the three last pictures (0 is an unrelated photograph, 1 a matching one): {', '.join(told)}."


def _steps(series, _reference):
    rows = series["diffusion"]
    leap, last = rows[1], rows[-1]
    return (
        f"Guided diffusion's first guess, one leap from noise, has realism {figure(leap.realism)} and a held-out score of "
        f"{figure(leap.heldout)}; after {last.step} steps {figure(last.realism)} and {figure(last.heldout)}."
    )


RECALL = (
    Card(
        "scorer",
        "Why does a strong scorer fail as a generator?",
        "The judge was trained on photographs only. There its score means something; in the vast rest of pixel space it was never "
        "told anything, so it is high somewhere by accident. Ascent is a search for exactly those accidents, and there are far more "
        "of them than of photographs.",
        "“The judge is too weak; a better one would paint.” A better judge has other accidents. The picture changes, the failure stays.",
        _scorer,
        Target(shown=(("pixels", 100),)),
    ),
    Card(
        "toy",
        "Why did the toy's score rise while its realism fell?",
        "The score looks at one thing only, how much lighter the left column is. Its gradient is the same everywhere, so each step "
        "adds to the score by leaving the pictures of that world a little further behind. Nothing in the score ever says stop.",
        "“The rate was too large.” A small rate takes the same way in more steps.",
        _toy,
        Target(page="toy", label="Open the toy judge"),
    ),
    Card(
        "missing",
        "What is missing from score maximisation?",
        "The probability of the picture itself. Wanted is a picture that fits the prompt and is a picture: p(picture | prompt) "
        "is proportional to p(prompt | picture) · p(picture). The judge speaks of the first factor; maximising it alone drops the "
        "second, the prior.",
        "“A regulariser that keeps pixels small.” That bounds the score and says nothing of what pictures look like: see the toy's "
        "range prior.",
        _missing,
        Target(shown=(("pixels", 100), ("vqgan", 100), ("diffusion", 100))),
    ),
    Card(
        "direction",
        "Why is a direction not a prior?",
        "The judge's gradient says which way from here raises the score. It says nothing of where pictures are, so it leads off their "
        "manifold as readily as along it. A prior is about places, not about ways: it tells a likely picture from an unlikely one "
        "before anybody has asked for anything.",
        "“The gradient shows the judge drawing a fox.” Press L on Compare and look at it: it is texture, spread over the whole picture.",
        _direction,
        Target(step=10, shown=(("pixels", 0), ("pixels", 10))),
    ),
)
INTERVIEW = (
    Card(
        "ranking",
        "The same model ranks pictures well and paints badly. How can both be true?",
        "To rank, it compares a handful of given photographs, all of which lie where it was trained. To paint, it has to be right about "
        "every picture there is, since the search will find the one it is most wrong about. The first takes a good average, the second "
        "a good worst case.",
        "“Ranking is an easier task of the same kind.” It is another kind: ranking samples pictures, maximising selects errors.",
        _ranking,
        Target(page="rank", label="Rank pictures yourself"),
    ),
    Card(
        "adversarial",
        "Why do optimised scores look adversarial?",
        "Because they are: many tiny changes, each of them meaningless, are added up in just the direction to which this one network "
        "responds. Most of what was gained is a property of its weights and not of the picture, so a second judge with other weights "
        "does not see it.",
        "“Noise in the gradient.” Start elsewhere and the texture is another one, but it does not go away: it is the signal that was "
        "asked for.",
        _adversarial,
        Target(scale="shared", shown=(("pixels", 100),)),
    ),
    Card(
        "prior",
        "Why does a prior matter if the judge is the same?",
        "It decides which pictures can be reached at all. Pixels reach everything, so the worst accident wins. A codebook reaches only "
        "what is made of plausible patches, and a denoiser pulls every intermediate picture back to the plausible ones of its noise level. "
        "The fewer accidents within reach, the more of the score is about the prompt.",
        "“The prior lowers the score, so it works against the judge.” Not always; and where it does, what was given up had little to do "
        "with the prompt.",
        _prior,
        Target(scale="shared", shown=(("pixels", 100), ("vqgan", 100), ("diffusion", 100))),
    ),
    Card(
        "steps",
        "Why do many small denoising steps beat one leap?",
        "From pure noise nearly every picture of the prompt is still possible, and the best single guess is their average: soft and "
        "undecided. Each small step decides a little, and the next guess is an average over fewer pictures. A judge that nudges in between "
        "is corrected by the very next repair.",
        "“More steps are more optimisation.” Nothing is optimised here: the number of steps is how finely one sampling path is followed.",
        _steps,
        Target(step=2, shown=(("diffusion", 2), ("diffusion", 30), ("diffusion", 100)), label="See the first step in the run"),
    ),
)
