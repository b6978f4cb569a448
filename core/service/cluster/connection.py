"""The connection to a Ray cluster: a running one, or one of this machine alone. Ray is optional and imported
late.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.base.errors import WorkersError

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = "core/service/cluster/requirements.txt"
LOCAL_CLUSTER = "ray"
ADDRESS = re.compile(r"([\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})")
CPUS_PER_WORKER = 2  # of a worker without a GPU
OBJECT_STORE_BYTES = 200_000_000  # frames only pass through; by default Ray would take 30 % of the memory
CONNECT_SECONDS = 5.0
# Ray reads these when it is imported or starts its processes.
RAY_VARIABLES = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SCHEDULER_EVENTS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_NUM_REDIS_GET_RETRIES": "3",  # what listens there may be no cluster at all
}


@dataclass(frozen=True)
class WorkerSlot:
    """What one worker takes of a node: Ray's id of the node, its address, and how many CPUs and GPUs."""

    node: str
    host: str
    cpus: int
    gpus: int


@contextlib.contextmanager
def connected(
    choice: str, log: Callable[[str], object] = lambda text: None, cpus: int | None = None
) -> Iterator[Any]:
    """The module `ray`, connected to a cluster while the block runs.

    Args:
        choice: "ray" for a cluster of this machine that ends with the block, or HOST:PORT of a running head.
        log: receives Ray's news.
        cpus: how many a cluster of this machine says it has; all of them by default.

    Raises:
        WorkersError: Ray is not installed, the choice is neither, or the cluster cannot be joined.
    """
    match = _address(choice)
    ray = _ray_for(choice, match)
    _redirect_ray_output(log)
    options = _running_cluster(choice) if match else _local_cluster(cpus)
    try:
        with _own_signal_handler():
            ray.init(**options, log_to_driver=False, logging_level="ERROR", namespace="can-the-judge-paint")
    except (OSError, RuntimeError, ValueError, TimeoutError) as error:
        ray.shutdown()
        reason = _first_line(str(error) or type(error).__name__)
        advice = _joining_advice(choice, match is not None)
        raise WorkersError(f"The Ray cluster {choice} cannot be used: {reason}. {advice}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def check_choice(choice: str) -> None:
    """Check, as far as possible without joining a cluster, that `connected` will succeed.

    Raises:
        WorkersError: the choice is neither, Ray is not installed, or nothing listens at the address.
    """
    _ray_for(choice, _address(choice))


def _address(choice: str) -> re.Match[str] | None:
    """Host and port of a running head; None for a cluster of this machine. Raises WorkersError: neither."""
    match = ADDRESS.fullmatch(choice)
    if choice != LOCAL_CLUSTER and not match:
        raise WorkersError(
            f"Workers are {choice!r}; give {LOCAL_CLUSTER} for this machine alone, or HOST:PORT of the head "
            "of a running Ray cluster, such as 10.0.0.5:6379."
        )
    return match


def _ray_for(choice: str, address: re.Match[str] | None) -> Any:
    """The module `ray`. Raises WorkersError: it is not installed, or nothing listens at the address."""
    if address is None:
        _require_token()  # before Ray is imported, which reads it
    ray = _import_ray(choice)
    if address:
        _check_reachable(choice, address[1].strip("[]"), int(address[2]))
    return ray


def _require_token() -> None:
    """Let only this process use its cluster: Ray opens ports to the network and runs what reaches them.

    Ray reads the token when it is imported. Whoever has set RAY_AUTH_MODE has chosen another way and keeps
    it.
    """
    if "RAY_AUTH_MODE" not in os.environ:
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}


def _import_ray(choice: str) -> Any:
    """The module `ray`. Raises WorkersError if it is not installed."""
    os.environ.update(RAY_VARIABLES)
    try:
        import ray
    except ImportError as error:
        raise WorkersError(
            f"Workers are {choice!r}, but Ray is not installed; install it with `pip install -r "
            f"{REQUIREMENTS}`, or choose no workers to paint on this machine."
        ) from error
    return ray


def _check_reachable(choice: str, host: str, port: int) -> None:
    """Raise WorkersError unless something listens there: Ray itself would try for a long time."""
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS):
            pass
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise WorkersError(
            f"No Ray cluster answers at {choice} ({reason}); start its head with "
            f"`ray start --head --port={port}`, or correct the address."
        ) from error


def _running_cluster(address: str) -> dict[str, Any]:
    """Options of ray.init. Our code and shipped packs are sent along, so that every node has the same."""
    code = {"py_modules": [str(ROOT / "core")], "excludes": ["__pycache__"]}
    return {"address": address, "runtime_env": code}


def _local_cluster(cpus: int | None) -> dict[str, Any]:
    """Options of ray.init."""
    options: dict[str, Any] = {
        "address": "local",
        "num_cpus": cpus,
        "object_store_memory": OBJECT_STORE_BYTES,
        "include_dashboard": False,
    }
    if Path.cwd() != ROOT:
        options["runtime_env"] = {"env_vars": {"PYTHONPATH": str(ROOT)}}
    return options


def _joining_advice(choice: str, running: bool) -> str:
    if running:
        return f"This machine must be one of its nodes: `ray start --address={choice} --num-cpus=0`."
    return "Try again without workers to paint in this machine's own painter process."


@contextlib.contextmanager
def _own_signal_handler() -> Iterator[None]:
    """Keep our SIGTERM handler: Ray's own would end this process in the middle of a step."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0].rstrip(".")[:200]


def _redirect_ray_output(log: Callable[[str], object]) -> None:
    """Ray prints news of its nodes on standard output, which belongs to the command line's results."""
    from ray._private import worker

    def told(data: dict[str, Any], *_: Any, **__: Any) -> None:
        log(f"Ray: {_first_line(''.join(data.get('lines', ())))}")

    # not part of Ray's interface: without it there is only more noise
    if hasattr(worker, "print_to_stdstream"):
        worker.print_to_stdstream = told


def worker_slots(ray: Any) -> list[WorkerSlot]:
    """Room for workers on the living nodes, whether taken or not.

    One slot for each GPU; on a node without any, one for each pair of CPUs (a single CPU counts as well).
    """
    found = []
    for node in ray.nodes():
        if not node["Alive"]:
            continue
        cpus = int(node["Resources"].get("CPU", 0))
        gpus = int(node["Resources"].get("GPU", 0))
        number = gpus or (cpus and max(1, cpus // CPUS_PER_WORKER))
        for _ in range(number):
            share = min(CPUS_PER_WORKER, cpus // number)
            found.append(WorkerSlot(node["NodeID"], node["NodeManagerAddress"], share, 1 if gpus else 0))
    return found


def start_actor(ray: Any, slot: WorkerSlot, load: Callable | None = None) -> Any:
    """Start a `core.service.cluster.remote_painter.PaintingActor`; returns the actor's handle at once.

    It starts in its slot. When its process or node is lost Ray starts it again, wherever there is room by
    then.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    from core.service.cluster.remote_painter import PaintingActor

    # It can be told to stop while it paints.
    remote_class = ray.remote(concurrency_groups={"control": 1})(PaintingActor)
    options = {"num_gpus": slot.gpus} if slot.gpus else {}
    placed = remote_class.options(
        num_cpus=slot.cpus,
        max_restarts=-1,
        scheduling_strategy=NodeAffinitySchedulingStrategy(slot.node, soft=True),
        **options,
    )
    return placed.remote(load, slot.cpus)
