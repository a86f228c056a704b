"""The day: processes that are killed, a clock that is moved, patients who write, colleagues at their consoles."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from time import monotonic
from zoneinfo import ZoneInfo

from tests.desk_day.consoles import PASSWORD, Colleague, Console, Seen
from tests.desk_day.moved_clock import MovedClock
from tests.desk_day.watch import Watch
from tests.ports import free_port
from tests.processes.harness import ROOT, CallbackProxy, Service, World, until
from wxbot.actors import COMMAND_LINE
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import OPEN
from wxbot.demo.settings import DemoSettings
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.key_file import KeyFile
from wxbot.installation import read_installation
from wxbot.simulator.pushes import PushResult
from wxbot.staff.models import Account
from wxbot.staff.permissions import Role
from wxbot.staff.service import Staff
from wxbot.staff.store import StaffStore
from wxbot.staff.wechat_binding import mark_of

LEAPS = (20, 25, 40, 70, 130, 320, 320, 900)  # seconds that the clock is moved by
LONG_LEAPS = (1800, 1800)  # of a day that goes on till the evening
REST_SECONDS = (1.5, 4.0)  # of peace between two troubles
LAST_COMES = 0.9  # of the troubles are over when the last patient comes
START_LIMIT = 900.0  # seconds of a start: two alone, minutes where thirty others want the machine
REST_LIMIT = 90.0  # seconds from the last trouble and the last line to rest
FAREWELL = "没有别的问题了，谢谢，再见"
OPEN_STATES = [each.value for each in OPEN]


@dataclass(frozen=True)
class Size:
    """How much goes on."""

    patients: int
    colleagues: int
    processes: int
    kills: int
    leaps: int
    lines: int  # of a patient, beside 人工 and the farewell
    pause: float  # seconds between two lines of a patient, on average
    long: bool = False  # whether the clock makes long leaps, too

    @property
    def leap_seconds(self) -> tuple[int, ...]:
        """How far the clock may leap."""
        return (*LEAPS, *LONG_LEAPS) if self.long else LEAPS


SMALL = Size(patients=12, colleagues=3, processes=2, kills=2, leaps=5, lines=2, pause=0.5)
MIDDLE = Size(patients=60, colleagues=8, processes=4, kills=8, leaps=24, lines=4, pause=4.0, long=True)
FULL = Size(patients=200, colleagues=20, processes=4, kills=12, leaps=56, lines=4, pause=8.0, long=True)


@dataclass
class Day:
    """What goes on, and what was noted of it."""

    world: World
    size: Size
    dice: random.Random
    clock: MovedClock
    watch: Watch
    seen: Seen = field(default_factory=Seen)
    services: list[Service] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    colleagues: list[Colleague] = field(default_factory=list)
    openids: dict[str, str] = field(default_factory=dict)  # contact → openid
    finished: set[str] = field(default_factory=set)  # contacts that have written everything
    pushes: list[PushResult] = field(default_factory=list)
    kills: int = 0
    passed: float = 0.0  # how much of the troubles is over, 0 to 1
    looks: int = 0  # at the lists
    wrong: list[str] = field(default_factory=list)
    supervisor: Console | None = None
    phone: str = ""  # the supervisor's own openid
    say: Callable[[str], None] = lambda _: None  # told of the progress now and then

    # -- processes and time ------------------------------------------------------------------------------------

    def start(self, port: int) -> Service:
        """A process of the service."""
        return self.world.start(
            port=port,
            often="sweep_inbox,recover_outbox",
            lease_seconds=4,
            clock_file=self.world.folder / "clock",
            LOG_LEVEL="WARNING",
        )

    async def trouble(self) -> None:
        """Kills and leaps of the clock, in any order; the kinds are spread over each other."""
        deck = ["kill"] * self.size.kills + ["leap"] * self.size.leaps
        self.dice.shuffle(deck)
        for number, what in enumerate(deck):
            await asyncio.sleep(self.dice.uniform(*REST_SECONDS))
            self.passed = number / len(deck)
            if what == "leap":
                self.clock.move(timedelta(seconds=self.dice.choice(self.size.leap_seconds)))
                continue
            place = self.dice.randrange(self.size.processes)
            self.services[place].kill()
            self.kills += 1
            self.services[place] = await self.start(self.ports[place]).ready(START_LIMIT)
        self.passed = 1.0

    # -- patients ----------------------------------------------------------------------------------------------

    async def patient(self, number: int) -> None:
        """Asks for a person some time of the day, then writes some lines; each until a process took it.

        The time is told by how many of the troubles are over: on a slow machine, where a process takes long to start
        again, patients must not be through before the half of them.
        """
        comes, later = self.dice.uniform(0.0, LAST_COMES), self.dice.uniform(0.0, sum(REST_SECONDS) / 2)
        while self.passed < comes:
            await asyncio.sleep(0.2)
        await asyncio.sleep(later)  # not all who come between the same two troubles at once
        openid = self.world.platform.create_person(f"患者{number}").openid
        push = await self.world.platform.follow(openid)
        while not push.ok:
            await asyncio.sleep(0.5)
            push = await self.world.platform.redeliver(push)
        row = await self.world.database.collection("contacts").find_one({"openid": openid})
        assert row is not None
        contact = str(row["_id"])
        self.openids[contact] = openid
        for words in ("人工", *(f"我的牙套松了{line}" for line in range(self.size.lines)), FAREWELL):
            while True:
                push = await self.world.platform.say(openid, words)
                self.pushes.append(push)
                if push.ok:
                    break
                await asyncio.sleep(0.5)
            await asyncio.sleep(self.dice.uniform(0.2, 1.8) * self.size.pause)
        self.finished.add(contact)

    # -- looking on --------------------------------------------------------------------------------------------

    async def look_on(self) -> None:
        """Until cancelled: due rungs, and whether every open chat stands in a list of the console."""
        assert self.supervisor is not None
        while True:
            for _ in range(4):
                self.watch.look_at_rungs()
                await asyncio.sleep(0.25)
            await self._look_at_lists(self.supervisor)

    async def _look_at_lists(self, console: Console) -> None:
        before = await self._open_ones()
        waiting, everything, later = [await console.rows(each) for each in ("waiting", "all", "later")]
        after = await self._open_ones()
        self.looks += 1
        if self.looks % 10 == 0:
            states = Counter(state for state, _, _ in after.values())
            finished = f"{len(self.finished)} of {self.size.patients} patients are done"
            self.say(f"{self.clock.moved} {finished}; open: {dict(states)}; {dict(self.seen.did)}")
        for contact, state in before.items():
            if after.get(contact) != state:
                continue  # it moved meanwhile
            if contact not in everything:
                self.wrong.append(f"{contact} is open and not in 全部")
            if state[0] == "waiting" and state[1] is None and contact not in waiting:
                self.wrong.append(f"{contact} waits and is not in 待回复")
            if state[0] == "snoozed" and contact not in later:
                self.wrong.append(f"{contact} is snoozed and not in 稍后")

    async def _open_ones(self) -> dict[str, tuple[str, str | None, int]]:
        rows = self.world.database.collection("episodes").find(
            {"state": {"$in": OPEN_STATES}}, {"contact_id": 1, "state": 1, "owner": 1, "version": 1}
        )
        return {row["contact_id"]: (row["state"], row["owner"], row["version"]) async for row in rows}

    # -- the end -----------------------------------------------------------------------------------------------

    async def over(self) -> bool:
        """Whether nothing is open, on its way or half done."""
        if len(self.finished) < self.size.patients or await self._open_ones():
            return False
        half = await self.world.database.collection("episodes").count_documents({"half_closed": True})
        return not half and not await self.world.unfinished() and not await self._under_way()

    async def _under_way(self) -> int:
        now = self.clock.now()
        query = {"state": {"$in": ["waiting", "claimed"]}, "due_at": {"$lte": now + timedelta(minutes=1)}}
        return await self.world.database.collection("outbox").count_documents(query)

    async def mine(self) -> list[str]:
        """What each open chat's owner has in 我的; asked when nobody changes anything."""
        return [contact for each in self.colleagues for contact in await each.rows("mine")]


