"""What the account needs: the platform, the check of words, and the state of the service."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from wxbot.diagnostics.models import Finding as Diagnosis


@dataclass(frozen=True, kw_only=True)
class SceneCode:
    """A QR code the platform has made. `lasts` is None for one that is good for ever."""

    ticket: str
    url: str
    lasts: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One call's allowance of the day; the platform's counters are off by about 1 % (reference §9)."""

    daily_limit: int
    used: int
    remain: int


@dataclass(frozen=True, kw_only=True)
class CallbackCheck:
    """What the platform found when it tried our callback address, by name resolution and connection."""

    reached: bool
    addresses: tuple[str, ...] = ()
    loss: str = ""  # e.g. "0%": of the packets it sent


@dataclass(frozen=True, kw_only=True)
class AccountTemplate:
    """A template or notice of the account: `fields` are its keys, as its content names them."""

    template_id: str
    title: str
    fields: tuple[str, ...]
    notice: bool = False  # 订阅通知, else 模板消息


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What a platform code means, for staff."""

    sentence: str
    alarm: bool  # somebody must act


class Platform(Protocol):
    """The Official Account at WeChat. Every call raises PlatformError, whose `advice` is a sentence for staff."""

    async def set_menu(self, menu: Mapping[str, Any]) -> None:
        """Replace the account's menu."""
        ...

    async def shown_menu(self) -> Mapping[str, Any] | None:
        """The menu patients see now; None when there is none."""
        ...

    async def create_scene(self, scene: str, lasts: timedelta | None) -> SceneCode:
        """A QR code for a scene, for at most 30 days or (None) for good. A permanent scene asked again is the same."""
        ...

    async def token_ends_at(self) -> datetime:
        """When the access token ends, fetched if there is none."""
        ...

    async def quota(self, path: str) -> Quota:
        """The allowance of the call at `path`."""
        ...

    async def check_callback(self) -> CallbackCheck:
        """Let the platform try our callback address."""
        ...

    async def templates(self) -> Sequence[AccountTemplate]:
        """The account's message templates and subscription notices."""
        ...

    async def server_time(self) -> datetime:
        """What time it is at the platform, to the second."""
        ...

    def explain(self, code: int) -> Advice:
        """What one of its codes means; HTTP statuses and "no answer" (-2) too."""
        ...


class Finding(Protocol):
    """Words that should not stand in a text."""

    @property
    def severity(self) -> str:
        """`block`, `warn` or `hint`."""
        ...

    @property
    def words(self) -> str:
        """The words themselves."""
        ...

    @property
    def reason(self) -> str:
        """Why, in a sentence."""
        ...

    @property
    def instead(self) -> str:
        """What to say in their place; may be empty."""
        ...


class LexiconChecker(Protocol):
    """Checks words against the lexicon. Implemented by quality."""

    def findings(self, text: str, *, purpose: str) -> Sequence[Finding]:
        """What stands in `text` that should not."""
        ...


@dataclass(frozen=True, kw_only=True)
class CardUse:
    """A card that one of our templates fills: the account's id it is bound to, and the fields it writes."""

    template: str  # whose card, as staff know it
    template_id: str  # empty while it is not bound
    fields: tuple[str, ...]
    notice: bool = False


@dataclass(frozen=True, kw_only=True)
class JobRun:
    """When a job last ran to its end, by the machine's time."""

    name: str
    at: datetime | None  # None: not since records are kept
    ok: bool
    every: timedelta
    waited_since: datetime  # it is late when it has not run for so long that nothing explains it


Cards = Callable[[], Sequence[CardUse]]
"""Every card our templates fill."""

Alerted = Callable[[], Awaitable[int]]
"""How many colleagues are told on their own WeChat of what cannot wait."""


PutBack = Callable[[datetime], Awaitable[Sequence[str]]]
"""Of each conversation that within a day was in nobody's list and went back to the queue: why, in words for staff."""


class ServiceStatus(Protocol):
    """How the service itself is: answered by the composition root."""

    def machine_now(self) -> datetime:
        """The machine's own time."""
        ...

    async def database(self) -> Sequence[Diagnosis]:
        """What was found about the database and its clock."""
        ...

    async def storage(self) -> Sequence[Diagnosis]:
        """What was found about the data folder and the disks."""
        ...

    async def last_push_at(self) -> datetime | None:
        """When WeChat last pushed something, by the machine's time."""
        ...

    def unanswered_pushes(self) -> int:
        """How many pushes of the last five minutes had no proper answer from us."""
        ...

    async def job_runs(self) -> Sequence[JobRun]:
        """Each job's latest run."""
        ...

    def setting_problems(self) -> Sequence[str]:
        """Settings that are missing or do not fit together, each with how to mend it."""
        ...
