"""What staff note about visits in the console. Each use case takes who acts, and leaves a trace in the audit."""

from wxbot.actors import Actor
from wxbot.audit.service import AuditTrail
from wxbot.booking.errors import TooLateError
from wxbot.booking.lines import confirmed_line
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.errors import NotFoundError
from wxbot.history.service import History


class VisitDesk:
    """预约的前台操作: confirming that somebody will come, noting that somebody did not."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: BookingStore,
        *,
        booking: Booking,
        clinics: LiveClinic,
        history: History,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        self._store = store
        self._booking = booking
        self._clinics = clinics
        self._history = history
        self._audit = audit
        self._clock = clock

    async def confirm(self, appointment_id: AppointmentId, *, by: Actor) -> Appointment:
        """Note that the patient will come (A4-14, A4-15); a second time changes nothing.

        Raises ForbiddenError, NotFoundError and TooLateError (begun, over or cancelled).
        """
        by.must("booking:appointment:edit")
        now = self._clock.now()
        change = await self._store.confirm(appointment_id, now=now, by=by.by)
        appointment = change.appointment
        if appointment is None:
            raise NotFoundError("no such appointment")
        if appointment.confirmed_at is None or not appointment.live:
            raise TooLateError("这次预约已经开始、结束或取消，不需要再确认。")
        await self._history.append(confirmed_line(appointment, self._clinics.current))
        if change.applied:
            subject = f"appointment:{appointment.id}"
            await self._audit.record("appointment:confirmed", subject, by=by, now=now, summary="确认患者会来就诊")
        return appointment

    async def mark_no_show(self, appointment_id: AppointmentId, *, by: Actor) -> Appointment:
        """Note that the patient did not come; aftercare then rests.

        Raises ForbiddenError, NotFoundError, NotBookableError (before the hour) and TooLateError (cancelled).
        """
        by.must("booking:appointment:edit")
        now = self._clock.now()
        appointment = await self._booking.mark_no_show(appointment_id, now=now, by=by.by)
        subject = f"appointment:{appointment.id}"
        await self._audit.record("appointment:missed", subject, by=by, now=now, summary="标记患者未到诊")
        return appointment
