"""ModelPack: from verified files to frozen models, each built when first asked for.

There is no fallback: a model whose weights do not load exactly is an error, never a random model.
"""

from functools import cached_property

import safetensors.numpy
import torch
import torch.nn.functional as F

from core.errors import PackError, SettingError
from core.images import to_tensor
from core.judge import Judge
from core.models.clip import Tokenizer
from core.models.clip_text import FullTokenizer
from core.models.lean import lean_models, numbers
from core.models.painter_models import PainterModels
from core.packs.formats import clip_config, clip_preprocessing, model_and_state
from core.packs.manifest import pack_folder, pack_hash, read_manifest, verify
from core.settings import optimised_proxy

BROKEN = (RuntimeError, TypeError, ValueError, KeyError, AttributeError, OSError)  # what files that do not fit raise


class ModelPack:
    """All models of one pack, in evaluation mode, without gradients in their parameters.

    They are float32, but for a full-size denoiser and its text encoder on a GPU: stored in half precision they stay so.

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
        self._lean = {}  # copies of the models for painting, made when first asked for

    @property
    def full_size(self):
        """Whether the judge is a published model in its own layout, and not one that `core train` made."""
        return self._entry("judge").get("format") is not None

    @cached_property
    def tokenizer(self):
        """The judge's tokenizer."""
        return self.tokenizer_of("judge")

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
        """The realism proxy: the pack's own with its held-out judge's features, or that of the shipped photographs."""
        from core.packs.photographs import PhotographRealism
        from core.realism import Realism

        if "realism" not in self.manifest["models"]:
            return PhotographRealism(ModelPack("miniature", self.device))
        return Realism(safetensors.numpy.load_file(self.folder / self._entry("realism")["file"]), self.image_features)

    def image_features(self, views):
        """What the held-out judge sees in uint8 B×H×W×3, as float32 numpy B×D: the encoder of the pack's own realism."""
        heldout = self.heldout  # loaded outside: weights born in inference mode could never give a gradient
        with torch.inference_mode():  # a little faster than no_grad, and nothing but numbers leaves
            return heldout.features(to_tensor(views)).cpu().numpy()

    @cached_property
    def vqgan(self):
        """core.models.taming.Vqgan."""
        vqgan = self.load("vqgan")
        if self.size % vqgan.factor:
            raise PackError(
                f"The vqgan of model pack {self.name!r} paints multiples of {vqgan.factor} px, and the pack's size is {self.size}. "
                "Change the size in its manifest."
            )
        return vqgan

    @cached_property
    def denoiser(self):
        """core.models.diffusion.Denoiser, in the vqgan's latents or as diffusers lays it out."""
        from core.packs.denoisers import diffusers_denoiser, own_denoiser

        entry = self._entry("denoiser")
        try:
            return own_denoiser(self, entry) if entry.get("format") is None else diffusers_denoiser(self, entry)
        except BROKEN as error:
            raise self._unfit("denoiser", error) from error

    def painter_models(self, painter, settings=None):
        """What one painter may hold: PainterModels with the judge and only that painter's own prior.

        Args:
            settings: of that painter; only if they ask for the gaming lab there is a proxy to climb, and their
                precision is that of the models (see core.models.lean).

        Raises:
            PackError. SettingError: the text shall steer a denoiser that takes no text.
        """
        parts = optimised_proxy(settings)
        if painter == "diffusion" and getattr(settings, "mode", "") == "text" and not self.denoiser.conditional:
            raise SettingError(f"diffusion: the denoiser of model pack {self.name!r} takes no text; choose mode judge or both.")
        models = PainterModels(
            judge=self.judge,
            size=self.size,
            vqgan=self.vqgan if painter == "vqgan" else None,
            denoiser=self.denoiser if painter == "diffusion" else None,
            proxy=self._proxy(parts) if parts else None,
            device=self.device,
        )
        dtype = numbers(getattr(settings, "precision", "auto"), self.full_size, self.device)
        return models if dtype is None else lean_models(models, dtype, self._lean)

    def _proxy(self, parts):
        """The realism proxy as a loss: the one place where what measures a painter is handed to it."""
        from core.gaming import Proxy

        realism = self.realism
        encoder = getattr(realism, "encoder", self.heldout)
        proxy = Proxy(realism.reference, encoder.features, parts, self.device)
        if realism.size == (self.size, self.size):
            return proxy
        return lambda images: proxy(F.interpolate(images, realism.size, mode="bicubic", antialias=True).clamp(0, 1))

    def _entry(self, name):
        if name not in self.manifest["models"]:
            raise PackError(f"Model pack {self.name!r} has no {name}; it holds {', '.join(self.manifest['models'])}.")
        return self.manifest["models"][name]

    def tokenizer_of(self, name):
        """The tokenizer of a judge, or of a text encoder of our own: of the pack's words, or of every word."""
        try:
            context_length = clip_config(self._entry(name))["text_cfg"]["context_length"]
        except BROKEN as error:
            raise self._unfit(name, error) from error
        if self.manifest["words"] is None:
            return FullTokenizer(context_length)
        return Tokenizer(self.manifest["vocabulary"], self.manifest["words"], context_length)

    def _judge(self, name):
        clip, entry = self.load(name), self._entry(name)
        examples = self.manifest.get("examples", ())
        return Judge(clip, clip_preprocessing(entry), self.tokenizer_of(name), examples)

    def load(self, name):
        """A model with exactly the weights of its file, frozen, on the pack's device. Raises PackError."""
        entry = self._entry(name)
        try:
            # Building draws random weights that are replaced at once: nobody else's randomness may change.
            with torch.random.fork_rng(devices=[]):
                model, state = model_and_state(name, entry, self.folder)
            dtype = self._precision(name, entry, state)
            _check_kinds(model, state)
            # In one step where the model has no weights yet: large ones are not held twice.
            empty = any(parameter.is_meta for parameter in model.parameters())
            model.load_state_dict({key: _as(state.pop(key), dtype) for key in list(state)}, strict=True, assign=empty)
        except BROKEN as error:
            raise self._unfit(name, error) from error
        if not empty:
            torch.nn.Module.to(model, dtype)  # a UNet's own `to` warns without a reason
        return model.eval().requires_grad_(False).to(self.device)

    def _precision(self, name, entry, state):
        """float32, or bfloat16 for what was stored in half precision, is large, and runs on a GPU that knows it."""
        stored = {value.dtype for value in state.values() if value.is_floating_point()}
        large = name in ("denoiser", "text") and entry.get("format") is not None
        cuda = torch.device(self.device).type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.bfloat16 if large and cuda and stored <= {torch.float16, torch.bfloat16} else torch.float32

    def _unfit(self, name, error):
        reason = str(error).strip().split("\n")[0]
        if isinstance(error, KeyError):
            reason = f"{error} is missing"
        if isinstance(error, RuntimeError) and "\n" in str(error):  # load_state_dict lists names from its second line on
            reason = f"{reason} {str(error).strip().splitlines()[1].strip()}"[:300]
        return PackError(f"The {name} of model pack {self.name!r} does not fit its manifest ({reason}). Get the pack again.")


def _check_kinds(model, state):
    """Raise ValueError for whole numbers where real ones belong: quantised weights would load, scaled wrongly."""
    for name, own in model.state_dict().items():
        if name in state and own.is_floating_point() != state[name].is_floating_point():
            raise ValueError(f"{name} is stored as {str(state[name].dtype).removeprefix('torch.')}; plain weights are needed")


def _as(value, dtype):
    return value.to(dtype) if value.is_floating_point() else value
