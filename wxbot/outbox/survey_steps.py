"""A step of a plan that asks a survey: judged like a message, ended by handing it to who asks surveys.

Asking is safe to repeat, so a row whose process vanished is simply judged and asked again.
"""

from datetime import datetime

from wxbot.database import Document
from wxbot.outbox.models import Message, State
from wxbot.outbox.ports import PlannedSurveys
from wxbot.outbox.reactions import Finish
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.outbox.tally import FREE, Tally
from wxbot.templates.models import Rendered

REASON, NOT_NOW = "survey", "survey_not_now"
EXPLANATIONS = {
    REASON: "按计划请患者评价，问卷另行发出",
    NOT_NOW: "现在不适合询问是否满意，没有发送",
}
ASKED = Finish(state=State.DROPPED, reason=REASON, explanation=EXPLANATIONS[REASON])


class SurveySteps:
    """Has the survey of a step asked, once, and ends its row with the reason `survey`."""

    def __init__(self, *, store: OutboxStore, tally: Tally) -> None:
        self._store = store
        self._tally = tally
        self.surveys: PlannedSurveys | None = None

    async def ask(self, message: Message, intro: Rendered, now: datetime) -> State:
        """Ask it after `intro` and end the row; the state it went to. Expects the message claimed."""
        asked = self.surveys is not None and await self.surveys.ask_planned(message, intro.text, now)
        reason = REASON if asked else NOT_NOW
        ended: Document = {
            "state": State.DROPPED.value,
            "reason": reason,
            "explanation": EXPLANATIONS[reason],
            "template_version": intro.version,
            "settled_at": now,
            "blocks_contact": False,
            **FREE,
        }
        if await self._store.change_claimed(message, ended):
            self._tally.states[State.DROPPED.value] += 1
            self._tally.reasons[reason] += 1
        return State.DROPPED
