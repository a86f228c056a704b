"""Use cases of episodes: who needs a person, who answers, who hands over, how it ends."""

from datetime import datetime

from wxbot.actors import SYSTEM, Actor
from wxbot.conversations.models import Cause, Ending, Episode, EpisodeId, Handover, Priority, Snooze
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId


class Desk:
    """The chat desk. Every change is one conditional write on the episode; the loser of a race reads StaleError."""

    # -- from the chat ---------------------------------------------------------------------------------------

    async def open(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        *,
        key: str,
        contact_id: ContactId,
        cause: Cause,
        reason: str,
        now: datetime,
        words: str = "",
        followup_id: str = "",
        priority: Priority = Priority.NORMAL,
        by: Actor = SYSTEM,
    ) -> Episode:
        """A person is needed: the contact's open episode, opened once per `key`.

        An open one is joined: its priority rises to this one's, its words are the latest. Marks the contact first, so
        that a push that comes meanwhile looks for the episode.
        """
        raise NotImplementedError

    async def of_contact(self, contact_id: ContactId) -> Episode | None:
        """The open episode of a contact. Cheap in company: calls at once share a read."""
        raise NotImplementedError

    async def heard(  # noqa: PLR0913 - one fact each, all keyword-only
        self, contact_id: ContactId, *, line_id: str, words: str, polite: bool, question: bool, now: datetime
    ) -> Episode | None:
        """The patient wrote, sent or tapped something while an episode is open; the episode after it, None without one.

        Counts each line once. A `polite` closer (好的谢谢) opens no clock. Wakes a snoozed one by its rule.
        """
        raise NotImplementedError

    async def answered(self, contact_id: ContactId, *, line_id: str, words: str, by: str, now: datetime) -> None:
        """The platform took a colleague's message: clocks stop, a first reply is noted."""
        raise NotImplementedError

    async def end_by_patient(self, contact_id: ContactId, *, line_ids: tuple[str, ...], now: datetime) -> bool:
        """The patient needs nobody any more (不用了): 客户结束."""
        raise NotImplementedError

    # -- at the desk -----------------------------------------------------------------------------------------

    async def start(self, contact_id: ContactId, *, by: Actor, now: datetime) -> Episode:
        """A colleague begins a talk or takes it over from the bot. Joins what is open.

        Raises ForbiddenError, NotFoundError, StaleError when a colleague owns it.
        """
        raise NotImplementedError

    async def get(self, episode_id: EpisodeId, *, by: Actor) -> Episode:
        """One episode. Raises ForbiddenError, NotFoundError."""
        raise NotImplementedError

    async def take(self, episode_id: EpisodeId, *, reason: str = "", by: Actor, now: datetime) -> Episode:
        """Make a waiting one one's own: what is offered to them, or the head of the queue; any other with a `reason`.

        Raises ForbiddenError, NotFoundError, NotNowError, StaleError (a colleague was quicker), FieldErrors (a reason
        is needed).
        """
        raise NotImplementedError

    async def refuse(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> Episode:
        """Not now: the offer moves on."""
        raise NotImplementedError

    async def take_over(self, episode_id: EpisodeId, *, reason: str, by: Actor, now: datetime) -> Episode:
        """A supervisor makes a colleague's episode their own; it is noted in the audit."""
        raise NotImplementedError

    async def hand_over(
        self, episode_id: EpisodeId, handover: Handover, *, revision: int, by: Actor, now: datetime
    ) -> Episode:
        """Transfer to a colleague (an offer that comes back when it is missed) or back to the queue, with a summary."""
        raise NotImplementedError

    async def snooze(self, episode_id: EpisodeId, snooze: Snooze, *, by: Actor, now: datetime) -> Episode:
        """稍后. Raises FieldErrors when `until` is not ahead or why is empty."""
        raise NotImplementedError

    async def wake(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> Episode:
        """Go on with it now."""
        raise NotImplementedError

    async def seen(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> Episode:
        """Its owner has the thread before them: nothing is unread. Of a supervisor it changes nothing."""
        raise NotImplementedError

    async def close(  # noqa: PLR0913 - one fact each, all keyword-only
        self, episode_id: EpisodeId, ending: Ending, *, note: str, revision: int, by: Actor, now: datetime
    ) -> Episode:
        """End it. `ending` was decided by endings.py; the task in 待办 is closed with it, `note` is its outcome.

        Raises ForbiddenError, NotFoundError, NotNowError, StaleError (the patient wrote meanwhile).
        """
        raise NotImplementedError

    async def unstick(self, episode_id: EpisodeId, *, reason: str, by: Actor, now: datetime) -> Episode:
        """A supervisor puts it back to the head of the queue, whatever its state; noted in the audit."""
        raise NotImplementedError

    # -- by the clock ----------------------------------------------------------------------------------------

    async def assign(self, now: datetime) -> int:
        """Offer what waits, move on what was missed, take back what its owner does not answer; the number of moves."""
        raise NotImplementedError

    async def erase(self, contact_id: ContactId, now: datetime) -> int:
        """End and empty a contact's episodes: 系统结束; the owner is told by the state. The number touched."""
        raise NotImplementedError

    async def owned_by(self, account_id: AccountId) -> list[Episode]:
        """What somebody owns, snoozed ones too: to be handed over before they sign off."""
        raise NotImplementedError
