"""Where does the gap come from? Prior, cutouts and text apart, as `bench story` measured them."""

import html
from collections.abc import Iterable
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from app import resources
from app.components.messages import escape_markdown
from app.keys import OtherKeys
from app.web.addresses import base_path
from core.base.environment import pack_name
from core.base.links import request_parameters
from core.base.measure_names import MEASURES, SHARED_SCALE, two_decimals
from core.base.request import RunRequest
from core.base.settings import PAINTER_LABELS
from core.base.terms import JUDGE_ONLY
from core.lesson import story_words
from core.lesson.story_data import MEASURES as MEASURED
from core.lesson.story_data import Story, read_story, sheet_file, sheet_pictures
from core.lesson.story_figures import cell_estimates, medoid_prompt, medoid_run, outcomes
from core.lesson.story_setups import CELLS, PRIORS, REAL, SETUPS, Cell

NO_STORY = "Nothing has been measured for this model pack."
OTHER_PACK = (
    "These figures were measured with a different model pack from the one that paints here, so they say "
    "nothing about its pictures."
)
INTRO = """
The painters differ in their prior, but also in how many **cutouts** the judge sees at every step, and in
whether the denoiser **reads the prompt**. Here prior, cutouts and text are varied. The rest stays as in
*judge only*, except that every prior has its painter's own steps, and that with text the judge also nudges
less. Points are means, bars are 95 % bootstrap intervals over the prompts, and the dashed line is the mean of
real pictures of the same scenes.
"""
PAPER = (
    "Fort and Whitaker, *Direct ascent synthesis*, 2025, [arXiv 2502.07753](https://arxiv.org/abs/2502.07753)"
)
SAME_RULE = (
    "The prompt shown first is the medoid: of all prompts, the one whose figures in all cells are nearest to "
    "those of the others, in units of each figure's spread. Nobody chose it by looking at pictures."
)

WRITTEN_BEFORE = (
    "The claims were written down before these prompts were painted, and some have been worded more narrowly "
    "since; the settings had been chosen on other prompts before. *Not shown*: the interval includes the "
    "bound. *Refuted*: all of it lies on the wrong side."
)


def page() -> None:
    """Draw the page."""
    st.markdown("### Where does the gap come from?")
    story = read_story()
    if story is None or story.pack_hash != resources.app_pack_hash():
        st.info(NO_STORY if story is None else OTHER_PACK)
        return
    st.markdown(INTRO)
    _show_charts(story)
    _show_shares(story)
    _show_pictures(story)
    _show_claims(story)
    _show_medoid_run(story)
    st.caption(story_words.amount_sentence(story))


def _show_charts(story: Story) -> None:
    from app.charts.story_charts import (
        cells_chart,
    )  # brings Altair, which the server's start need not wait for

    figures = cell_estimates(story)
    order = ("heldout", "realism", "score")
    for column, measure in zip(st.columns(len(order), gap="medium"), order, strict=True):
        named = MEASURES[measure]
        subtitle = named.help if measure == "realism" else SHARED_SCALE
        column.altair_chart(cells_chart(figures, measure, named.label, subtitle), width="stretch")
    st.caption(story_words.settings_sentence())
    with st.expander("All figures"):
        st.markdown("\n".join(_table(story)))
        st.markdown("The three terms of a comparison, with all prompts:")
        st.markdown("\n".join(story_words.terms_table(story)))


def _table(story: Story) -> Iterable[str]:
    yield "| prior | cutouts or text | " + " | ".join(MEASURES[name].label for name in MEASURED) + " |"
    yield "|---|---|" + "---|" * len(MEASURED)
    figures = cell_estimates(story)
    for cell in CELLS:
        values = [story_words.with_interval(figures[cell.condition][name]) for name in MEASURED]
        yield f"| {cell.prior} | {cell.place} | {' | '.join(values)} |"
    values = [story_words.with_interval(figures[REAL][name]) for name in MEASURED]
    yield f"| real pictures | | {' | '.join(values)} |"


def _show_shares(story: Story) -> None:
    st.markdown("#### What each step adds, in two orders")
    for column, measure in zip(st.columns(2, gap="large"), ("heldout", "realism"), strict=True):
        with column:
            st.markdown(f"**{MEASURES[measure].label}.** {story_words.distance_sentence(story, measure)}")
            st.markdown("\n".join(f"- {line}" for line in story_words.share_sentences(story, measure)))
    st.markdown(f"{story_words.without_learned_prior(story)} (After {PAPER})")


