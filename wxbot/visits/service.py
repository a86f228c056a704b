"""Use cases of the day of a visit: arrival, checkout, and what else reception notes about it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from wxbot.actors import PATIENT, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.booking.service import Booking
from wxbot.booking.stages import advanced
from wxbot.booking.visit_stages import EDIT, ELSEWHERE, VisitStages
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, InvalidInputError, NotFoundError, StaleError
from wxbot.history.models import ContactId
from wxbot.patients.service import Patients
from wxbot.visits.arrival import arrival_card, arrival_faults, fits
from wxbot.visits.checkout import checkout_faults, next_visit
from wxbot.visits.lateness import subject_of
from wxbot.visits.models import MOST_WORDS, ArrivalCard, ArrivalForm, Checkout, Noted, NotedArrival, VisitRecord
from wxbot.visits.ports import SceneLabels, UndecidedNotes
from wxbot.visits.rules import VisitDayRules, found
from wxbot.visits.store import VisitRecordStore
from wxbot.workflow import NotNowError

READ = "booking:appointment:read"
DECIDE = "booking:cancellation:decide"
TREAT = "booking:social_status:read"

NOT_CANCELLED = "这次预约没有取消，不需要处理意见。"
REGISTER_FIRST = "请先完成到诊登记（渠道、分类、主诉），再登记后面的步骤。"
NOT_WAITING = "患者现在没有在候诊。"


class VisitDay:
    """What reception notes about a visit, and the gates of its day.

    A note and the stage are two documents. The note is written first: a process that dies between the two leaves a
    stage that the next tap mends. Each use case raises ForbiddenError and NotFoundError.
    """

    def __init__(  # noqa: PLR0913 - what it works with, all keyword-only
        self,
        store: VisitRecordStore,
        *,
        stages: VisitStages,
        booking: Booking,
        visits: DayVisits,
        patients: Patients,
        clinics: LiveClinic,
        scenes: SceneLabels,
        audit: AuditTrail,
        rules: VisitDayRules,
    ) -> None:
        self._store = store
        self._stages = stages
        self._booking = booking
        self._visits = visits
        self._patients = patients
        self._clinics = clinics
        self._scenes = scenes
        self._audit = audit
        self.rules = rules
        self.undecided: UndecidedNotes | None = None  # set once follow-ups are wired

    # -- arrival and checkout -----------------------------------------------------------------------------------

    async def preset_channel(self, appointment: Appointment) -> str:
        """The key of the channel that the scene means by which the contact first came; empty where none is known."""
        if appointment.contact_id is None:
            return ""
        contact = (await self._patients.contacts([appointment.contact_id])).get(appointment.contact_id)
        if contact is None or not contact.scene:
            return ""
        return self.rules.channel_of_scene(await self._scenes.label_of(contact.scene))

    async def arrive(
        self, appointment_id: AppointmentId, arrival: ArrivalForm, *, seen: VisitStage, by: Actor, now: datetime
    ) -> Appointment:
        """Keep what reception asked, and note that the patient arrived; of one who is there already, only the former.

        `seen` is the stage that the page showed. The same arrival again changes nothing. Raises FieldErrors (a first
        visit without channel and the like), NotNowError and StaleError.
        """
        by.must(EDIT)
        visit = await self._found(appointment_id)
        record = (await self._store.of([visit.id])).get(visit.id)
        known = None if record is None else record.arrival
        if visit.stage is not seen and not (known is None and _scanned(visit) and seen is VisitStage.EXPECTED):
            if known is not None and known.said == arrival:
                return visit
            raise StaleError(f"stage is {visit.stage}", sentence=ELSEWHERE)
        practitioner = self._clinics.current.practitioner(visit.practitioner_id)
        if faults := arrival_faults(arrival, self.rules, practitioner):
            raise FieldErrors(faults)
        if visit.stage is VisitStage.EXPECTED:  # refused before anything is written
            advanced(visit, VisitStage.ARRIVED, by=by.by, now=now, zone=self._clinics.current.timezone)
        noted = NotedArrival(
            said=arrival,
            preset_channel=await self.preset_channel(visit),
            fits=fits(arrival.complaint, self.rules, practitioner),
            at=now,
            by=by.by,
        )
        await self._store.put(VisitRecord(id=visit.id, contact_id=visit.contact_id, arrival=noted), "arrival")
        await self._note(AuditAction.VISIT_ARRIVAL, visit, "登记到诊信息", by=by, now=now)
        if visit.stage is not VisitStage.EXPECTED:
            return visit
        return await self._stages.advance(visit.id, VisitStage.ARRIVED, seen=seen, by=by, now=now)

    async def advance(
        self, appointment_id: AppointmentId, to: VisitStage, *, seen: VisitStage, by: Actor, now: datetime
    ) -> Appointment:
        """The patient goes on from the door; not before reception asked what it asks there (A4-10, A4-11).

        Raises NotNowError and StaleError.
        """
        by.must(EDIT)
        visit = await self._found(appointment_id)
        await self._must_be_registered(visit)
        return await self._stages.advance(visit.id, to, seen=seen, by=by, now=now)

    async def leave(  # noqa: PLR0913 - one fact each
        self,
        appointment_id: AppointmentId,
        *,
        reason: str = "",
        words: str = "",
        seen: VisitStage,
        by: Actor,
        now: datetime,
    ) -> Appointment:
        """The patient leaves: with a visit booked for a later day, or with a reason why there is none (A4-19).

        Raises FieldErrors (neither), NotNowError and StaleError.
        """
        by.must(EDIT)
        visit = await self._found(appointment_id)
        if visit.stage is VisitStage.LEFT:
            return visit
        if visit.stage is not seen:
            raise StaleError(f"stage is {visit.stage}", sentence=ELSEWHERE)
        zone = self._clinics.current.timezone
        advanced(visit, VisitStage.LEFT, by=by.by, now=now, zone=zone)  # refused before anything is written
        await self._must_be_registered(visit)
        following = await self.next_visit(visit, now)
        if following is None and (faults := checkout_faults(reason, words.strip(), self.rules)):
            raise FieldErrors(faults)
        checkout = Checkout(
            next_visit=following.id if following is not None else None,
            reason="" if following is not None else reason,
            words="" if following is not None else words.strip(),
            at=now,
            by=by.by,
        )
        await self._store.put(VisitRecord(id=visit.id, contact_id=visit.contact_id, checkout=checkout), "checkout")
        await self._note(AuditAction.VISIT_CHECKOUT, visit, "登记离开", by=by, now=now)
        await self._note_undecided(visit, checkout.reason, by=by, now=now)
        return await self._stages.advance(visit.id, VisitStage.LEFT, seen=seen, by=by, now=now)

    async def next_visit(self, appointment: Appointment, now: datetime) -> Appointment | None:
        """The patient's first visit that is booked for a later day than today."""
        coming = await self._visits.coming([appointment.patient_id], now)
        return next_visit(coming.get(appointment.patient_id, ()), now, self._clinics.current.timezone)

    # -- what else is noted ---------------------------------------------------------------------------------------

    async def decide(self, appointment_id: AppointmentId, words: str, *, by: Actor, now: datetime) -> None:
        """Keep what the supervisor decided about a cancellation (A4-17); the latest decision counts.

        Raises NotNowError and InvalidInputError.
        """
        by.must(DECIDE)
        visit = await self._found(appointment_id)
        if visit.state is not AppointmentState.CANCELLED:
            raise NotNowError(NOT_CANCELLED)
        said = words.strip()
        if not said or len(said) > MOST_WORDS:
            raise InvalidInputError("a decision has words", sentence=f"请写处理意见，最多 {MOST_WORDS} 字")
        decision = Noted(at=now, by=by.by, words=said)
        await self._store.put(VisitRecord(id=visit.id, contact_id=visit.contact_id, decision=decision), "decision")
        await self._note(AuditAction.VISIT_DECIDED, visit, "登记取消的处理意见", by=by, now=now)

    async def recheck(self, appointment_id: AppointmentId, *, by: Actor, now: datetime) -> None:
        """The patient was asked again this morning and will come (A4-15); who was not confirmed yet is so with it.

        Raises NotNowError (not today) and TooLateError (begun, over or cancelled).
        """
        by.must(EDIT)
        visit = await self._found(appointment_id)
        zone = self._clinics.current.timezone
        if visit.start.astimezone(zone).date() != now.astimezone(zone).date():
            raise NotNowError("只有今天的预约需要当天再确认。")
        await self._booking.confirm(visit.id, by=by, now=now)
        noted = Noted(at=now, by=by.by)
        await self._store.put(VisitRecord(id=visit.id, contact_id=visit.contact_id, recheck=noted), "recheck")
        await self._note(AuditAction.VISIT_RECHECKED, visit, "当天再次确认患者会来", by=by, now=now)

    async def comfort(self, appointment_id: AppointmentId, *, by: Actor, now: datetime) -> None:
        """Somebody spoke with a patient who waits (A4-31). Raises NotNowError for one who does not wait."""
        by.must(EDIT)
        visit = await self._found(appointment_id)
        if visit.stage not in {VisitStage.ARRIVED, VisitStage.WAITING}:
            raise NotNowError(NOT_WAITING)
        noted = Noted(at=now, by=by.by)
        await self._store.put(VisitRecord(id=visit.id, contact_id=visit.contact_id, comforted=noted), "comforted")
        await self._note(AuditAction.VISIT_COMFORTED, visit, "已安慰等候的患者", by=by, now=now)

    # -- questions ------------------------------------------------------------------------------------------------

    async def records(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, VisitRecord]:
        """What was noted about those visits, by appointment, in one query."""
        return await self._store.of(ids) if ids else {}

    async def card(self, appointment_id: AppointmentId, *, by: Actor) -> ArrivalCard | None:
        """What the clinicians are told before the patient comes in (A4-18); None before the arrival was noted."""
        by.must(READ)
        record = (await self._store.of([appointment_id])).get(appointment_id)
        if record is None or record.arrival is None:
            return None
        return arrival_card(record.arrival, self.rules, treating=by.may(TREAT))

    async def erase(self, contact_id: ContactId) -> int:
        """Part an erased contact from their visits, and forget what was written about them; the number parted."""
        return await self._store.erase(contact_id)

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _found(self, appointment_id: AppointmentId) -> Appointment:
        visit = await self._visits.one(appointment_id)
        if visit is None:
            raise NotFoundError(f"appointment {appointment_id}")
        return visit

    async def _note_undecided(self, visit: Appointment, reason: str, *, by: Actor, now: datetime) -> None:
        """Whoever leaves for a reason that means 未成交 is called about it (A1-08); who leaves once more, once more."""
        chosen = found(self.rules.no_next, reason)
        if chosen is None or not chosen.undecided or self.undecided is None:
            return
        kind = self._clinics.current.visit_type(visit.visit_type_id)
        await self.undecided.left(
            visit.patient_id,
            kind.name if kind is not None else "",
            cause=f"{visit.id}/{visit.version}",
            subject=subject_of(visit.id),
            by=by,
            now=now,
        )

    async def _must_be_registered(self, visit: Appointment) -> None:
        record = (await self._store.of([visit.id])).get(visit.id)
        if record is None or record.arrival is None:
            raise NotNowError(REGISTER_FIRST)

    async def _note(self, action: AuditAction, visit: Appointment, summary: str, *, by: Actor, now: datetime) -> None:
        await self._audit.record(action, f"appointment:{visit.id}", by=by, now=now, summary=summary)


def _scanned(visit: Appointment) -> bool:
    """Whether the patient came by themselves with the code at reception, while the form was open."""
    return visit.stage is VisitStage.ARRIVED and visit.stage_by == PATIENT.by
