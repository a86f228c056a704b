"""A care plan as it is kept: its draft on the way to patients, the versions they follow, its pauses."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.care.models import CarePlan
from wxbot.labels import LabelledEnum
from wxbot.templates.records import Signature, Stage


class Running(LabelledEnum):
    """What becomes of patients who are in the middle of the plan when a version begins."""

    STAY = ("stay", "按原来的版本走完")
    MIGRATE = ("migrate", "从生效起改用新版本")


@dataclass(frozen=True, kw_only=True)
class PlanDraft:
    """What is being written for the next version. Whoever changes it last is its author, among all who touched it."""

    plan: CarePlan
    author: Signature
    based_on: int = 0  # the version it began from; 0 for a new plan
    submitted: Signature | None = None
    reviewed: Signature | None = None  # who approved it or sent it back
    comment: str = ""
    touched: tuple[str, ...] = ()  # everybody who wrote or submitted it before, as `staff:<id>`
    self_approved: bool = False  # approved by its own author, as a setting allows in a single-person clinic

    @property
    def authors(self) -> frozenset[str]:
        """Everybody who had a hand in it: none of them approves it."""
        submitted = {self.submitted.by} if self.submitted is not None else set()
        return frozenset({self.author.by, *submitted, *self.touched})


@dataclass(frozen=True, kw_only=True)
class LiveVersion:
    """A version that is followed from a moment on, and what becomes of running patients then."""

    number: int
    effective_from: datetime
    running: Running


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A time in which a plan was paused or retired; without `until` it still is."""

    since: datetime
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether that moment lies within it."""
        return self.since <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, kw_only=True)
class PlanRecord:
    """One plan of the clinic. `live` is in order of number and of moment: a later version ends earlier ones."""

    id: str  # the plan's key
    title: str
    anchor: str
    created: Signature
    stage: Stage = Stage.NONE
    draft: PlanDraft | None = None
    live: tuple[LiveVersion, ...] = ()
    last_number: int = 0
    file_digest: str = ""  # of the file's plan that was taken over last; empty when it never came from a file
    edited: bool = False  # somebody published in the console: the file no longer decides
    pauses: tuple[Interval, ...] = ()  # nothing of it is sent then
    retirements: tuple[Interval, ...] = ()  # nobody begins it then
    revision: int = 1

    def in_force(self, now: datetime) -> LiveVersion | None:
        """The version that new patients begin at `now`."""
        return next((each for each in reversed(self.live) if each.effective_from <= now), None)

    def scheduled(self, now: datetime) -> tuple[LiveVersion, ...]:
        """Versions that begin later."""
        return tuple(each for each in self.live if each.effective_from > now)

    def followed_by(self, version: LiveVersion) -> tuple[LiveVersion, ...]:
        """`live` with one more version; what it ends before it began is left out, what was ever followed stays."""
        return (*(each for each in self.live if each.effective_from < version.effective_from), version)

    @property
    def paused(self) -> bool:
        """Whether nothing of it is sent now."""
        return bool(self.pauses) and self.pauses[-1].until is None

    @property
    def retired(self) -> bool:
        """Whether nobody begins it any more."""
        return bool(self.retirements) and self.retirements[-1].until is None


@dataclass(frozen=True, kw_only=True)
class PlanVersion:
    """A version that was published. It never changes."""

    id: str  # `<key>:<number>`
    key: str
    number: int
    plan: CarePlan
    running: Running
    author: Signature
    published: Signature
    effective_from: datetime
    approved: Signature | None = None
    self_approved: bool = False
    copy_of: int | None = None  # the version it brings back


def version_id(key: str, number: int) -> str:
    """The id of a version."""
    return f"{key}:{number}"


def begun(intervals: tuple[Interval, ...], now: datetime) -> tuple[Interval, ...]:
    """The same with one that begins at `now`; unchanged where one holds already."""
    if intervals and intervals[-1].until is None:
        return intervals
    return (*intervals, Interval(since=now))


def ended(intervals: tuple[Interval, ...], now: datetime) -> tuple[Interval, ...]:
    """The same with the last one ended at `now`."""
    if not intervals or intervals[-1].until is not None:
        return intervals
    return (*intervals[:-1], Interval(since=intervals[-1].since, until=now))
