"""Looks every few seconds for open episodes that are in nobody's list, and puts them back to the queue."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wxbot.actors import SYSTEM
from wxbot.audit.actions import AuditAction
from wxbot.audit.models import Filter
from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.episodes.assigning import Assigning
from wxbot.conversations.episodes.visibility import LATE, Unseen, unseen
from wxbot.conversations.models import EpisodeId
from wxbot.conversations.ports import StaffedAccounts
from wxbot.conversations.reading.stores.lists import ListStore
from wxbot.conversations.states import REPLY
from wxbot.logs import get_logger
from wxbot.metrics import UNSEEN_EPISODES

log = get_logger(__name__)

MOST_AT_ONCE = 200  # put back in one run; the next one is seconds away
LOOKED_BACK = timedelta(days=1)  # of the health page
MOST_TOLD = 100  # of it


class VisibilityCheck:
    """What is wrong at two looks in a row is put back: in between the desk's own clock may have moved it on."""

    def __init__(
        self, store: ListStore, *, desk: Assigning, staff: StaffedAccounts, audit: AuditTrail, clinics: LiveClinic
    ) -> None:
        self._store = store
        self._desk = desk
        self._staff = staff
        self._audit = audit
        self._clinics = clinics
        self._noticed: dict[EpisodeId, Unseen] = {}  # what the latest look found wrong

    async def run(self, now: datetime) -> int:
        """Look at the open ones; the number that was put back to the queue."""
        staffed = await self._staff.holders_of(REPLY)
        found = await self._store.doubtful(staffed, now - LATE, MOST_AT_ONCE)
        wrong = {each.id: why for each in found if (why := unseen(each, staffed, now)) is not None}
        again = [each for each, why in wrong.items() if self._noticed.get(each) is why]
        self._noticed = wrong
        moved = 0
        for episode_id in again:
            put_back = await self._desk.put_back(episode_id, staffed, now)
            if put_back is not None:
                moved += 1
                UNSEEN_EPISODES.labels(put_back.value).inc()
                log.warning("episode_was_in_no_list", episode=episode_id, reason=put_back.value)
        return moved

    async def put_back_lately(self, now: datetime) -> Sequence[str]:
        """Why each episode was put back within the last day, the newest first."""
        since = now - LOOKED_BACK
        wanted = Filter(
            by=SYSTEM.by,
            action=AuditAction.CONVERSATION_UNSTUCK.value,
            first_day=since.astimezone(self._clinics.current.timezone).date().isoformat(),
        )
        found = await self._audit.entries(wanted, by=SYSTEM, limit=MOST_TOLD)
        return [each.reason for each in found if each.at >= since]