async def employ(world: World, size: Size) -> tuple[Staff, list[Account]]:
    """Colleagues of the front desk, and a manager at the end."""
    keys = DataKeys(KeyFile(world.folder), approved=True)  # those of the processes
    audit = AuditTrail(AuditStore(world.database), timezone=ZoneInfo("Asia/Shanghai"), keys=keys)
    staff, now = Staff(StaffStore(world.database, keys), audit=audit, clinic_name=lambda: ""), world.platform.now()
    logins = [f"kefu{number}" for number in range(size.colleagues)]
    made = [
        await staff.create(
            by=COMMAND_LINE,
            login=login,
            name=f"客服{login}",
            role=Role.MANAGER if login == "boss" else Role.RECEPTION,
            now=now,
            password=PASSWORD,
        )
        for login in (*logins, "boss")
    ]
    return staff, [each.account for each in made]


async def live(world: World, size: Size, seed: int, say: Callable[[str], None] = lambda _: None) -> Day:
    """A whole day; everything has come to rest, or an AssertionError says what did not."""
    installation = read_installation(DemoSettings.model_construct(config_dir=ROOT / "config"))
    clock = MovedClock(world.shift, world.folder / "clock", world.platform)
    time = BusinessTime(installation.clinic, installation.desk)
    watch = Watch(installation.desk, time, clock.now)
    day = Day(world, size, random.Random(seed), clock, watch, say=say)
    day.ports = [free_port() for _ in range(size.processes)]
    day.services = [day.start(port) for port in day.ports]
    await asyncio.gather(*(service.ready(START_LIMIT) for service in day.services))
    staff, accounts = await employ(world, size)

    def urls() -> list[str]:
        return [each.url for each in day.services]

    day.supervisor = Console("boss", urls, random.Random(seed), day.seen)
    day.colleagues = [
        Colleague(f"kefu{number}", urls, random.Random(seed + number), day.seen, day.finished.__contains__)
        for number in range(size.colleagues)
    ]
    for each, account in zip(day.colleagues, accounts[:-1], strict=True):
        each.account_id = account.id
        each.supervisor = day.supervisor
        each.colleagues = [account.id for account in accounts[:-1]]
    turn = count()
    proxy = CallbackProxy(lambda _: [day.services[next(turn) % size.processes].url])
    async with proxy.open() as address:
        world.platform.account.callback_url = address
        await day.supervisor.sign_in()
        day.phone = await _bound(world, staff, accounts[-1])
        async with asyncio.TaskGroup() as background:
            following = [background.create_task(watch.follow(world.database))]
            await watch.ready.wait()
            following.append(background.create_task(day.look_on()))
            following += [background.create_task(each.work()) for each in day.colleagues]
            await asyncio.gather(day.trouble(), *(day.patient(number) for number in range(size.patients)))
            await _rested(day)
            for task in following:
                task.cancel()
    return day


