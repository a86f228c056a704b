"""A stretch of a day at the chat desk: four service processes that are killed at random, patients, and colleagues.

Meanwhile the episodes are watched as they are written, in the order of the writes: nobody has two open ones, nobody
holds more than they can, nobody overtakes within a class, every open one is in a list. At the end nothing was unseen.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from time import monotonic
from typing import Any

import pytest

from tests.desks import ALWAYS, Stage, set_stage
from tests.ports import free_port
from tests.processes.harness import CallbackProxy, Service, World, until
from wxbot.actors import Actor
from wxbot.clock import SystemClock
from wxbot.conversations.models import Ending, EndingKind, Episode, EpisodeState
from wxbot.conversations.rules import DeskRules
from wxbot.database import Mapper
from wxbot.errors import DomainError
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role, permissions_of

pytestmark = pytest.mark.processes

PROCESSES, KILLS = 4, 6
PATIENTS, LINES = 40, 3
COLLEAGUES, CAPACITY = 4, 2  # fewer places than patients, so that a queue forms
MISSES = 0.1  # of the offers nobody looks at
A_RUN = timedelta(seconds=8)  # what came back to the queue so lately may not have been seen by the run that offered
SEED = 7


class MovedSystemClock(SystemClock):
    """The clinic's clock as the processes have it; `move` is the protocol's, nobody moves it."""


@dataclass
class Watch:
    """Every write on an episode, in order, and what was wrong after it."""

    episodes: dict[str, Episode] = field(default_factory=dict)
    queued_at: dict[str, float] = field(default_factory=dict)  # since when it waits without an offer, by monotonic()
    wrong: list[str] = field(default_factory=list)
    offers: int = 0
    longest: int = 0  # how many waited at once

    def write(self, episode: Episode) -> None:
        before = self.episodes.get(episode.id)
        self.episodes[episode.id] = episode
        waits = episode.state is EpisodeState.WAITING and episode.offer is None
        if waits:
            self.queued_at.setdefault(episode.id, monotonic())
            self.longest = max(self.longest, len(self.queued_at))
        else:
            self.queued_at.pop(episode.id, None)
        if episode.offer is not None and (before is None or before.offer != episode.offer):
            self.offers += 1
            self._fair(episode)
        self._in_a_list(episode)
        self._alone(episode)
        self._within_capacity()

    def _fair(self, episode: Episode) -> None:
        assert episode.offer is not None
        for each in self.episodes.values():
            older = each.priority <= episode.priority and (each.waiting_since or each.latest_at) < (
                episode.waiting_since or episode.latest_at
            )
            long = monotonic() - self.queued_at.get(each.id, monotonic()) > A_RUN.total_seconds()
            could = episode.offer.to not in each.passed_over and (
                each.passed_at is None or episode.offer.made_at - each.passed_at >= A_RUN
            )
            if older and long and could:
                self.wrong.append(f"{episode.id} overtakes {each.id}")

    def _in_a_list(self, episode: Episode) -> None:
        waiting = episode.state is EpisodeState.WAITING and episode.owner is None and episode.waiting_since is not None
        owned = episode.with_a_person and episode.owner is not None
        if episode.is_open and not waiting and not owned:
            self.wrong.append(f"{episode.id} is in no list")

    def _alone(self, episode: Episode) -> None:
        if [
            each.id for each in self.episodes.values() if each.is_open and each.contact_id == episode.contact_id
        ] not in (
            [],
            [episode.id],
        ):
            self.wrong.append(f"{episode.contact_id} has two open episodes")

    def _within_capacity(self) -> None:
        held = Counter(who for each in self.episodes.values() for who in each.holders for _ in range(each.effort))
        self.wrong += [f"{who} holds {units}" for who, units in held.items() if units > CAPACITY]


@dataclass
class Day:
    """What goes on."""

    world: World
    stage: Stage
    services: list[Service]
    ports: list[int]
    dice: random.Random
    finished: set[ContactId] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def over(self) -> bool:
        return len(self.finished) == PATIENTS

    async def patient(self, number: int) -> None:
        """Asks for a person, then writes some lines; each until a process took it."""
        openid = await until(lambda: self._follows(number), "a patient follows")
        row = await self.world.database.collection("contacts").find_one({"openid": openid})
        assert row is not None
        for words in ("人工", *(f"我的牙套松了{line}" for line in range(LINES))):
            await until(lambda said=words: self._says(openid, said), "a patient is heard")  # type: ignore[misc]
            await asyncio.sleep(self.dice.uniform(0.1, 1.0))
        self.finished.add(ContactId(row["_id"]))

    async def _follows(self, number: int) -> str:
        openid = self.world.platform.create_person(f"患者{number}").openid
        return openid if (await self.world.platform.follow(openid)).ok else ""

    async def _says(self, openid: str, words: str) -> bool:
        return bool((await self.world.platform.say(openid, words)).ok)

    async def colleague(self, who: Actor) -> None:
        """Takes what is offered, but for some; answers who waits; ends what is done."""
        stage, looked_away = self.stage, set()
        await stage.available(who)
        while not self.over or await stage.desk.owned_by(AccountId(who.id)) or await stage.episodes.waiting(1):
            await stage.presence.beat(device="pc", looking_at=None, writes=False, by=who)
            agent = await stage.presence.agent(AccountId(who.id))
            if agent.missed_offers >= stage.rules.pause_after_missed:
                await stage.available(who)  # sees that they were paused
            for each in await stage.episodes.offered(100):
                if each.offer is None or each.offer.to != who.id or (each.id, each.offer.made_at) in looked_away:
                    continue
                if self.dice.random() < MISSES:
                    looked_away.add((each.id, each.offer.made_at))
                    continue
                with suppress(DomainError):
                    await stage.desk.take(each.id, by=who, now=stage.now)
            for each in await stage.desk.owned_by(AccountId(who.id)):
                with suppress(DomainError):
                    await self._attend(each, who)
            await asyncio.sleep(0.15)

    async def _attend(self, episode: Episode, who: Actor) -> None:
        now = self.stage.now
        if episode.waiting_since is not None:
            line = f"answer:{next(self.numbers)}"
            await self.stage.desk.answered(episode.contact_id, line_id=line, words="请讲", by=who.by, now=now)
        elif episode.contact_id in self.finished:
            ending = Ending(kind=EndingKind.GREETING, by=who.by, at=now)
            await self.stage.desk.close(episode.id, ending, note="好", revision=episode.revision, by=who, now=now)

    async def trouble(self) -> None:
        """One process after the other is killed in the middle of whatever it does, and started again."""
        for _ in range(KILLS):
            await asyncio.sleep(self.dice.uniform(0.5, 2.0))
            place = self.dice.randrange(PROCESSES)
            self.services[place].kill()
            self.services[place] = await self.world.start(
                port=self.ports[place], often="sweep_inbox", LOG_LEVEL="WARNING", lease_seconds=2
            ).ready()


async def _watch(world: World, watch: Watch, ready: asyncio.Event) -> None:
    mapper = Mapper(Episode)
    rows = world.database.collection("episodes")
    async with rows.watch(full_document="updateLookup") as changes:
        ready.set()
        async for change in changes:
            document: dict[str, Any] | None = change.get("fullDocument")
            if change["operationType"] in {"insert", "replace"} and document is not None:
                watch.write(mapper.thing(document))


async def test_a_stretch_of_a_day_with_kills_leaves_nobody_behind(world: World) -> None:
    rules = DeskRules(hours=ALWAYS, capacity=CAPACITY)
    stage = await set_stage(world.database, MovedSystemClock(world.shift), rules)
    ports = [free_port() for _ in range(PROCESSES)]
    services = [world.start(port=port, often="sweep_inbox", LOG_LEVEL="WARNING", lease_seconds=2) for port in ports]
    await asyncio.gather(*(service.ready() for service in services))
    day = Day(world, stage, services, ports, random.Random(SEED))
    watch, ready = Watch(), asyncio.Event()
    watching = asyncio.create_task(_watch(world, watch, ready))
    await ready.wait()
    turn = count()
    people = [
        Actor(id=f"desk{number}", name=f"客服{number}", permissions=permissions_of(Role.RECEPTION))
        for number in range(COLLEAGUES)
    ]
    proxy = CallbackProxy(lambda _: [services[next(turn) % PROCESSES].url])
    async with proxy.open() as address:
        world.platform.account.callback_url = address
        await asyncio.gather(
            day.trouble(),
            *(day.patient(number) for number in range(PATIENTS)),
            *(day.colleague(who) for who in people),
        )
        await until(lambda: _finished(stage), "every close is finished")
    watching.cancel()
    assert watch.wrong == []
    assert watch.offers >= PATIENTS
    assert watch.longest > COLLEAGUES * CAPACITY / 2
    await _nothing_unseen(world)


async def _finished(stage: Stage) -> bool:
    open_ones = await stage.episodes.waiting(1)
    return not open_ones and not await stage.episodes.half_closed(stage.now, 1)


async def _nothing_unseen(world: World) -> None:
    """What patients wrote while an episode was open is counted in it; every close is told once."""
    spans: dict[str, list[tuple[datetime, datetime, dict[str, Any]]]] = defaultdict(list)
    for row in await world.rows("episodes"):
        assert row["state"] == "closed"
        spans[row["contact_id"]].append((row["opened_at"], row["closed_at"], row))
    assert len(spans) == PATIENTS
    unseen = []
    for line in await world.rows("interactions", {"kind": "message:received"}):
        for opened, closed, row in spans[line["contact_id"]]:
            known = line["_id"] in row["counted"] or any(line["_id"] in key for key in row["keys"])
            if opened < line["at"] < closed and not known:
                unseen.append(line["_id"])
    assert unseen == []
    told = Counter(line["ref"] for line in await world.rows("interactions", {"kind": "conversation:closed"}))
    assert set(told.values()) == {1}
