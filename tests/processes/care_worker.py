"""One process of a care month: it looks, recovers and delivers at each moment that it reads, and says how it went.

`python -m tests.processes.care_worker URI DATABASE LOG`: reads moments (ISO 8601) as lines, answers `done` or `failed`.
What it sends is a line of LOG, written before it is answered.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, time

from motor.motor_asyncio import AsyncIOMotorClient

from tests.store.care_year_plans import PLANS, TEXTS
from tests.store.test_care import MADE, Room
from wxbot.database import Database, PyMongoError
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Call, Envelope, Outcome

FASTER = 20  # the machine's time in these processes: a lease of half a minute is over after 1.5 s
GIVES_UP_MS = 500  # without a database


class FastClock:
    """The clinic's time is told; the machine's is the same in every process, and fast."""

    def __init__(self) -> None:
        self.told = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """As told."""
        return self.told

    def machine_now(self) -> datetime:
        """Since the epoch, FASTER times as fast."""
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=time() % 1e7 * FASTER)

    def monotonic(self) -> float:
        """The machine's own."""
        return monotonic()


class Log:
    """A phone that takes everything; each message is a line."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def send(self, envelope: Envelope) -> Outcome:
        """Write it down, let others run, accept it."""
        os.write(self._file, f"{envelope.client_id}\n".encode())
        await asyncio.sleep(0)
        return Outcome(call=Call.ACCEPTED, platform_id=f"p{envelope.client_id}")


def room_of(database: Database, log: Path) -> tuple[Room, FastClock]:
    """Everything care works with."""
    clock = FastClock()
    return Room(database, PLANS, TEXTS, Log(log), clock), clock


async def turn(room: Room, clock: FastClock, moment: datetime) -> str:
    """One look, one recovery, one delivery."""
    clock.told = moment
    try:
        for contact in await room.patients.followed_between(MADE, MADE + timedelta(seconds=1)):
            await room.outbox.rights.note_action(contact.id, Action.MESSAGE, moment)  # they wrote just now
        await room.care.enqueue_due(moment)
        await room.outbox.recover(moment)
        await room.outbox.deliver_due(moment)
    except PyMongoError as error:
        return f"failed {type(error).__name__}"
    return "done"


async def main(uri: str, name: str, log: Path) -> None:
    """Until the last line."""
    room, clock = room_of(Database(AsyncIOMotorClient(uri, serverSelectionTimeoutMS=GIVES_UP_MS), name), log)
    say("ready")
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        say(await turn(room, clock, datetime.fromisoformat(line)))


def say(word: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"answer {word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
