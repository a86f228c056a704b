"""The demo's whole story with the network off: told over HTTP on loopback, reported as JSON on standard output.

Runs inside an empty network namespace where the machine allows one. Only the standard library.
"""

import fcntl
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

CLINIC = ZoneInfo("Asia/Shanghai")
PATIENCE = 120.0
OUTSIDE = ("192.0.2.1", 80)  # TEST-NET-1: nobody's address
BIRTH_YEAR = 1990

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1


def switch_loopback_on() -> None:
    """A new network namespace has a loopback device that is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(any_socket, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | IFF_UP, b""))


def _connect() -> None:
    with socket.socket() as out:
        out.settimeout(5)
        out.connect(OUTSIDE)


def refusals() -> dict[str, str]:
    """What becomes of attempts to get out, with the guard and in a Python that knows nothing of it."""
    found = {}
    for name, attempt in {
        "connect": _connect,
        "name": lambda: socket.getaddrinfo("api.weixin.qq.com", 443),
    }.items():
        try:
            attempt()
        except OSError as error:
            found[name] = str(error)
    bare = f"import socket; socket.create_connection({OUTSIDE!r}, timeout=5)"
    run = subprocess.run([sys.executable, "-I", "-c", bare], capture_output=True, text=True, check=False)  # noqa: S603
    if run.returncode:
        found["bare"] = run.stderr.splitlines()[-1]
    return found


class Demo:
    """`wxbot demo` and its control API."""

    def __init__(self, simulator_port: int) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "wxbot", "demo", "--simulator-port", str(simulator_port)],
            stdout=sys.stderr,
            stderr=sys.stderr,
        )
        self._simulator = f"http://127.0.0.1:{simulator_port}"
        self.openid = ""

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """GET, or POST when there is a body."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self._simulator + path, data=data, timeout=PATIENCE) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found

    def do(self, gesture: str, **body: object) -> dict[str, Any]:
        """What the patient does; the immediate answer."""
        result = self.ask(f"/sim/people/{self.openid}/{gesture}", body)
        if not result["ok"]:
            raise SystemExit(f"{gesture} {body}: {result}")
        return result["reply"] or {}

    def phone(self) -> list[dict[str, Any]]:
        """The chat."""
        return list(self.ask(f"/sim/people/{self.openid}/messages")["messages"])

    def move(self, to: datetime) -> None:
        """Time passes."""
        self.ask("/sim/clock", {"to": to.isoformat()})

    def now(self) -> datetime:
        """The clinic's wall clock."""
        return datetime.fromisoformat(self.ask("/sim/state")["now"]).astimezone(CLINIC)

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        until(lambda: self.process.poll() is not None, "the demo ends")
        return int(self.process.returncode)

    def shows(self, words: str) -> None:
        """Wait until the phone shows that."""
        until(lambda: any(words in json.dumps(seen, ensure_ascii=False) for seen in self.phone()), words)


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition."""
    ends = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > ends:
            raise SystemExit(f"not within {PATIENCE:.0f} s: {what}")
        select.select([], [], [], 0.05)  # time.sleep does not work under `make test-dates`


def opens(demo: Demo, clinic_port: int) -> bool:
    """Whether the clinic is ready."""
    if demo.process.poll() is not None:
        raise SystemExit(f"the demo ended with {demo.process.returncode}")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{clinic_port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200) and bool(demo.ask("/sim/state")["menu"])
    except (urllib.error.URLError, OSError):
        return False


def live(demo: Demo) -> None:
    """Follow, book, confirmation, birthday, reminder, visit, aftercare of the first day."""
    demo.openid = str(demo.ask("/sim/people", {"name": "小满"})["openid"])
    demo.do("follow")
    demo.do("say", text="预约")
    days = demo.do("say", text="智齿拔除")["links"]  # one practitioner offers it, so the next question is the day
    day = [link for link in days if link["id"].startswith("bk:day:")][-1]
    hours = demo.do("say", text=day["text"], menu_id=day["id"])["links"]
    hour = next(link for link in hours if link["id"].startswith("bk:time:"))
    demo.do("say", text=hour["text"], menu_id=hour["id"])
    demo.shows("约好了")
    demo.shows("您的预约已经为您留好")

    visit = datetime.fromisoformat(hour["id"].split(":", 3)[3]).astimezone(CLINIC)
    eve = visit - timedelta(days=1)
    demo.do("say", text=f"生日 {BIRTH_YEAR}年{eve.month}月{eve.day}日")
    demo.move(max(demo.now(), eve.replace(hour=0, minute=0) - timedelta(hours=4)))  # 20:00 the evening before
    demo.do("say", text="谢谢")
    demo.move(eve.replace(hour=9, minute=35))
    demo.shows("生日快乐")
    demo.move(eve.replace(hour=10, minute=5))
    demo.shows("等您来：")
    demo.move(max(visit.replace(hour=20, minute=30), visit + timedelta(hours=4)))
    demo.do("say", text="好的")
    demo.move((visit + timedelta(days=1)).replace(hour=10, minute=5))
    demo.shows("昨天辛苦了")


def timeline(openid: str) -> str:
    """The contact's story as `wxbot timeline` shows it."""
    environment = {**os.environ, "WXBOT_MONGODB_DATABASE": "wxbot_demo", "COLUMNS": "2000"}
    command = [sys.executable, "-m", "wxbot", "timeline", openid, "--limit", "500"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    return run.stdout + run.stderr


def main() -> None:
    """Tell it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))  # the demo and its database are stopped then
    namespace, proof_notes = sys.argv[1] == "namespace", Path(sys.argv[2])
    if namespace:
        switch_loopback_on()
    clinic_port, simulator_port = int(os.environ["WXBOT_HTTP_PORT"]), int(sys.argv[3])
    refused = refusals()
    demo = Demo(simulator_port)
    try:
        until(lambda: opens(demo, clinic_port), "the demo opens")
        live(demo)
        found: dict[str, Any] = {
            "refused": refused,
            "noted": proof_notes.read_text(encoding="utf-8").splitlines(),
            "phone": demo.phone(),
            "timeline": timeline(demo.openid),
        }
        demo.process.send_signal(signal.SIGTERM)
        found["exit"] = demo.ended()
    finally:
        if demo.process.poll() is None:
            demo.process.send_signal(signal.SIGTERM)  # it stops its database, too
            demo.ended()
    print(json.dumps(found))  # noqa: T201 - the report


if __name__ == "__main__":
    main()
