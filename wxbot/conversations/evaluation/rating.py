"""质检: talks drawn by chance are rated; the colleague answers, may appeal; one in ten is rated twice, blind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations.evaluation.incidents import Incidents
from wxbot.conversations.evaluation.measuring import EpisodeFigures
from wxbot.conversations.evaluation.reporting import RATE, READ, Figures
from wxbot.conversations.evaluation.sampling import is_sampled, needs_second_rater
from wxbot.conversations.evaluation.scoring import LEVELS, Mark, Score, score
from wxbot.conversations.models import EpisodeId
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

APPEAL_WITHIN = timedelta(days=7)  # after the rating
LONGEST = 500  # characters of a comment, an answer, an appeal, or of what a mark quotes
LONGEST_LINE_ID = 300  # characters


@dataclass(frozen=True, kw_only=True)
class Said:
    """What somebody wrote about a rating."""

    by: str
    name: str
    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Rating:
    """One person's rating of a talk. `id` is the episode's and `:1` or `:2`: the first and the blind second one."""

    id: str
    episode_id: EpisodeId
    agent: AccountId | None  # whose talk it is
    rater: AccountId
    rater_name: str
    at: datetime
    marks: tuple[Mark, ...]
    points: int
    comment: str = ""
    answer: Said | None = None  # the colleague's (A0-40)
    appeal: Said | None = None
    decision: Said | None = None
    decided_points: int | None = None
    revision: int = 0

    @property
    def final(self) -> int:
        """The points that count."""
        return self.points if self.decided_points is None else self.decided_points


@dataclass(frozen=True, kw_only=True)
class Rated:
    """A talk with its automatic score and the ratings that the reader may see."""

    figures: EpisodeFigures
    automatic: Score
    ratings: tuple[Rating, ...]
    may_rate: bool
    second: bool  # a second, blind rating is wanted
    gap: int | None = None  # points between the two raters


class RatingRows(Protocol):
    """Where ratings are kept. Implemented by stores/ratings.py."""

    async def insert(self, rating: Rating) -> bool:
        """Keep a new one; False when there is one of its id."""
        ...

    async def replace(self, rating: Rating, revision: int) -> bool:
        """Keep it in place of that revision."""
        ...

    async def of(self, episode_ids: Collection[EpisodeId]) -> Mapping[EpisodeId, Sequence[Rating]]:
        """The ratings of those talks, the first one first."""
        ...

    async def forget_words(self, episode_ids: Collection[EpisodeId]) -> int:
        """Blank what people wrote about those talks; how many were changed."""
        ...


class Ratings:
    """Use cases of rating."""

    def __init__(self, rows: RatingRows, *, figures: Figures, incidents: Incidents, audit: AuditTrail) -> None:
        self._rows = rows
        self._figures = figures
        self._incidents = incidents
        self._audit = audit

    async def drawn(self, first: date, last: date, *, by: Actor) -> list[Rated]:
        """The sampled talks of those days, what waits for this reader's rating in front. Others' own talks only."""
        found = [it for it in await self._figures.period(first, last, by=by) if is_sampled(it.id)]
        ratings = await self._rows.of([it.id for it in found])
        rated = [self._seen(it, ratings.get(it.id, ()), by) for it in found]
        return sorted(rated, key=lambda each: (not each.may_rate, -each.figures.closed_at.timestamp()))

    async def one(self, episode_id: EpisodeId, *, by: Actor) -> Rated:
        """One talk. Raises ForbiddenError, NotFoundError."""
        figures = await self._figures.one(episode_id, by=by)
        return self._seen(figures, (await self._rows.of([episode_id])).get(episode_id, ()), by)

    async def rate(
        self, episode_id: EpisodeId, marks: Sequence[Mark], comment: str, *, by: Actor, now: datetime
    ) -> Rating:
        """Rate it. A mark of level 3 or 4 opens an incident.

        Raises:
            ForbiddenError: they may not rate, or it is their own talk.
            NotFoundError: no such talk.
            StaleError: it is rated already.
            FieldErrors: the comment or what a mark quotes is too long, or the comment missing where something was
                found; a mark that is none.
        """
        by.must(RATE)
        figures = await self._figures.one(episode_id, by=by)
        if figures.owner == by.id:
            raise ForbiddenError(RATE)
        must_be_marks(marks)
        text = text_of(comment, "comment", needed=bool(marks))
        known = (await self._rows.of([episode_id])).get(episode_id, ())
        if not self._may_rate(figures, known, by):
            raise StaleError("the talk is rated already")
        rating = Rating(
            id=f"{episode_id}:{len(known) + 1}",
            episode_id=episode_id,
            agent=figures.owner,
            rater=AccountId(by.id),
            rater_name=by.name,
            at=now,
            marks=tuple(marks),
            points=score(figures, marks).points,
            comment=text,
        )
        if not await self._rows.insert(rating):
            raise StaleError("the talk is rated already")
        await self._note(rating, f"评分 {rating.points}", by, now)
        await self._incidents.open_for(figures, marks, now)
        return rating

    async def answer(self, rating_id: str, text: str, *, by: Actor, now: datetime) -> Rating:
        """The colleague says how it was (A0-40). Raises NotFoundError, StaleError, FieldErrors."""
        rating = await self._own(rating_id, by)
        said = Said(by=by.by, name=by.name, at=now, text=text_of(text, "answer", needed=True))
        return await self._write(replace(rating, answer=said), rating)

    async def appeal(self, rating_id: str, text: str, *, by: Actor, now: datetime) -> Rating:
        """The colleague does not agree; once, within 7 days. Raises NotFoundError, NotNowError, FieldErrors."""
        rating = await self._own(rating_id, by)
        if rating.appeal is not None:
            raise NotNowError("已经申诉过，请等主管处理。")
        if now - rating.at > APPEAL_WITHIN:
            raise NotNowError(f"评分之后 {APPEAL_WITHIN.days} 天内可以申诉，现在已经过了。")
        said = Said(by=by.by, name=by.name, at=now, text=text_of(text, "appeal", needed=True))
        kept = await self._write(replace(rating, appeal=said), rating)
        await self._note(kept, "申诉", by, now)
        return kept

    async def decide(self, rating_id: str, points: int, text: str, *, by: Actor, now: datetime) -> Rating:
        """Settle an appeal; not by who rated. Raises ForbiddenError, NotFoundError, NotNowError, FieldErrors."""
        by.must(RATE)
        rating = await self._known(rating_id, by)
        if rating.appeal is None or rating.decision is not None:
            raise NotNowError("没有等待处理的申诉。")
        if by.id in {rating.rater, rating.agent}:
            raise NotNowError("申诉要由评分人和当事人以外的主管处理。")
        if not 0 <= points <= 100:  # noqa: PLR2004 - a score
            raise FieldErrors({"points": "请填写 0 到 100 的整数"})
        said = Said(by=by.by, name=by.name, at=now, text=text_of(text, "decision", needed=True))
        kept = await self._write(replace(rating, decision=said, decided_points=points), rating)
        await self._note(kept, f"处理申诉，最终 {points} 分", by, now)
        return kept

    async def erase(self, episode_ids: Collection[EpisodeId]) -> int:
        """Blank what was written about the talks of an erased contact; points and levels stay. The number changed."""
        return await self._rows.forget_words(episode_ids) if episode_ids else 0

    def _seen(self, figures: EpisodeFigures, known: Sequence[Rating], by: Actor) -> Rated:
        may_rate = self._may_rate(figures, known, by)
        gap = abs(known[0].points - known[1].points) if len(known) > 1 else None
        return Rated(
            figures=figures,
            automatic=score(figures),
            ratings=() if may_rate else tuple(known),  # the second rater is blind to the first rating
            may_rate=may_rate,
            second=bool(known) and needs_second_rater(figures.id) and len(known) == 1,
            gap=None if may_rate else gap,
        )

    @staticmethod
    def _may_rate(figures: EpisodeFigures, known: Sequence[Rating], by: Actor) -> bool:
        """Whether they are to rate it: the first of all, or the second, who is another person."""
        if not by.may(RATE) or figures.owner == by.id:
            return False
        if not known:
            return True
        return len(known) == 1 and needs_second_rater(figures.id) and known[0].rater != by.id

    async def _known(self, rating_id: str, by: Actor) -> Rating:
        episode_id = EpisodeId(rating_id.partition(":")[0])
        for rating in (await self.one(episode_id, by=by)).ratings:
            if rating.id == rating_id:
                return rating
        raise NotFoundError("no such rating")

    async def _own(self, rating_id: str, by: Actor) -> Rating:
        by.must(READ)
        rating = await self._known(rating_id, by)
        if rating.agent != by.id:
            raise NotFoundError("not a rating of theirs")
        return rating

    async def _write(self, fresh: Rating, before: Rating) -> Rating:
        kept = replace(fresh, revision=before.revision + 1)
        if not await self._rows.replace(kept, before.revision):
            raise StaleError("the rating was changed meanwhile")
        return kept

    async def _note(self, rating: Rating, summary: str, by: Actor, now: datetime) -> None:
        subject = f"episode:{rating.episode_id}"
        await self._audit.record(AuditAction.CONVERSATION_RATED, subject, by=by, now=now, summary=summary)


def text_of(text: str, field: str, *, needed: bool) -> str:
    """What was written in that field, without blanks at its ends. Raises FieldErrors: missing, or too long."""
    words = text.strip()
    if needed and not words:
        raise FieldErrors({field: "请写明原因"})
    if len(words) > LONGEST:
        raise FieldErrors({field: f"最多 {LONGEST} 个字"})
    return words


def must_be_marks(marks: Sequence[Mark]) -> None:
    """Raises FieldErrors: a level that there is not, an item marked twice, or a quotation without end."""
    if len({mark.item for mark in marks}) < len(marks) or any(mark.level not in LEVELS for mark in marks):
        raise FieldErrors({"marks": "每一项只能评一次，程度从 1 到 4。"})
    if any(len(mark.words) > LONGEST or len(mark.line_id) > LONGEST_LINE_ID for mark in marks):
        raise FieldErrors({"marks": f"引用的话最多 {LONGEST} 个字"})
