"""The table behind the default guidance: prompts kept for choosing, every candidate an accepted setting."""

import numpy as np
import pytest

from core.base.settings import painter_settings
from core.bench import guidance
from core.bench.equal_terms import MOST_PROMPTS
from core.cli.bench import guidance as command


@pytest.mark.parametrize("row", guidance.CANDIDATES)
def test_every_candidate_is_accepted(row):
    painter, changed = guidance.CANDIDATES[row]
    painter_settings(painter, changed)


def test_prompts_are_those_of_the_seeds_kept_for_choosing():
    scenes = guidance.choosing_scenes(5)
    assert scenes == guidance.choosing_scenes(3) + scenes[3:] and len(set(scenes)) == 5
    assert guidance.CHOOSING_SEEDS == MOST_PROMPTS


def test_table_and_sheet_hold_a_row_for_each_candidate():
    row = {name: [0.25, 0.5, 0.75] for name in guidance.MEASURED}
    pictures = np.zeros((3, 4, 4, 3), np.uint8)
    result = {
        "prompts": ["a", "b", "c"],
        "rows": {"real": row, "other": row},
        "pictures": {"real": pictures, "other": pictures + 9},
    }
    lines = guidance.guidance_text(result).splitlines()
    assert len(lines) == 3 and lines[1].split() == ["real", *["0.50"] * 4]
    sheet = guidance.guidance_sheet(result)
    assert sheet.shape == (8, 12, 3) and sheet[4:].min() == 9 and sheet[:4].max() == 0


@pytest.mark.parametrize("options", [["--prompts", "101"], ["--rows", "no such row"], ["--prompts", "0"]])
def test_what_cannot_be_measured_is_refused(options):
    from argparse import ArgumentParser

    from core.base.errors import SettingError

    parser = ArgumentParser()
    command.add_arguments(parser)
    with pytest.raises(SettingError):
        command.run(parser.parse_args(options))
