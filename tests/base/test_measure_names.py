"""How values are written."""

import pytest

from core.base.measure_names import two_decimals


@pytest.mark.parametrize(
    ("value", "written"), [(0.126, "0.13"), (-0.5, "−0.50"), (-0.004, "0.00"), (0, "0.00"), (12, "12.00")]
)
def test_two_decimals_with_a_true_minus_sign(value, written):
    assert two_decimals(value) == written
