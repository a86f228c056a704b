"""What the demo's staff do in the fortnight, by the use cases that the console calls."""

import asyncio
import csv
import random
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from wxbot.account.models import Scene, ScenePurpose
from wxbot.actors import SYSTEM, Actor
from wxbot.broadcasts.models import Audience, AudienceKind, BroadcastDraft
from wxbot.clinic.models import Closure, PractitionerId, VisitTypeId
from wxbot.clock import Clock
from wxbot.demo.people import Person
from wxbot.demo.visits import PlannedSlot
from wxbot.errors import DomainError, SlotTakenError
from wxbot.followups.models import FollowUpKind
from wxbot.history.models import PatientId
from wxbot.logs import get_logger
from wxbot.messaging import Purpose
from wxbot.patients.exports.models import Column, Scope
from wxbot.patients.exports.models import Selection as ExportSelection
from wxbot.patients.imports.models import Choice, Field, ImportState
from wxbot.patients.models import Relation
from wxbot.services import Services
from wxbot.staff.permissions import Role

log = get_logger(__name__)

LIST_NAME = "老客户名单.csv"
LIST_HEADER = ("姓名", "手机", "性别", "生日", "病历号", "标签", "备注")
LIST_FIELDS = (
    *(Field.NAME, Field.PHONE, Field.GENDER, Field.BIRTHDAY, Field.RECORD_NUMBER),
    *(Field.TAGS, Field.NOTE),
)
UNREADABLE = (  # lines of the old list that nobody can use: the import says why
    ("钱多多", "12345", "女", "1990-01-01", "X0001", "", ""),
    ("孔令", "19900009991", "男", "1985年13月40日", "X0002", "", ""),
    ("", "19900009992", "女", "", "X0003", "", "没有姓名"),
)
OUTCOMES = {
    FollowUpKind.HANDOFF: (
        Role.CONSULTANT,
        (
            "已在电话里回复，患者清楚了",
            "已约患者明天来复查",
            "已转告医生，医生回电说明了",
            "已回复，患者说没有别的问题了",
        ),
    ),
    FollowUpKind.PHONE: (Role.RECEPTION, ("已致电，患者知道了", "两次无人接听，改天再打", "家属接听，已转告")),
    FollowUpKind.CHECK: (Role.ADMIN, ("已核实，患者收到了", "已核实，已电话告知")),
}
CALLS_TAKE = timedelta(days=3)  # longer than the rest: nobody is reached at once


