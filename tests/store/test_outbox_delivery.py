"""The delivery engine over a real mongod, against a platform that answers as it is told."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest
from pymongo.errors import AutoReconnect

from tests.auditing import NOBODY, RECEPTION, audit_of, entries
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from wxbot.actors import SYSTEM
from wxbot.clinic.models import Clinic
from wxbot.clock import Clock
from wxbot.database import Database
from wxbot.errors import ForbiddenError, PlatformError, Reaction, StaleError
from wxbot.followups.models import FollowUp
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import ContactId, Interaction, Kind, PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.delivery import Delivery, Run
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Call, Envelope, Message, MessageId, Outcome, State
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.patients.models import ConsentTopic, Contact
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore
from wxbot.templates.models import Card, Option, Template
from wxbot.templates.service import Templates

CLINIC = Clinic(
    name="晨光诊所",
    address="晨光路1号",
    phone="010-0000-0000",
    privacy_contact="privacy@example.com",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(),
    practitioners=(),
)
DAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 at the clinic
NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 22:00 at the clinic
LEASE_GONE = timedelta(seconds=31)
MET = Verdict(met=True)
TEXT_ONLY, CARD, NOTICE = "text.only", "with.card", "with.notice"

TEMPLATES = [
    Template(key=TEXT_ONLY, purpose=Purpose.SERVICE, text="您好，{name}"),
    Template(
        key=CARD,
        purpose=Purpose.REMINDER,
        text="您好，{name}",
        template_card=Card(template_id="TPL", title="就诊提醒", fields={"thing1": "{name}"}),
    ),
    Template(
        key=NOTICE,
        purpose=Purpose.REMINDER,
        text="您好，{name}",
        notice_card=Card(template_id="SUB", title="就诊通知", fields={"thing1": "{name}"}),
    ),
]


class MovingClock(Clock, Protocol):
    """What tests/conftest.py gives: a clock that stands until it is moved."""

    def move(self, by: timedelta) -> None: ...


Answer = Outcome | BaseException | Callable[[], Awaitable[Outcome]]


@dataclass
class Platform:
    """Answers in the order of `answers`; afterwards accepts everything."""

    answers: list[Answer] = field(default_factory=list)
    sent: list[Envelope] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    per_person: Counter[str] = field(default_factory=Counter)

    async def send(self, envelope: Envelope) -> Outcome:
        self.sent.append(envelope)
        self.in_flight += 1
        self.per_person[envelope.openid] += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        assert self.per_person[envelope.openid] == 1, "two at once to one patient"
        try:
            answer = self.answers.pop(0) if self.answers else None
            if isinstance(answer, BaseException):
                raise answer
            if isinstance(answer, Outcome):
                return answer
            if answer is not None:
                return await answer()
            await asyncio.sleep(0)
            platform_id = f"p{len(self.sent)}" if envelope.channel is Channel.TEMPLATE else None
            return Outcome(call=Call.ACCEPTED, platform_id=platform_id)
        finally:
            self.in_flight -= 1
            self.per_person[envelope.openid] -= 1

    @property
    def channels(self) -> list[Channel]:
        return [envelope.channel for envelope in self.sent]


@dataclass
class Facts:
    """Relevance by a table."""

    verdict: Verdict = MET
    poisoned: str | None = None
    meanwhile: Callable[[], Awaitable[None]] | None = None  # happens while the engine decides

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        if self.meanwhile is not None:
            await self.meanwhile()
        if any(message.precondition.get("id") == self.poisoned for message in messages):
            raise ValueError(self.poisoned)
        return {message.id: self.verdict for message in messages}


class TreatedLongAgo:
    """Circumstances in which everybody is well."""

    async def treated(self, patient_ids: Collection[PatientId], now: datetime) -> Mapping[PatientId, datetime]:
        return {each: now - timedelta(days=400) for each in patient_ids}


class Room:
    """An outbox with real neighbours."""

    def __init__(self, database: Database, clock: MovingClock, platform: Platform, **options: Any) -> None:
        self.clock = clock
        self.platform = platform
        self.stores = (
            OutboxStore(database),
            PatientStore(database, KEYS),
            HistoryStore(database),
            FollowUpStore(database),
        )
        self.store = self.stores[0]
        self.history = History(self.stores[2])
        self.patients = Patients(self.stores[1], self.history)
        self.followups = FollowUps(self.stores[3], history=self.history, audit=audit_of(database))
        self.facts = Facts()
        self.outbox = Outbox(
            self.store,
            templates=Templates(TEMPLATES),
            patients=self.patients,
            history=self.history,
            audit=audit_of(database),
            tasks=self.followups,
            sender=platform,
            clock=clock,
            clinics=FixedClinic(CLINIC),
            **options,
        )
        self.outbox.bind(self.facts, TreatedLongAgo())
        self._written = 0

    async def contact(self, name: str = "ann", *, wrote: bool = False) -> Contact:
        contact, _ = await self.patients.follow(f"o-{name}", self.clock.now())
        if wrote:
            await self.outbox.rights.note_action(contact.id, Action.MESSAGE, self.clock.now())
        return contact

    def message(self, contact: Contact, key: str = "k", template: str = TEXT_ONLY, **facts: Any) -> Message:
        now = self.clock.now()
        return self.outbox.message(
            **{
                "key": key,
                "contact_id": contact.id,
                "purpose": Purpose.REMINDER,
                "template": template,
                "variables": {"name": key},
                "now": now,
                "expires_at": now + timedelta(hours=24),
                **facts,
            }
        )

    async def deliver(self) -> Mapping[str, int]:
        return await self.outbox.deliver_due(self.clock.now())

    async def send(self, contact: Contact, key: str = "k", template: str = TEXT_ONLY, **facts: Any) -> Message:
        """Enqueue one message, deliver, and read where it stands."""
        await self.outbox.enqueue([self.message(contact, key, template, **facts)])
        await self.deliver()
        return await self.found(key)

    async def found(self, key: str = "k") -> Message:
        message = await self.outbox.find(key)
        assert message is not None
        return message

    async def lines(self, contact: Contact) -> list[Interaction]:
        """What the transcript says about messages, oldest first."""
        timeline = await self.history.timeline(contact.id)
        return [line for line in reversed(timeline) if line.kind.value.startswith("message:")]

    async def kinds(self, contact: Contact) -> list[Kind]:
        return sorted(line.kind for line in await self.lines(contact))

    async def tasks(self) -> list[FollowUp]:
        return await self.followups.open_ones(by=SYSTEM)

    async def left(self, contact: Contact) -> int:
        return (await self.outbox.rights.of(contact.id)).customer_left

    async def later(self, by: timedelta) -> Mapping[str, int]:
        self.clock.move(by)
        await self.outbox.recover(self.clock.now())
        return await self.deliver()


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def room(database: Database, clock: MovingClock, platform: Platform) -> AsyncIterator[Room]:
    room = Room(database, clock, platform)
    await database.create_indexes(room.stores)
    yield room
    assert platform.in_flight == 0


def refused(code: int, reaction: Reaction, retry_after: float | None = None) -> Outcome:
    return Outcome(
        call=Call.REFUSED, code=code, reaction=reaction, advice="平台的说明", retry_after_seconds=retry_after
    )


# -- the ways out ----------------------------------------------------------------------------------------------


async def test_inside_the_window_a_message_leaves_as_a_customer_message(room: Room) -> None:
    ann = await room.contact(wrote=True)
    options = (Option(id="1", label="好的"),)
    message = await room.send(ann, options=options)
    assert room.platform.sent == [
        Envelope(openid="o-ann", channel=Channel.CUSTOMER, client_id=message.id, text="您好，k", options=options)
    ]
    assert (message.state, message.channel, message.settled_at) == (State.ACCEPTED, Channel.CUSTOMER, DAY)
    assert "没有送达回执" in message.explanation
    assert await room.left(ann) == 4


async def test_what_was_sent_is_in_the_transcript_as_the_patient_saw_it(room: Room) -> None:
    ann = await room.contact(wrote=True)
    message = await room.send(ann, template=CARD)
    [line] = await room.lines(ann)
    assert (line.id, line.kind, line.text, line.ref) == (
        f"outbox:{message.id}:sent",
        Kind.MESSAGE_SENT,
        "您好，k",
        message.id,
    )
    assert {name: line.payload[name] for name in ("channel", "template", "version", "purpose")} == {
        "channel": "customer",
        "template": CARD,
        "version": 1,
        "purpose": "reminder",
    }


async def test_outside_the_window_a_grant_is_used_and_counted(room: Room) -> None:
    ann = await room.contact()
    await room.outbox.rights.note_notice_answers(ann.id, [("SUB", True)], DAY)
    message = await room.send(ann, template=NOTICE)
    assert (message.state, message.channel, message.card_id) == (State.ACCEPTED, Channel.NOTICE, "SUB")
    assert (await room.outbox.rights.of(ann.id)).grants == {"SUB": 0}
    [line] = await room.lines(ann)
    assert line.text == "就诊通知\nk"


async def test_without_rights_a_template_message_leaves_and_keeps_the_platforms_id(room: Room) -> None:
    message = await room.send(await room.contact(), template=CARD)
    assert (message.state, message.channel, message.platform_id) == (State.ACCEPTED, Channel.TEMPLATE, "p1")
    [envelope] = room.platform.sent
    assert envelope.card is not None
    assert (envelope.card.template_id, dict(envelope.card.fields)) == ("TPL", {"thing1": "k"})


async def test_what_finds_no_channel_becomes_a_phone_call_that_says_why(room: Room) -> None:
    ann = await room.contact()
    message = await room.send(ann)
    assert (message.state, message.reason, room.platform.sent) == (State.DROPPED, "no_channel", [])
    [task] = await room.tasks()
    assert (task.key, task.kind.value, task.contact_id) == ("phone:k", "phone", ann.id)
    assert "48小时内没说过话" in task.reason
    assert await room.kinds(ann) == [Kind.MESSAGE_DROPPED]


async def test_marketing_without_a_channel_makes_nobody_phone(room: Room) -> None:
    ann = await room.contact()
    await room.patients.set_consent(ann.id, ConsentTopic.MARKETING, granted=True, now=DAY, source="test", wording="w")
    assert (await room.send(ann, "care", CARD, purpose=Purpose.CARE)).state is State.ACCEPTED
    message = await room.send(ann, template=CARD, purpose=Purpose.MARKETING)
    assert (message.reason, await room.tasks()) == ("no_channel", [])


async def test_a_wish_never_leaves_as_a_template_message(room: Room) -> None:
    message = await room.send(await room.contact(), template=CARD, purpose=Purpose.CARE, greeting=True)
    assert (message.reason, room.platform.sent) == ("no_channel", [])


async def test_the_sixth_message_in_a_window_takes_another_way(room: Room) -> None:
    ann = await room.contact(wrote=True)
    for n in range(6):
        await room.send(ann, f"k{n}", CARD)
    assert room.platform.channels == [Channel.CUSTOMER] * 5 + [Channel.TEMPLATE]
    assert await room.left(ann) == 0


async def test_an_answer_without_a_right_leaves_with_the_patients_next_action(room: Room) -> None:
    ann = await room.contact()
    held = await room.send(ann, answer=True, purpose=Purpose.SERVICE)
    assert (held.state, held.reason, held.awaits_contact) == (State.WAITING, "rights_closed", True)
    room.outbox.woken.clear()
    room.clock.move(timedelta(minutes=5))
    await room.outbox.rights.note_action(ann.id, Action.MENU_TAP, room.clock.now())
    assert room.outbox.woken.is_set()
    await room.deliver()
    assert ((await room.found()).state, room.platform.channels) == (State.ACCEPTED, [Channel.CUSTOMER])


async def test_a_patient_who_acts_while_their_answer_is_being_held_back_gets_it_at_once(room: Room) -> None:
    ann = await room.contact()

    async def act() -> None:
        for _ in range(20):  # the engine's own look at the ledger, taken beside this, is over by then
            await room.outbox.rights.of(ann.id)
        await room.outbox.rights.note_action(ann.id, Action.MENU_TAP, room.clock.now())
        room.facts.meanwhile = None

    room.facts.meanwhile = act
    message = await room.send(ann, answer=True, purpose=Purpose.SERVICE, precondition={"id": "any"})
    assert (message.state, room.platform.channels) == (State.ACCEPTED, [Channel.CUSTOMER])


async def test_an_answer_that_never_got_a_right_becomes_a_phone_call(room: Room) -> None:
    ann = await room.contact()
    await room.send(ann, answer=True, purpose=Purpose.SERVICE)
    await room.later(timedelta(minutes=30))
    assert (await room.found()).reason == "no_channel"
    assert [task.key for task in await room.tasks()] == ["phone:k"]


# -- policy and preconditions -----------------------------------------------------------------------------------


async def test_what_is_no_longer_wanted_is_dropped_with_the_reason(room: Room) -> None:
    ann = await room.contact(wrote=True)
    room.facts.verdict = Verdict(met=False, reason="appointment_cancelled", explanation="预约已取消")
    message = await room.send(ann, precondition={"kind": "appointment", "id": "a1"})
    assert (message.state, message.reason, message.explanation) == (
        State.DROPPED,
        "appointment_cancelled",
        "预约已取消",
    )
    assert (room.platform.sent, await room.tasks()) == ([], [])


async def test_at_night_a_reminder_waits_for_the_morning_and_an_answer_does_not(room: Room) -> None:
    room.clock.move(NIGHT - DAY)
    ann = await room.contact(wrote=True)
    await room.send(ann, "reminder")
    await room.send(ann, "answer", answer=True, purpose=Purpose.SERVICE)
    assert [envelope.text for envelope in room.platform.sent] == ["您好，answer"]
    waiting = await room.found("reminder")
    assert (waiting.state, waiting.reason, waiting.attempts) == (State.WAITING, "quiet_hours", 0)
    await room.later(timedelta(hours=10, minutes=30))
    assert (await room.found("reminder")).state is State.ACCEPTED


async def test_after_a_stop_care_is_dropped_and_reminders_leave(room: Room) -> None:
    ann = await room.contact(wrote=True)
    await room.patients.stop_messages(ann, DAY, "chat:退订")
    assert (await room.send(ann, "care", purpose=Purpose.CARE)).reason == "no_consent"
    assert (await room.send(ann, "reminder")).state is State.ACCEPTED


async def test_who_unfollowed_gets_nothing(room: Room) -> None:
    ann = await room.contact(wrote=True)
    await room.patients.unfollow(ann, DAY)
    assert ((await room.send(ann, CARD)).reason, room.platform.sent) == ("unfollowed", [])


async def test_one_message_that_cannot_be_judged_does_not_hold_up_the_others(room: Room) -> None:
    ann, ben = await room.contact("ann", wrote=True), await room.contact("ben", wrote=True)
    room.facts.poisoned = "bad"
    await room.outbox.enqueue(
        [
            room.message(ann, "good", precondition={"id": "good"}),
            room.message(ben, "bad", precondition={"id": "bad"}),
        ]
    )
    assert await room.deliver() == {"accepted": 1, "waited": 1}
    bad = await room.found("bad")
    assert (bad.reason, bad.attempts, bad.due_at) == ("internal", 1, DAY + timedelta(seconds=1))
    room.facts.poisoned = None
    await room.later(timedelta(seconds=1))
    assert (await room.found("bad")).state is State.ACCEPTED


async def test_a_message_whose_wording_is_missing_fails_and_is_looked_at(room: Room) -> None:
    ann = await room.contact(wrote=True)
    assert (await room.send(ann, "k1", "no.such.template")).reason == "wording"
    assert (await room.send(ann, "k2", variables={})).reason == "wording"
    assert sorted(task.key for task in await room.tasks()) == ["check:k1", "check:k2"]


# -- what the platform answers ---------------------------------------------------------------------------------


async def test_a_busy_platform_is_asked_again_and_the_right_is_spent_once(room: Room) -> None:
    ann = await room.contact(wrote=True)
    room.platform.answers = [refused(-1, Reaction.RETRY)]
    waiting = await room.send(ann)
    assert (waiting.state, waiting.reason, waiting.explanation) == (State.WAITING, "-1", "平台的说明")
    assert (waiting.sending_since, await room.left(ann)) == (None, 5)
    await room.later(timedelta(seconds=1))
    done = await room.found()
    assert (done.state, done.attempts, await room.left(ann)) == (State.ACCEPTED, 2, 4)


async def test_later_messages_of_a_contact_wait_behind_one_that_is_asked_again(room: Room) -> None:
    ann = await room.contact(wrote=True)
    room.platform.answers = [refused(-1, Reaction.RETRY)]
    await room.outbox.enqueue([room.message(ann, "first"), room.message(ann, "second")])
    await room.deliver()
    assert [envelope.text for envelope in room.platform.sent] == ["您好，first"]
    await room.later(timedelta(seconds=1))
    assert [envelope.text for envelope in room.platform.sent] == ["您好，first", "您好，first", "您好，second"]


async def test_after_six_refusals_the_message_fails_and_a_person_phones(room: Room) -> None:
    ann = await room.contact(wrote=True)
    room.platform.answers = [refused(-1, Reaction.RETRY)] * 6
    await room.send(ann)
    for pause in (1, 5, 30, 120, 600, 6000):
        await room.later(timedelta(seconds=pause))
    failed = await room.found()
    assert (failed.state, failed.reason, failed.attempts, len(room.platform.sent)) == (State.FAILED, "-1", 6, 6)
    assert [task.key for task in await room.tasks()] == ["phone:k"]
    assert await room.kinds(ann) == [Kind.MESSAGE_DROPPED]


@pytest.mark.parametrize("code", [45015, 45047])
async def test_when_the_platform_knows_better_the_ledger_follows_and_the_next_channel_is_tried(
    room: Room, code: int
) -> None:
    ann = await room.contact(wrote=True)
    room.platform.answers = [refused(code, Reaction.DEFER)]
    message = await room.send(ann, template=CARD)
    assert (message.state, room.platform.channels) == (State.ACCEPTED, [Channel.CUSTOMER, Channel.TEMPLATE])
    assert await room.left(ann) == 0
    assert (await room.outbox.counts(DAY)).rights_blocks == {str(code): 1}


async def test_a_notice_the_platform_knows_nothing_of_loses_its_grants(room: Room) -> None:
    ann = await room.contact()
    await room.outbox.rights.note_notice_answers(ann.id, [("SUB", True), ("SUB", True)], DAY)
    room.platform.answers = [refused(43101, Reaction.DROP)]
    message = await room.send(ann, template=NOTICE)
    assert (message.reason, (await room.outbox.rights.of(ann.id)).grants) == ("no_channel", {"SUB": 0})


async def test_a_notice_that_failed_otherwise_gets_its_grant_back(room: Room) -> None:
    ann = await room.contact()
    await room.outbox.rights.note_notice_answers(ann.id, [("SUB", True)], DAY)
    room.platform.answers = [refused(47003, Reaction.DROP)]
    message = await room.send(ann, template=NOTICE)
    assert (message.state, (await room.outbox.rights.of(ann.id)).grants) == (State.FAILED, {"SUB": 1})


async def test_a_daily_quota_rests_the_channel_until_the_time_named(room: Room) -> None:
    ann, ben = await room.contact("ann"), await room.contact("ben")
    room.platform.answers = [refused(45009, Reaction.DEFER, 3600)]
    await room.send(ann, "k1", CARD)
    await room.send(ben, "k2", CARD)
    assert len(room.platform.sent) == 1
    assert ((await room.found("k1")).reason, (await room.found("k2")).reason) == ("45009", "channel_rests")
    await room.later(timedelta(hours=1))
    assert len(room.platform.sent) == 3


async def test_an_alarm_rings_once_a_day_and_spares_the_others_the_call(room: Room) -> None:
    people = [await room.contact(f"p{n}") for n in range(5)]
    room.platform.answers = [refused(40037, Reaction.ALARM)]
    for n, person in enumerate(people):
        await room.send(person, f"k{n}", CARD)
    assert len(room.platform.sent) == 1
    assert [task.key for task in await room.tasks()] == ["alarm:40037:2026-11-23"]
    await room.later(timedelta(minutes=30))
    assert {(await room.found(f"k{n}")).state for n in range(5)} == {State.ACCEPTED}


async def test_a_refused_message_fails_with_the_platforms_words(room: Room) -> None:
    ann = await room.contact()
    room.platform.answers = [refused(47003, Reaction.DROP)]
    failed = await room.send(ann, template=CARD, purpose=Purpose.CARE)
    assert (failed.state, failed.reason, failed.explanation) == (State.FAILED, "47003", "平台的说明")
    assert (await room.kinds(ann), await room.tasks()) == ([Kind.MESSAGE_DROPPED], [])


@pytest.mark.parametrize("code", [43004, 48002])
async def test_who_cannot_be_reached_is_remembered_as_such(room: Room, code: int) -> None:
    ann = await room.contact()
    room.platform.answers = [refused(code, Reaction.UNFOLLOW)]
    assert (await room.send(ann, "k1", CARD)).state is State.FAILED
    assert (await room.send(ann, "k2", CARD)).state is State.DROPPED
    assert len(room.platform.sent) == 1


@pytest.mark.parametrize(
    "silence",
    [Outcome(call=Call.UNKNOWN), TimeoutError(), OSError("broken pipe")],
    ids=["reported", "timeout", "raised"],
)
async def test_silence_after_a_customer_message_is_shown_and_never_repeated(room: Room, silence: Answer) -> None:
    ann = await room.contact(wrote=True)
    room.platform.answers = [silence]
    message = await room.send(ann)
    assert (message.state, await room.kinds(ann)) == (State.UNKNOWN, [Kind.MESSAGE_UNKNOWN])
    assert [task.key for task in await room.tasks()] == ["check:k"]
    await room.later(timedelta(hours=1))
    assert len(room.platform.sent) == 1
    assert await room.left(ann) == 4


async def test_after_a_silence_the_next_patients_messages_wait_rather_than_become_unknown_too(room: Room) -> None:
    ann, bob = await room.contact(wrote=True), await room.contact("bob", wrote=True)
    room.platform.answers = [Outcome(call=Call.UNKNOWN)]
    await room.send(ann)
    assert ((await room.send(bob, "k2")).state, len(room.platform.sent)) == (State.WAITING, 1)
    await room.later(timedelta(seconds=16))
    assert ((await room.found("k2")).state, len(room.platform.sent)) == (State.ACCEPTED, 2)


async def test_silence_after_a_template_message_is_repeated_with_the_same_id(room: Room) -> None:
    ann = await room.contact()
    room.platform.answers = [Outcome(call=Call.UNKNOWN)]
    assert (await room.send(ann, template=CARD)).state is State.WAITING
    # a window opens: another channel would deliver a second time
    await room.outbox.rights.note_action(ann.id, Action.MESSAGE, DAY)
    await room.later(timedelta(seconds=1))
    assert (await room.found()).state is State.ACCEPTED
    assert room.platform.channels == [Channel.TEMPLATE, Channel.TEMPLATE]
    assert len({envelope.client_id for envelope in room.platform.sent}) == 1


async def test_a_silence_that_can_no_longer_be_repeated_safely_ends_as_unknown(room: Room) -> None:
    ann = await room.contact()
    room.platform.answers = [Outcome(call=Call.UNKNOWN)]
    await room.send(ann, template=CARD)
    await room.later(timedelta(minutes=10))
    assert ((await room.found()).state, len(room.platform.sent)) == (State.UNKNOWN, 1)
    assert await room.kinds(ann) == [Kind.MESSAGE_UNKNOWN]


async def test_a_sender_that_raises_the_platforms_answer_is_understood(room: Room) -> None:
    room.platform.answers = [PlatformError(code=-1, reaction=Reaction.RETRY, advice="系统繁忙")]
    assert (await room.send(await room.contact(), template=CARD)).reason == "-1"


# -- receipts --------------------------------------------------------------------------------------------------


async def test_a_receipt_delivers_a_template_message(room: Room) -> None:
    ann = await room.contact()
    message = await room.send(ann, template=CARD)
    assert message.platform_id is not None
    settled = await room.outbox.settle(platform_id=message.platform_id, ok=True, status="success", now=DAY)
    assert (settled, (await room.found()).state) == (True, State.DELIVERED)
    assert await room.kinds(ann) == [Kind.MESSAGE_SENT, Kind.MESSAGE_SETTLED]


async def test_a_receipt_that_comes_before_the_answer_is_noted_settles_all_the_same(room: Room) -> None:
    ann = await room.contact()

    async def receipt_first() -> Outcome:
        assert not await room.outbox.settle(platform_id="p77", ok=True, status="success", now=DAY)
        return Outcome(call=Call.ACCEPTED, platform_id="p77")

    room.platform.answers = [receipt_first]
    assert (await room.send(ann, template=CARD)).state is State.DELIVERED
    assert await room.kinds(ann) == [Kind.MESSAGE_SENT, Kind.MESSAGE_SETTLED]


async def test_a_patient_who_blocks_the_template_is_phoned(room: Room) -> None:
    ann = await room.contact()
    await room.send(ann, template=CARD)
    for _ in range(2):  # the platform pushes a receipt up to three times
        await room.outbox.settle(platform_id="p1", ok=False, status="failed:user block", now=DAY)
    failed = await room.found()
    assert (failed.state, failed.reason) == (State.FAILED, "failed:user block")
    assert [(task.key, "拒收" in task.reason) for task in await room.tasks()] == [("phone:k", True)]
    assert await room.kinds(ann) == [Kind.MESSAGE_SENT, Kind.MESSAGE_SETTLED]


async def test_a_receipt_of_a_notice_finds_it_by_contact_and_template(room: Room) -> None:
    ann = await room.contact()
    await room.outbox.rights.note_notice_answers(ann.id, [("SUB", True)] * 3, DAY)
    for key in ("k1", "k2"):
        await room.send(ann, key, NOTICE)
        room.clock.move(timedelta(seconds=1))

    async def receipt(platform_id: str, code: int) -> None:
        assert await room.outbox.settle(
            platform_id=platform_id,
            ok=code == 0,
            status="",
            code=code,
            now=room.clock.now(),
            contact_id=ann.id,
            template_id="SUB",
        )

    await receipt("n2", 0)
    await receipt("n2", 0)  # pushed again
    await receipt("n1", 47003)
    assert ((await room.found("k2")).state, (await room.found("k1")).state) == (State.DELIVERED, State.FAILED)
    assert (await room.outbox.rights.of(ann.id)).grants == {"SUB": 2}


async def test_a_receipt_of_a_notice_may_come_while_the_call_is_in_hand(room: Room) -> None:
    ann = await room.contact()
    await room.outbox.rights.note_notice_answers(ann.id, [("SUB", True)], DAY)

    async def receipt_first() -> Outcome:
        await room.outbox.settle(
            platform_id="n1", ok=True, status="", code=0, now=DAY, contact_id=ann.id, template_id="SUB"
        )
        return Outcome(call=Call.ACCEPTED)

    room.platform.answers = [receipt_first]
    assert (await room.send(ann, template=NOTICE)).state is State.DELIVERED


# -- many at once ----------------------------------------------------------------------------------------------


async def test_the_calls_in_flight_are_full_and_never_more(room: Room, database: Database) -> None:
    people = [await room.contact(f"p{n}") for n in range(60)]
    full = asyncio.Event()

    async def wait_for_company() -> Outcome:
        if room.platform.in_flight == 20 and not full.is_set():
            while await database.collection("outbox").count_documents({"sending_since": {"$ne": None}}) < 30:
                pass  # ten more are waiting, and none of them may start
            full.set()
        await full.wait()
        return Outcome(call=Call.ACCEPTED, platform_id=None)

    room.platform.answers = [wait_for_company] * 60
    await room.outbox.enqueue([room.message(person, f"k{n}", CARD) for n, person in enumerate(people)])
    assert await room.deliver() == {"accepted": 60}
    assert room.platform.most_in_flight == 20


async def test_a_contacts_messages_leave_one_after_the_other_in_order(room: Room) -> None:
    people = [await room.contact(f"p{n}") for n in range(8)]
    await room.outbox.enqueue([room.message(people[n % 8], f"{n:03}", CARD) for n in range(80)])
    assert await room.deliver() == {"accepted": 80}
    order = defaultdict(list)
    for envelope in room.platform.sent:
        assert envelope.card is not None
        order[envelope.openid].append(envelope.card.fields["thing1"])
    assert {person: sorted(keys) for person, keys in order.items()} == dict(order)


async def test_two_engines_on_one_database_send_each_message_once_and_in_order(
    room: Room, database: Database, clock: MovingClock
) -> None:
    shared = room.platform
    engines = [room, Room(database, clock, shared), Room(database, clock, shared)]
    people = [await room.contact(f"p{n}") for n in range(30)]
    await room.outbox.enqueue([room.message(people[n % 30], f"{n:03}", CARD) for n in range(300)])
    while (await room.outbox.counts(clock.now())).by_state["waiting"]:
        await asyncio.gather(*(engine.deliver() for engine in engines))
    order = defaultdict(list)
    for envelope in shared.sent:
        assert envelope.card is not None
        order[envelope.openid].append(envelope.card.fields["thing1"])
    assert sum(len(keys) for keys in order.values()) == 300
    assert {person: sorted(keys) for person, keys in order.items()} == dict(order)


async def test_what_is_enqueued_during_a_run_leaves_in_that_run(room: Room) -> None:
    ann, ben = await room.contact("ann"), await room.contact("ben")

    async def another_one_comes() -> Outcome:
        await room.outbox.enqueue([room.message(ben, "second", CARD)])
        return Outcome(call=Call.ACCEPTED)

    room.platform.answers = [another_one_comes]
    await room.outbox.enqueue([room.message(ann, "first", CARD)])
    assert await room.deliver() == {"accepted": 2}


async def test_a_run_goes_on_when_the_last_message_in_hand_is_done_while_it_looks_for_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await room.contact("ann")
    claim, done, may_end, ended = room.store.claims.claim, Delivery._done, asyncio.Event(), asyncio.Event()

    async def slow_claim(**asked: Any) -> Any:
        found = await claim(**asked)
        if not found.messages and not ended.is_set():  # the second waits for the first, which is in hand
            may_end.set()
            await ended.wait()
        return found

    def note(self: Delivery, run: Run, message: Message) -> None:
        done(self, run, message)
        ended.set()

    async def ends_when_told() -> Outcome:
        await may_end.wait()
        return Outcome(call=Call.ACCEPTED)

    monkeypatch.setattr(room.store.claims, "claim", slow_claim)
    monkeypatch.setattr(Delivery, "_done", note)
    room.platform.answers = [ends_when_told]
    await room.outbox.enqueue([room.message(ann, "first", CARD), room.message(ann, "second", CARD)])
    assert await room.deliver() == {"accepted": 2}


async def test_the_pace_is_kept(database: Database, clock: MovingClock, platform: Platform) -> None:
    slow = Room(database, _RealTime(clock), platform, per_second=200)
    await database.create_indexes(slow.stores)
    people = [await slow.contact(f"p{n}") for n in range(20)]
    await slow.outbox.enqueue([slow.message(person, f"k{n}", CARD) for n, person in enumerate(people)])
    began = asyncio.get_running_loop().time()
    await slow.deliver()
    assert asyncio.get_running_loop().time() - began >= 19 / 200


async def test_a_stop_finishes_the_calls_in_hand_and_puts_the_rest_back(room: Room) -> None:
    people = [await room.contact(f"p{n}") for n in range(150)]

    async def stop_now() -> Outcome:
        room.outbox.stop()
        return Outcome(call=Call.ACCEPTED)

    room.platform.answers = [stop_now]
    await room.outbox.enqueue([room.message(person, f"k{n}", CARD) for n, person in enumerate(people)])
    counts = await room.deliver()
    now = await room.outbox.counts(DAY)
    assert 0 < counts["accepted"] < 150
    assert (now.by_state["claimed"], now.by_state["waiting"]) == (0, 150 - counts["accepted"])


# -- beside pushes ---------------------------------------------------------------------------------------------


@pytest.fixture
def portions(room: Room, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages were claimed at once, each time that there were any."""
    sizes: list[int] = []
    claim = room.store.claims.claim

    async def noted(**asked: Any) -> Any:
        claimed = await claim(**asked)
        if claimed.messages:
            sizes.append(len(claimed.messages))
        return claimed

    monkeypatch.setattr(room.store.claims, "claim", noted)
    return sizes


