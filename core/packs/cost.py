"""What a pack of the catalogue will need, estimated from its parameters and arithmetic before anything is downloaded. No torch.

    memory   4 bytes a parameter of every model (float32, all painters in one process), what the largest step keeps for
             its backward pass (1 byte for every 300 operations of its forward pass: a convolution of 128 to 512
             channels does 200 to 800 for each byte that it keeps), and 0.8 GB for Python, torch and what belongs to them
    time     operations of a step / speed. Weights are frozen, so a backward pass costs as much as the forward pass.
             A core does 50 GFLOP/s, half of what two cores with AVX-512 reach on such models; a GPU 10 TFLOP/s

The forward GFLOP in the catalogue are those of the architectures, counted by torch.utils.flop_counter.
"""

from dataclasses import dataclass

from core.settings import LABELS, PAINTERS
from core.threads import usable_cores

BYTES_A_PARAMETER = 4
OPERATIONS_A_BYTE = 300
BASE_BYTES = 0.8e9
CORE_GFLOPS = 50.0
GPU_GFLOPS = 10_000.0


@dataclass(frozen=True)
class Cost:
    """Estimates of one pack: `memory` in bytes; `gflop`: painter → GFLOP of a default step."""

    memory: int
    gflop: dict

    def seconds(self, painter, gflops):
        """Of a default run of one painter at this speed in GFLOP/s."""
        return self.gflop[painter] * PAINTERS[painter]().steps / gflops

    def times(self, gflops):
        """What default runs take, in words: "pixel ascent 35 s, VQGAN+CLIP 7 min"."""
        return ", ".join(f"{LABELS[painter]} {_time(self.seconds(painter, gflops))}" for painter in self.gflop)


def estimate(pack):
    """core.packs.catalogue.Pack → Cost."""
    parameters = sum(part.parameters for part in pack.parts())
    forward = {name: _gflop(part, pack.size) for name, part in pack.models.items()}
    decode = forward.get("preview", forward.get("autoencoder", 0.0))
    repeated = {"pixels": 0.0, "vqgan": forward.get("vqgan"), "diffusion": decode if "denoiser" in forward else None}
    gflop, kept = {}, 0.0
    for painter, through in repeated.items():
        if through is None:
            continue
        seen = forward["judge"] * PAINTERS[painter]().cutouts + through  # forward and backward
        alone = forward["judge"] + forward["heldout"]  # both scores, without gradient
        if painter == "diffusion":
            alone += forward["denoiser"] * (2 if "text" in forward else 1)  # with and without the prompt
        gflop[painter] = 2 * seen + alone
        kept = max(kept, seen)
    memory = BYTES_A_PARAMETER * parameters + kept * 1e9 / OPERATIONS_A_BYTE + BASE_BYTES
    return Cost(round(memory), gflop)


def here():
    """GFLOP/s of this computer's processor, as assumed above."""
    return CORE_GFLOPS * usable_cores()


def _time(seconds):
    return f"{max(seconds, 1):.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _gflop(part, size):
    """Forward GFLOP at a picture size: as counted there, else in proportion to the area; a judge always sees its own size."""
    if not part.gflop or size in part.gflop:
        return part.gflop.get(size, 0.0)
    nearest = min(part.gflop, key=lambda known: abs(known - size))
    return part.gflop[nearest] * (1.0 if part.entry["format"] == "open_clip" else (size / nearest) ** 2)
