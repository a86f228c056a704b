"""Use cases of the desk's figures: an episode is measured when it closes; a period is read for a page."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from wxbot.actors import Actor
from wxbot.clinic.models import Block, Clinic, Weekday
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.closing.closings import Closings
from wxbot.conversations.closing.endings import is_staffs
from wxbot.conversations.evaluation.incidents import Incidents
from wxbot.conversations.evaluation.measuring import (
    OUT_OF_HOURS,
    RETURN_WITHIN,
    Circumstances,
    EpisodeFigures,
    is_return,
    measure,
)
from wxbot.conversations.evaluation.shift_changes import change_near
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.intake.service import IntakeRows
from wxbot.conversations.models import Episode, EpisodeId
from wxbot.conversations.rules import DeskRules
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.history.models import ContactId, Interaction
from wxbot.history.service import History
from wxbot.quality.models import Finding
from wxbot.staff.models import AccountId
from wxbot.surveys.models import SurveyResponse

READ, RATE = "desk:quality:read", "desk:quality:rate"
LINES = 1_000  # of one episode at most; a longer talk is measured by its latest
BEFORE = timedelta(seconds=5)  # the patient's words that opened an episode are dated a moment before it
RECENT = timedelta(days=1)  # without an open episode, so much of the talk is looked at
LOOK_BACK = timedelta(days=7)  # for closed episodes that are not measured, where none is yet
OVERLAP = timedelta(hours=1)  # closings are noted by several processes, whose clocks differ
AT_ONCE = 100  # episodes measured by one run of the job
MOST_DAYS = 92  # of a page of figures

Find = Callable[[str], Sequence[Finding]]
"""What the lexicon says of a colleague's line."""


class FiguresRows(Protocol):
    """Where figures are kept. Implemented by stores/figures.py, whose docstrings say what each does."""

    async def keep(self, figures: EpisodeFigures) -> None: ...  # noqa: D102

    async def by_id(self, episode_id: EpisodeId) -> EpisodeFigures | None: ...  # noqa: D102

    async def between(  # noqa: D102
        self, first: str, last: str, owner: AccountId | None = None
    ) -> list[EpisodeFigures]: ...

    async def next_asked(  # noqa: D102
        self, contact_id: ContactId, after: datetime, until: datetime
    ) -> datetime | None: ...

    async def note_return(self, contact_id: ContactId, since: datetime, at: datetime) -> None: ...  # noqa: D102

    async def measured_to(self) -> datetime | None: ...  # noqa: D102

    async def unmeasured(self, since: datetime, limit: int) -> list[Episode]: ...  # noqa: D102

    async def episode(self, episode_id: EpisodeId) -> Episode | None: ...  # noqa: D102

    async def open_episode(self, contact_id: ContactId) -> Episode | None: ...  # noqa: D102

    async def episodes_of(self, contact_ids: Collection[ContactId]) -> list[EpisodeId]: ...  # noqa: D102

    async def detach(self, contact_ids: Collection[ContactId]) -> int: ...  # noqa: D102


class Rosters(Protocol):
    """Who is on duty when. Implemented by conversations/hours/shifts.py."""

    async def everybody(self) -> Mapping[AccountId, Sequence[Block]]:
        """Everybody's week; who has no roster is left out."""
        ...


class TalkSurveys(Protocol):
    """Whether patients were satisfied with talks. Implemented by surveys/asking.py."""

    async def of_talks(self, episode_ids: Collection[str]) -> Mapping[str, SurveyResponse]:
        """The responses about those talks, by episode."""
        ...


