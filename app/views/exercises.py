"""Exercises with a measured goal: start on Compare, come back with a run, see whether it is met."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import form, resources, session
from app.components.export_import import show_handout
from app.components.messages import escape_markdown
from app.keys import CompareKeys, OtherKeys
from app.views.links import open_compare
from app.web.addresses import base_path, thumbnail_address
from app.web.room import link_origin
from core.base import links
from core.base.environment import pack_name
from core.base.errors import StoreError
from core.base.measure_names import two_decimals
from core.lesson import exercises
from core.lesson.exercise_zip import exercise_zip
from core.lesson.exercises import Exercise
from core.lesson.run_curves import last_rows
from core.storage.records import Run, StepRow

INTRO = """
Each exercise has a goal that is measured on one of your runs. Open the starting settings, change what you
think needs changing, press Run, and come back: your newest run is checked, or any other you choose.
"""
BUNDLE_HELP = (
    "The task, the starting settings with their link, the goal, and what these settings and a reference "
    "solution reached: a ZIP with a page that opens without a server."
)
FALLBACK_PROMPT = "a red fox in snow"  # for a pack without examples
MAX_RUNS = 100  # runs that are looked through for finished ones
IS_MET_ICONS = {True: ":material/check_circle:", False: ":material/cancel:"}

Ranges = Mapping[str, Any]  # what core.lesson.exercises.read_ranges gives


def page() -> None:
    """Draw the page."""
    st.markdown("### Exercises")
    st.markdown(INTRO)
    ranges = exercises.read_ranges()
    command = exercises.COMMAND
    if ranges is None:
        st.info(
            f"The goals have not been measured yet. Run `{command}` in the project's folder, then reload "
            "the page."
        )
        return
    if ranges["pack_hash"] != resources.app_pack_hash():
        st.warning(
            f"These goals were measured with another version of the pack. Run `{command}` to measure them "
            "again."
        )
    runs = _finished_runs()
    columns = st.columns(2, gap="large")
    for number, exercise in enumerate(exercises.EXERCISES):
        with columns[number % 2], st.container(border=True):
            _show_exercise(number + 1, exercise, ranges, runs)
    prompts = ", ".join(f"“{escape_markdown(prompt)}”" for prompt in ranges["prompts"])
    seeds = ", ".join(map(str, ranges["seeds"]))
    st.caption(
        f"Goals measured by `{ranges['command']}` on {prompts}, seeds {seeds}; "
        "with another prompt, they may be easier or harder to reach."
    )


def _finished_runs() -> dict[str, Run]:
    """This visitor's finished runs by id, the newest first; the one last shown and the example at the end."""
    cards, _ = resources.gallery().page(session.owner_secret(), mine=True, limit=MAX_RUNS)
    runs = {card.run.id: card.run for card in cards if card.run.status == "done"}
    for run_id in (session.get(CompareKeys.SHOWN_RUN), resources.example_id()):
        run = resources.store().get(run_id) if run_id else None
        if run is not None and run.status == "done":
            runs.setdefault(run.id, run)
    return runs


def _show_exercise(number: int, exercise: Exercise, ranges: Ranges, runs: Mapping[str, Run]) -> None:
    st.markdown(f"#### {number}. {exercise.title}")
    st.markdown(exercise.task)
    st.markdown(f":material/flag: **Goal**, at the last step: {_goals_text(exercise, ranges)}")
    with st.expander("A hint"):
        st.markdown(exercise.look)
    _buttons(exercise, ranges)
    fitting = {run_id: run for run_id, run in runs.items() if exercise.painter in run.request.painters}
    if fitting:
        _check_run(exercise, ranges, fitting)
    else:
        st.caption("You have no finished run with this painter yet.")


def _why(goal: exercises.Goal) -> str:
    """Where the bound of a goal comes from."""
    if goal.bound == exercises.HALFWAY:
        return "halfway from what the starting settings reached to what a solution reached"
    percentile = int(goal.bound.removeprefix("p"))
    share = 100 - percentile if goal.sign > 0 else percentile
    return f"as {share} of 100 real pictures"


