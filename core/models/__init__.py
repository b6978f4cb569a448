"""Adapters from open_clip, taming and diffusers to what painters and measures need, and the judge itself.

No file is read here. May import base.
"""

import core.models.torchvision_shim  # noqa: F401  (must run before anything imports torchvision)
