"""The day of a visit over a real mongod: arrival, checkout, and what else reception notes."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from config.content import load_content
from tests.auditing import NOBODY, RECEPTION, audit_of, entries
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from tests.store.test_booking import CLINIC, TUESDAY, book, local
from wxbot.actors import PATIENT, Actor
from wxbot.audit.actions import AuditAction
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.days import DayReading
from wxbot.booking.stores.stages import StageStore
from wxbot.booking.visit_stages import VisitStages
from wxbot.database import ConnectionFailure, Database
from wxbot.errors import DomainError, FieldErrors, ForbiddenError, InvalidInputError, NotFoundError, StaleError
from wxbot.history.models import ContactId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore
from wxbot.staff.permissions import Role, permissions_of
from wxbot.visits.models import ArrivalForm, Noted, VisitRecord
from wxbot.visits.rules import rules_of
from wxbot.visits.service import VisitDay
from wxbot.visits.store import NAME, VisitRecordStore
from wxbot.workflow import NotNowError

EXPECTED, ARRIVED, WAITING, IN_TREATMENT, LEFT = VisitStage
EARLY = local(TUESDAY, 8, 50)
RULES = rules_of(load_content().visit_day.model_dump())
FIRST = ArrivalForm(
    first_visit=True, channel="online", visit_class="c", complaint="cleaning", remarks="开车来", social_status="教师"
)
MANAGER = Actor(id="3", name="主管", permissions=permissions_of(Role.MANAGER))
DOCTOR = Actor(id="9", name="陈医生", permissions=permissions_of(Role.CLINICIAN))


class Labels:
    """Scenes with their labels. Implements `SceneLabels`."""

    async def label_of(self, scene: str) -> str:
        return {"q_1": "美团团购页"}.get(scene, "")


class DeadStages(VisitStages):
    """The process dies before the stage is written."""

    async def advance(self, *_: Any, **__: Any) -> Appointment:
        raise ConnectionFailure("the process died")


@dataclass
class Day:
    """A day's use cases over one database."""

    booking: Booking
    stages: VisitStages
    visits: VisitDay
    dying: VisitDay
    patients: Patients

    async def stage(self, visit: Appointment) -> VisitStage:
        return (await self.booking.by_ids([visit.id]))[visit.id].stage


@pytest.fixture
async def day(database: Database) -> Day:
    stores = (BookingStore(database), VisitRecordStore(database, KEYS), HistoryStore(database))
    patient_store = PatientStore(database, KEYS)
    await database.create_indexes([*stores, patient_store])
    bookings, records, lines = stores
    history, clinic, audit = History(lines), FixedClinic(CLINIC), audit_of(database)
    booking = Booking(bookings, clinic, history=history, audit=audit)
    parts = (StageStore(database), bookings, clinic, booking.recorder)
    patients = Patients(patient_store, history)

    def room(stages: VisitStages) -> VisitDay:
        return VisitDay(
            records,
            stages=stages,
            booking=booking,
            visits=DayVisits(DayReading(database)),
            patients=patients,
            clinics=clinic,
            scenes=Labels(),
            audit=audit,
            rules=RULES,
        )

    stages = VisitStages(*parts)
    return Day(booking, stages, room(stages), room(DeadStages(*parts)), patients)


async def arrive(
    day: Day, visit: Appointment, arrival: ArrivalForm = FIRST, seen: VisitStage = EXPECTED
) -> Appointment:
    return await day.visits.arrive(visit.id, arrival, seen=seen, by=RECEPTION, now=EARLY)


async def noted(day: Day, visit: Appointment) -> Any:
    return (await day.visits.records([visit.id]))[visit.id]


async def test_an_arrival_is_kept_with_its_stage_and_read_by_the_clinicians(day: Day, database: Database) -> None:
    visit = await book(day.booking, "li")
    there = await arrive(day, visit)
    record = await noted(day, visit)
    card = await day.visits.card(visit.id, by=DOCTOR)

    assert (there.stage, there.arrived_at) == (ARRIVED, EARLY)
    assert (record.arrival.said, record.arrival.at, record.arrival.by) == (FIRST, EARLY, RECEPTION.by)
    assert card is not None
    assert (card.channel, card.complaint, card.social_status) == ("网络平台", "洗牙、检查", "教师")
    assert len(await entries(database, AuditAction.VISIT_ARRIVAL)) == 1


async def test_a4_36_the_social_status_is_for_those_who_treat(day: Day) -> None:
    visit = await book(day.booking, "li")
    assert await day.visits.card(visit.id, by=RECEPTION) is None
    await arrive(day, visit)
    card = await day.visits.card(visit.id, by=RECEPTION)
    assert card is not None
    assert (card.remarks, card.social_status) == ("开车来", "")


async def test_what_is_said_of_a_patient_is_encrypted(day: Day, database: Database) -> None:
    await arrive(day, await book(day.booking, "li"))
    row = await database.collection(NAME).find_one({})
    assert row is not None
    stored = str(row)
    assert "开车来" not in stored
    assert "教师" not in stored
    assert "cleaning" not in stored


