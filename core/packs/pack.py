"""ModelPack: from verified files to frozen models, each built when first asked for.

There is no fallback: a model whose weights do not load exactly is an error, never a random model.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.numpy
import torch
import torch.nn.functional as F

from core.base.errors import PackError, SettingError
from core.base.images import to_tensor
from core.base.judges import judge_choice
from core.base.settings import optimised_realism_parts
from core.models.clip import Tokenizer
from core.models.clip_text import FullTokenizer
from core.models.judge import Judge, JudgePair
from core.models.optimised import lean_models, painting_dtype
from core.models.painter_models import PainterModels
from core.packs.clip_layouts import clip_config, clip_preprocessing
from core.packs.formats import model_and_state
from core.packs.manifest import pack_folder, pack_hash, painters_of, read_manifest
from core.packs.realism_encoder import check_encoder, realism_encoder
from core.packs.support import check_supported
from core.packs.verification import verify_files

if TYPE_CHECKING:
    from core.measures.realism import Realism
    from core.models.diffusion import Denoiser
    from core.models.eyes import Eyes
    from core.models.taming import Vqgan
    from core.packs.manifest import Entry, Manifest
    from core.packs.photograph_realism import PhotographRealism

# What files that do not fit raise.
LOADING_ERRORS = (RuntimeError, TypeError, ValueError, KeyError, AttributeError, OSError)


class ModelPack:
    """All models of one pack, in evaluation mode, without gradients in their parameters.

    They are float32, but for a full-size denoiser and its text encoder on a GPU: stored in half precision
    they stay so.

    Attributes:
        folder: where its files are.
        manifest: as read.
        name: of the pack.
        size: of its pictures, in pixels.
        hash: names what the pack computes.
        device: where its models are.
        side_by_side: whether a run's painters work at the same time, each in a thread of its own.
    """

    def __init__(self, name_or_path: str | Path, device: str = "cpu"):
        self.folder: Path = pack_folder(name_or_path)
        self.manifest: Manifest = read_manifest(name_or_path)
        verify_files(self.folder, self.manifest)
        self.name: str = self.manifest["name"]
        self.size: int = self.manifest["size"]
        self.hash = pack_hash(self.manifest)
        self.device = device
        self.side_by_side = False
        self._lean: dict = {}  # copies of the models for painting, made when first asked for

    @property
    def full_size(self) -> bool:
        """Whether the judge is a published model in its own layout, and not one that `core train` made."""
        return self._entry("judge").get("format") is not None

    @property
    def small_networks(self) -> bool:
        """Whether several pictures at a time are measured sooner than one by one, on a CPU too."""
        return not self.full_size

    @property
    def painters(self) -> tuple[str, ...]:
        """Names of the painters that this pack has the models for."""
        return painters_of(self.manifest)

    @cached_property
    def tokenizer(self) -> Tokenizer | FullTokenizer:
        """The judge's tokenizer."""
        return self.tokenizer_of("judge")

    def unknown_words(self, prompt: str) -> list[str]:
        """Words of the prompt that the judge was never trained on, in order, each once."""
        return self.tokenizer.unknown_words(prompt)

    @cached_property
    def judge(self) -> Judge:
        """The judge that the painters climb."""
        return self._judge("judge")

    @cached_property
    def heldout(self) -> Judge:
        """The judge that no painter sees."""
        return self._judge("heldout")

    @cached_property
    def robust(self) -> Judge | None:
        """The judge with its image tower trained further on adversarial pictures; None without one."""
        if "robust" not in self.manifest["models"]:
            return None
        return self.judge.with_image_tower(self.load("robust"))

    @cached_property
    def _pair(self) -> JudgePair:
        return JudgePair(self.judge, self.heldout)

    def steering_judge(self, settings: Any = None) -> Judge | JudgePair:
        """The judge that a painter with these settings follows. Raises PackError."""
        choice = judge_choice(settings)
        if choice == "both":
            return self._pair
        if choice == "robust":
            self._entry(choice)  # says so in a pack without one
        found: Judge = getattr(self, choice)
        return found

    @cached_property
    def realism(self) -> Realism | PhotographRealism:
        """Realism against the pack's own reference, or else against the shipped one of photographs."""
        from core.measures.realism import Realism
        from core.packs.photograph_realism import PhotographRealism

        if "realism" not in self.manifest["models"]:
            return PhotographRealism(ModelPack("miniature", self.device))
        check_encoder(self.manifest)
        reference = safetensors.numpy.load_file(self.folder / self._entry("realism")["file"])
        return Realism(reference, self.image_features)

    @cached_property
    def eyes(self) -> Eyes:
        """The realism network: learned without captions, and no painter climbs it unless asked to."""
        return self.load("eyes")

    @property
    def encoder(self) -> Eyes | Judge:
        """What realism's K looks through; see core.packs.realism_encoder."""
        return self.eyes if realism_encoder(self.manifest) == "eyes" else self.heldout

    def image_features(self, views: np.ndarray) -> np.ndarray:
        """uint8 B×H×W×3 → the encoder's features, float32 B×D: what the pack's realism compares."""
        encoder = self.encoder  # loaded outside: weights born in inference mode could never give a gradient
        with torch.inference_mode():  # a little faster than no_grad, and nothing but numbers leaves
            return encoder.features(to_tensor(views)).cpu().numpy()

    @cached_property
    def vqgan(self) -> Vqgan:
        """core.models.taming.Vqgan."""
        vqgan = self.load("vqgan")
        if self.size % vqgan.factor:
            raise PackError(
                f"The vqgan of model pack {self.name!r} paints multiples of {vqgan.factor} px, and the "
                f"pack's size is {self.size}. Change the size in its manifest."
            )
        return vqgan

    @cached_property
    def denoiser(self) -> Denoiser:
        """core.models.diffusion.Denoiser, in the vqgan's latents or as diffusers lays it out."""
        from core.packs.denoisers import diffusers_denoiser, own_denoiser

        entry = self._entry("denoiser")
        try:
            build = own_denoiser if entry.get("format") is None else diffusers_denoiser
            return build(self, entry)
        except LOADING_ERRORS as error:
            raise self._unfit("denoiser", error) from error

    def painter_models(self, painter: str, settings: Any = None) -> PainterModels:
        """What one painter may hold: PainterModels with the judge and only that painter's own prior.

        Args:
            settings: of that painter. Only if they ask to optimise realism too is there a proxy to climb;
                their precision is that of the models (see core.models.optimised).

        Raises:
            PackError. SettingError: the text shall steer a denoiser that takes no text, or the pack lacks the
            judge.
        """
        check_supported({painter: settings}, self.manifest)
        parts = optimised_realism_parts(settings)
        only_text = painter == "diffusion" and getattr(settings, "mode", "") == "text"
        if only_text and not self.denoiser.conditional:
            model = f"the denoiser of model pack {self.name!r}"
            raise SettingError(f"diffusion: {model} takes no text; choose mode judge or both.")
        models = PainterModels(
            judge=self.steering_judge(settings),
            size=self.size,
            vqgan=self.vqgan if painter == "vqgan" else None,
            denoiser=self.denoiser if painter == "diffusion" else None,
            proxy=self._proxy(parts) if parts else None,
            device=self.device,
        )
        dtype = painting_dtype(getattr(settings, "precision", "auto"), self.full_size, self.device)
        return models if dtype is None else lean_models(models, dtype, self._lean)

    def load_all(self) -> None:
        """Load every model that painting and measuring need: then no run waits for one. Raises PackError."""
        for model in (self.judge, self.heldout, self.realism, *map(self.painter_models, self.painters)):
            assert model is not None  # asking for it loads it
        assert self.robust is not None or "robust" not in self.manifest["models"]

    def _proxy(self, parts: Any) -> Callable[[torch.Tensor], torch.Tensor]:
        """The realism proxy as a loss: the one place where what measures a painter is handed to it."""
        from core.measures.differentiable_realism import DifferentiableRealism

        realism = self.realism
        encoder = getattr(realism, "encoder", None) or self.encoder
        proxy = DifferentiableRealism(realism.reference, encoder.features, parts, self.device)
        if realism.size == (self.size, self.size):
            return proxy

        def at_its_size(images: torch.Tensor) -> torch.Tensor:
            return proxy(F.interpolate(images, realism.size, mode="bicubic", antialias=True).clamp(0, 1))

        return at_its_size

    def _entry(self, name: str) -> Entry:
        models = self.manifest["models"]
        if name not in models:
            raise PackError(f"Model pack {self.name!r} has no {name}; it holds {', '.join(models)}.")
        return models[name]

    def tokenizer_of(self, name: str) -> Tokenizer | FullTokenizer:
        """The tokenizer of a judge or of our own text encoder: of the pack's words, or of every word."""
        try:
            context_length = clip_config(self._entry(name), self.folder)["text_cfg"]["context_length"]
        except LOADING_ERRORS as error:
            raise self._unfit(name, error) from error
        if self.manifest["words"] is None:
            return FullTokenizer(context_length)
        return Tokenizer(self.manifest["vocabulary"], self.manifest["words"], context_length)

    def _judge(self, name: str) -> Judge:
        clip, entry = self.load(name), self._entry(name)
        examples = self.manifest.get("examples", ())
        return Judge(clip, clip_preprocessing(entry, self.folder), self.tokenizer_of(name), examples)

    def load(self, name: str) -> Any:
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
            weights = {key: _as(state.pop(key), dtype) for key in list(state)}
            model.load_state_dict(weights, strict=True, assign=empty)
        except LOADING_ERRORS as error:
            raise self._unfit(name, error) from error
        if not empty:
            torch.nn.Module.to(model, dtype)  # a UNet's own `to` warns without a reason
        return model.eval().requires_grad_(False).to(self.device)

    def _precision(self, name: str, entry: Entry, state: dict[str, torch.Tensor]) -> torch.dtype:
        """float32; bfloat16 for what is large, stored in half precision, and on a GPU that knows it."""
        stored = {value.dtype for value in state.values() if value.is_floating_point()}
        large = name in ("denoiser", "text") and entry.get("format") is not None
        cuda = torch.device(self.device).type == "cuda" and torch.cuda.is_bf16_supported()
        half = stored <= {torch.float16, torch.bfloat16}
        return torch.bfloat16 if large and cuda and half else torch.float32

    def _unfit(self, name: str, error: Exception) -> PackError:
        reason, *details = str(error).strip().splitlines() or [type(error).__name__]
        if isinstance(error, KeyError):
            reason = f"{error} is missing"
        if isinstance(error, RuntimeError) and details:  # load_state_dict lists names from its second line on
            reason = f"{reason} {details[0].strip()}"[:300]
        problem = f"The {name} of model pack {self.name!r} does not fit its manifest"
        return PackError(f"{problem} ({reason}). Get the pack again.")


def _check_kinds(model: torch.nn.Module, state: dict[str, torch.Tensor]) -> None:
    """Raise ValueError for whole numbers where real ones belong: quantised weights would load, scaled
    wrongly.
    """
    for name, own in model.state_dict().items():
        if name in state and own.is_floating_point() != state[name].is_floating_point():
            kind = str(state[name].dtype).removeprefix("torch.")
            raise ValueError(f"{name} is stored as {kind}; plain weights are needed")


def _as(value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return value.to(dtype) if value.is_floating_point() else value
