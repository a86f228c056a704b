"""The database or the platform goes away and comes back; the service is told to stop in the middle of its work."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.ports import free_port
from tests.processes.harness import CallbackProxy, Mongod, Service, World, key_of_push, open_world, served, until
from wxbot.messaging import Purpose
from wxbot.outbox.service import Outbox
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.simulator.pushes import PushResult
from wxbot.simulator.server import create_app

pytestmark = pytest.mark.processes

GONE_SECONDS = 10.0
PATIENTS = 10
PAUSE_SECONDS = 0.05  # between pushes: twenty a second
PLATFORM_WAITS = 5.0  # seconds, then it hangs up (reference §1.5)
OFTEN = "enqueue_care,deliver_outbox,sweep_inbox,recover_outbox"


async def _parts(service: Service) -> tuple[int, str, dict[str, Any]]:
    """/readyz: HTTP status, word, parts."""
    status, body = await service.health()
    return status, body.get("status", ""), body.get("parts", {})


# -- the database -------------------------------------------------------------------------------------------------


class Load:
    """Patients who keep writing until they are told to stop."""

    def __init__(self, world: World, openids: list[str]) -> None:
        self._world = world
        self._openids = openids
        self._under_way: list[asyncio.Task[PushResult]] = []
        self._go_on = True
        self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        number = 0
        while self._go_on:
            openid = self._openids[number % len(self._openids)]
            self._under_way.append(
                asyncio.create_task(self._world.platform.say(openid, "诊所地址" + "。" * (number % 50)))
            )
            number += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def stop(self) -> list[PushResult]:
        """No more; how each went."""
        self._go_on = False
        await self._running
        return await asyncio.gather(*self._under_way)


async def test_a_database_that_dies_under_load_and_returns(mongod: Mongod, tmp_path: Path) -> None:
    async with open_world(await mongod.start(), tmp_path) as world:
        mongod.stop()
        service = world.start(often=OFTEN, lease_seconds=4)
        proxy = CallbackProxy(lambda _: [service.url])
        async with proxy.open() as address:
            world.platform.account.callback_url = address

            # started before there is a database: it says so, and becomes ready without a restart
            await until(lambda: _says(service, 503, "database"), "it says that the database is missing")
            early = asyncio.create_task(world.platform.follow(world.platform.create_person("早来").openid))
            await mongod.start()
            await service.ready()
            await early

            openids = [await world.follower(f"患者{number}") for number in range(PATIENTS)]
            load = Load(world, openids)
            answered = world.database.collection("interactions")
            await until(lambda: answered.count_documents({"payload.channel": "passive"}), "pushes are answered")

            mongod.stop(signal.SIGKILL)
            gone_at = monotonic()
            await until(lambda: _says(service, 503, "database"), "it says that the database is gone")
            while monotonic() - gone_at < GONE_SECONDS:
                status, word, parts = await _parts(service)
                assert (status, word, parts["database"]["ok"], parts["token"]["ok"]) == (503, "degraded", False, True)
                assert (await service.health("/healthz"))[0] == 200
                await asyncio.sleep(PAUSE_SECONDS)
            await mongod.start()
            await service.ready()
            before = await answered.count_documents({"payload.channel": "passive"})
            await until(lambda: _more(world, before + 20), "pushes are answered again")
            pushes = await load.stop()
            await _everybody_has_their_answers(world)

        assert service.process.poll() is None  # the same process all the time
        unanswered = [attempt for attempt in proxy.attempts if attempt.status != 200]
        assert unanswered
        assert min(attempt.seconds for attempt in unanswered) >= PLATFORM_WAITS  # or the platform would not come again
        await _nothing_acknowledged_is_lost(world, pushes)
        assert await service.terminate() == 0


async def _says(service: Service, status: int, part: str) -> bool:
    found, _, parts = await _parts(service)
    return found == status and part in parts and not parts[part]["ok"] and bool(parts[part]["problem"])


async def _more(world: World, wanted: int) -> bool:
    return await world.database.collection("interactions").count_documents({"payload.channel": "passive"}) >= wanted


async def _everybody_has_their_answers(world: World) -> None:
    """Who got five late answers to one message, on a slow machine, writes once more: only then may the sixth leave."""

    async def rests() -> bool:
        waiting = await world.rows("outbox", {"state": "waiting", "reason": "rights_closed"})
        for contact in await world.rows("contacts", {"_id": {"$in": [row["contact_id"] for row in waiting]}}):
            await world.platform.say(contact["openid"], "还在吗")
        return not await world.unfinished() and not await world.under_way()

    await until(rests, "everything is finished and sent")


async def _nothing_acknowledged_is_lost(world: World, pushes: list[PushResult]) -> None:
    """What got a 200 stands in the transcript, once, and was answered: at once or later on the phone."""
    acknowledged = [key_of_push(push) for push in pushes if push.ok]
    assert len(acknowledged) >= 40
    assert any(push.attempts > 1 for push in pushes)  # the outage was felt
    received = {row["_id"] for row in await world.rows("interactions", {"kind": "message:received"})}
    assert [key for key in acknowledged if key not in received] == []
    in_time = Counter(row["ref"] for row in await world.rows("interactions", {"payload.channel": "passive"}))
    later = Counter(row["key"].removeprefix("reply:") for row in await world.rows("outbox", {"state": "accepted"}))
    assert {key: in_time[key] + later[key] for key in acknowledged} == dict.fromkeys(acknowledged, 1)
    assert await world.rows("outbox", {"state": {"$ne": "accepted"}}) == []
    shown = sum(len(world.on_the_phone(openid, "customer")) for openid in world.platform.people)
    assert shown == sum(later.values())


async def test_who_was_turned_away_by_a_frozen_database_is_answered_when_it_moves_again(
    mongod: Mongod, tmp_path: Path
) -> None:
    async with open_world(await mongod.start(), tmp_path) as world:
        service = await world.start(often=OFTEN, reply_within_seconds=0.5).ready()
        openid = await world.follower()
        mongod.freeze()
        turned_away = await world.say(openid, "你好")
        assert (turned_away.ok, turned_away.status, turned_away.attempts) == (
            False,
            None,
            3,
        )  # so it came again
        assert await _says(service, 503, "database")
        mongod.thaw()
        await service.ready()
        (line,) = await until(
            lambda: world.rows("interactions", {"kind": "message:sent", "payload.channel": "customer"}),
            "the answer is sent after all",
        )
        await world.at_rest()
        assert [seen.text for seen in world.on_the_phone(openid, "customer")] == [line["text"]]
        assert await service.terminate() == 0


# -- the platform -------------------------------------------------------------------------------------------------


async def test_while_nobody_listens_at_the_platform_messages_wait(world: World) -> None:
    port = free_port()
    service = world.start(often=OFTEN, back_off=0.05, WECHAT_API_BASE_URL=f"http://127.0.0.1:{port}")
    await until(lambda: _says(service, 503, "token"), "it says that the platform is out of reach")
    openid = await world.follower()
    push = await world.say(openid, "预约", "洁牙", "1", "1")  # answers need no call
    assert push.reply is not None
    assert push.reply["text"].startswith("约好了")
    (waiting,) = await until(
        lambda: world.rows("outbox", {"state": "waiting", "attempts": 1}), "the confirmation waits"
    )
    assert waiting["explanation"]
    assert world.platform.sent == []

    async with served(create_app(world.platform), port):
        await service.ready()
        await until(lambda: world.rows("outbox", {"state": "accepted"}), "the confirmation leaves")
        await world.at_rest()
        assert len(world.platform.sent) == 1
        assert await service.terminate() == 0


@pytest.mark.parametrize("trouble", [{"status": 502}, {"latency": 3.0}], ids=["answers 502", "hangs"])
async def test_while_the_platform_is_broken_template_messages_wait(world: World, trouble: dict[str, Any]) -> None:
    """A template message may be tried again: the platform drops the double by its client_key_of_push."""
    service = await world.start(often=OFTEN, back_off=0.03, call_seconds=1.0).ready()
    await world.follower()
    world.platform.faults.add(path="*", times=10_000, **trouble)
    await _enqueue_reminder(world)
    await until(lambda: _says(service, 503, "platform"), "it says that the platform is silent")
    (waiting,) = await until(lambda: world.rows("outbox", {"state": "waiting", "reason": {"$ne": ""}}), "it waits")
    assert waiting["explanation"]

    world.platform.faults.clear()
    await service.ready()
    await until(lambda: world.rows("outbox", {"state": "delivered"}), "the reminder is delivered")
    assert [sent.path for sent in world.platform.sent] == ["/cgi-bin/message/template/send"]
    assert await service.terminate() == 0


async def _enqueue_reminder(world: World) -> None:
    """A reminder for somebody whose last word is long ago."""
    (contact,) = await world.rows("contacts")
    store = OutboxStore(world.database)
    await store.rights.erase(contact["_id"])
    now = world.platform.now()
    told = ("name", "date", "time", "time_field", "practitioner", "title", "room", "bring", "visit_type", "speciality")
    message = Outbox.message(
        key="reminder",
        contact_id=contact["_id"],
        purpose=Purpose.REMINDER,
        template="care.appointment_tomorrow",
        variables={
            **dict.fromkeys(told, "明天"),
            "time_field": "2026年11月24日 09:00",
            "patient": "访客",
            "clinic_address": "晨光路88号",
        },
        now=now,
        expires_at=now + timedelta(hours=1),
    )
    await store.insert([message])


# -- stopping -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _stopping_while_handling(world: World) -> AsyncIterator[tuple[Service, str, asyncio.Task[PushResult]]]:
    """SIGTERM while a push is being handled; leaving lets the handler go on."""
    gate = world.folder / "gate"
    service = await world.start(often=OFTEN, handler_gate=gate, lease_seconds=0.5).ready()
    openid = await world.follower()
    gate.touch()
    saying = asyncio.create_task(world.say(openid, "你好"))

    async def somebody_waits() -> bool:
        return gate.stat().st_size > 0

    await until(somebody_waits, "the handler has begun")
    service.process.send_signal(signal.SIGTERM)
    await until(lambda: _refuses(service), "it takes no new connection")
    yield service, openid, saying
    gate.unlink()


async def _refuses(service: Service) -> bool:
    return (await service.health("/healthz", 1.0))[0] == 0


@pytest.mark.parametrize("asked", [1, 2])
async def test_a_stop_lets_the_slow_handler_finish(world: World, asked: int) -> None:
    async with _stopping_while_handling(world) as (service, openid, saying):
        if asked > 1:
            service.process.send_signal(signal.SIGTERM)
    opened_at = monotonic()
    assert await service.ended() == 0
    assert monotonic() - opened_at < 8.0
    push = await saying
    assert (push.ok, push.attempts) == (True, 1)
    assert push.reply is not None
    assert [seen.via for seen in world.on_the_phone(openid)] == ["passive", "passive"]
    assert await world.unfinished() == 0
    assert service.events("stopped") != []


async def test_a_kill_during_the_stop_loses_nothing(world: World) -> None:
    async with _stopping_while_handling(world) as (service, openid, saying):
        service.kill()
    assert not (await saying).ok
    assert await world.unfinished() == 1
    await world.start(often=OFTEN).ready()
    await until(lambda: world.rows("outbox", {"state": "accepted"}), "the answer is sent")
    await world.at_rest()
    assert [seen.via for seen in world.on_the_phone(openid)] == ["passive", "customer"]


async def test_a_stop_lets_the_call_in_hand_finish(world: World) -> None:
    service = await world.start(often=OFTEN).ready()
    openid = await world.follower()
    world.platform.faults.add(path="/cgi-bin/message/custom/send", latency=1.0)
    assert (await world.say(openid, "预约", "洁牙", "1", "1")).ok
    await until(lambda: world.rows("outbox", {"sending_since": {"$ne": None}}), "the call has left")
    assert await service.terminate() == 0
    (row,) = await world.rows("outbox")
    assert row["state"] == "accepted"
    assert len(world.platform.sent) == 1
