"""What the realism figure sees and what it does not: measured beforehand by a command, shown here."""

import functools
import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from PIL import Image

from app import resources
from app.components.glossary_terms import show_terms
from app.components.messages import escape_markdown
from app.components.people_and_measures import show_people_and_measures
from app.keys import OtherKeys
from core.base.environment import pack_name
from core.bench.page_data import PAGE_COMMAND, read_realism_page
from core.packs.realism_encoder import ENCODER_NAMES, realism_encoder
from core.packs.reference_contents import reference_contents

PART_TITLES = {
    "realism": ("Realism R", "the smaller of S and K"),
    "statistics": ("S: pixel statistics", "25 statistics in four groups"),
    "manifold": ("K: neighbourhood", "in the eyes of {encoder}"),
}
INTRO = """
R, from 0 to 1, says how much a picture **resembles the reference pictures** of this pack. It never says
that a picture *is* real, and no agreement with human opinion is claimed. This page shows how such a measure
behaves: on real pictures, on damaged ones, and where it is blind.
"""
STYLE = """<style>
.figures { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; text-align: center;
  font-size: 0.85rem; line-height: 1.35; }
.figures b { font-size: 1rem; font-variant-numeric: tabular-nums; }
.figures span { opacity: 0.75; }
[data-testid="stImage"] img { border: 1px solid rgba(128, 128, 128, 0.4); }
</style>"""
DAMAGE_CAPTIONS = {
    "noise": "Grain, as from a bad sensor, up to static.",
    "blur": "Softer and softer. This is not static, but R does not say in which way a picture is bad.",
    "JPEG": "The blocks of strong compression.",
    "patch shuffle": "The same pixels in the wrong places. Shown for information; no test depends on it.",
}
ACCEPTED = "Accepted, although a person sees at once that something is wrong"
REJECTED = "Rejected, although it is still a real picture"
AS_A_PERSON = "Rejected or accepted, as a person would"
EASY_FOR_K = " K's network learned to spot jumbled and turned pictures, so those rows are easy for it."
SPOTS_PER_ROW = 6
BELOW_BAND = (
    '<p>R <b class="outside">in this colour</b> lies below the grey band: 95 of 100 of the {count} real '
    "pictures measured here reach {least:.2f}.{others}</p>"
)
OTHER_SAMPLE = " The grey band on other pages comes from other pictures and begins at {least:.2f}."

Figures = Mapping[str, Any]  # parts of what core.bench.page_data reads


class BlindSpot(NamedTuple):
    """One change of real pictures: its name, its figures, a picture of it (uint8 H×W×3)."""

    name: str
    figures: Figures
    tile: np.ndarray

    @property
    def is_accepted(self) -> bool:
        """Whether R is .5 or more for at least half of the pictures."""
        return self.figures["accepted"] >= 0.5


def page() -> None:
    """Draw the page."""
    measured = read_realism_page(pack_name())
    st.markdown("### Realism: what it sees, and what it misses")
    show_terms(OtherKeys.REALISM_TERMS, "realism", "band", "score", "heldout", "guidance", "cutouts")
    if measured is None:
        st.info(
            f"Nothing has been measured for this pack yet. Run `{PAGE_COMMAND}` in the project's folder, "
            "then reload the page."
        )
        return
    figures, folder = measured
    st.html(STYLE)
    st.markdown(INTRO)
    if figures["pack_hash"] != resources.app_pack_hash():
        st.warning(
            f"These figures were measured with an earlier version of the pack. Run `{PAGE_COMMAND}` to "
            "measure them again."
        )
    _show_real_pictures(figures)
    _show_reference()
    _show_damages(figures, folder)
    _show_blind_spots(figures, folder)
    show_people_and_measures()
    st.markdown(
        f"Measured by `{figures['command']}` on freshly rendered pictures that no model was trained on and "
        "no calibration used."
    )


def _show_real_pictures(figures: Figures) -> None:
    from app.charts.realism_charts import distribution_chart  # brings Altair

    st.markdown("#### Real pictures")
    encoder = ENCODER_NAMES[realism_encoder(resources.manifest())]
    columns = st.columns(3, gap="large")
    for column, (part, (title, subtitle)) in zip(columns, PART_TITLES.items(), strict=True):
        values = figures["real"][part]
        with column:
            subtitle = subtitle.format(encoder=encoder)
            st.altair_chart(distribution_chart(values, title, subtitle), width="stretch")
            st.caption(
                f"{figures['pictures']['real']} real pictures: median {values['p50']:.2f}, 5 % below "
                f"{values['p5']:.2f}, {100 * values['half']:.0f} % at .5 or more."
            )


