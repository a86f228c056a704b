"""What the other rooms ask of the outbox."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.errors import NotFoundError, StaleError
from wxbot.history.models import ContactId, PatientId
from wxbot.history.service import History
from wxbot.ids import new_id
from wxbot.messaging import Purpose
from wxbot.outbox.after_restore import MessagesAfterRestore
from wxbot.outbox.attempt import Attempts
from wxbot.outbox.authored import AuthoredMessages
from wxbot.outbox.delivery import Delivery
from wxbot.outbox.forecast import Forecast, Forecaster, forecaster
from wxbot.outbox.lines import ended_line
from wxbot.outbox.message_groups import MessageGroups
from wxbot.outbox.models import DeliveryCounts, Message, MessageId, OutboxCounts, State
from wxbot.outbox.planned import PlannedMessages
from wxbot.outbox.ports import AuthoredNews, Circumstances, Photos, PlannedSurveys, PreconditionChecker, Sender, Tasks
from wxbot.outbox.preparation import Preparation
from wxbot.outbox.receipts import Receipts
from wxbot.outbox.records import DeliveryRecords
from wxbot.outbox.recovery import Recovery
from wxbot.outbox.sending_rights import SendingRights
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.outbox.stores.receipts import Receipt
from wxbot.patients.service import Patients
from wxbot.templates.models import Option
from wxbot.templates.service import Templates

CALLS_IN_FLIGHT = 20  # stays well below the platform's unpublished per-minute limits (reference §9)


class Outbox:
    """Every message to a patient is sent through this service.

    `per_second` limits how fast messages leave (None: as fast as the calls in flight allow). `woken` is set whenever
    something was enqueued or became due by a patient's action: the loop that delivers waits for it and clears it.
    """

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: OutboxStore,
        *,
        templates: Templates,
        patients: Patients,
        history: History,
        audit: AuditTrail,
        tasks: Tasks,
        sender: Sender,
        clock: Clock,
        clinics: LiveClinic,
        calls_in_flight: int = CALLS_IN_FLIGHT,
        per_second: float | None = None,
    ) -> None:
        self._store = store
        self._history = history
        self._audit = audit
        self._name_of = templates.name_of
        self._records = DeliveryRecords(
            store=store,
            patients=patients,
            history=history,
            tasks=tasks,
            clock=clock,
            clinics=clinics,
            name_of=self._name_of,
        )
        self._receipts = Receipts(store, history, self._records)
        self._recovery = Recovery(
            store=store, history=history, records=self._records, receipts=self._receipts, clock=clock
        )
        self._preparation = Preparation(store=store, patients=patients, templates=templates, clinics=clinics)
        self._attempts = Attempts(
            sender=sender,
            preparation=self._preparation,
            records=self._records,
            receipts=self._receipts,
            rights=store.rights,
            clock=clock,
            calls_in_flight=calls_in_flight,
            per_second=per_second,
        )
        self._delivery = Delivery(
            store=store,
            preparation=self._preparation,
            attempts=self._attempts,
            records=self._records,
            clock=clock,
            calls_in_flight=calls_in_flight,
            per_second=per_second,
        )
        self.pushes = self._delivery.pushes  # the dispatcher adds each
        self.alarms = self._attempts.alarms  # channels that rest until an operator acts
        self.woken = asyncio.Event()
        self.rights = SendingRights(store, self.wake)
        self.groups = MessageGroups(store, history, self._records.tally, self.wake)
        self.authored = AuthoredMessages(store)
        self.planned = PlannedMessages(store, history, self.wake)
        self.after_restore = MessagesAfterRestore(store, history, self._records)

    def bind(
        self,
        preconditions: PreconditionChecker,
        circumstances: Circumstances | None = None,
        authored: AuthoredNews | None = None,
        photos: Photos | None = None,
        surveys: PlannedSurveys | None = None,
    ) -> None:
        """Set who checks preconditions. Until then messages that have one wait.

        `circumstances` answers what patients were treated for; without it no marketing is sent. `authored` hears of
        what colleagues wrote once the platform took it. `photos` holds their pictures, `surveys` asks those of plans.
        """
        self._preparation.preconditions = preconditions
        self._preparation.circumstances = circumstances or self._preparation.circumstances
        self._records.authored = authored or self._records.authored
        self._preparation.photos = photos or self._preparation.photos
        self._records.survey_steps.surveys = surveys or self._records.survey_steps.surveys

    # -- messages ------------------------------------------------------------------------------------------

    @staticmethod
    def message(  # noqa: PLR0913 - one fact each, all keyword-only
        *,
        key: str,
        contact_id: ContactId,
        purpose: Purpose,
        template: str,
        now: datetime,
        expires_at: datetime,
        variables: Mapping[str, Any] | None = None,
        due_at: datetime | None = None,
        patient_id: PatientId | None = None,
        options: tuple[Option, ...] = (),
        answer: bool = False,
        greeting: bool = False,
        survey: bool = False,
        precondition: Mapping[str, Any] | None = None,
        to_staff: bool = False,
        about: str = "",
        optional: bool = False,
        url: str = "",
        author: str = "",
        photo: bool = False,
    ) -> Message:
        """A new message, due at once unless `due_at` says otherwise. One to staff must say whom it is `about`."""
        if to_staff and not about:
            raise ValueError("a message to staff names the contact it is about")
        return Message(
            id=MessageId(new_id(now)),
            key=key,
            contact_id=contact_id,
            purpose=purpose,
            template=template,
            variables=variables or {},
            created_at=now,
            due_at=due_at or now,
            expires_at=expires_at,
            patient_id=patient_id,
            options=options,
            answer=answer,
            greeting=greeting,
            survey=survey,
            precondition=precondition or {},
            to_staff=to_staff,
            about=about,
            optional=optional,
            url=url,
            author=author,
            photo=photo,
        )

    async def enqueue(self, messages: Sequence[Message]) -> int:
        """Keep messages; the number of new ones. A message whose key is stored already is left as it is."""
        new = await self._store.insert([self._preparation.permitted(message) for message in messages])
        if new:
            self.wake()
        return new

    async def known_keys(self, keys: Collection[str]) -> set[str]:
        """Which of those keys have a message already."""
        return await self._store.known_keys(keys) if keys else set()

    async def find(self, key: str) -> Message | None:
        """The message of that key, with where it stands and why."""
        return await self._store.by_key(key)

    # -- looking ahead and over many --------------------------------------------------------------------------

    async def preview(self, messages: Sequence[Message], now: datetime, *, alone: bool = False) -> list[Forecast]:
        """What would become of these messages, each at its due time and after those before it; nothing is written.

        With `alone` nobody is waited for: it is what becomes of each if neither patient nor colleague acts meanwhile.
        """
        found = await self.forecaster(messages, now, alone=alone)
        return [found.forecast(message) for message in messages]

    async def forecaster(self, messages: Sequence[Message], now: datetime, *, alone: bool = False) -> Forecaster:
        """The same one by one, where the due time of each depends on the forecast of the one before."""
        return await forecaster(self._preparation, self._attempts, messages, now, alone=alone)

    async def by_keys(self, keys: Collection[str]) -> Mapping[str, Message]:
        """The messages of those keys that exist, by key; one round trip."""
        return await self._store.reading.by_keys(keys) if keys else {}

    async def of_contacts(
        self, contact_ids: Collection[ContactId], states: Collection[State], limit: int = 50
    ) -> list[Message]:
        """Those contacts' messages in those states, the latest due first."""
        return await self._store.reading.of_contacts(contact_ids, states, limit) if contact_ids else []

    async def cancel_one(self, message_id: MessageId, *, by: Actor, now: datetime) -> Message:
        """Take back a waiting message, kept as dropped. Raises ForbiddenError, NotFoundError and StaleError."""
        by.must("outbox:message:cancel")
        message = await self._store.reading.by_id(message_id)
        if message is None:
            raise NotFoundError("no such message")
        words = f"{by.name}取消了这条消息"
        if not await self._store.drop(message_id, reason="cancelled", explanation=words, now=now):
            raise StaleError("the message does not wait any more")
        await self._history.append(ended_line(message, "cancelled", words, now))
        self._records.tally.reasons["cancelled"] += 1
        subject = f"patient:{message.patient_id}" if message.patient_id else f"contact:{message.contact_id}"
        summary = f"取消待发消息「{self._name_of(message.template)}」"
        await self._audit.record(AuditAction.MESSAGE_CANCELLED, subject, by=by, now=now, summary=summary)
        return message

    # -- ending ------------------------------------------------------------------------------------------------

    async def erase(self, contact_id: ContactId) -> None:
        """Forget a contact: rights gone, waiting messages dropped, words blanked; the keys stay.

        So it is with what colleagues were told about them.
        """
        await self._store.drop_of_contact(contact_id, reason="erased")
        await self._store.forget_words(contact_id)
        await self._store.rights.erase(contact_id)

    # -- receipts ------------------------------------------------------------------------------------------

    async def settle(  # noqa: PLR0913 - one receipt's facts, all keyword-only
        self,
        *,
        platform_id: str,
        ok: bool,
        status: str,
        now: datetime,
        code: int | None = None,
        contact_id: ContactId | None = None,
        template_id: str | None = None,
    ) -> bool:
        """A receipt: TEMPLATESENDJOBFINISH, or one entry of subscribe_msg_sent_event.

        A notice leaves without an id: its receipts need `contact_id` and the platform's `template_id` as well, and
        `code` for what becomes of the grant. False when the message is not known yet: the receipt is kept for it.
        """
        receipt = Receipt(platform_id, ok, status, now, code)
        if contact_id is not None and template_id is not None:
            return await self._receipts.settle_notice(receipt, contact_id, template_id)
        return await self._receipts.settle(receipt)

    # -- delivery ------------------------------------------------------------------------------------------

    async def deliver_due(self, now: datetime) -> DeliveryCounts:
        """Send until nothing is due; messages by what became of them."""
        return await self._delivery.run(now)

    async def recover(self, now: datetime) -> Mapping[str, int]:
        """Decide what vanished processes left claimed; messages by the state they went to."""
        decided = await self._recovery.run(now)
        if decided:
            self.wake()
        return decided

    def wake(self) -> None:
        """Something may be due: deliver at once."""
        self.woken.set()
        self._delivery.stir()

    def stop(self) -> None:
        """Claim nothing more. A `deliver_due` in hand finishes its calls, puts the rest back and returns."""
        self._delivery.stop()

    async def counts(self, now: datetime) -> OutboxCounts:
        """Where the queue stands, for /metrics."""
        waiting, due, claimed, oldest = await self._store.counts(now)
        tally = self._records.tally
        by_state = {**tally.states, State.WAITING.value: waiting, State.CLAIMED.value: claimed, "due": due}
        return OutboxCounts(
            oldest_due_seconds=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
            by_state=by_state,
            by_reason=dict(tally.reasons),
            by_code=dict(tally.codes),
            rights_blocks=dict(tally.rights_blocks),
        )
