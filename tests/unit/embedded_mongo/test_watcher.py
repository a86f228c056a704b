"""The watcher ends with its process only: it tries again whatever happens, and what cannot recover ends the process."""

import asyncio
import errno
from collections.abc import Callable, Iterator

import pytest

from wxbot.background import beside
from wxbot.embedded_mongo.readiness import NotReadyError
from wxbot.embedded_mongo.watcher import LONGEST_PAUSE_SECONDS, watch
from wxbot.errors import ConfigurationError

WORKS, OTHERS_AT_IT = True, False
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in a thousandth of the time."""
    for name, seconds in {"WATCH": 0.5, "ASK": 5.0, "SILENT": 30.0, "LONGEST_PAUSE": 4.0, "STEADY": 10.0}.items():
        monkeypatch.setattr(f"wxbot.embedded_mongo.watcher.{name}_SECONDS", seconds / 1000)


class Mongod:
    """Dies once; each attempt to start it again goes as `attempts` says, the last one for good."""

    def __init__(self, *attempts: bool | Exception, silent: bool = False) -> None:
        self.attempts: Iterator[bool | Exception] = iter(attempts)
        self.latest: bool | Exception = False
        self.tried = 0
        self.well = False
        self.silent = silent

    def alive(self) -> bool:
        return self.well or self.silent

    async def answers(self) -> bool:
        return self.well

    async def restart(self) -> bool:
        self.tried += 1
        self.latest = next(self.attempts, self.latest)
        if isinstance(self.latest, Exception):
            raise self.latest
        self.well = self.latest
        return self.latest


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "obstacle",
    [FULL, ConfigurationError(["No database"]), NotReadyError("it stopped"), RuntimeError("a fault"), MemoryError()],
)
async def test_whatever_goes_wrong_is_tried_again(obstacle: Exception):
    mongod = Mongod(obstacle, obstacle, OTHERS_AT_IT, obstacle, WORKS)
    async with beside(watch(mongod)):
        await until(lambda: mongod.well)
        assert mongod.tried == 5
        mongod.well = False  # and it still watches
        await until(lambda: mongod.well)


async def test_one_that_runs_and_does_not_answer_is_started_again():
    mongod = Mongod(FULL, WORKS, silent=True)
    async with beside(watch(mongod)):
        await until(lambda: mongod.well)
    assert mongod.tried == 2


async def test_what_cannot_recover_ends_what_runs_beside_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("wxbot.embedded_mongo.watcher.GIVE_UP_SECONDS", 0.05)
    mongod = Mongod(FULL)
    with pytest.raises(ConfigurationError, match="could not be brought back"):
        async with beside(watch(mongod)):
            await asyncio.Event().wait()
    assert mongod.tried > 1
    out, err = capsys.readouterr()
    assert "mongod_given_up" in out + err


async def test_a_full_disk_does_not_make_it_spin(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wxbot.embedded_mongo.watcher.GIVE_UP_SECONDS", 0.2)
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def remember(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", remember)
    with pytest.raises(ConfigurationError):
        await watch(Mongod(FULL))
    attempts = pauses[1:]  # the first is an ordinary look
    assert attempts[:4] == [0.0005, 0.001, 0.002, 0.004]
    assert set(attempts[4:]) <= {LONGEST_PAUSE_SECONDS / 1000}
