"""Which talks a survey is asked about when they have ended (A0-42)."""

from datetime import datetime, timedelta

from wxbot.actors import SYSTEM
from wxbot.conversations.models import EndingKind, Episode
from wxbot.conversations.rules import DeskRules
from wxbot.surveys.asking import Occurrence, Surveys, chat_id
from wxbot.surveys.models import Occasion, Subject

AFTER_FAREWELL = timedelta(seconds=5)  # behind the last reply, which may be taken back for some seconds
WORTH_SENDING = timedelta(minutes=30)  # after the end of the talk; 刚才 means nothing later
ENDINGS = frozenset({EndingKind.GREETING, EndingKind.CLIENT, EndingKind.AGENT})


class SurveyAfterTalk:
    """Asks about a talk that has just ended, where that is fitting."""

    def __init__(self, surveys: Surveys, rules: DeskRules) -> None:
        self._surveys = surveys
        self._rules = rules

    async def ask(self, episode: Episode, now: datetime) -> bool:
        """Whether the question is enqueued. Safe to repeat, also in several processes."""
        survey, closed_at = self._surveys.rules.after(Occasion.CHAT), episode.closed_at
        if survey is None or closed_at is None or not may_ask_about(episode, now):
            return False
        about = Occurrence(
            id=chat_id(episode.id),
            key=f"survey/{episode.id}",
            survey=survey,
            occasion=Occasion.CHAT,
            contact_id=episode.contact_id,
            subject=Subject(episode_id=episode.id, account_id=episode.owner or ""),
            due_at=now + self._rules.take_back + AFTER_FAREWELL,
            expires_at=closed_at + WORTH_SENDING,
            at_once=True,
        )
        return await self._surveys.ask(about, now)


def may_ask_about(episode: Episode, now: datetime) -> bool:
    """Whether the talk itself allows it: a person answered, and it ended lately in a way that is nobody's fault."""
    ending, closed_at = episode.ending, episode.closed_at
    if ending is None or closed_at is None or episode.erased or episode.staff_at is None:
        return False
    if ending.kind is EndingKind.CLIENT and ending.by == SYSTEM.by:  # they fell silent, and are left in peace
        return False
    return ending.kind in ENDINGS and not ending.after_warnings and now - closed_at <= WORTH_SENDING
