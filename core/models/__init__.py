"""Adapters from open_clip, taming and diffusers to what the painters need. No files are read here."""

import core.models.torchvision_shim  # noqa: F401  (must run before anything imports torchvision)
