"""Holds: hours kept for one contact for a few minutes. What they claim is in `occupancy`, as of an appointment."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from wxbot.booking.claims import Claim, claims_of_hold
from wxbot.booking.models import Hold, HoldId
from wxbot.booking.stores.occupancy import LONGEST_CLAIM, OccupancyStore
from wxbot.booking.ticks import TICK_SECONDS
from wxbot.database import Database, DuplicateKeyError, Index, Mapper, Session
from wxbot.due_work import Due
from wxbot.history.models import ContactId

Document: TypeAlias = dict[str, Any]

HOLDS = "holds"
ENDED_AT_ONCE = 200

_ENDING = [("until", 1)]


class HoldStore:
    """The collection `holds`. A hold never changes: it ends, or another one takes its place."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=HOLDS,
            keys=[("contact_id", 1), ("offer", 1)],
            unique=True,
            serves="one hold that a contact chose, one for each offer to them",
        ),
        Index(
            collection=HOLDS,
            keys=[("offer", 1)],
            partial={"offer": {"$gt": ""}},
            unique=True,
            serves="the hour that an offer holds: never two",
        ),
        Index(collection=HOLDS, keys=[("busy_from", 1)], serves="the holds of some days"),
        Index(collection=HOLDS, keys=_ENDING, serves="holds whose time is over"),
    )

    DUE: Sequence[Due] = (
        Due(
            jobs=("offer_freed_hours",),
            collection=HOLDS,
            query=lambda now, _: {"until": {"$lte": now}},
            order=_ENDING,
        ),
    )

    def __init__(self, database: Database, occupancy: OccupancyStore) -> None:
        self._database = database
        self._holds = database.collection(HOLDS)
        self._occupancy = occupancy
        self._mapper = Mapper(Hold)

    async def by_id(self, hold_id: HoldId) -> Hold | None:
        """One hold, whether its time is over or not."""
        document = await self._holds.find_one({"_id": hold_id})
        return None if document is None else self._mapper.thing(document)

    async def of_contact(self, contact_id: ContactId) -> Hold | None:
        """What the contact chose, whether its time is over or not."""
        document = await self._holds.find_one({"contact_id": contact_id, "offer": ""})
        return None if document is None else self._mapper.thing(document)

    async def of_contacts(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId | None, Hold]:
        """What each of the contacts chose; left out where it is nothing."""
        if not contact_ids:
            return {}
        found = self._holds.find({"contact_id": {"$in": list(contact_ids)}, "offer": ""})
        holds = [self._mapper.thing(document) for document in await found.to_list(None)]
        return {hold.contact_id: hold for hold in holds}

    async def of_offer(self, offer: str) -> Hold | None:
        """What that offer holds, whether its time is over or not."""
        document = await self._holds.find_one({"offer": offer})
        return None if document is None else self._mapper.thing(document)

    async def around(self, start: datetime, end: datetime) -> list[Hold]:
        """Every hold that may keep something in [start, end)."""
        longest = timedelta(seconds=TICK_SECONDS * LONGEST_CLAIM)
        found = self._holds.find({"busy_from": {"$gt": start - longest, "$lt": end}})
        return [self._mapper.thing(document) for document in await found.to_list(None)]

    async def put(self, hold: Hold, *, ending: Sequence[Hold] = ()) -> bool:
        """Keep the hour in place of those that end; False when the contact or the offer got another hold meanwhile.

        Raises OccupiedError naming the first resource that somebody else holds.
        """

        async def work(session: Session) -> None:
            await self.end(ending, session)
            await self._holds.insert_one(self._mapper.document(hold), session=session)
            await self._occupancy.claim(hold.id, claims_of_hold(hold), session)

        try:
            await self._database.in_transaction(work)
        except DuplicateKeyError:
            return False
        return True

    async def end(self, holds: Sequence[Hold], session: Session) -> None:
        """Free what these keep; nothing where they are gone already."""
        if not holds:
            return
        ids = [hold.id for hold in holds]
        claims: list[Claim] = [claim for hold in holds for claim in claims_of_hold(hold)]
        await self._holds.delete_many({"_id": {"$in": ids}}, session=session)
        await self._occupancy.release(ids, claims, session)

    async def release(self, hold: Hold) -> None:
        """End one."""

        async def work(session: Session) -> None:
            await self.end([hold], session)

        await self._database.in_transaction(work)

    async def release_of(self, contact_id: ContactId) -> None:
        """End what a contact holds, and what is offered to them."""

        async def work(session: Session) -> None:
            await self._end_of_contact(contact_id, session)

        await self._database.in_transaction(work)

    async def end_expired(self, now: datetime) -> int:
        """End those whose time is over; the number. Nobody waits for it: they are ignored from that moment on."""
        found = await self._holds.find({"until": {"$lte": now}}).limit(ENDED_AT_ONCE).to_list(ENDED_AT_ONCE)
        for document in found:
            await self.release(self._mapper.thing(document))
        return len(found)

    async def _end_of_contact(self, contact_id: ContactId, session: Session) -> None:
        found: list[Document] = await self._holds.find({"contact_id": contact_id}, session=session).to_list(None)
        await self.end([self._mapper.thing(document) for document in found], session)
