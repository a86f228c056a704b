"""Four service processes on one database: each push handled once, each message sent once, everybody in turn."""

import asyncio
import json
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import combinations, count, pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port
from tests.processes.harness import CallbackProxy, World, key_of_push, until
from wxbot.messaging import Purpose
from wxbot.outbox.service import Outbox
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.simulator.pushes import PushResult

pytestmark = pytest.mark.processes

PROCESSES = 4
CONFIRMED = "您的预约已经为您留好"
TALKERS, BOOKERS, QUIET = 24, 16, 40  # people
BURSTS, AT_ONCE = 4, 4  # a talker writes four texts at once, four times
WAITS = TALKERS * BURSTS * sum(range(AT_ONCE))  # pairs of texts of which the later one came while the earlier was held
TICK_SKIPPED = "Execution of job"  # of the scheduler: on a slow machine the run before is still at work
DUE_EACH = 5  # messages for each quiet person: all that one word of theirs allows (reference §4.1)


async def test_four_processes_share_a_busy_stretch(world: World) -> None:
    traces = [world.folder / f"trace-{number}" for number in range(PROCESSES)]
    gate = world.folder / "gate"
    services = [
        world.start(port=free_port(), trace=trace, handler_gate=gate, often="enqueue_care", LOG_LEVEL="WARNING")
        for trace in traces
    ]
    await asyncio.gather(*(service.ready() for service in services))
    turn = count()

    def some_of_them(_: bytes) -> list[str]:
        """Each attempt to the next process; every third one to two at once, every eleventh to all."""
        number = next(turn)
        several = PROCESSES if number % 11 == 0 else 2 if number % 3 == 0 else 1
        return [services[(number + each) % PROCESSES].url for each in range(several)]

    proxy = CallbackProxy(some_of_them)
    async with proxy.open() as address:
        world.platform.account.callback_url = address
        quiet = await asyncio.gather(*(_greets(world, f"静{number}") for number in range(QUIET)))
        talkers = await asyncio.gather(*(_greets(world, f"谈{number}") for number in range(TALKERS)))
        booking = [_books(world, f"约{number}") for number in range(BOOKERS)]
        due, bursts, stories = await asyncio.gather(
            _enqueue(world, [openid for openid, _ in quiet]),
            _bursts(world, gate, [openid for openid, _ in talkers]),
            asyncio.gather(*booking),
        )
        await world.at_rest()
    pushes = [push for _, story in [*quiet, *talkers, *stories] for push in story] + bursts
    assert len(pushes) >= 400
    assert due >= 200
    assert [push.problem for push in pushes if not push.ok] == []
    assert max(attempt.seconds for attempt in proxy.attempts) < 5.0

    notes = [json.loads(line) for trace in traces for line in trace.read_text().splitlines()]
    _each_handled_once(notes, pushes)
    _in_turn(notes)
    _in_order(notes)
    await _each_written_down_once(world, pushes)
    await _each_due_message_sent_once(world, [openid for openid, _ in quiet])
    await _no_hour_twice(world)
    events = [line for service in services for line in service.events()]
    assert [line for line in events if not line["event"].startswith(TICK_SKIPPED)] == []
    assert await asyncio.gather(*(service.terminate() for service in services)) == [0] * PROCESSES


# -- what people do -----------------------------------------------------------------------------------------------


async def _greets(world: World, name: str) -> tuple[str, list[PushResult]]:
    openid = world.platform.create_person(name).openid
    return openid, [await world.platform.follow(openid), await world.platform.say(openid, "你好")]


async def _bursts(world: World, gate: Path, openids: list[str]) -> list[PushResult]:
    """Everybody writes several texts, each sent as soon as the one before has arrived, while every handler is held."""
    pushes: list[PushResult] = []
    for burst in range(BURSTS):
        gate.touch()  # noqa: ASYNC240 - a mark, nothing is read
        try:
            said = await asyncio.gather(*(_writes_at_once(world, openid, burst) for openid in openids))
        finally:
            gate.unlink()  # noqa: ASYNC240
        for each in said:
            texts = await asyncio.gather(*each)
            await world.platform.redeliver(texts[-1 - burst])
            pushes += texts
    return pushes


async def _writes_at_once(world: World, openid: str, burst: int) -> list[asyncio.Task[PushResult]]:
    """Several texts of one person, each of them always answered; done when all have arrived, answered or not."""
    inbox = world.database.collection("inbox")
    before = await inbox.count_documents({"openid": openid})
    said = []
    for number in range(AT_ONCE):
        said.append(asyncio.create_task(world.platform.say(openid, "诊所地址" + "。" * (burst * AT_ONCE + number))))
        arrived = before + len(said)

        async def has_arrived(arrived: int = arrived) -> bool:
            return await inbox.count_documents({"openid": openid}) == arrived

        await until(has_arrived, "the text has arrived")
    return said


