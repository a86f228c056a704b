"""Holds at the moment of sending, through the real outbox: by whom it is about, else by whom the contact is."""

from dataclasses import replace

import pytest

from tests.holds import held
from tests.store.test_outbox_delivery import CARD, DAY, Room, platform, room
from wxbot.messaging import Purpose
from wxbot.outbox.models import State
from wxbot.outbox.reasons import reason_of, reason_sentence
from wxbot.patients.derived import indexed
from wxbot.patients.models import Contact, HoldKind, Patient

__all__ = ["platform", "room"]


async def holding(room: Room, contact: Contact, kind: HoldKind) -> Patient:
    """The contact's own record, with a hold that stands."""
    patient = await room.patients.self_patient(contact, DAY)
    after = indexed(replace(patient, holds=(held(kind, DAY),), revision=patient.revision + 1))
    assert await room.stores[1].replace_patient(patient, after)
    return after


@pytest.mark.parametrize("named", [True, False])
async def test_nothing_is_sent_to_who_has_died_but_the_answer_to_who_writes_from_their_telephone(
    room: Room, *, named: bool
) -> None:
    ann = await room.contact(wrote=True)
    patient = await holding(room, ann, HoldKind.DECEASED)
    about = {"patient_id": patient.id} if named else {}
    for number, purpose in enumerate((Purpose.SERVICE, Purpose.REMINDER, Purpose.CARE)):
        message = await room.send(ann, f"k{number}", CARD, purpose=purpose, **about)
        assert (message.state, reason_of(message)) == (State.DROPPED, "deceased")
        assert reason_sentence(message) == "患者已去世，不再发送任何消息"
    assert (room.platform.sent, await room.tasks()) == ([], [])
    assert (await room.send(ann, "reply", purpose=Purpose.SERVICE, answer=True)).state is State.ACCEPTED


async def test_a_colleague_is_told_whatever_is_held_of_them(room: Room) -> None:
    ann = await room.contact(wrote=True)
    await holding(room, ann, HoldKind.DECEASED)
    told = await room.send(ann, purpose=Purpose.SERVICE, answer=True, to_staff=True, about="c2")
    assert told.state is State.ACCEPTED


async def test_a_hold_on_the_child_does_not_silence_what_is_about_the_parent(room: Room) -> None:
    ann = await room.contact(wrote=True)
    mine = await room.patients.self_patient(ann, DAY)
    assert (await room.send(ann, "mine", purpose=Purpose.CARE, patient_id=mine.id)).state is State.ACCEPTED
    child = replace(mine, id="child", contact_id=None, holds=(held(HoldKind.DISPUTE, DAY),))  # type: ignore[arg-type]
    assert await room.stores[1].insert(indexed(child))
    message = await room.send(ann, "child", purpose=Purpose.CARE, patient_id=child.id)
    assert (message.state, message.reason) == (State.DROPPED, "dispute")
    assert message.explanation == "患者有「纠纷：测试」，暂停这类消息"


async def test_what_was_lost_is_no_call_where_a_hold_keeps_it_back(room: Room) -> None:
    ann = await room.contact()
    patient = await room.patients.self_patient(ann, DAY)
    await room.send(ann, template=CARD, patient_id=patient.id)
    await holding(room, ann, HoldKind.DECEASED)
    await room.outbox.settle(platform_id="p1", ok=False, status="failed:user block", now=DAY)
    assert await room.tasks() == []


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [
        ("failed:user block", "failed:user block", "患者在微信里拒收了这类消息"),
        ("failed:whatever comes", "not_delivered", "微信回执说没有送达（failed:whatever comes）"),
        ("", "not_delivered", "微信回执说没有送达"),
    ],
)
async def test_what_did_not_arrive_says_so_and_not_how_it_left(
    room: Room, status: str, reason: str, sentence: str
) -> None:
    await room.send(await room.contact(), template=CARD)
    await room.outbox.settle(platform_id="p1", ok=False, status=status, now=DAY)
    message = await room.found()
    assert (message.state, reason_of(message), reason_sentence(message)) == (State.FAILED, reason, sentence)
