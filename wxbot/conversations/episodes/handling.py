"""What colleagues do with episodes at the desk: take, hand over, put off, close; each asks for the right itself."""

from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.conversations.episodes import changes
from wxbot.conversations.episodes.desk_parts import MOST_RACES, MOST_REASON, QUICKER, checked_reason
from wxbot.conversations.episodes.transfers import Transfers
from wxbot.conversations.models import (
    Cause,
    Ending,
    Episode,
    EpisodeId,
    EpisodeState,
    Snooze,
)
from wxbot.conversations.present import must_be_there, must_not_be_blocked
from wxbot.conversations.states import READ, REPLY, SUPERVISE, TRANSITIONS, EpisodeAction
from wxbot.errors import FieldErrors, StaleError
from wxbot.history.models import ContactId
from wxbot.ids import new_id
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError, transition

JUMP = "desk:conversation:jump"
FULL = "您手上的会话已经满了。先结束、转交或稍后处理一个，或者写明为什么仍要接。"
BUSY = "您手上的会话已经满了。先结束、转交或稍后处理一个，再主动联系患者。"
NOT_YOUR_TURN = "前面还有等得更久或更急的患者，或者已派给同事。要先接这一位，请写明原因。"
NOT_YOURS = "只能置顶自己在接待的会话。"
IN_TRAINING = "通过练习以后才能接待患者。请先在「练习」里完成考核，或请主管开通。"


