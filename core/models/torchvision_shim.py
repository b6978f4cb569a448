"""Let torchvision import beside a torch build that its compiled operators do not fit.

open_clip, transformers and diffusers import torchvision. Its ordinary wheel beside a CPU-only
torch stops with "operator torchvision::nms does not exist", although none of them needs that
operator here. Declaring the two schemas makes the import succeed; *calling* nms would still fail.
Where torchvision's own operators load, nothing is done. Remove this module once CPU users
commonly get a matching pair of wheels.
"""

import sys

import torch

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_library: torch.library.Library | None = (
    None  # a torch.library.Library un-declares its schemas when it is collected
)


def torchvision_imports() -> bool:
    """True if torchvision imports as it is; leaves no half-imported module behind."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        for name in [n for n in sys.modules if n.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        return False
    return True


def declare_missing_operators() -> None:
    """Declare the schemas that torchvision registers fake kernels for, once per process."""
    global _library
    if _library is None:
        _library = torch.library.Library("torchvision", "FRAGMENT")
        for name, schema in SCHEMAS.items():
            if not hasattr(torch.ops.torchvision, name):
                _library.define(schema)


if not torchvision_imports():
    declare_missing_operators()
    import torchvision  # noqa: F401
