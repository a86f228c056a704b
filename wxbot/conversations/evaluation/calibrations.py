"""校准: several raters score one talk blind; then everybody sees how far they agree and where they differ."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations.evaluation.agreement import in_words, kappa
from wxbot.conversations.evaluation.measuring import EpisodeFigures
from wxbot.conversations.evaluation.rating import must_be_marks, text_of
from wxbot.conversations.evaluation.reporting import RATE, Figures
from wxbot.conversations.evaluation.scoring import Mark, RubricItem, score
from wxbot.conversations.models import EpisodeId
from wxbot.errors import ForbiddenError, NotFoundError, StaleError
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

FEWEST = 2  # raters, for a comparison
LISTED = 100


@dataclass(frozen=True, kw_only=True)
class BlindScore:
    """One rater's score."""

    rater: AccountId
    rater_name: str
    at: datetime
    marks: tuple[Mark, ...]
    points: int
    comment: str = ""

    def level(self, item: RubricItem) -> int:
        """How bad they found it; 0 where they found nothing."""
        return max((each.level for each in self.marks if each.item is item), default=0)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """One session per talk. `id` is the episode's."""

    id: EpisodeId
    opened_at: datetime
    opened_by: str  # `staff:<id>`
    opened_by_name: str
    scores: tuple[BlindScore, ...] = ()
    closed_at: datetime | None = None
    closed_by_name: str = ""
    revision: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it is still scored, blind."""
        return self.closed_at is None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """An item with everybody's level, in the order of the scores; 0: found nothing."""

    item: RubricItem
    levels: tuple[int, ...]

    @property
    def differs(self) -> bool:
        """Whether they do not agree."""
        return len(set(self.levels)) > 1


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far the raters of a session agree."""

    kappa: float | None  # Cohen's of two, Fleiss' of more; None: not defined, all said the same
    words: str
    items: tuple[Difference, ...]
    spread: int  # points between the highest and the lowest


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session as its reader may see it: others' scores and the agreement only when it is closed."""

    calibration: Calibration
    number: int  # of scores, others' too
    mine: BlindScore | None
    may_score: bool
    agreement: Agreement | None


class CalibrationRows(Protocol):
    """Where sessions are kept. Implemented by stores/calibrations.py."""

    async def insert(self, calibration: Calibration) -> bool:
        """Keep a new one; False when the talk has one."""
        ...

    async def replace(self, calibration: Calibration, revision: int) -> bool:
        """Keep it in place of that revision."""
        ...

    async def by_id(self, episode_id: EpisodeId) -> Calibration | None:
        """The session of that talk."""
        ...

    async def latest(self, limit: int) -> list[Calibration]:
        """The latest first."""
        ...

    async def forget_words(self, episode_ids: Collection[EpisodeId]) -> int:
        """Blank what was written about those talks; how many were changed."""
        ...


def agreement(scores: Sequence[BlindScore]) -> Agreement | None:
    """How far they agree over the items of the rubric; None of fewer than two."""
    if len(scores) < FEWEST:
        return None
    value = kappa([[each.level(item) for item in RubricItem] for each in scores])
    points = [each.points for each in scores]
    return Agreement(
        kappa=value,
        words=in_words(value),
        items=tuple(Difference(item=item, levels=tuple(each.level(item) for each in scores)) for item in RubricItem),
        spread=max(points) - min(points),
    )


