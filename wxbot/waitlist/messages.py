"""The message that tells a patient of an hour that became free, and whether it may still leave."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from wxbot.clinic.models import Clinic
from wxbot.clock import Clock
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.templates.models import Option
from wxbot.templates.service import Templates
from wxbot.waitlist.models import Entry, EntryId, Offer
from wxbot.waitlist.sentences import offer_variables
from wxbot.waitlist.store import WaitlistStore

KIND = "waitlist"  # of the precondition of its message
TEMPLATE = "waitlist.offer"
PREFIX = "wl:"  # of the ids of its entries: wl:yes:<entry>:<number of the offer>
YES, NO, LEAVE = "yes", "no", "leave"
PAGE = "/w/waitlist"

MET = Verdict(met=True)
OVER = Verdict(met=False, reason="waitlist_offer_over", explanation="空号的保留时间已过，或已经有了答复，没有发送")


def key_of(entry: Entry, offer: Offer) -> str:
    """The key of the offer's message, and of the call in its place."""
    return f"{KIND}/{entry.id}/{offer.number}"


def option_id(action: str, entry_id: EntryId, number: int) -> str:
    """wl:yes:<entry>:2."""
    return f"{PREFIX}{action}:{entry_id}:{number}"


class OfferMessages:
    """Builds the messages. Satisfies the outbox's `PreconditionChecker` for their kind."""

    def __init__(self, store: WaitlistStore, templates: Templates, clock: Clock, public_url: str) -> None:
        self._store = store
        self._templates = templates
        self._clock = clock
        self._url = f"{public_url}{PAGE}" if public_url else ""

    def options(self, entry_id: EntryId, number: int) -> tuple[Option, ...]:
        """要 and 不用了, for that offer alone."""
        return tuple(
            Option(id=option_id(action, entry_id, number), label=self._templates.get(f"waitlist.{action}_label").text)
            for action in (YES, NO)
        )

    def message(self, entry: Entry, offer: Offer, clinic: Clinic, now: datetime) -> Message:
        """The offer as a message; nobody is phoned after its hour went to the next in line."""
        if entry.contact_id is None:
            raise ValueError("a patient without a contact gets no message")
        return Outbox.message(
            key=key_of(entry, offer),
            contact_id=entry.contact_id,
            patient_id=entry.patient_id,
            purpose=Purpose.REMINDER,
            template=TEMPLATE,
            variables=offer_variables(entry.need, offer, clinic, now),
            options=self.options(entry.id, offer.number),
            now=now,
            expires_at=offer.until,
            precondition={"kind": KIND, "id": entry.id, "number": offer.number},
            url=self._url,
        )

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether each offer still stands."""
        now = self._clock.now()
        return {each.id: await self._verdict(each, now) for each in messages}

    async def _verdict(self, message: Message, now: datetime) -> Verdict:
        entry = await self._store.by_id(EntryId(str(message.precondition.get("id", ""))))
        offer = None if entry is None else entry.offer
        stands = offer is not None and offer.number == message.precondition.get("number") and now < offer.until
        return MET if stands else OVER
