"""A second run says in what it differs from the first: settings, and what made it."""

from dataclasses import replace

from app.components.what_if import _difference_text, origin_differences
from core.base.request import RunRequest
from core.storage.records import Run

A = Run(
    "a", "done", "", RunRequest.make("a red fox"), "ab" * 32, 0, 0, 0, "11" * 8, measuring_revision="22" * 8
)


def test_code_pack_and_machine_are_named():
    b = replace(A, id="b", code_revision="33" * 8, folder="/somewhere", pack_hash="cd" * 32)
    assert origin_differences(A, b) == [
        "code 11111111 instead of 33333333",
        "pack abababab instead of cdcdcdcd",
        "machine this server instead of another machine (imported)",
    ]
    assert _difference_text(A, b).startswith(
        "A and B have the same settings, but not the same origin: code 1"
    )
    assert "/somewhere" not in str(b.origin)


def test_a_worker_is_named_and_what_nobody_noted_is_unknown():
    b = replace(A, worker="gpu-1", measuring_revision="")
    assert origin_differences(A, b) == [
        "measuring code 22222222 instead of unknown",
        "machine this server instead of worker gpu-1",
    ]


def test_nothing_is_said_of_what_is_the_same():
    assert _difference_text(A, replace(A, id="b")) == "A and B have the same settings."
    other = replace(A, request=RunRequest.make("a red fox", 4))
    assert _difference_text(A, other) == "A differs from B: seed 0 instead of 4."
