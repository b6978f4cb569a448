"""A realism reference of made pictures, and pictures that it was not fitted to."""

import numpy as np
import pytest

from core.measures.realism import Realism, Reference
from core.measures.reference_fitting import fit_reference
from tests.measures.made_pictures import features, real


@pytest.fixture(scope="package")
def reference() -> Reference:
    """Fitted to 150 made pictures and calibrated on 150 others."""
    rng = np.random.default_rng(1)
    return fit_reference([real(rng) for _ in range(150)], features, [real(rng) for _ in range(150)])


@pytest.fixture(scope="package")
def realism(reference: Reference) -> Realism:
    """The proxy with that reference."""
    return Realism(reference, features)


@pytest.fixture(scope="package")
def unseen() -> list[np.ndarray]:
    """60 further made pictures."""
    rng = np.random.default_rng(2)
    return [real(rng) for _ in range(60)]
