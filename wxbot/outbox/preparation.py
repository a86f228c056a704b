"""From a claimed batch to messages that may leave now: facts read in bulk, then preconditions, policy and wording."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from wxbot.clinic.ports import LiveClinic
from wxbot.errors import DomainError, NotFoundError
from wxbot.history.models import ContactId, PatientId
from wxbot.logs import get_logger
from wxbot.messaging import Purpose
from wxbot.outbox.contact_history import LOOK_BACK, ContactHistory
from wxbot.outbox.hold_effects import Occasion, occasion_of
from wxbot.outbox.lines import sent_id
from wxbot.outbox.models import Message, MessageId, Rights, State
from wxbot.outbox.policy import REFUSES_MESSAGES, Drop, Send, Wait, decide
from wxbot.outbox.ports import Circumstances, Photos, PreconditionChecker, Verdict
from wxbot.outbox.reactions import Finish, Retry, after_error, in_time, may_repeat, stands_without_wechat
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.patients.models import Contact, Patient, Relation
from wxbot.patients.service import Patients
from wxbot.templates.models import Rendered
from wxbot.templates.service import Templates

log = get_logger(__name__)

MET = Verdict(met=True)
A_DAY = timedelta(days=1)  # the longest a local day lasts before now; an hour more or less does not matter to a cap


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A message that may leave: whom it reaches, what it says, and what the ledger said a moment ago."""

    message: Message
    openid: str
    rendered: Rendered
    rights: Rights
    photo: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True)
