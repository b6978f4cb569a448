"""The judge gap: both judges on one shared scale, and where real photographs lie on it. No torch.

Two judges give the same photograph different cosines, so their cosines cannot be compared as they
are. On the shared scale an unrelated photograph is 0 on average and a matching one 1, for either
judge. The gap is the judge's figure there minus the held-out judge's: what the judge alone sees.

The limit is the 99th percentile of real photographs with their own captions. It says nothing of
photographs with other captions, on which two honest judges may differ by half the scale.
"""

USUAL = 0.2  # from which two judges are said to differ where a pack has not measured it; a little above the miniature's


def rescale(score, reference):
    """A judge's cosine on the shared scale: unrelated photographs average 0, matching ones 1.

    Args:
        score: cosine, −1 … 1.
        reference: mapping with "matched" and "mismatched", that judge's mean cosine for a
            photograph with its own caption and with another's.

    Returns:
        (score − mismatched) / (matched − mismatched); not bounded.
    """
    span = reference["matched"] - reference["mismatched"]
    return (score - reference["mismatched"]) / (span if abs(span) > 1e-9 else 1e-9)


def judge_gap(score, heldout, reference):
    """Judge minus held-out judge on the shared scale.

    Args:
        score, heldout: cosines (numbers or arrays) of the same pictures with the same captions.
        reference: a pack manifest's "reference"; None gives None.
    """
    if reference is None:
        return None
    return rescale(score, reference["score"]) - rescale(heldout, reference["heldout"])


def gap_limit(reference):
    """Gap up to which two judges are said to agree."""
    return reference["gap"]["p99"] if "gap" in reference else USUAL


def beyond_real(gap, reference):
    """Whether a gap is wider than in 99 of 100 real photographs with their own captions; False where that was not measured."""
    return reference is not None and "gap" in reference and bool(gap > reference["gap"]["p99"])
