"""Recall and interview: questions whose answers stay hidden until they are asked for, each with the run that shows it."""

import streamlit as st

from app import services, state
from app.player import base_path
from app.views import compare, rank, toy
from app.widgets import escape
from core.lesson import cards
from core.lesson.stored import series

INTRO = """
Answer aloud before you open a card: to look for an answer in your memory teaches more than to read it twice. Each card ends
with the wrong answer that is given most, and with the run that shows what is right.
"""
STYLE = """<style>
[data-testid="stExpander"] summary p { font-size: 1.15rem; font-weight: 600; }
.seen { display: flex; gap: 14px; }
.seen figure { margin: 0; }
.seen img { display: block; width: 128px; height: 128px; border-radius: 6px; }
.seen figcaption { font-size: 0.9rem; margin-top: 3px; }
</style>"""


def page():
    """Draw the page."""
    st.html(STYLE)
    st.markdown("### Recall")
    st.markdown(INTRO)
    run = services.store().get(services.example_id()) if services.example_id() else None
    rows = series(services.store(), run.id) if run else {}
    left, right = st.columns(2, gap="large")
    for column, title, deck in ((left, "To recall", cards.RECALL), (right, "As in an interview", cards.INTERVIEW)):
        with column:
            st.markdown(f"#### {title}")
            for number, card in enumerate(deck, start=1):
                with st.expander(f"{number}. {card.question}"):
                    _card(card, run, rows)


def _card(card, run, rows):
    st.markdown(card.answer)
    told = cards.evidence(card, rows, services.manifest()["reference"] or {})
    if told:
        st.html(_pictures(card, run, rows))
        st.markdown(f"**Measured.** {escape(told)}")
    st.markdown(f":material/warning: **Beware of:** {card.beware}")
    if (card.target.page or run) and st.button(card.target.label, key=f"card:{card.name}", icon=":material/arrow_forward:"):
        _go(card.target, run)


def _pictures(card, run, rows):
    shown = []
    for painter, percent in card.target.shown if run else ():
        kept = [row for row in rows.get(painter, ()) if row.has_frame]
        if kept:
            row = cards.at({painter: kept}, painter, percent)
            told = f"{cards.LABELS[painter]}, step {row.step} of {row.total}"
            source = f"{base_path()}/frames/{run.id}/{painter}/{row.step}.png"
            shown.append(f'<figure><img src="{source}" alt="{told}"><figcaption>{told}</figcaption></figure>')
    return f'<div class="seen">{"".join(shown)}</div>'


def _go(target, run):
    """Open the lesson page, or Compare with the run at the card's place."""
    if target.page:
        pages = {"toy": (toy.page, "Toy judge"), "rank": (rank.page, "Judging is not painting")}
        function, title = pages[target.page]
        st.switch_page(st.Page(function, title=title, url_path=target.page))
    state.adopt(run.request)
    names = {state.RUN_PARAMETER: run.id, "step": f"{target.step:g}", "scale": target.scale}
    st.switch_page(
        st.Page(compare.page, title="Compare", url_path="compare", default=True), query_params={k: v for k, v in names.items() if v}
    )
