"""What a consultant asks in the chat (A3-11, A3-12), and the brief that it becomes before the visit (A3-06)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations.ports import KnownContacts
from wxbot.conversations.present import must_be_there
from wxbot.conversations.states import REPLY
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.history.models import ContactId
from wxbot.patients.models import ConsentTopic

READ = "patients:patient:read"
LONGEST = 500  # characters of an answer
LONGEST_RELATION = 100  # characters
CONSENT = "consent"  # the form's field for it
HEALTH = "health"  # the form's field for the consent to health data
NO_HEALTH_CONSENT = "问诊信息属于健康信息，请先征得患者同意，勾选「患者已同意」再保存。"
TRIES = 5  # of a deletion beside colleagues who write
MOST_RECEIPTS = 20


@dataclass(frozen=True, kw_only=True)
class IntakeField:
    """One thing to ask. `question` is the sentence for the chat; `optional` ones need the patient's consent."""

    key: str
    name: str
    question: str = ""
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was learnt about one field."""

    key: str
    text: str
    by: str  # `staff:<id>`
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Somebody on site has read the brief as it stood at that revision."""

    by: str
    name: str
    at: datetime
    revision: int


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What is known of a contact before they come. `id` is the contact's."""

    id: ContactId
    answers: tuple[Answer, ...] = ()
    consent_at: datetime | None = None  # to personal notes (A3-12)
    out_of_scope: bool = False  # not what the clinic treats: service first, no invitation (A0-30)
    relation: str = ""  # who asks for whom, as a colleague wrote it (A0-17)
    changed_at: datetime | None = None
    changed_by: str = ""
    changed_by_name: str = ""
    receipts: tuple[Receipt, ...] = ()
    revision: int = 0

    def text(self, key: str) -> str:
        """The answer of that field; empty without one."""
        return next((each.text for each in self.answers if each.key == key), "")

    @property
    def filled(self) -> bool:
        """Whether there is anything to read."""
        return bool(self.answers)

    @property
    def latest_receipt(self) -> Receipt | None:
        """Who read the brief as it stands; None when nobody has."""
        return next((each for each in reversed(self.receipts) if each.revision == self.revision), None)


@dataclass(frozen=True, kw_only=True)
class IntakeForm:
    """What was typed."""

    answers: Mapping[str, str]  # by field; empty takes an answer away
    consent: bool = False
    health: bool = False  # the patient has agreed in the chat that health data is kept (PIPL art. 29)
    out_of_scope: bool = False
    relation: str = ""


class HealthConsent(Protocol):
    """Where the consent to health data is recorded. Implemented by patients/health_consents.py."""

    async def record(self, contact_id: ContactId, *, granted: bool, by: Actor, now: datetime) -> object:
        """The patient said yes or no."""
        ...


class IntakeRows(Protocol):
    """Where intakes are kept. Implemented by stores/intakes.py."""

    async def of(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId, Intake]:
        """Those that are there."""
        ...

    async def replace(self, intake: Intake, revision: int) -> bool:
        """Keep it in place of that revision (0: of none); False when a colleague was quicker."""
        ...

    async def erase(self, contact_ids: Collection[ContactId]) -> int:
        """Delete them; the number."""
        ...


