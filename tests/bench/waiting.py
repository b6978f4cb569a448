"""How torch's threads should wait for each other beside busy programs: `python tests/bench/waiting.py`.

Prints passes per second with the library's own waiting and with the short spinning that `python -m core` sets
(GOMP_SPINCOUNT), in turns, idle and beside one busy process per CPU. Ratios above 1 speak for the short one.
"""

import multiprocessing
import os
import subprocess
import sys

SECONDS = 4
ROUNDS = 3
WORK = f"""
import time, torch
torch.set_num_threads(2)
net = torch.nn.Sequential(*[torch.nn.Conv2d(32, 32, 3, padding=1) for _ in range(8)])
x = torch.rand(1, 32, 64, 64)
with torch.no_grad():
    net(x)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < {SECONDS}:
        net(x)
        count += 1
print(count / {SECONDS})
"""


def rate(**waiting: str) -> float:
    """Forward passes per second of a fresh process."""
    environment = {**os.environ, **waiting}
    return float(
        subprocess.run(
            [sys.executable, "-c", WORK], env=environment, capture_output=True, text=True, check=True
        ).stdout
    )


def _busy() -> None:
    while True:
        pass


def main() -> None:
    for label, others in (("nothing else runs", 0), ("one busy process per CPU", os.cpu_count())):
        busy = [multiprocessing.Process(target=_busy, daemon=True) for _ in range(others)]
        for process in busy:
            process.start()
        try:
            pairs = [(rate(GOMP_SPINCOUNT="3000"), rate()) for _ in range(ROUNDS)]
        finally:
            for process in busy:
                process.terminate()
        ours, usual = (sorted(column)[ROUNDS // 2] for column in zip(*pairs, strict=True))
        print(
            f"{label}: {ours:.0f} passes/s with short spinning, {usual:.0f} without, ratio {ours / usual:.2f}"
        )


if __name__ == "__main__":
    main()