class Figures:
    """Measures closed episodes once, and again on demand; reads what was measured."""

    def __init__(  # noqa: PLR0913 - what an episode is measured with
        self,
        rows: FiguresRows,
        *,
        history: History,
        closings: Closings,
        intakes: IntakeRows,
        clinics: LiveClinic,
        rules: DeskRules,
        find: Find,
        incidents: Incidents,
        rosters: Rosters,
        surveys: TalkSurveys,
    ) -> None:
        self._rows = rows
        self._history = history
        self._closings = closings
        self._intakes = intakes
        self._clinics = clinics
        self._rules = rules
        self._find = find
        self._incidents = incidents
        self._rosters = rosters
        self._surveys = surveys

    async def note_closed(self, episode: Episode, lines: Sequence[Interaction] | None = None) -> EpisodeFigures:
        """Measure an episode that is closed; doing it again writes the same again. `lines` oldest first, else read."""
        clinic = self._clinics.current
        if lines is None:
            lines = await self.lines_of(episode)
        intake = (await self._intakes.of([episode.contact_id])).get(episode.contact_id)
        closed_at = episode.closed_at or episode.latest_at
        beside = Circumstances(
            reachable=await self._closings.reachable(episode.contact_id, closed_at),
            out_of_scope=intake is not None and intake.out_of_scope,
            shift_change=partial(self._shift_change, list((await self._rosters.everybody()).values()), clinic),
            came_back_at=await self._rows.next_asked(episode.contact_id, closed_at, closed_at + RETURN_WITHIN),
            findings={line.id: self._find(line.text or "") for line in lines if is_staffs(line)},
            survey=(await self._surveys.of_talks([episode.id])).get(episode.id),
        )
        figures = measure(
            episode,
            lines,
            business=BusinessTime(clinic, self._rules),
            shift=shift_of(clinic, self._rules, episode.opened_at),
            local=episode.opened_at.astimezone(clinic.timezone),
            words=self._closings.words,
            beside=beside,
        )
        await self._rows.keep(figures)
        if is_return(episode):
            since = episode.opened_at - RETURN_WITHIN
            await self._rows.note_return(episode.contact_id, since, episode.opened_at)
        await self._incidents.open_for(figures, (), closed_at)
        return figures

    def _shift_change(
        self, weeks: Sequence[Sequence[Block]], clinic: Clinic, start: datetime, end: datetime
    ) -> datetime | None:
        return change_near(weeks, desk_blocks(clinic, self._rules), start, end, clinic.timezone)

    async def catch_up(self, now: datetime) -> int:
        """Measure what closed and is not measured yet; the number. A crash between the two loses nothing."""
        newest = await self._rows.measured_to()
        since = (newest if newest is not None else now) - (OVERLAP if newest is not None else LOOK_BACK)
        found = await self._rows.unmeasured(since, AT_ONCE)
        for episode in found:
            await self.note_closed(episode)
        return len(found)

    async def measure_talk(self, episode_id: EpisodeId) -> None:
        """Measure it again: it is known now what became of its survey. One that is gone or erased stays as it is."""
        episode = await self._rows.episode(episode_id)
        if episode is not None and not episode.is_open and not episode.erased:
            await self.note_closed(episode)

    async def lines_of(self, episode: Episode, until: datetime | None = None) -> list[Interaction]:
        """An episode's lines, oldest first: from a moment before it was opened until it was closed, or `until`."""
        end = until or episode.closed_at
        before = None if end is None else end + timedelta(milliseconds=1)
        found = await self._history.timeline(episode.contact_id, before=before, limit=LINES)
        return [line for line in reversed(found) if line.at >= episode.opened_at - BEFORE]

    async def talk_now(self, contact_id: ContactId, now: datetime) -> tuple[Episode | None, list[Interaction]]:
        """The contact's open episode and its lines, oldest first; without one, the lines of the last day."""
        episode = await self._rows.open_episode(contact_id)
        if episode is not None:
            return episode, await self.lines_of(episode)
        found = await self._history.timeline(contact_id, before=None, limit=LINES)
        return None, [line for line in reversed(found) if line.at >= now - RECENT]

    async def period(
        self, first: date, last: date, *, owner: AccountId | None = None, by: Actor
    ) -> list[EpisodeFigures]:
        """The figures of local days, of one person where given; of who may not rate others only their own.

        Raises ForbiddenError, FieldErrors for days in the wrong order or too many.
        """
        by.must(READ)
        if first > last:
            raise FieldErrors({"last": "结束日期不能早于开始日期"})
        if (last - first).days >= MOST_DAYS:
            raise FieldErrors({"last": f"一次最多看 {MOST_DAYS} 天"})
        whose = owner if by.may(RATE) else AccountId(by.id)
        return await self._rows.between(first.isoformat(), last.isoformat(), whose)

    async def one(self, episode_id: EpisodeId, *, by: Actor) -> EpisodeFigures:
        """Those of one episode. Raises ForbiddenError; NotFoundError also for a colleague's, where one may not rate."""
        by.must(READ)
        found = await self._rows.by_id(episode_id)
        if found is None or (found.owner != by.id and not by.may(RATE)):
            raise NotFoundError("no such figures")
        return found

    async def talk(self, episode_id: EpisodeId, *, by: Actor) -> list[Interaction]:
        """The lines of a measured talk, oldest first. Raises ForbiddenError, NotFoundError."""
        await self.one(episode_id, by=by)
        episode = await self._rows.episode(episode_id)
        return [] if episode is None or episode.erased else await self.lines_of(episode)

    async def measure_again(self, first: date, last: date, *, by: Actor) -> int:
        """Measure a period's episodes again, after words or rules were changed; the number.

        Those of erased contacts keep their numbers: nothing is left to measure.
        """
        by.must(RATE)
        known = await self.period(first, last, by=by)
        for each in known:
            episode = await self._rows.episode(each.id)
            if episode is not None and not episode.erased:
                await self.note_closed(episode)
        return len(known)

    async def episodes_of(self, contact_id: ContactId) -> list[EpisodeId]:
        """Every episode of a contact."""
        return await self._rows.episodes_of([contact_id])

    async def erase(self, contact_id: ContactId) -> int:
        """Take a contact off the figures; the numbers stay."""
        return await self._rows.detach([contact_id])


def desk_blocks(clinic: Clinic, rules: DeskRules) -> tuple[Block, ...]:
    """The blocks of the desk's week: its own hours, else while somebody at the clinic receives."""
    return rules.hours or tuple(
        Block(day=weekday, start=start, end=end) for weekday, spans in clinic.weekly_opening for start, end in spans
    )


def shift_of(clinic: Clinic, rules: DeskRules, at: datetime) -> str:
    """The block of the desk's week that a moment lies in, e.g. 09:00–12:00; OUT_OF_HOURS outside every block."""
    local = at.astimezone(clinic.timezone)
    day = list(Weekday)[local.weekday()]
    for block in desk_blocks(clinic, rules):
        if block.day is day and block.start <= local.time() < block.end:
            return f"{block.start:%H:%M}–{block.end:%H:%M}"
    return OUT_OF_HOURS
