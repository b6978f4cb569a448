"""Raw CLIP ascent: Adam on the picture itself. No prior between the gradient and the pixels."""

import torch

from core.canvas import make_canvas
from core.painters.base import Painter


class PixelPainter(Painter):
    """No augmentation and no regulariser at the default settings: that is the lesson."""

    name = "pixels"

    def __init__(self, *arguments, canvas=make_canvas, **keywords):
        """As every painter; `canvas` makes what Adam moves, with the arguments of `core.canvas.make_canvas`."""
        super().__init__(*arguments, **keywords)
        self.make_canvas = canvas

    def frames(self):
        settings = self.settings
        generator = self.generator()
        canvas = self.make_canvas(settings.canvas, self.models.size, self.models.device, generator, settings.init_noise)
        optimiser = torch.optim.Adam(canvas.parameters(), lr=settings.learning_rate)
        with torch.enable_grad():  # whatever the consumer's mode is; left before every yield
            image = canvas.image()
        yield self.frame(0, image, 0)

        for step in range(1, settings.steps + 1):
            # 1. The judge sees the whole picture, or random crops of it: which way it wants every pixel to move.
            pull, crops = self.pull(image, generator)
            with torch.enable_grad():
                # 2. The same for what the picture is made of. Not loss.backward(): that would also fill the judge.
                gradients = torch.autograd.grad(image, canvas.parameters(), pull)
                # 3. Move it (Kingma and Ba 2015, arXiv 1412.6980).
                for parameter, gradient in zip(canvas.parameters(), gradients, strict=True):
                    parameter.grad = gradient
                optimiser.step()
                # 4. The new picture; its graph serves the next step too.
                image = canvas.image()
            yield self.frame(step, image, step * settings.cutouts, self.views(step, pull, crops))
