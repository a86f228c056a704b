"""Tells colleagues that a promised answer is due soon, or overdue; opens the talk again where it was closed."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.escalation.ladder import PROMISE, PROMISE_LATE
from wxbot.conversations.escalation.ports import OpensEpisodes, WhoIsReached
from wxbot.conversations.escalation.promises import Promise, Promises
from wxbot.conversations.models import Cause, Episode
from wxbot.conversations.ports import StaffReach
from wxbot.conversations.states import SUPERVISE
from wxbot.conversations.store import EpisodeStore
from wxbot.errors import ContactBlockedError

MOST_QUOTED = 40  # characters of the promise in the reason of an episode


class PromiseAlarms:
    """Watches promises."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        promises: Promises,
        *,
        episodes: EpisodeStore,
        desk: OpensEpisodes,
        staff: WhoIsReached,
        reach: StaffReach,
        clinics: LiveClinic,
    ) -> None:
        self._promises = promises
        self._episodes = episodes
        self._desk = desk
        self._staff = staff
        self._reach = reach
        self._clinics = clinics

    async def follow_owners(self) -> int:
        """Whoever answers a contact now keeps what they were promised (A2-41); the number that changed hands."""
        promises = await self._promises.all_open()
        episodes = await self._episodes.of_contacts({each.contact_id for each in promises}) if promises else {}
        moved = 0
        for promise in promises:
            episode = episodes.get(promise.contact_id)
            if episode is not None and episode.owner is not None and episode.owner != promise.owner:
                await self._promises.moved(promise.contact_id, episode.owner)
                moved += 1
        return moved

    async def due(self, now: datetime, limit: int) -> Sequence[Promise]:
        """Promises of which somebody is to be told."""
        return await self._promises.to_look_at(now, limit)

    async def tell(self, promise: Promise, now: datetime) -> str:
        """Tell of one: "promise_soon", "promise_late" or "promise_broken", or nothing where another process did.

        The alarm stands on the open episode of the contact, or opens one, before it is written down that it was told;
        each of the steps is safe to repeat.
        """
        overdue = now >= promise.due_at
        broken = promise.look_at is not None and promise.look_at > promise.due_at
        if not broken:
            with suppress(ContactBlockedError):  # nothing rings for who is blocked
                episode = await self._with_alarm(promise, PROMISE_LATE if overdue else PROMISE, now)
                if overdue:
                    await self._tell_on_wechat(promise, episode, now)
        if await self._promises.looked_at(promise, now) is None:
            return ""
        return "promise_broken" if broken else "promise_late" if overdue else "promise_soon"

    async def _with_alarm(self, promise: Promise, rung: str, now: datetime) -> Episode:
        episode = await self._episodes.open_of(promise.contact_id)
        if episode is None:
            local = promise.due_at.astimezone(self._clinics.current.timezone)
            reason = f"答应患者 {local.month}月{local.day}日 {local:%H:%M} 前答复：{promise.words[:MOST_QUOTED]}"
            key = f"promise/{promise.id}/{rung}"
            episode = await self._desk.open(
                key=key, contact_id=promise.contact_id, cause=Cause.REQUEST, reason=reason, now=now
            )
        rungs = (*(each for each in episode.rungs if each != rung), rung)
        return await self._episodes.replace(episode, replace(episode, rungs=rungs)) or episode

    async def _tell_on_wechat(self, promise: Promise, episode: Episode, now: datetime) -> None:
        """Its owner, and supervisors: a promise is the clinic's."""
        told = set(await self._staff.reached_on_wechat(SUPERVISE))
        told |= {promise.owner} if promise.owner is not None else set()
        local = promise.due_at.astimezone(self._clinics.current.timezone)
        alarm = replace(episode, rungs=(*episode.rungs, f"{PROMISE_LATE}/{promise.id}"))
        words = f"答应患者 {local:%H:%M} 前答复，时间已过：{promise.words}"
        await self._reach.tell_of_waiting(alarm, told, words, now)
