"""This computer's addresses in its networks, as others in the room type them. No torch."""

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil

EVERYWHERE = ("", "0.0.0.0", "::")  # what a server listens on that anybody may reach
THIS_COMPUTER = ("127.0.0.1", "localhost", "::1")
_NOWHERE = "192.0.2.1"  # an address for documentation: nothing is sent there
# Networks between a computer and what runs inside it, which nobody else is in.
_INNER_NETWORKS = ("docker", "br-", "veth", "virbr", "podman", "cni", "vmnet", "vboxnet", "lo")
_CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")


def own_address() -> str | None:
    """This computer's IPv4 address in the network it goes out by, or None if it has none."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect((_NOWHERE, 9))  # chooses a way out; nothing is sent
            found = asking.getsockname()[0]
    except OSError:
        return None
    return None if found.startswith(("127.", "0.")) else found


def own_addresses() -> list[str]:
    """This computer's IPv4 addresses in all its networks; the one it goes out by comes first."""
    first = own_address()
    found = [first] if first else []
    return [*found, *(address for address in _of_interfaces() if address != first)]


def is_in_container() -> bool:
    """Whether this program runs in a container, whose own addresses nobody outside can open."""
    return any(Path(name).exists() for name in _CONTAINER_FILES)


def is_this_computer(host: str) -> bool:
    """Whether a host name or address means the computer that it is typed on."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def _of_interfaces() -> Iterator[str]:
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    for name, addresses in psutil.net_if_addrs().items():
        if name not in up or name.startswith(_INNER_NETWORKS):
            continue
        for one in addresses:
            if one.family == socket.AF_INET and not one.address.startswith(("127.", "169.254.", "0.")):
                yield one.address
