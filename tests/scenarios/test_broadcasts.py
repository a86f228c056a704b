"""Care broadcasts through the whole app: what the preview says is what happens; nobody is sold to who must not be."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tests.holds import stored
from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.outgoing import Post
from wxbot.actors import Actor
from wxbot.approval import SelfApprovalError
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.broadcasts.errors import AudienceChangedError
from wxbot.broadcasts.models import Audience, AudienceKind, Broadcast, BroadcastDraft, BroadcastState, Recipient
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.database import Mapper
from wxbot.messaging import Purpose
from wxbot.patients.models import ConsentTopic, Contact, HoldKind, Mark
from wxbot.staff.permissions import Role, permissions_of
from wxbot.templates.models import Template

WRITER = Actor(id="writer", name="小文", permissions=permissions_of(Role.CONSULTANT))
MANAGER = Actor(id="manager", name="小管", permissions=permissions_of(Role.MANAGER))
OTHER_MANAGER = Actor(id="other", name="小主", permissions=permissions_of(Role.MANAGER))
CARE, OFFER = "care.month_1", "test.offer"
WORDS = "最近有一个洁牙的活动，其实还是挺适合您的，您看下，需要吗？回复「退订」不再接收。"


@pytest.fixture
async def post(clinic: Clinic) -> Post:
    return Post(clinic)


def with_offer(clinic: Clinic) -> None:
    """The wording of an offer, as if it had been published (A4-39)."""
    templates = clinic.app.services.templates
    templates.replace([*templates.all(), Template(key=OFFER, purpose=Purpose.MARKETING, text=WORDS, name="活动")])


async def mark(clinic: Clinic, contact: Contact, **facts: Any) -> None:
    patients = clinic.app.database.collection("patients")
    patient = await clinic.app.services.patients.self_patient(contact, clinic.now)
    await patients.update_one({"_id": patient.id}, {"$set": facts})


async def patient_ids(clinic: Clinic, post: Post, openids: list[str]) -> tuple[Any, ...]:
    services = clinic.app.services
    return tuple([(await services.patients.self_patient(await post.contact(each), clinic.now)).id for each in openids])


async def approved(
    clinic: Clinic, draft: BroadcastDraft, *, by: Actor = WRITER, twice: tuple[str, ...] = ()
) -> Broadcast:
    """Write, look, submit, approve."""
    broadcasts, now = clinic.app.services.broadcasts, clinic.now
    broadcast = await broadcasts.drafts.create(draft, by=by, now=now)
    broadcast = await broadcasts.drafts.preview(broadcast.id, by=by, now=now)
    broadcast = await broadcasts.drafts.submit(broadcast.id, by=by, now=now)
    assert broadcast.preview is not None
    seen = broadcast.preview.fingerprint
    return await broadcasts.approve(broadcast.id, seen, twice=twice, by=OTHER_MANAGER, now=now)


async def run(clinic: Clinic, post: Post, minutes: int) -> None:
    """Time passes minute by minute, and each does what is due."""
    for _ in range(minutes):
        await clinic.app.runner.run_now("run_broadcasts")
        await post.deliver()
        await post.pass_by(timedelta(minutes=1))
    await clinic.app.runner.run_now("run_broadcasts")
    await post.deliver()
    await clinic.app.runner.run_now("run_broadcasts")


async def treated(clinic: Clinic, ids: tuple[Any, ...]) -> Audience:
    """All of them were here a week ago; the selection that finds them by that."""
    start = clinic.now - timedelta(days=7)
    visits = [
        Appointment(
            id=AppointmentId(f"past-{each}"),
            request_key=f"past-{each}",
            contact_id=None,
            patient_id=each,
            visit_type_id=VisitTypeId("cleaning"),
            practitioner_id=PractitionerId("chen"),
            room="1",
            start=start,
            end=start + timedelta(minutes=30),
            created_at=start,
            new_patient=False,
            state=AppointmentState.COMPLETED,
            closed_at=start + timedelta(hours=2),
        )
        for each in ids
    ]
    mapper = Mapper(Appointment)
    await clinic.app.database.collection("appointments").insert_many([mapper.document(each) for each in visits])
    day = start.astimezone(clinic.app.services.clinic.timezone).date().isoformat()
    return Audience(kind=AudienceKind.TREATMENT, visit_types=("cleaning",), first_day=day, last_day=day)


def picked(ids: tuple[Any, ...], purpose: Purpose = Purpose.CARE, **more: Any) -> BroadcastDraft:
    template = CARE if purpose is Purpose.CARE else OFFER
    selection = Audience(kind=AudienceKind.LIST, patient_ids=ids)
    return BroadcastDraft(title="术后问候", purpose=purpose, template=template, audience=selection, **more)


async def outcome(clinic: Clinic, row: Recipient) -> str:
    message = await clinic.app.services.outbox.find(row.key)
    if message is None:
        return "drop"
    if message.state in {"accepted", "delivered"}:
        return f"sent/{message.channel}"
    phoned = await clinic.rows("followups", {"key": f"phone:{row.key}"})
    return "phone" if phoned else f"{message.state}/{message.reason}"


def foretold(row: Recipient) -> str:
    return f"sent/{row.channel}" if row.outcome in {"send", "wait"} else row.outcome


async def thirty(clinic: Clinic, post: Post, chance: Random) -> list[str]:
    """Thirty people of every kind, by chance; the windows of some end while the broadcast runs."""
    services = clinic.app.services
    kinds = [number % 10 for number in range(30)]
    chance.shuffle(kinds)
    early = {number: await post.talks(f"人{number}") for number in range(30) if kinds[number] == 9}
    await post.pass_by(timedelta(hours=47, minutes=44, seconds=30))  # theirs end between two turns
    openids = []
    for number, kind in enumerate(kinds):
        talks = kind in {0, 1, 8} or (kind in {2, 3, 4, 6, 7} and chance.random() < 0.5)
        openid = early.get(number) or await (post.talks if talks else post.quiet)(f"人{number}")
        openids.append(openid)
        contact = await post.contact(openid)
        if kind == 2:
            await clinic.platform.unfollow(openid)
        elif kind == 3:
            await services.patients.stop_messages(contact, clinic.now, "test")
        elif kind == 4:
            await mark(clinic, contact, **stored(HoldKind.PAUSED, clinic.now, "费用争议"))
        elif kind == 5:
            await clinic.platform.answer_notice(openid, "NTC_CARE", accept=True)
        elif kind == 6:
            await mark(clinic, contact, **stored(HoldKind.OBJECTION, clinic.now))
        elif kind == 7:
            await services.patients.mark_unreachable(contact.id, 48002, clinic.now)
        elif kind == 8:
            for _ in range(chance.choice([4, 5])):  # of the five that the window holds
                await post.hand_in(openid, "fallback.greeting", purpose=Purpose.SERVICE)
                await post.deliver()
    return openids


NO_CALLS: dict[str, str] = {}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("came", "facts", "ways"),
    [
        (True, {"time_field": "2026年11月25日 10:00"}, {"sent/customer", "sent/notice", "sent/template", "drop"}),
        (False, {"time_field": "2026年11月25日 10:00"}, {"sent/customer", "sent/notice", "phone", "drop"}),
        (True, {}, {"sent/customer", "sent/notice", "phone", "drop"}),  # its card lacks a field and is not used
        (False, NO_CALLS, {"sent/customer", "sent/notice", "drop"}),
    ],
    ids=["after a visit", "after no visit", "without a card", "without calls"],
)
async def test_a_broadcast_to_thirty_patients_does_what_its_preview_said(
    clinic: Clinic, post: Post, *, seed: int, came: bool, facts: dict[str, str], ways: set[str]
) -> None:
    openids = await thirty(clinic, post, Random(seed))
    ids = await patient_ids(clinic, post, openids)
    draft = picked(ids, variables=facts, calls=facts is not NO_CALLS)
    if came:
        draft = replace(draft, audience=await treated(clinic, ids))
    broadcast = await approved(clinic, draft)
    broadcasts = clinic.app.services.broadcasts
    rows = await broadcasts.people(broadcast, by=WRITER)
    expected = {row.patient_id: foretold(row) for row in rows}
    assert len(expected) == 30
    assert set(expected.values()) == ways
    await run(clinic, post, 40)
    assert {row.patient_id: await outcome(clinic, row) for row in rows} == expected
    broadcast = await broadcasts.find(broadcast.id, by=WRITER)
    far = await broadcasts.progress(broadcast, by=WRITER)
    assert (broadcast.state, far.upcoming, far.pending, far.percent) == (BroadcastState.DONE, 0, 0, 100)
    assert far.sent == sum(1 for each in expected.values() if each.startswith("sent"))
    assert far.phoned == sum(1 for each in expected.values() if each == "phone")


async def test_a_broadcast_leaves_at_its_pace_so_that_replies_can_be_answered(clinic: Clinic, post: Post) -> None:
    openids = [await post.talks(f"人{number}") for number in range(5)]
    broadcast = await approved(clinic, picked(await patient_ids(clinic, post, openids), pace_per_hour=12))
    await run(clinic, post, 30)
    left = sorted(row["sent_at"] for row in await clinic.rows("outbox", {"key": {"$regex": f"^{broadcast.prefix}"}}))
    assert len(left) == 5
    assert all(later - earlier >= timedelta(minutes=4, seconds=50) for earlier, later in pairwise(left))


async def test_an_offer_to_patients_closed_to_marketing_sends_nothing(clinic: Clinic, post: Post) -> None:
    with_offer(clinic)
    openids = [await post.talks(f"人{number}") for number in range(6)]
    services = clinic.app.services
    for openid in openids:
        contact = await post.contact(openid)
        await services.patients.set_consent(
            contact.id, ConsentTopic.MARKETING, granted=True, now=clinic.now, source="test", wording="w"
        )
        if openid != openids[5]:
            assert (await post.send(openid, purpose=Purpose.CARE)).state == "accepted"
    contacts = [await post.contact(openid) for openid in openids]
    await mark(clinic, contacts[0], **stored(HoldKind.DISPUTE, clinic.now))
    await mark(clinic, contacts[1], **stored(HoldKind.OBJECTION, clinic.now))
    await mark(clinic, contacts[2], offers_declined_at=clinic.now)
    ids = await patient_ids(clinic, post, openids)
    began = clinic.now - timedelta(days=9)
    treated = {
        "request_key": "r",
        "contact_id": contacts[3].id,
        "patient_id": ids[3],
        "visit_type_id": "wisdom_tooth",
        "practitioner_id": "chen",
        "room": "",
        "new_patient": False,
        "state": "completed",
        "created_at": began,
        "start": began,
        "end": began + timedelta(hours=1),
    }
    await clinic.app.database.collection("appointments").insert_one({"_id": "a1", **treated})
    broadcast = await approved(clinic, picked(ids, Purpose.MARKETING), by=MANAGER)
    rows = await services.broadcasts.people(broadcast, by=MANAGER)
    assert [row.reason for row in rows] == ["dispute", "objection", "declined", "unrecovered", "", "no_care"]
    await run(clinic, post, 20)
    assert [WORDS in clinic.sent_to(openid)[-1].text if clinic.sent_to(openid) else False for openid in openids] == [
        False,
        False,
        False,
        False,
        True,
        False,
    ]
    # the same in every other way: called a service, an answer, or enqueued as it is
    for openid in (*openids[:4], openids[5]):
        before = len(clinic.sent_to(openid))
        for facts in ({"purpose": Purpose.SERVICE}, {"purpose": Purpose.CARE, "answer": True}, {}):
            message = await post.send(openid, OFFER, **{"purpose": Purpose.MARKETING, **facts})
            assert (message.state, message.purpose) == ("dropped", Purpose.MARKETING)
        assert len(clinic.sent_to(openid)) == before


async def test_who_is_marked_recovered_may_be_told_of_an_offer(clinic: Clinic, post: Post) -> None:
    with_offer(clinic)
    openid = await post.talks()
    contact, services = await post.contact(openid), clinic.app.services
    await services.patients.set_consent(
        contact.id, ConsentTopic.MARKETING, granted=True, now=clinic.now, source="test", wording="w"
    )
    await clinic.book(openid, "智齿拔除", "任何医生都可以", "1", "1")
    await post.send(openid, purpose=Purpose.CARE)
    (patient_id,) = await patient_ids(clinic, post, [openid])
    stored = clinic.app.database.collection("appointments")
    begun = {"$set": {"start": clinic.now - timedelta(hours=1), "end": clinic.now - timedelta(minutes=5)}}
    await stored.update_many({"patient_id": patient_id}, begun)
    assert (await post.send(openid, OFFER, purpose=Purpose.MARKETING, patient_id=patient_id)).reason == "unrecovered"
    seen = Mark(reason="已拆线，愈合良好", by="staff:1", at=clinic.now)
    await mark(clinic, contact, recovered={"reason": seen.reason, "by": seen.by, "at": seen.at})
    assert (await post.send(openid, OFFER, purpose=Purpose.MARKETING, patient_id=patient_id)).state == "accepted"


async def test_a_paused_broadcast_holds_still_and_goes_on_where_it_stood(clinic: Clinic, post: Post) -> None:
    openids = [await post.talks(f"人{number}") for number in range(20)]
    broadcast = await approved(clinic, picked(await patient_ids(clinic, post, openids)))
    broadcasts = clinic.app.services.broadcasts
    await run(clinic, post, 5)
    await broadcasts.pause(broadcast.id, by=WRITER, now=clinic.now)
    before = (await broadcasts.progress(broadcast, by=WRITER)).sent
    assert 0 < before < 20
    await run(clinic, post, 60)
    assert (await broadcasts.progress(broadcast, by=WRITER)).sent == before
    await broadcasts.resume(broadcast.id, by=WRITER, now=clinic.now)
    await run(clinic, post, 30)
    assert (await broadcasts.progress(await broadcasts.find(broadcast.id, by=WRITER), by=WRITER)).sent == 20
    assert [len(clinic.sent_to(openid)) for openid in openids] == [1] * 20


async def test_a_cancelled_broadcast_sends_nothing_more(clinic: Clinic, post: Post) -> None:
    openids = [await post.talks(f"人{number}") for number in range(12)]
    broadcast = await approved(clinic, picked(await patient_ids(clinic, post, openids)))
    broadcasts = clinic.app.services.broadcasts
    await run(clinic, post, 5)
    sent = sum(len(clinic.sent_to(openid)) for openid in openids)
    await broadcasts.cancel(broadcast.id, by=WRITER, now=clinic.now)
    await broadcasts.cancel(broadcast.id, by=WRITER, now=clinic.now)
    await run(clinic, post, 30)
    assert sum(len(clinic.sent_to(openid)) for openid in openids) == sent
    assert set((await clinic.keys("dropped")).values()) == {"broadcast_cancelled"}


async def test_two_patients_of_one_contact_get_one_message(clinic: Clinic, post: Post) -> None:
    openid = await post.talks()
    contact = await post.contact(openid)
    (mother,) = await patient_ids(clinic, post, [openid])
    (own,) = await clinic.rows("patients", {"_id": mother})
    child = {**own, "_id": "child", "relation": "child", "name": "小小"}
    await clinic.app.database.collection("patients").insert_one(child)
    broadcast = await approved(clinic, picked((mother, "child", mother)))
    rows = await clinic.app.services.broadcasts.people(broadcast, by=WRITER)
    assert [(row.contact_id, row.reason) for row in rows] == [(contact.id, ""), (contact.id, "same_contact")]
    await run(clinic, post, 10)
    assert len(clinic.sent_to(openid)) == 1


async def test_who_wrote_a_broadcast_does_not_approve_it(clinic: Clinic, post: Post) -> None:
    ids = await patient_ids(clinic, post, [await post.talks()])
    broadcasts, now = clinic.app.services.broadcasts, clinic.now
    broadcast = await broadcasts.drafts.create(picked(ids), by=MANAGER, now=now)
    broadcast = await broadcasts.drafts.preview(broadcast.id, by=MANAGER, now=now)
    broadcast = await broadcasts.drafts.submit(broadcast.id, by=MANAGER, now=now)
    assert broadcast.preview is not None
    with pytest.raises(SelfApprovalError):
        await broadcasts.approve(broadcast.id, broadcast.preview.fingerprint, by=MANAGER, now=now)


async def test_a_clinic_of_one_may_approve_its_own_and_the_audit_says_so(open_clinic: OpenClinic) -> None:
    clinic = await open_clinic(self_approval=True)
    ids = await patient_ids(clinic, Post(clinic), [await Post(clinic).talks()])
    broadcasts, now = clinic.app.services.broadcasts, clinic.now
    broadcast = await broadcasts.drafts.create(picked(ids), by=MANAGER, now=now)
    broadcast = await broadcasts.drafts.preview(broadcast.id, by=MANAGER, now=now)
    broadcast = await broadcasts.drafts.submit(broadcast.id, by=MANAGER, now=now)
    assert broadcast.preview is not None
    approved_one = await broadcasts.approve(broadcast.id, broadcast.preview.fingerprint, by=MANAGER, now=now)
    assert approved_one.state is BroadcastState.APPROVED
    (entry,) = await clinic.rows("audit", {"action": "broadcast:self_approved"})
    assert entry["subject"] == f"broadcast:{broadcast.id}"


async def test_what_changed_since_it_was_looked_at_is_looked_at_again(clinic: Clinic, post: Post) -> None:
    openids = [await post.talks("一"), await post.talks("二")]
    ids = await patient_ids(clinic, post, openids)
    broadcasts = clinic.app.services.broadcasts
    broadcast = await broadcasts.drafts.create(picked(ids), by=WRITER, now=clinic.now)
    broadcast = await broadcasts.drafts.preview(broadcast.id, by=WRITER, now=clinic.now)
    broadcast = await broadcasts.drafts.submit(broadcast.id, by=WRITER, now=clinic.now)
    assert broadcast.preview is not None
    await clinic.say(openids[1], "退订")
    with pytest.raises(AudienceChangedError):
        await broadcasts.approve(broadcast.id, broadcast.preview.fingerprint, by=MANAGER, now=clinic.now)
    again = await broadcasts.find(broadcast.id, by=MANAGER)
    assert again.preview is not None
    assert (again.state, again.preview.will_send) == (BroadcastState.WAITING, 1)
    done = await broadcasts.approve(broadcast.id, again.preview.fingerprint, by=MANAGER, now=clinic.now)
    assert done.state is BroadcastState.APPROVED


async def test_a_run_that_dies_between_two_writes_is_repeated_without_a_second_message(
    clinic: Clinic, post: Post
) -> None:
    openids = [await post.talks(f"人{number}") for number in range(4)]
    broadcast = await approved(clinic, picked(await patient_ids(clinic, post, openids), pace_per_hour=600))
    rows = clinic.app.database.collection("broadcasts")
    await run(clinic, post, 5)
    await rows.update_one({"_id": broadcast.id}, {"$set": {"state": "running", "next_slot": 0}})  # as if never noted
    await run(clinic, post, 10)
    assert [len(clinic.sent_to(openid)) for openid in openids] == [1] * 4
    assert (await rows.find_one({"_id": broadcast.id}) or {})["state"] == "done"
