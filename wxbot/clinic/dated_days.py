"""Use cases of single days on which a practitioner receives at other hours, or not at all."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from wxbot.actors import Actor
from wxbot.clinic.editing import Editing, refuse
from wxbot.clinic.models import DatedHours, Practitioner, PractitionerId
from wxbot.clinic.parts import SettingKind
from wxbot.clinic.ports import AffectedAppointment, Appointments
from wxbot.clinic.resource_checks import dated_problems
from wxbot.errors import NotFoundError
from wxbot.stored_value import Stored

READ, EDIT = (
    "settings:clinic:read",
    "settings:closure:edit",
)  # whoever may close for a doctor may change a day of theirs
MOST_LISTED = 200  # appointments listed of one day


class DatedDays:
    """个别日期的出诊时间. What is booked outside the new hours stands until somebody has spoken with the patient."""

    def __init__(self, editing: Editing, appointments: Appointments) -> None:
        self._editing = editing
        self._appointments = appointments

    async def outside(
        self, practitioner_id: PractitionerId, dated: DatedHours, *, by: Actor, now: datetime
    ) -> list[AffectedAppointment]:
        """The booked appointments of that day that do not lie within these hours, earliest first."""
        by.must(READ)
        zone = self._editing.clinics.current.timezone
        start = max(datetime.combine(dated.day, time(), zone), now.astimezone(zone))
        end = datetime.combine(dated.day + timedelta(days=1), time(), zone)
        if start >= end:
            return []
        booked = await self._appointments.affected_between(start, end, practitioner_id, MOST_LISTED)
        spans = [
            (datetime.combine(dated.day, first, zone), datetime.combine(dated.day, last, zone))
            for first, last in dated.spans
        ]
        return [each for each in booked if not any(first <= each.start and each.end <= last for first, last in spans)]

    async def keep(  # noqa: PLR0913 - one fact each
        self,
        practitioner_id: PractitionerId,
        dated: DatedHours,
        revision: int,
        *,
        by: Actor,
        now: datetime,
        instead_of: date | None = None,
    ) -> Stored[Practitioner]:
        """Enter a day, or change the one of `instead_of`. Raises FieldErrors, NotFoundError and StaleError."""
        by.must(EDIT)
        await self._editing.stored()
        before: Stored[Practitioner] = await self._editing.part(SettingKind.PRACTITIONERS, practitioner_id)
        others = [each for each in before.value.dated if each.day != instead_of]
        if instead_of is not None and len(others) == len(before.value.dated):
            raise NotFoundError(f"{practitioner_id} has nothing on {instead_of}")
        today = now.astimezone(self._editing.clinics.current.timezone).date()
        ordered = replace(dated, spans=tuple(sorted(dated.spans)))
        refuse(dated_problems(ordered, others, today))
        days = tuple(sorted((*others, ordered), key=lambda each: each.day))
        words = f"{before.value.name} {dated.day.isoformat()} 的出诊时间"
        return await self._save(before.value, days, revision, by=by, now=now, summary=words)

    async def remove(
        self, practitioner_id: PractitionerId, day: date, revision: int, *, by: Actor, now: datetime
    ) -> Stored[Practitioner]:
        """The weekly hours hold again on that day. Raises NotFoundError and StaleError."""
        by.must(EDIT)
        before: Stored[Practitioner] = await self._editing.part(SettingKind.PRACTITIONERS, practitioner_id)
        days = tuple(each for each in before.value.dated if each.day != day)
        if len(days) == len(before.value.dated):
            raise NotFoundError(f"{practitioner_id} has nothing on {day}")
        words = f"{before.value.name} {day.isoformat()} 恢复每周的出诊时间"
        return await self._save(before.value, days, revision, by=by, now=now, summary=words)

    async def _save(  # noqa: PLR0913 - one fact each
        self,
        person: Practitioner,
        days: tuple[DatedHours, ...],
        revision: int,
        *,
        by: Actor,
        now: datetime,
        summary: str,
    ) -> Stored[Practitioner]:
        value = replace(person, dated=days)
        return await self._editing.save(
            SettingKind.PRACTITIONERS, person.id, value, revision, by=by, now=now, summary=summary
        )
