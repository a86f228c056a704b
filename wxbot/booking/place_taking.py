"""Taking a place: whoever is free, with every room and device that serves, until one can be had."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from weakref import WeakValueDictionary

from wxbot.booking.errors import OccupiedError
from wxbot.booking.models import Hold, Slot
from wxbot.booking.needs import Needs, Resources
from wxbot.booking.offered_hours import busy_ticks
from wxbot.booking.requests import Place, ending_holds
from wxbot.booking.slot_finder import SlotFinder, SlotQuery
from wxbot.booking.ticks import room_of
from wxbot.database import ContendedError
from wxbot.errors import SlotTakenError

T = TypeVar("T")

Write = Callable[[Place, Sequence[Hold]], Awaitable[T]]
"""Writes what shall take that place, with the holds to end. Raises OccupiedError and ContendedError."""


class PlaceTaking:
    """Takes the first place that can be had; the index on ticks has the last word."""

    def __init__(self, finder: SlotFinder) -> None:
        self._finder = finder
        self._turns: WeakValueDictionary[tuple[datetime, str], asyncio.Lock] = WeakValueDictionary()

    async def place(self, query: SlotQuery, start: datetime, now: datetime) -> tuple[Place, list[Hold]] | None:
        """The first place for that hour that could be had by what can be seen now, and the holds to end with it."""
        candidates, view = await self._finder.candidates(query, start, now)
        busy = busy_ticks(query.visit_type, start)
        for slot, practitioner in candidates:
            chosen = self._finder.hours.needs(practitioner, query.visit_type).choose(busy, view.taken)
            if chosen is not None:
                place = Place.of(slot, practitioner, Resources.of(chosen), query.visit_type)
                return place, list(ending_holds(view, chosen, query, None))
        return None

    async def take(  # noqa: PLR0913 - what it is for, and the two ways around
        self,
        query: SlotQuery,
        offers: Sequence[Slot],
        now: datetime,
        write: Write[T],
        *,
        refuse: Callable[[], Awaitable[None]] | None = None,
        hold: Hold | None = None,
        overbooked: str = "",
        unseen: Sequence[Hold] | None = None,
    ) -> T:
        """Try everybody who is free, each with every free room and device, until one can be had.

        Where none can, `refuse` raises what else there is to say: the patient's own visit may be what is in the way.
        With `unseen`, the holds to end, and where there is nothing to choose, it is tried without looking first: most
        ask for an hour that they were offered a moment ago, and the index on ticks refuses the others.
        """
        start = offers[0].start
        asked = query.practitioners[0].id if len(query.practitioners) == 1 else ""
        turn = self._turns.setdefault((start, asked), asyncio.Lock())
        if unseen is not None and not turn.locked():
            only = self._only_place(query, offers)
            if only is not None:
                async with turn:
                    made = await self._written(write, only, unseen)
                if made is not None:
                    return made
        # Who wants the very same waits here for what becomes of it, not in the database, unless it is gone already.
        if not turn.locked() or (await self._finder.candidates(query, start, now))[0]:
            async with turn:
                made = await self._try(query, start, now, write, hold)
            if made is not None:
                return made
        if refuse is not None:
            await refuse()
        if not overbooked:
            raise await self._slot_taken(query, start, now)
        practitioner = next(each for each in query.practitioners if each.id == offers[0].practitioner_id)
        resources = _beside(self._finder.hours.needs(practitioner, query.visit_type))
        place = replace(Place.of(offers[0], practitioner, resources, query.visit_type), overbooked=overbooked)
        return await write(place, [hold] if hold is not None else [])

    def _only_place(self, query: SlotQuery, offers: Sequence[Slot]) -> Place | None:
        """The place that the visit takes, where there is one practitioner, and of all it needs one that serves."""
        if len(query.practitioners) > 1 or len(offers) > 1:
            return None
        (person,) = query.practitioners
        needs = self._finder.hours.needs(person, query.visit_type)
        if not needs.possible or any(len(each.resources) > 1 for each in needs.choices):
            return None
        resources = Resources.of([each.resources[0] for each in needs.choices])
        return Place.of(offers[0], person, resources, query.visit_type)

    @staticmethod
    async def _written(write: Write[T], place: Place, ending: Sequence[Hold]) -> T | None:
        """What was written; None when something of the place was claimed already, or is about to be."""
        try:
            return await write(place, list({each.id: each for each in ending}.values()))
        except (OccupiedError, ContendedError):
            return None

    async def _try(
        self, query: SlotQuery, start: datetime, now: datetime, write: Write[T], hold: Hold | None
    ) -> T | None:
        """What was written for the first place that could be had; None when there is none."""
        candidates, view = await self._finder.candidates(query, start, now)
        held = {each.slot.practitioner_id for each in view.ending if not each.ended(now) and each.slot.start == start}
        busy = busy_ticks(query.visit_type, start)
        for slot, practitioner in sorted(candidates, key=lambda each: each[0].practitioner_id not in held):
            needs, missing = self._finder.hours.needs(practitioner, query.visit_type), set[str]()
            while (chosen := needs.choose(busy, view.taken, but=missing)) is not None:
                place = Place.of(slot, practitioner, Resources.of(chosen), query.visit_type)
                try:
                    return await write(place, ending_holds(view, chosen, query, hold))
                except ContendedError:
                    return None  # somebody is about to have the hour
                except OccupiedError as error:
                    missing.add(error.resource)
        return None

    async def _slot_taken(self, query: SlotQuery, start: datetime, now: datetime) -> SlotTakenError:
        found = await self._finder.next_free(query, start, now)
        alternatives = [slot for slot in found if slot.start != start]  # it looks free while somebody is taking it
        return SlotTakenError(start.isoformat(), alternatives=alternatives)


def _beside(needs: Needs) -> Resources:
    """Where an overbooked visit takes place: in the room it would have had; it occupies neither that nor a device."""
    rooms = () if needs.room is None else needs.room.resources
    return Resources(room=(room_of(rooms[0]) or "") if rooms else "", devices=())
