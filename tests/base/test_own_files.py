"""A file of one's own, for training: read as for judging, at its full size."""

import numpy as np
import pytest
from PIL import Image

from core.base import uploads
from core.training import captioned, folder
from tests.base.test_uploads import RED, encoded, near, thirds


def on_disk(folder, picture, kind, **options):
    path = folder / f"picture.{kind.lower()}"
    path.write_bytes(encoded(picture, kind, **options))
    return path


def test_training_sees_a_picture_as_judging_does(tmp_path):
    """Upright as its EXIF data says, and white where it is transparent, whatever colour lies beneath."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image = uploads.read_own_file(on_disk(tmp_path, thirds(), "JPEG", exif=exif, quality=95))
    assert image.shape == (90, 60, 3)
    near(image, 10, 30, RED)
    clear = Image.new("RGBA", (40, 40), (*RED, 0))
    assert (uploads.read_own_file(on_disk(tmp_path, clear, "PNG")) == 255).all()


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(0, 1, 64, dtype=np.float32),
        np.linspace(0, 255, 64, dtype=np.float32),
        (np.linspace(0, 255, 64) * 257).astype(np.uint16),
        (np.linspace(0, 255, 64).astype(np.uint32) << 24).view(np.int32),
    ],
    ids=["0 to 1", "0 to 255", "16 bits", "32 bits"],
)
def test_deep_grey_pictures_keep_their_greys(tmp_path, values):
    deep = np.tile(values, (64, 1))
    image = uploads.read_own_file(on_disk(tmp_path, Image.fromarray(deep), "TIFF"))
    assert np.abs(image[0, :, 0].astype(int) - np.linspace(0, 255, 64)).max() <= 1


def test_the_trainer_reads_pictures_with_this_reader():
    assert captioned.read_own_file is folder.read_own_file is uploads.read_own_file
