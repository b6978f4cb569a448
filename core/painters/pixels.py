"""Raw CLIP ascent: Adam on the picture itself. No prior between the gradient and the pixels."""

from collections.abc import Iterator

import torch

from core.base.frame import Frame
from core.base.settings import PixelSettings
from core.base.start import GREY
from core.painters.canvas import make_canvas
from core.painters.painter import Painter


class PixelPainter(Painter):
    """No augmentation and no regulariser at the default settings: that is the lesson."""

    name = "pixels"
    settings: PixelSettings

    def frames(self) -> Iterator[Frame]:
        """See Painter."""
        settings, models, generator = self.settings, self.models, self.generator()
        noise = 0.0 if settings.start == GREY else settings.init_noise
        canvas = make_canvas(settings.canvas, models.size, models.device, generator, noise)
        if (picture := self.start_picture()) is not None:
            canvas.show(picture)
        optimiser = torch.optim.Adam(canvas.parameters(), lr=settings.learning_rate)
        with torch.enable_grad():  # whatever the consumer's mode is; left before every yield
            image = canvas.image()
        yield self.frame(0, image, 0)

        for step in range(1, settings.steps + 1):
            # 1. The judge sees the whole picture, or random crops of it: which way it wants every pixel to
            # move.
            picture_gradient, crops = self.picture_gradient(image, generator)
            with torch.enable_grad():
                # 2. The same for what the picture is made of. Not loss.backward(): that would also fill
                # the judge.
                gradients = torch.autograd.grad(image, canvas.parameters(), picture_gradient)
                # 3. Move it (Kingma and Ba 2015, arXiv 1412.6980).
                for parameter, gradient in zip(canvas.parameters(), gradients, strict=True):
                    parameter.grad = gradient
                optimiser.step()
                # 4. The new picture; its graph serves the next step too.
                image = canvas.image()
            extras = self.step_extras(step, picture_gradient, crops)
            yield self.frame(step, image, step * settings.cutouts, extras)
