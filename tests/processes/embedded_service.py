"""`wxbot serve` on a database of its own, started and started again as a supervisor does, and asked how it is."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from tests.ports import free_port

PATIENCE = 120.0  # seconds for a step on a busy machine
LOOK_SECONDS = 0.1  # between looks
HTTP_SECONDS = 15.0  # for an answer; without a database /readyz takes some
SETTINGS = {
    "WXBOT_SECRET_KEY": "a-secret-key-for-process-tests-only",
    "WXBOT_WECHAT_APP_ID": "wx0123456789abcdef",
    "WXBOT_WECHAT_APP_SECRET": "0" * 32,
    "WXBOT_WECHAT_TOKEN": "processtests",
    "WXBOT_WECHAT_AES_KEY": "a" * 43,
    "WXBOT_WECHAT_ACCOUNT_ID": "gh_0123456789ab",
    "WXBOT_WECHAT_API_BASE_URL": "http://127.0.0.1:1",  # nobody there: the platform is not what these tests are about
}


class EmbeddedService:
    """One service and its log."""

    def __init__(self, data_dir: Path, log: Path, *, given: Mapping[str, str] | None = None) -> None:
        self._port = free_port()
        self._log = log
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WXBOT_")},
            **SETTINGS,
            "WXBOT_DATA_DIR": str(data_dir),
            "WXBOT_HTTP_PORT": str(self._port),
            **(given or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, program: str = "from wxbot.__main__ import main; main()") -> None:
        """Start it; `program` may change what takes too long for a test, and then runs the command line."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-c", program, "serve"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def running(self) -> bool:
        """Whether it still runs."""
        return self.process is not None and self.process.poll() is None

    def database(self) -> str:
        """ "ok", or what /readyz says of the database, or why there is no answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=HTTP_SECONDS) as answer:
                body: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            body = json.load(error)
        except OSError as error:
            return type(error).__name__
        part = body["parts"]["database"]
        return "ok" if part.get("ok", True) else str(part.get("error") or part.get("problem"))

    def wait(self, condition: Callable[[], bool]) -> float:
        """Wait until that is so; how many seconds it took."""
        began = monotonic()
        while not condition():
            if monotonic() - began > PATIENCE:
                raise AssertionError(f"still {self.database()}:\n{self.log()[-4000:]}")
            sleep(LOOK_SECONDS)
        return monotonic() - began

    def log(self) -> str:
        """What it wrote so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> int:
        """Stop it in order; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it if it still runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE)
