"""Changes of a visit on its day: one conditional update of a document of `appointments`, with what is freed by it."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ReturnDocument

from wxbot.booking.claims import Claim, claims_of
from wxbot.booking.freeing import claims_again, taken_again
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.booking.stages import MOMENTS
from wxbot.booking.stores.occupancy import OccupancyStore
from wxbot.booking.stores.reading import AppointmentReading, Change
from wxbot.database import Database, Document, Index, Session

WRITTEN = (
    "stage",
    "stage_by",
    "state",
    "closed_at",
    "changed_by",
    "changed_at",
    "version",
    "hour_version",
    "freed_from",
    "taken_again_from",
    *MOMENTS.values(),
)


class StageStore(AppointmentReading):
    """Writes stages, and takes back what was noted of a visit by mistake."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database
        self._occupancy = OccupancyStore(database)

    async def put(self, before: Appointment, after: Appointment) -> Change:
        """Write the stage of `after` where `before` still stands; not applied when it changed meanwhile.

        What `after` gives up of its time is freed, and what it takes again claimed. Raises OccupiedError.
        """
        document = self._mapper.document(after)

        async def write(session: Session | None) -> Document | None:
            written: Document | None = await self._appointments.find_one_and_update(
                {"_id": after.id, "version": before.version},
                {"$set": {name: document[name] for name in WRITTEN}},
                session=session,
                return_document=ReturnDocument.AFTER,
            )
            return written

        async def work(session: Session) -> Document | None:
            written = await write(session)
            if written is None or after.freed_from is None:
                return written
            if after.live:
                await self._occupancy.claim(after.id, claims_again(after), session)
            else:
                await self._occupancy.release_rest(after.id, claims_of(before), after.freed_from, session)
            return written

        same = (before.freed_from, before.taken_again_from) == (after.freed_from, after.taken_again_from)
        written = await (write(None) if same else self._database.in_transaction(work))
        return await self._change(after.id, self._thing(written))

    async def undo_no_show(self, appointment_id: AppointmentId, *, since: datetime, now: datetime, by: str) -> Change:
        """A visit that was marked missed at `since` or later is expected again, and takes what is left of its time.

        Raises OccupiedError where somebody else has that by now.
        """

        async def work(session: Session) -> Document | None:
            written: Document | None = await self._appointments.find_one_and_update(
                {"_id": appointment_id, "state": AppointmentState.NO_SHOW.value, "closed_at": {"$gte": since}},
                {
                    "$set": {
                        "state": AppointmentState.BOOKED.value,
                        "stage": VisitStage.EXPECTED.value,
                        "changed_by": by,
                        "changed_at": now,
                        "closed_at": None,
                    },
                    "$inc": {"version": 1},
                },
                session=session,
                return_document=ReturnDocument.AFTER,
            )
            if written is None:
                return None
            expected = taken_again(self._mapper.thing(written), now)
            again: Document = {"taken_again_from": expected.taken_again_from}
            await self._appointments.update_one({"_id": appointment_id}, {"$set": again}, session=session)
            await self._occupancy.claim(appointment_id, claims_again(expected), session)
            return {**written, **again}

        return await self._change(appointment_id, self._thing(await self._database.in_transaction(work)))

    async def who_has(self, claims: Sequence[Claim]) -> tuple[list[Appointment], bool]:
        """The appointments that have something of these claims, and whether a hold has."""
        owners = await self._occupancy.owners(claims)
        found = await self.by_ids([AppointmentId(each) for each in owners])
        return found, len(found) < len(owners)

    async def unconfirm(self, appointment_id: AppointmentId) -> Change:
        """A booked visit that somebody noted as confirmed is unconfirmed."""
        written: Document | None = await self._appointments.find_one_and_update(
            {"_id": appointment_id, "state": AppointmentState.BOOKED.value, "confirmed_at": {"$ne": None}},
            {"$set": {"confirmed_at": None, "confirmed_by": None}},
            return_document=ReturnDocument.AFTER,
        )
        return await self._change(appointment_id, self._thing(written))
