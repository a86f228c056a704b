"""Telling patients of an offer: by a message where one can arrive, else a colleague phones."""

from dataclasses import replace
from datetime import datetime

from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.models import FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.outbox.forecast import Will
from wxbot.outbox.models import Message
from wxbot.outbox.service import Outbox
from wxbot.waitlist.changes import EntryChanges
from wxbot.waitlist.messages import OfferMessages, key_of
from wxbot.waitlist.models import Entry, Notified
from wxbot.waitlist.sentences import kind_words, offer_words

SUBJECT = "waitlist:"  # of the calls


class OfferNews:
    """Each offer is told of once, whichever process does it, and however often."""

    def __init__(
        self,
        *,
        changes: EntryChanges,
        messages: OfferMessages,
        outbox: Outbox,
        followups: FollowUps,
        clinics: LiveClinic,
    ) -> None:
        self._changes = changes
        self._messages = messages
        self._outbox = outbox
        self._followups = followups
        self._clinics = clinics

    async def tell(self, entry: Entry, now: datetime) -> None:
        """Tell the patient of an offer that they were not told of: by a message where one can arrive, else by a call.

        Both are kept once under the offer's key; the entry says afterwards which it was.
        """
        offer = entry.offer
        if offer is None or offer.notified is not Notified.NOT_YET or offer.until <= now:
            return
        notified = Notified.CALL
        if entry.contact_id is not None:
            message = self._messages.message(entry, offer, self._clinic, now)
            if await self._outbox.known_keys([message.key]) or await self._arrives(message, now):
                await self._outbox.enqueue([message])
                notified = Notified.MESSAGE
        if notified is Notified.CALL:
            words = f"{offer_words(offer, self._clinic, now)} {kind_words(entry.need, self._clinic)}"
            until = offer.until.astimezone(self._clinic.timezone)
            await self.call(
                entry, key_of(entry, offer), f"候补：空出 {words}，为患者保留到 {until:%H:%M}，请电话问是否要约", now
            )

        def noted(it: Entry) -> Entry | None:
            if it.offer is None or it.offer.number != offer.number or it.offer.notified is not Notified.NOT_YET:
                return None
            return replace(it, offers=(*it.offers[:-1], replace(it.offer, notified=notified)))

        await self._changes.change(entry.id, noted)

    async def _arrives(self, message: Message, now: datetime) -> bool:
        """Whether the message can leave at once, by whichever way."""
        (forecast,) = await self._outbox.preview([message], now)
        return forecast.will is Will.SEND

    async def call(self, entry: Entry, key: str, reason: str, now: datetime, due_at: datetime | None = None) -> None:
        """Ask a colleague to phone the patient, once per `key`."""
        await self._followups.open(
            key=key,
            kind=FollowUpKind.PHONE,
            reason=reason,
            contact_id=entry.contact_id,
            patient_id=entry.patient_id,
            due_at=due_at or now,
            now=now,
            subject=f"{SUBJECT}{entry.id}",
        )

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.current
