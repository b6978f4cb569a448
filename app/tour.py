"""The tour of the Compare page: one line above the player on a first visit, all of it in the browser."""

from app import state
from app.board import Board
from app.player import base_path

AGAIN = "tour"  # parameter of the address that starts it, whatever the browser remembers

_board = Board("ctjp_tour", "tour.js")


def show():
    """Give the tour its place; it decides itself whether it has been seen."""
    _board.show(state.TOUR, {}, _nothing)


def address():
    """Where the tour starts anew."""
    return f"{base_path()}/?{AGAIN}=1"


def _nothing():
    """The component asks for nothing."""
