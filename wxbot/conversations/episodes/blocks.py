"""拉黑: a supervisor keeps somebody who goes on insulting from reaching people for a while (A2-33).

Only after the two-step warning. Danger signs reach a person all the same; menus, bookings and reminders go on. A block
ends with its date; nobody has to do anything for that.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.closing.closings import Closings
from wxbot.conversations.closing.endings import WARNINGS, talk_of
from wxbot.conversations.models import Cause, Ending, EndingKind, Episode
from wxbot.conversations.rules import DeskRules
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.history.models import ContactId, Interaction, Kind
from wxbot.history.service import History
from wxbot.patients.models import Block, Contact
from wxbot.patients.service import Patients
from wxbot.workflow import NotNowError

BLOCK = "desk:contact:block"
LONGEST_REASON = 200  # characters
MOST_LISTED = 500
UNTIL_LIFTED = "直到有人解除"
NOT_WARNED = "还没有两次提醒文明用语。请先用备好的两句话提醒患者，患者仍然辱骂，再拉黑。"
IN_DANGER = "这位患者说到了危险征兆，正等人处理，现在不能拉黑。"
BLOCKED_ALREADY = "同事刚刚已经拉黑或解除，请看看最新情况。"


class Talks(Protocol):
    """What was said lately. Satisfied by reporting.py."""

    async def talk_now(self, contact_id: ContactId, now: datetime) -> tuple[Episode | None, list[Interaction]]:
        """The contact's open episode and its lines, oldest first; without one, the lines of the last day."""
        ...


class EndsTalks(Protocol):
    """Ends what is open. Satisfied by chat_side.py."""

    async def end_by_block(self, contact_id: ContactId, ending: Ending, note: str, now: datetime) -> bool:
        """End the contact's open episode; False without one."""
        ...


class Blocks:
    """Use cases of blocking. `desk:contact:block` sets and lifts."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        patients: Patients,
        talks: Talks,
        desk: EndsTalks,
        closings: Closings,
        history: History,
        audit: AuditTrail,
        clinics: LiveClinic,
        rules: DeskRules,
    ) -> None:
        self._patients = patients
        self._marks = patients.desk_marks
        self._talks = talks
        self._desk = desk
        self._closings = closings
        self._history = history
        self._audit = audit
        self._clinics = clinics
        self._rules = rules

    async def objection(self, contact_id: ContactId, now: datetime) -> str:
        """Why the contact cannot be blocked now, in words for staff; empty when they can."""
        episode, lines = await self._talks.talk_now(contact_id, now)
        return self._objection(episode, lines)

    def _objection(self, episode: Episode | None, lines: Sequence[Interaction]) -> str:
        if episode is not None and _is_danger(episode):
            return IN_DANGER
        return "" if len(self._warnings(lines)) >= WARNINGS else NOT_WARNED

    def _warnings(self, lines: Sequence[Interaction]) -> tuple[Interaction, ...]:
        return talk_of(lines, self._closings.words).warnings()

    async def block(
        self, contact_id: ContactId, *, reason: str, until: datetime | None, by: Actor, now: datetime
    ) -> Block:
        """Block the contact until a moment, or until somebody lifts it; the talk that is open ends with it.

        Raises:
            ForbiddenError, NotFoundError: as they say; NotFoundError also for an erased contact.
            NotNowError: they were not warned twice, or a danger sign is open.
            FieldErrors: no reason, one too long, a moment that is over or too far away.
            StaleError: somebody blocked or lifted at this moment.
        """
        by.must(BLOCK)
        why = reason.strip()
        errors = {}
        if not why or len(why) > LONGEST_REASON:
            errors["reason"] = f"请写一句拉黑的原因，最多 {LONGEST_REASON} 字。"
        if until is not None and until <= now:
            errors["until"] = "请选一个还没到的日期"
        elif until is not None and until > now + self._rules.block_most:
            errors["until"] = f"最多拉黑 {self._rules.block_most.days} 天；要更久，请选「{UNTIL_LIFTED}」"
        if errors:
            raise FieldErrors(errors)
        contact = await self._contact(contact_id)
        episode, lines = await self._talks.talk_now(contact_id, now)
        if objection := self._objection(episode, lines):
            raise NotNowError(objection)
        block = Block(reason=why, by=by.by, since=now, until=until)
        if contact.blocked(now) or not await self._marks.set_block(contact_id, block, instead_of=contact.block):
            raise StaleError("somebody blocked or lifted meanwhile", sentence=BLOCKED_ALREADY)
        until_words = self.until_words(block)
        evidence = tuple(line.id for line in self._warnings(lines))
        ending = Ending(kind=EndingKind.AGENT, by=by.by, at=now, evidence=evidence, reason="拉黑", after_warnings=True)
        await self._desk.end_by_block(contact_id, ending, "两次提醒文明用语后拉黑", now)
        await self._note(contact_id, Kind.CONTACT_BLOCKED, f"{until_words}（{why}）", by, now)
        await self._audit.record(
            AuditAction.CONTACT_BLOCKED,
            f"contact:{contact_id}",
            by=by,
            now=now,
            summary=f"拉黑，{until_words}",
            reason=why,
        )
        return block

    async def lift(self, contact_id: ContactId, *, reason: str = "", by: Actor, now: datetime) -> None:
        """End a block before its date. Raises ForbiddenError, NotFoundError, FieldErrors; NotNowError without one."""
        by.must(BLOCK)
        why = reason.strip()
        if len(why) > LONGEST_REASON:
            raise FieldErrors({"reason": f"原因请写在 {LONGEST_REASON} 字以内。"})
        contact = await self._contact(contact_id)
        if not contact.blocked(now):
            raise NotNowError("这位患者现在没有被拉黑。")
        if not await self._marks.set_block(contact_id, None, instead_of=contact.block):
            raise StaleError("somebody blocked or lifted meanwhile", sentence=BLOCKED_ALREADY)
        await self._note(contact_id, Kind.CONTACT_UNBLOCKED, why or by.name, by, now)
        await self._audit.record(
            AuditAction.CONTACT_UNBLOCKED, f"contact:{contact_id}", by=by, now=now, summary="解除拉黑", reason=why
        )

    async def listed(self, *, by: Actor, now: datetime) -> list[Contact]:
        """Everybody who is blocked now, who was blocked first in front. Raises ForbiddenError."""
        by.must(BLOCK)
        return await self._marks.blocked(now, MOST_LISTED)

    def until_words(self, block: Block) -> str:
        """Until when, in words for staff."""
        if block.until is None:
            return UNTIL_LIFTED
        local = block.until.astimezone(self._clinics.current.timezone)
        return f"到 {local.year}年{local.month}月{local.day}日 {local:%H:%M}"

    async def _contact(self, contact_id: ContactId) -> Contact:
        found = (await self._patients.contacts([contact_id])).get(contact_id)
        if found is None or found.erased_at is not None:
            raise NotFoundError("no such contact")
        return found

    async def _note(self, contact_id: ContactId, kind: Kind, text: str, by: Actor, now: datetime) -> None:
        line = Interaction(
            id=f"{kind.value}:{contact_id}:{now.isoformat()}",
            at=now,
            kind=kind,
            contact_id=contact_id,
            by=by.by,
            text=text,
        )
        await self._history.append(line)


def _is_danger(episode: Episode) -> bool:
    """Whether a danger sign opened or joined it."""
    mark = f"{Cause.DANGER.value}:"
    return episode.cause is Cause.DANGER or any(key.startswith(mark) for key in episode.keys)