def _show_pictures(story: Story) -> None:
    """The last frames of one prompt in every cell."""
    st.markdown("#### The pictures")
    first = medoid_prompt(story)
    numbers = [first, *(number for number in story.cell_prompts if number != first)]
    number = st.selectbox(
        "Prompt", numbers, key=OtherKeys.GAP_PROMPT, format_func=lambda chosen: story.prompts[chosen]
    )
    st.caption(SAME_RULE)
    places = list(dict.fromkeys(cell.place for cell in CELLS))
    for prior in PRIORS:
        cells = {cell.place: cell for cell in CELLS if cell.prior == prior}
        name, *columns = st.columns(1 + len(places), gap="small", vertical_alignment="center")
        name.markdown(f"**prior: {prior}**")
        for place, column in zip(places, columns, strict=True):
            if place in cells:
                with column, st.container(gap="xsmall"):
                    _show_cell(story, cells[place], number)


def _show_cell(story: Story, cell: Cell, number: int) -> None:
    place = story.cell_prompts.index(number)
    pictures = sheet_pictures(cell.condition)
    if pictures:
        st.image(_larger(pictures[place]), width="stretch")
    figures = {name: story.in_cells(cell.condition, name)[number] for name in MEASURED}
    values = " · ".join(f"{MEASURES[name].short} {two_decimals(value)}" for name, value in figures.items())
    what = f"{cell.place} cutout{'' if cell.cutouts == 1 else 's'}" if cell.cutouts else cell.label
    st.caption(f"**{what}**  \n{values}")
    label = f"Paint {cell.prior}, {what} again"
    st.html(_link(cell_request(story, cell, number), "Paint it again", label))


def cell_request(story: Story, cell: Cell, number: int) -> RunRequest:
    """The run that paints a cell's picture again."""
    setup, painter = cell.condition.split("/")
    own = {painter: SETUPS[setup].settings[painter]}
    return RunRequest.make(story.prompts[number], 0, pack_name(), (painter,), **own)


def compare_address(request: RunRequest) -> str:
    """Of Compare with this run in its form."""
    return f"{base_path()}/?{urlencode(request_parameters(request))}"


def _show_medoid_run(story: Story) -> None:
    """The run that stands for all of them, by a rule that looks at no picture."""
    number, seed = medoid_run(story)
    prompt = escape_markdown(story.prompts[number])
    runs = story.runs(f"{JUDGE_ONLY}/pixels")
    st.markdown(
        f"**Typical, not hand-picked.** Of {runs} runs with the judge only, the medoid is “{prompt}”, seed "
        f"{seed}: its figures are nearest to those of all others, in units of each figure's spread. "
        "On Compare, *Other runs* shows all of them behind the run on screen."
    )
    st.html(_link(RunRequest.make(story.prompts[number], seed, pack_name()), "Paint the medoid run", ""))
    named = {f"{JUDGE_ONLY}/{painter}": label for painter, label in PAINTER_LABELS.items()}
    for condition, label in {REAL: "Real pictures", **named}.items():
        st.image(str(sheet_file(condition)), caption=f"{label}: the first for each prompt", width="stretch")


def _link(request: RunRequest, text: str, label: str) -> str:
    """A link that looks like a button, to Compare with this run in its form; label: in place of the text."""
    named = f' aria-label="{html.escape(label)}"' if label else ""
    address = html.escape(compare_address(request))
    return f'<div class="ctjp-links"><a href="{address}" target="_self"{named}>{text}</a></div>'


def _larger(picture: np.ndarray) -> np.ndarray:
    """Twice the size with the same pixels, so that a browser does not blur them."""
    return picture.repeat(2, axis=0).repeat(2, axis=1)


def _show_claims(story: Story) -> None:
    st.markdown("#### What would have refuted it, and what came out")
    st.caption(WRITTEN_BEFORE)
    lines = ["| claim | refuted by | measured | outcome |", "|---|---|---|---|"]
    for found in outcomes(story):
        cells = (
            escape_markdown(found.claim.text),
            escape_markdown(found.claim.refuted_by),
            f"{MEASURES[found.claim.measure].short}: {story_words.measured_text(found)}",
            story_words.verdict_text(found),
        )
        lines.append(f"| {' | '.join(cells)} |")
    st.markdown("\n".join(lines))
