"""What Noise on purpose and The codebook share: a script asks for computations, the store does the rest."""

import json
from collections.abc import Callable
from typing import Any

from app import resources, session
from app.clicks import to_its_end
from app.components.messages import shows_errors
from app.components.script_component import parse_trigger
from app.public_text import public_text
from core.base.environment import pack_name
from core.base.errors import StoreError, UserError
from core.lesson import real_pictures

REMOVED = "This computation was removed before it began. Reload the page."
NOTHING_ASKED: dict[str, Any] = {"job": None, "asked": 0, "refused": ""}


def request_job(kind: str, request: dict[str, Any]) -> str:
    """Id of a computation of this pack, asked for now unless it is there.

    Raises:
        SettingError: a request that is not accepted. StoreError, PackError.
    """
    job = resources.lesson_jobs().ask(kind, request, pack_name())
    if job is None:
        raise StoreError(REMOVED)
    return job.id


def request_callback(kind: str, component_key: str, job_key: str) -> Callable[[], None]:
    """Callback of a component whose script sends the act "ask" with a request as JSON.

    Args:
        job_key: session key under which the answer is remembered for `current_job`.
    """

    @to_its_end
    @shows_errors
    def on_request() -> None:
        act, text = parse_trigger(session.get(component_key, {}).get("act"))
        if act != "ask":
            return
        state = session.get(job_key) or NOTHING_ASKED
        state = {**state, "asked": state["asked"] + 1, "refused": ""}
        try:
            state["job"] = request_job(kind, json.loads(text))
        except UserError as error:
            state["refused"] = public_text(error)
        except ValueError:
            return  # no JSON: nothing that our script sends
        session.put(job_key, state)

    return on_request


def current_job(job_key: str, first: str) -> dict[str, Any]:
    """What the script is to show: job (id; at first `first`), refused (sentence or ""), asked (number)."""
    state = session.get(job_key) or NOTHING_ASKED
    return {**state, "job": state["job"] or first}


def start_pictures() -> list[dict[str, str]]:
    """The real pictures that a page may start from, as its script wants them."""
    return [{"key": key, "prompt": prompt} for key, prompt in real_pictures.PROMPTS.items()]
