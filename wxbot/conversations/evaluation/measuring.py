"""What one closed episode comes to in numbers: told from its lines once, when it closed, and again on demand. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from wxbot.actors import STAFF
from wxbot.conversations.closing.ending_words import EndingWords, asks
from wxbot.conversations.closing.endings import is_patients, talk_of
from wxbot.conversations.closing.leads import goals_of
from wxbot.conversations.models import Cause, EndingKind, Episode, EpisodeId
from wxbot.history.models import ContactId, Interaction
from wxbot.quality.models import Finding, Severity
from wxbot.staff.models import AccountId
from wxbot.surveys.models import Satisfaction, SurveyResponse
from wxbot.understanding.message import normalise

FEW_CHARACTERS = 20  # of the agent in a whole talk (A0-07)
SMALL_SHARE = 0.3  # of what the patient wrote (A0-07)
ENOUGH_TURNS = 3  # of the patient, for that comparison
RETURN_WITHIN = timedelta(days=7)  # who asks for a person again by then was not helped the first time (A2-78)
OUT_OF_HOURS = "非服务时间"

Findings = Mapping[str, Sequence[Finding]]
"""By a line's id: what the lexicon finds in it."""


ShiftChange = Callable[[datetime, datetime], datetime | None]
"""The change of shifts near a stretch of time."""


class Elapsed(Protocol):
    """Which time counts. Satisfied by clocks.py's BusinessTime."""

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The time between two moments that counts."""
        ...


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What is known beside the lines. `findings` are by a line's id."""

    reachable: bool = False
    out_of_scope: bool = False
    findings: Findings = field(default_factory=dict)
    shift_change: ShiftChange = lambda _start, _end: None
    came_back_at: datetime | None = None
    survey: SurveyResponse | None = None  # whether they were satisfied with the talk (A0-42)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A rule of the lexicon that a colleague's line met."""

    line_id: str
    severity: str  # of quality/models.py
    category: str
    name: str
    words: str
    grade: int = 1  # how bad an incident it is, 1 to 4 (A0-32)


@dataclass(frozen=True, kw_only=True)
class EpisodeFigures:
    """The numbers of one closed episode; seconds are business time. `id` is the episode's."""

    id: EpisodeId
    contact_id: ContactId
    cause: Cause
    opened_at: datetime
    closed_at: datetime
    day: str  # local date of the opening, ISO
    hour: int  # local, of the opening
    shift: str  # the block of the desk's day, e.g. 09:00–12:00
    owner: AccountId | None  # who answered last
    asked_for_a_person: bool  # counts in the denominator of the human answer rate (A2-89)
    human_answered: bool
    first_reply_seconds: float | None  # None: nobody answered, or nobody waited
    next_reply_seconds: tuple[float, ...]  # every later wait that was answered
    ending: EndingKind
    after_warnings: bool = False
    left_unanswered: bool = False  # it ended over an open question
    agent_characters: int = 0
    patient_characters: int = 0
    agent_turns: int = 0
    patient_turns: int = 0
    agent_questions: int = 0
    fillers: int = 0  # agent's lines of nothing but 嗯, 哦, 请稍等
    goals: Mapping[str, datetime] = field(default_factory=dict)  # by Goal
    reachable: bool = False
    out_of_scope: bool = False
    hits: tuple[Hit, ...] = ()
    surveyed: bool = False  # the question whether they were satisfied has left (A0-42)
    satisfaction: Satisfaction | None = None  # what they answered
    shift_change: datetime | None = None  # the one at which it ended or a question stayed open (A0-18)
    came_back_at: datetime | None = None  # the patient asked for a person again within RETURN_WITHIN (A2-78)

    @property
    def low_effort(self) -> bool:
        """A0-07: fewer than 20 characters, or less than 30 % of the patient's in a talk of 3 turns or more.

        Only where the patient said something and somebody answered: who did not answer at all is another figure.
        """
        if not self.patient_turns or not self.agent_turns:
            return False
        little = self.agent_characters < SMALL_SHARE * self.patient_characters
        return self.agent_characters < FEW_CHARACTERS or (self.patient_turns >= ENOUGH_TURNS and little)

    @property
    def one_sided(self) -> bool:
        """A3-05, 一问一答: a talk of 3 turns or more in which the agent asked nothing."""
        return self.patient_turns >= ENOUGH_TURNS and self.agent_turns > 0 and self.agent_questions == 0

    @property
    def blocked_hits(self) -> int:
        """Words that may reach no patient, and did."""
        return sum(each.severity == Severity.BLOCK.value for each in self.hits)


