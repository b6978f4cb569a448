"""What a visitor asks to be painted: checked, counted against the quotas, queued. No streamlit."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app import resources
from core.base.environment import pack_name
from core.base.errors import UserError
from core.base.request import RunRequest, check_prompt
from core.base.sweep_plan import SweepPlan
from core.base.vocabulary import check_any_word_known
from core.packs.support import check_supported
from core.service.quotas import Quotas
from core.service.starts import StartResolver
from core.storage import sweep_store
from core.storage.records import REPEATABLE, Run

LOG = logging.getLogger("app")


def checked_prompt(text: str) -> str:
    """A prompt that the judge can read. Raises PromptError."""
    prompt = check_prompt(text)
    check_any_word_known(prompt, resources.known_words(), resources.examples())
    return prompt


def submit_run(
    prompt: str, seed: int, painters: Iterable[str], settings: Mapping[str, Mapping[str, Any]], owner: str
) -> Run:
    """Queue a run, or find the stored one.

    Args:
        painters: names of those switched on.
        settings: painter → setting → value; those of painters switched off are ignored.
        owner: the secret that may cancel it.

    Raises:
        UserError: the prompt or a setting is not accepted, or the store cannot be written.
    """
    request = _run_request(prompt, seed, painters, settings)
    checked_prompt(request.prompt)
    check_supported(request.settings, resources.manifest())
    quotas = Quotas.from_environment()
    quotas.check_steps(request)
    request = StartResolver.of_store(resources.store()).request(request)
    run = resources.store().submit(request, resources.app_pack_hash(), owner, admit=quotas.admission(owner))
    LOG.info("Asked for a run.", extra={"run": run.id, "status": run.status})
    return run


def find_run(
    prompt: str, seed: int, painters: Iterable[str], settings: Mapping[str, Mapping[str, Any]]
) -> Run | None:
    """The stored run of exactly these settings, or None; also if they are not accepted. Raises StoreError."""
    try:
        request = _run_request(prompt, seed, painters, settings)
    except UserError:
        return None
    return _find(request)


def start_sweep(plan: SweepPlan, owner: str) -> sweep_store.Sweep:
    """Queue those cells of a sweep that are not stored. Raises UserError."""
    checked_prompt(plan.prompt)
    plan = StartResolver.of_store(resources.store()).plan(plan)
    quotas = Quotas.from_environment()
    requests = [cell.request for cell in plan.cells()]
    for request in requests:
        check_supported(request.settings, resources.manifest())
        quotas.check_steps(request)
    new = sum(run is None or run.status in REPEATABLE for run in map(_find, not_yet_painted(requests)))
    admit = quotas.sweep_admission(owner, new) if new else None
    sweep = sweep_store.start_sweep(resources.store(), plan, resources.app_pack_hash(), owner, admit)
    LOG.info("Asked for a sweep.", extra={"sweep": sweep.id, "cells": len(requests), "new": new})
    return sweep


def not_yet_painted(requests: Sequence[RunRequest]) -> list[RunRequest]:
    """What is missing of those that are not stored as done, without painters that are there.

    Raises:
        StoreError.
    """
    found = zip(requests, map(_find, requests), strict=True)
    asked = [request for request, run in found if run is None or run.status != "done"]
    missing = [resources.store().missing(request, resources.app_pack_hash()) for request in asked]
    return [request for request in missing if request.painters]


def _find(request: RunRequest) -> Run | None:
    return resources.store().find(request, resources.app_pack_hash())


def _run_request(
    prompt: str, seed: int, painters: Iterable[str], settings: Mapping[str, Mapping[str, Any]]
) -> RunRequest:
    chosen = tuple(painters)
    return RunRequest.make(
        prompt, seed, pack_name(), chosen, **{name: settings.get(name, {}) for name in chosen}
    )
