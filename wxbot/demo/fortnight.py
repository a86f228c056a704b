"""The fortnight that the demo's clinic has behind it, played through the real use cases with the clock moved.

Patients write on the simulated WeChat, which posts to the callback; handlers answer; care plans fall due and leave
through the outbox; colleagues work with the console's use cases. Nothing is written past them.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from wxbot.actors import SYSTEM, Actor
from wxbot.app import App
from wxbot.demo.agenda import DAYS, FORENOON, LATER, MOMENTS, MORNING, Action, Planner
from wxbot.demo.colleagues import Colleagues
from wxbot.demo.desk_work import DeskWork
from wxbot.demo.people import invented
from wxbot.demo.phones import PatientPhone
from wxbot.installation import read_installation
from wxbot.logs import get_logger
from wxbot.simulator.platform import Platform
from wxbot.staff.permissions import Role

log = get_logger(__name__)

SEED = 20_260_101  # the same people, visits and words every time
JOBS = (
    "complete_visits",
    "enqueue_care",
    "run_broadcasts",
    "deliver_outbox",
    "fetch_media",
)  # in the order in which they feed each other
DAILY_JOBS = ("erase_unfollowed",)
JUST_NOW = timedelta(minutes=5)  # moments as near to the end are left to the visitor
OPEN_FOR = timedelta(hours=38)  # follow-ups younger than this at the end stand open
WORKED_OFF = (FORENOON, LATER)  # the moments at which colleagues close what is older
UNANSWERED_FROM = (1, -LATER)  # from yesterday's late afternoon on nobody is at the desk: those who ask wait there
HANDLED_AFTER = timedelta(hours=2)  # at the earliest
UNREAD_FOR = timedelta(hours=3)  # what arrived as late as this before the end is still unread
LATEST_START = 20 * 60  # seconds by which a day may begin later than its first moment; no two days begin alike
RECEIPT_DELAY = 0.01  # seconds
TROUBLE: Mapping[tuple[int, int], Sequence[Mapping[str, Any]]] = {  # days ago and moment → what the platform does
    (3, FORENOON): ({"path": "/cgi-bin/message/custom/send", "drop": "after"},),
    (2, FORENOON): ({"path": "TEMPLATESENDJOBFINISH", "code": 1, "times": 2},),
    (1, FORENOON): ({"path": "/cgi-bin/message/custom/send", "drop": "after"},),
}
BEGINS = timedelta(minutes=20)  # before the first moment


def beginning(now: datetime, zone: ZoneInfo) -> datetime:
    """When the fortnight before `now` begins: a moment before the first one of its first day."""
    day = now.astimezone(zone).date() - timedelta(days=DAYS)
    return datetime.combine(day, MOMENTS[0], zone) - BEGINS


class Fortnight:
    """Plays it. Both clocks stand at its beginning before, and are moved by `present` afterwards."""

    def __init__(self, app: App, platform: Platform, present: timedelta) -> None:
        self._app = app
        self._platform = platform
        self.present = present
        self._zone = app.services.clinic.timezone
        self._phones: dict[str, PatientPhone] = {}
        self.refused: Sequence[str] = ()
        self._colleagues: Colleagues | None = None  # once they are at work
        self.over = False  # played, or given up: both clocks stand at the present

    async def play(self) -> None:
        """Play up to the present. Also when it is interrupted or fails, both clocks stand there afterwards."""
        delay, self._platform.receipt_delay = self._platform.receipt_delay, RECEIPT_DELAY
        try:
            await self._play(self._app.clock.machine_now() + self.present)
        finally:
            self._platform.faults.clear()
            self._platform.receipt_delay = delay
            self._app.clock.shift = self._platform.clock.shift = self.present
            self.over = True
        if self._colleagues is not None:
            await self._colleagues.receive()
        await self._run(JOBS)

    async def _play(self, end: datetime) -> None:
        today = end.astimezone(self._zone).date()
        chance = random.Random(SEED)  # noqa: S311 - nothing secret is drawn
        people = invented(today, chance)
        everybody = (*people.known, *people.registered, *people.newcomers, *people.unrecorded)
        self._platform.create_person("小林")  # the phone that a visitor takes first
        phones = {
            person.number: PatientPhone(self._platform, person, random.Random(person.number))  # noqa: S311
            for person in everybody
            if person.wechat
        }
        self._phones = {phone.openid: phone for phone in phones.values()}
        actors = await self._actors()
        colleagues = Colleagues(self._app.services, self._app.clock, actors, random.Random(SEED))  # noqa: S311
        endings = read_installation(self._app.settings).endings
        desk = DeskWork(self._app.services, self._app.clock, actors, endings, self._pass_time, self._reply)
        self.refused = colleagues.refused
        self._colleagues = colleagues
        agenda = Planner(self._app.services.clinic, people, phones, colleagues, today=today, chance=chance).plan()
        for ago in range(DAYS, -1, -1):
            day = today - timedelta(days=ago)
            late = timedelta(seconds=random.Random(ago).randrange(LATEST_START))  # noqa: S311
            for place, moment in enumerate(MOMENTS):
                at = datetime.combine(day, moment, self._zone) + late
                if at > end - JUST_NOW:
                    return
                self._go_to(at)
                answers = self._answers() if at < end - UNREAD_FOR else {}
                acting = agenda.patients[day, place]
                chats = [[*answers.pop(openid, ()), *actions] for openid, actions in acting.items()]
                work: list[Action] = [*agenda.staff[day, place]]
                if ago == 0:
                    work.append(colleagues.receive)
                if place in WORKED_OFF:
                    before = min(at - HANDLED_AFTER, end - OPEN_FOR)
                    work.append(partial(colleagues.work_off, before))
                await asyncio.gather(
                    *(_in_order(actions) for actions in (*chats, *answers.values())),
                    _in_order(partial(colleagues.attempt, action) for action in work),
                )
                await self._platform.settled()
                for fault in TROUBLE.get((ago, place), ()):
                    self._platform.faults.add(**fault)
                await self._run((*DAILY_JOBS, *JOBS) if place == MORNING else JOBS)
                if (ago, -place) > UNANSWERED_FROM:
                    await desk.answer_everybody()

    def _answers(self) -> dict[str, list[Action]]:
        """What people write to messages that have arrived, by openid; what they have seen they have read."""
        found: dict[str, list[Action]] = {}
        for openid, phone in self._phones.items():
            texts = phone.answer()
            if texts:
                found[openid] = [partial(phone.say, *texts)]
        return found

    async def _run(self, jobs: Iterable[str]) -> None:
        for name in jobs:
            await self._app.runner.run_now(name)
        await self._platform.settled()

    def _go_to(self, moment: datetime) -> None:
        self._app.clock.move(moment - self._app.clock.now())
        self._platform.clock.shift = self._app.clock.shift

    async def _pass_time(self, by: timedelta) -> None:
        """What colleagues write leaves meanwhile."""
        self._go_to(self._app.clock.now() + by)
        await self._run(("deliver_outbox",))

    async def _reply(self, openid: str, text: str) -> None:
        phone = self._phones.get(openid)
        if phone is not None:
            await phone.say(text)

    async def _actors(self) -> dict[Role, Actor]:
        staff = self._app.services.staff
        return {role: (await staff.by_login(role.value, by=SYSTEM)).actor for role in Role}


async def _in_order(actions: Iterable[Callable[[], Awaitable[object]]]) -> None:
    for action in actions:
        await action()
