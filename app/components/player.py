"""The player: three canvases, one slider, the charts. It fetches the run's pictures and figures itself."""

from collections.abc import Callable
from typing import Any

from app.components.script_component import ScriptComponent, no_action
from core.storage.records import Run

_component = ScriptComponent(
    "ctjp_player", "player/player.js", trigger="ended", what="The player", height="70vh"
)


def show_player(
    run: Run | None,
    key: str,
    compare: str | None = None,
    deleted: Run | None = None,
    ballot: dict[str, Any] | None = None,
    on_told: Callable[[], None] = no_action,
) -> None:
    """Mount the player, or tell the one already there which run to show.

    Args:
        run: None for an empty stage.
        key: session key.
        compare: id of a second run, B, whose curves and pictures are laid over this one's; None for none.
        deleted: the run that would be shown if it had not been deleted.
        ballot: what `show_of_hands` says of a vote about the run.
        on_told: called when the player tells the page something.

    Its trigger reruns the page once when a run that was watched has ended, goes on, or was deleted.
    """
    data = {
        "run": run.id if run else None,
        "active": bool(run and run.active),
        "compare": compare,
        "deleted": deleted.request.prompt if deleted else None,
        "ballot": ballot,
    }
    _component.show(key, data, on_told)