class Intakes:
    """Use cases of the intake form and of the brief."""

    def __init__(
        self,
        rows: IntakeRows,
        fields: Sequence[IntakeField],
        *,
        audit: AuditTrail,
        contacts: KnownContacts,
        consents: HealthConsent,
    ) -> None:
        self._rows = rows
        self._consents = consents
        self._contacts = contacts
        self.fields = tuple(fields)
        self._audit = audit

    async def one(self, contact_id: ContactId, *, by: Actor) -> Intake:
        """A contact's intake; an empty one where nothing was asked yet. Raises ForbiddenError."""
        by.must(READ)
        return (await self._rows.of([contact_id])).get(contact_id, Intake(id=contact_id))

    async def briefs(self, contact_ids: Collection[ContactId], *, by: Actor) -> list[Intake]:
        """What is to be read before a visit: the filled ones of those contacts. Raises ForbiddenError."""
        by.must(READ)
        found = await self._rows.of(contact_ids)
        return [found[each] for each in contact_ids if each in found and found[each].filled]

    async def save(self, contact_id: ContactId, form: IntakeForm, revision: int, *, by: Actor, now: datetime) -> Intake:
        """Keep what was typed; what is the same already is not written again.

        The patient's consent to health data is recorded where the form notes it for the first time.

        Raises:
            ForbiddenError: they may not answer patients.
            NotFoundError: there is no such contact (any more).
            StaleError: a colleague wrote meanwhile.
            FieldErrors: an answer is too long, or answers lack the patient's consent to health data, or personal notes
                the one to these.
        """
        by.must(REPLY)
        contact = await must_be_there(self._contacts, contact_id)
        kept = (await self._rows.of([contact_id])).get(contact_id, Intake(id=contact_id))
        if kept.revision != revision:
            raise StaleError("the intake was changed meanwhile")
        fresh = replace(
            kept,
            answers=self._answers(kept, form, by, now),
            consent_at=(kept.consent_at or now) if form.consent else None,
            out_of_scope=form.out_of_scope,
            relation=form.relation.strip(),
        )
        if not contact.allows(ConsentTopic.HEALTH):
            if form.health:
                await self._consents.record(contact_id, granted=True, by=by, now=now)
            elif any(each not in kept.answers for each in fresh.answers):
                raise FieldErrors({HEALTH: NO_HEALTH_CONSENT})
        if fresh == kept:
            return kept
        fresh = replace(fresh, changed_at=now, changed_by=by.by, changed_by_name=by.name, revision=revision + 1)
        if not await self._rows.replace(fresh, revision):
            raise StaleError("the intake was changed meanwhile")
        subject = f"contact:{contact_id}"
        await self._audit.record(AuditAction.INTAKE_EDITED, subject, by=by, now=now, summary="填写问诊信息")
        return fresh

    async def mark_read(self, contact_id: ContactId, revision: int, *, by: Actor, now: datetime) -> Intake:
        """已阅: the reader has seen the brief as it stood at that revision. Once per person and revision.

        Raises ForbiddenError, NotFoundError, StaleError when it says something else by now.
        """
        by.must(READ)
        kept = (await self._rows.of([contact_id])).get(contact_id)
        if kept is None or not kept.filled:
            raise NotFoundError("no such brief")
        if kept.revision != revision:
            raise StaleError("the brief was changed meanwhile")
        if any(each.by == by.by and each.revision == revision for each in kept.receipts):
            return kept
        receipt = Receipt(by=by.by, name=by.name, at=now, revision=revision)
        read = replace(kept, receipts=(*kept.receipts, receipt)[-MOST_RECEIPTS:])
        if not await self._rows.replace(read, revision):
            raise StaleError("the brief was changed meanwhile")
        subject = f"contact:{contact_id}"
        await self._audit.record(AuditAction.INTAKE_READ, subject, by=by, now=now, summary="已阅问诊信息")
        return read

    async def forget_answers(self, contact_id: ContactId, *, now: datetime) -> None:
        """Delete what a contact answered: they have withdrawn their consent to health data (PIPL art. 15).

        Raises StaleError where colleagues kept writing at the same moment.
        """
        for _ in range(TRIES):
            kept = (await self._rows.of([contact_id])).get(contact_id)
            if kept is None or not kept.answers:
                return
            rest = replace(kept, answers=(), consent_at=None, changed_at=now, revision=kept.revision + 1)
            if await self._rows.replace(rest, kept.revision):
                return
        raise StaleError("the intake kept changing")

    async def erase(self, contact_id: ContactId) -> int:
        """Delete what was asked of a contact; the number."""
        return await self._rows.erase([contact_id])

    def _answers(self, kept: Intake, form: IntakeForm, by: Actor, now: datetime) -> tuple[Answer, ...]:
        errors: dict[str, str] = {}
        if len(form.relation.strip()) > LONGEST_RELATION:
            errors["relation"] = f"最多 {LONGEST_RELATION} 个字"
        answers: list[Answer] = []
        for field in self.fields:
            text = form.answers.get(field.key, "").strip()
            if len(text) > LONGEST:
                errors[field.key] = f"最多 {LONGEST} 个字"
            if text and field.optional and not form.consent:
                errors[CONSENT] = "性格、人际圈、职业属于个人信息，患者同意后才能记录"
            if not text:
                continue
            before = next((each for each in kept.answers if each.key == field.key and each.text == text), None)
            answers.append(before or Answer(key=field.key, text=text, by=by.by, at=now))
        if errors:
            raise FieldErrors(errors)
        return tuple(answers)
