"""Which way the judge would move a picture: the one thing that all painters ask of it."""

import torch

from core.cutouts import crop, draw

# What the judge's forward pass may keep for its backward pass, bytes. Cutouts that need more go through it one share after
# the other; the gradient of the picture adds up. A larger budget is hardly quicker: at ViT-B/32, 256 MB are about 7 cutouts
# in float32 and 13 in bfloat16, enough rows to keep the matrix products busy.
BUDGET = 256 * 2**20


def pull(judge, image, target, count, generator, at_once=0, also=None):
    """Gradient of the judge's loss, averaged over cutouts, in a picture. Nothing behind the picture is touched.

    Args:
        judge: core.judge.Judge. target: its Target.
        image: 1×3×H×W in [0, 1]; its graph, if any, is left alone.
        count: cutouts; 1 is the whole picture.
        generator: the draws of the cutouts; as many, whatever `at_once` is.
        at_once: cutouts that go through the judge together; 0 for as many as BUDGET holds.
        also: picture → a further loss, or None.

    Returns:
        (gradient 1×3×H×W, the cutouts as the judge saw them, count×3×S×S, detached).
    """
    draws = draw(count, generator)
    shares = [None] if draws is None else draws.tensor_split(-(-count // (at_once or fitting(judge))))
    gradient, seen = None, []
    with torch.enable_grad():
        for rows in shares:
            picture = image.detach().requires_grad_()
            crops = crop(picture, rows, judge.size)
            # every cutout counts alike, whatever share it is in
            loss = judge.loss(crops, target) * (len(crops) / count)
            (part,) = torch.autograd.grad(loss, picture)
            gradient = part if gradient is None else gradient + part
            seen.append(crops.detach())
        if also:
            picture = image.detach().requires_grad_()
            gradient = gradient + torch.autograd.grad(also(picture), picture)[0]
    return gradient, torch.cat(seen) if len(seen) > 1 else seen[0]


def fitting(judge):
    """Cutouts whose activations in the judge fit into BUDGET, at least 1."""
    return max(1, BUDGET // judge.kept_bytes)
