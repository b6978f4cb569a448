"""ModelPack: from verified files to frozen models, each built when first asked for.

There is no fallback: a model whose weights do not load exactly is an error, never a random model.
"""

from functools import cached_property

import safetensors.numpy
import safetensors.torch
import torch

from core.errors import PackError
from core.images import to_tensor
from core.judge import Judge
from core.models.clip import Tokenizer, build_clip, build_text_encoder
from core.models.painter_models import PainterModels
from core.packs.manifest import pack_folder, pack_hash, read_manifest, verify
from core.settings import optimised_proxy


class ModelPack:
    """All models of one pack, float32, in evaluation mode, without gradients in their parameters.

    Attributes:
        name, manifest (dict), size (pixels), hash (names what the pack computes), device.
    """

    def __init__(self, name_or_path, device="cpu"):
        self.folder = pack_folder(name_or_path)
        self.manifest = read_manifest(name_or_path)
        verify(self.folder, self.manifest)
        self.name = self.manifest["name"]
        self.size = self.manifest["size"]
        self.hash = pack_hash(self.manifest)
        self.device = device

    @cached_property
    def tokenizer(self):
        """The judge's tokenizer."""
        return self._tokenizer("judge")

    def unknown_words(self, prompt):
        """Words of the prompt that the judge was never trained on, in order, each once."""
        return self.tokenizer.unknown_words(prompt)

    @cached_property
    def judge(self):
        """The judge that the painters climb."""
        return self._judge("judge")

    @cached_property
    def heldout(self):
        """The judge that no painter sees."""
        return self._judge("heldout")

    @cached_property
    def realism(self):
        """The realism proxy, with the held-out judge's image features."""
        from core.realism import Realism

        entry = self._entry("realism")
        return Realism(safetensors.numpy.load_file(self.folder / entry["file"]), self.image_features)

    def image_features(self, views):
        """What the held-out judge sees in uint8 B×H×W×3, as float32 numpy B×D: the encoder of realism."""
        heldout = self.heldout  # loaded outside: weights born in inference mode could never give a gradient
        with torch.inference_mode():  # a little faster than no_grad, and nothing but numbers leaves
            return heldout.features(to_tensor(views)).cpu().numpy()

    @cached_property
    def vqgan(self):
        """core.models.taming.Vqgan."""
        from core.models.taming import build_vqgan

        return self._load("vqgan", build_vqgan)

    @cached_property
    def denoiser(self):
        """core.models.diffusion.Denoiser in the vqgan's latents, conditioned by a text encoder of its own."""
        from core.models.diffusion import Denoiser, build_unet

        entry = self._entry("denoiser")
        latent, vqgan = entry["latent"], self.vqgan
        text, tokenizer = self._load("text", build_text_encoder), self._tokenizer("text")

        @torch.no_grad()
        def encode_text(prompt):
            return text(tokenizer([prompt]).to(self.device))

        def decode(z):
            # A latent denoiser learns the latents before quantisation; the nearest codes remove its small errors.
            return vqgan.decode(vqgan.quantise(z)[0] if latent.get("quantise", True) else z)

        return Denoiser(
            self._load("denoiser", build_unet),
            entry["scheduler"],
            encode_text,
            lambda: encode_text(""),
            decode,
            latent["shape"],
            latent["mean"],
            latent["std"],
        )

    def painter_models(self, painter, settings=None):
        """What one painter may hold: PainterModels with the judge and only that painter's own prior.

        Args:
            settings: of that painter; only if they ask for the gaming lab there is a proxy to climb.
        """
        parts = optimised_proxy(settings)
        return PainterModels(
            judge=self.judge,
            size=self.size,
            vqgan=self.vqgan if painter == "vqgan" else None,
            denoiser=self.denoiser if painter == "diffusion" else None,
            proxy=self._proxy(parts) if parts else None,
            device=self.device,
        )

    def _proxy(self, parts):
        """The realism proxy as a loss: the one place where what measures a painter is handed to it."""
        from core.gaming import Proxy

        return Proxy(self.realism.reference, self.heldout.features, parts, self.device)

    def _entry(self, name):
        if name not in self.manifest["models"]:
            raise PackError(f"Model pack {self.name!r} has no {name}; it holds {', '.join(self.manifest['models'])}.")
        return self.manifest["models"][name]

    def _tokenizer(self, name):
        context_length = self._entry(name)["config"]["text_cfg"]["context_length"]
        return Tokenizer(self.manifest["vocabulary"], self.manifest["words"], context_length)

    def _judge(self, name):
        clip = self._load(name, build_clip)
        examples = self.manifest.get("examples", ())
        return Judge(clip, self._entry(name)["preprocessing"], self._tokenizer(name), examples)

    def _load(self, name, build):
        """Build a model from its configuration and load its weights exactly."""
        entry = self._entry(name)
        try:
            # Building draws random weights that are replaced at once: nobody else's randomness may change.
            with torch.random.fork_rng(devices=[]):
                model = build(entry["config"])
            state = safetensors.torch.load_file(self.folder / entry["file"])
            model.load_state_dict({key: _full(value) for key, value in state.items()}, strict=True)
        except (RuntimeError, TypeError, ValueError, KeyError, safetensors.SafetensorError) as error:
            reason = str(error).strip().split("\n")[0]
            raise PackError(
                f"The {name} of model pack {self.name!r} does not fit its manifest ({reason}). Get the pack again."
            ) from error
        return model.float().eval().requires_grad_(False).to(self.device)


def _full(value):
    return value.float() if value.is_floating_point() else value
