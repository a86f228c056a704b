"""Ports for servers that a test stops and starts again."""

import json
import socket
from pathlib import Path
from random import SystemRandom

PORTS = range(20_000, 32_000)  # below Linux's ephemeral ports


def free_port() -> int:
    """A port that nobody listens on, and that stays free until the test takes it."""
    while True:
        port = SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def reserve_port(data_dir: Path) -> None:
    """Have the embedded mongod of a data directory listen on such a port: it asks for the one it had last."""
    note = data_dir / "mongo" / "mongod.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"pid": 0, "port": free_port()}), encoding="utf-8")
