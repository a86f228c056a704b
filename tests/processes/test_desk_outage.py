"""The database or the process dies around a colleague's answer: it is read once, and the desk learns of it once."""

import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.desk_day.consoles import Console, Seen
from tests.desk_day.day import SMALL, employ
from tests.processes.harness import Mongod, Row, Service, World, open_world, until

pytestmark = pytest.mark.processes

CUSTOMER = "/cgi-bin/message/custom/send"
WORDS = "您好，我们下午三点前回复您"  # a promise, too
SERVICE: dict[str, Any] = {"often": "deliver_outbox,sweep_inbox,recover_outbox"}
DOOMED: dict[str, Any] = {"often": "deliver_outbox", "never": "sweep_inbox,recover_outbox", "lease_seconds": 0.5}


@asynccontextmanager
async def talk(world: World, service: Service) -> AsyncIterator[tuple[Console, str, str]]:
    """A patient who waits, and the colleague who has them: console, contact, openid."""
    await employ(world, SMALL)
    console = Console("kefu0", lambda: [service.url], random.Random(1), Seen())
    try:
        await console.sign_in()
        openid = await world.follower()
        assert (await world.say(openid, "人工")).ok
        (episode,) = await until(lambda: world.rows("episodes"), "the patient waits")
        contact = str(episode["contact_id"])
        assert "data-refused" not in await console.post(f"/console/desk/{contact}/start")
        yield console, contact, openid
    finally:
        await console.close()


async def _answered_once(world: World, openid: str) -> None:
    async def told() -> Row | None:
        (message,) = await world.rows("outbox", {"template": "desk.reply"})
        return message if message["state"] == "accepted" else None

    message = await until(told, "the message is accepted")
    assert [seen.text for seen in world.on_the_phone(openid, "customer")].count(WORDS) == 1
    (line,) = await world.rows("interactions", {"kind": "message:sent", "text": WORDS})
    assert line["by"] == message["author"]
    (episode,) = await world.rows("episodes")
    assert list(episode["counted"]).count(line["_id"]) == 1
    assert (episode["waiting_since"], episode["staff_at"]) == (None, line["at"])
    assert episode["first_reply_at"] == line["at"]
    assert len(await world.rows("promises")) == 1


@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGSTOP])
async def test_an_answer_that_leaves_while_the_database_dies_is_known_when_it_is_back(
    mongod: Mongod, tmp_path: Path, name: signal.Signals
) -> None:
    async with open_world(await mongod.start(), tmp_path) as world:
        service = await world.start(**SERVICE).ready()
        async with talk(world, service) as (console, contact, openid):
            world.platform.faults.add(path=CUSTOMER, latency=1.5)
            assert "data-sent" in await console.post(f"/console/desk/{contact}/reply", text=WORDS, key="k")

            async def called() -> bool:
                return not world.platform.faults  # the slow call is under way there

            await until(called, "the call has left")
            if name is signal.SIGKILL:
                mongod.stop()
            else:
                mongod.freeze()

            async def reached() -> bool:
                return bool(world.on_the_phone(openid, "customer"))

            await until(reached, "the platform took it")
            if name is signal.SIGKILL:
                await until(lambda: _logged(world, "outbox_not_written_yet"), "it cannot be written down")
                await mongod.start()
            else:
                mongod.thaw()
            await service.ready()
            await _answered_once(world, openid)
            assert service.process.poll() is None


async def _logged(world: World, name: str) -> bool:
    return bool(world.logged(name))


@pytest.mark.parametrize("step", ["in_transcript", "told"])
async def test_an_answer_whose_process_dies_before_the_desk_knows_is_told_by_the_next(world: World, step: str) -> None:
    armed = world.folder / "armed"
    service = await world.start(crash_at=step, crash_armed=armed, **DOOMED).ready()
    async with talk(world, service) as (console, contact, openid):
        armed.touch()
        assert "data-sent" in await console.post(f"/console/desk/{contact}/reply", text=WORDS, key="k")
        assert await service.ended() == -9
        (episode,) = await world.rows("episodes")
        assert (episode["waiting_since"] is None) is (step == "told")
        await world.start(**SERVICE).ready()
        await _answered_once(world, openid)


async def test_a_reply_that_is_sent_again_since_its_process_died_is_one_message(world: World) -> None:
    """The browser does not know whether it arrived, and repeats it under its key, at another process."""
    service = await world.start(crash_at="message_claimed", crash_armed=world.folder / "armed", **DOOMED).ready()
    async with talk(world, service) as (console, contact, openid):
        (world.folder / "armed").touch()
        assert "data-sent" in await console.post(f"/console/desk/{contact}/reply", text=WORDS, key="k")
        assert await service.ended() == -9
        await world.start(**SERVICE).ready()
        assert "data-sent" in await console.post(f"/console/desk/{contact}/reply", text=WORDS, key="k")
        await _answered_once(world, openid)
