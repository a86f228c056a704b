"""Use cases of series: a course of visits at an interval, proposed whole before anything is booked, then all or none.

Each raises ForbiddenError, and refuses with a sentence for staff (DomainError).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.booking.models import Appointment, AppointmentId, Booker, Hold, SeriesId, SeriesPlace
from wxbot.booking.recording import ChangeRecorder
from wxbot.booking.requests import Place
from wxbot.booking.series_models import Proposal, ProposedVisit, SeriesRequest, SeriesTakenError
from wxbot.booking.series_placement import Interval
from wxbot.booking.series_planner import SeriesPlanner
from wxbot.booking.series_visits import moved_visit, new_visit, number_of
from wxbot.booking.slot_claims import SlotClaims
from wxbot.booking.slot_finder import SlotFinder, SlotQuery
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.reading import Change
from wxbot.booking.stores.series import SeriesStore
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, ForbiddenError, NotBookableError, NotFoundError, StaleError
from wxbot.ids import new_id

EDIT = "booking:appointment:edit"
ATTEMPTS = 3  # somebody else may take one of the hours while all of them are written
NOTHING_LATER = "后面没有还没开始的预约。"
CHANGED = "疗程里有预约刚刚被改动，没有保存。请看一眼最新情况，再做一次。"


class SeriesBooking:
    """疗程: proposes the list of dates, books all of them in one transaction, moves and cancels what comes later.

    Hours are those of `SlotFinder` and are taken by the claims of every other booking. Series are booked by staff.
    """

    def __init__(
        self, series: SeriesStore, bookings: BookingStore, clinics: LiveClinic, recorder: ChangeRecorder
    ) -> None:
        self._series = series
        self._bookings = bookings
        self._clinics = clinics
        self._recorder = recorder
        self._finder = SlotFinder(bookings, clinics)
        self._claims = SlotClaims(bookings, self._finder)
        self._planner = SeriesPlanner(self._finder, bookings, clinics)

    async def of_series(self, series_id: SeriesId) -> list[Appointment]:
        """Its appointments of every state, in their order."""
        return await self._series.of_series(series_id)

    async def propose(self, request: SeriesRequest, *, by: Actor, now: datetime) -> Proposal:
        """The whole list of visits, each with its hour or why none can be had; books nothing.

        Raises NotBookableError (nobody does that, or the first hour is not free) and FieldErrors.
        """
        _must_be_staff(by)
        request.check()
        query = self._query(request.visit_type_id, request.practitioner_id)
        first = await self._claims.place(query, request.start, now)
        busy = await self._bookings.overlapping(
            request.patient_id, request.start, request.start + timedelta(minutes=query.visit_type.minutes)
        )
        if first is None or busy:
            raise NotBookableError("the first hour is not free", sentence="第一次的时间约不上，请另选一个时间。")
        practitioner = first[0].practitioner.id
        query = self._query(request.visit_type_id, practitioner)
        rest = await self._planner.rest(
            query, request.patient_id, request.start, 1, request.count, request.interval, now
        )
        day = self._finder.local(request.start)
        told = ProposedVisit(number=1, first=day, last=day, start=request.start, why="")
        return Proposal(request=replace(request, practitioner_id=practitioner), visits=(told, *rest))

    async def book(  # noqa: PLR0913 - one fact each
        self,
        request: SeriesRequest,
        starts: Mapping[int, datetime],
        *,
        request_key: str,
        partial: bool = False,
        by: Actor,
        now: datetime,
    ) -> list[Appointment]:
        """Book these visits of the series (number → start), all in one transaction; the same request books once.

        Visits that are left out are booked by nobody: with `partial` staff have said that this is meant.
        Raises FieldErrors (visits are missing), SeriesTakenError (with the numbers that could not be had; nothing is
        booked then) and NotBookableError.
        """
        _must_be_staff(by)
        request.check()
        done = await self._booked_by(request_key, request.count)
        if done:
            return done
        if not starts or (len(starts) < request.count and not partial):
            missing = request.count - len(starts)
            raise FieldErrors({"partial": f"有 {missing} 次没有排上。请改时间，或勾选「先约排得上的」。"})
        query = self._query(request.visit_type_id, request.practitioner_id)
        seen = await self._bookings.was_seen(request.patient_id)
        series_id = SeriesId(new_id(now))
        for _ in range(ATTEMPTS):
            places = await self._places([(number, query, start) for number, start in sorted(starts.items())], now)
            visits = [
                new_visit(
                    request,
                    series_id,
                    number,
                    found,
                    key=f"{request_key}:{number}",
                    by=by.by,
                    now=now,
                    new_patient=not seen,
                )
                for number, (found, _) in places.items()
            ]
            await self._refuse_own_visits(visits)
            if await self._series.book(visits, _holds(places)):
                return await self._recorded(visits, AuditAction.APPOINTMENT_BOOKED, "为患者预约疗程", by, now)
            done = await self._booked_by(request_key, request.count)
            if done:
                return done
        raise SeriesTakenError(list(starts))

    async def propose_rest(self, after: Appointment, *, by: Actor, now: datetime) -> Proposal:
        """New hours for the visits after this one of its series, so that they keep to the interval from its hour on."""
        _must_be_staff(by)
        series, later = await self._later(after, now)
        interval = Interval(every_days=series.every_days, within_days=series.within_days)
        query = replace(self._query(after.visit_type_id, after.practitioner_id), leaving=tuple(later))
        last = max(place.number for each in later if (place := each.series) is not None)
        rest = await self._planner.rest(
            query, after.patient_id, after.start, series.number, last, interval, now, leaving=later
        )
        numbers = {each.series.number for each in later if each.series is not None}
        request = SeriesRequest(
            patient_id=after.patient_id,
            contact_id=after.contact_id,
            visit_type_id=after.visit_type_id,
            practitioner_id=after.practitioner_id,
            start=after.start,
            interval=interval,
            count=series.count,
        )
        return Proposal(request=request, visits=tuple(each for each in rest if each.number in numbers))

    async def move_rest(
        self, after: Appointment, starts: Mapping[int, datetime], *, request_key: str, by: Actor, now: datetime
    ) -> list[Appointment]:
        """Move the later visits (number → new start) in one transaction, all or none; left out ones stay.

        Raises SeriesTakenError, StaleError and NotBookableError.
        """
        _must_be_staff(by)
        _, later = await self._later(after, now)
        done = [await self._bookings.by_move(f"{request_key}:{number}") for number in starts]
        if done and all(each is not None for each in done):
            return later
        chosen = [each for each in later if starts.get(number_of(each)) not in {None, each.start}]
        query = replace(self._query(after.visit_type_id, after.practitioner_id), leaving=tuple(chosen))
        by_number = {each.series.number: each for each in chosen if each.series is not None}
        wanted = [(number, query, starts[number]) for number in sorted(by_number)]
        if not wanted:
            return later
        places = await self._places(wanted, now)
        moved = [
            moved_visit(by_number[number], found, key=f"{request_key}:{number}", by=by.by, now=now)
            for number, (found, _) in places.items()
        ]
        await self._refuse_own_visits(moved, but={each.id for each in chosen})
        if not await self._series.move(moved, _holds(places)):
            raise StaleError("an appointment of the series changed or an hour was taken", sentence=CHANGED)
        return await self._recorded(moved, AuditAction.APPOINTMENT_MOVED, "疗程顺延，为患者改约", by, now)

    async def cancel_from(self, first: Appointment, reason: str, *, by: Actor, now: datetime) -> list[Appointment]:
        """Cancel this visit of a series and every later one that has not begun, all in one transaction or none.

        Raises StaleError when one of them changed meanwhile.
        """
        _must_be_staff(by)
        place = first.series
        every = [] if place is None else await self._series.of_series(place.id)
        wanted = [each for each in every if each.live and number_of(each) >= number_of(first)]
        wanted = [each for each in wanted if each.id == first.id or each.start > now]
        if first.version not in {each.version for each in wanted if each.id == first.id}:
            raise StaleError("the appointment changed meanwhile", sentence=CHANGED)
        if not await self._series.cancel(wanted, now=now, by=by.by, reason=reason):
            raise StaleError("an appointment of the series changed", sentence=CHANGED)
        after = await self._bookings.by_ids([each.id for each in wanted])
        return await self._recorded(after, AuditAction.APPOINTMENT_CANCELLED, "取消疗程的预约", by, now)

    # -- inside -----------------------------------------------------------------------------------------------

    def _query(self, visit_type_id: VisitTypeId, practitioner_id: PractitionerId | None) -> SlotQuery:
        return self._finder.query(visit_type_id, practitioner_id, booker=Booker.STAFF)

    async def _later(self, after: Appointment, now: datetime) -> tuple[SeriesPlace, list[Appointment]]:
        place = after.series
        if place is None:
            raise NotFoundError("the appointment is none of a series")
        every = await self._series.of_series(place.id)
        later = [each for each in every if each.live and each.start > now and number_of(each) > place.number]
        if not later:
            raise FieldErrors({"": NOTHING_LATER})
        return place, later

    async def _places(
        self, wanted: Sequence[tuple[int, SlotQuery, datetime]], now: datetime
    ) -> dict[int, tuple[Place, list[Hold]]]:
        """Where each visit can take place. Raises SeriesTakenError naming every one that cannot."""
        found = {number: await self._claims.place(query, start, now) for number, query, start in wanted}
        missing = [number for number, each in found.items() if each is None]
        if missing:
            raise SeriesTakenError(missing)
        return {number: each for number, each in found.items() if each is not None}

    async def _refuse_own_visits(
        self, visits: Sequence[Appointment], but: frozenset[AppointmentId] | set[AppointmentId] = frozenset()
    ) -> None:
        """Raise SeriesTakenError for visits that lie over another one of the patient."""
        taken = [
            number_of(each)
            for each in visits
            if any(one.id not in but for one in await self._bookings.overlapping(each.patient_id, each.start, each.end))
        ]
        if taken:
            raise SeriesTakenError(taken)

    async def _booked_by(self, request_key: str, count: int) -> list[Appointment]:
        found = [await self._bookings.by_request(f"{request_key}:{number}") for number in range(1, count + 1)]
        return [each for each in found if each is not None]

    async def _recorded(
        self, appointments: Sequence[Appointment], action: AuditAction, summary: str, by: Actor, now: datetime
    ) -> list[Appointment]:
        changes = [Change(appointment=each, applied=True) for each in appointments]
        return [await self._recorder.change(each, action, summary, by=by, now=now) for each in changes]


def _must_be_staff(by: Actor) -> None:
    """Series are booked beyond what patients may book, so by staff alone. Raises ForbiddenError."""
    by.must(EDIT)
    if not by.is_staff:
        raise ForbiddenError("series are for staff")


def _holds(places: Mapping[int, tuple[Place, list[Hold]]]) -> list[Hold]:
    """Each hold to end, once."""
    return list({hold.id: hold for _, ending in places.values() for hold in ending}.values())
