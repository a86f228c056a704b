"""Several appointments written, moved or cancelled in one transaction: all of them or none."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ReturnDocument

from wxbot.booking.claims import claims_of
from wxbot.booking.errors import OccupiedError
from wxbot.booking.models import Appointment, AppointmentState, Hold, SeriesId
from wxbot.booking.stores.holds import HoldStore
from wxbot.booking.stores.occupancy import OccupancyStore
from wxbot.booking.stores.reading import APPOINTMENTS, AppointmentReading, Document
from wxbot.database import BulkWriteError, ContendedError, Database, Index, Session


class _OvertakenError(Exception):
    """One of the appointments changed meanwhile."""


class SeriesStore(AppointmentReading):
    """Writes the appointments of a series together."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=APPOINTMENTS,
            keys=[("series.id", 1), ("series.number", 1)],
            partial={"series.id": {"$gt": ""}},  # a bound the planner can compare, unlike $type
            serves="the visits of a series",
        ),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database
        self._occupancy = OccupancyStore(database)
        self._holds = HoldStore(database, self._occupancy)

    async def of_series(self, series_id: SeriesId) -> list[Appointment]:
        """Every appointment of a series, of any state, in its order."""
        return await self._find({"series.id": series_id}, order="series.number")

    async def book(self, appointments: Sequence[Appointment], ending: Sequence[Hold]) -> bool:
        """Write all of them with what they claim; False where anything of it is taken, or written already."""
        documents = [self._mapper.document(each) for each in appointments]

        async def work(session: Session) -> None:
            await self._appointments.insert_many(documents, session=session)
            await self._holds.end(ending, session)
            await self._claim(appointments, session)

        try:
            await self._database.in_transaction(work)
        except (OccupiedError, BulkWriteError, ContendedError):
            return False
        return True

    async def move(self, moved: Sequence[Appointment], ending: Sequence[Hold]) -> bool:
        """Replace each booked appointment one version older, and claim the new ticks for all the old ones.

        False where one of them changed meanwhile, or anything of it is taken: then none is moved.
        """

        async def work(session: Session) -> None:
            before: list[Appointment] = []
            for each in moved:
                found: Document | None = await self._appointments.find_one_and_replace(
                    {"_id": each.id, "version": each.version - 1, "state": AppointmentState.BOOKED.value},
                    self._mapper.document(each),
                    session=session,
                    return_document=ReturnDocument.BEFORE,
                )
                if found is None:
                    raise _OvertakenError
                before.append(self._mapper.thing(found))
            await self._release(before, session)
            await self._holds.end(ending, session)
            await self._claim(moved, session)

        try:
            await self._database.in_transaction(work)
        except (_OvertakenError, OccupiedError, BulkWriteError, ContendedError):
            return False
        return True

    async def cancel(self, appointments: Sequence[Appointment], *, now: datetime, by: str, reason: str) -> bool:
        """Cancel all of them in the versions that were read, and free their ticks; False where one changed."""

        async def work(session: Session) -> None:
            for each in appointments:
                result = await self._appointments.update_one(
                    {"_id": each.id, "version": each.version, "state": AppointmentState.BOOKED.value},
                    {
                        "$set": {
                            "state": AppointmentState.CANCELLED.value,
                            "cancel_reason": reason,
                            "clinic_change": None,
                            "changed_by": by,
                            "changed_at": now,
                            "closed_at": now,
                        },
                        "$inc": {"version": 1},
                    },
                    session=session,
                )
                if result.matched_count != 1:
                    raise _OvertakenError
            await self._release(appointments, session)

        try:
            await self._database.in_transaction(work)
        except (_OvertakenError, ContendedError):
            return False
        return True

    async def _claim(self, appointments: Sequence[Appointment], session: Session) -> None:
        claims = [(str(each.id), claim) for each in appointments for claim in claims_of(each)]
        await self._occupancy.claim_all(claims, session)

    async def _release(self, appointments: Sequence[Appointment], session: Session) -> None:
        for each in appointments:
            await self._occupancy.release([each.id], claims_of(each), session)
