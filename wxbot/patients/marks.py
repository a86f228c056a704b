"""What staff note about a patient: tags, recovered, offers declined. Each with who, when and why. Holds: `holding`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.errors import FieldErrors
from wxbot.history.models import PatientId
from wxbot.history.service import History
from wxbot.patients.changing import Changing
from wxbot.patients.holds import healed
from wxbot.patients.lines import updated_line
from wxbot.patients.models import Mark, Patient, Tag
from wxbot.patients.ports import LiveClinicZone
from wxbot.patients.stores.patients import PatientStore

LONGEST_TAG = 20  # characters
MOST_TAGS = 30  # of one patient; more are a story, and stories go unread
LONGEST_REASON = 200  # characters

HOLD = "patients:hold:edit"


class PatientMarks:
    """Notes on patients. Setting what is set already, or lifting what is not, changes nothing and is not audited."""

    def __init__(self, store: PatientStore, *, history: History, audit: AuditTrail, clinics: LiveClinicZone) -> None:
        self._history = history
        self._audit = audit
        self._clinics = clinics
        self._changing = Changing(store)

    # -- tags ------------------------------------------------------------------------------------------------

    async def add_tag(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        patient_id: PatientId,
        name: str,
        *,
        by: Actor,
        now: datetime,
        expires_on: date | None = None,
        source: str = "手工",
    ) -> Patient:
        """Put a tag on; one that is there already is renewed only where its end changes.

        Raises:
            FieldErrors: no word of 1 to 20 characters, an end in the past, or too many tags.
            NotFoundError: there is no such patient.
        """
        by.must("patients:tag:edit")
        words = clean_tag(name)
        if expires_on is not None and expires_on < now.astimezone(self._clinics.current.timezone).date():
            raise FieldErrors({"expires_on": "到期日不能早于今天"})
        until = None if expires_on is None else expires_on.isoformat()
        tag = Tag(name=words, by=by.by, at=now, source=source, expires_on=until)

        def added(it: Patient) -> Patient:
            if any(each.name == words and each.expires_on == until for each in it.tags):
                return it
            others = tuple(each for each in it.tags if each.name != words)
            if len(others) >= MOST_TAGS:
                raise FieldErrors({"name": f"一位患者最多{MOST_TAGS}个标签，请先移除不用的"})
            return replace(it, tags=(*others, tag))

        changes = {"标签": ("", f"{words}（至 {until}）" if until else words)}
        return await self._note(
            patient_id, added, AuditAction.PATIENT_TAGGED, f"加标签「{words}」", "标签", by, now, changes
        )

    async def remove_tag(self, patient_id: PatientId, name: str, *, by: Actor, now: datetime) -> Patient:
        """Take a tag off. Raises NotFoundError."""
        by.must("patients:tag:edit")

        def removed(it: Patient) -> Patient:
            kept = tuple(each for each in it.tags if each.name != name)
            return it if len(kept) == len(it.tags) else replace(it, tags=kept)

        changes = {"标签": (name, "")}
        return await self._note(
            patient_id, removed, AuditAction.PATIENT_UNTAGGED, f"移除标签「{name}」", "标签", by, now, changes
        )

    # -- what offers depend on -------------------------------------------------------------------------------

    async def recovered(self, patient_id: PatientId, reason: str, *, by: Actor, now: datetime) -> Patient:
        """Staff saw that the latest treatment has healed (A1-23); `reason` says what they saw.

        What held messages because it had not healed is lifted by it.
        """
        return await self._reasoned(
            patient_id,
            lambda it, mark: replace(it, recovered=mark, holds=healed(it.holds, mark)),
            AuditAction.PATIENT_RECOVERED,
            "确认已恢复",
            "已恢复",
            reason=reason,
            by=by,
            now=now,
        )

    async def not_recovered(self, patient_id: PatientId, reason: str, *, by: Actor, now: datetime) -> Patient:
        """The mark was a mistake, or something came back. Raises FieldErrors, NotFoundError."""
        return await self._reasoned(
            patient_id,
            lambda it, _: it if it.recovered is None else replace(it, recovered=None),
            AuditAction.PATIENT_UNRECOVERED,
            "撤销「已恢复」",
            "未恢复",
            reason=reason,
            by=by,
            now=now,
        )

    async def declined_offers(self, patient_id: PatientId, *, by: Actor, now: datetime) -> Patient:
        """不需要: no offers for 90 days from now (A4-20). Anybody who speaks with patients notes it."""
        by.must("patients:patient:edit")
        return await self._note(
            patient_id,
            lambda it: replace(it, offers_declined_at=now),
            AuditAction.PATIENT_DECLINED_OFFERS,
            "患者表示不需要推荐",
            "不需要推荐",
            by,
            now,
        )

    async def _reasoned(  # noqa: PLR0913 - one note's facts
        self,
        patient_id: PatientId,
        change: Callable[[Patient, Mark], Patient],
        action: AuditAction,
        summary: str,
        what: str,
        *,
        reason: str,
        by: Actor,
        now: datetime,
    ) -> Patient:
        """Note what only some may, and only with a reason. Raises ForbiddenError, FieldErrors, NotFoundError."""
        by.must(HOLD)
        mark = Mark(reason=reason_of(reason), by=by.by, at=now)
        return await self._note(
            patient_id, lambda it: change(it, mark), action, summary, what, by, now, reason=mark.reason
        )

    async def _note(  # noqa: PLR0913, PLR0917 - one note's facts
        self,
        patient_id: PatientId,
        change: Callable[[Patient], Patient],
        action: AuditAction,
        summary: str,
        what: str,
        by: Actor,
        now: datetime,
        changes: Mapping[str, tuple[str, str]] | None = None,
        *,
        reason: str = "",
    ) -> Patient:
        before, after = await self._changing.patient(patient_id, change)
        if before is not after:
            subject = f"patient:{after.id}"
            await self._audit.record(action, subject, by=by, now=now, summary=summary, changes=changes, reason=reason)
            await self._history.append(updated_line(after, [what], now, by.by))
        return after


def clean_tag(text: str) -> str:
    """A tag in one form. Raises FieldErrors for none, or one of more than 20 characters."""
    words = " ".join(text.split())
    if not words:
        raise FieldErrors({"name": "请填写标签"})
    if len(words) > LONGEST_TAG:
        raise FieldErrors({"name": f"标签最多{LONGEST_TAG}个字"})
    return words


def reason_of(text: str) -> str:
    """A reason in one form. Raises FieldErrors for none, or one of more than 200 characters."""
    words = " ".join(text.split())
    if not words:
        raise FieldErrors({"reason": "请写明原因"})
    if len(words) > LONGEST_REASON:
        raise FieldErrors({"reason": f"原因最多{LONGEST_REASON}个字"})
    return words