async def test_a4_11_nothing_is_written_of_a_first_visit_without_a_channel(day: Day) -> None:
    visit = await book(day.booking, "li")
    with pytest.raises(FieldErrors) as error:
        await arrive(day, visit, replace(FIRST, channel=""))
    assert set(error.value.fields) == {"channel"}
    assert await day.visits.records([visit.id]) == {}
    assert await day.stage(visit) is EXPECTED


async def test_a4_11_the_scene_presets_the_channel_and_another_one_is_kept_beside_it(day: Day) -> None:
    contact, _ = await day.patients.follow("o_li", EARLY, "q_1", wording="")
    visit = await book(day.booking, "li")
    visit = replace(visit, contact_id=contact.id)
    assert await day.visits.preset_channel(visit) == "online"
    assert await day.visits.preset_channel(replace(visit, contact_id=None)) == ""


async def test_a_process_that_dies_between_note_and_stage_leaves_what_the_next_tap_mends(day: Day) -> None:
    visit = await book(day.booking, "li")
    with pytest.raises(ConnectionFailure):
        await day.dying.arrive(visit.id, FIRST, seen=EXPECTED, by=RECEPTION, now=EARLY)
    assert (await noted(day, visit)).arrival is not None
    assert await day.stage(visit) is EXPECTED
    assert (await arrive(day, visit)).stage is ARRIVED


async def test_a_second_tap_changes_nothing_and_another_one_of_an_old_page_is_told(
    day: Day, database: Database
) -> None:
    visit = await book(day.booking, "li")
    first = await arrive(day, visit)
    assert await arrive(day, visit) == first
    with pytest.raises(StaleError):
        await arrive(day, visit, replace(FIRST, channel="phone"))
    assert (await noted(day, visit)).arrival.said == FIRST
    assert len(await entries(database, AuditAction.VISIT_ARRIVAL)) == 1


async def test_two_taps_at_once_are_one_arrival(day: Day) -> None:
    visit = await book(day.booking, "li")
    answers = await asyncio.gather(*(arrive(day, visit) for _ in range(6)), return_exceptions=True)
    assert all(isinstance(each, Appointment | StaleError) for each in answers)
    assert await day.stage(visit) is ARRIVED
    assert (await noted(day, visit)).arrival.said == FIRST


async def test_what_was_noted_is_corrected_while_the_patient_is_here(day: Day) -> None:
    visit = await book(day.booking, "li")
    await arrive(day, visit)
    await arrive(day, visit, replace(FIRST, channel="phone"), seen=ARRIVED)
    assert (await noted(day, visit)).arrival.said.channel == "phone"
    assert await day.stage(visit) is ARRIVED


@pytest.mark.parametrize("when", [local(date(2026, 11, 23), 9), local(date(2026, 11, 25), 9)])
async def test_an_arrival_on_another_day_writes_nothing(day: Day, when: datetime) -> None:
    visit = await book(day.booking, "li")
    with pytest.raises(NotNowError):
        await day.visits.arrive(visit.id, FIRST, seen=EXPECTED, by=RECEPTION, now=when)
    assert await day.visits.records([visit.id]) == {}


async def test_a4_19_nobody_leaves_without_the_next_visit_or_a_reason(day: Day) -> None:
    visit = await book(day.booking, "li")
    await arrive(day, visit)
    late = local(TUESDAY, 9, 40)
    with pytest.raises(FieldErrors) as error:
        await day.visits.leave(visit.id, seen=ARRIVED, by=RECEPTION, now=late)
    assert set(error.value.fields) == {"reason"}
    assert await day.stage(visit) is ARRIVED

    gone = await day.visits.leave(visit.id, reason="finished", seen=ARRIVED, by=RECEPTION, now=late)
    checkout = (await noted(day, visit)).checkout
    assert (gone.stage, gone.state) == (LEFT, AppointmentState.COMPLETED)
    assert (checkout.next_visit, checkout.reason) == (None, "finished")


async def test_a4_19_the_next_visit_needs_no_reason(day: Day) -> None:
    visit = await book(day.booking, "li")
    following = await book(day.booking, "li", local(date(2026, 11, 26), 9))
    await arrive(day, visit)
    await day.visits.leave(visit.id, reason="price", seen=ARRIVED, by=RECEPTION, now=local(TUESDAY, 9, 40))
    record = await noted(day, visit)
    assert (record.checkout.next_visit, record.checkout.reason) == (following.id, "")
    assert record.arrival is not None  # the other part is still there


async def test_a_checkout_that_died_half_way_is_finished_by_the_next_tap(day: Day) -> None:
    visit = await book(day.booking, "li")
    await arrive(day, visit)
    late = local(TUESDAY, 9, 40)
    with pytest.raises(ConnectionFailure):
        await day.dying.leave(visit.id, reason="price", seen=ARRIVED, by=RECEPTION, now=late)
    gone = await day.visits.leave(visit.id, reason="price", seen=ARRIVED, by=RECEPTION, now=late)
    again = await day.visits.leave(visit.id, seen=ARRIVED, by=RECEPTION, now=late)
    assert gone == again
    assert gone.stage is LEFT


