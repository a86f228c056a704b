"""A chat desk over the test's database: real stores, history, tasks and audit; a clinic that is always open."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Protocol
from zoneinfo import ZoneInfo

from tests.auditing import audit_of
from tests.clinics import FixedClinic
from wxbot.actors import Actor
from wxbot.clinic.models import Block, Clinic, Weekday
from wxbot.conversations.episodes.desk import Desk
from wxbot.conversations.episodes.desk_parts import DeskParts
from wxbot.conversations.episodes.presence import Presence
from wxbot.conversations.episodes.store import AgentStore
from wxbot.conversations.hours.clocks import DeskTime
from wxbot.conversations.models import AgentStatus, Cause, Episode
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.store import EpisodeStore
from wxbot.database import Database
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import ContactId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.patients.models import Contact
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role, permissions_of

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
_numbers = count()
ALWAYS = tuple(Block(day=day, start=time(0, 0), end=time(23, 59, 59)) for day in Weekday)
CLINIC = Clinic(
    name="测试口腔",
    address="",
    phone="",
    privacy_contact="",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(),
    practitioners=(),
)
NAMES = {each: f"客服{each}" for each in ("a", "b", "c", "d", "e")} | {"boss": "主管"}


def agent(name: str) -> Actor:
    """Somebody at the front desk."""
    return Actor(id=name, name=NAMES[name], permissions=permissions_of(Role.RECEPTION))


A, B, C = agent("a"), agent("b"), agent("c")
BOSS = Actor(id="boss", name=NAMES["boss"], permissions=permissions_of(Role.MANAGER))


class MovedClock(Protocol):
    """A clock that tests move."""

    def now(self) -> datetime: ...
    def machine_now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def move(self, by: timedelta) -> None: ...


@dataclass
class Supervisors:
    """What supervisors were told: the talk's contact, what, in which words."""

    told: list[tuple[str, str, str]] = field(default_factory=list)

    async def tell(self, episode: Episode, what: str, words: str, now: datetime) -> int:  # noqa: ARG002 - as the port
        self.told.append((episode.contact_id, what, words))
        return 1


class Names:
    """What colleagues are called."""

    async def names(self, ids: Collection[str]) -> Mapping[str, str]:
        return {each: NAMES[each] for each in ids if each in NAMES}


@dataclass
class Marks:
    """Contacts that exist, unless they are said not to; and which were marked, with what."""

    unknown: set[str] = field(default_factory=set)
    marked: list[tuple[str, str]] = field(default_factory=list)

    async def mark_conversation(self, contact_id: ContactId, episode_id: str) -> bool:
        self.marked.append((contact_id, episode_id))
        return True

    async def contacts(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId, Contact]:
        return {
            each: Contact(id=each, openid=f"o-{each}", alias="访客", created_at=NOON, following=True)
            for each in contact_ids
            if each not in self.unknown
        }


@dataclass
class HealthAnswers:
    """Notes who was said to have agreed that health data is kept."""

    recorded: list[tuple[ContactId, bool, str]] = field(default_factory=list)

    async def record(self, contact_id: ContactId, *, granted: bool, by: Actor, now: datetime) -> None:  # noqa: ARG002
        self.recorded.append((contact_id, granted, by.by))


@dataclass
class OnDuty:
    """Everybody is on duty but those who are named."""

    ending: set[str] = field(default_factory=set)

    async def takes_new_chats(self, account_id: AccountId, now: datetime) -> bool:  # noqa: ARG002 - as the port
        return account_id not in self.ending


@dataclass
class Stage:
    """A desk and what stands beneath it."""

    desk: Desk
    presence: Presence
    episodes: EpisodeStore
    agents: AgentStore
    history: History
    tasks: FollowUps
    marks: Marks
    duty: OnDuty
    clock: MovedClock
    rules: DeskRules
    supervisors: Supervisors

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def available(self, *people: Actor) -> None:
        """They say that they are there."""
        for each in people:
            await self.presence.set_status(AgentStatus.AVAILABLE, by=each, now=self.now)

    async def alive(self, *people: Actor) -> None:
        """A console of theirs gives a sign of life."""
        for each in people:
            await self.presence.beat(device="pc", looking_at=None, writes=False, by=each)

    async def asks(self, contact: str, *, cause: Cause = Cause.ASKED, words: str = "有人吗", key: str = "") -> Episode:
        """A patient needs a person."""
        return await self.desk.open(
            key=key or f"ask/{contact}/{next(_numbers)}",
            contact_id=ContactId(contact),
            cause=cause,
            reason="请求人工",
            words=words,
            now=self.now,
        )

    async def writes(
        self, contact: str, line: str, words: str = "在吗", *, polite: bool = False, question: bool = False
    ) -> Episode | None:
        """A patient writes."""
        return await self.desk.heard(
            ContactId(contact), line_id=line, words=words, polite=polite, question=question, now=self.now
        )

    async def answers(self, contact: str, line: str, by: Actor, words: str = "您好，请讲") -> None:
        """The platform took a colleague's message."""
        await self.desk.answered(ContactId(contact), line_id=line, words=words, by=by.by, now=self.now)

    def pass_time(self, seconds: float) -> None:
        self.clock.move(timedelta(seconds=seconds))


async def set_stage(database: Database, clock: MovedClock, rules: DeskRules | None = None) -> Stage:
    """A desk with its indexes."""
    rules = rules or DeskRules(hours=ALWAYS)
    episodes, agents, lines, tasks = (
        EpisodeStore(database),
        AgentStore(database),
        HistoryStore(database),
        FollowUpStore(database),
    )
    await database.create_indexes([episodes, agents, lines, tasks])
    history, audit, marks, duty = History(lines), audit_of(database), Marks(), OnDuty()
    supervisors = Supervisors()
    followups = FollowUps(tasks, history=history, audit=audit)
    desk = Desk(
        DeskParts(
            episodes=episodes,
            agents=agents,
            history=history,
            audit=audit,
            names=Names(),
            tasks=followups,
            contacts=marks,
            duty=duty,
            supervisors=supervisors,
            times=DeskTime(FixedClinic(CLINIC), rules),
            rules=rules,
            clock=clock,
        )
    )
    presence = Presence(agents, episodes, rules=rules, clock=clock)
    return Stage(desk, presence, episodes, agents, history, followups, marks, duty, clock, rules, supervisors)
