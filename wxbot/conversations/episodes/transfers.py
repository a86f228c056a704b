"""Handing episodes from one to the next: offers that are refused or move on, transfers that come back."""

from dataclasses import replace
from datetime import datetime

from wxbot.actors import SYSTEM, Actor
from wxbot.audit.actions import AuditAction
from wxbot.conversations.episodes import changes
from wxbot.conversations.episodes.desk_parts import MOST_RACES, DeskBase, checked_reason
from wxbot.conversations.models import AgentStatus, Episode, EpisodeId, Handover, Offer
from wxbot.conversations.states import REPLY, SUPERVISE, EpisodeAction
from wxbot.errors import FieldErrors, StaleError
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

MOST_SUMMARY = 500  # characters of each line of a summary


class Transfers(DeskBase):
    """The use cases by which an episode goes to somebody else."""

    async def refuse(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> Episode:
        """Not now: the offer moves on; a transfer goes back to who gave it.

        Raises ForbiddenError, NotFoundError, NotNowError when it is not offered to them.
        """
        by.must(REPLY)

        async def change(before: Episode) -> Episode:
            if before.offer is None or before.offer.to != by.id:
                raise NotNowError("这个会话没有派给您，或者已经派给下一位同事。")
            return await self._moved_on(before, now)

        before, after = await self._change(episode_id, change)
        await self._agents.answered_offer(AccountId(by.id))
        if before.offer is not None and before.offer.handed_over_by is not None:
            await self._note_moved(after, f"{by.name}没有接，退回", by.by, now)
        return after

    async def _moved_on(self, before: Episode, now: datetime) -> Episode:
        """After an offer came to nothing: back to who handed it over while they are there, else to the next."""
        offer = before.offer
        if offer is None:
            return before
        after = changes.passed(before, offer.to, now)
        giver = offer.handed_over_by
        if giver is None:
            return after
        agent = await self._agents.agent(giver)
        if agent is None or agent.status is AgentStatus.AWAY:
            return replace(after, revision=after.revision + 1)
        return changes.taken(after, EpisodeAction.TAKE, by=SYSTEM, owner=giver, now=now)

    async def hand_over(
        self, episode_id: EpisodeId, handover: Handover, *, revision: int, by: Actor, now: datetime
    ) -> Episode:
        """Transfer to a colleague (an offer that comes back when it is missed) or back to the queue, with a summary.

        Raises ForbiddenError, NotFoundError, NotNowError (a colleague's), StaleError (the patient wrote meanwhile, or
        the colleague's place was taken), FieldErrors (`reason`, `to`).
        """
        by.must(REPLY)
        _must_be_brief(handover)
        await self._may_get(handover.to, by)
        for _ in range(MOST_RACES):
            before = await self._episode(episode_id)
            if before.revision != revision:
                raise StaleError("the episode changed since it was read")
            if before.owner is None and not by.may(SUPERVISE):
                raise NotNowError("先接待这个会话，才能转交。")
            self._owned(before, by)
            kept = await self._given(before, handover, by, now)
            if kept is not None:
                await self._note_given(kept, handover, by, now)
                return kept
        raise StaleError("the episode never stood still")

    async def _given(self, before: Episode, handover: Handover, by: Actor, now: datetime) -> Episode | None:
        """The episode on its way to somebody else, or in the queue; None when it changed meanwhile.

        Raises ForbiddenError, NotNowError, FieldErrors when the colleague has no room.
        """
        to = handover.to
        giver = before.owner or AccountId(by.id)
        rung_at = self._rung_at(before.waiting_since or now)
        after = changes.released(before, by=by, past=None if to else giver, rung_at=rung_at, now=now)
        after = changes.handed_over(after, replace(handover, at=now, by=AccountId(by.id)))
        if to is None:
            return await self._episodes.replace(before, after)
        offer = Offer(to=to, made_at=now, until=now + self._rules.offer_for, handed_over_by=before.owner)
        after = changes.offered(after, offer)
        claim = await self._episodes.claim(before, after, to, await self._room_of(to, by))
        if claim.full:
            raise FieldErrors({"to": f"{await self._name(to)}手上的会话已经满了，请转给别人或放回待回复。"})
        return claim.episode

    async def _may_get(self, to: AccountId | None, by: Actor) -> None:
        """Refuse a transfer that cannot arrive. Raises FieldErrors."""
        if to is None:
            return
        if to == by.id:
            raise FieldErrors({"to": "不能转给自己，请选一位同事。"})
        agent = await self._agents.agent(to)
        if agent is None or agent.status is AgentStatus.AWAY or agent.in_training:
            raise FieldErrors({"to": f"{await self._name(to)}现在不能接待，请选别的同事或放回待回复。"})

    async def _room_of(self, to: AccountId, by: Actor) -> int:
        """How much a colleague may be given by that person; a supervisor decides for themselves."""
        return 1_000_000 if by.may(SUPERVISE) else await self._capacity(to)

    async def _note_given(self, episode: Episode, handover: Handover, by: Actor, now: datetime) -> None:
        whom = await self._name(handover.to) if handover.to else "待回复"
        await self._note_moved(episode, f"{by.name} → {whom}（{handover.reason.strip()}）", by.by, now)
        await self._record(
            AuditAction.CONVERSATION_HANDED_OVER, episode, by, now, f"转给{whom}", reason=handover.reason.strip()
        )

    async def _capacity(self, account_id: AccountId) -> int:
        agent = await self._agents.agent(account_id)
        return self._rules.capacity if agent is None else agent.capacity


def _must_be_brief(handover: Handover) -> None:
    """Raises FieldErrors: no reason, or more than somebody reads before they answer."""
    checked_reason(handover.reason, needed=True)
    for name, text in (
        ("asked", handover.asked),
        ("promised", handover.promised),
        ("still_open", handover.still_open),
    ):
        if len(text) > MOST_SUMMARY:
            raise FieldErrors({name: f"交接的每一项最多 {MOST_SUMMARY} 字，请写短一些。"})
