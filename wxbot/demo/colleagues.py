"""What the demo's staff do in the fortnight, by the use cases that the console calls."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from wxbot.actors import SYSTEM, Actor
from wxbot.booking.models import VisitStage
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.clock import Clock
from wxbot.demo.paperwork import Paperwork
from wxbot.demo.people import Person
from wxbot.demo.visits import PlannedSlot
from wxbot.errors import SlotTakenError
from wxbot.followups.attempt_models import AttemptForm, Mood, Outcome
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.history.models import PatientId
from wxbot.patients.holds import standing
from wxbot.patients.models import HoldKind, Relation
from wxbot.services import Services
from wxbot.staff.permissions import Role

OUTCOMES = {
    FollowUpKind.PHONE: (Role.RECEPTION, ("已致电，患者知道了", "第二次接通，患者知道了", "家属接听，已转告")),
    FollowUpKind.CHECK: (Role.ADMIN, ("已核实，患者收到了", "已核实，已电话告知")),
}
CALLED = (  # what is noted of a call that a care plan asked for
    ("恢复得不错，没有不舒服，提醒了注意事项", Mood.CALM),
    ("还有一点肿，按医嘱再说了一遍，请患者有变化马上回复", Mood.WORRIED),
    ("对这次就诊满意，下次什么时候来也说好了", Mood.CALM),
)
REACHED = 0.8  # share of the calls that are answered
EARLY = timedelta(minutes=25)  # before the hour, when the first come
WAITS, LATE = 0.5, 0.2  # shares of the early who are with reception already, and of the others who come late
CALLS_TAKE = timedelta(days=3)  # longer than the rest: nobody is reached at once


class Colleagues(Paperwork):
    """The clinic's staff at work. Each method is one thing that somebody does, at the clinic's present moment."""

    def __init__(self, services: Services, clock: Clock, actors: Mapping[Role, Actor], chance: random.Random) -> None:
        super().__init__(services, clock, actors)
        self._chance = chance
        self._known: dict[int, PatientId] = {}

    # -- records ----------------------------------------------------------------------------------------------

    async def register(self, person: Person) -> None:
        """Reception records somebody with their tags."""
        by, now = self._by(Role.RECEPTION)
        typed = {
            "name": person.name,
            "phone": person.phone,
            "gender": person.gender,
            "birthday": person.birthday,
            "record_number": person.record_number,
            "note": person.note,
        }
        patient = await self._services.records.create(typed, by=by, now=now, despite_duplicates=True)
        for tag in person.tags:
            await self._services.patient_marks.add_tag(patient.id, tag, by=by, now=now)

    async def link(self, person: Person) -> None:
        """Reception finds the contact behind a scan at the desk and links it to the patient's record."""
        by, now = self._by(Role.RECEPTION)
        patient_id = await self._patient_id(person)
        contact = await self._services.patients.contact_by_openid(person.openid)
        if patient_id is not None and contact is not None:
            await self._services.patient_links.link(patient_id, contact.id, Relation.SELF, by=by, now=now)

    async def tidy(self, person: Person) -> None:
        """Reception looks up a whole number before telephoning, and writes down what was said."""
        by, now = self._by(Role.RECEPTION)
        patient_id = await self._patient_id(person)
        if patient_id is None:
            return
        records = self._services.records
        await records.reveal(patient_id, "phone", by=by, now=now)
        card = (await records.detail(patient_id, by=by, now=now)).card
        note = "；".join(words for words in (person.note, "来电说只有周末有空") if words)
        await records.edit(patient_id, {"note": note}, revision=card.patient.revision, by=by, now=now)

    async def merge_duplicate(self, person: Person) -> None:
        """A second record of the same person, found and merged by the manager."""
        by, now = self._by(Role.RECEPTION)
        typed = {"name": person.name, "phone": person.phone}
        double = await self._services.records.create(typed, by=by, now=now, despite_duplicates=True)
        first = await self._patient_id(person)
        if first is None:
            return
        by, now = self._by(Role.MANAGER)
        preview = await self._services.merges.preview(first, double.id, by=by, now=now)
        revisions = (preview.survivor.patient.revision, preview.merged.patient.revision)
        await self._services.merges.merge(first, double.id, {}, revisions=revisions, by=by, now=now)

    # -- notes ------------------------------------------------------------------------------------------------

    async def tag(self, person: Person, role: Role, name: str, days: int | None = None) -> None:
        """Somebody puts a tag on, for so many days where given."""
        by, now = self._by(role)
        patient_id = await self._patient_id(person)
        if patient_id is not None:
            ends = None if days is None else self._today(now) + timedelta(days=days)
            await self._services.patient_marks.add_tag(patient_id, name, by=by, now=now, expires_on=ends)

    async def hold(self, person: Person, reason: str) -> None:
        """A clinician pauses automatic care."""
        await self._held(person, Role.CLINICIAN, HoldKind.PAUSED, reason)

    async def lift_hold(self, person: Person, reason: str) -> None:
        """A clinician lets automatic care go on."""
        by, now = self._by(Role.CLINICIAN)
        patient_id = await self._patient_id(person)
        if patient_id is not None:
            patient = (await self._services.patients.patients([patient_id]))[patient_id]
            for each in standing(patient.holds, now):
                if each.kind is HoldKind.PAUSED:
                    await self._services.patient_holds.lift(patient_id, each.id, reason, by=by, now=now)

    async def object(self, person: Person, reason: str) -> None:
        """The manager notes that a patient is unhappy with a result."""
        await self._held(person, Role.MANAGER, HoldKind.OBJECTION, reason)

    async def _held(self, person: Person, role: Role, kind: HoldKind, reason: str) -> None:
        by, now = self._by(role)
        patient_id = await self._patient_id(person)
        if patient_id is not None:
            await self._services.patient_holds.set(patient_id, kind, reason, by=by, now=now)

    async def recovered(self, person: Person, reason: str) -> None:
        """A clinician notes that a treatment has healed."""
        by, now = self._by(Role.CLINICIAN)
        patient_id = await self._patient_id(person)
        if patient_id is not None:
            await self._services.patient_marks.recovered(patient_id, reason, by=by, now=now)

    async def declined(self, person: Person) -> None:
        """The consultant notes that a patient wants no offers."""
        by, now = self._by(Role.CONSULTANT)
        patient_id = await self._patient_id(person)
        if patient_id is not None:
            await self._services.patient_marks.declined_offers(patient_id, by=by, now=now)

    # -- visits and follow-ups --------------------------------------------------------------------------------

    async def book(self, person: Person, slot: PlannedSlot) -> None:
        """Reception books for somebody on the telephone; where the hour is taken, the next free one."""
        by, now = self._by(Role.RECEPTION)
        patient_id = await self._patient_id(person)
        if patient_id is None:
            return

        async def take(start: datetime, practitioner_id: PractitionerId) -> None:
            await self._services.booking.book(
                request_key=f"demo:{person.record_number}:{start.isoformat()}",
                contact_id=None,
                patient_id=patient_id,
                visit_type_id=slot.visit_type.id,
                practitioner_id=practitioner_id,
                start=start,
                now=now,
                by=by,
            )

        try:
            await take(slot.start, slot.practitioner.id)
        except SlotTakenError as error:
            for free in error.alternatives[:1]:
                await take(free.start, free.practitioner_id)

    async def book_first_free(self, person: Person, days: int) -> None:
        """Reception books the first free hour so many days ahead, or within the week after it."""
        _, now = self._by(Role.RECEPTION)
        booking, kind = self._services.booking, self._services.clinic.visit_type(VisitTypeId(person.visit))
        for later in range(days, days + 7) if kind is not None else ():
            free = await booking.slots(VisitTypeId(person.visit), None, self._today(now) + timedelta(days=later), now)
            person_id = free and self._services.clinic.practitioner(free[len(free) // 2].practitioner_id)
            if free and person_id and kind is not None:
                start = free[len(free) // 2].start.astimezone(self._services.clinic.timezone)
                await self.book(person, PlannedSlot(practitioner=person_id, visit_type=kind, start=start))
                return

    async def confirm_tomorrow(self, share: float, most: int) -> None:
        """Reception telephones about tomorrow's visits and notes who will come."""
        by, now = self._by(Role.RECEPTION)
        visits = await self._services.booking.on_day(self._today(now) + timedelta(days=1))
        chosen = [visit for visit in visits if visit.live and self._chance.random() < share]
        for visit in chosen[:most]:
            await self.attempt(partial(self._services.booking.confirm, visit.id, by=by, now=now))

    async def receive(self) -> None:
        """Reception keeps the day board true: who was here has left, who is due is treated, who is early waits."""
        by, now = self._by(Role.RECEPTION)
        for visit in await self._services.booking.on_day(self._today(now)):
            if not visit.live or now < visit.start - EARLY:
                continue
            to = VisitStage.LEFT if visit.end <= now else VisitStage.IN_TREATMENT
            if now < visit.start:
                to = VisitStage.WAITING if self._chance.random() < WAITS else VisitStage.ARRIVED
            elif visit.stage is VisitStage.EXPECTED and now < visit.end and self._chance.random() < LATE:
                continue
            if to is not visit.stage:
                advance = self._services.visit_stages.advance
                await self.attempt(partial(advance, visit.id, to, seen=visit.stage, by=by, now=now))

    async def mark_no_show(self, slot: PlannedSlot) -> None:
        """Reception notes that nobody came."""
        by, now = self._by(Role.RECEPTION)
        for visit in await self._services.booking.on_day(slot.start.date()):
            if (visit.start, visit.practitioner_id) == (slot.start, slot.practitioner.id):
                await self.attempt(partial(self._services.booking.mark_no_show, visit.id, by=by, now=now))

    async def work_off(self, opened_before: datetime) -> None:
        """Everybody closes their follow-ups that were opened before then, and says what came of it.

        Who asked for a person is answered at the desk, and that closes theirs.
        """
        for task in await self._services.followups.open_ones(by=SYSTEM, limit=200):
            again = task.attempts == 0 or task.due_at <= self._clock.now()
            if task.kind is FollowUpKind.RECALL and task.opened_at < opened_before and again:
                await self._call(task)
            if task.kind not in OUTCOMES:
                continue
            role, outcomes = OUTCOMES[task.kind]
            if task.opened_at < opened_before - (CALLS_TAKE if task.kind is FollowUpKind.PHONE else timedelta(0)):
                by, now = self._by(role)
                words = self._chance.choice(outcomes)
                await self.attempt(partial(self._services.followups.close, task.id, words, by=by, now=now))

    async def _call(self, task: FollowUp) -> None:
        """Reception rings up, as a care plan asks, and notes what came of it; who was not reached is tried again."""
        by, now = self._by(Role.RECEPTION)
        words, mood = self._chance.choice(CALLED)
        form = AttemptForm(key=f"{task.id}-{task.attempts}", outcome=Outcome.NO_ANSWER, revision=task.revision)
        if self._chance.random() < REACHED:
            form = replace(form, outcome=Outcome.REACHED, key_points=words, mood=mood)
        await self.attempt(partial(self._services.recalls.attempts.record, task.id, form, by=by, now=now))

    # ---------------------------------------------------------------------------------------------------------

    async def _patient_id(self, person: Person) -> PatientId | None:
        """Their record: by its number, or what the contact told us themselves."""
        if person.number not in self._known and (found := await self._find(person)) is not None:
            self._known[person.number] = found
        return self._known.get(person.number)

    async def _find(self, person: Person) -> PatientId | None:
        by, now = self._by(Role.RECEPTION)
        found = await self._services.records.search(person.record_number, by=by, now=now)
        for card in found.cards:
            if card.patient.record_number == person.record_number:
                return card.id
        contact = await self._services.patients.contact_by_openid(person.openid)
        if contact is None:
            return None
        theirs = (await self._services.patients.of_contacts([contact.id])).get(contact.id, [])
        return theirs[0].id if theirs else None
