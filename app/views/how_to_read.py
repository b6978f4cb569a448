"""How to read the main page. Every figure on this page comes from the pack's manifest."""

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import resources
from app.components import tour
from app.components.form_fields import painter_title
from app.components.messages import escape_markdown
from app.web.addresses import base_path
from core.packs.realism_encoder import realism_encoder
from core.packs.reference_contents import reference_contents

PAINTER_DESCRIPTIONS = {
    "pixels": ("the pixels themselves", "nothing: any change of any pixel is allowed"),
    "vqgan": (
        "the latents of a VQGAN, decoded through its codebook",
        "a codebook: the decoder joins its codes into patches",
    ),
    "diffusion": (
        "a trained denoiser's prediction of the finished picture, nudged at every step",
        "a trained denoiser: it pulls noise towards pictures like those it learned",
    ),
}
MODEL_TITLES = {
    "judge": "Judge: the score the painters climb",
    "heldout": "Held-out judge: no painter follows it, unless told to",
    "robust": "Robust judge: the judge's image tower, trained further against attacks",
    "vqgan": "VQGAN: the prior of VQGAN+CLIP",
    "denoiser": "Denoiser: the prior of guided diffusion",
    "autoencoder": "Autoencoder: turns the denoiser's latents into pictures",
    "preview": "Small decoder for the same latents: for guidance and for every picture but the last",
    "text": "Text encoder: reads the prompt for the denoiser",
    "eyes": "Realism network: what K looks through",
    "realism": "Realism reference: statistics of real pictures",
}
REFERENCE_COLUMNS = {
    "p5": "5 % lie below",
    "p50": "median",
    "p95": "5 % lie above",
    "mismatched": "with another picture's caption",
}
NARROW_SPACE = "\u202f"
FIGURE_LABELS = {"score": "Judge", "heldout": "Held-out judge", "realism": "Realism"}

IDEA = """
Three painters follow **the same judge's score** from the same prompt. Each has a different *prior*: what
stands between the judge's gradient and the picture. They may also differ in how the prompt reaches them and
in how often the judge looks. The line below each picture says so; under *Equal terms* these are the same for
all, at the rates that the held-out judge liked best on other prompts:
"""
JUDGE = """
**Judge.** A CLIP model: it turns the picture and the prompt into two vectors, and the score is the cosine of
the angle between them. Two painters follow this score's gradient at every step; the third is only nudged by
it.

**Held-out judge.** A second CLIP model, of another architecture and trained on other pictures. It scores
every frame, but no painter follows it, unless its setting “Which judge” says so. Where the first judge is
delighted and this one is not, the picture has probably found a weakness of the first judge; but the held-out
judge errs, too. The two cosines have different ranges, so compare each with its grey band, not with the
other.

**Shared scale and judge gap.** To compare the judges with each other, both are rescaled with real pictures: 0
is the average score with another picture's caption, 1 with its own. Figures, curves, verdict and exports are
on this scale; where a page shows a cosine it says so, and *cosine* beside the slider shows the judges' own
numbers instead. The gap is the judge's score minus the held-out judge's on that scale. A wavy line under the
held-out figure means that the gap is wider than for 99 of 100 real pictures with their own captions, and the
held-out score lower than for 95.

**Optimise the measure too.** This setting lets pixel ascent and VQGAN+CLIP climb the realism figure as well:
S, or S and K. Try it and see what happens when a measure becomes a target: realism can come out high for a
picture that is still static. Only the gap between the judges gives it away. {climbed}

**Realism.** A number from 0 to 1 that says how much a picture *resembles the reference pictures*. It is the
smaller of two parts: S compares 25 statistics of the pixels (spectrum, local contrast, edges, colour) with
those of the reference pictures; K asks whether the picture lies close to them in the eyes of an encoder that
no painter sees (Kynkäänniemi et al. 2019). The reference forgives what it holds:

{contents}

**Grey bands and the grey box** mark where 90 % of real pictures lie (5th to 95th percentile); the dashed line
is their median. A score *above* the band is no success: hardly any real picture scores that high with its own
caption.
"""
CLIMBED = {
    "eyes": "K looks through a network of its own, so the held-out judge stays independent even in such a "
    "run.",
    "heldout": "K uses the held-out judge's image features, so in such a run even the held-out judge is no "
    "longer independent.",
}
LIMITS = """
- It never says that a picture *is* real, and no agreement with human opinion is claimed.
- Heavy blur scores as low as noise does.
- A real picture cut into 4 or 16 and shuffled passes S; a little noise passes K. The smaller of the two is
  shown.
- Pasted text passes; posters and other styles score low, whoever made them.
- A painter that optimises this number wins it too; then only the gap between the judges gives it away.
- A painter that climbs S and K but *not* the judge usually goes unnoticed: where both judges score low, there
  is no gap.
"""


