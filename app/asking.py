"""What the pages Noise on purpose and The codebook have in common: a script asks for computations, the store does the rest."""

import json

from app import services, state
from app.board import asked
from app.widgets import guarded
from core.errors import UserError
from core.lesson import pictures
from core.places import pack_name


def job_id(kind, request):
    """Id of a computation of this pack, asked for now unless it is there.

    Raises:
        SettingError: a request that is not accepted. StoreError, PackError.
    """
    return services.lessons().ask(kind, request, pack_name()).id


def on_ask(kind, board, key):
    """Callback of a board whose script sends the act "ask" with a request as JSON.

    Args:
        board: session key of the board. key: where the answer is remembered for `current`.
    """

    @guarded
    def answer():
        act, text = asked(state.get(board, {}).get("act"))
        if act != "ask":
            return
        told = state.get(key) or {"job": None, "asked": 0}
        told = {**told, "asked": told["asked"] + 1, "refused": ""}
        try:
            told["job"] = job_id(kind, json.loads(text))
        except UserError as error:
            told["refused"] = str(error)
        except ValueError:
            return  # no JSON: nothing that our script sends
        state.put(key, told)

    return answer


def current(key, first):
    """What the script is to show: job (id; `first` before anybody has asked), refused (sentence or ""), asked (how often)."""
    told = state.get(key) or {"job": None, "asked": 0, "refused": ""}
    return {**told, "job": told["job"] or first}


def scenes():
    """The real pictures that a page may start from, as its script wants them."""
    return [{"key": key, "prompt": prompt} for key, prompt in pictures.PROMPTS.items()]
