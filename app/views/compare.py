"""The main page: a form at the side, and the player."""

from typing import Any

import streamlit as st

from app import address, form, resources, session, submission, waiting_times
from app.clicks import to_its_end
from app.components import (
    export_import,
    form_fields,
    judge_field,
    player,
    predict_first,
    show_of_hands,
    terms_field,
    tour,
    what_if,
)
from app.components.copy_link import show_copy_link
from app.components.messages import (
    rejected_link_values,
    reports_to,
    show_message,
    shows_errors,
)
from app.components.page_style import steady_place
from app.components.prompt_notes import show_prompt_notes
from app.keys import CompareKeys
from core.base import links
from core.base.environment import pack_name, paints_ahead
from core.base.errors import UserError
from core.base.request import RunRequest
from core.base.settings import PAINTERS
from core.service.estimates import Estimate
from core.storage.deleted_runs import deleted_run, may_restore
from core.storage.painted_ahead import note_on_screen
from core.storage.records import Run

SETTINGS_ONLY = "This run is not stored here. Its settings are in the form: press Run to paint it."
RUN_MISSING = (
    "The run in this link is not stored here, so you see the example instead. Check the link, or press Run."
)
RUN_DELETED = "This run was deleted."
NO_LONGER_RESTORED = "This run can no longer be brought back. Press Run to paint it again."
ALREADY_PAINTED = (
    "This exact run already exists, so here it is. Change the seed or a setting to paint a new one."
)
NOTHING_TO_CANCEL = (
    "There was nothing to cancel: the run had already ended, or it was started in another browser."
)


def page() -> None:
    """Draw the page."""
    if session.first_visit():
        _fill_from_address()
    elif address.is_overtaken():
        address.show_run(session.get(CompareKeys.SHOWN_RUN))
    else:
        _follow_history()
    address.follow_run_b()
    session.put(CompareKeys.IS_OPEN, True)
    run, trouble, deleted = _run_to_show()
    if address.remember_run_on_screen(run.id if run else None) and run and paints_ahead():
        note_on_screen(resources.store(), run.id)
    tour.show_tour()
    with st.sidebar:
        run_b, ballot = _form(run, trouble, deleted)
    predict_first.show_questions(run)
    player.show_player(
        run,
        CompareKeys.PLAYER,
        compare=run_b.id if run_b else None,
        deleted=deleted,
        ballot=ballot,
        on_told=_on_player,
    )
    session.pop(CompareKeys.TO_OPEN)


def _follow_history() -> None:
    """The browser's Back and Forward lead from run to run, and the form goes along."""
    target = address.run_gone_back_to()
    if target is None:
        return
    if not target:
        address.clear_shown_run()
    run = resources.store().get(target) if target else resources.example_run()
    if run is not None:
        form.fill_from_request(run.request)
    session.put(CompareKeys.MESSAGE, None)


def _fill_from_address() -> None:
    """A new session: the address fills the form and says which run to show; nothing is run by itself."""
    link = address.link_in_address()
    run_id, _ = address.requested_run()
    run = resources.store().get(run_id) if run_id else None
    if link.given:
        _fill_from_link(link, run)
        return
    run = run or resources.example_run()
    if run is not None:
        form.fill_from_request(run.request)


def _fill_from_link(link: links.LinkedSettings, run: Run | None) -> None:
    """Settings in the address win over those of the run that it names."""
    form.fill_from_link(link, run.request.prompt if run else resources.default_prompt())
    messages = [rejected_link_values(link.ignored)] if link.ignored else []
    if run is None:
        run = submission.find_run(*form.form_values())
        if run is not None:
            address.show_run(run.id)
        else:
            address.clear_shown_run()
            messages.append(SETTINGS_ONLY)
    if messages:
        session.put(CompareKeys.MESSAGE, ("warning" if link.ignored else "info", " ".join(messages)))


def _form(
    run: Run | None, trouble: str | None, deleted: Run | None
) -> tuple[Run | None, dict[str, Any] | None]:
    """The sidebar. Returns the run that is kept as B and the vote about the run, if any."""
    st.markdown("#### Can the judge paint?")
    form_fields.prompt_field(CompareKeys.PROMPT)
    queue = resources.store().queue
    may_cancel = bool(run and run.active and queue.may_cancel(run.id, session.owner_secret()))
    form_fields.run_buttons(_on_run, _on_cancel, may_cancel)
    with steady_place():
        _show_what_run_does(run, deleted)
    form_fields.show_estimate(_estimate())
    predict_first.show_switch()
    ballot = show_of_hands.show_section(run)
    message = session.get(CompareKeys.MESSAGE) or (("info", trouble) if trouble else None)
    with steady_place():
        show_message(message)
        show_prompt_notes(session.text(CompareKeys.PROMPT), message or ())
    form_fields.example_pills(CompareKeys.EXAMPLE, _on_example)
    form_fields.settings_heading()
    with steady_place():
        terms_field.show_terms()
    with steady_place():
        judge_field.show_judges()
    for painter in PAINTERS:
        form_fields.painter_switch(painter)
    form_fields.seed_field(CompareKeys.SEED)
    run_b = what_if.show_section(run)
    export_import.show_buttons(run)
    show_copy_link(address.settings_for_address(_untouched_form()))
    return run_b, ballot


