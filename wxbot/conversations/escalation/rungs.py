"""The ladder: who is told that a patient waits, each rung once in every wait; and what the clock does besides."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from wxbot.actors import SYSTEM
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.escalation import ladder
from wxbot.conversations.escalation.ports import ClosesEpisodes, WhoIsReached
from wxbot.conversations.escalation.promise_alarms import PromiseAlarms
from wxbot.conversations.escalation.silent_patients import SilentPatients
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Episode
from wxbot.conversations.ports import StaffReach
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.states import REPLY, SUPERVISE
from wxbot.conversations.store import EpisodeStore
from wxbot.errors import DomainError
from wxbot.logs import get_logger
from wxbot.staff.models import AccountId

log = get_logger(__name__)

NOW_AND_THEN = timedelta(seconds=5)  # how often silent patients and owners of promises are looked at: no second counts
AT_ONCE = 500  # of each kind in one run; the next run goes on
LOOK_AGAIN = timedelta(
    minutes=1
)  # every wait is looked at so often, whatever its next rung says; by the clinic's clock

T = TypeVar("T")


class Escalation:
    """Fires rungs, nudges silent patients, closes what stays silent, wakes snoozed episodes, watches promises."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        episodes: EpisodeStore,
        desk: ClosesEpisodes,
        silent: SilentPatients,
        promises: PromiseAlarms,
        staff: WhoIsReached,
        reach: StaffReach,
        clinics: LiveClinic,
        rules: DeskRules,
    ) -> None:
        self._episodes = episodes
        self._desk = desk
        self._silent = silent
        self._promises = promises
        self._staff = staff
        self._reach = reach
        self._clinics = clinics
        self._rules = rules
        self._looked_at: datetime | None = None
        self._looked_around_at: datetime | None = None
        self._looked_for: Clinic | None = None

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Everything that is due; what was done, by name. Safe in several processes: each rung is claimed once.

        What goes wrong with one episode keeps no other waiting; it is tried again at the next run.
        """
        counts: Counter[str] = Counter()
        parts: list[Callable[[datetime, Counter[str]], Awaitable[None]]] = [self._rungs, self._snoozes, self._alarms]
        if self._is_time(now):
            parts += [self._silences, self._owners]
        failures: list[Exception] = []
        for part in parts:
            try:
                await part(now, counts)
            except Exception as error:  # noqa: BLE001 - the other parts still run; it is raised behind them
                failures.append(error)
        if failures:
            raise failures[0]
        return {name: number for name, number in counts.items() if number}

    def _is_time(self, now: datetime) -> bool:
        """Whether what may wait for some seconds is looked at in this run."""
        before = self._looked_around_at
        if before is not None and timedelta(0) <= now - before < NOW_AND_THEN:
            return False
        self._looked_around_at = now
        return True

    async def _rungs(self, now: datetime, counts: Counter[str]) -> None:
        await self._each("rung", await self._waiting(now), lambda each: self._climb(each, now), counts)

    async def _snoozes(self, now: datetime, counts: Counter[str]) -> None:
        due = await self._episodes.snoozed_until(now, AT_ONCE)
        await self._each("woken", due, lambda each: self._wake(each, now), counts)

    async def _alarms(self, now: datetime, counts: Counter[str]) -> None:
        due = await self._promises.due(now, AT_ONCE)
        await self._each("promise", due, lambda each: self._promises.tell(each, now), counts)

    async def _silences(self, now: datetime, counts: Counter[str]) -> None:
        due = await self._silent.due(now, AT_ONCE)
        await self._each("silent", due, lambda each: self._silent.ask(each, now), counts)

    async def _owners(self, now: datetime, counts: Counter[str]) -> None:  # noqa: ARG002 - as every part
        await self._promises.follow_owners()

    async def _each(
        self, what: str, things: Iterable[T], act: Callable[[T], Awaitable[str | int]], counts: Counter[str]
    ) -> None:
        for thing in things:
            try:
                done = await act(thing)
            except DomainError as error:  # somebody was quicker
                log.info("desk_clock_overtaken", what=what, id=getattr(thing, "id", ""), code=error.code)
                continue
            except Exception:
                log.exception("desk_clock_failed", what=what, id=getattr(thing, "id", ""))
                counts["failed"] += 1
                continue
            if isinstance(done, str):
                counts[done] += bool(done)
            else:
                counts[what] += done

    # -- the ladder ------------------------------------------------------------------------------------------

    async def _waiting(self, now: datetime) -> list[Episode]:
        """Where a rung may be due: by the index; from time to time, and when the clinic changed, every wait."""
        due = await self._episodes.rungs_due(now, AT_ONCE)
        clinic = self._clinics.current
        fresh = self._looked_for is clinic and self._looked_at is not None
        if fresh and self._looked_at is not None and timedelta(0) <= now - self._looked_at < LOOK_AGAIN:
            return due
        everything = [*await self._episodes.waiting(AT_ONCE), *await self._episodes.answering(now, AT_ONCE)]
        self._looked_at, self._looked_for = now, clinic
        known = {each.id for each in due}
        return [*due, *(each for each in everything if each.id not in known)]

    async def _climb(self, episode: Episode, now: datetime) -> int:
        """Fire what is due of one episode; the number of rungs.

        Colleagues are told before the rung is written down, under a key of this rung and wait: a process that dies
        between the two tells nobody twice and leaves nobody untold. The write holds for the version that was read.
        """
        time = BusinessTime(self._clinics.current, self._rules)
        due = ladder.due_rungs(episode, self._rules, time, now)
        fired: tuple[str, ...] = episode.rungs
        for rung in due.rungs:
            fired = (*fired, rung.name)
            if ladder.WECHAT in rung.tell:
                await self._tell(replace(episode, rungs=fired), time, now)
        if fired == episode.rungs and due.next_at == episode.next_rung_at:
            return 0
        kept = await self._episodes.replace(episode, replace(episode, rungs=fired, next_rung_at=due.next_at))
        return len(due.rungs) if kept is not None else 0

    async def _tell(self, episode: Episode, time: BusinessTime, now: datetime) -> None:
        since = episode.waiting_since or episode.hold_since or episode.opened_at
        minutes = max(1, round(time.elapsed(since, now).total_seconds() / 60))
        told = await self.whom(episode.owner)
        await self._reach.tell_of_waiting(
            episode, told, f"已等 {minutes} 分钟：{episode.preview or episode.reason}", now
        )

    async def whom(self, owner: AccountId | None) -> set[AccountId]:
        """Whose own WeChat is told: supervisors and the owner; everybody at the desk where none of them bound one."""
        reached = set(await self._staff.reached_on_wechat(SUPERVISE))
        everybody = set(await self._staff.reached_on_wechat(REPLY))
        if owner is not None and owner in everybody:
            reached.add(owner)
        return reached or everybody

    async def _wake(self, episode: Episode, now: datetime) -> int:
        await self._desk.wake(episode.id, by=SYSTEM, now=now)
        return 1
