"""What the verdict says of the judges: who pleases the one that steers, and whether the one held out agrees.

Pure functions on numbers; no torch, no tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.base.judges import is_usual
from core.base.measure_names import two_decimals
from core.base.settings import PAINTER_LABELS
from core.measures.judge_gap import Reference, gap_limit, gap_marked, judge_gap, to_shared_scale
from core.measures.picture_sentences import among_references
from core.measures.roles import JudgeWords, Row, judge_words
from core.measures.turning_point import TIE

SHARED_SCALE_TEXT = "on the shared scale (0 unrelated, 1 matching)"
NO_WITNESS = "No judge was held out in this run, so none can say whether those that steered were fooled."


@dataclass(frozen=True)
class LastRows:
    """The last row of every painter, by role; see `core.measures.roles`.

    Args:
        rows, references: painter → its row and its bands. settings: painter → its settings.
        cosine: say cosines, as the page does where somebody chose them, in place of the shared scale.
    """

    rows: Mapping[str, Row]
    references: Mapping[str, Reference | None]
    settings: Mapping[str, Any]
    cosine: bool = False

    @property
    def words(self) -> JudgeWords:
        """How to speak of these painters' judges."""
        return judge_words(self.settings, tuple(self.rows))

    @property
    def says_shared(self) -> bool:
        """Whether scores are said on the shared scale: always, where another judge than the usual steers."""
        return None not in self.references.values() and not (self.cosine and is_usual(self.settings))

    def said(self, painter: str, key: str) -> float:
        """A score on the scale that is said."""
        return self.shared(painter, key) if self.says_shared else self.rows[painter][key]

    def shared(self, painter: str, key: str) -> float:
        """A score on the shared scale, or as it is where nobody measured real pictures."""
        reference = self.references[painter]
        value = self.rows[painter][key]
        return to_shared_scale(value, reference[key]) if reference else value


def steering_sentence(last: LastRows) -> str:
    """Who pleases most the judge that steers, and how that compares with real pictures."""
    scores = {painter: row["score"] for painter, row in last.rows.items()}
    leaders = best(scores)
    reference = last.references[leaders[0]]
    running = any(row["step"] < row["total"] for row in last.rows.values())
    does = "has" if running else "ends with"
    if len(leaders) > 1:
        does = "share" if running else "end up sharing"
    words = last.words
    what = f"the highest {words.score}{words.role or ','}"
    if len(scores) == 1:
        what = f"a {words.score}{words.role} of"
    scale = SHARED_SCALE_TEXT if last.says_shared else "(cosine)"
    said = two_decimals(last.said(leaders[0], "score"))
    text = f"{'So far ' if running else ''}{named(leaders)} {does} {what} {said} {scale}"
    if reference:
        band = reference["score"]
        if last.says_shared:
            band = {one: to_shared_scale(band[one], band) for one in ("p5", "p50", "p95")}
        text += f": {among_references(last.said(leaders[0], 'score'), band)}"
    if deaf := [painter for painter in scores if _ignores_judge(painter, last.settings.get(painter))]:
        text += f"; {named(deaf) if len(scores) > 1 else 'it'} did not use the judge in this run"
    return text + "."


def _ignores_judge(painter: str, settings: Any) -> bool:
    """Whether a denoiser painted without the judge."""
    if painter != "diffusion" or settings is None:
        return False
    values = settings if isinstance(settings, Mapping) else vars(settings)
    return values.get("mode") == "text" or values.get("guidance_strength") == 0


def witness_sentences(last: LastRows, seen_by: Sequence[str]) -> str:
    """Whether the judge that was held out agrees, and how far that judge can be trusted.

    Args:
        seen_by: painters that optimised K, and so saw its features.
    """
    last = replace(last, rows={name: row for name, row in last.rows.items() if row["heldout"] is not None})
    if not last.rows:
        return NO_WITNESS
    judge, held = ({name: last.shared(name, key) for name in last.rows} for key in ("score", "heldout"))
    leaders, favourites = best(judge), best(held)
    agreed = [painter for painter in leaders if painter in favourites]
    said = {name: two_decimals(last.said(name, "heldout")) for name in last.rows}
    against = f" against {last.words.steering} {two_decimals(judge[leaders[0]])}" if last.says_shared else ""
    if len(held) == 1:
        opinion = f"{_opinion_of_one(judge[leaders[0]], held[leaders[0]], last)}{said[leaders[0]]}{against}"
    elif agreed:
        opinion = f"also puts {named(agreed)} first: {said[agreed[0]]}{against}"
    else:
        preferred = f"it prefers {named(favourites)}, {said[favourites[0]]}"
        opinion = f"disagrees: {preferred} against {said[leaders[0]]} for {named(leaders[:1])}"
    who = last.words.witness
    if seen_by:
        who = f"{who.partition(',')[0]}, whose image features {named(seen_by)} climbed"
    text = f"{who}, {opinion}"
    if None in last.references.values():
        return f"{text} (cosine)."
    marked = _marked_gaps(last)
    trust = _how_often_right(last) if marked or not agreed else ""
    scale = ", on the same scale" if last.says_shared else " (cosine)"
    return f"{text}{scale}.{marked}{trust}"


def _opinion_of_one(judge: float, held: float, last: LastRows) -> str:
    """What the held-out judge thinks of the only painter, before its score."""
    (painter,) = last.rows
    reference = last.references[painter]
    if reference is None:  # two judges' own scores have different ranges: no word on who is convinced
        return "gives "
    word = "is less convinced" if judge > held else "rates it higher"
    if abs(judge - held) <= gap_limit(reference):
        word = "agrees"
    return f"{word}: "


def _marked_gaps(last: LastRows) -> str:
    """For whom the judges disagree as they never do over real pictures, as a further sentence."""
    marked = []
    gap_scale = "" if last.says_shared else " on the shared scale"
    for painter, row in last.rows.items():
        reference = last.references[painter]
        if gap_marked(row["score"], row["heldout"], reference):
            gap = judge_gap(row["score"], row["heldout"], reference)
            marked.append(f"{PAINTER_LABELS[painter]} ({two_decimals(gap)}{gap_scale})")
    if not marked:
        return ""
    return (
        f" For {listed(marked)}, the gap between the judges is wider than for 99 of 100 reference pictures, "
        f"and {last.words.witness_own} score is lower than for 95 of 100."
    )


def _how_often_right(last: LastRows) -> str:
    """How often the judge that objects is right about real pictures, as a further sentence; "" if unknown."""
    bands = [(last.references[painter] or {}).get("heldout", {}) for painter in last.rows]
    shares = {band.get("right") for band in bands}
    share = shares.pop()
    if shares or share is None:
        return ""
    return f" It can be wrong too: it gets the subject right in {round(100 * share)} of 100 real pictures."


def best(values: Mapping[str, float], sign: int = 1) -> list[str]:
    """Painters that share the highest (sign=1) or lowest (sign=−1) value, in display order."""
    top = max(sign * value for value in values.values())
    return [painter for painter, value in values.items() if top - sign * value < TIE]


def named(painters: Sequence[str]) -> str:
    """The painters' names as a list in words."""
    return listed([PAINTER_LABELS[painter] for painter in painters])


def listed(words: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
