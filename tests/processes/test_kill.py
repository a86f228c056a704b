"""kill -9 of the service at every step of a push and of a message; then another process carries on."""

import asyncio
import signal
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.ports import free_port
from tests.processes.harness import World, key_of_push, until
from wxbot.simulator.people import Seen
from wxbot.simulator.pushes import PushResult

pytestmark = pytest.mark.processes

BOOKED = "约好了"  # how the answer to the last word of a booking begins
SORRY = "非常抱歉"
STOP_LIMIT = 60.0  # twenty on a machine that is not busy; one that is stuck would never end
HELD_SECONDS = 30.0  # five on a machine that is not busy; without a hand it is a minute and more
CONFIRMED = "您的预约已经为您留好"
CUSTOMER = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"

# The process that is to die: its claims are short-lived, so that nobody has to wait for them, and only it sends.
DOOMED: dict[str, Any] = {
    "often": "enqueue_care,deliver_outbox",
    "never": "sweep_inbox,recover_outbox",
    "lease_seconds": 0.5,
}
# The one that comes after: it looks often, and has the real leases.
SUCCESSOR: dict[str, Any] = {"often": "enqueue_care,deliver_outbox,sweep_inbox,recover_outbox"}


async def _book_and_die(world: World, step: str, *, day: str = "1") -> tuple[str, PushResult]:
    """A patient books; the process dies at that step of the last word, or of the confirmation that follows it."""
    armed = world.folder / "armed"
    service = await world.start(crash_at=step, crash_armed=armed, **DOOMED).ready()
    openid = await world.follower()
    assert (await world.say(openid, "预约", "洁牙", day)).ok
    armed.touch()
    last = await world.say(openid, "1")
    assert await service.ended() == -9
    assert not armed.exists()
    return openid, last


async def _confirmation_accepted(world: World) -> None:
    wanted = {"template": "care.appointment_confirmed", "state": "accepted"}
    await until(lambda: world.rows("outbox", wanted), "the confirmation is accepted")


async def _one_appointment(world: World) -> dict[str, Any]:
    (appointment,) = await world.rows("appointments")
    claimed = Counter(row["appointment_id"] for row in await world.rows("occupancy"))
    assert set(claimed) == {appointment["_id"]}
    assert len(await world.rows("interactions", {"kind": "appointment:booked"})) == 1
    return appointment


async def _transcript_is_what_the_phone_shows(world: World, openid: str, *, unknown_but_shown: int = 0) -> None:
    """Every push that was let in stands there once, and every word of ours that reached the phone."""
    received = await world.rows("interactions", {"_id": {"$regex": "^m:"}, "kind": "message:received"})  # no events
    said = [seen.text for seen in world.platform.people[openid].messages if seen.direction == "in"]
    assert [row["text"] for row in received] == said
    sent = await world.rows("interactions", {"kind": "message:sent"})
    shown = world.on_the_phone(openid)
    assert len(sent) == len(shown) - unknown_but_shown
    assert Counter(row["payload"]["channel"] for row in sent)["passive"] == len(world.on_the_phone(openid, "passive"))


async def _no_message_twice(world: World) -> None:
    bodies = [(sent.path, sent.openid, str(sent.body)) for sent in world.platform.sent]
    assert [body for body, times in Counter(bodies).items() if times > 1] == []


@pytest.mark.parametrize("step", ["claimed", "hour_taken", "handled", "noted", "written_down", "finished"])
async def test_a_push_survives_the_death_of_its_process(world: World, step: str) -> None:
    openid, lost = await _book_and_die(world, step)
    assert not lost.ok  # nobody answered, so the platform comes again

    await world.start(**SUCCESSOR).ready()
    again = await world.platform.redeliver(lost)
    assert again.ok
    await _confirmation_accepted(world)
    await world.at_rest()

    appointment = await _one_appointment(world)
    assert appointment["request_key"] == key_of_push(lost)
    answers = [seen for seen in world.on_the_phone(openid) if seen.text.startswith(BOOKED)]
    in_time = step in {"written_down", "finished"}  # then the answer was known already
    assert [seen.via for seen in answers] == ["passive" if in_time else "customer"]
    assert [CONFIRMED in seen.text for seen in world.on_the_phone(openid, "customer")].count(True) == 1
    await _transcript_is_what_the_phone_shows(world, openid)
    await _no_message_twice(world)
    assert await world.rows("outbox", {"state": {"$nin": ["accepted", "delivered"]}}) == []


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSTOP])
async def test_an_hour_that_a_vanished_process_was_taking_can_be_had_soon(world: World, by: signal.Signals) -> None:
    """The server alone keeps such a transaction for a minute, and refuses everybody else the hour."""
    armed = world.folder / "armed"
    quiet: dict[str, Any] = {"never": "sweep_inbox,recover_outbox", "lease_seconds": 600}
    doomed = await world.start(crash_at="in_transaction", crash_armed=armed, crash_signal=by.name, **quiet).ready()
    first, second = await world.follower("小林"), await world.follower("小周")
    for openid in (first, second):
        assert (await world.say(openid, "预约", "洁牙", "1")).ok
    heir = await world.start(port=free_port(), **quiet).ready()
    armed.touch()
    dying = asyncio.create_task(world.say(first, "1"))

    async def has_struck() -> bool:
        return not armed.exists()

    await until(has_struck, "the process is struck")
    world.platform.account.callback_url = f"{heir.url}/wechat/callback"
    began = monotonic()
    await world.say(second, "1")
    (appointment,) = await until(lambda: world.rows("appointments"), "the hour is had", limit=HELD_SECONDS)
    assert monotonic() - began < HELD_SECONDS
    answers = await until(lambda: _said(world, second, BOOKED), "the patient is told")
    assert len(answers) == 1
    assert [seen for seen in world.on_the_phone(second) if SORRY in seen.text] == []
    if by is signal.SIGSTOP:
        doomed.process.send_signal(signal.SIGCONT)
    await dying
    if by is signal.SIGSTOP:  # its work was run again, and met the truth
        told = await until(lambda: _said(world, first, "约走"), "the first patient is told")
        assert len(told) == 1
    assert [row["_id"] for row in await world.rows("appointments")] == [appointment["_id"]]


