"""What a change of an appointment leaves behind: its line in the transcript, and for staff an entry in the audit."""

import asyncio
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.lines import confirmed_line, line, stage_line
from wxbot.booking.models import Appointment, VisitStage
from wxbot.booking.stores.reading import Change
from wxbot.clinic.ports import LiveClinic
from wxbot.history.service import History


class ChangeRecorder:
    """Records changes. `changed` is set at each that may change what messages are due."""

    def __init__(self, clinics: LiveClinic, history: History, audit: AuditTrail) -> None:
        self._clinics = clinics
        self._history = history
        self._audit = audit
        self.changed = asyncio.Event()

    async def line(self, appointment: Appointment) -> Appointment:
        """Write the transcript's line and set `changed`; doing it again changes nothing."""
        await self._history.append(line(appointment, self._clinics.current))
        self.changed.set()
        return appointment

    async def closed_lines(self, appointments: list[Appointment]) -> None:
        """Write the lines of visits that were closed together."""
        await self._history.append(*(line(appointment, self._clinics.current) for appointment in appointments))

    async def change(
        self, change: Change, action: AuditAction, summary: str, *, by: Actor, now: datetime
    ) -> Appointment:
        """Record a change, which another request may have made before; the appointment as it now stands."""
        appointment = await self.line(change.found())
        await self.entry(change, action, summary, by, now)
        return appointment

    async def overbooking(self, change: Change, summary: str, *, by: Actor, now: datetime) -> Appointment:
        """Record a visit that staff put beside another; the reason stands with it in the audit."""
        appointment = await self.line(change.found())
        words = f"{summary}：{appointment.overbooked}"
        await self.entry(change, AuditAction.APPOINTMENT_OVERBOOKED, words, by, now)
        return appointment

    async def confirmation(self, change: Change, *, by: Actor, now: datetime) -> Appointment:
        """Record that the patient will come."""
        await self._history.append(confirmed_line(change.found(), self._clinics.current))
        await self.entry(change, AuditAction.APPOINTMENT_CONFIRMED, "确认患者会来就诊", by, now)
        return change.found()

    async def stage(self, change: Change, *, by: Actor, now: datetime) -> Appointment:
        """Record where the patient is on the day of the visit."""
        appointment, clinic = change.found(), self._clinics.current
        of_state = appointment.stage is VisitStage.LEFT
        await self._history.append(line(appointment, clinic) if of_state else stage_line(appointment, clinic))
        self.changed.set()
        await self.entry(change, AuditAction.APPOINTMENT_STAGE, f"到诊进度：{appointment.stage.label}", by, now)
        return appointment

    async def undone(self, change: Change, summary: str, *, by: Actor, now: datetime) -> Appointment:
        """Record that what had been noted of a visit was taken back."""
        appointment = change.found()
        if change.applied:
            await self._history.append(stage_line(appointment, self._clinics.current))
            self.changed.set()
        await self.entry(change, AuditAction.APPOINTMENT_UNDONE, summary, by, now)
        return appointment

    async def entry(self, change: Change, action: AuditAction, summary: str, by: Actor, now: datetime) -> None:
        """Note in the audit what staff changed; what patients do themselves is in the transcript only."""
        if change.applied and by.is_staff:
            subject = f"appointment:{change.found().id}"
            await self._audit.record(action, subject, by=by, now=now, summary=summary)
