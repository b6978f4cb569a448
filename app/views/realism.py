"""What the realism figure sees and what it does not: measured beforehand by a command, shown here."""

import functools
import html

import numpy as np
import streamlit as st
from PIL import Image

from app import realism_charts, services
from app.widgets import escape
from core.bench.shown import COMMAND, read_shown
from core.packs import pack_hash
from core.places import pack_name

PARTS = {
    "realism": ("Realism R", "the smaller of S and K"),
    "statistics": ("S: pixel statistics", "25 statistics in four groups"),
    "manifold": ("K: neighbourhood", "as the held-out judge perceives it"),
}
INTRO = """
R, from 0 to 1, says how much a picture **resembles the reference pictures** of this pack. It never says that a picture
*is* real, and no agreement with human opinion is claimed. This page shows how an instrument of that kind behaves: on real
pictures, on damaged ones, and where it is blind.
"""
STYLE = """<style>
.figures { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; text-align: center; font-size: 0.85rem; line-height: 1.35; }
.figures b { font-size: 1rem; font-variant-numeric: tabular-nums; }
.figures span { opacity: 0.75; }
[data-testid="stImage"] img { border: 1px solid rgba(128, 128, 128, 0.4); }
</style>"""
LADDER_WORDS = {
    "noise": "Grain as of a bad sensor, up to static.",
    "blur": "Softer and softer. That is no static, but R has only one end to its scale.",
    "JPEG": "The blocks of strong compression.",
    "patch shuffle": "The same pixels in the wrong places. Reported; the check asks nothing of it.",
}


def page():
    """Draw the page."""
    shown = read_shown(pack_name())
    st.markdown("### Realism: what the figure sees, and what it does not")
    if shown is None:
        st.info(f"Nothing has been measured for this pack yet. Run `{COMMAND}` in the project's folder, then reload the page.")
        return
    figures, folder = shown
    st.html(STYLE)
    st.markdown(INTRO)
    if figures["pack_hash"] != pack_hash(services.manifest()):
        st.warning(f"These figures were measured with an earlier version of the pack. `{COMMAND}` measures them again.")
    _real(figures)
    st.markdown("#### Growing damage")
    example = figures["example"]
    st.caption(
        f"Curves: mean R of {figures['pictures']['damaged']} pictures, the middle half of them in grey. Pictures: one of them "
        f"(“{escape(example['caption'])}”, of median realism), its own R below. Spearman −1: every level scores lower than the one before."
    )
    for name, ladder in figures["ladders"].items():
        _ladder(name, ladder, folder)
    _blind(figures, folder)
    st.markdown(
        f"Measured by `{figures['command']}` on freshly rendered pictures that no model was trained on and no calibration has seen."
    )


def _real(figures):
    st.markdown("#### Real pictures")
    columns = st.columns(3, gap="large")
    for column, (part, (title, subtitle)) in zip(columns, PARTS.items(), strict=True):
        values = figures["real"][part]
        with column:
            st.altair_chart(realism_charts.distribution(values, title, subtitle), width="stretch")
            st.caption(
                f"{figures['pictures']['real']} real pictures: median {values['p50']:.2f}, 5 % below {values['p5']:.2f}, "
                f"{100 * values['half']:.0f} % at .5 or more."
            )


def _ladder(name, ladder, folder):
    left, right = st.columns([2, 5], gap="medium", vertical_alignment="center")
    with left:
        st.altair_chart(realism_charts.ladder(ladder, name[0].upper() + name[1:]), width="stretch")
    with right, st.container(gap="xsmall"):
        st.image(str(folder / f"{name.replace(' ', '-')}.webp"), width="stretch")
        labels = ["as it is", *(f"{level:g}" for level in ladder["levels"])]
        pairs = zip(ladder["shown"], labels, strict=True)
        cells = "".join(f"<div><b>{value:.2f}</b><br><span>{label}</span></div>" for value, label in pairs)
        st.html(f'<div class="figures">{cells}</div>')
        means = [row["mean"] for row in ladder["rows"]]
        st.caption(f"{LADDER_WORDS.get(name, '')} Mean R goes from {means[0]:.2f} to {means[-1]:.2f}.")


def _blind(figures, folder):
    """Every change under the heading that its own figures put it under."""
    tiles = _tiles(str(folder / "blind.webp"), len(figures["blind"]), figures["pack_hash"])
    spots = [(name, spot, tile) for (name, spot), tile in zip(figures["blind"].items(), tiles, strict=True)]
    accepted = lambda spot: spot["accepted"] >= 0.5  # noqa: E731
    groups = {
        "Accepted, although a person sees at once that something is wrong": [s for s in spots if s[1]["wrong"] and accepted(s[1])],
        "Rejected, although it is still a photograph": [s for s in spots if not s[1]["wrong"] and not accepted(s[1])],
        "Noticed or forgiven, as a person would": [s for s in spots if s[1]["wrong"] != accepted(s[1])],
    }
    st.markdown("#### What it cannot see")
    st.caption(
        f"Each change was made to {figures['pictures']['damaged']} real pictures; figures are medians. “Accepted” means R of .5 or more "
        "for at least half of them; these figures sort the pictures, not opinion."
    )
    for title, members in groups.items():
        if members:
            st.markdown(f"**{title}**")
        for row in range(0, len(members), 6):
            for column, member in zip(st.columns(6), members[row : row + 6], strict=False):
                with column, st.container(gap="xsmall"):
                    _spot(*member)


def _spot(name, spot, tile):
    st.image(tile, width="stretch")
    parts = f"S {spot['statistics']:.2f} · K {spot['manifold']:.2f} · {100 * spot['accepted']:.0f} % accepted"
    st.html(
        f'<div class="figures"><div><b>{html.escape(name)}: R {spot["realism"]:.2f}</b><br>'
        f"<span>{html.escape(spot['text'])}<br>{parts}</span></div></div>"
    )


@functools.cache
def _tiles(path, count, _version):
    """The pictures of a strip, uint8 arrays."""
    with Image.open(path) as strip:
        return np.split(np.array(strip.convert("RGB")), count, axis=1)
