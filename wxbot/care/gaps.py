"""What became of a gap, to read: its report, and each question that it left to colleagues with what waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from wxbot.actors import Actor
from wxbot.care.catch_ups import QUESTION, REPORT
from wxbot.care.records import Decision
from wxbot.care.stores.looks import LookStore
from wxbot.errors import NotFoundError
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpState
from wxbot.followups.service import READ, FollowUps
from wxbot.outbox.models import Message
from wxbot.outbox.service import Outbox
from wxbot.outbox.stores.reading import GapTally
from wxbot.workflow import NotNowError

DECIDE_FIRST = "这条待办要先决定补发还是不补发；决定以后会自动完成。"
LISTED = 50  # messages of one page
MOST_QUESTIONS = 200  # of one gap: plans times days


@dataclass(frozen=True, kw_only=True)
class GapQuestion:
    """What one plan had due on one local day of a gap, and what was decided. `id` is `<gap>/<plan>/<day>`."""

    id: str
    task: FollowUp
    decision: Decision | None
    tallies: tuple[GapTally, ...]  # how its messages stand, by step

    @property
    def gap(self) -> str:
        """The gap's name."""
        return self.id.split("/")[0]

    @property
    def plan(self) -> str:
        """The plan's key."""
        return self.id.split("/")[1]

    @property
    def day(self) -> str:
        """The local day on which it fell due, 2026-11-28."""
        return self.id.rsplit("/", 1)[1]

    @property
    def messages(self) -> int:
        """How many messages it is about."""
        return sum(each.messages for each in self.tallies)


@dataclass(frozen=True, kw_only=True)
class GapReport:
    """One gap: what a colleague is told (None where only questions are known), its questions, and all that stands."""

    id: str
    task: FollowUp | None
    questions: tuple[GapQuestion, ...]
    tallies: tuple[GapTally, ...]


class Gaps:
    """Reads gaps. Every use case raises ForbiddenError and NotFoundError."""

    def __init__(self, store: LookStore, *, outbox: Outbox, followups: FollowUps) -> None:
        self._store = store
        self._outbox = outbox
        self._followups = followups

    async def question(self, question: str, *, by: Actor) -> GapQuestion:
        """One question, with how its messages stand."""
        by.must(READ)
        task = await self._followups.find(f"{QUESTION}{question}")
        if task is None:
            raise NotFoundError(f"no question {question}")
        tallies = await self._outbox.groups.tally_gap(question.split("/", maxsplit=1)[0])
        return _question(task, tallies, (await self._store.decisions([question])).get(question))

    async def messages(self, gap: str, *, by: Actor, asked: str | None = None, after: str = "") -> list[Message]:
        """What fell due in a gap and was not simply sent later, by key, after the key `after`; `asked`: of a question.

        With an empty `asked` what was not asked about.
        """
        by.must(READ)
        return await self._outbox.groups.of_gap(gap, asked=asked, after=after, limit=LISTED)

    async def refuse_while_undecided(self, followup_id: FollowUpId) -> None:
        """Refuse to close a question by hand: what waits for it would expire. Raises NotNowError."""
        task = await self._followups.by_id(followup_id)
        if task is not None and is_question(task.key) and task.state is FollowUpState.OPEN:
            raise NotNowError(DECIDE_FIRST)

    async def report(self, gap: str, *, by: Actor) -> GapReport:
        """One gap with its questions."""
        by.must(READ)
        task = await self._followups.find(f"{REPORT}{gap}")
        tasks = await self._followups.open_ones(by=by, prefix=f"{QUESTION}{gap}/", limit=MOST_QUESTIONS)
        if task is None and not tasks:
            raise NotFoundError(f"no gap {gap}")
        decisions = await self._store.decisions([each.key.removeprefix(QUESTION) for each in tasks])
        tallies = await self._outbox.groups.tally_gap(gap)
        questions = [_question(each, tallies, decisions.get(each.key.removeprefix(QUESTION))) for each in tasks]
        return GapReport(id=gap, task=task, questions=tuple(questions), tallies=tuple(tallies))


def gap_of(key: str) -> str:
    """What a follow-up of that key asks or tells about: `<gap>/<plan>/<day>` or `<gap>`; empty of any other."""
    return next((key.removeprefix(each) for each in (QUESTION, REPORT) if key.startswith(each)), "")


def is_question(key: str) -> bool:
    """Whether a follow-up of that key asks for a decision."""
    return key.startswith(QUESTION)


def _question(task: FollowUp, tallies: Sequence[GapTally], decision: Decision | None) -> GapQuestion:
    question = task.key.removeprefix(QUESTION)
    theirs = tuple(each for each in tallies if each.asked == question)
    return GapQuestion(id=question, task=task, decision=decision, tallies=theirs)