class NotNow:
    """A message that goes back to waiting, or to its end, without a call."""

    message: Message
    next: Retry | Finish


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that decides about some messages, as it stood when it was read."""

    contacts: Mapping[ContactId, Contact]
    patients: Mapping[PatientId, Patient]
    selves: Mapping[ContactId, Sequence[Patient]]  # whom the contacts of messages about nobody are themselves
    rights: Mapping[ContactId, Rights]
    verdicts: Mapping[MessageId, Verdict | Exception]
    histories: Mapping[ContactId, ContactHistory | Exception]  # of those who get care or marketing


class Preparation:
    """Asks everything that decides whether and what is sent."""

    def __init__(self, *, store: OutboxStore, patients: Patients, templates: Templates, clinics: LiveClinic) -> None:
        self._rights = store.rights
        self._reading = store.reading
        self._patients = patients
        self._templates = templates
        self._clinics = clinics
        self.preconditions: PreconditionChecker | None = None
        self.circumstances: Circumstances | None = None
        self.photos: Photos | None = None

    def permitted(self, message: Message) -> Message:
        """The message under the purpose it really has: a marketing wording is marketing under any name."""
        if message.purpose is Purpose.MARKETING:
            return message
        try:
            template = self._templates.get(message.template)
        except NotFoundError:  # said when it is filled
            return message
        return replace(message, purpose=Purpose.MARKETING) if template.purpose is Purpose.MARKETING else message

    async def prepare(self, messages: Sequence[Message], now: datetime, machine_now: datetime) -> list[Ready | NotNow]:
        """One result per message, in order. What fails for one message does not touch the others."""
        messages = [self.permitted(message) for message in messages]
        facts = await self.facts(messages, now)
        results: list[Ready | NotNow] = []
        for message in messages:
            result = self.judge(message, facts, now)
            if message.sending_since is not None:
                result = _after_silence(message, result, machine_now)
            if isinstance(result, Ready):
                for left_out in result.rendered.left_out:  # logged when it leaves, not at a forecast
                    log.warning(
                        "card_left_out", template=message.template, field=left_out.field, problems=left_out.problems
                    )
            results.append(result)
        return results

    async def facts(self, messages: Sequence[Message], now: datetime) -> Facts:
        """Read in bulk what decides about these messages, each under the purpose of its wording."""
        contact_ids = {message.contact_id for message in messages}
        patient_ids = {message.patient_id for message in messages if message.patient_id is not None}
        contacts, patients, selves, rights, verdicts, histories = await asyncio.gather(
            self._patients.contacts(contact_ids),
            self._patients.patients(patient_ids),
            self._selves({each.contact_id for each in messages if each.patient_id is None and _is_asked_about(each)}),
            self._rights.of(contact_ids),
            self._verdicts([message for message in messages if message.precondition]),
            self._histories(messages, now),
        )
        return Facts(
            contacts=contacts,
            patients=patients,
            selves=selves,
            rights=rights,
            verdicts=verdicts,
            histories=histories,
        )

    async def with_photo(self, ready: Ready) -> Ready | Finish:
        """The same with its picture, or the message's end where that was erased meanwhile."""
        if not ready.message.photo:
            return ready
        photo = await self.photos.photo(sent_id(ready.message.id)) if self.photos is not None else None
        if not photo:
            return Finish(state=State.DROPPED, reason="photo_gone", explanation="图片已被删除，没有发出")
        return replace(ready, photo=photo)

    async def objection(self, message: Message) -> Finish | None:
        """What stands against a message by its precondition now, a moment before it leaves; None where nothing does.

        Asked once more of what a colleague wrote: a talk changes hands while messages wait for their turn.
        """
        if not message.precondition:
            return None
        verdict = (await self._verdicts([message]))[message.id]
        if isinstance(verdict, Exception):
            raise verdict
        return None if verdict.met else _dropped(verdict)

    def judge(self, message: Message, facts: Facts, now: datetime) -> Ready | NotNow:
        """What becomes of one message at `now`, by those facts."""
        try:
            return self._decide(message, facts, now)
        except Exception as error:
            log.exception("outbox_preparation_failed", message_id=message.id, template=message.template)
            return self._failed(message, error, now)

    def _decide(self, message: Message, facts: Facts, now: datetime) -> Ready | NotNow:
        verdict = facts.verdicts.get(message.id, MET)
        if isinstance(verdict, Exception):
            raise verdict
        if not verdict.met:
            return NotNow(message=message, next=_dropped(verdict))
        contact = facts.contacts.get(message.contact_id)
        patient = facts.patients.get(message.patient_id) if message.patient_id is not None else None
        clinic = self._clinics.current
        concerned = [patient] if patient is not None else facts.selves.get(message.contact_id, ())
        history = facts.histories.get(message.contact_id)
        if isinstance(history, Exception):
            raise history
        known = message if patient is None else replace(message, patient_id=patient.id)
        match decide(known, contact, concerned, now, clinic.timezone, clinic.sending, history):
            case Wait(until, reason, explanation):
                return _later(message, until, reason, explanation)
            case Drop(reason, explanation):
                phone = reason == REFUSES_MESSAGES and stands_without_wechat(message)
                dropped = Finish(state=State.DROPPED, reason=reason, explanation=explanation, phone=phone)
                return NotNow(message=message, next=dropped)
            case Send():
                pass
        if verdict.rests is not None:
            return _resting(message, min(now + verdict.rests, message.expires_at), verdict)
        if contact is None or contact.openid is None:  # decide() has said so already; this tells the type checker
            raise LookupError("no openid")
        rendered = self._templates.render(message.template, message.variables, message.options)
        return Ready(message=message, openid=contact.openid, rendered=rendered, rights=facts.rights[message.contact_id])

    async def _selves(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId, Sequence[Patient]]:
        """Whom those contacts are themselves; of a merged duplicate the record it became."""
        if not contact_ids:
            return {}
        found = await self._patients.of_contacts(contact_ids)
        themselves = {
            contact_id: [each for each in theirs if each.relation is Relation.SELF and each.contact_id == contact_id]
            for contact_id, theirs in found.items()
        }
        merged = {each.id for group in themselves.values() for each in group if each.merged_into is not None}
        became = await self._patients.patients(merged)
        return {contact_id: [became.get(each.id, each) for each in group] for contact_id, group in themselves.items()}

    async def _histories(
        self, messages: Sequence[Message], now: datetime
    ) -> Mapping[ContactId, ContactHistory | Exception]:
        """Care asks what the contact history lately; marketing also about everybody they speak for."""
        offers = [message for message in messages if message.purpose is Purpose.MARKETING]
        asked = {message.contact_id for message in messages if message.purpose in {Purpose.CARE, Purpose.MARKETING}}
        if not asked:
            return {}
        since = now - (LOOK_BACK if offers else A_DAY)
        sent = await self._reading.sent_to(asked, since)
        histories = {each: ContactHistory(sent=sent.get(each, ())) for each in asked}
        if not offers:
            return histories
        if self.circumstances is None:
            unbound = RuntimeError("Outbox.bind was not called with circumstances: nobody knows of treatments")
            return {**histories, **{message.contact_id: unbound for message in offers}}
        spoken_for = await self._spoken_for({message.contact_id for message in offers})
        about = await self._patients.patients({each.patient_id for each in offers if each.patient_id is not None})
        everybody = {patient.id for group in (*spoken_for.values(), about.values()) for patient in group}
        treated = await self.circumstances.treated(everybody, now)
        for message in offers:
            theirs = {patient.id: patient for patient in spoken_for.get(message.contact_id, ())}
            if message.patient_id is not None and message.patient_id in about:
                concerned = about[message.patient_id]  # of a merged duplicate the record it became
                theirs[concerned.id] = concerned
            known = histories[message.contact_id]
            patients = {patient.id: patient for patient in known.patients} | theirs
            histories[message.contact_id] = replace(
                known,
                patients=tuple(patients.values()),
                treated={each: treated[each] for each in patients if each in treated},
            )
        return histories

    async def _spoken_for(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId, Sequence[Patient]]:
        """Everybody those contacts speak for; of a merged duplicate also the record it became: that bears the marks."""
        found = await self._patients.of_contacts(contact_ids)
        merged = {each.id for group in found.values() for each in group if each.merged_into is not None}
        became = await self._patients.patients(merged)
        return {
            contact_id: [*group, *(became[each.id] for each in group if each.id in became)]
            for contact_id, group in found.items()
        }

    async def _verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict | Exception]:
        if not messages:
            return {}
        if self.preconditions is None:
            unbound = RuntimeError("Outbox.bind was not called: nobody checks preconditions")
            return {message.id: unbound for message in messages}
        try:
            return await self.preconditions.verdicts(messages)
        except Exception as error:  # noqa: BLE001 - one bad message must not hold up the others: asked one by one
            if len(messages) == 1:
                return {messages[0].id: error}
            singly = await asyncio.gather(*(self._verdicts([message]) for message in messages))
            return {message_id: verdict for each in singly for message_id, verdict in each.items()}

    @staticmethod
    def _failed(message: Message, error: Exception, now: datetime) -> NotNow:
        if isinstance(error, DomainError):  # the wording is missing, or a variable of it: no retry mends that
            words = f"消息模板无法填写：{error.sentence}"
            failed = Finish(state=State.FAILED, reason="wording", explanation=words, check=True)
            return NotNow(message=message, next=failed)
        tried = replace(message, attempts=message.attempts + 1)
        return NotNow(message=tried, next=after_error(tried, now))


