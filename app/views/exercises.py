"""Exercises with a measured goal: open Compare with the starting settings, come back with a run, see whether it is reached."""

import json
from urllib.parse import urlsplit

import streamlit as st

from app import services, state
from app.player import base_path
from app.views import compare
from app.widgets import escape
from core import links
from core.errors import StoreError
from core.lesson import exercises
from core.lesson.stored import ends
from core.packs import pack_hash
from core.places import pack_name

INTRO = """
Each exercise has a goal that is measured on a run of yours. Open the starting settings, change what you think has to change,
press Run, and come back: the newest run is checked, or any other that you choose.
"""
NEWEST = 100  # runs that are looked through for finished ones


def page():
    """Draw the page."""
    st.markdown("### Exercises")
    st.markdown(INTRO)
    ranges = exercises.read_ranges()
    if ranges is None:
        st.info(f"The goals have not been measured yet. Run `{exercises.COMMAND}` in the project's folder, then reload the page.")
        return
    if ranges["pack_hash"] != pack_hash(services.manifest()):
        st.warning(f"These goals were measured with another version of the pack. `{exercises.COMMAND}` measures them again.")
    runs = _finished()
    columns = st.columns(2, gap="large")
    for number, exercise in enumerate(exercises.EXERCISES):
        with columns[number % 2], st.container(border=True):
            _exercise(number + 1, exercise, ranges, runs)
    st.caption(
        f"Goals measured by `{ranges['command']}` on {', '.join(f'“{escape(p)}”' for p in ranges['prompts'])}, "
        f"seeds {', '.join(map(str, ranges['seeds']))}; with another prompt they may be easier or harder to reach."
    )


def _finished():
    """Finished runs of this visitor, the newest first, the one last shown and the example behind them."""
    cards, _ = services.library().page(state.owner(), mine=True, limit=NEWEST)
    found = {card.run.id: card.run for card in cards if card.run.status == "done"}
    for run_id in (state.get(state.RUN), services.example_id()):
        run = services.store().get(run_id) if run_id else None
        if run is not None and run.status == "done":
            found.setdefault(run.id, run)
    return found


def _exercise(number, exercise, ranges, runs):
    st.markdown(f"#### {number}. {exercise.title}")
    st.markdown(exercise.task)
    reference = services.photographs()
    goals = [
        f"{exercises.MEASURES[g.measure]} at {'least' if g.sign > 0 else 'most'} "
        f"**{exercises.figure(exercises.bound(exercise, g, reference, ranges))}**"
        for g in exercise.goals
    ]
    st.markdown(f":material/flag: **Goal**, at the last step: {', '.join(goals)}")
    with st.expander("A hint"):
        st.markdown(exercise.look)
    request = exercise.request("start", _prompt(), pack_name())
    with st.container(horizontal=True):
        if st.button("Open the starting settings", key=f"start:{exercise.name}", icon=":material/play_arrow:", type="primary"):
            _open(exercise, request)
        bundle = exercises.bundle(exercise, reference, ranges, _prompt(), pack_name(), _address())
        st.download_button(
            "Bundle for a class", json.dumps(bundle, indent=1, ensure_ascii=False), f"exercise-{exercise.name}.json", "application/json",
            key=f"bundle:{exercise.name}", icon=":material/download:", on_click="ignore",
            help="Task, starting settings with their link, goal, and what they and a reference solution were measured to reach, as JSON.",
        )  # fmt: skip
    fitting = {run_id: run for run_id, run in runs.items() if exercise.painter in run.request.painters}
    _attempt(exercise, ranges, fitting)


def _attempt(exercise, ranges, runs):
    """The run that is checked, and what came of it."""
    if not runs:
        st.caption("No finished run with this painter yet.")
        return
    names = {run_id: _name(exercise, run) for run_id, run in runs.items()}
    chosen = st.selectbox("Run to check", names, format_func=names.get, key=f"{state.EXERCISE_RUN}:{exercise.name}")
    run = runs[chosen]
    reference = services.reference(run.request.pack)
    last = ends(services.store(), run.id).get(exercise.painter)
    if reference is None or last is None:
        raise StoreError("The figures or the pack of this run are not here; choose another run.")
    checks = exercises.check(exercise, run.request, last, reference, ranges)
    met = all(check.met for check in checks)
    picture, told = st.columns([1, 3], vertical_alignment="center")
    if last.has_frame:
        source = f"{base_path()}/thumbnails/{run.id}/{exercise.painter}/{last.step}.webp"
        picture.html(f'<img src="{source}" alt="Last picture of the run to check" width="120" style="border-radius: 6px">')
    signs = {True: ":material/check_circle:", False: ":material/cancel:"}
    lines = [f"{signs[c.met]} {c.label}: **{c.measured}** (goal: {c.wanted})" for c in checks]
    told.markdown("  \n".join(lines))
    (st.success if met else st.info)("**Pass.** Every condition is met." if met else "**Not yet.**", icon=":material/flag:")


def _name(exercise, run):
    """Prompt, what differs from the painter's defaults, and whose it is."""
    settings = {name: value for name, value in links.of(run.request).items() if name.startswith(f"{exercise.painter}.")}
    changed = ", ".join(f"{name.partition('.')[2].replace('_', ' ')} {value}" for name, value in settings.items()) or "defaults"
    example = "Example: " if run.id == services.example_id() else ""
    return f"{example}{run.request.prompt}, seed {run.request.seed} ({changed})"


def _prompt():
    return next(iter(services.manifest().get("examples", ())), "a red fox in snow")


def _address():
    """Where this app's first page is, for links in files; "" if the session does not know."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}{base_path()}" if parts.netloc else ""


def _open(exercise, request):
    """Compare with the exercise's form; nothing is run by itself."""
    state.forget_settings()
    state.adopt(request)
    state.put(state.MESSAGE, ("info", f"Exercise “{exercise.title}”: change the settings, press Run, then go back to Exercises."))
    st.switch_page(st.Page(compare.page, title="Compare", url_path="compare", default=True), query_params=links.of(request))
