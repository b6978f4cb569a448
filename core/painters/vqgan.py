"""VQGAN+CLIP (Crowson et al. 2022, arXiv 2204.08583): Adam on latents, seen through a codebook."""

import torch

from core.painters.base import Painter


class VqganPainter(Painter):
    """The prior is the decoder: whatever the latents are, the picture is made of patches it learned."""

    name = "vqgan"

    def frames(self):
        settings, vqgan = self.settings, self.models.vqgan
        generator = self.generator()
        side = vqgan.grid(self.models.size)
        codebook = vqgan.codebook.detach()  # n, C
        low, high = (bound.view(1, -1, 1, 1) for bound in (codebook.amin(0), codebook.amax(0)))
        codes = torch.randint(len(codebook), (1, side, side), generator=generator)
        z = vqgan.lookup(codes.to(codebook.device)).detach().contiguous().requires_grad_()  # 1, C, side, side
        optimiser = torch.optim.Adam([z], lr=settings.learning_rate)
        with torch.enable_grad():  # whatever the consumer's mode is; left before every yield
            image = vqgan.decode(vqgan.quantise(z)[0])
        yield self.frame(0, image, 0)

        for step in range(1, settings.steps + 1):
            # 1. The judge sees random crops of the decoded picture: which way it wants every pixel to move.
            pull, crops = self.pull(image, generator)
            with torch.enable_grad():
                # 2. Which way the latents should move for that, straight through the codebook lookup.
                (z.grad,) = torch.autograd.grad(image, z, pull)
                # 3. Move them, and keep them where codes are: further out only the nearest code repeats.
                optimiser.step()
                with torch.no_grad():
                    z.copy_(z.clamp(low, high))
                # 4. Nearest codes, decoded; the graph serves the next step too.
                image = vqgan.decode(vqgan.quantise(z)[0])
            yield self.frame(step, image, step * settings.cutouts, self.views(step, pull, crops))
