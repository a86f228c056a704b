"""What the chat tells the desk: a person is needed, the patient wrote, a message left, nobody is needed any more."""

from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.actors import PATIENT, SYSTEM, Actor
from wxbot.conversations.episodes import changes
from wxbot.conversations.episodes.desk_parts import MOST_RACES, DeskBase
from wxbot.conversations.models import Cause, Ending, EndingKind, Episode, EpisodeId, Priority
from wxbot.conversations.present import must_not_be_blocked
from wxbot.conversations.states import REPLY, TRANSITIONS, EpisodeAction
from wxbot.errors import StaleError
from wxbot.history.models import ContactId
from wxbot.ids import new_id
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError, transition

REMEMBERED = timedelta(days=90)  # how long a patient comes back to who answered them last
NOT_NEEDED = "患者表示不用了"
ERASED = "患者信息已按规定删除"
MOST_OF_CONTACT = 1000  # episodes of one contact that an erasure looks through at once


class ChatSide(DeskBase):
    """The use cases that the chat asks for."""

    async def open(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        *,
        key: str,
        contact_id: ContactId,
        cause: Cause,
        reason: str,
        now: datetime,
        words: str = "",
        followup_id: str = "",
        priority: Priority = Priority.NORMAL,
        by: Actor = SYSTEM,
    ) -> Episode:
        """A person is needed: the contact's open episode, opened once per `key`.

        An open one is joined: its priority rises to this one's, its words are the latest. Marks the contact first, so
        that a push that comes meanwhile looks for the episode. A task in 待办 (`followup_id`) ends with the episode,
        but those of danger signs and complaints, which are settled on their own. Of the patient and the service;
        colleagues begin talks with `Desk.start`. Raises ForbiddenError for staff who may not reply, ContactBlockedError
        where the contact is blocked: only danger signs open a talk then.
        """
        if by.is_staff:
            by.must(REPLY)
        priority = min(priority, changes.class_of(words, cause, self._rules.high_intent))
        intent = changes.intent_of(words, self._rules.high_intent)
        for _ in range(MOST_RACES):
            known = await self._episodes.by_key(key)
            if known is not None:
                await self._note_opened(known)
                return known
            present = await self._episodes.open_of(contact_id)
            if present is not None:
                after = changes.joined(
                    present,
                    key=key,
                    cause=cause,
                    words=words,
                    priority=priority,
                    followup_id=followup_id,
                    now=now,
                    intent=intent,
                )
                kept = await self._episodes.replace(present, after)
                if kept is not None:
                    return kept
                continue
            if cause is not Cause.DANGER:
                await must_not_be_blocked(self._parts.contacts, contact_id, now)
            new = await self._new(contact_id, key=key, cause=cause, reason=reason, by=by, now=now)
            new = replace(
                new,
                state=transition(TRANSITIONS, None, EpisodeAction.OPEN, by=SYSTEM),
                priority=priority,
                intent=intent,
                effort=changes.effort_of(cause, priority),
                waiting_since=now,
                first_waited_at=now,
                patient_at=now if words else None,
                next_rung_at=self._rung_at(now),
                unread=1 if words else 0,
                preview=changes.shortened(words),
                preview_by=PATIENT.by if words else by.by,
                followup_id=followup_id,
                handoffs=(followup_id,) if followup_id and cause not in changes.TASKS_OF_THEIR_OWN else (),
            )
            await self._parts.contacts.mark_conversation(contact_id, new.id)
            if await self._episodes.insert(new):
                await self._note_opened(new)
                return new
        raise StaleError("the episode vanished while it was opened")

    async def _new(  # noqa: PLR0913 - one fact each
        self, contact_id: ContactId, *, key: str, cause: Cause, reason: str, by: Actor, now: datetime
    ) -> Episode:
        last = await self._episodes.latest_closed(contact_id, now - REMEMBERED)
        return Episode(
            id=EpisodeId(new_id(now)),
            key=key,
            keys=(key,),
            contact_id=contact_id,
            cause=cause,
            reason=reason,
            opened_at=now,
            opened_by=by.by,
            latest_at=now,
            preferred=last.owner if last is not None else None,
        )

    async def of_contact(self, contact_id: ContactId) -> Episode | None:
        """The open episode of a contact. Cheap in company: calls at once share a read."""
        return await self._episodes.open_of(contact_id)

    async def heard(  # noqa: PLR0913 - one fact each, all keyword-only
        self, contact_id: ContactId, *, line_id: str, words: str, polite: bool, question: bool, now: datetime
    ) -> Episode | None:
        """The patient wrote, sent or tapped something while an episode is open; the episode after it, None without one.

        Counts each line once. A `polite` closer (好的谢谢) opens no clock. Wakes a snoozed one by its rule.
        """
        rung_at = self._rung_at(now)
        for _ in range(MOST_RACES):
            before = await self._episodes.open_of(contact_id)
            if before is None:
                return None
            after = changes.heard(
                before,
                line_id=line_id,
                words=words,
                polite=polite,
                question=question,
                priority=changes.class_of(words, Cause.ASKED, self._rules.high_intent),
                rung_at=rung_at,
                now=now,
                intent=changes.intent_of(words, self._rules.high_intent),
            )
            kept = before if after is before else await self._episodes.replace(before, after)
            if kept is not None:
                return kept
        raise StaleError("the episode never stood still")

    async def answered(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        contact_id: ContactId,
        *,
        line_id: str,
        words: str,
        by: str,
        now: datetime,
        episode_id: EpisodeId | None = None,
    ) -> None:
        """The platform took a colleague's message: clocks stop, a first reply is noted. Counts each line once.

        `episode_id` is the one it was written in: a farewell of the last talk stops no clock of the next.
        """
        hold = changes.asks_to_hold(words, self._rules.hold_words)
        hold_ends_at = self._parts.times.current.after(now, self._rules.hold_limit) if hold else None
        for _ in range(MOST_RACES):
            before = await self._episodes.open_of(contact_id)
            if before is None or episode_id not in {None, before.id}:
                return
            after = changes.answered(
                before, line_id=line_id, words=words, by=by, hold=hold, hold_ends_at=hold_ends_at, now=now
            )
            if after is before or await self._episodes.replace(before, after) is not None:
                return
        raise StaleError("the episode never stood still")

    async def end_by_patient(self, contact_id: ContactId, *, line_ids: tuple[str, ...], now: datetime) -> bool:
        """The patient needs nobody any more (不用了): 客户结束."""
        ending = Ending(kind=EndingKind.CLIENT, by=PATIENT.by, at=now, evidence=line_ids)
        return await self._end(contact_id, ending, NOT_NEEDED, now) is not None

    async def end_by_block(self, contact_id: ContactId, ending: Ending, note: str, now: datetime) -> bool:
        """The contact was blocked: their open episode ends as `ending` says; False without one."""
        return await self._end(contact_id, ending, note, now) is not None

    async def _end(self, contact_id: ContactId, ending: Ending, note: str, now: datetime) -> Episode | None:
        """End the contact's open episode, whatever was written meanwhile; None without one."""
        present = await self._episodes.open_of(contact_id)
        if present is None:
            return None

        async def change(before: Episode) -> Episode:
            return changes.closed(before, ending, note=note, by=SYSTEM, now=now)

        try:
            _, after = await self._change(present.id, change)
        except (NotNowError, StaleError):
            return None  # a colleague closed it at this moment
        await self._finish(after, now)
        return after

    async def erase(self, contact_id: ContactId, now: datetime) -> int:
        """End and empty a contact's episodes: 系统结束; the owner is told by the state. The number touched."""
        ending = Ending(kind=EndingKind.SYSTEM, by=SYSTEM.by, at=now, reason=ERASED)
        await self._end(contact_id, ending, ERASED, now)
        touched = 0
        for each in await self._episodes.of_contact(contact_id, MOST_OF_CONTACT):

            async def change(before: Episode) -> Episode:
                after = changes.emptied(before)
                return before if after == before else after

            before, after = await self._change(each.id, change)
            touched += after is not before
        return touched

    async def owned_by(self, account_id: AccountId) -> list[Episode]:
        """What somebody owns, snoozed ones too: to be handed over before they sign off."""
        return await self._episodes.owned(account_id, 200)