async def test_a4_17_the_supervisor_decides_about_a_cancellation(day: Day) -> None:
    visit = await book(day.booking, "li")
    with pytest.raises(NotNowError):
        await day.visits.decide(visit.id, "周三再打", by=MANAGER, now=EARLY)
    await day.booking.cancel(visit.id, "没空", by=RECEPTION, now=EARLY)
    with pytest.raises(ForbiddenError):
        await day.visits.decide(visit.id, "周三再打", by=RECEPTION, now=EARLY)
    with pytest.raises(InvalidInputError):
        await day.visits.decide(visit.id, " ", by=MANAGER, now=EARLY)
    await day.visits.decide(visit.id, "周三再打", by=MANAGER, now=EARLY)
    assert (await noted(day, visit)).decision.words == "周三再打"


async def test_a4_15_asking_again_in_the_morning_confirms_too(day: Day) -> None:
    visit = await book(day.booking, "li")
    with pytest.raises(NotNowError):
        await day.visits.recheck(visit.id, by=RECEPTION, now=EARLY - timedelta(days=1))
    await day.visits.recheck(visit.id, by=RECEPTION, now=EARLY)
    assert (await noted(day, visit)).recheck.at == EARLY
    assert (await day.booking.by_ids([visit.id]))[visit.id].confirmed_at == EARLY


async def test_a4_31_only_who_waits_is_comforted(day: Day) -> None:
    visit = await book(day.booking, "li")
    with pytest.raises(NotNowError):
        await day.visits.comfort(visit.id, by=RECEPTION, now=EARLY)
    await arrive(day, visit)
    await day.visits.comfort(visit.id, by=RECEPTION, now=EARLY)
    assert (await noted(day, visit)).comforted.by == RECEPTION.by


async def test_an_erased_contact_leaves_neither_itself_nor_what_was_written(day: Day) -> None:
    visit = await book(day.booking, "li")
    other = await book(day.booking, "wu", local(TUESDAY, 10))
    await arrive(day, visit)
    await arrive(day, other)
    await day.visits.leave(
        visit.id, reason="other", words="出国", seen=ARRIVED, by=RECEPTION, now=local(TUESDAY, 9, 40)
    )

    assert await day.visits.erase(ContactId("contact-li")) == 1
    assert await day.visits.erase(ContactId("contact-li")) == 0
    record = await noted(day, visit)
    said = record.arrival.said
    assert (record.contact_id, said.remarks, said.social_status, said.complaint) == (None, "", "", "")
    assert record.checkout.words == ""
    assert (await noted(day, other)).arrival.said == FIRST


async def test_what_a_patient_said_of_being_unwell_is_encrypted_and_erased(day: Day, database: Database) -> None:
    visit = await book(day.booking, "li")
    store, whose = VisitRecordStore(database, KEYS), ContactId("contact-li")
    unwell = Noted(at=EARLY, by="patient", words="头晕想吐")
    await store.put(VisitRecord(id=visit.id, contact_id=whose, unwell=unwell), "unwell")
    row = await database.collection(NAME).find_one({"_id": visit.id})
    assert "头晕" not in str(row)
    assert (await noted(day, visit)).unwell == unwell

    assert await day.visits.erase(whose) == 1
    record = await noted(day, visit)
    assert record.unwell.words == ""


async def test_nothing_goes_on_before_reception_has_asked_and_a_scan_does_not_overtake_the_form(day: Day) -> None:
    visit = await book(day.booking, "li")
    await day.stages.advance(visit.id, ARRIVED, seen=EXPECTED, by=PATIENT, now=EARLY)
    for refused in (
        day.visits.advance(visit.id, IN_TREATMENT, seen=ARRIVED, by=RECEPTION, now=EARLY),
        day.visits.leave(visit.id, reason="finished", seen=ARRIVED, by=RECEPTION, now=EARLY),
    ):
        with pytest.raises(NotNowError) as found:
            await refused
        assert "到诊登记" in found.value.sentence
    await arrive(day, visit, seen=EXPECTED)  # the form showed 未到 when it was opened
    assert (await noted(day, visit)).arrival.said == FIRST
    there = await day.visits.advance(visit.id, IN_TREATMENT, seen=ARRIVED, by=RECEPTION, now=EARLY)
    assert there.stage is IN_TREATMENT


async def test_who_may_not_edit_notes_nothing_and_what_is_not_there_is_told(day: Day) -> None:
    visit = await book(day.booking, "li")
    calls = [
        day.visits.arrive(visit.id, FIRST, seen=EXPECTED, by=NOBODY, now=EARLY),
        day.visits.leave(visit.id, seen=EXPECTED, by=NOBODY, now=EARLY),
        day.visits.recheck(visit.id, by=NOBODY, now=EARLY),
        day.visits.comfort(visit.id, by=NOBODY, now=EARLY),
        day.visits.card(visit.id, by=NOBODY),
        day.visits.arrive(AppointmentId("none"), FIRST, seen=EXPECTED, by=RECEPTION, now=EARLY),
    ]
    refused = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(each) for each in refused] == [ForbiddenError] * 5 + [NotFoundError]
    assert all(isinstance(each, DomainError) for each in refused)
