"""A port for the embedded mongod."""

import contextlib
import random
import socket
from pathlib import Path

from wxbot.errors import ConfigurationError

LOWEST = 20_000  # of those that are tried for a new folder
TRIED = 50
OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")  # the kernel's, for connections that leave


def free_port(preferred: int | None) -> int:
    """A port of 127.0.0.1 that nobody listens on, the preferred one where possible. Raises ConfigurationError.

    Others come from below the ports that the kernel gives to outgoing connections: those are taken by anybody while
    a killed mongod is being started again, even by a driver that looks for it there and meets itself.
    """
    below = range(LOWEST, _first_outgoing())
    others = random.sample(below, min(TRIED, len(below)))
    for port in (preferred, *others, 0):
        if port is None:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise ConfigurationError(["No free port on 127.0.0.1 for the embedded database."])


def _first_outgoing() -> int:
    try:
        return int(OUTGOING.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return LOWEST
