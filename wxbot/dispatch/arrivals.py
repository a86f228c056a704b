"""Pushes as they arrive: claimed durably, and beside the claim read what is known of who sent them. In groups."""

import asyncio
from collections.abc import Awaitable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from wxbot.clock import Clock
from wxbot.dispatch.dialogs import DialogRecord
from wxbot.dispatch.inbox import Dialogs
from wxbot.dispatch.senders import is_about_somebody, is_act
from wxbot.dispatch.stores.inbox import ClaimResult, InboxClaim, InboxStore
from wxbot.dispatch.stores.senders import Senders, SenderStore
from wxbot.dispatch.updates import Update
from wxbot.group_commit import GroupCommit
from wxbot.logs import get_logger
from wxbot.outbox.models import Rights
from wxbot.patients.models import Contact
from wxbot.patients.service import Patients

log = get_logger(__name__)


class Recognised(NamedTuple):
    """Whose a push is, the dialog that they are in, and what may be sent to them, where that was read.

    No contact: it is about nobody whom we know.
    """

    contact: Contact | None
    record: DialogRecord | None = None
    rights: Rights | None = None


class Arrived(NamedTuple):
    """A claim that was asked for; `met` is None where it was not read, or could not be."""

    result: ClaimResult
    met: Recognised | None


class Arrivals:
    """Claims pushes and recognises who sent them."""

    def __init__(
        self, *, inbox: InboxStore, senders: SenderStore, dialogs: Dialogs, patients: Patients, clock: Clock
    ) -> None:
        self._inbox = inbox
        self._senders = senders
        self._dialogs = dialogs
        self._patients = patients
        self._clock = clock
        self._arrivals: GroupCommit[tuple[InboxClaim, Update], Arrived] = GroupCommit(self._arrive)
        self._readings: GroupCommit[Update, Recognised] = GroupCommit(self._recognise_all)

    def arrive(self, claim: InboxClaim, update: Update) -> Awaitable[Arrived]:
        """Claim one push, durably, and recognise who sent it, unless earlier ones of theirs are known to be ahead.

        Raises what the database raises: then the push must not be acknowledged.
        """
        return self._arrivals.add((claim, update))

    def recognise(self, update: Update) -> Awaitable[Recognised]:
        """Whose a push is, created when they are new to us and did it themselves; and the dialog they are in.

        For work on it that begins later, or again: what may be sent to them is left out, and looked at when it is done.
        """
        return self._readings.add(update)

    async def _arrive(self, arrivals: Sequence[tuple[InboxClaim, Update]]) -> list[Arrived]:
        openids = {claim.openid for claim, _ in arrivals if not claim.busy}
        reading = asyncio.ensure_future(self._read(openids))
        claims = [claim for claim, _ in arrivals]
        results = await self._inbox.claim(claims, lambda openids: self._waiting_since(openids, reading))
        senders = await reading
        met = [
            None if claim.busy or senders is None else await self._met_or_none(senders, update)
            for claim, update in arrivals
        ]
        return [Arrived(result, each) for result, each in zip(results, met, strict=True)]

    async def _read(self, openids: Collection[str]) -> Senders | None:
        """None when it could not be read: what went wrong is met again, and counted, by the work on the push."""
        try:
            return await self._senders.read(openids)
        except Exception as error:  # noqa: BLE001 - whatever it was, the claims beside it stand
            log.warning("senders_not_read", error=type(error).__name__)
            return None

    async def _waiting_since(
        self, openids: Collection[str], reading: "asyncio.Task[Senders | None]"
    ) -> Mapping[str, datetime]:
        """Since when the first waiting push of each waits, from the read beside the claims where that has them."""
        senders = await reading
        return await self._inbox.waiting_since(openids) if senders is None else senders.waiting_since

    async def _recognise_all(self, updates: Sequence[Update]) -> list[Recognised | Exception]:
        senders = await self._senders.read({update.openid for update in updates if is_about_somebody(update)})
        met = [await self._met_or_error(senders, update) for update in updates]
        return [each._replace(rights=None) if isinstance(each, Recognised) else each for each in met]

    async def _met_or_none(self, senders: Senders, update: Update) -> Recognised | None:
        met = await self._met_or_error(senders, update)
        return None if isinstance(met, Exception) else met

    async def _met_or_error(self, senders: Senders, update: Update) -> Recognised | Exception:
        """What cannot be read of one sender keeps no other from being recognised."""
        try:
            return await self._met(senders, update)
        except Exception as error:  # noqa: BLE001 - given to whom it concerns
            return error

    async def _met(self, senders: Senders, update: Update) -> Recognised:
        if not is_about_somebody(update):
            return Recognised(None)
        now = self._clock.now()
        sender = senders.of(update.openid)
        record = None if sender.dialog is None else self._dialogs.as_it_stands(sender.dialog, now)
        contact = sender.contact
        if contact is None and is_act(update):
            contact = await self._patients.recognise(update.openid, now)
        return Recognised(contact, record, sender.rights)
