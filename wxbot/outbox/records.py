"""What became of a message, written down so that a crash at any point loses nothing and repeats nothing.

The order is always: work for people, transcript, then the message's own row. The first two are idempotent by their
keys, so the recovery of an unfinished row may do all three again.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.database import PyMongoError
from wxbot.errors import NotFoundError
from wxbot.history.models import By, Interaction
from wxbot.history.service import History
from wxbot.logs import get_logger
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.calls import CallRecords
from wxbot.outbox.channels import Choice
from wxbot.outbox.hold_effects import hold_against, occasion_of
from wxbot.outbox.lines import AUTHORED_WORDS, ended_line, sent_line, unknown_line
from wxbot.outbox.models import Message, State
from wxbot.outbox.ports import AuthoredNews, Tasks
from wxbot.outbox.reactions import Finish, Retry
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.outbox.survey_steps import SurveySteps
from wxbot.outbox.tally import FREE, LEASE, Tally
from wxbot.patients.service import Patients
from wxbot.templates.models import Rendered

log = get_logger(__name__)

NO_RECEIPT = "客服消息没有送达回执，平台接收即为最终结果"


class DeliveryRecords:
    """Writes the steps of a message's life. Each method expects the message claimed by this process."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        store: OutboxStore,
        patients: Patients,
        history: History,
        tasks: Tasks,
        clock: Clock,
        clinics: LiveClinic,
        name_of: Callable[[str], str] = str,
    ) -> None:
        self._store = store
        self._patients = patients
        self._history = history
        self._tasks = tasks
        self._clock = clock
        self._clinics = clinics
        self._name_of = name_of  # of a template's key, for sentences
        self.tally = Tally()
        self.authored: AuthoredNews | None = None
        self.survey_steps = SurveySteps(store=store, tally=self.tally)
        self.calls = CallRecords(store=store, tasks=tasks, clock=clock, tally=self.tally)

    async def done_instead(self, message: Message, rendered: Rendered, now: datetime) -> State:
        """What a plan wants instead of a message: a call by a colleague, or a survey; the state its row went to."""
        if message.call:
            return await self.calls.ask(message, rendered, now)
        return await self.survey_steps.ask(message, rendered, now)

    async def mark_sending(self, message: Message, choice: Choice, version: int) -> bool:
        """Note, durably, that the call is about to leave: from here on it may have arrived, in that version's words.

        False when the lease was lost meanwhile; then the message must not leave.
        """
        machine_now = self._clock.machine_now()
        change = {
            "sending_since": message.sending_since or machine_now,
            "channel": choice.channel.value,
            "card_id": choice.card.template_id if choice.card else None,
            "purpose": message.purpose.value,  # as judged: a marketing wording is marketing
            "attempts": message.attempts + 1,
            "lease_until": machine_now + LEASE,
            "template_version": version,
        }
        return await self._store.change_claimed(message, change)

    async def not_sent_yet(self, message: Message) -> bool:
        """Whether the message is still ours and no call of this claim has left."""
        stored = await self._store.by_key(message.key)
        return stored is not None and stored.claim == message.claim and stored.sending_since == message.sending_since

    async def accepted(
        self, message: Message, rendered: Rendered, choice: Choice, platform_id: str | None, now: datetime
    ) -> None:
        """The platform took it."""
        line = sent_line(message, rendered, choice, platform_id, now)
        await self._history.append(line)
        await self.tell_author(message, line)
        await self.note_accepted(message, choice.channel, platform_id, choice.explanation, now)

    async def tell_author(self, message: Message, line: Interaction) -> None:
        """Say that a colleague's message left, before its row does: after a crash it is said again.

        What goes wrong with whoever is told keeps no message from being accepted: the platform has it.
        """
        if not message.author or self.authored is None:
            return
        words = str(message.variables.get(AUTHORED_WORDS, "")) or line.text or ""
        try:
            await self.authored.answered(
                message.contact_id,
                line_id=line.id,
                words=words,
                by=message.author,
                now=line.at,
                condition=message.precondition,
            )
        except PyMongoError:  # the caller tries again
            raise
        except Exception:
            log.exception("outbox_author_not_told", message_id=message.id)

    async def note_accepted(
        self, message: Message, channel: Channel, platform_id: str | None, explanation: str, now: datetime
    ) -> None:
        """Only the row's part of it. A customer-service message gets no receipt: accepted is its end."""
        ends_here = channel is Channel.CUSTOMER
        change = {
            "state": State.ACCEPTED.value,
            "reason": "",
            "explanation": f"{explanation}；{NO_RECEIPT}" if ends_here else explanation,
            "platform_id": platform_id,
            "settled_at": now if ends_here else None,
            "sent_at": now,
            "blocks_contact": False,
            **FREE,
        }
        await self._finish(message, State.ACCEPTED, change)
        if message.purpose is Purpose.CARE and not message.greeting:
            await self._store.rights.note_care(message.contact_id, now)

    async def requeue(self, message: Message, again: Retry, now: datetime) -> None:
        """Back to waiting."""
        if again.alarm:
            await self.alarm(again.reason, again.explanation, now)
        change = {
            "state": State.WAITING.value,
            "due_at": again.at,
            "reason": again.reason,
            "explanation": again.explanation,
            "attempts": message.attempts if again.counts else max(0, message.attempts - 1),
            "sending_since": message.sending_since if again.may_have_arrived else None,
            "awaits_contact": again.awaits_contact,
            "blocks_contact": again.blocks_contact or bool(message.author),  # a talk keeps its order
            **FREE,
        }
        await self._finish(message, State.WAITING, change)

    async def make_due(self, message: Message, now: datetime) -> None:
        """What waits for that patient's next action is due now."""
        await self._store.make_due(message.contact_id, now)

    async def finish(self, message: Message, end: Finish, now: datetime) -> None:
        """End the message as dropped, failed or unknown: follow-ups and transcript are written first."""
        if end.alarm:
            await self.alarm(end.reason, end.explanation, now)
        if end.unreachable_code is not None:
            with suppress(NotFoundError):  # erased in the meantime
                await self._patients.mark_unreachable(message.contact_id, end.unreachable_code, now)
        if end.phone and not message.to_staff and not message.optional and not message.author:
            await self.phone(message, end.explanation, now)
        if end.check and not message.author:  # its author has the thread before them
            await self._tasks.open(
                key=f"check:{message.key}",
                kind="check",
                reason=f"请核实消息「{self._name_of(message.template)}」：{end.explanation}",
                contact_id=message.contact_id,
                patient_id=message.patient_id,
                due_at=now,
                now=now,
            )
        line = unknown_line if end.state is State.UNKNOWN else ended_line
        await self._history.append(line(message, end.reason, end.explanation, now))
        change = {
            "state": end.state.value,
            "reason": end.reason,
            "explanation": end.explanation,
            "settled_at": now,
            "sent_at": now if end.state is State.UNKNOWN else None,
            "awaits_contact": False,
            "blocks_contact": False,
            **FREE,
        }
        self.tally.reasons[end.reason] += 1
        await self._finish(message, end.state, change)

    async def phone(self, message: Message, explanation: str, now: datetime) -> None:
        """Ask a person to call the patient, once per message; nobody is called about what a hold keeps back."""
        if message.patient_id is not None:
            found = await self._patients.patients([message.patient_id])
            if hold_against(found.values(), occasion_of(message), now) is not None:
                return
        await self._tasks.open(
            key=f"phone:{message.key}",
            kind="phone",
            reason=f"消息「{self._name_of(message.template)}」没有送达，请电话联系患者：{explanation}",
            contact_id=message.contact_id,
            patient_id=message.patient_id,
            due_at=now,
            now=now,
            script=message.script,
        )

    async def alarm(self, code: str, explanation: str, now: datetime) -> None:
        """Ask an operator to look, once per code and local day."""
        log.error("outbox_alarm", code=code, by=By.SYSTEM)
        await self._tasks.open(
            key=f"alarm:{code}:{now.astimezone(self._clinics.current.timezone):%Y-%m-%d}",
            kind="check",
            reason=f"微信平台拒绝发送（代码 {code}）：{explanation}",
            contact_id=None,
            patient_id=None,
            due_at=now,
            now=now,
        )

    async def _finish(self, message: Message, state: State, change: dict[str, Any]) -> None:
        if await self._store.change_claimed(message, change):
            self.tally.states[state.value] += 1
        else:  # a receipt was quicker, or the lease was lost and somebody else decided
            log.warning("outbox_row_already_decided", message_id=message.id, intended=state.value)
