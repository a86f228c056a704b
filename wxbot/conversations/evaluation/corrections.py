"""纠正 (A2-85): a rating found that a patient was told something wrong; somebody apologises and says it right."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations.evaluation.rating import Rating, Ratings
from wxbot.conversations.evaluation.reporting import RATE
from wxbot.conversations.evaluation.scoring import RubricItem
from wxbot.conversations.models import EpisodeId
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.workflow import NotNowError

KEY = "correction/"  # before the episode's id
DUE_IN = timedelta(hours=24)  # by the clock; the articles say 及时
MOST_WORDS = 120  # characters of the rater's comment in the task
NOTHING_WRONG = "评分里没有「答错或不完整」，不用纠正。"
NOBODY_LEFT = "患者信息已按规定删除，无法联系。"
HOW = "请先致歉，再把正确、完整的说法告诉患者（常用语「答错后更正」），发不出消息就打电话。"


class Corrections:
    """Use cases of corrections: one per talk, a task of 待办 that belongs to whose talk it was."""

    def __init__(self, tasks: FollowUps, *, ratings: Ratings, audit: AuditTrail) -> None:
        self._tasks = tasks
        self._ratings = ratings
        self._audit = audit

    async def open(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> FollowUp:
        """Ask for it: due in DUE_IN, owned by who answered last. Asking again changes nothing.

        Raises:
            ForbiddenError, NotFoundError: as they say.
            NotNowError: no rating that they may see found something wrong, or the contact was erased.
        """
        by.must(RATE)
        rated = await self._ratings.one(episode_id, by=by)
        if (known := await self.of(episode_id)) is not None:
            return known
        found = wrong(rated.ratings)
        if found is None:
            raise NotNowError(NOTHING_WRONG)
        if not rated.figures.contact_id:
            raise NotNowError(NOBODY_LEFT)
        task = await self._tasks.open(
            key=f"{KEY}{episode_id}",
            kind=FollowUpKind.CORRECTION,
            reason=f"质检发现答错或不完整：{found.comment[:MOST_WORDS]}。{HOW}",
            contact_id=rated.figures.contact_id,
            patient_id=None,
            due_at=now + DUE_IN,
            now=now,
            owner=rated.figures.owner or "",
        )
        subject = f"episode:{episode_id}"
        await self._audit.record(
            AuditAction.CONVERSATION_CORRECTED, subject, by=by, now=now, summary="要求纠正答错或不完整的答复"
        )
        return task

    async def of(self, episode_id: EpisodeId) -> FollowUp | None:
        """The correction of a talk, done or not; None where none was asked for."""
        return await self._tasks.find(f"{KEY}{episode_id}")


def wrong(ratings: Sequence[Rating]) -> Rating | None:
    """The first rating that found something wrong or incomplete (答错或不完整)."""
    return next((each for each in ratings if any(mark.item is RubricItem.WRONG for mark in each.marks)), None)


def talk_of(task: FollowUp) -> EpisodeId | None:
    """The talk that a correction is about; None for every other task."""
    return EpisodeId(task.key.removeprefix(KEY)) if task.kind is FollowUpKind.CORRECTION else None