def is_return(episode: Episode) -> bool:
    """Whether it counts as coming back to an earlier talk: the patient needed a person again (A2-78)."""
    return episode.cause is not Cause.STAFF


def measure(  # noqa: PLR0913 - one fact each
    episode: Episode,
    lines: Sequence[Interaction],
    *,
    business: Elapsed,
    shift: str,
    local: datetime,
    words: EndingWords,
    beside: Circumstances,
) -> EpisodeFigures:
    """The numbers of a closed episode with its lines, oldest first. `local`: its opening in the clinic's time."""
    talk = talk_of(lines, words)
    theirs = [line for line in talk.lines if is_patients(line)]
    ours = [line for line in talk.lines if not is_patients(line)]
    waited = episode.first_waited_at or (theirs[0].at if theirs else None)
    answered = episode.first_reply_at or next((line.at for line in ours if waited is None or line.at >= waited), None)
    first = None
    if waited is not None and answered is not None and answered >= waited:
        first = business.elapsed(waited, answered).total_seconds()
    ending = episode.ending
    closed_at = episode.closed_at or episode.latest_at
    unanswered = talk.open_question is not None and not (ending is not None and ending.after_warnings)
    last = talk.lines[-1].at if talk.lines else closed_at
    return EpisodeFigures(
        id=episode.id,
        contact_id=episode.contact_id,
        cause=episode.cause,
        opened_at=episode.opened_at,
        closed_at=closed_at,
        day=local.date().isoformat(),
        hour=local.hour,
        shift=shift,
        owner=_who_answered(episode, ours),
        asked_for_a_person=episode.cause is Cause.ASKED,
        human_answered=answered is not None,
        first_reply_seconds=first,
        next_reply_seconds=_later_waits(talk.lines, words, business),
        ending=ending.kind if ending is not None else EndingKind.SYSTEM,
        after_warnings=ending is not None and ending.after_warnings,
        left_unanswered=unanswered,
        agent_characters=_characters(ours),
        patient_characters=_characters(theirs),
        agent_turns=_turns(talk.lines, patients=False),
        patient_turns=_turns(talk.lines, patients=True),
        agent_questions=sum(asks(line.text or "") for line in ours),
        fillers=sum(words.only_holds(line.text or "") for line in ours),
        goals={goal.value: reached.at for goal, reached in goals_of(lines).items()},
        reachable=beside.reachable,
        out_of_scope=beside.out_of_scope,
        hits=tuple(_hits(ours, beside.findings)),
        surveyed=beside.survey is not None and beside.survey.has_left,
        satisfaction=beside.survey.satisfaction if beside.survey is not None else None,
        shift_change=beside.shift_change(last, closed_at if unanswered else last),
        came_back_at=beside.came_back_at,
    )


def _later_waits(lines: Sequence[Interaction], words: EndingWords, business: Elapsed) -> tuple[float, ...]:
    """How long the patient waited for each answer after the first; polite closers wait for nothing."""
    waits: list[float] = []
    answered, since = False, None
    for line in lines:
        if is_patients(line):
            if since is None and not words.nothing_more(line.text or ""):
                since = line.at
            continue
        if since is not None and answered:
            waits.append(business.elapsed(since, line.at).total_seconds())
        answered, since = True, None
    return tuple(waits)


def _turns(lines: Sequence[Interaction], *, patients: bool) -> int:
    """How often that side spoke; lines in a row are one turn."""
    sides = [is_patients(line) for line in lines]
    return sum(side is patients and (at == 0 or sides[at - 1] is not patients) for at, side in enumerate(sides))


def _characters(lines: Sequence[Interaction]) -> int:
    """Letters, signs and digits, without marks and spaces."""
    return sum(len(normalise(line.text or "").words) for line in lines)


def _who_answered(episode: Episode, ours: Sequence[Interaction]) -> AccountId | None:
    if ours:
        return AccountId(ours[-1].by.removeprefix(STAFF))
    return episode.owner


def _hits(lines: Sequence[Interaction], findings: Findings) -> list[Hit]:
    return [
        Hit(
            line_id=line.id,
            severity=each.severity.value,
            category=each.category,
            name=each.label or each.name,
            words=each.words,
            grade=each.grade,
        )
        for line in lines
        for each in findings.get(line.id, ())
    ]
