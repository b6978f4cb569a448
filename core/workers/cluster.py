"""The connection to a Ray cluster: one that is running, or one of this machine alone. Ray is optional and imported late."""

import contextlib
import os
import re
import secrets
import signal
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from core.errors import WorkersError

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = "core/workers/requirements.txt"
LOCAL = "ray"
ADDRESS = re.compile(r"([\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})")
CPUS_EACH = 2  # of a worker without a GPU
STORE_BYTES = 200_000_000  # frames only pass through; by default Ray would take 30 % of the memory
ANSWER_SECONDS = 5.0
# Read by Ray when it is imported or starts its processes.
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SCHEDULER_EVENTS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_NUM_REDIS_GET_RETRIES": "3",  # what listens there may be no cluster at all
}


@dataclass(frozen=True)
class Place:
    """What one worker takes of a node.

    Args:
        node: Ray's id of the node. host: its address. cpus, gpus: for the worker.
    """

    node: str
    host: str
    cpus: int
    gpus: int


@contextlib.contextmanager
def connected(choice, log=lambda text: None, cpus=None):
    """The module `ray`, connected to a cluster while the block runs.

    Args:
        choice: "ray" for a cluster of this machine that ends with the block, or HOST:PORT of a running one's head.
        log: function of one text; gets Ray's news.
        cpus: how many a cluster of this machine says it has; those it has by default.

    Raises:
        WorkersError: Ray is not installed, the choice is neither, or the cluster cannot be joined.
    """
    match = ADDRESS.fullmatch(choice)
    if choice != LOCAL and not match:
        raise WorkersError(
            f"Workers are {choice!r}; give {LOCAL} for this machine alone, or HOST:PORT of a running Ray cluster's head, "
            "such as 10.0.0.5:6379."
        )
    if choice == LOCAL:
        _lock_out()
    ray = _ray(choice)
    if match:
        _knock(choice, match[1].strip("[]"), int(match[2]))
        # Code and shipped packs are sent, so that every node has the same.
        options = {"address": choice, "runtime_env": {"py_modules": [str(ROOT / "core")], "excludes": ["__pycache__"]}}
    else:
        options = {"address": "local", "num_cpus": cpus, "object_store_memory": STORE_BYTES, "include_dashboard": False}
        if Path.cwd() != ROOT:
            options["runtime_env"] = {"env_vars": {"PYTHONPATH": str(ROOT)}}
    _tell_news_to(log)
    ours = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM) if ours else None
    try:
        ray.init(**options, log_to_driver=False, logging_level="ERROR", namespace="can-the-judge-paint")
    except (OSError, RuntimeError, ValueError, TimeoutError) as error:
        ray.shutdown()
        raise WorkersError(f"The Ray cluster {choice} cannot be used: {_short(error)}. {_advice(match, choice)}") from error
    finally:
        if ours:  # Ray's own handler would end this process in the middle of a step
            signal.signal(signal.SIGTERM, before)
    try:
        yield ray
    finally:
        ray.shutdown()


def _lock_out():
    """A cluster runs the code of whoever reaches its ports, and Ray opens them to the network: only this process knows the token.

    Read by Ray when it is imported. Whoever has chosen another way (RAY_AUTH_MODE) keeps it.
    """
    if "RAY_AUTH_MODE" not in os.environ:
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}


def _ray(choice):
    os.environ.update(QUIET)
    try:
        import ray
    except ImportError as error:
        raise WorkersError(
            f"Workers are {choice!r}, but Ray is not installed; install it with `pip install -r {REQUIREMENTS}`, or leave them out to "
            "paint on this machine."
        ) from error
    return ray


def _knock(choice, host, port):
    """Raise WorkersError unless something listens there: Ray itself would try for a long time."""
    try:
        with socket.create_connection((host, port), ANSWER_SECONDS):
            pass
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise WorkersError(
            f"No Ray cluster answers at {choice} ({reason}); start its head with `ray start --head --port={port}`, or correct the address."
        ) from error


def _advice(match, choice):
    if match:
        return f"This machine must be one of its nodes: `ray start --address={choice} --num-cpus=0`."
    return "Try again without workers to paint in this machine's own painter process."


def _short(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]


def _tell_news_to(log):
    """Ray prints what happens to its nodes on standard output, which belongs to the figures of the command line."""
    from ray._private import worker

    if hasattr(worker, "print_to_stdstream"):  # not part of Ray's interface: without it there is more noise, no more
        worker.print_to_stdstream = lambda data, *_, **__: log(f"Ray: {_short(''.join(data.get('lines', ()))[:500])}")


def places(ray):
    """Every place for a worker that the living nodes have room for, whoever takes it: list[Place].

    One for each GPU; on a node without any, one for each pair of CPUs (a single CPU counts as one, too).
    """
    found = []
    for node in ray.nodes():
        if not node["Alive"]:
            continue
        cpus, gpus = (int(node["Resources"].get(kind, 0)) for kind in ("CPU", "GPU"))
        number = gpus or (cpus and max(1, cpus // CPUS_EACH))
        for _ in range(number):
            found.append(Place(node["NodeID"], node["NodeManagerAddress"], min(CPUS_EACH, cpus // number), 1 if gpus else 0))
    return found


def hire(ray, place, load=None):
    """Start a `core.workers.station.Station` at a Place; returns the handle of its actor at once."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    from core.workers.station import Station

    options = {"num_gpus": place.gpus} if place.gpus else {}
    return (
        ray.remote(Station)
        .options(
            num_cpus=place.cpus,
            max_concurrency=4,  # it answers while it paints
            max_restarts=0,  # the crew sees to that: a worker that comes back has forgotten its run
            scheduling_strategy=NodeAffinitySchedulingStrategy(place.node, soft=False),
            **options,
        )
        .remote(load, place.cpus)
    )
