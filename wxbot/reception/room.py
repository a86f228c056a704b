"""The front desk's use cases, by name."""

from dataclasses import dataclass

from wxbot.history.models import ContactId
from wxbot.reception.checklists import Checklists
from wxbot.reception.class_checks import ClassChecks
from wxbot.reception.first_contacts import FirstContacts
from wxbot.reception.front_desk_figures import FiguresOfDays
from wxbot.reception.inbound_rates import InboundRates
from wxbot.reception.interests import Interests
from wxbot.reception.registering import Registering
from wxbot.reception.rules import ReceptionRules


@dataclass(frozen=True, kw_only=True)
class Reception:
    """前台."""

    rules: ReceptionRules
    figures: FiguresOfDays
    inbound: InboundRates
    classes: ClassChecks
    checklists: Checklists
    contacts: FirstContacts
    interests: Interests
    registering: Registering

    async def erase(self, contact_id: ContactId) -> int:
        """Forget what is known of an erased contact; the number of records."""
        return await self.contacts.erase(contact_id)
