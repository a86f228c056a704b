"""Whose questionnaire is there, by what was asked in the chat."""

from collections.abc import Collection

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.conversations.intake.service import IntakeRows


class ChatIntakes:
    """The intake that a consultant fills in beside the chat. Implements `FilledIntakes`."""

    def __init__(self, rows: IntakeRows) -> None:
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
