"""Use cases of the day of a visit: where the patient is, and taking back what was noted by mistake."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.booking.claims import Claim
from wxbot.booking.errors import GivenAwayError, OccupiedError
from wxbot.booking.freeing import claims_again, taken_again
from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.booking.recording import ChangeRecorder
from wxbot.booking.stages import NOT_EXPECTED, advanced, stepped_back
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.reading import Change
from wxbot.booking.stores.stages import StageStore
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotFoundError, StaleError
from wxbot.workflow import NotNowError

EDIT = "booking:appointment:edit"
UNDONE_WITHIN = timedelta(hours=24)  # a visit marked missed is expected again only so soon

ELSEWHERE = "另一位同事刚刚更新了这位患者的到诊进度。请看一眼最新情况，再点一次。"


class VisitStages:
    """未到 → 已到 → 候诊 → 就诊中 → 已离开; every step can be taken back.

    Each use case raises ForbiddenError, NotFoundError, StaleError (a colleague was faster) and NotNowError, with a
    sentence for staff.
    """

    def __init__(
        self, stages: StageStore, bookings: BookingStore, clinics: LiveClinic, recorder: ChangeRecorder
    ) -> None:
        self._stages = stages
        self._bookings = bookings
        self._clinics = clinics
        self._recorder = recorder

    async def advance(
        self, appointment_id: AppointmentId, to: VisitStage, *, seen: VisitStage, by: Actor, now: datetime
    ) -> Appointment:
        """The patient reached a later stage of today's visit; LEFT completes it. A second tap changes nothing.

        `seen` is the stage that the page showed.
        """
        by.must(EDIT)
        before = await self._found(appointment_id)
        if before.stage is to:
            return await self._recorder.stage(Change(appointment=before, applied=False), by=by, now=now)
        if before.stage is not seen:
            raise StaleError(f"stage is {before.stage}", sentence=ELSEWHERE)
        after = advanced(before, to, by=by.by, now=now, zone=self._clinics.current.timezone)
        change = await self._put(before, after, by=by, now=now)
        if to is VisitStage.LEFT:
            await self._bookings.set_new([after.patient_id], new=False)
        return change

    async def step_back(
        self, appointment_id: AppointmentId, *, seen: VisitStage, by: Actor, now: datetime
    ) -> Appointment:
        """撤销: take back the last stage; who had left is booked again. `seen` is the stage that the page showed.

        Raises GivenAwayError where the time that was left was given to somebody else.
        """
        by.must(EDIT)
        before = await self._found(appointment_id)
        if before.stage is not seen:
            raise StaleError(f"stage is {before.stage}", sentence=ELSEWHERE)
        after = stepped_back(before, by=by.by, now=now)
        try:
            appointment = await self._put(before, after, by=by, now=now)
        except OccupiedError as error:
            raise await self._given_away(before, claims_again(after)) from error
        if not before.live and not await self._bookings.was_seen(after.patient_id):
            await self._bookings.set_new([after.patient_id], new=True)
        return appointment

    async def undo_no_show(self, appointment_id: AppointmentId, *, by: Actor, now: datetime) -> Appointment:
        """A visit that was marked missed lately is expected again; of one that is expected nothing changes.

        What is left of its time is taken again. Raises GivenAwayError where somebody else has it by now.
        """
        by.must(EDIT)
        try:
            change = await self._stages.undo_no_show(appointment_id, since=now - UNDONE_WITHIN, now=now, by=by.by)
        except OccupiedError as error:
            missed = await self._found(appointment_id)
            raise await self._given_away(missed, claims_again(taken_again(missed, now))) from error
        if not change.found().live:
            raise NotNowError("这次预约没有标记为未到诊，或者标记已超过一天，不能撤销。")
        return await self._recorder.undone(change, "撤销未到诊标记", by=by, now=now)

    async def unconfirm(self, appointment_id: AppointmentId, *, by: Actor, now: datetime) -> Appointment:
        """Take back that the patient will come; of a visit that is not confirmed nothing changes."""
        by.must(EDIT)
        change = await self._stages.unconfirm(appointment_id)
        if not change.found().live:
            raise NotNowError(NOT_EXPECTED)
        await self._recorder.entry(change, AuditAction.APPOINTMENT_UNDONE, "撤销确认会来", by, now)
        return change.found()

    # -- inside -----------------------------------------------------------------------------------------------

    async def _found(self, appointment_id: AppointmentId) -> Appointment:
        found = await self._bookings.by_id(appointment_id)
        if found is None:
            raise NotFoundError(f"appointment {appointment_id}")
        return found

    async def _given_away(self, visit: Appointment, claims: Sequence[Claim]) -> GivenAwayError:
        others, held = await self._stages.who_has(claims)
        return GivenAwayError(f"of appointment {visit.id}", others=others, held=held)

    async def _put(self, before: Appointment, after: Appointment, *, by: Actor, now: datetime) -> Appointment:
        change = await self._stages.put(before, after)
        if not change.applied:
            raise StaleError("the appointment changed meanwhile", sentence=ELSEWHERE)
        return await self._recorder.stage(change, by=by, now=now)