def _show_what_run_does(run: Run | None, deleted: Run | None) -> None:
    """Form and picture may differ, and the run may be gone: what pressing Run or Undo does."""
    if deleted is not None:
        _offer_undo(deleted)
        return
    stored = submission.find_run(*form.form_values())
    differs = form_fields.show_what_run_does(run, _form_request(), stored)
    if differs and session.get(CompareKeys.MESSAGE) == ("info", ALREADY_PAINTED):
        session.put(CompareKeys.MESSAGE, None)  # it was about the form as it was


def _offer_undo(deleted: Run) -> None:
    """The run in the address was deleted, here or in another tab."""
    st.warning(RUN_DELETED)
    if may_restore(resources.store(), deleted.id, session.owner_secret()):
        st.button("Undo", icon=":material/undo:", key="undo", on_click=_on_undo, args=(deleted.id,))


def _form_request(prompt: str | None = None) -> RunRequest | None:
    """What the form asks for, or None if it cannot be run; prompt: in place of the form's own."""
    values = form.form_values()
    chosen = {painter: values.settings[painter] for painter in values.painters}
    prompt = values.prompt if prompt is None else prompt
    try:
        return RunRequest.make(prompt, values.seed, pack_name(), values.painters, **chosen)
    except UserError:
        return None


def _estimate() -> Estimate | None:
    """For what the form says, as far as it is not stored; None if it cannot be run."""
    prompt = session.text(CompareKeys.PROMPT)
    request = _form_request(prompt if prompt.strip() else "any")
    return waiting_times.estimate_time(submission.not_yet_painted([request])) if request else None


def _untouched_form() -> dict[str, str]:
    """Settings that the form has when nobody has asked for anything: the example's."""
    example = resources.example_run()
    if example:
        return links.request_parameters(example.request)
    return links.parameters(resources.default_prompt(), 0, tuple(PAINTERS), {})


def _run_to_show() -> tuple[Run | None, str | None, Run | None]:
    """(run, a sentence if the address names one that is not here, that run if it was deleted)."""
    run_id, malformed = address.requested_run()
    run = resources.store().get(run_id) if run_id else None
    if run is not None:
        address.show_run(run.id)
        return run, None, None
    deleted = deleted_run(resources.store(), run_id)
    if deleted is not None:
        return None, None, deleted
    return resources.example_run(), RUN_MISSING if run_id or malformed else None, None


@reports_to(CompareKeys.MESSAGE)
def _on_run() -> None:
    """Pressed Run: queue the run, or show the stored one and say so."""
    if _show_asked_run().status == "done":
        session.put(CompareKeys.MESSAGE, ("info", ALREADY_PAINTED))


def _show_example_if_asked() -> bool:
    """The run that came with the pack, if it is what the form asks for. Returns whether it is."""
    example = resources.example_run()
    if example is None or example.request != _form_request():
        return False
    address.show_run(example.id)
    return True


def _show_asked_run() -> Run:
    """Queue what the form asks for, or find it, and show it. Raises UserError."""
    run = submission.submit_run(*form.form_values(), session.owner_secret())
    predict_first.remember_predicted_run(run)
    address.show_run(run.id)
    return run


@to_its_end
@shows_errors
def _on_cancel() -> None:
    """Pressed Cancel: the painter process stops the run between two steps."""
    run_id, _ = address.requested_run()
    if not run_id or not resources.store().queue.request_cancel(run_id, session.owner_secret()):
        session.put(CompareKeys.MESSAGE, ("info", NOTHING_TO_CANCEL))


@to_its_end
@shows_errors
def _on_player() -> None:
    """The player told something: a run has ended, or a button of a vote was pressed."""
    show_of_hands.act((session.get(CompareKeys.PLAYER) or {}).get("ended"))


@to_its_end
@shows_errors
def _on_undo(run_id: str) -> None:
    """Pressed Undo: the deleted run is back, unless too much time has passed."""
    if not resources.gallery().restore(run_id, session.owner_secret()):
        session.put(CompareKeys.MESSAGE, ("info", NO_LONGER_RESTORED))


@reports_to(CompareKeys.MESSAGE)
def _on_example() -> None:
    """Clicked an example: it becomes the prompt, and its run is shown; whoever predicts first presses Run."""
    if form_fields.take_example(CompareKeys.EXAMPLE, CompareKeys.PROMPT):
        session.put(CompareKeys.MESSAGE, None)
        if not session.get(CompareKeys.PREDICT_SWITCH) and not _show_example_if_asked():
            _show_asked_run()
