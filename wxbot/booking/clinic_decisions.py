"""Use cases for appointments that a leave, a holiday or other hours fell upon: whom it hits, and what becomes of each.

Nothing happens unless somebody decides. What is decided is noted on the appointment, with who did it and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.booking.clinic_conflicts import clinic_change, conflict_reason, is_open
from wxbot.booking.models import Appointment, AppointmentId, Booker, ClinicDecision, Slot
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.windows import STAFF_HORIZON_DAYS
from wxbot.clinic.models import PractitionerId
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotBookableError, NotFoundError, StaleError

READ, EDIT = "booking:appointment:read", "booking:appointment:edit"
MOST_LOOKED_AT = 5_000  # booked appointments to come; a clinic of twenty doctors has fewer in two months
MOST_HANDLED = 200
HANDLED_DAYS = 30  # how long what was decided stays on the list
DAYS_PROPOSED, HOURS_A_DAY = 3, 4


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """An appointment, and what fell upon it."""

    appointment: Appointment
    reason: str


class ClinicDecisions:
    """受影响的预约."""

    def __init__(self, store: BookingStore, clinics: LiveClinic, booking: Booking) -> None:
        self._store = store
        self._clinics = clinics
        self._booking = booking

    async def waiting(self, *, by: Actor, now: datetime) -> list[Conflict]:
        """Appointments to come that nobody has decided about, the earliest first."""
        by.must(READ)
        coming = await self._store.around(now, now + timedelta(days=STAFF_HORIZON_DAYS), MOST_LOOKED_AT)
        clinic = self._clinics.current
        found = [Conflict(appointment=each, reason=conflict_reason(each, clinic)) for each in coming]
        return [each for each in found if is_open(each.appointment, each.reason)]

    async def handled(self, *, by: Actor, now: datetime) -> list[Appointment]:
        """What was decided lately, the latest first; each says by whom (`clinic_change`)."""
        by.must(READ)
        return await self._store.clinic_changes_since(now - timedelta(days=HANDLED_DAYS), MOST_HANDLED)

    async def one(self, appointment_id: AppointmentId, *, by: Actor) -> Conflict:
        """One appointment, with the reason while somebody has to decide. Raises NotFoundError."""
        by.must(READ)
        found = await self._store.by_id(appointment_id)
        if found is None:
            raise NotFoundError(f"appointment {appointment_id}")
        reason = conflict_reason(found, self._clinics.current)
        return Conflict(appointment=found, reason=reason if is_open(found, reason) else "")

    async def proposals(self, appointment: Appointment, now: datetime) -> list[Slot]:
        """The next free hours: those of the same practitioner, then those of others who do the same; may be empty."""
        own = await self._next_free(appointment, appointment.practitioner_id, now)
        anyone = await self._next_free(appointment, None, now)
        return [*own, *(slot for slot in anyone if slot.practitioner_id != appointment.practitioner_id)]

    async def move(  # noqa: PLR0913 - one fact each
        self,
        appointment_id: AppointmentId,
        start: datetime,
        practitioner_id: PractitionerId,
        version: int,
        request_key: str,
        *,
        by: Actor,
        now: datetime,
    ) -> Appointment:
        """Another hour, for the clinic's sake. Raises as `Booking.move` does."""
        by.must(EDIT)
        reason = await self._reason(appointment_id, version, by, request_key)
        return await self._booking.move(
            appointment_id, start, practitioner_id, version, request_key, by=by, now=now, clinic_reason=reason
        )

    async def cancel(self, appointment_id: AppointmentId, version: int, *, by: Actor, now: datetime) -> Appointment:
        """Cancel for the clinic's sake. Raises as `Booking.cancel` does."""
        by.must(EDIT)
        reason = await self._reason(appointment_id, version, by)
        return await self._booking.cancel(appointment_id, reason, by=by, now=now, version=version, clinic_reason=reason)

    async def keep(self, appointment_id: AppointmentId, version: int, *, by: Actor, now: datetime) -> Appointment:
        """It takes place as it stands. Raises ForbiddenError, NotFoundError and StaleError."""
        by.must(EDIT)
        reason = await self._reason(appointment_id, version, by)
        noted = clinic_change(ClinicDecision.KEPT, reason, by=by, now=now)
        assert noted is not None  # noqa: S101 - there is a reason
        change = await self._store.keep_anyway(appointment_id, version, noted)
        if not change.applied:
            raise StaleError("the appointment changed meanwhile")
        await self._booking.recorder.entry(change, AuditAction.APPOINTMENT_KEPT, f"照常接诊：{reason}", by, now)
        return change.found()

    async def _reason(
        self, appointment_id: AppointmentId, version: int, by: Actor, request_key: str | None = None
    ) -> str:
        """Why somebody has to decide. Raises StaleError where nobody has to any more, or something changed."""
        found = await self.one(appointment_id, by=by)
        appointment = found.appointment
        if request_key is not None and appointment.move_key == request_key and appointment.clinic_change is not None:
            return appointment.clinic_change.reason  # the same tap again
        if not found.reason or appointment.version != version:
            raise StaleError(f"appointment {appointment_id} at version {appointment.version} needs no decision")
        return found.reason

    async def _next_free(
        self, appointment: Appointment, practitioner_id: PractitionerId | None, now: datetime
    ) -> Sequence[Slot]:
        kind = appointment.visit_type_id
        try:
            days = await self._booking.days(kind, practitioner_id, now, moving=appointment.id, booker=Booker.RETURNING)
        except NotBookableError:
            return ()
        found: list[Slot] = []
        for day in islice(days, DAYS_PROPOSED):
            slots = await self._booking.slots(
                kind, practitioner_id, day.date, now, moving=appointment.id, booker=Booker.RETURNING
            )
            found += slots[:HOURS_A_DAY]
        return found
