"""Recall and interview: questions with hidden answers, each with the run that shows the answer."""

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from app import resources
from app.components.messages import escape_markdown
from app.keys import Parameters
from app.views import ranking, toy_judge
from app.views.links import open_compare, open_page
from app.web.addresses import frame_address
from core.base.settings import PAINTER_LABELS
from core.lesson import recall_cards, recall_evidence
from core.lesson.run_curves import rows_by_painter
from core.storage.records import Run, StepRow

INTRO = """
Answer aloud before you open a card: recalling an answer teaches more than rereading it. Each card ends
with the most common wrong answer, and with the run that shows the right one.
"""
STYLE = """<style>
[data-testid="stExpander"] summary p { font-size: 1.15rem; font-weight: 600; }
.seen { display: flex; gap: 14px; }
.seen figure { margin: 0; }
.seen img { display: block; width: 128px; height: 128px; border-radius: 6px; }
.seen figcaption { font-size: 0.9rem; margin-top: 3px; }
</style>"""
DECKS = (
    ("Questions to recall", recall_cards.RECALL_CARDS),
    ("Interview questions", recall_cards.INTERVIEW_CARDS),
)
LESSON_PAGES = {"toy": (toy_judge.page, "Toy judge"), "rank": (ranking.page, "Judging is not painting")}

Rows = Mapping[str, Sequence[StepRow]]


def page() -> None:
    """Draw the page."""
    st.html(STYLE)
    st.markdown("### Recall")
    st.markdown(INTRO)
    run = resources.example_run()
    rows = rows_by_painter(resources.store(), run.id) if run else {}
    for column, (title, deck) in zip(st.columns(2, gap="large"), DECKS, strict=True):
        with column:
            st.markdown(f"#### {title}")
            for number, card in enumerate(deck, start=1):
                with st.expander(f"{number}. {card.question}"):
                    _show_card(card, run, rows)


def _show_card(card: recall_cards.RecallCard, run: Run | None, rows: Rows) -> None:
    st.markdown(card.answer)
    manifest = resources.manifest()
    figures = {recall_evidence.JUDGE_FIGURES: manifest["models"]["judge"].get("figures")}
    reference = {**(manifest["reference"] or {}), **figures}
    evidence = recall_cards.evidence(card, rows, reference)
    if evidence:
        if run:
            st.html(_pictures_html(card, run, rows))
        st.markdown(f"**Measured.** {escape_markdown(evidence)}")
    st.markdown(f":material/warning: **Common mistake:** {card.beware}")
    if card.measured and (told := card.measured(resources.app_pack_hash(), reference)):
        st.markdown(f"**Measured.** {escape_markdown(told)}")
    has_target = bool(card.target.page or run)
    if has_target and st.button(card.target.label, key=f"card:{card.name}", icon=":material/arrow_forward:"):
        _open_target(card.target, run)


def _pictures_html(card: recall_cards.RecallCard, run: Run, rows: Rows) -> str:
    figures = []
    for painter, percent in card.target.shown:
        kept = [row for row in rows.get(painter, ()) if row.has_frame]
        if kept:
            row = recall_evidence.row_at({painter: kept}, painter, percent)
            caption = html.escape(f"{PAINTER_LABELS[painter]}, step {row.step} of {row.total}")
            source = frame_address(run.id, painter, row.step)
            figures.append(
                f'<figure><img src="{source}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
            )
    return f'<div class="seen">{"".join(figures)}</div>'


def _open_target(target: recall_cards.CardLink, run: Run | None) -> None:
    """Open the lesson page, or Compare with the run at the card's step."""
    if target.page:
        function, title = LESSON_PAGES[target.page]
        open_page(function, title, target.page)
    elif run is not None:
        place = {Parameters.RUN: run.id, "step": f"{target.step:g}", "scale": target.scale}
        open_compare(run.request, **{name: text for name, text in place.items() if text})
