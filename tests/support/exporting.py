"""A painted run's folder for tests of exports, and what an export holds."""

import io
import json
import re
from pathlib import Path

from PIL import Image

from core.execute import FolderRecorder
from tests.support.serving import example_request, invented_steps


def painted(
    path: Path, pack: str | Path, share: float = 1.0, status: str = "done", **changed: object
) -> Path:
    """A run's folder, painted up to a share of it; `changed`: of the request."""
    request = example_request(pack, **changed)
    with FolderRecorder(path, request, "ab" * 32) as recorder:
        for frame, measurement in invented_steps(request):
            if frame.step <= share * frame.total:
                recorder.record(frame, measurement)
        recorder.finish(status)
    return path


def opened(data: bytes) -> Image.Image:
    """A picture, loaded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def page_data(text: str) -> dict:
    """What the stand-alone page's script is given."""
    data = re.search(r'<script type="application/json" id="run">(.*?)</script>', text, re.DOTALL)
    return json.loads(data.group(1))
