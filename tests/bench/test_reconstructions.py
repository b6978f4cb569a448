"""An autoencoder has to earn its realism: the check can fail."""

from types import SimpleNamespace

import numpy as np

from core.bench.reconstructions import blurred_to, edge_energy, reconstructions
from core.measures import reencodings
from tests.conftest import smooth_picture


def sharp_pictures(count):
    """Smooth pictures with grain."""
    rng = np.random.default_rng(0)
    return np.stack([reencodings.noise(smooth_picture(rng, 64), 0.05, rng) for _ in range(count)])


def test_a_picture_is_blurred_to_the_edge_energy_asked_for():
    (picture,) = sharp_pictures(1)
    wanted = 0.5 * edge_energy(picture)
    assert 0.95 * wanted < edge_energy(blurred_to(picture, wanted)) <= wanted
    assert blurred_to(picture, 2 * edge_energy(picture)) is picture


def rows(favourite):
    """The check with a realism that likes reconstructions, marked by a black corner, by so much more."""

    def score(image):
        return SimpleNamespace(realism=0.5 + favourite * (not image[0, 0].any()))

    def rebuilt(image):
        soft = reencodings.blur(image, 1.0)
        soft[0, 0] = 0
        return soft

    return list(reconstructions("3", SimpleNamespace(score=score), sharp_pictures(6), rebuilt))


def test_reconstructions_are_reported_and_must_not_beat_blurred_pictures():
    reported, compared = rows(0.05)
    assert reported.ok is None and reported.figure == 0.55 and "edge energy" in reported.note
    assert compared.ok is True
    assert rows(0.2)[1].ok is False