class Calibrations:
    """Use cases of sessions. Their scores count for nobody and open no incident."""

    def __init__(self, rows: CalibrationRows, *, figures: Figures, audit: AuditTrail) -> None:
        self._rows = rows
        self._figures = figures
        self._audit = audit

    async def listed(self, *, by: Actor) -> list[Session]:
        """The latest first. Raises ForbiddenError."""
        by.must(RATE)
        return [self._seen(each, by, own=False) for each in await self._rows.latest(LISTED)]

    async def begin(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> Calibration:
        """Open one, once per talk. Raises ForbiddenError, NotFoundError."""
        by.must(RATE)
        await self._figures.one(episode_id, by=by)
        fresh = Calibration(id=episode_id, opened_at=now, opened_by=by.by, opened_by_name=by.name)
        if await self._rows.insert(fresh):
            await self._note(fresh, "开始校准", by, now)
            return fresh
        return await self._known(episode_id)

    async def one(self, episode_id: EpisodeId, *, by: Actor) -> Session:
        """One session. Raises ForbiddenError, NotFoundError."""
        by.must(RATE)
        figures = await self._figures.one(episode_id, by=by)
        return self._seen(await self._known(episode_id), by, own=figures.owner == by.id)

    async def score(
        self, episode_id: EpisodeId, marks: Sequence[Mark], comment: str, *, by: Actor, now: datetime
    ) -> Session:
        """Score it, once per rater.

        Raises ForbiddenError (also for one's own talk), NotFoundError, StaleError (others scored at this moment),
        NotNowError (closed, or scored by them already), FieldErrors (the comment is too long, or marks that cannot be).
        """
        by.must(RATE)
        figures = await self._figures.one(episode_id, by=by)
        if figures.owner == by.id:
            raise ForbiddenError(RATE)
        text = text_of(comment, "comment", needed=False)
        must_be_marks(marks)
        kept = await self._known(episode_id)
        if not kept.is_open:
            raise NotNowError("校准已经结束，不能再评分。")
        if _score_of(kept, by) is not None:
            raise NotNowError("您已经评过了。")
        mine = _blind_score(figures, marks, text, by, now)
        after = await self._write(replace(kept, scores=(*kept.scores, mine)), kept)
        return self._seen(after, by, own=False)

    async def close(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> Session:
        """Show everybody's scores, of two raters at least.

        Raises ForbiddenError, NotFoundError, StaleError, NotNowError (too few, or closed already).
        """
        by.must(RATE)
        kept = await self._known(episode_id)
        if not kept.is_open:
            raise NotNowError("校准已经结束。")
        if len(kept.scores) < FEWEST:
            raise NotNowError(f"至少 {FEWEST} 个人评过才能比较。")
        after = await self._write(replace(kept, closed_at=now, closed_by_name=by.name), kept)
        await self._note(after, f"结束校准，{len(after.scores)} 人评分", by, now)
        return self._seen(after, by, own=False)

    async def erase(self, episode_ids: Collection[EpisodeId]) -> int:
        """Blank what was written about the talks of an erased contact; points and levels stay. The number changed."""
        return await self._rows.forget_words(episode_ids) if episode_ids else 0

    @staticmethod
    def _seen(kept: Calibration, by: Actor, *, own: bool) -> Session:
        mine = _score_of(kept, by)
        shown = kept if not kept.is_open else replace(kept, scores=())
        return Session(
            calibration=shown,
            number=len(kept.scores),
            mine=mine,
            may_score=kept.is_open and mine is None and not own,
            agreement=agreement(shown.scores),
        )

    async def _known(self, episode_id: EpisodeId) -> Calibration:
        kept = await self._rows.by_id(episode_id)
        if kept is None:
            raise NotFoundError("no such calibration")
        return kept

    async def _write(self, fresh: Calibration, before: Calibration) -> Calibration:
        kept = replace(fresh, revision=before.revision + 1)
        if not await self._rows.replace(kept, before.revision):
            raise StaleError("the calibration was changed meanwhile")
        return kept

    async def _note(self, kept: Calibration, summary: str, by: Actor, now: datetime) -> None:
        action = AuditAction.CONVERSATION_CALIBRATED
        await self._audit.record(action, f"episode:{kept.id}", by=by, now=now, summary=summary)


def _score_of(kept: Calibration, by: Actor) -> BlindScore | None:
    return next((each for each in kept.scores if each.rater == by.id), None)


def _blind_score(figures: EpisodeFigures, marks: Sequence[Mark], comment: str, by: Actor, now: datetime) -> BlindScore:
    return BlindScore(
        rater=AccountId(by.id),
        rater_name=by.name,
        at=now,
        marks=tuple(marks),
        points=score(figures, marks).points,
        comment=comment,
    )