async def _said(world: World, openid: str, words: str) -> list[Seen]:
    """What a patient was told with those words in it."""
    return [seen for seen in world.on_the_phone(openid) if words in seen.text]


async def test_what_was_claimed_is_answered_though_the_platform_gave_up(world: World) -> None:
    openid, lost = await _book_and_die(world, "claimed")
    assert (lost.ok, lost.attempts) == (False, 3)

    await world.start(**SUCCESSOR).ready()
    await _confirmation_accepted(world)
    await world.at_rest()

    await _one_appointment(world)
    assert [seen.via for seen in world.on_the_phone(openid) if seen.text.startswith(BOOKED)] == ["customer"]
    await _transcript_is_what_the_phone_shows(world, openid)


@pytest.mark.parametrize("step", ["message_claimed", "right_spent", "told"])
async def test_a_message_whose_fate_is_certain_is_sent_once(world: World, step: str) -> None:
    openid, last = await _book_and_die(world, step)
    assert last.ok

    await world.start(**SUCCESSOR).ready()
    await _confirmation_accepted(world)
    await world.at_rest()

    assert [CONFIRMED in sent.body["text"]["content"] for sent in world.platform.sent] == [True]
    assert await world.rows("outbox", {"state": "unknown"}) == []
    await _one_appointment(world)
    await _transcript_is_what_the_phone_shows(world, openid)


@pytest.mark.parametrize(("step", "arrived"), [("marked", 0), ("sent", 1)])
async def test_a_message_whose_fate_nobody_knows_is_shown_and_never_repeated(
    world: World, step: str, arrived: int
) -> None:
    openid, last = await _book_and_die(world, step)
    assert last.ok

    await world.start(**SUCCESSOR).ready()
    (row,) = await until(lambda: world.rows("outbox", {"state": "unknown"}), "the message is unknown")
    await world.at_rest()

    assert len(world.platform.sent) == arrived
    assert len(await world.rows("outbox")) == 1
    assert row["explanation"]
    (line,) = await world.rows("interactions", {"kind": "message:unknown"})
    assert (line["ref"], line["payload"]["explanation"]) == (row["_id"], row["explanation"])
    (work,) = await world.rows("followups", {"key": f"check:{row['key']}"})
    assert (work["kind"], work["state"], work["contact_id"]) == ("check", "open", row["contact_id"])
    assert row["explanation"] in work["reason"]
    await _one_appointment(world)
    await _transcript_is_what_the_phone_shows(world, openid, unknown_but_shown=arrived)


@pytest.mark.parametrize("step", ["marked", "sent"])
async def test_a_template_message_is_repeated_under_its_own_id_and_seen_once(
    world: World, step: str, tmp_path: Path
) -> None:
    """Three days after the patient's last word only a template message may be sent; the platform drops the double."""
    monday = await world.start(**SUCCESSOR).ready()
    openid = await world.follower()
    assert (await world.say(openid, "预约", "洁牙", "11月27日", "1")).ok  # the Friday
    await _confirmation_accepted(world)
    assert await monday.terminate() == 0

    thursday = timedelta(days=3, minutes=2)  # 10:02: a day before
    world.platform.clock.move(thursday)
    armed = tmp_path / "armed"
    armed.touch()
    doomed = world.start(later=thursday, crash_at=step, crash_armed=armed, **DOOMED)
    assert await doomed.ended() == -9
    await world.start(later=thursday, **SUCCESSOR).ready()
    gone = ["delivered"] if step == "marked" else ["accepted", "delivered"]  # the receipt may have met a dead process
    reminder = {"template": "care.appointment_tomorrow", "state": {"$in": gone}}
    await until(lambda: world.rows("outbox", reminder), "the reminder is gone")
    await world.at_rest()

    assert [sent.path for sent in world.platform.sent] == [CUSTOMER, TEMPLATE]
    assert [seen.via for seen in world.on_the_phone(openid)][-2:] == ["customer", "template"]
    assert await world.rows("outbox", {"state": "unknown"}) == []
    await _transcript_is_what_the_phone_shows(world, openid)


@pytest.mark.parametrize("stuck", ["waits", "holds the loop"])
async def test_a_stop_ends_soon_whatever_is_stuck_and_the_next_process_finishes_it(world: World, stuck: str) -> None:
    gate = world.folder / "gate"
    knobs: dict[str, Any] = {"handler_holds": "卡住"} if stuck == "holds the loop" else {}
    service = await world.start(lease_seconds=0.5, never="sweep_inbox", handler_gate=gate, **knobs).ready()
    openid = await world.follower()
    gate.touch()
    stuck_push = asyncio.create_task(world.say(openid, "卡住"))
    await until(partial(asyncio.to_thread, gate.read_bytes), "the push is in hand, and stuck")
    began = monotonic()
    code = await service.terminate(limit=STOP_LIMIT)
    assert monotonic() - began < STOP_LIMIT
    assert code == (0 if stuck == "waits" else 1)
    gate.unlink()
    await stuck_push
    await world.start(**SUCCESSOR).ready()
    await world.at_rest()
    assert len(world.on_the_phone(openid, "customer")) == 1
    assert await world.rows("inbox", {"state": "failed"}) == []
