"""`bench scale`: what cannot be compared is refused, and what was compared is said with its machine."""

import pytest

from core.__main__ import main
from core.bench import scale


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--workers", "0,2"], "--workers is '0,2'"),
        (["--workers", "two"], "1,2,4"),
        (["--cells", "0"], "--cells is 0"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_refused_at_once(options, sentence, capsys):
    assert main(["bench", "scale", *options]) == 2
    assert sentence in capsys.readouterr().err


def test_the_comparison_says_on_how_many_cores_it_was_made():
    row = {"seconds": [2.0, 1.0, 4.0], "per_minute": 60.0, "ratio": 1.5}
    work = {"cells": 2, "steps": 5, "rounds": 3}
    machine = {"cores": 6, "cpus": 12, "threads_per_worker": 3, "largest_difference": 0.0}
    rows = [{"workers": 0, **row}, {"workers": 2, **row}]
    lines = scale.scaling_text({**work, **machine, "rows": rows}).splitlines()
    assert "6 cores (12 hardware threads)" in lines[0] and "this process" in lines[3]
    assert lines[4].split() == ["2", "of", "3", "threads", "2.00", "60.0", "1.50"]
