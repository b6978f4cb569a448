"""What a pack of the catalogue will need, estimated from its parameters before anything is downloaded. No
torch.

    memory   4 bytes a parameter of every model (float32, all painters in one process), what the largest step
    keeps for
             its backward pass (1 byte for every 300 operations of its forward pass: a convolution of 128 to
             512 channels does 200 to 800 for each byte that it keeps), and 0.8 GB for Python, torch and what
             they load
    time     operations of a step / speed. Weights are frozen, so a backward pass costs as much as the forward
    pass.
             A core does 50 GFLOP/s, half of what two cores with AVX-512 reach on such models; a GPU 10
             TFLOP/s

The forward GFLOP in the catalogue are those of the architectures, counted by torch.utils.flop_counter.
"""

from dataclasses import dataclass

from core.base.machine import usable_cores
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.packs.catalogue import CataloguePack, CataloguePart

BYTES_A_PARAMETER = 4
OPERATIONS_A_BYTE = 300
BASE_BYTES = 0.8e9
CORE_GFLOPS = 50.0
GPU_GFLOPS = 10_000.0


@dataclass(frozen=True)
class Cost:
    """Estimates of one pack: memory in bytes, and painter → GFLOP of a default step."""

    memory: int
    gflop: dict[str, float]

    def seconds(self, painter: str, gflops: float) -> float:
        """Of a default run of one painter at this speed in GFLOP/s."""
        return self.gflop[painter] * PAINTERS[painter]().steps / gflops

    def default_run_times(self, gflops: float) -> str:
        """What default runs take, in words: "pixel ascent 35 s, VQGAN+CLIP 7 min"."""
        times = (f"{PAINTER_LABELS[name]} {_time(self.seconds(name, gflops))}" for name in self.gflop)
        return ", ".join(times)


def estimate_cost(pack: CataloguePack) -> Cost:
    """What a pack needs, and what a step of each painter costs that it has the models for."""
    forward = {name: _gflop(part, pack.size) for name, part in pack.models.items()}
    decode = forward.get("preview", forward.get("autoencoder", 0.0))
    # Painter → what its picture passes through on the way to the judge; None if the pack has no such model.
    decoders = {
        "pixels": 0.0,
        "vqgan": forward.get("vqgan"),
        "diffusion": decode if "denoiser" in forward else None,
    }
    gflop = {}
    largest = 0.0
    for painter, through in decoders.items():
        if through is None:
            continue
        with_gradient = forward["judge"] * PAINTERS[painter]().cutouts + through
        without_gradient = forward["judge"] + forward["heldout"]  # both scores
        if painter == "diffusion":
            passes = 2 if "text" in forward else 1  # with and without the prompt
            without_gradient += forward["denoiser"] * passes
        gflop[painter] = 2 * with_gradient + without_gradient
        largest = max(largest, with_gradient)
    weights = BYTES_A_PARAMETER * sum(part.parameters for part in pack.parts())
    return Cost(round(weights + largest * 1e9 / OPERATIONS_A_BYTE + BASE_BYTES), gflop)


def gflops_here() -> float:
    """GFLOP/s of this computer's processor, as assumed above."""
    return CORE_GFLOPS * usable_cores()


def _time(seconds: float) -> str:
    return f"{max(seconds, 1):.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _gflop(part: CataloguePart, size: int) -> float:
    """Forward GFLOP at a picture size: as counted there, else in proportion to the area.

    A judge always sees its own size.
    """
    if not part.gflop or size in part.gflop:
        return part.gflop.get(size, 0.0)
    nearest = min(part.gflop, key=lambda known: abs(known - size))
    return part.gflop[nearest] * (1.0 if part.entry["format"] == "open_clip" else (size / nearest) ** 2)
