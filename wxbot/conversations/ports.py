"""What the desk asks of rooms that know nothing of it, and they of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from wxbot.actors import Actor
from wxbot.conversations.models import Episode
from wxbot.followups.models import FollowUpId
from wxbot.history.models import ContactId
from wxbot.patients.models import Contact
from wxbot.staff.models import AccountId


class StaffReach(Protocol):
    """Tells colleagues on their own WeChat. Implemented by dangers/alerts.py."""

    async def tell_of_waiting(
        self, episode: Episode, accounts: Collection[AccountId], words: str, now: datetime
    ) -> int:
        """One message per colleague who bound their WeChat; the number enqueued. Once per episode, rung and wait."""
        ...


class KnownContacts(Protocol):
    """Who exists. Implemented by patients/service.py."""

    async def contacts(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId, Contact]:
        """Those of them that exist, erased ones too."""
        ...


class Supervisors(Protocol):
    """Tells who leads the desk. Implemented by conversations/escalation/supervisor_alerts.py."""

    async def tell(self, episode: Episode, what: str, words: str, now: datetime) -> int:
        """That something happened with that talk, once per wait and `what`; the number of messages."""
        ...


class StaffedAccounts(Protocol):
    """Who may do something. Implemented by staff/service.py."""

    async def holders_of(self, permission: str) -> Collection[AccountId]:
        """The active accounts that hold the permission."""
        ...


class ContactMarks(KnownContacts, Protocol):
    """Who can be talked with. Implemented by patients/service.py."""

    async def mark_conversation(self, contact_id: ContactId, episode_id: str) -> bool:
        """Each push of the contact looks for an open episode from now on; whether that is new."""
        ...


class AfterTalk(Protocol):
    """What follows when a talk has ended. Implemented by conversations/episodes/after_talk.py."""

    async def ask(self, episode: Episode, now: datetime) -> bool:
        """Ask the patient whether they were satisfied, where that is fitting; safe to repeat."""
        ...


class NothingAfterwards:
    """Nobody is asked anything."""

    async def ask(self, episode: Episode, now: datetime) -> bool:
        """Do nothing."""
        del episode, now
        return False


class HandoffTasks(Protocol):
    """The tasks in 待办 that end with an episode. Implemented by followups/service.py."""

    async def close(self, followup_id: FollowUpId, outcome: str, *, by: Actor, now: datetime) -> Any:
        """Note that it is done. Raises NotFoundError, StaleError (it is closed already)."""
        ...

    async def withdraw(self, followup_id: FollowUpId, now: datetime) -> bool:
        """The patient needs nobody any more; False when it was closed already."""
        ...


class StaffNames(Protocol):
    """What colleagues are called. Implemented by staff/service.py."""

    async def names(self, ids: Collection[str]) -> Mapping[str, str]:
        """The names of those accounts that exist."""
        ...


class Duty(Protocol):
    """Who may be given a new chat now. Implemented by conversations/hours/shifts.py."""

    async def takes_new_chats(self, account_id: AccountId, now: datetime) -> bool:
        """Whether they are on a shift that does not end within half an hour; without a roster always."""
        ...