async def _bound(world: World, staff: Staff, account: Account) -> str:
    """The manager's own WeChat; the openid."""
    now, actor = world.platform.now(), account.actor
    openid = await world.follower("主管")
    scene = await staff.wechat.start(by=actor, now=now)
    await world.platform.scan(openid, scene)
    await staff.wechat.confirm(mark_of(openid), by=actor, now=now)
    assert (await world.say(openid, "你好")).ok
    return openid


async def _rested(day: Day) -> None:
    """Wait for rest; the clock goes on, since what a colleague missed comes back only by the clock."""
    leapt = monotonic()

    async def rests() -> bool:
        nonlocal leapt
        if monotonic() - leapt > max(REST_SECONDS) * 2:
            day.clock.move(timedelta(seconds=max(LEAPS[:5])))
            leapt = monotonic()
        return await day.over()

    try:
        await until(rests, "every chat is closed", REST_LIMIT, 0.25)
    except AssertionError as error:
        rows = await day.world.rows("episodes", {"state": {"$in": OPEN_STATES}})
        left = [(row["_id"], row["state"], row["owner"], row["waiting_since"]) for row in rows]
        unsent = [
            (row["key"], row["state"], row["reason"])
            for row in await day.world.rows("outbox", {"state": {"$in": ["waiting", "claimed"]}})
        ]
        did, refused = day.seen.did, day.seen.refused
        raise AssertionError(f"{error}\n{left}\n{unsent}\n{did}\n{refused}\n{day.services[0].tail()}") from None


async def close(day: Day) -> None:
    """Close the consoles."""
    for each in (*day.colleagues, *([day.supervisor] if day.supervisor else [])):
        with suppress(Exception):
            await each.close()


def outcomes(day: Day) -> Counter[str]:
    """Pushes by how they ended."""
    return Counter("acknowledged" if push.ok else "not acknowledged" for push in day.pushes)
