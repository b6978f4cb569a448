"""How to read the main page. Every figure on this page comes from the pack's manifest."""

import streamlit as st

from app import services, tour
from app.charts import SYMBOLS
from app.widgets import HUES, escape
from core.settings import LABELS

PAINTERS = {
    "pixels": ("the pixels themselves", "nothing: any change of any pixel is allowed"),
    "vqgan": ("the latents of a VQGAN, decoded through its codebook", "a picture made of plausible patches"),
    "diffusion": (
        "nothing; a trained denoiser samples, and the judge's gradient nudges its prediction of the finished picture",
        "a plausible picture at every level of noise",
    ),
}
MODELS = {
    "judge": "Judge: the score the painters climb",
    "heldout": "Held-out judge: no painter ever sees it",
    "vqgan": "VQGAN: the prior of VQGAN+CLIP",
    "denoiser": "Denoiser: the prior of guided diffusion",
    "autoencoder": "Autoencoder: turns the denoiser's latents into pictures",
    "preview": "Small decoder of the same latents: for guidance and every picture but the last",
    "text": "Text encoder: reads the prompt for the denoiser",
    "realism": "Realism reference: statistics of real pictures",
}
REFERENCE = {"score": "Judge", "heldout": "Held-out judge", "realism": "Realism"}

IDEA = """
Three painters climb **the same judge's score** from the same prompt. They differ only in the *prior*, in what stands
between the judge's gradient and the picture:
"""
JUDGE = """
**Judge.** A CLIP model: it turns the picture and the prompt into two vectors, and the score is the cosine of the angle
between them. Two of the painters are given the gradient of this score at every step, the third a nudge by it.

**Held-out judge.** A second CLIP model, of another architecture and trained on other pictures. It scores every frame,
but no painter ever gets its gradient. Where the first judge is delighted and this one is not, the picture has not
become more like the prompt: it has found a weakness of the first judge. The two cosines have different ranges, so compare
each with its grey band, not with the other.

**Shared scale and judge gap.** To compare the judges with each other, both are rescaled by real photographs: 0 is the mean
with another's caption, 1 the mean with the own one. *Judges: shared scale* beside the slider shows figures and curves
so; the verdict always does when it compares the two. The gap is the judge minus the held-out judge on that scale. A wavy line
under the held-out figure says that the gap is wider than in 99 of 100 real photographs with their own captions.

**Gaming lab.** A setting of pixel ascent and VQGAN+CLIP lets them climb the realism figure too: S, or S and K. Try it, and see
a measure turn into a target: realism says .9 of a picture that is still static. Only the gap between the judges objects then.
K uses the held-out judge's image features, so in that run even the held-out judge has been looked at.

**Realism.** A number from 0 to 1 that says how much a picture *resembles the reference photographs*. It is the smaller
of two parts: S compares 25 statistics of the pixels (spectrum, local contrast, edges, colour) with those of the reference;
K asks whether the picture lies near the reference as an encoder that no painter sees perceives it
(Kynkäänniemi et al. 2019). The reference includes mild blur, noise, scaling and JPEG, so that these do no harm.

**Grey bands and the grey box** mark where 90 % of real photographs lie (5th to 95th percentile), the dashed line their median.
A score *above* the band is no triumph: hardly any real photograph of the caption pleases the judge that much.
"""
LIMITS = """
- It never says that a picture *is* real, and no agreement with human opinion is claimed.
- Heavy blur scores as low as noise does.
- Shuffled patches of a real photograph pass S; noise on a real photograph passes K. The smaller of the two is shown.
- Pasted text, drawings and other styles are judged by their statistics only, often wrongly.
- A painter that optimises this number too wins it as well (the gaming lab); then only the gap between the judges objects.
- A painter that climbs S and K and *not* the judge goes unnoticed more often than not: there is no gap where nobody is pleased.
"""


def page():
    """Draw the page."""
    manifest = services.manifest()
    left, right = st.columns([3, 2], gap="large")
    with left:
        _reading()
    with right:
        _measured(manifest)


def _reading():
    st.markdown("### How to read this page")
    st.html(f'<a href="{tour.address()}" target="_self">Take the tour of the Compare page</a>')
    st.markdown(IDEA)
    lines = ["| painter | what is moved | prior |", "|---|---|---|"]
    for painter, (moved, prior) in PAINTERS.items():
        lines.append(f"| :{HUES[painter]}[{SYMBOLS[painter]}] **{LABELS[painter]}** | {moved} | {prior} |")
    st.markdown("\n".join(lines))
    st.markdown(JUDGE)
    st.markdown("#### What the realism figure cannot see")
    st.markdown(LIMITS)


def _measured(manifest):
    st.markdown(f"### This model pack: {escape(str(manifest.get('title', manifest['name'])))}")
    st.caption(f"Pictures of {manifest['size']}×{manifest['size']} pixels · licence: {escape(str(manifest.get('licence', 'not stated')))}")
    if manifest["reference"] is None:
        st.markdown("Nobody has measured real photographs with these judges, so there are no grey bands and no shared scale.")
    else:
        st.markdown("**Real photographs of the pack's world**")
        st.table(_reference_table(manifest["reference"]))
    for name, title in MODELS.items():
        entry = manifest["models"].get(name)
        if entry:
            with st.expander(title):
                st.table(model_facts(entry))
    if manifest["words"] is None:
        st.markdown("The judge's tokenizer spells any word; which of them it understands shows only in its scores.")
    else:
        st.markdown(f"**The {len(manifest['words'])} words the judge has seen**")
        st.caption(escape(", ".join(manifest["words"])))


def _reference_table(reference):
    columns = {"p5": "5 % lie below", "p50": "median", "p95": "5 % lie above", "mismatched": "with another's caption"}
    return {
        label: {REFERENCE[figure]: _number(values.get(key)) for figure, values in reference.items() if figure in REFERENCE}
        for key, label in columns.items()
    }


def model_facts(entry):
    """What a manifest says about one model, as fact → text; nested tables are flattened one level."""
    facts = {}
    if "architecture" in entry:
        facts["architecture"] = str(entry["architecture"])
    for key in ("parameters", "bytes"):
        if key in entry:
            facts[key] = f"{entry[key]:,}".replace(",", "\u202f")
    for group in ("preprocessing", "training", "figures"):
        for key, value in (entry.get(group) or {}).items():
            facts[f"{group}: {key.replace('_', ' ')}"] = _text(value)
    return facts


def _text(value):
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_text(inner) for inner in value)
    return _number(value)


def _number(value):
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–" if value is None else str(value)
    return f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else f"{value:.3g}"
