"""Whose questionnaire is there: asked in the chat, or answered in another way."""

from collections.abc import Collection, Mapping
from typing import Protocol

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.conversations.intake.service import Intake
from wxbot.history.models import ContactId
from wxbot.reception.ports import FilledIntakes


class ReadIntakes(Protocol):
    """The intakes of contacts. Implemented by conversations/intake/store.py."""

    async def of(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId, Intake]:
        """Those that are there."""
        ...


class ChatIntakes:
    """The intake that a consultant fills in beside the chat. Implements `FilledIntakes`."""

    def __init__(self, rows: ReadIntakes) -> None:
        self._rows = rows

    async def of(self, visits: Collection[Appointment]) -> frozenset[AppointmentId]:
        """Those of the visits whose contact was asked."""
        contacts = {each.contact_id for each in visits if each.contact_id is not None}
        known = await self._rows.of(contacts) if contacts else {}
        return frozenset(
            each.id
            for each in visits
            if each.contact_id is not None and each.contact_id in known and known[each.contact_id].filled
        )


class AnyIntake:
    """A questionnaire that was filled in in one of several ways. Implements `FilledIntakes`."""

    def __init__(self, *ways: FilledIntakes) -> None:
        self._ways = ways

    async def of(self, visits: Collection[Appointment]) -> frozenset[AppointmentId]:
        """Those of the visits that one of the ways knows."""
        found: frozenset[AppointmentId] = frozenset()
        for way in self._ways:
            found |= await way.of(visits)
        return found
