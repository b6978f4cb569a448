"""Fréchet distance between two sets of pictures, as in FID (Heusel et al. 2017, arXiv 1706.08500, eq. 6).

The features are those of the held-out judge's tower instead of Inception's, which never saw clay.
"""

from __future__ import annotations

import numpy as np


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """|m₁ - m₂|² + tr(C₁ + C₂ - 2 (C₁C₂)^½) of two sets of features, each n×D.

    A few hundred pictures bias it upwards: compare only sets of the same size, and with the distance of two
    sets of real pictures.
    """
    means = one.mean(0) - other.mean(0)
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    root = _root(first)
    # (C₁C₂)^½ and the symmetric (C₁^½ C₂ C₁^½)^½ have the same trace
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ second @ root), 0, None)).sum()
    return float(means @ means + np.trace(first) + np.trace(second) - 2 * cross)


def _root(matrix: np.ndarray) -> np.ndarray:
    """Symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