class Colleagues:
    """The clinic's staff at work. Each method is one thing that somebody does, at the clinic's present moment."""

    def __init__(self, services: Services, clock: Clock, actors: Mapping[Role, Actor], chance: random.Random) -> None:
        self._services = services
        self._clock = clock
        self._actors = actors
        self._chance = chance
        self._known: dict[int, PatientId] = {}
        self.scenes: list[Scene] = []
        self.refused: list[str] = []

    def _by(self, role: Role) -> tuple[Actor, datetime]:
        return self._actors.get(role, SYSTEM), self._clock.now()

    async def attempt(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do it; what the clinic's rules refuse is noted and left, as in life."""
        try:
            await work()
        except DomainError as error:
            self.refused.append(f"{type(error).__name__}: {error}")
            log.info("demo_step_refused", error=type(error).__name__)

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

    async def import_list(self, people: Sequence[Person]) -> None:
        """The manager imports the old list, after its dry run."""
        by, now = self._by(Role.MANAGER)
        imports = self._services.imports
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / LIST_NAME
            await asyncio.to_thread(_write_list, path, people)
            it = await imports.upload(path, LIST_NAME, by=by, now=now)
        columns = {str(number): field for number, field in enumerate(LIST_FIELDS)}
        choice = Choice(sheet=0, header_row=1, columns=columns)
        it = await imports.choose(it.id, it.revision, choice, by=by, now=now)
        await self._worked_through()
        it = await imports.get(it.id, by=by)
        if it.state is ImportState.CHECKED:
            await imports.run(it.id, it.revision, by=by, now=now)
            await self._worked_through()

    async def _worked_through(self) -> None:
        while await self._services.imports.work(self._clock.now()):
            pass

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
        by, now = self._by(Role.CLINICIAN)
        patient_id = await self._patient_id(person)
        if patient_id is not None:
            await self._services.patient_marks.hold(patient_id, reason, by=by, now=now)

    async def lift_hold(self, person: Person, reason: str) -> None:
        """A clinician lets automatic care go on."""
        by, now = self._by(Role.CLINICIAN)
        patient_id = await self._patient_id(person)
        if patient_id is not None:
            await self._services.patient_marks.lift_hold(patient_id, reason, by=by, now=now)

    async def object(self, person: Person, reason: str) -> None:
        """The manager notes that a patient is unhappy with a result."""
        by, now = self._by(Role.MANAGER)
        patient_id = await self._patient_id(person)
        if patient_id is not None:
            await self._services.patient_marks.object(patient_id, reason, by=by, now=now)

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

    async def mark_no_show(self, slot: PlannedSlot) -> None:
        """Reception notes that nobody came."""
        by, now = self._by(Role.RECEPTION)
        for visit in await self._services.booking.on_day(slot.start.date()):
            if (visit.start, visit.practitioner_id) == (slot.start, slot.practitioner.id):
                await self.attempt(partial(self._services.booking.mark_no_show, visit.id, by=by, now=now))

    async def work_off(self, opened_before: datetime) -> None:
        """Everybody closes their follow-ups that were opened before then, and says what came of it."""
        for task in await self._services.followups.open_ones(by=SYSTEM, limit=200):
            role, outcomes = OUTCOMES[task.kind]
            if task.opened_at < opened_before - (CALLS_TAKE if task.kind is FollowUpKind.PHONE else timedelta(0)):
                by, now = self._by(role)
                words = self._chance.choice(outcomes)
                await self.attempt(partial(self._services.followups.close, task.id, words, by=by, now=now))

    # -- wordings, broadcasts, files --------------------------------------------------------------------------

    async def write_template(self, name: str, text: str, *, approved: bool) -> None:
        """The manager writes a template; the administrator approves and publishes it, or it waits."""
        by, now = self._by(Role.MANAGER)
        editor = self._services.template_editor
        it = await editor.create(name=name, purpose=Purpose.CARE, by=by, now=now)
        content = replace(editor.content_now(it), text=text)
        it = await editor.save(it.id, content, revision=it.revision, by=by, now=now)
        it = await editor.submit(it.id, revision=it.revision, by=by, now=now)
        if approved:
            by, now = self._by(Role.ADMIN)
            it = await editor.approve(it.id, revision=it.revision, by=by, now=now, comment="语气合适")
            await editor.publish(it.id, revision=it.revision, by=by, now=now)

    async def begin_template(self, name: str, text: str) -> None:
        """The administrator begins a template and leaves it a draft."""
        by, now = self._by(Role.ADMIN)
        editor = self._services.template_editor
        it = await editor.create(name=name, purpose=Purpose.CARE, by=by, now=now)
        content = replace(editor.content_now(it), text=text)
        await editor.save(it.id, content, revision=it.revision, by=by, now=now)

    async def write_broadcast(self, title: str, tag: str, topic: str, *, approved: bool) -> None:
        """The consultant writes a broadcast; the manager approves it, or it waits."""
        by, now = self._by(Role.CONSULTANT)
        broadcasts = self._services.broadcasts
        drafts = broadcasts.drafts
        fitting = (
            template
            for template in broadcasts.templates_for(Purpose.CARE)
            if [variable.name for variable in drafts.manual_variables(template)] == ["topic"]
        )
        template = next(fitting, None)
        if template is None:
            return
        draft = BroadcastDraft(
            title=title,
            purpose=Purpose.CARE,
            template=template.key,
            audience=Audience(kind=AudienceKind.TAG, tag=tag),
            variables={"topic": topic},
            pace_per_hour=600,
        )
        it = await drafts.create(draft, by=by, now=now)
        it = await drafts.preview(it.id, by=by, now=now)
        it = await drafts.submit(it.id, by=by, now=now)
        if approved and it.preview is not None:
            by, now = self._by(Role.MANAGER)
            await broadcasts.approve(it.id, it.preview.fingerprint, by=by, now=now)

    async def export(self, tag: str, reason: str) -> None:
        """The manager asks for a spreadsheet, and it is written."""
        by, now = self._by(Role.MANAGER)
        chosen = ExportSelection(scope=Scope.TAG, tag=tag)
        columns = (Column.NAME, Column.MASKED_PHONE, Column.BIRTHDAY, Column.TAGS)
        await self._services.exports.ask(chosen, columns, reason, by=by, now=now)
        while await self._services.exports.work(self._clock.now()):
            pass

    # -- the clinic and its account ---------------------------------------------------------------------------

    async def print_codes(self) -> None:
        """The manager makes codes for the desk, a poster and a doctor's card; the administrator sets the menu."""
        by, now = self._by(Role.MANAGER)
        scenes, people = self._services.account.scenes, self._services.clinic.practitioners
        wanted = [("前台立牌", ScenePurpose.DESK, "", None), ("秋冬义诊海报", ScenePurpose.CHANNEL, "", 30)]
        if people:
            wanted.append((f"{people[0].name}的名片", ScenePurpose.PRACTITIONER, people[0].id, None))
        for number, (label, purpose, practitioner_id, days) in enumerate(wanted):
            scene = await scenes.create(
                label,
                purpose,
                request=f"demo{number:028}",
                by=by,
                now=now,
                practitioner_id=practitioner_id,
                lasts_days=days,
            )
            self.scenes.append(await scenes.generate(scene.id, by=by, now=now))
        by, now = self._by(Role.ADMIN)
        menu = await self._services.account.menus.draft(by=by, now=now)
        await self._services.account.menus.push(menu.revision, by=by, now=now)

    async def close_clinic(self, day: date, reason: str) -> None:
        """The manager enters a day on which one practitioner does not receive."""
        by, now = self._by(Role.MANAGER)
        practitioner = next(iter(self._services.clinic.practitioners), None)
        if practitioner is not None:
            closure = Closure(first=day, last=day, reason=reason, practitioner_id=practitioner.id)
            await self._services.closures.add(closure, by=by, now=now)

    async def hire(self, login: str, name: str) -> None:
        """The administrator makes an account for somebody new, and closes it again for now."""
        by, now = self._by(Role.ADMIN)
        made = await self._services.staff.create(login=login, name=name, role=Role.RECEPTION, by=by, now=now)
        account = made.account
        await self._services.staff.disable(account.id, by=by, revision=account.revision, now=now)

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

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._services.clinic.timezone).date()


def _write_list(path: Path, people: Sequence[Person]) -> None:
    genders = {"female": "女", "male": "男"}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(LIST_HEADER)
        rows.writerows(
            (
                person.name,
                person.phone,
                genders[person.gender],
                person.birthday,
                person.record_number,
                "、".join(person.tags),
                person.note,
            )
            for person in people
        )
        rows.writerows(UNREADABLE)
