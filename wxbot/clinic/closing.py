"""Use cases of closures: days on which the clinic, or one practitioner, does not receive."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from wxbot.actors import Actor
from wxbot.clinic.checks import closure_problems
from wxbot.clinic.editing import Editing, refuse
from wxbot.clinic.models import Closure
from wxbot.clinic.parts import SettingKind
from wxbot.clinic.ports import AffectedAppointment, Appointments
from wxbot.ids import new_id
from wxbot.stored_value import Stored

READ, EDIT = "settings:clinic:read", "settings:closure:edit"
MOST_LISTED = 200  # appointments listed inside a closure; beyond, the page says that there are more


class Closures:
    """休诊."""

    def __init__(self, editing: Editing, appointments: Appointments) -> None:
        self._editing = editing
        self._appointments = appointments

    async def coming(self, now: datetime, *, by: Actor) -> Sequence[Stored[Closure]]:
        """Closures that are not over, the next first."""
        by.must(READ)
        stored = await self._editing.stored()
        today = now.astimezone(self._editing.clinics.current.timezone).date()
        found = [each for each in stored.closures if each.value.last >= today]
        return sorted(found, key=lambda each: (each.value.first, each.value.last, each.id))

    async def inside(self, closure: Closure, *, by: Actor, now: datetime) -> list[AffectedAppointment]:
        """The booked appointments that a closure would fall upon, earliest first, `MOST_LISTED` at most."""
        by.must(READ)
        zone = self._editing.clinics.current.timezone
        start = max(datetime.combine(closure.first, time(), zone), now.astimezone(zone))
        end = datetime.combine(closure.last + timedelta(days=1), time(), zone)
        if start >= end:
            return []
        return await self._appointments.affected_between(start, end, closure.practitioner_id, MOST_LISTED)

    async def add(self, closure: Closure, *, by: Actor, now: datetime) -> Stored[Closure]:
        """Close. Free hours inside vanish at once; existing appointments stay until staff have spoken with the patient.

        The same closure again is the one that stands. Raises FieldErrors.
        """
        by.must(EDIT)
        stored = await self._editing.stored()
        same = next((each for each in stored.closures if each.value == closure), None)
        if same is not None:
            return same
        refuse(closure_problems(closure, self._editing.clinics.current))
        return await self._editing.add(
            SettingKind.CLOSURES, new_id(now), closure, by=by, now=now, summary=self._words("新增休诊", closure)
        )

    async def save(self, closure_id: str, closure: Closure, revision: int, *, by: Actor, now: datetime) -> None:
        """Change days, reason or whose. Raises FieldErrors, NotFoundError and StaleError."""
        by.must(EDIT)
        await self._editing.stored()
        refuse(closure_problems(closure, self._editing.clinics.current))
        await self._editing.save(
            SettingKind.CLOSURES,
            closure_id,
            closure,
            revision,
            by=by,
            now=now,
            summary=self._words("修改休诊", closure),
        )

    async def remove(self, closure_id: str, revision: int, *, by: Actor, now: datetime) -> None:
        """Receive again. Raises NotFoundError and StaleError."""
        by.must(EDIT)
        kept = await self._editing.part(SettingKind.CLOSURES, closure_id)
        await self._editing.remove(
            SettingKind.CLOSURES, closure_id, revision, by=by, now=now, summary=self._words("取消休诊", kept.value)
        )

    def _words(self, what: str, closure: Closure) -> str:
        clinic = self._editing.clinics.current
        person = None if closure.practitioner_id is None else clinic.practitioner(closure.practitioner_id)
        whose = "全院" if closure.practitioner_id is None else person.name if person else closure.practitioner_id
        return f"{what}：{whose} {closure.first.isoformat()} 至 {closure.last.isoformat()}"
