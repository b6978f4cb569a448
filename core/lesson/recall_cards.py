"""Recall and interview cards: a question, its answer, the usual wrong one, and the run that shows it. No
torch.

The answers are general; every number stands in a card's evidence (core.lesson.recall_evidence), which is
worded from the rows of a stored run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.lesson import recall_evidence
from core.lesson.judges_compared import ascent_under_judges
from core.lesson.recall_evidence import Series

EVERY_LAST = (("pixels", 100), ("vqgan", 100), ("diffusion", 100))


@dataclass(frozen=True)
class CardLink:
    """Where a card leads: a lesson page, or the run at a place.

    Args:
        page: address of a lesson page, or "" for the run.
        step: per cent of the run.
        scale: "shared" or "".
        shown: (painter, per cent) of pictures beside the evidence.
        label: of the link.
    """

    page: str = ""
    step: float = 100
    scale: str = ""
    shown: tuple[tuple[str, int], ...] = ()
    label: str = "See it in the run"


@dataclass(frozen=True)
class RecallCard:
    """One card.

    Args:
        beware: the usual wrong answer, and what is wrong with it.
        evidence: (painter → rows, percentiles of the pack's real pictures) → sentence with numbers.
        target: where it can be seen.
        measured: (hash of the pack, the same percentiles) → sentences on the wrong answer with numbers that
            were measured beforehand, or ""; None where the card has none.
    """

    name: str
    question: str
    answer: str
    beware: str
    evidence: Callable[[Series, Mapping], str]
    target: CardLink
    measured: Callable[[str, Mapping], str] | None = None


def evidence(card: RecallCard, series: Series, reference: Mapping) -> str | None:
    """The card's sentence with numbers, or None if the run lacks what it needs."""
    try:
        return card.evidence(series, reference)
    except (KeyError, IndexError):
        return None


RECALL_CARDS = (
    RecallCard(
        "scorer",
        "Why does a strong scorer fail as a generator?",
        "The judge was trained on real pictures only. For them its score means something. About the vast "
        "rest of pixel space it was never told anything, so in some places its score is high by accident. "
        "Ascent searches for exactly those accidents.",
        "“The judge is too weak; a better one would paint.” Swap the two judges, and it is the other one "
        "that is fooled. The robust judge was trained on pictures made to fool it, and has accidents of its "
        "own: what ascent makes for it pleases the other two a little more, but far less than a matching "
        "picture would, and looks no more real. Try “A robust judge” among the one-click questions.",
        recall_evidence.scorer,
        CardLink(shown=(("pixels", 100),)),
        ascent_under_judges,
    ),
    RecallCard(
        "toy",
        "Why did the toy's score rise while its realism fell?",
        "The score looks at one thing only: how much lighter the left column is. Its gradient is the same "
        "everywhere, so each step raises the score by moving away from the pictures of that world. Nothing "
        "in the score ever says stop.",
        "“The rate was too large.” A smaller rate follows the same path in more steps.",
        recall_evidence.toy,
        CardLink(page="toy", label="Open the toy judge"),
    ),
    RecallCard(
        "missing",
        "What is missing from score maximisation?",
        "The probability of the picture itself. We want a picture that fits the prompt and is a picture: "
        "p(picture | prompt) is proportional to p(prompt | picture) · p(picture). The judge speaks about "
        "the first factor; maximising it alone drops the second, the prior.",
        "“A regulariser that keeps pixels small.” That bounds the score, but says nothing about what "
        "pictures look like: see the toy's range prior.",
        recall_evidence.missing,
        CardLink(shown=EVERY_LAST),
    ),
    RecallCard(
        "direction",
        "Why is a direction not a prior?",
        "The judge's gradient says which way the score rises from here. It does not say where pictures are, "
        "so it leads away from them as readily as along them. A prior says where pictures are, not which "
        "way to go: it knows likely pictures, whatever the prompt.",
        "“The gradient shows the judge drawing a fox.” Press L on Compare and look: it is texture, spread "
        "over the whole picture.",
        recall_evidence.direction,
        CardLink(step=10, shown=(("pixels", 0), ("pixels", 10))),
    ),
)
INTERVIEW_CARDS = (
    RecallCard(
        "ranking",
        "The same model ranks pictures well and paints badly. How can both be true?",
        "To rank, it compares a handful of given pictures, all of the kind it was trained on. To paint, it "
        "has to be right about every picture there is, because the search will find the one it is most "
        "wrong about. Ranking forgives rare mistakes; painting finds them.",
        "“Ranking is an easier task of the same kind.” It is a different kind: ascent hunts for the judge's "
        "mistakes.",
        recall_evidence.ranking,
        CardLink(page="rank", label="Rank pictures yourself"),
    ),
    RecallCard(
        "adversarial",
        "Why do optimised scores look adversarial?",
        "Because they are. Many tiny changes, each of them meaningless, add up in exactly the direction "
        "that this one network responds to. Most of what is gained belongs to its weights and not to the "
        "picture, so a second judge with other weights does not see it.",
        "“Noise in the gradient.” Start elsewhere and the texture is a different one, but it does not go "
        "away: it is the signal that was asked for.",
        recall_evidence.adversarial,
        CardLink(scale="shared", shown=(("pixels", 100),)),
    ),
    RecallCard(
        "prior",
        "Why does a prior matter if the judge is the same?",
        "It decides which pictures are easy to reach. For pixels, every picture is as easy. A codebook only "
        "reaches what its decoder makes of its codes, and a denoiser pulls noise towards pictures like those "
        "it learned.",
        "“The prior lowers the score, so it works against the judge.” Not always; and where it does, what "
        "was given up had little to do with the prompt.",
        recall_evidence.prior,
        CardLink(scale="shared", shown=EVERY_LAST),
    ),
    RecallCard(
        "steps",
        "Why do many small denoising steps beat one leap?",
        "From pure noise, nearly every picture of the prompt is still possible, and the best single guess "
        "is their average: soft and undecided. Each small step decides a little, and the next guess "
        "averages over fewer pictures. If a judge nudges in between, the next repair can correct part of "
        "it.",
        "“More steps are only more optimisation.” Without a judge nothing is optimised: steps say how finely "
        "one path is followed.",
        recall_evidence.steps,
        CardLink(
            step=5,
            shown=(("diffusion", 5), ("diffusion", 30), ("diffusion", 100)),
            label="See the first step in the run",
        ),
    ),
)
