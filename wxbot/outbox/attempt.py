"""One message on its way out: channel, right, mark, call, consequence. Until it is gone, waits, or ends."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from wxbot.clock import Clock
from wxbot.database import PyMongoError
from wxbot.errors import PlatformError
from wxbot.logs import get_logger
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.calls import ASKED
from wxbot.outbox.channels import Choice, choose
from wxbot.outbox.doubts import Doubts
from wxbot.outbox.ledger import can_send_customer
from wxbot.outbox.models import Call, Envelope, Message, Outcome, State
from wxbot.outbox.pace import Pace, Pauses
from wxbot.outbox.ports import Sender
from wxbot.outbox.preparation import Preparation, Ready
from wxbot.outbox.reactions import Accepted, Finish, NextChannel, Retry, in_time, is_about_rights, react
from wxbot.outbox.receipts import Receipts
from wxbot.outbox.records import DeliveryRecords
from wxbot.outbox.stores.rights import RightsStore
from wxbot.outbox.survey_steps import ASKED as SURVEYED

log = get_logger(__name__)

CALL_SECONDS = 10.0  # the longest we wait for the platform (reference §8)
AFTER_SILENCE = timedelta(seconds=15)  # a platform that is only slow answers again by then
ANSWER_PATIENCE = timedelta(minutes=30)  # an answer without a right waits so long for the patient's next action
LAST_MINUTE = timedelta(minutes=1)  # before the expiry a person is asked to phone instead

WRITE_AGAIN = 8  # with the driver's own wait of 3 s that covers a restart of the database within the lease
WRITE_AGAIN_AFTER_SECONDS = 0.5

Result = TypeVar("Result")
Now = Callable[[], datetime]


class Attempts:
    """Carries ready messages to the platform. At most `calls_in_flight` calls at once, at the given pace."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        sender: Sender,
        preparation: Preparation,
        records: DeliveryRecords,
        receipts: Receipts,
        rights: RightsStore,
        clock: Clock,
        calls_in_flight: int,
        per_second: float | None,
    ) -> None:
        self._sender = sender
        self._preparation = preparation
        self._records = records
        self._receipts = receipts
        self._rights = rights
        self._clock = clock
        self._pace = Pace(clock, per_second)
        self._pauses = Pauses()
        self.alarms = self._pauses.alarms
        self._doubts = Doubts()
        self._calls = asyncio.Semaphore(calls_in_flight)
        # A few messages are marked ahead so that no call slot stays empty; a crash leaves them unknown.
        self._marked_slots = asyncio.Semaphore(calls_in_flight + max(1, calls_in_flight // 2))

    async def carry(self, ready: Ready, now: Now) -> State:
        """Send it, by the first channel that takes it; the state it went to."""
        if ready.message.call or ready.message.asks:
            return await self._records.done_instead(ready.message, ready.rendered, now())
        refused: set[Channel] = set()
        while True:
            choice = self.intend(ready, now(), refused)
            if not isinstance(choice, Choice):
                return await self._without_channel(ready, choice, now())
            await self._pace.wait()
            if ready.message.author and (objection := await self._preparation.objection(ready.message)) is not None:
                await self._records.finish(ready.message, objection, now())
                return objection.state
            with_photo = await self._preparation.with_photo(ready)
            if isinstance(with_photo, Finish):
                await self._records.finish(ready.message, with_photo, now())
                return with_photo.state
            ready = with_photo
            async with self._marked_slots:
                if not await self._spend(ready, choice, now()):
                    refused.add(choice.channel)
                    ready = await self._with_fresh_rights(ready)
                    continue
                version = ready.rendered.version
                if not await self._write_with_retry(
                    partial(self._records.mark_sending, ready.message, choice, version)
                ):
                    log.warning("outbox_lease_lost", message_id=ready.message.id)
                    await self._return_right(ready.message, choice, None, now())
                    return State.WAITING
                message = self._marked(ready, choice)
                sent_at = now()
                outcome = await self._call(ready, choice)
            self._count(outcome)
            what = self._doubts.once_more(message, choice.channel, outcome, now()) or react(
                message, choice.channel, outcome, now(), self._clock.machine_now()
            )
            if outcome.call is Call.REFUSED:
                await self._write_with_retry(partial(self._return_right, message, choice, outcome.code, sent_at))
            if not isinstance(what, NextChannel):
                done = replace(ready, message=message)
                return await self._write_with_retry(partial(self._conclude, done, choice, what, now()))
            self._records.tally.rights_blocks[what.reason] += 1
            refused.add(choice.channel)
            ready = replace(ready, message=replace(message, sending_since=None))

    def intend(self, ready: Ready, now: datetime, refused: Collection[Channel] = ()) -> Choice | Retry | Finish:
        """How it would leave now, or what becomes of it where no channel is allowed. Writes nothing."""
        if ready.message.call or ready.message.asks:
            return ASKED if ready.message.call else SURVEYED
        paused = self._paused(ready, now)
        choice = choose(ready.message, ready.rendered, ready.rights, now, excluded={*refused, *paused})
        if ready.message.sending_since is not None and choice.channel is not Channel.TEMPLATE:
            choice = self._same_again(ready, choice)
        return choice if choice.channel is not Channel.PHONE else _stranded(ready.message, choice, paused, now)

    async def _write_with_retry(self, write: Callable[[], Awaitable[Result]]) -> Result:
        """Around a call nothing may go unwritten: a database that is away for a moment is waited for.

        The writes may be repeated: whether the first one arrived does not matter.
        """
        for _ in range(WRITE_AGAIN):
            try:
                return await write()
            except PyMongoError as error:
                log.warning("outbox_not_written_yet", error=type(error).__name__)
                await asyncio.sleep(WRITE_AGAIN_AFTER_SECONDS)
        return await write()

    async def _with_fresh_rights(self, ready: Ready) -> Ready:
        """The ledger had less than it said a moment ago: look again."""
        self._records.tally.rights_blocks["ledger"] += 1
        contact_id = ready.message.contact_id
        return replace(ready, rights=(await self._rights.of([contact_id]))[contact_id])

    async def _conclude(self, ready: Ready, choice: Choice, what: Accepted | Retry | Finish, now: datetime) -> State:
        message = ready.message
        if isinstance(what, Accepted):
            self._pauses.works(choice.channel)
            await self._records.accepted(message, ready.rendered, choice, what.platform_id, now)
            await self._receipts.catch_up(what.platform_id)
            return State.ACCEPTED
        if isinstance(what, Finish):
            if what.state is State.UNKNOWN:  # the platform fell silent: the others wait rather than become unknown too
                self._pauses.pause(choice.channel, None, now + AFTER_SILENCE)
            await self._records.finish(message, what, now)
            return what.state
        if what.pause_until is not None:
            card_id = choice.card.template_id if choice.card and not what.pause_channel else None
            self._pauses.pause(choice.channel, card_id, what.pause_until)
            if what.alarm and card_id is None:
                self._pauses.alarm(choice.channel, what.pause_until, what.reason)
        await self._records.requeue(message, what, now)
        return State.WAITING

    async def _without_channel(self, ready: Ready, what: Retry | Finish, now: datetime) -> State:
        message = ready.message
        if isinstance(what, Finish):
            if what.rights_missing:
                self._records.tally.rights_blocks["ledger"] += 1
            await self._records.finish(message, what, now)
            return what.state
        await self._records.requeue(replace(message, attempts=message.attempts + 1), what, now)
        if what.awaits_contact:
            await self._look_once_more(message, now)
        return State.WAITING

    async def _look_once_more(self, message: Message, now: datetime) -> None:
        """The patient may have acted while this was decided: then there is nothing to wait for."""
        rights = (await self._rights.of([message.contact_id]))[message.contact_id]
        if can_send_customer(rights, now):
            await self._records.make_due(message, now)

    def _paused(self, ready: Ready, now: datetime) -> dict[Channel, datetime]:
        """Channels that rest for this message just now, and until when."""
        cards = {
            Channel.CUSTOMER: None,
            Channel.NOTICE: ready.rendered.notice_card,
            Channel.TEMPLATE: ready.rendered.template_card,
        }
        found = {
            channel: self._pauses.until(channel, card.template_id if card else None, now)
            for channel, card in cards.items()
            if card is not None or channel is Channel.CUSTOMER
        }
        return {channel: until for channel, until in found.items() if until is not None}

    @staticmethod
    def _same_again(ready: Ready, choice: Choice) -> Choice:
        """After a silence only a template message may be repeated: the platform drops the double."""
        if ready.rendered.template_card is None:
            return choice
        return Choice(Channel.TEMPLATE, "平台未回应，用同一编号重发模板消息", ready.rendered.template_card)

    async def _spend(self, ready: Ready, choice: Choice, now: datetime) -> bool:
        message = ready.message
        token = f"{message.claim}:{message.attempts}:{choice.channel.value}"
        if choice.channel is Channel.CUSTOMER:
            return await self._rights.spend_customer(message.contact_id, token, now)
        if choice.channel is Channel.NOTICE and choice.card is not None:
            return await self._rights.spend_grant(message.contact_id, choice.card.template_id, token)
        return True

    async def _return_right(self, message: Message, choice: Choice, code: int | None, sent_at: datetime) -> None:
        """Correct the ledger after a refusal: the platform's word on our rights stands, anything else spent none."""
        if choice.channel is Channel.CUSTOMER:
            if code is not None and is_about_rights(choice.channel, code):
                await self._rights.refuse(message.contact_id, code, sent_at)
            else:
                await self._rights.return_customer(message.contact_id)
        elif choice.channel is Channel.NOTICE and choice.card is not None:
            await self._rights.fail_notice(message.contact_id, choice.card.template_id, code)

    def _marked(self, ready: Ready, choice: Choice) -> Message:
        message = ready.message
        return replace(
            message,
            attempts=message.attempts + 1,
            channel=choice.channel,
            sending_since=message.sending_since or self._clock.machine_now(),
            template_version=ready.rendered.version,
        )

    async def _call(self, ready: Ready, choice: Choice) -> Outcome:
        envelope = Envelope(
            openid=ready.openid,
            channel=choice.channel,
            client_id=ready.message.id,
            text=ready.rendered.text,
            options=ready.rendered.options,
            card=choice.card,
            url=ready.message.url,
            photo=ready.photo,
        )
        async with self._calls:
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    return await self._sender.send(envelope)
            except TimeoutError:
                return Outcome(call=Call.UNKNOWN)
            except PlatformError as error:  # a sender reports answers; one that raises them is understood all the same
                return _outcome_of(error)
            except Exception:  # the call may have left: only `unknown` is honest
                log.exception("outbox_sender_failed", message_id=ready.message.id, channel=choice.channel.value)
                return Outcome(call=Call.UNKNOWN)

    def _count(self, outcome: Outcome) -> None:
        codes = {Call.ACCEPTED: "0", Call.UNKNOWN: "unknown", Call.REFUSED: str(outcome.code)}
        self._records.tally.codes[codes[outcome.call]] += 1


def _stranded(message: Message, choice: Choice, paused: dict[Channel, datetime], now: datetime) -> Retry | Finish:
    """Nothing is allowed: wait for a channel that rests, for the patient's next action, or ask a person."""
    patience = min(message.created_at + ANSWER_PATIENCE, message.expires_at - LAST_MINUTE)
    if paused:
        again = Retry(
            at=min(paused.values()), reason="channel_rests", explanation="微信接口暂停使用，稍后再发", counts=False
        )
        return in_time(message, again)
    if message.answer and not message.author and choice.rights_missing and now < patience:
        return Retry(
            at=patience,
            reason="rights_closed",
            explanation=f"{choice.explanation}；等患者下次互动时发送",
            counts=False,
            awaits_contact=True,
        )
    return Finish(
        state=State.DROPPED,
        reason="no_channel",
        explanation=choice.explanation,
        phone=message.purpose is not Purpose.MARKETING and not message.author,
        rights_missing=choice.rights_missing,
    )


def _outcome_of(error: PlatformError) -> Outcome:
    return Outcome(
        call=Call.UNKNOWN if error.ambiguous else Call.REFUSED,
        code=error.code,
        reaction=error.reaction,
        advice=error.advice,
        retry_after_seconds=error.retry_after_seconds,
        alarm=error.alarm,
    )
