"""Use cases of looking: which days and hours are free, and why another one is not. Reads only.

Whoever offers hours asks here, and booking takes an hour by the same plan, window and claims.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from wxbot.booking.models import Appointment, AppointmentId, Booker, Day, Slot
from wxbot.booking.obstacles import Obstacle, ObstacleKind, day_obstacles, obstacles
from wxbot.booking.same_day import SameDayQuestion, same_day_question
from wxbot.booking.slot_claims import SlotClaims
from wxbot.booking.slot_finder import ALTERNATIVES, SlotFinder
from wxbot.booking.stores.appointments import BookingStore
from wxbot.clinic.models import Clinic, PractitionerId, VisitTypeId
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotBookableError
from wxbot.history.models import ContactId, PatientId


class FreeHours:
    """The hours that can be booked.

    `booker` says whose booking window counts. Where it is not given it follows from `patient_id` (or from the patient
    of the appointment being moved): seen here before is RETURNING, anything else NEW. `contact_id` is whose own hold
    is not in the way; `moving` names an appointment whose own hours are not.
    """

    def __init__(self, store: BookingStore, clinics: LiveClinic) -> None:
        self._store = store
        self._clinics = clinics
        self._finder = SlotFinder(store, clinics)
        self._claims = SlotClaims(store, self._finder)

    async def days(  # noqa: PLR0913 - one fact each, most by name
        self,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        now: datetime,
        *,
        moving: AppointmentId | None = None,
        booker: Booker | None = None,
        patient_id: PatientId | None = None,
        contact_id: ContactId | None = None,
        until: date | None = None,
    ) -> list[Day]:
        """The local days with at least one free hour, up to the booker's horizon, or `until`.

        `practitioner_id` None means any. Staff, who have no horizon, are shown the clinic's own without `until`.
        Raises NotBookableError when nobody offers that.
        """
        before = await self._moving(moving)
        booker = await self._booker(booker, patient_id, before)
        query = self._finder.query(visit_type_id, practitioner_id, before, booker=booker, contact_id=contact_id)
        days = self._finder.days(query, now, until)
        counts = await self._finder.free_counts(query, days, now)
        return [Day(date=day, free_count=count) for day, count in zip(days, counts, strict=True) if count]

    async def slots(  # noqa: PLR0913 - one fact each, most by name
        self,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        day: date,
        now: datetime,
        *,
        moving: AppointmentId | None = None,
        booker: Booker | None = None,
        patient_id: PatientId | None = None,
        contact_id: ContactId | None = None,
    ) -> list[Slot]:
        """The free hours of a local day, one slot per start, earliest first; arguments and errors as for `days`.

        With any practitioner each start goes to the one with the fewest appointments that day, then in the week before
        and after it, then to the first in the clinic's order.
        """
        before = await self._moving(moving)
        booker = await self._booker(booker, patient_id, before)
        query = self._finder.query(visit_type_id, practitioner_id, before, booker=booker, contact_id=contact_id)
        (free,) = await self._finder.free_starts(query, [day], now)
        return [slots[0] for slots in await self._finder.least_busy(day, list(free.values()))]

    async def every_free(
        self, visit_type_id: VisitTypeId, days: Sequence[date], now: datetime, *, booker: Booker
    ) -> list[Slot]:
        """The free hours of those local days with every practitioner, earliest first, in one look.

        What anybody holds counts as taken; days outside the booker's window have none.
        Raises NotBookableError when nobody offers that.
        """
        query = self._finder.query(visit_type_id, None, booker=booker)
        wanted = sorted(set(days) & set(self._finder.days(query, now)))
        found = await self._finder.free_starts(query, wanted, now)
        return [slot for free in found for start in sorted(free) for slot in free[start]]

    async def next_free(  # noqa: PLR0913 - one fact each, most by name
        self,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        after: datetime,
        now: datetime,
        *,
        count: int = ALTERNATIVES,
        moving: AppointmentId | None = None,
        booker: Booker | None = None,
        patient_id: PatientId | None = None,
        contact_id: ContactId | None = None,
    ) -> list[Slot]:
        """The earliest free hours from that moment on, one slot per start; arguments and errors as for `days`."""
        before = await self._moving(moving)
        booker = await self._booker(booker, patient_id, before)
        query = self._finder.query(visit_type_id, practitioner_id, before, booker=booker, contact_id=contact_id)
        return await self._finder.next_free(query, after, now, count=count)

    async def why_not(  # noqa: PLR0913 - one fact each, most by name
        self,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        start: datetime,
        *,
        now: datetime,
        booker: Booker = Booker.STAFF,
        moving: AppointmentId | None = None,
        patient_id: PatientId | None = None,
        contact_id: ContactId | None = None,
    ) -> tuple[Obstacle, ...]:
        """Why that moment is not offered, per practitioner; empty when it is offered, and then it can be booked.

        With any practitioner it is empty when one of them is free; what is the same for all is told once. A
        `patient_id` adds the patient's own other visit.
        """
        before = await self._moving(moving)
        try:
            query = self._finder.query(visit_type_id, practitioner_id, before, booker=booker, contact_id=contact_id)
        except NotBookableError:
            return (self._not_offered(visit_type_id, practitioner_id),)
        day = self._finder.local(start)
        view = await self._finder.view(query, day, day, now)
        each_persons = [
            obstacles(
                self._finder.hours,
                person,
                query.visit_type,
                start,
                taken=view.taken,
                now=now,
                booker=booker,
            )
            for person in query.practitioners
        ]
        found = () if not all(each_persons) else tuple(dict.fromkeys(each for some in each_persons for each in some))
        end = start + timedelta(minutes=query.visit_type.minutes)
        return (*found, *await self._patient_busy(patient_id, start, end, moving))

    async def why_not_on(  # noqa: PLR0913 - one fact each, most by name
        self,
        visit_type_id: VisitTypeId,
        practitioner_id: PractitionerId | None,
        day: date,
        now: datetime,
        *,
        moving: AppointmentId | None = None,
        booker: Booker | None = None,
        patient_id: PatientId | None = None,
    ) -> tuple[Obstacle, ...]:
        """Why no hour of a local day is offered, whatever is taken; none: what there was is taken.

        Raises NotBookableError when nobody offers that.
        """
        before = await self._moving(moving)
        booker = await self._booker(booker, patient_id, before)
        query = self._finder.query(visit_type_id, practitioner_id, before, booker=booker)
        return day_obstacles(self._finder.hours, query.practitioners, query.visit_type, day, now=now, booker=booker)

    async def booker(self, patient_id: PatientId | None) -> Booker:
        """Whose window counts for that patient: RETURNING when they were seen here; NEW, also for nobody known yet."""
        seen = patient_id is not None and await self._store.was_seen(patient_id)
        return Booker.RETURNING if seen else Booker.NEW

    async def same_day(  # noqa: PLR0913 - what is wanted, and what is no other visit
        self,
        patient_id: PatientId,
        visit_type_id: VisitTypeId,
        start: datetime,
        now: datetime,
        *,
        request_key: str = "",
        moving: AppointmentId | None = None,
    ) -> SameDayQuestion | None:
        """What the booker is asked about the patient's other visits on the local day of that hour; None: nothing.

        A visit that the same request has booked already is no other one, nor is the one that shall be moved there.
        """
        zone = self._clinic.timezone
        midnight = datetime.combine(start.astimezone(zone).date(), time(), tzinfo=zone)
        kind = self._clinic.visit_type(visit_type_id)
        end = start + timedelta(minutes=0 if kind is None else kind.minutes)
        standing = await self._store.overlapping(patient_id, midnight, midnight + timedelta(days=1))
        others = [
            each for each in standing if each.id != moving and request_key not in {each.request_key, each.move_key}
        ]
        return same_day_question(others, visit_type_id, start, end, now)

    # -- inside -----------------------------------------------------------------------------------------------

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.current

    async def _moving(self, appointment_id: AppointmentId | None) -> Appointment | None:
        return None if appointment_id is None else await self._store.by_id(appointment_id)

    async def _booker(
        self, booker: Booker | None, patient_id: PatientId | None, moving: Appointment | None = None
    ) -> Booker:
        if booker is not None:
            return booker
        patient_id = moving.patient_id if patient_id is None and moving is not None else patient_id
        return await self.booker(patient_id)

    def _not_offered(self, visit_type_id: VisitTypeId, practitioner_id: PractitionerId | None) -> Obstacle:
        kind = self._clinic.visit_type(visit_type_id)
        name = "这个项目" if kind is None else kind.name
        words = f"{name}现在没有医生可以预约。" if practitioner_id is None else f"这位医生不做{name}，或已停诊。"
        return Obstacle(kind=ObstacleKind.NOT_OFFERED, words=words, practitioner_id=practitioner_id)

    async def _patient_busy(
        self, patient_id: PatientId | None, start: datetime, end: datetime, moving: AppointmentId | None
    ) -> list[Obstacle]:
        if patient_id is None:
            return []
        return [
            Obstacle(kind=ObstacleKind.PATIENT_BUSY, words="这位患者在这段时间已经有预约。", until=each.end)
            for each in await self._store.overlapping(patient_id, start, end)
            if each.id != moving
        ]
