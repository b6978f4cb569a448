"""VQGAN+CLIP (Crowson et al. 2022, arXiv 2204.08583): Adam on latents, seen through a codebook."""

from collections.abc import Iterator

import torch

from core.base.frame import Frame
from core.base.settings import VqganSettings
from core.painters.painter import Painter


class VqganPainter(Painter):
    """The prior is the decoder: whatever the latents are, the picture is made of patches it learned."""

    name = "vqgan"
    settings: VqganSettings

    def frames(self) -> Iterator[Frame]:
        """See Painter."""
        settings, vqgan, generator = self.settings, self.models.vqgan, self.generator()
        assert vqgan is not None, "the pack hands this painter a VQGAN"
        side = vqgan.grid(self.models.size)
        codebook = vqgan.codebook.detach()  # n, C
        low, high = (bound.view(1, -1, 1, 1) for bound in (codebook.amin(0), codebook.amax(0)))
        codes = torch.randint(len(codebook), (1, side, side), generator=generator)
        z = vqgan.lookup(codes.to(codebook.device)).detach().contiguous()  # 1, C, side, side
        if (picture := self.start_picture()) is not None:
            with torch.no_grad():
                z = vqgan.encode(picture).clamp(low, high).contiguous()
        z.requires_grad_()
        optimiser = torch.optim.Adam([z], lr=settings.learning_rate)
        with torch.enable_grad():  # whatever the consumer's mode is; left before every yield
            image = vqgan.decode(vqgan.quantise(z)[0])
        yield self.frame(0, image, 0)

        for step in range(1, settings.steps + 1):
            # 1. The judge sees random crops of the decoded picture: which way it wants every pixel to move.
            picture_gradient, crops = self.picture_gradient(image, generator)
            with torch.enable_grad():
                # 2. Which way the latents should move for that, straight through the codebook lookup.
                (z.grad,) = torch.autograd.grad(image, z, picture_gradient)
                # 3. Move them, and keep them where codes are: further out only the nearest code repeats.
                optimiser.step()
                with torch.no_grad():
                    z.copy_(z.clamp(low, high))
                # 4. Nearest codes, decoded; the graph serves the next step too.
                image = vqgan.decode(vqgan.quantise(z)[0])
            extras = self.step_extras(step, picture_gradient, crops)
            yield self.frame(step, image, step * settings.cutouts, extras)