def page() -> None:
    """Draw the page."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        _explanation(resources.manifest())
    with right:
        _pack_facts(resources.manifest())


def _explanation(manifest: Mapping[str, Any]) -> None:
    st.markdown("### How to read the Compare page")
    link = f'href="{html.escape(tour.restart_address())}" target="_self" style="color: inherit"'
    st.html(f"<a {link}>Take the tour of the Compare page</a>")
    st.markdown(IDEA)
    gap = f'href="{html.escape(base_path())}/gap" target="_self" style="color: inherit"'
    st.html(f"What each of these is worth, measured apart: <a {gap}>Where does the gap come from?</a>")
    lines = ["| painter | what the judge's gradient changes | prior |", "|---|---|---|"]
    for painter, (optimised, prior) in PAINTER_DESCRIPTIONS.items():
        symbol, _, label = painter_title(painter).partition(" ")
        lines.append(f"| {symbol}\u00a0**{label}** | {optimised} | {prior} |")
    st.markdown("\n".join(lines))
    contents = "\n".join(f"- {escape_markdown(line)}" for line in reference_contents(dict(manifest)))
    st.markdown(JUDGE.format(climbed=_climbed(manifest), contents=contents))
    st.markdown("#### What the realism figure cannot see")
    st.markdown(LIMITS)


def _climbed(manifest: Mapping[str, Any]) -> str:
    """What becomes of the held-out judge in a run whose painter climbs K."""
    measures_itself = "realism" in manifest["models"]
    return CLIMBED[realism_encoder(dict(manifest)) if measures_itself else "eyes"]


def _pack_facts(manifest: Mapping[str, Any]) -> None:
    size = manifest["size"]
    st.markdown(f"### This model pack: {escape_markdown(str(manifest.get('title', manifest['name'])))}")
    st.caption(
        f"Pictures of {size}×{size} pixels · licence: "
        f"{escape_markdown(str(manifest.get('licence', 'not stated')))}"
    )
    if manifest["reference"] is None:
        st.markdown(
            "No real pictures have been measured with these judges, so there are no grey bands and no "
            "shared scale."
        )
    else:
        st.markdown("**Real pictures of this pack's world**")
        st.table(_reference_table(manifest["reference"]))
    for name, title in MODEL_TITLES.items():
        entry = manifest["models"].get(name)
        if entry:
            with st.expander(title):
                st.table(model_facts(entry))
    _words(manifest["words"])


def _words(words: list[str] | None) -> None:
    if words is None:
        st.markdown(
            "The judge's tokenizer accepts any word; which words the judge understands shows only in its "
            "scores."
        )
        return
    st.markdown(f"**The {len(words)} words the judge has seen**")
    st.caption(escape_markdown(", ".join(words)))


def _reference_table(reference: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, str]]:
    """Column → figure → number as text."""
    figures = {label: reference[name] for name, label in FIGURE_LABELS.items() if name in reference}
    return {
        column: {label: _figure_text(values.get(key)) for label, values in figures.items()}
        for key, column in REFERENCE_COLUMNS.items()
    }


def _figure_text(value: float | None) -> str:
    """A measured figure as the other pages write it."""
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def model_facts(entry: Mapping[str, Any]) -> dict[str, str]:
    """What a manifest says about one model, as fact → text; nested tables are flattened one level."""
    facts = {key: _fact_text(entry[key]) for key in ("architecture", "parameters", "bytes") if key in entry}
    for group in ("preprocessing", "training", "figures"):
        for key, value in (entry.get(group) or {}).items():
            facts[f"{group}: {key.replace('_', ' ')}"] = _fact_text(value)
    return facts


def _fact_text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_fact_text(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_fact_text, value))
    return _number_text(value)


def _number_text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}".replace(",", NARROW_SPACE) if isinstance(value, int) else f"{value:.3g}"
