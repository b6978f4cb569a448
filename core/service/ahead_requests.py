"""What is likely to be asked for next: the example chips, and one-click questions about a run. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from core.base.errors import UserError
from core.base.request import RunRequest
from core.base.sweep_presets import SWEEP_PRESETS, SweepPreset
from core.packs.manifest import pack_folder, read_manifest
from core.packs.support import judge_choices
from core.service.starts import StartResolver, is_miniature_world
from core.storage.run_folder import read_run

if TYPE_CHECKING:
    from core.storage.records import Run
    from core.storage.run_store import RunStore

EXAMPLE_CHIPS = 4  # as many as leave the settings on the screen
EXAMPLE_FOLDER_NAME = "example"


def chip_requests(pack: str) -> list[RunRequest]:
    """What clicks on the example chips ask for while nobody has changed the form.

    The form is as the pack's example run fills it; without one, everything is at its default. What that run
    shows itself is there.

    Raises:
        PackError, StoreError, PromptError.
    """
    folder = pack_folder(pack) / EXAMPLE_FOLDER_NAME
    prompts = read_manifest(pack).get("examples", ())[:EXAMPLE_CHIPS]
    if not folder.is_dir():
        return [RunRequest.make(prompt, pack=pack) for prompt in prompts]
    example = read_run(folder)[0].request
    return [replace(example, prompt=prompt, pack=pack) for prompt in prompts if prompt != example.prompt]


def offered_presets(manifest: Mapping[str, Any]) -> list[SweepPreset]:
    """The one-click questions that a pack has the judges and the world for."""
    able, has_world = set(judge_choices(dict(manifest))), is_miniature_world(dict(manifest))
    return [
        preset
        for preset in SWEEP_PRESETS
        if able.issuperset(preset.judges) and (has_world or not preset.needs_world)
    ]


def preset_requests(run: Run, pack: str, store: RunStore) -> Iterator[RunRequest]:
    """Every run that the one-click questions about a run lead to, question by question.

    The pictures that some of them start from are kept in the store. Raises PackError, StoreError.
    """
    resolver = StartResolver.of_store(store)
    request = run.request
    settings = {painter: asdict(own) for painter, own in request.settings.items()}
    for preset in offered_presets(read_manifest(pack)):
        try:
            plan = resolver.plan(preset.plan(request.prompt, request.seed, pack, settings))
        except UserError:  # this question cannot be asked about this run
            continue
        yield from (cell.request for cell in plan.cells())
