"""Loaded by every Python process that has this folder on its path: nobody looks a name up or leaves the machine.

Each attempt is refused and written into the file TEST_OFFLINE_NOTES names. What a library does outside of Python's
sockets (uvloop) is not seen here: the empty network namespace refuses that, and without one uvloop is kept away.
"""

import ipaddress
import os
import sys
from typing import Any

NOTES = os.environ.get("TEST_OFFLINE_NOTES", "")
LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
CALLS = {"socket.connect", "socket.sendto", "socket.sendmsg"}


def _here(host: object) -> bool:
    """Whether a host is this machine: nothing, its name, or a loopback address."""
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _guard(event: str, args: tuple[Any, ...]) -> None:
    if event in LOOKUPS:
        host = args[0]
    elif event in CALLS and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if not _here(host):
        with open(NOTES, "a", encoding="utf-8") as file:  # noqa: PTH123 - nothing more is imported here
            file.write(f"{event} {host}\n")
        raise OSError(f"offline: {event} {host}")


if NOTES:
    sys.addaudithook(_guard)
    if os.environ.get("TEST_OFFLINE_BY_GUARD_ALONE"):
        sys.modules["uvloop"] = None  # type: ignore[assignment] # asyncio's own loop uses Python's sockets