def _is_asked_about(message: Message) -> bool:
    """Whether holds can stop a message at all; what answers the patient is spared the look."""
    return not message.to_staff and occasion_of(message) is not Occasion.REPLY


def _dropped(verdict: Verdict) -> Finish:
    return Finish(state=State.DROPPED, reason=verdict.reason, explanation=verdict.explanation)


def _later(message: Message, until: datetime, reason: str, explanation: str) -> NotNow:
    again = in_time(message, Retry(at=until, reason=reason, explanation=explanation, counts=False))
    return NotNow(message=replace(message, attempts=message.attempts + 1), next=again)


def _resting(message: Message, until: datetime, verdict: Verdict) -> NotNow:
    """Somebody has yet to decide. When its time is over it ends as expired: nobody wanted it, so nobody phones."""
    again = Retry(at=until, reason=verdict.reason, explanation=verdict.explanation, counts=False)
    return NotNow(message=replace(message, attempts=message.attempts + 1), next=again)


def _after_silence(message: Message, result: Ready | NotNow, machine_now: datetime) -> Ready | NotNow:
    """An earlier attempt may have arrived: it may be repeated the same way now, or its fate stays unknown."""
    if isinstance(result, Ready) and result.rendered.template_card is not None and may_repeat(message, machine_now):
        return result
    if isinstance(result, NotNow) and isinstance(result.next, Retry) and result.next.reason == "internal":
        return NotNow(message=result.message, next=replace(result.next, may_have_arrived=True))
    words = "平台没有回应，无法确定患者是否收到，请人工确认"
    return NotNow(message=message, next=Finish(state=State.UNKNOWN, reason="no_answer", explanation=words, check=True))
