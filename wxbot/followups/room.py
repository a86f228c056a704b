"""The use cases of 待办回访 beside opening and closing, by name."""

from dataclasses import dataclass

from wxbot.followups.attempts import Attempts
from wxbot.followups.call_plans import CallPlans
from wxbot.followups.clocks import Clocks
from wxbot.followups.effort import EffortFigures
from wxbot.followups.owners import Owners
from wxbot.followups.ports import LatestVisits
from wxbot.followups.rules import FollowUpRules
from wxbot.followups.undecided import UndecidedPatients
from wxbot.followups.worklist import Worklist
from wxbot.history.models import ContactId


@dataclass(frozen=True, kw_only=True)
class FollowUpRoom:
    """回访."""

    rules: FollowUpRules
    attempts: Attempts
    plans: CallPlans
    owners: Owners
    worklist: Worklist
    undecided: UndecidedPatients
    effort: EffortFigures
    clocks: Clocks
    visits: LatestVisits

    async def erase(self, contact_id: ContactId) -> int:
        """Forget what is known of an erased contact; the number of records."""
        return await self.attempts.erase(contact_id) + await self.owners.erase(contact_id)