async def hand_in(room: Room, count: int, kind: str = "k") -> None:
    people = [await room.contact(f"{kind}{n}") for n in range(count)]
    await room.outbox.enqueue([room.message(person, f"{kind}{n}", CARD) for n, person in enumerate(people)])


async def test_without_pushes_portions_are_large(room: Room, portions: list[int]) -> None:
    await hand_in(room, 60)
    assert await room.deliver() == {"accepted": 60}
    assert portions == [40, 20]


async def test_beside_a_push_that_does_not_end_small_portions_leave_until_none_is_left(
    room: Room, portions: list[int]
) -> None:
    ends = asyncio.Event()
    push = asyncio.create_task(ends.wait())
    room.outbox.pushes.add(push)
    await hand_in(room, 60)
    assert await room.deliver() == {"accepted": 60}
    assert not push.done()
    assert portions == [8] * 7 + [4]
    ends.set()
    await push


async def test_while_each_push_is_followed_by_another_all_messages_leave_once(room: Room, portions: list[int]) -> None:
    pushes: list[asyncio.Task[Any]] = []

    async def another_push() -> Outcome:
        push = asyncio.create_task(asyncio.sleep(0))
        room.outbox.pushes.add(push)
        pushes.append(push)
        return Outcome(call=Call.ACCEPTED, platform_id=None)

    await another_push()
    room.platform.answers = [another_push] * 60
    await hand_in(room, 60)
    assert await room.deliver() == {"accepted": 60}
    assert len({envelope.openid for envelope in room.platform.sent}) == len(room.platform.sent) == 60
    assert max(portions) == 8
    await asyncio.gather(*pushes)


