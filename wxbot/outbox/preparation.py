"""From a claimed batch to messages that may leave now: facts read in bulk, then relevance, policy and wording."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from wxbot.errors import DomainError
from wxbot.history.models import ContactId
from wxbot.logs import get_logger
from wxbot.outbox.models import Message, MessageId, Rights, State
from wxbot.outbox.policy import REFUSES_MESSAGES, Drop, Send, Wait, decide
from wxbot.outbox.ports import Relevance, Verdict
from wxbot.outbox.reactions import Again, End, after_error, may_repeat, stands_without_wechat
from wxbot.outbox.rights.store import RightsStore
from wxbot.patients.models import Contact, Patient
from wxbot.patients.service import Patients
from wxbot.templates.models import Rendered
from wxbot.templates.service import Templates

log = get_logger(__name__)

WANTED = Verdict(wanted=True)


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A message that may leave: whom it reaches, what it says, and what the ledger said a moment ago."""

    message: Message
    openid: str
    rendered: Rendered
    rights: Rights


@dataclass(frozen=True, kw_only=True)
class NotNow:
    """A message that goes back to waiting, or to its end, without a call."""

    message: Message
    next: Again | End


class Preparation:
    """Asks everything that decides whether and what is sent."""

    def __init__(self, *, rights: RightsStore, patients: Patients, templates: Templates, timezone: tzinfo) -> None:
        self._rights = rights
        self._patients = patients
        self._templates = templates
        self._timezone = timezone
        self.relevance: Relevance | None = None

    async def prepare(self, messages: Sequence[Message], now: datetime, machine_now: datetime) -> list[Ready | NotNow]:
        """One result per message, in order. What fails for one message does not touch the others."""
        contact_ids = {message.contact_id for message in messages}
        patient_ids = {message.patient_id for message in messages if message.patient_id is not None}
        contacts, patients, rights, verdicts = await asyncio.gather(
            self._patients.contacts(contact_ids),
            self._patients.patients(patient_ids),
            self._rights.of(contact_ids),
            self._verdicts([message for message in messages if message.wanted]),
        )
        results: list[Ready | NotNow] = []
        for message in messages:
            contact = contacts.get(message.contact_id)
            patient = patients.get(message.patient_id) if message.patient_id is not None else None
            try:
                result = self._one(message, contact, patient, rights, verdicts.get(message.id, WANTED), now)
            except Exception as error:
                log.exception("outbox_preparation_failed", message_id=message.id, template=message.template)
                result = self._failed(message, error, now)
            if message.sending_since is not None:
                result = _after_silence(message, result, machine_now)
            results.append(result)
        return results

    def _one(  # noqa: PLR0913, PLR0917 - the facts about one message
        self,
        message: Message,
        contact: Contact | None,
        patient: Patient | None,
        rights: Mapping[ContactId, Rights],
        verdict: Verdict | Exception,
        now: datetime,
    ) -> Ready | NotNow:
        if isinstance(verdict, Exception):
            raise verdict
        if not verdict.wanted:
            dropped = End(state=State.DROPPED, reason=verdict.reason, explanation=verdict.explanation)
            return NotNow(message=message, next=dropped)
        match decide(message, contact, patient.hold if patient else None, now, self._timezone):
            case Wait(until, reason, explanation):
                again = Again(at=until, reason=reason, explanation=explanation, counts=False)
                return NotNow(message=replace(message, attempts=message.attempts + 1), next=again)
            case Drop(reason, explanation):
                phone = reason == REFUSES_MESSAGES and stands_without_wechat(message)
                dropped = End(state=State.DROPPED, reason=reason, explanation=explanation, phone=phone)
                return NotNow(message=message, next=dropped)
            case Send():
                pass
        if contact is None or contact.openid is None:  # decide() has said so already; this tells the type checker
            raise LookupError("no openid")
        rendered = self._templates.render(message.template, message.variables, message.options)
        return Ready(message=message, openid=contact.openid, rendered=rendered, rights=rights[message.contact_id])

    async def _verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict | Exception]:
        if not messages:
            return {}
        if self.relevance is None:
            unbound = RuntimeError("the outbox has not been told whom to ask for relevance")
            return {message.id: unbound for message in messages}
        try:
            return await self.relevance.verdicts(messages)
        except Exception as error:  # noqa: BLE001 - one bad message must not hold up the others: asked one by one
            if len(messages) == 1:
                return {messages[0].id: error}
            singly = await asyncio.gather(*(self._verdicts([message]) for message in messages))
            return {message_id: verdict for each in singly for message_id, verdict in each.items()}

    @staticmethod
    def _failed(message: Message, error: Exception, now: datetime) -> NotNow:
        if isinstance(error, DomainError):  # the wording is missing, or a variable of it: no retry mends that
            words = f"消息模板无法填写：{error}"
            failed = End(state=State.FAILED, reason="wording", explanation=words, check=True)
            return NotNow(message=message, next=failed)
        tried = replace(message, attempts=message.attempts + 1)
        return NotNow(message=tried, next=after_error(tried, now))


def _after_silence(message: Message, result: Ready | NotNow, machine_now: datetime) -> Ready | NotNow:
    """An earlier attempt may have arrived: it may be repeated the same way now, or its fate stays unknown."""
    if isinstance(result, Ready) and result.rendered.template_card is not None and may_repeat(message, machine_now):
        return result
    if isinstance(result, NotNow) and isinstance(result.next, Again) and result.next.reason == "internal":
        return NotNow(message=result.message, next=replace(result.next, may_have_arrived=True))
    words = "平台没有回应，无法确定患者是否收到，请人工确认"
    return NotNow(message=message, next=End(state=State.UNKNOWN, reason="no_answer", explanation=words, check=True))