async def _books(world: World, name: str) -> tuple[str, list[PushResult]]:
    """Everybody wants the first hour of today that is offered."""
    openid, pushes = await _greets(world, name)
    pushes += [await world.platform.say(openid, text) for text in ("预约", "洁牙", "今天", "1")]
    return openid, pushes


async def _enqueue(world: World, openids: list[str]) -> int:
    """Messages that are due at once."""
    contacts = await world.rows("contacts", {"openid": {"$in": openids}})
    now = world.platform.now()
    messages = [
        Outbox.message(
            key=f"many:{contact['openid']}:{number}",
            contact_id=contact["_id"],
            purpose=Purpose.SERVICE,
            template="booking.day_full",
            variables={"date": f"第{number}天"},
            now=now,
            expires_at=now + timedelta(hours=1),
        )
        for number in range(DUE_EACH)
        for contact in contacts
    ]
    return await OutboxStore(world.database).insert(messages)


# -- what must have become of it ----------------------------------------------------------------------------------


def _each_handled_once(notes: list[dict[str, Any]], pushes: list[PushResult]) -> None:
    handled = Counter(note["key"] for note in notes if note["what"] == "handled")
    texts = {key_of_push(push) for push in pushes if "MsgId" in (push.fields or {})}
    assert [key for key, times in handled.items() if times != 1] == []
    assert {key for key in handled if key.startswith("m:")} == texts
    assert len(handled) == len(pushes)
    again = [note for note in notes if note["what"] == "claimed" and note["result"] == "duplicate"]
    assert len(again) >= 50  # or the processes have not been tried


def _handled_by_person(notes: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    people: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for note in sorted(notes, key=lambda note: note["began"]):
        if note["what"] == "handled":
            people[note["openid"]].append(note)
    return list(people.values())


def _in_turn(notes: list[dict[str, Any]]) -> None:
    """One at a time per person, whichever processes had the pushes."""
    for handled in _handled_by_person(notes):
        for earlier, later in pairwise(handled):
            assert earlier["ended"] <= later["began"]


def _in_order(notes: list[dict[str, Any]]) -> None:
    """What was claimed before a later push came in is handled before it."""
    claims = {note["key"]: note for note in notes if note["what"] == "claimed" and note["result"] != "duplicate"}
    waited, overtaken = 0, []
    for handled in _handled_by_person(notes):
        for first, second in combinations(handled, 2):
            claim, other = claims[first["key"]], claims[second["key"]]
            if other["ended"] < claim["began"]:
                overtaken.append((second["key"], first["key"]))
            waited += claim["began"] < other["began"] < first["ended"]
    assert overtaken == []
    assert waited >= WAITS


async def _each_written_down_once(world: World, pushes: list[PushResult]) -> None:
    lines = world.database.collection("interactions")
    assert await lines.count_documents({"kind": "message:received"}) == len(pushes)
    answers = Counter(row["ref"] for row in await world.rows("interactions", {"payload.channel": "passive"}))
    assert max(answers.values()) == 1
    late = await world.rows("outbox", {"key": {"$regex": "^reply:"}})
    assert len(answers) + len(late) == len(pushes)
    assert answers.keys().isdisjoint({row["key"].removeprefix("reply:") for row in late})


async def _each_due_message_sent_once(world: World, openids: list[str]) -> None:
    sent = defaultdict(list)
    for each in world.platform.sent:
        if each.openid in openids:
            sent[each.openid].append(each.body["text"]["content"][3:6])
    assert sent == {openid: [f"第{number}天" for number in range(DUE_EACH)] for openid in openids}
    states = Counter(row["state"] for row in await world.rows("outbox", {"key": {"$regex": "^many:"}}))
    assert states == {"accepted": DUE_EACH * len(openids)}
    others = [each.body["text"]["content"] for each in world.platform.sent if each.openid not in openids]
    booked = await world.rows("appointments")
    assert sum(CONFIRMED in words for words in others) == len(booked)  # beside them only answers that came late


async def _no_hour_twice(world: World) -> None:
    hours = Counter((row["practitioner_id"], row["start"]) for row in await world.rows("appointments"))
    assert sum(hours.values()) >= 1
    assert max(hours.values()) == 1