def _show_reference() -> None:
    """What a picture is compared with."""
    st.markdown("#### What the reference holds")
    contents = reference_contents(resources.manifest())
    st.markdown("\n".join(f"- {escape_markdown(line)}" for line in contents))


def _show_damages(figures: Figures, folder: Path) -> None:
    st.markdown("#### Growing damage")
    caption = escape_markdown(figures["example"]["caption"])
    st.caption(
        f"Curves: mean R of {figures['pictures']['damaged']} pictures, with the middle half of them in "
        "grey. Pictures: one of "
        f"them (“{caption}”, of median realism), each with its own R below, which may rise where "
        "the mean falls. Spearman −1 means that the mean of every level is lower than the one before."
    )
    band = figures["real"]["realism"]
    bands = resources.manifest()["reference"]
    others = OTHER_SAMPLE.format(least=bands["realism"]["p5"]) if bands else ""
    st.html(BELOW_BAND.format(count=figures["pictures"]["real"], least=band["p5"], others=others))
    for name, ladder in figures["ladders"].items():
        _show_damage(name, ladder, folder, band)


def _show_damage(name: str, ladder: Figures, folder: Path, band: Figures) -> None:
    from app.charts.realism_charts import damage_chart  # brings Altair

    left, right = st.columns([2, 5], gap="medium", vertical_alignment="center")
    with left:
        st.altair_chart(damage_chart(ladder, name[0].upper() + name[1:]), width="stretch")
    with right, st.container(gap="xsmall"):
        st.image(str(folder / f"{name.replace(' ', '-')}.webp"), width="stretch")
        labels = ["undamaged", *(f"{level:g}" for level in ladder["levels"])]
        pairs = zip(ladder["shown"], labels, strict=True)
        cells = "".join(
            f"<div>{_figure(value, band)}<br><span>{label}</span></div>" for value, label in pairs
        )
        st.html(f'<div class="figures">{cells}</div>')
        means = [row["mean"] for row in ladder["rows"]]
        st.caption(f"{DAMAGE_CAPTIONS.get(name, '')} Mean R goes from {means[0]:.2f} to {means[-1]:.2f}.")


def _show_blind_spots(figures: Figures, folder: Path) -> None:
    """Every change under the heading that its own figures put it under."""
    tiles = _tiles(str(folder / "blind.webp"), len(figures["blind"]), figures["pack_hash"])
    named = zip(figures["blind"].items(), tiles, strict=True)
    spots = [BlindSpot(name, values, tile) for (name, values), tile in named]
    groups: dict[str, list[BlindSpot]] = {ACCEPTED: [], REJECTED: [], AS_A_PERSON: []}
    for spot in spots:
        if spot.figures["wrong"] != spot.is_accepted:
            groups[AS_A_PERSON].append(spot)
        else:
            groups[ACCEPTED if spot.is_accepted else REJECTED].append(spot)
    st.markdown("#### What it cannot see")
    easy = EASY_FOR_K if realism_encoder(resources.manifest()) == "eyes" else ""
    st.caption(
        f"Each change was made to {figures['pictures']['damaged']} real pictures; figures are medians. "
        "“Accepted” means R of .5 or more for at least half of them. The figures say accepted or rejected; "
        f"what a person would say is our guess.{easy}"
    )
    for title, members in groups.items():
        if members:
            st.markdown(f"**{title}**")
        for start in range(0, len(members), SPOTS_PER_ROW):
            row = members[start : start + SPOTS_PER_ROW]
            for column, spot in zip(st.columns(SPOTS_PER_ROW), row, strict=False):
                with column, st.container(gap="xsmall"):
                    _show_blind_spot(spot, figures["real"]["realism"])


def _show_blind_spot(spot: BlindSpot, band: Figures) -> None:
    values = spot.figures
    st.image(spot.tile, width="stretch")
    accepted = f"{100 * values['accepted']:.0f} % accepted"
    shown = _figure(values["realism"], band, "R ")
    parts = f"S {values['statistics']:.2f} · K {values['manifold']:.2f} · {accepted}"
    st.html(
        f'<div class="figures"><div><b>{html.escape(spot.name)}:</b> {shown}<br>'
        f"<span>{html.escape(values['text'])}<br>{parts}</span></div></div>"
    )


def _figure(value: float, band: Figures, name: str = "") -> str:
    """R as HTML; in the colour that says so if it is lower than of 95 of 100 real pictures."""
    outside = ' class="outside"' if value < band["p5"] else ""
    return f"<b{outside}>{name}{value:.2f}</b>"


@functools.cache
def _tiles(path: str, count: int, _version: str) -> list[np.ndarray]:
    """The pictures of a strip, uint8 H×W×3 each."""
    with Image.open(path) as strip:
        return np.split(np.array(strip.convert("RGB")), count, axis=1)