async def test_portions_stay_small_for_a_second_after_the_last_push(room: Room, portions: list[int]) -> None:
    push = asyncio.create_task(asyncio.sleep(0))
    room.outbox.pushes.add(push)
    await push
    await hand_in(room, 10, "first")
    await room.deliver()
    assert portions == [8, 2]
    room.clock.move(timedelta(seconds=1))
    await hand_in(room, 10, "second")
    await room.deliver()
    assert portions == [8, 2, 10]


async def test_an_answer_is_in_the_first_portion(room: Room, portions: list[int]) -> None:
    ends = asyncio.Event()
    push = asyncio.create_task(ends.wait())
    room.outbox.pushes.add(push)
    await hand_in(room, 30)
    late = await room.contact("late", wrote=True)
    await room.outbox.enqueue([room.message(late, "late", TEXT_ONLY, answer=True)])
    await room.deliver()
    assert "o-late" in [envelope.openid for envelope in room.platform.sent[: portions[0]]]
    ends.set()
    await push


async def test_a_stop_beside_a_push_puts_the_rest_back(room: Room) -> None:
    ends = asyncio.Event()
    push = asyncio.create_task(ends.wait())
    room.outbox.pushes.add(push)

    async def stop_now() -> Outcome:
        room.outbox.stop()
        return Outcome(call=Call.ACCEPTED)

    room.platform.answers = [stop_now]
    await hand_in(room, 60)
    counts = await room.deliver()
    now = await room.outbox.counts(DAY)
    assert 0 < counts["accepted"] < 60
    assert (now.by_state["claimed"], now.by_state["waiting"]) == (0, 60 - counts["accepted"])
    ends.set()
    await push


