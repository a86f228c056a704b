"""Nothing is booked by words: whatever a reading says, an hour is taken only after a yes to what was read back."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import booking
from handlers.booking_draft import BookingDraft
from handlers.booking_message import DIALOG
from tests.unit.handlers.conftest import CLINIC, TEMPLATES, WORDS
from wxbot.booking.models import Appointment, AppointmentId, Day, Slot
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Contact, Patient, Relation
from wxbot.patients.relatives import Relative
from wxbot.services import Services
from wxbot.understanding.models import (
    ANYONE,
    DayWords,
    Doubt,
    ForWhom,
    Intent,
    Reading,
    Relationship,
    Shift,
    Slots,
    TimeWords,
    Which,
)
from wxbot.understanding.vocabulary import Vocabulary

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 at the clinic
MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)
HOURS = [time(hour, minute) for hour in (9, 10, 11, 14, 15, 16) for minute in (0, 30)]


def local(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, CLINIC.timezone).astimezone(UTC)


@dataclass
class OpenHours:
    """Every hour of every day is free; what is booked is noted."""

    booked: list[datetime] = field(default_factory=list)

    async def days(self, *_: Any, **__: Any) -> list[Day]:
        return [Day(date=MONDAY + timedelta(days=ahead), free_count=len(HOURS)) for ahead in range(15)]

    async def slots(
        self, _kind: VisitTypeId, who: PractitionerId | None, day: date, _now: datetime, **_: Any
    ) -> list[Slot]:
        starts = [local(day, clock) for clock in HOURS]
        person = who or PractitionerId("chen")
        return [Slot(practitioner_id=person, start=each, end=each + timedelta(minutes=30)) for each in starts]

    async def upcoming(self, *_: Any) -> list[Appointment]:
        return []

    async def same_day(self, *_: Any, **__: Any) -> None:
        """Nothing else stands that day."""

    async def why_not(self, *_: Any, **__: Any) -> tuple[()]:
        return ()

    async def why_not_on(self, *_: Any, **__: Any) -> tuple[()]:
        return ()

    async def next_free(self, *_: Any, **__: Any) -> list[Slot]:
        return []

    async def book(self, **facts: Any) -> Appointment:
        self.booked.append(facts["start"])
        return Appointment(
            id=AppointmentId("a1"),
            request_key=facts["request_key"],
            contact_id=facts["contact_id"],
            patient_id=facts["patient_id"],
            visit_type_id=facts["visit_type_id"],
            practitioner_id=facts["practitioner_id"] or PractitionerId("chen"),
            room="1诊室",
            start=facts["start"],
            end=facts["start"] + timedelta(minutes=30),
            created_at=NOW,
            new_patient=True,
        )


class OneContact:
    """Themselves, and nobody else."""

    patient = Patient(id=PatientId("p1"), name=None, created_at=NOW)

    @property
    def relatives(self) -> "OneContact":
        return self

    @property
    def phones(self) -> "OneContact":
        return self

    async def may_ask(self, *_: Any) -> bool:
        return False  # they were asked already

    async def of(self, _contact: Contact) -> list[Relative]:
        return [Relative(patient=self.patient, relation=Relation.SELF)]

    async def self_patient(self, *_: Any) -> Patient:
        return self.patient


@dataclass
class Fixed:
    """A reader that reads everything as one reading."""

    reading: Reading
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary(words=WORDS))

    def read(self, *_: Any, **__: Any) -> Reading:
        return self.reading


@dataclass
class FollowUps:
    opened: list[Any] = field(default_factory=list)

    async def open(self, **facts: Any) -> Any:
        self.opened.append(facts)
        return type("Kept", (), {"id": "f1", "state": "open"})()

    async def open_of(self, *_: object) -> list[Any]:
        return []


@dataclass
class Desk:
    reader: Fixed
    booking: OpenHours = field(default_factory=OpenHours)
    patients: OneContact = field(default_factory=OneContact)
    followups: FollowUps = field(default_factory=FollowUps)
    templates: Any = TEMPLATES
    clinic: Any = CLINIC


CONTACT = Contact(id=ContactId("c1"), openid="o1", alias="访客", created_at=NOW, following=True)
AT_THE_HOUR = BookingDraft(visit_type_id=VisitTypeId("cleaning"), who="chen", day=TUESDAY, asked_on=MONDAY)


async def say(reading: Reading, dialog: Dialog | None, text: str = "（一句话）") -> tuple[Reply, OpenHours]:
    """What follows from a message that is read so, in the dialog or outside of it."""
    desk = Desk(Fixed(reading))
    context = Context(
        update=TextMessage(key="k1", openid="o1", account="gh_1", created_at=NOW, text=text),
        contact=CONTACT,
        services=cast("Services", desk),
        now=NOW,
        dialog=dialog,
    )
    handler = booking.answered if dialog is not None else booking.begin_with
    reply = await handler(context)
    TEMPLATES.render(reply.template, reply.variables, reply.options)  # every variable of its wording is there
    return reply, desk.booking


def asked(step: str, draft: BookingDraft = AT_THE_HOUR) -> Dialog:
    return Dialog(name=DIALOG, step=step, data=draft.data())


def details(*doubts: Doubt, intent: Intent = Intent.DETAILS, **slots: Any) -> Reading:
    return Reading(text="…", intent=intent, slots=Slots(**slots), doubts=doubts)


THREE = TimeWords(times=(time(3), time(15)), words="三点")
FRIDAY = DayWords(days=(date(2026, 11, 27), date(2026, 12, 4)), words="周五")
SATURDAY = DayWords(days=(date(2026, 11, 28), date(2026, 12, 5)), words="周六")


def labels(reply: Reply) -> list[str]:
    return [option.label for option in reply.options]


async def test_an_exact_hour_is_read_back_and_not_booked() -> None:
    reply, hours = await say(details(times=(THREE,)), asked("time"))
    assert (reply.template, hours.booked) == ("booking.confirm", [])
    assert reply.variables["date"] == "明天 11月24日 周二"
    assert reply.variables["time"] == "下午3:00"
    assert reply.variables["whom"] == "本人"


@pytest.mark.parametrize(
    ("reading", "template"),
    [
        (details(Doubt.COMPARISON, times=(replace(THREE, relationship=Relationship.FROM),)), "booking.choose_time"),
        (details(Doubt.OBSTACLE, refused=Which(times=(THREE,))), "booking.other_hours"),
        (details(Doubt.NEGATION, refused=Which(days=(FRIDAY,))), "booking.choose_time"),
        (details(Doubt.NEGATION, refused=Which(days=(DayWords(days=(TUESDAY,)),))), "booking.other_days"),
        (details(Doubt.ALTERNATIVE, Doubt.SEVERAL, days=(FRIDAY, SATURDAY)), "booking.choose_day"),
        (details(Doubt.QUESTION, intent=Intent.FREE_HOURS, times=(THREE,)), "booking.offer_free"),
        (details(Doubt.UNREAD_DAY, times=(THREE,)), "booking.which_day"),
        (details(Doubt.DISAGREEMENT, days=(FRIDAY,), times=(THREE,)), "booking.which_day"),
        (details(Doubt.NEGATION, times=(THREE,)), "booking.choose_time"),
        (details(Doubt.UNKNOWN_PERSON, intent=Intent.BOOK), "booking.no_such_doctor"),
        (details(Doubt.CORRECTION, Doubt.SEVERAL, days=(FRIDAY, SATURDAY), times=(THREE,)), "booking.confirm"),
    ],
)
async def test_a_doubt_leads_to_the_question_that_settles_it(reading: Reading, template: str) -> None:
    reply, hours = await say(reading, asked("time"))
    if template == "booking.no_such_doctor":  # one doctor cleans teeth, so nothing is left to ask about that
        assert "陈晓晴医生" in reply.variables["doctors"]
    assert (reply.template, hours.booked) == (template, [])


async def test_what_was_said_last_is_what_a_correction_reads_back() -> None:
    reading = details(Doubt.CORRECTION, Doubt.SEVERAL, days=(FRIDAY, SATURDAY), times=(THREE,))
    reply, _ = await say(reading, asked("time"))
    assert reply.variables["date"] == "11月28日 周六"


async def test_two_hours_that_are_both_free_are_asked_about() -> None:
    both = BookingDraft(visit_type_id=VisitTypeId("cleaning"), who="chen", day=TUESDAY)
    reply, _ = await say(details(times=(TimeWords(times=(time(9), time(16))),)), asked("time", both))
    assert (reply.template, labels(reply)[:3]) == ("booking.which_hour", ["上午9:00", "下午4:00", "其他时间"])


@pytest.mark.parametrize("step", ["time", "day", "type", "who", "name", "whose"])
async def test_a_yes_books_nothing_before_there_is_a_card(step: str) -> None:
    _, hours = await say(Reading(text="好", intent=Intent.YES), asked(step))
    assert hours.booked == []


async def test_a_yes_books_what_stands_on_the_card_and_a_doubtful_one_does_not() -> None:
    card, _ = await say(details(times=(THREE,)), asked("time"))
    assert card.dialog is not None
    _, hours = await say(Reading(text="好", intent=Intent.YES, leftover=("才怪",)), card.dialog)
    assert hours.booked == []
    reply, hours = await say(Reading(text="好", intent=Intent.YES), card.dialog)
    assert (reply.template, hours.booked) == ("booking.booked", [local(TUESDAY, time(15))])


async def test_a_change_against_the_card_keeps_the_rest() -> None:
    card, _ = await say(details(times=(THREE,)), asked("time"))
    reply, _ = await say(details(days=(SATURDAY,)), card.dialog)
    assert (reply.variables["date"], reply.variables["time"]) == ("11月28日 周六", "下午3:00")
    reply, _ = await say(details(shift=Shift(later=True, by=timedelta(minutes=30))), card.dialog)
    assert reply.variables["time"] == "下午3:30"
    reply, _ = await say(details(shift=Shift(later=False)), card.dialog)
    assert labels(reply)[-5:-2] == ["下午2:30", "其他时间", "有空位时通知我"]


async def test_everything_said_at_once_outside_a_dialog_is_one_card() -> None:
    reading = details(intent=Intent.BOOK, visit_types=("cleaning",), days=(FRIDAY,), times=(THREE,))
    reply, hours = await say(reading, None)
    assert (reply.template, hours.booked) == ("booking.confirm", [])


async def test_a_relative_is_asked_for_by_the_word_the_patient_used() -> None:
    mother = ForWhom(relation=Relation.PARENT, words="我妈妈")
    reading = details(intent=Intent.BOOK, visit_types=("cleaning",), days=(FRIDAY,), times=(THREE,), for_whom=mother)
    reply, _ = await say(reading, None)
    assert (reply.template, reply.variables["relative"]) == ("booking.ask_name", "妈妈")
    reply, _ = await say(Reading(text="李桂兰", intent=Intent.NAME, name="李桂兰"), reply.dialog)
    assert (reply.template, reply.variables["whom"]) == ("booking.confirm", "妈妈（李桂兰）")


DAYS = st.builds(
    DayWords,
    days=st.lists(st.dates(MONDAY, date(2026, 12, 31)), max_size=3).map(tuple),
    span=st.booleans(),
    relationship=st.sampled_from(Relationship),
)
CLOCKS = st.lists(st.sampled_from([*HOURS, time(3), time(22)]), max_size=2).map(tuple)
TIMES = st.builds(
    TimeWords,
    times=CLOCKS,
    part=st.sampled_from([None, "上午", "下午", "晚上"]),
    relationship=st.sampled_from(Relationship),
    until=CLOCKS,
)
KINDS = st.lists(st.sampled_from(["cleaning", "checkup", "gone"]), max_size=2).map(tuple)
PEOPLE = st.lists(st.sampled_from(["chen", "zhou", ANYONE, "gone"]), max_size=2).map(tuple)
SLOTS = st.builds(
    Slots,
    visit_types=KINDS,
    practitioners=PEOPLE,
    days=st.lists(DAYS, max_size=2).map(tuple),
    times=st.lists(TIMES, max_size=2).map(tuple),
    for_whom=st.none() | st.builds(ForWhom, relation=st.none() | st.sampled_from(Relation), words=st.just("谁")),
    shift=st.none() | st.builds(Shift, later=st.booleans(), by=st.none() | st.timedeltas(timedelta(), timedelta(9))),
    refused=st.builds(Which, days=st.lists(DAYS, max_size=1).map(tuple), times=st.lists(TIMES, max_size=1).map(tuple)),
)
READINGS = st.builds(
    Reading,
    text=st.just("…"),
    intent=st.sampled_from([Intent.BOOK, Intent.FREE_HOURS, Intent.DETAILS, Intent.MOVE, Intent.YES, Intent.COMING]),
    slots=SLOTS,
    doubts=st.lists(st.sampled_from(Doubt), max_size=3).map(tuple),
    leftover=st.just(()),
)


@given(reading=READINGS, step=st.sampled_from(["", "type", "who", "day", "time", "whose", "name"]))
async def test_no_reading_books_an_hour_that_was_not_read_back(reading: Reading, step: str) -> None:
    _, hours = await say(reading, asked(step) if step else None)
    assert hours.booked == []


@given(reading=READINGS)
async def test_at_the_card_only_a_yes_that_says_nothing_else_books_and_only_the_hour_on_it(reading: Reading) -> None:
    card, _ = await say(details(times=(THREE,)), asked("time"))
    _, hours = await say(reading, card.dialog)
    if hours.booked:
        assert reading.intent in {Intent.YES, Intent.COMING, Intent.BOOK}
        assert reading.sure
        assert hours.booked == [local(TUESDAY, time(15))]
