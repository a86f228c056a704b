"""Changes of the deposits of appointments, each by the version that was read."""

from collections.abc import Sequence
from datetime import UTC, datetime

from wxbot.booking.models import Appointment, AppointmentState, DepositOutcome
from wxbot.booking.stores.reading import APPOINTMENTS, AppointmentReading
from wxbot.database import Database, Index, Session

EVER = {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}
MOST = 500  # appointments read at once
WRITTEN = ("deposits", "version", "hour_version")


class _OvertakenError(Exception):
    """One of the appointments changed meanwhile."""


class DepositStore(AppointmentReading):
    """Writes deposits, and finds them by when they were taken or decided about."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=APPOINTMENTS,
            keys=[("deposits.received_at", 1)],
            partial={"deposits.received_at": EVER},
            serves="deposits taken on a day",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("deposits.settled_at", 1)],
            partial={"deposits.settled_at": EVER},
            serves="deposits given back on a day",
        ),
        Index(
            collection=APPOINTMENTS,
            keys=[("deposits.outcome", 1), ("state", 1)],
            partial={"deposits.outcome": DepositOutcome.RECEIVED.value},
            serves="deposits of visits that do not take place, about which somebody must decide",
        ),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database

    async def put(self, *after: Appointment) -> bool:
        """Write the deposits of these, all or none; False when one of them changed since it was read."""

        async def work(session: Session) -> None:
            for each in after:
                document = self._mapper.document(each)
                result = await self._appointments.update_one(
                    {"_id": each.id, "version": each.version - 1},
                    {"$set": {name: document[name] for name in WRITTEN}},
                    session=session,
                )
                if result.matched_count != 1:
                    raise _OvertakenError

        try:
            await self._database.in_transaction(work)
        except _OvertakenError:
            return False
        return True

    async def undecided(self) -> list[Appointment]:
        """Cancelled and missed visits for which a deposit is still held."""
        gone = [AppointmentState.CANCELLED.value, AppointmentState.NO_SHOW.value]
        return await self._find({"deposits.outcome": DepositOutcome.RECEIVED.value, "state": {"$in": gone}}, limit=MOST)

    async def between(self, start: datetime, end: datetime) -> list[Appointment]:
        """Appointments with a deposit that was taken or decided about in [start, end)."""
        span = {"$gte": start, "$lt": end}
        taken = await self._find({"deposits.received_at": span})
        decided = await self._find({"deposits.settled_at": span})
        return list({each.id: each for each in (*taken, *decided)}.values())
