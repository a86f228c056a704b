"""自评 (A0-28): a colleague scores their own talk before anybody else has; it stands beside the rater's score."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations.evaluation.measuring import EpisodeFigures
from wxbot.conversations.evaluation.rating import Rated, Ratings, must_be_marks, text_of
from wxbot.conversations.evaluation.reporting import READ
from wxbot.conversations.evaluation.scoring import Mark, score
from wxbot.conversations.models import EpisodeId
from wxbot.errors import NotFoundError, StaleError
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError


@dataclass(frozen=True, kw_only=True)
class SelfScore:
    """One per talk. `id` is the episode's."""

    id: EpisodeId
    agent: AccountId
    at: datetime
    marks: tuple[Mark, ...]
    points: int  # by the same rules as a rater's
    comment: str = ""


class SelfScoreRows(Protocol):
    """Where they are kept. Implemented by stores/self_scores.py."""

    async def insert(self, kept: SelfScore) -> bool:
        """Keep a new one; False when the talk has one."""
        ...

    async def by_id(self, episode_id: EpisodeId) -> SelfScore | None:
        """The one of that talk."""
        ...

    async def forget_words(self, episode_ids: Collection[EpisodeId]) -> int:
        """Blank what was written about those talks; how many were changed."""
        ...


class SelfScores:
    """Use cases of self scores. They count for nothing; they are only compared."""

    def __init__(self, rows: SelfScoreRows, *, ratings: Ratings, audit: AuditTrail) -> None:
        self._rows = rows
        self._ratings = ratings
        self._audit = audit

    async def give(
        self, episode_id: EpisodeId, marks: Sequence[Mark], comment: str, *, by: Actor, now: datetime
    ) -> SelfScore:
        """Score one's own talk, once, before it is rated.

        Raises ForbiddenError, NotFoundError (also for a colleague's), NotNowError (it is rated already), StaleError
        (scored already), FieldErrors (the comment is too long, or marks that cannot be).
        """
        by.must(READ)
        rated = await self._ratings.one(episode_id, by=by)
        if rated.figures.owner != by.id:
            raise NotFoundError("not a talk of theirs")
        text = text_of(comment, "comment", needed=False)
        must_be_marks(marks)
        if rated.ratings:
            raise NotNowError("已经有人评过分，自评要在看到评分之前。")
        kept = SelfScore(
            id=episode_id,
            agent=AccountId(by.id),
            at=now,
            marks=tuple(marks),
            points=score(rated.figures, marks).points,
            comment=text,
        )
        if not await self._rows.insert(kept):
            raise StaleError("the talk has a self score", sentence="您已经自评过了。")
        await self._audit.record(
            AuditAction.CONVERSATION_RATED, f"episode:{episode_id}", by=by, now=now, summary=f"自评 {kept.points}"
        )
        return kept

    async def beside(self, rated: Rated, *, by: Actor) -> SelfScore | None:
        """The self score of a talk, for who gave it and for who has rated; raters are blind to it until then."""
        by.must(READ)
        if rated.may_rate:
            return None
        kept = await self._rows.by_id(rated.figures.id)
        return kept if kept is not None and (kept.agent == by.id or rated.ratings) else None

    async def erase(self, episode_ids: Collection[EpisodeId]) -> int:
        """Blank what was written about the talks of an erased contact; points and levels stay. The number changed."""
        return await self._rows.forget_words(episode_ids) if episode_ids else 0


def may_give(figures: EpisodeFigures, rated: Rated, kept: SelfScore | None, by: Actor) -> bool:
    """Whether they may still score their own talk."""
    return figures.owner == by.id and not rated.ratings and kept is None
