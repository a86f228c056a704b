"""Use cases of holds: set one, lift one, and those that follow from a fact (a danger sign, a healed treatment)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from wxbot.actors import SYSTEM, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.history.models import PatientId
from wxbot.history.service import History
from wxbot.ids import new_id
from wxbot.patients.changing import Changing
from wxbot.patients.hold_words import hold_text
from wxbot.patients.holds import standing, with_hold, without
from wxbot.patients.lines import updated_line
from wxbot.patients.marks import HOLD, reason_of
from wxbot.patients.models import TOPIC_NAMES, ConsentTopic, Hold, HoldKind, Patient
from wxbot.patients.ports import LiveClinicZone, OpenTasks
from wxbot.patients.stores.patients import PatientStore

LEAD = "patients:hold:lift"  # what only a lead lifts, or who set it
LIFTED_WITH: Mapping[HoldKind, str] = dict.fromkeys(HoldKind, HOLD) | {
    HoldKind.DISPUTE: LEAD,
    HoldKind.DECEASED: LEAD,
}
"""The permission that lifts a hold of each kind; who set it may lift it as well."""
LONGEST_DAYS = 366  # a hold with an end; what lasts longer has none and is lifted by a person
_ACTIONS: Mapping[HoldKind, tuple[AuditAction, AuditAction]] = {
    HoldKind.OBJECTION: (AuditAction.PATIENT_OBJECTED, AuditAction.PATIENT_SETTLED)
}
_USUAL = (AuditAction.PATIENT_HELD, AuditAction.PATIENT_RELEASED)
TASKS_OBSOLETE = "患者已去世，不再联系"


class PatientHolds:
    """暂停联系. Setting what stands already, or lifting what does not stand, changes nothing and is not audited."""

    def __init__(
        self,
        store: PatientStore,
        *,
        history: History,
        audit: AuditTrail,
        clinics: LiveClinicZone,
        tasks: OpenTasks,
    ) -> None:
        self._history = history
        self._audit = audit
        self._clinics = clinics
        self._tasks = tasks
        self._store = store
        self._changing = Changing(store)

    async def set(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        patient_id: PatientId,
        kind: HoldKind,
        reason: str,
        *,
        until: date | None = None,
        topics: Sequence[ConsentTopic] = (),
        cause: str = "",
        by: Actor,
        now: datetime,
    ) -> Patient:
        """Hold messages to a patient. `until` is the last local day on which it counts; None: until it is lifted.

        `topics` narrow an OPTED_OUT. Of who has died every open task ends as well.

        Raises:
            ForbiddenError: they may not.
            FieldErrors: no reason, an end that is past, too far away or of what has no end, topics that are none.
            NotFoundError: there is no such patient.
        """
        by.must(HOLD)
        words = reason_of(reason)
        new = Hold(
            id=new_id(now),
            kind=kind,
            reason=words,
            since=now,
            by=by.by,
            until=self._end_of(kind, until, now),
            topics=_topics(kind, topics),
            cause=cause,
        )
        before, after = await self._changing.patient(patient_id, _holding(lambda it: with_hold(it.holds, new)))
        if before is not after:
            action = _ACTIONS.get(kind, _USUAL)[0]
            await self._note(after, action, f"登记「{kind.label}」", [kind.label], words, by, now)
        if kind is HoldKind.DECEASED:
            ids = [after.id, *(each.id for each in await self._store.merged_into([after.id]))]
            await self._tasks.settle_of_patients(ids, TASKS_OBSOLETE, now)
        return after

    async def lift(self, patient_id: PatientId, hold_id: str, reason: str, *, by: Actor, now: datetime) -> Patient:
        """Lift a hold; `reason` says why it may end.

        Raises ForbiddenError (not theirs to lift), FieldErrors (no reason), NotFoundError (no such patient or hold).
        """
        by.must(HOLD)
        words = reason_of(reason)
        patient = (await self._store.living([patient_id])).get(patient_id)
        hold = next((each for each in patient.holds if each.id == hold_id), None) if patient is not None else None
        if hold is None:
            raise NotFoundError("no such hold")
        if not may_lift(hold, by):
            by.must(LIFTED_WITH[hold.kind])
        before, after = await self._changing.patient(
            patient_id, _holding(lambda it: without(it.holds, hold_id, by.by, words, now))
        )
        if before is not after:
            action = _ACTIONS.get(hold.kind, _USUAL)[1]
            what = [f"解除{hold.kind.label}"]
            await self._note(after, action, f"解除「{hold.kind.label}」：{hold_text(hold)}", what, words, by, now)
        return after

    async def note_adverse(
        self, patient_id: PatientId, reason: str, *, cause: str, lasts: timedelta, now: datetime
    ) -> Patient:
        """不良反应, because the patient wrote of a danger sign: it ends by itself after `lasts`, unless renewed.

        One that a colleague set stays as it is. Repeating it for the same `cause` at the same moment changes nothing.
        """
        until = now + lasts

        def noted(it: Patient) -> Patient:
            known = next((each for each in standing(it.holds, now) if each.kind is HoldKind.ADVERSE), None)
            if known is None:
                new = Hold(
                    id=new_id(now),
                    kind=HoldKind.ADVERSE,
                    reason=reason,
                    since=now,
                    by=SYSTEM.by,
                    until=until,
                    cause=cause,
                )
                return replace(it, holds=(*it.holds, new))
            if not known.cause or known.until is None or known.until >= until:
                return it
            longer = replace(known, until=until)
            return replace(it, holds=tuple(longer if each.id == known.id else each for each in it.holds))

        before, after = await self._changing.patient(patient_id, noted)
        if before is not after and len(after.holds) > len(before.holds):
            kind = HoldKind.ADVERSE
            words = f"自动登记「{kind.label}」"
            await self._note(after, AuditAction.PATIENT_HELD, words, [kind.label], reason, SYSTEM, now)
        return after

    def _end_of(self, kind: HoldKind, until: date | None, now: datetime) -> datetime | None:
        """The first moment at which a hold does not count any more."""
        if until is None:
            return None
        zone = self._clinics.current.timezone
        today = now.astimezone(zone).date()
        if kind is HoldKind.DECEASED:
            raise FieldErrors({"until": "这一项没有到期日"})
        if until < today:
            raise FieldErrors({"until": "到期日不能早于今天"})
        if (until - today).days > LONGEST_DAYS:
            raise FieldErrors({"until": "到期日最多一年以后；更久请不填，由同事解除"})
        return datetime.combine(until + timedelta(days=1), time(), tzinfo=zone).astimezone(now.tzinfo)

    async def _note(  # noqa: PLR0913, PLR0917 - one note's facts
        self,
        patient: Patient,
        action: AuditAction,
        summary: str,
        what: Sequence[str],
        reason: str,
        by: Actor,
        now: datetime,
    ) -> None:
        await self._audit.record(action, f"patient:{patient.id}", by=by, now=now, summary=summary, reason=reason)
        await self._history.append(updated_line(patient, what, now, by.by))


def may_lift(hold: Hold, by: Actor) -> bool:
    """Whether they may lift it: with the permission of its kind, or because they set it."""
    return by.may(HOLD) and (by.may(LIFTED_WITH[hold.kind]) or (by.is_staff and hold.by == by.by))


def _topics(kind: HoldKind, topics: Sequence[ConsentTopic]) -> tuple[ConsentTopic, ...]:
    if topics and (kind is not HoldKind.OPTED_OUT or any(each not in TOPIC_NAMES for each in topics)):
        raise FieldErrors({"topics": "只有「不愿接收」可以选消息种类"})
    return tuple(each for each in TOPIC_NAMES if each in topics)


def _holding(holds: Callable[[Patient], tuple[Hold, ...]]) -> Callable[[Patient], Patient]:
    """A change of a patient's holds alone; the patient itself where they stay the same."""

    def changed(it: Patient) -> Patient:
        after = holds(it)
        return it if after == it.holds else replace(it, holds=after)

    return changed