async def test_a_call_begins_with_a_whole_lease(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await room.contact(wrote=True)
    leases: list[datetime | None] = []

    async def look() -> Outcome:
        leases.append((await room.found()).lease_until)
        return Outcome(call=Call.ACCEPTED)

    async def time_passes(*arguments: Any) -> bool:
        room.clock.move(timedelta(seconds=20))
        return await spend(*arguments)

    spend = room.store.rights.spend_customer
    monkeypatch.setattr(room.store.rights, "spend_customer", time_passes)
    room.platform.answers = [look]
    await room.send(ann)
    assert [lease and abs(lease - room.clock.machine_now() - timedelta(seconds=30)) for lease in leases] < [
        timedelta(milliseconds=1)
    ]


# -- crashes ---------------------------------------------------------------------------------------------------


async def test_a_crash_after_the_claim_loses_nothing(room: Room) -> None:
    ann = await room.contact(wrote=True)
    await room.outbox.enqueue([room.message(ann)])
    machine_now = room.clock.machine_now()
    lease_until = machine_now + timedelta(seconds=30)
    await room.store.claims.claim(now=DAY, machine_now=machine_now, lease_until=lease_until, limit=9)
    assert await room.deliver() == {}
    await room.later(LEASE_GONE)
    assert ((await room.found()).state, len(room.platform.sent)) == (State.ACCEPTED, 1)


async def test_a_crash_before_the_call_is_noted_sends_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await room.contact(wrote=True)
    with monkeypatch.context() as crash:
        crash.setattr(room.outbox._records, "mark_sending", _dies)
        await room.send(ann)
    await room.later(LEASE_GONE)
    assert ((await room.found()).state, len(room.platform.sent)) == (State.ACCEPTED, 1)


@pytest.mark.parametrize(("template", "calls", "state"), [(TEXT_ONLY, 1, State.UNKNOWN), (CARD, 2, State.ACCEPTED)])
async def test_a_crash_during_the_call_repeats_only_what_the_platform_tells_apart(
    room: Room, template: str, calls: int, state: State
) -> None:
    ann = await room.contact(wrote=template == TEXT_ONLY)
    called = asyncio.Event()

    async def never_returns() -> Outcome:
        called.set()
        await asyncio.Event().wait()
        raise AssertionError

    room.platform.answers = [never_returns]
    await room.outbox.enqueue([room.message(ann, template=template)])
    delivering = asyncio.create_task(room.deliver())
    await called.wait()
    delivering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivering
    await room.later(LEASE_GONE)
    assert ((await room.found()).state, len(room.platform.sent)) == (state, calls)
    assert len({envelope.client_id for envelope in room.platform.sent}) == 1
    unknown = [task.key for task in await room.tasks() if task.key.startswith("check:")]
    assert len(unknown) == (state is State.UNKNOWN)


async def test_a_crash_long_ago_is_not_repeated_even_for_a_template_message(room: Room) -> None:
    ann = await room.contact()
    room.platform.answers = [asyncio.CancelledError()]
    await room.send(ann, template=CARD)
    await room.later(timedelta(minutes=10))
    assert ((await room.found()).state, len(room.platform.sent)) == (State.UNKNOWN, 1)


async def test_a_crash_between_the_answer_and_noting_it_is_shown_as_unknown(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await room.contact(wrote=True)
    with monkeypatch.context() as crash:
        crash.setattr(room.outbox._records, "accepted", _dies)
        await room.send(ann)
    await room.later(LEASE_GONE)
    assert ((await room.found()).state, len(room.platform.sent)) == (State.UNKNOWN, 1)
    assert await room.kinds(ann) == [Kind.MESSAGE_UNKNOWN]


@pytest.mark.parametrize("template", [TEXT_ONLY, CARD])
async def test_a_crash_between_transcript_and_row_is_mended_from_the_transcript(
    room: Room, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    ann = await room.contact(wrote=template == TEXT_ONLY)
    with monkeypatch.context() as crash:
        crash.setattr(room.outbox._records, "note_accepted", _dies)
        await room.send(ann, template=template)
    await room.later(LEASE_GONE)
    mended = await room.found()
    assert (mended.state, len(room.platform.sent)) == (State.ACCEPTED, 1)
    assert mended.platform_id == ("p1" if template == CARD else None)
    assert await room.kinds(ann) == [Kind.MESSAGE_SENT]


async def test_a_crash_while_ending_a_message_ends_it_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await room.contact()
    with monkeypatch.context() as crash:
        crash.setattr(room.outbox._records, "_finish", _dies)
        await room.send(ann)
    assert (await room.found()).state is State.CLAIMED
    await room.later(LEASE_GONE)
    assert ((await room.found()).state, await room.kinds(ann)) == (State.DROPPED, [Kind.MESSAGE_DROPPED])
    assert len(await room.tasks()) == 1


async def test_a_process_that_slept_past_its_lease_does_not_send(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await room.contact(wrote=True)
    spend = room.store.rights.spend_customer

    async def sleeps_first(*arguments: Any) -> bool:
        room.clock.move(LEASE_GONE)
        await room.outbox.recover(room.clock.now())
        return await spend(*arguments)

    with monkeypatch.context() as slow:
        slow.setattr(room.store.rights, "spend_customer", sleeps_first)
        slow.setattr(room.outbox._delivery, "_feed", _once(room))
        await room.send(ann)
    assert (room.platform.sent, await room.left(ann)) == ([], 5)
    await room.deliver()
    assert (len(room.platform.sent), await room.left(ann)) == (1, 4)


async def test_four_processes_decide_a_lapsed_claim_once(room: Room, database: Database, clock: MovingClock) -> None:
    ann = await room.contact(wrote=True)
    room.platform.answers = [asyncio.CancelledError()]
    await room.send(ann)
    clock.move(LEASE_GONE)
    others = [Room(database, clock, room.platform) for _ in range(4)]
    decided = await asyncio.gather(*(other.outbox.recover(clock.now()) for other in others))
    assert sum((Counter(each) for each in decided), Counter()) == Counter(unknown=1)


@pytest.mark.parametrize("step", ["mark_sending", "accepted"])
async def test_a_database_that_is_away_for_a_moment_costs_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    ann = await room.contact(wrote=True)
    write, failures = getattr(room.outbox._records, step), [AutoReconnect("gone"), AutoReconnect("gone")]

    async def fails_twice(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return await write(*arguments)

    monkeypatch.setattr("wxbot.outbox.attempt.WRITE_AGAIN_AFTER_SECONDS", 0)
    monkeypatch.setattr(room.outbox._records, step, fails_twice)
    assert ((await room.send(ann)).state, len(room.platform.sent)) == (State.ACCEPTED, 1)
    assert await room.kinds(ann) == [Kind.MESSAGE_SENT]


async def test_a_claim_without_a_database_ends_the_run_and_the_next_one_delivers(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await room.contact(wrote=True)

    async def gone(**_: Any) -> Any:
        raise AutoReconnect("gone")

    with monkeypatch.context() as outage:
        outage.setattr(room.store.claims, "claim", gone)
        await room.send(ann)
    assert room.platform.sent == []
    assert await room.deliver() == {"accepted": 1}


async def test_an_error_of_our_own_before_the_call_puts_the_message_back(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await room.contact(wrote=True)

    async def broken(*_: Any) -> bool:
        raise ValueError("a bug")

    with monkeypatch.context() as bug:
        bug.setattr(room.store.rights, "spend_customer", broken)
        waiting = await room.send(ann)
    assert (waiting.state, waiting.reason, waiting.attempts) == (State.WAITING, "internal", 1)
    await room.later(timedelta(seconds=1))
    assert (await room.found()).state is State.ACCEPTED


# -- cancelling, erasing, measuring ----------------------------------------------------------------------------


async def test_cancelling_a_group_drops_what_waits_of_it_and_nothing_else(room: Room) -> None:
    ann = await room.contact()
    later = DAY + timedelta(hours=1)
    await room.outbox.enqueue(
        [room.message(ann, "care", purpose=Purpose.CARE, due_at=later), room.message(ann, "reminder", due_at=later)]
    )
    dropped = await room.outbox.groups.cancel("care", "stopped", explanation="患者已退订", now=DAY)
    assert dropped == 1
    assert [(await room.found(key)).state for key in ("care", "reminder")] == [State.DROPPED, State.WAITING]
    assert await room.kinds(ann) == [Kind.MESSAGE_DROPPED]


async def test_a_message_taken_back_by_a_person_is_in_the_audit_once(room: Room, database: Database) -> None:
    ann = await room.contact()
    patient_id = PatientId("p1")
    waiting = room.message(ann, "waiting", due_at=DAY + timedelta(hours=1), patient_id=patient_id)
    await room.outbox.enqueue([waiting])
    with pytest.raises(ForbiddenError):
        await room.outbox.cancel_one(waiting.id, by=NOBODY, now=DAY)
    assert (await room.found("waiting")).state is State.WAITING
    await room.outbox.cancel_one(waiting.id, by=RECEPTION, now=DAY)
    with pytest.raises(StaleError):
        await room.outbox.cancel_one(waiting.id, by=RECEPTION, now=DAY)
    assert (await room.found("waiting")).state is State.DROPPED
    [noted] = await entries(database)
    assert (noted.action, noted.subject, noted.by) == ("message:cancelled", f"patient:{patient_id}", RECEPTION.by)


async def test_erasing_leaves_keys_and_no_words(room: Room, database: Database) -> None:
    ann = await room.contact(wrote=True)
    await room.send(ann, "sent")
    await room.outbox.enqueue([room.message(ann, "waiting", due_at=DAY + timedelta(hours=1))])
    await room.outbox.erase(ann.id)
    rows = [row async for row in database.collection("outbox").find({})]
    assert {(row["key"], row["state"], str(row["variables"])) for row in rows} == {
        ("sent", "accepted", "{}"),
        ("waiting", "dropped", "{}"),
    }
    assert await database.collection("rights").count_documents({}) == 0
    assert await room.outbox.enqueue([room.message(ann, "sent")]) == 0


async def test_the_counts_tell_where_the_queue_stands(room: Room) -> None:
    ann = await room.contact(wrote=True)
    await room.send(ann, "sent")
    await room.send(await room.contact("ben"), "dropped")
    await room.outbox.enqueue([room.message(ann, "due"), room.message(ann, "later", due_at=DAY + timedelta(hours=1))])
    counts = await room.outbox.counts(DAY + timedelta(seconds=7))
    assert counts.oldest_due_seconds == 7
    assert counts.by_state == {"waiting": 2, "due": 1, "claimed": 0, "accepted": 1, "dropped": 1}
    assert (counts.by_reason, counts.by_code, counts.rights_blocks) == ({"no_channel": 1}, {"0": 1}, {"ledger": 1})


async def test_a_second_delivery_does_nothing(room: Room) -> None:
    await room.send(await room.contact(wrote=True))
    assert await room.deliver() == {}


async def test_rights_noted_together_are_all_noted(room: Room) -> None:
    people = [(await room.contact(f"p{n}")).id for n in range(50)]
    await asyncio.gather(*(room.outbox.rights.note_action(person, Action.MESSAGE, DAY) for person in people))
    assert {(await room.outbox.rights.of(person)).customer_left for person in people} == {5}
    assert (await room.outbox.rights.of(ContactId("nobody"))).customer_left == 0


async def _dies(*_: Any, **__: Any) -> Any:
    raise asyncio.CancelledError


def _once(room: Room) -> Callable[[Any], Awaitable[None]]:
    """One claim, as a feeder whose process then sleeps."""
    delivery = room.outbox._delivery

    async def feed(run: Any) -> None:
        claimed = await delivery._claim(run, spread=False)
        await delivery._line_up(run, claimed.messages)
        while run.in_hand:
            delivery._stirred.clear()
            await delivery._stirred.wait()

    return feed


class _RealTime:
    """The manual clock, except that seconds really pass."""

    def __init__(self, clock: MovingClock) -> None:
        self.now = clock.now
        self.machine_now = clock.machine_now
        self.move = clock.move

    @staticmethod
    def monotonic() -> float:
        return asyncio.get_running_loop().time()


def test_a_message_is_a_value() -> None:
    it = Outbox.message(
        key="k", contact_id=ContactId("c"), purpose=Purpose.SERVICE, template="t", now=DAY, expires_at=DAY
    )
    assert (it.due_at, it.state, replace(it, id=it.id)) == (DAY, State.WAITING, it)