def _goals_text(exercise: Exercise, ranges: Ranges) -> str:
    reference = resources.required_reference_figures()
    parts = []
    for goal in exercise.goals:
        bound = two_decimals(exercises.goal_bound(exercise, goal, reference, ranges))
        parts.append(f"{exercises.GOAL_LABELS[goal.measure]} at {goal.side} **{bound}** ({_why(goal)})")
    return ", ".join(parts)


def _buttons(exercise: Exercise, ranges: Ranges) -> None:
    """Start the exercise, or take it away for a class."""
    prompt = resources.default_prompt() or FALLBACK_PROMPT
    reference = resources.required_reference_figures()
    bundle = exercises.exercise_bundle(exercise, reference, ranges, prompt, pack_name(), _app_address())
    with st.container(horizontal=True):
        if st.button(
            "Open the starting settings",
            key=f"start:{exercise.name}",
            icon=":material/play_arrow:",
            type="primary",
        ):
            _open_exercise(exercise, prompt)
        st.download_button(
            "Bundle for a class",
            exercise_zip(bundle, _example_picture(exercise)),
            f"exercise-{exercise.name}.zip",
            "application/zip",
            key=f"bundle:{exercise.name}",
            icon=":material/download:",
            on_click="ignore",
            help=BUNDLE_HELP,
        )


def _example_picture(exercise: Exercise) -> bytes | None:
    """PNG of the painter's last frame in the example run; None if there is none."""
    example_id = resources.example_id()
    row = last_rows(resources.store(), example_id).get(exercise.painter) if example_id else None
    path = resources.store().frame_path(example_id, row.painter, row.step) if example_id and row else None
    return path.read_bytes() if path else None


def _check_run(exercise: Exercise, ranges: Ranges, runs: Mapping[str, Run]) -> None:
    """The run that is checked, and what came of it."""
    labels = {run_id: _run_label(exercise, run) for run_id, run in runs.items()}
    key = f"{OtherKeys.EXERCISE_RUN}:{exercise.name}"
    run = runs[st.selectbox("Run to check", labels, format_func=labels.get, key=key)]
    reference = resources.reference_figures(run.request.pack, run.pack_hash)
    last = last_rows(resources.store(), run.id).get(exercise.painter)
    if reference is None or last is None:
        raise StoreError("The figures or the pack of this run are missing here. Choose another run.")
    checks = exercises.check_goals(exercise, run.request, last, reference, ranges)
    picture, results = st.columns([1, 3], vertical_alignment="center")
    if last.has_frame:
        picture.html(_picture_html(run, last))
    lines = [f"{IS_MET_ICONS[c.met]} {c.label}: **{c.measured}** (goal: {c.wanted})" for c in checks]
    results.markdown("  \n".join(lines))
    if all(check.met for check in checks):
        st.success("**Pass.** Every condition is met.", icon=":material/flag:")
    else:
        st.info("**Not yet.**", icon=":material/flag:")
    show_handout(run)


def _picture_html(run: Run, row: StepRow) -> str:
    source = thumbnail_address(run.id, row.painter, row.step)
    alt = "Last picture of the run being checked"
    return f'<img src="{source}" alt="{alt}" style="width: 100%; max-width: 120px; border-radius: 6px">'


def _run_label(exercise: Exercise, run: Run) -> str:
    """Whose it is, its prompt, and what differs from the painter's defaults."""
    prefix = f"{exercise.painter}."
    parameters = links.request_parameters(run.request)
    settings = {
        name.removeprefix(prefix): text for name, text in parameters.items() if name.startswith(prefix)
    }
    changed = ", ".join(f"{name.replace('_', ' ')} {text}" for name, text in settings.items()) or "defaults"
    return f"{resources.run_label(run)} ({changed})"


def _app_address() -> str:
    """Where others open this app's first page, for links in files; "" if the session does not know."""
    origin = link_origin(st.context.url or "")
    return f"{origin}{base_path()}" if origin else ""


def _open_exercise(exercise: Exercise, prompt: str) -> None:
    """Compare with the exercise's form; nothing is run by itself."""
    task = f"Exercise “{exercise.title}”: change the settings, press Run, then come back to Exercises."
    session.put(CompareKeys.MESSAGE, ("info", task))
    form.reset_settings()
    request = exercise.request("start", prompt, pack_name())
    open_compare(request, **links.request_parameters(request))