class Handling(Transfers):
    """The use cases that the console asks for."""

    async def start(self, contact_id: ContactId, *, by: Actor, now: datetime) -> Episode:
        """A colleague begins a talk or takes it over from the bot. Joins what is open.

        Raises ForbiddenError, NotFoundError, StaleError when a colleague owns it, NotNowError while they are in
        training or have no capacity left for a talk that nobody asked for, ContactBlockedError while the contact is
        blocked.
        """
        by.must(REPLY)
        await self._trained(by)
        await must_be_there(self._parts.contacts, contact_id)
        for _ in range(MOST_RACES):
            present = await self._episodes.open_of(contact_id)
            if present is not None:
                return await self._join(present, by, now)
            await must_not_be_blocked(self._parts.contacts, contact_id, now)
            await self._has_room(by)
            new = await self._begun(contact_id, by, now)
            await self._parts.contacts.mark_conversation(contact_id, new.id)
            if await self._episodes.insert(new):
                await self._note_opened(new)
                await self._note_taken(new, by, now)
                return new
        raise StaleError("the episode vanished while it was opened", sentence=QUICKER)

    async def _has_room(self, by: Actor) -> None:
        """Who is busy invites nobody (A0-39)."""
        owner = AccountId(by.id)
        capacity = await self._capacity(owner)
        held = (await self._episodes.efforts()).get(owner, ())
        if sum(min(each, capacity) for each in held) >= capacity:
            raise NotNowError(BUSY)

    async def _begun(self, contact_id: ContactId, by: Actor, now: datetime) -> Episode:
        episode_id = EpisodeId(new_id(now))
        key = f"start/{episode_id}"
        return Episode(
            id=episode_id,
            key=key,
            keys=(key,),
            contact_id=contact_id,
            cause=Cause.STAFF,
            reason=f"{by.name}主动联系",
            opened_at=now,
            opened_by=by.by,
            state=transition(TRANSITIONS, None, EpisodeAction.START, by=by),
            owner=AccountId(by.id),
            owner_since=now,
            latest_at=now,
        )

    async def _join(self, present: Episode, by: Actor, now: datetime) -> Episode:
        if present.owner == by.id:
            return present if present.state is EpisodeState.ASSIGNED else await self.wake(present.id, by=by, now=now)
        if present.owner is not None:
            who = await self._name(present.owner)
            raise StaleError("a colleague owns it", sentence=f"{who}正在接待这位患者。")
        return await self.take(present.id, reason=f"{by.name}主动联系", by=by, now=now)

    async def get(self, episode_id: EpisodeId, *, by: Actor) -> Episode:
        """One episode. Raises ForbiddenError, NotFoundError."""
        by.must(READ)
        return await self._episode(episode_id)

    async def take(self, episode_id: EpisodeId, *, reason: str = "", by: Actor, now: datetime) -> Episode:
        """Make a waiting one one's own: what is offered to them, or the head of the queue; any other with a `reason`.

        The head needs capacity, too; with a reason somebody may go beyond theirs. Taking it again changes nothing.

        Raises ForbiddenError, NotFoundError, NotNowError, StaleError (a colleague was quicker), FieldErrors (a reason
        is needed).
        """
        by.must(REPLY)
        await self._trained(by)
        why = checked_reason(reason)
        owner = AccountId(by.id)
        for attempt in range(MOST_RACES):
            before = await self._episode(episode_id)
            if before.owner == owner and before.state is EpisodeState.ASSIGNED:
                return before
            try:
                after = changes.taken(before, EpisodeAction.TAKE, by=by, owner=owner, now=now)
            except NotNowError as error:
                if attempt:
                    raise StaleError("somebody was quicker", sentence=QUICKER) from error
                raise
            theirs = before.offer is not None and before.offer.to == owner
            jumps = not theirs and not await self._is_head(before, owner)
            if jumps:
                by.must(JUMP)
                if not why:
                    raise FieldErrors({"reason": NOT_YOUR_TURN})
            kept = await self._claimed(before, after, owner, free=theirs or bool(why))
            if kept is not None:
                await self._agents.answered_offer(owner)
                await self._note_taken(kept, by, now)
                if jumps:
                    await self._record(AuditAction.CONVERSATION_JUMPED, kept, by, now, "没有按顺序接待", reason=why)
                return kept
        raise StaleError("the episode never stood still", sentence=QUICKER)

    async def _claimed(self, before: Episode, after: Episode, owner: AccountId, *, free: bool) -> Episode | None:
        if free:
            return await self._episodes.replace(before, after)
        claim = await self._episodes.claim(before, after, owner, await self._capacity(owner))
        if claim.full:
            raise NotNowError(FULL)
        return claim.episode

    async def _is_head(self, episode: Episode, account_id: AccountId) -> bool:
        head = await self._episodes.head(but=account_id)
        return head is not None and head.id == episode.id

    async def _trained(self, by: Actor) -> None:
        agent = await self._agents.agent(AccountId(by.id))
        if agent is not None and agent.in_training:
            raise NotNowError(IN_TRAINING)

    async def take_over(self, episode_id: EpisodeId, *, reason: str, by: Actor, now: datetime) -> Episode:
        """A supervisor makes a colleague's episode their own; it is noted in the audit.

        Raises ForbiddenError, NotFoundError, NotNowError, StaleError, FieldErrors without a reason.
        """
        by.must(SUPERVISE)
        why = checked_reason(reason, needed=True)

        async def change(before: Episode) -> Episode:
            return changes.taken(before, EpisodeAction.TAKE_OVER, by=by, owner=AccountId(by.id), now=now)

        before, after = await self._change(episode_id, change)
        owner = await self._name(before.owner)
        await self._note_taken(after, by, now)
        await self._record(
            AuditAction.CONVERSATION_TAKEN_OVER,
            after,
            by,
            now,
            f"接管{owner}的会话",
            reason=why,
            owner=(owner, by.name),
        )
        return after

    async def snooze(self, episode_id: EpisodeId, snooze: Snooze, *, by: Actor, now: datetime) -> Episode:
        """稍后. Raises FieldErrors when `until` is not ahead, why empty or too long; ForbiddenError, NotNowError."""
        by.must(REPLY)
        problems = {}
        if snooze.until <= now:
            problems["until"] = "请选一个还没到的时间。"
        if not snooze.why.strip():
            problems["why"] = "请写明在等什么，例如：等片子。"
        elif len(snooze.why) > MOST_REASON:
            problems["why"] = f"请写在 {MOST_REASON} 字以内。"
        if problems:
            raise FieldErrors(problems)

        async def change(before: Episode) -> Episode:
            self._owned(before, by)
            return changes.snoozed(before, snooze, by=by)

        return (await self._change(episode_id, change))[1]

    async def wake(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> Episode:
        """Go on with it now. Raises ForbiddenError, NotFoundError, NotNowError."""
        by.must(REPLY)

        async def change(before: Episode) -> Episode:
            self._owned(before, by)
            since = before.waiting_since
            rung_at = None if since is None else max(now, self._rung_at(since) or now)
            return changes.woken(before, by=by, rung_at=rung_at)

        return (await self._change(episode_id, change))[1]

    async def seen(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> Episode:  # noqa: ARG002 - as all
        """Its owner has the thread before them: nothing is unread. Of a supervisor it changes nothing."""
        by.must(READ)

        async def change(before: Episode) -> Episode:
            return replace(before, unread=0) if before.owner == by.id and before.unread else before

        return (await self._change(episode_id, change))[1]

    async def pin(self, episode_id: EpisodeId, *, pinned: bool, by: Actor, now: datetime) -> Episode:  # noqa: ARG002 - as all
        """置顶: its owner keeps it on top of their own list, or no longer; nobody else's list changes.

        Raises ForbiddenError, NotFoundError, NotNowError for what is not theirs.
        """
        by.must(REPLY)
        account = AccountId(by.id)

        async def change(before: Episode) -> Episode:
            if before.owner != account or not before.is_open:
                raise NotNowError(NOT_YOURS)
            wanted = account if pinned else None
            return before if before.pinned_by == wanted else replace(before, pinned_by=wanted)

        return (await self._change(episode_id, change))[1]

    async def close(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        episode_id: EpisodeId,
        ending: Ending,
        *,
        note: str,
        revision: int,
        version: int | None = None,
        by: Actor,
        now: datetime,
    ) -> Episode:
        """End it. `ending` was decided by endings.py; the task in 待办 is closed with it, `note` is its outcome.

        With `version` only while nothing at all was written since: a clock must not end what was just answered.

        Raises ForbiddenError, NotFoundError, NotNowError, StaleError (the patient wrote meanwhile).
        """
        by.must(REPLY)

        async def change(before: Episode) -> Episode:
            after = changes.closed(before, ending, note=note.strip(), by=by, now=now)
            self._owned(before, by)
            if before.revision != revision or version not in {None, before.version}:
                raise StaleError("the episode changed since it was read")
            return after

        _, after = await self._change(episode_id, change)
        await self._finish(after, now, by=by)
        if by.is_staff:
            await self._record(
                AuditAction.CONVERSATION_CLOSED,
                after,
                by,
                now,
                f"结束会话（{ending.kind.label}）",
                reason=ending.reason,
            )
        return after

    async def unstick(self, episode_id: EpisodeId, *, reason: str, by: Actor, now: datetime) -> Episode:
        """A supervisor puts it back to the head of the queue, whatever its state; noted in the audit.

        Raises ForbiddenError, NotFoundError, NotNowError when it is closed, FieldErrors without a reason.
        """
        by.must(SUPERVISE)
        why = checked_reason(reason, needed=True)

        async def change(before: Episode) -> Episode:
            since = before.waiting_since or before.patient_at or before.opened_at
            rung_at = self._rung_at(now)
            after = changes.released(replace(before, waiting_since=since), by=by, past=None, rung_at=rung_at, now=now)
            return replace(after, rungs=(), next_rung_at=rung_at)

        before, after = await self._change(episode_id, change)
        owner = await self._name(before.owner)
        await self._note_moved(after, f"{by.name}放回待回复（{why}）", by.by, now)
        await self._record(
            AuditAction.CONVERSATION_UNSTUCK, after, by, now, "放回待回复", reason=why, owner=(owner, "")
        )
        return after
