"""Use cases of the satisfaction sheet: read a period, open its records, take it out, send it to the supervisor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.models import FollowUp, FollowUpKind, FollowUpState
from wxbot.followups.service import FollowUps
from wxbot.periods import Period, Span, period_of
from wxbot.surveys.followed import FollowedDay, GoalState, Part, midnight
from wxbot.surveys.models import SurveyResponse
from wxbot.surveys.sheet import KEY_OF, Figure, Group, Sheet, SheetLine, is_counted, sheet_of
from wxbot.surveys.stores.responses import ResponseStore
from wxbot.surveys.stores.sheets import ProducedSheet, SheetStore
from wxbot.surveys.visit_follow_ups import READ, VisitFollowUps

PRODUCED_FROM = time(8)  # local, of the day after the period: answers of the evening are in it
BACK: Mapping[Span, int] = {
    Span.DAY: 7,
    Span.WEEK: 2,
    Span.MONTH: 2,
}
"""So many periods are made up by a service that stood still."""
LISTED = 40
PAGE = "会话 · 满意度"


@dataclass(frozen=True, kw_only=True)
class TakenOut:
    """What the file of a period holds."""

    sheet: Sheet
    low: Sequence[tuple[SurveyResponse, FollowUp | None]]  # bad answers with their cases
    days: Sequence[FollowedDay]  # whom of each day was followed up


class SatisfactionSheets:
    """Read for whoever may see everybody's figures."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        responses: ResponseStore,
        sheets: SheetStore,
        *,
        followed: VisitFollowUps,
        followups: FollowUps,
        clinics: LiveClinic,
        audit: AuditTrail,
    ) -> None:
        self._responses = responses
        self._sheets = sheets
        self._followed = followed
        self._followups = followups
        self._clinics = clinics
        self._audit = audit

    async def of(self, period: Period, *, by: Actor) -> Sheet:
        """What the period's surveys came to by now. Raises ForbiddenError."""
        by.must(READ)
        found = await self._asked(period)
        return sheet_of(found, _open(await self._cases(found)))

    async def records(
        self, period: Period, group: Group, key: str, figure: Figure, *, by: Actor
    ) -> list[tuple[SurveyResponse, FollowUp | None]]:
        """The responses behind a number, the latest first, each with its case. Raises ForbiddenError."""
        by.must(READ)
        found = await self._asked(period)
        cases = await self._cases(found)
        counted = [
            each
            for each in found
            if each.has_left and KEY_OF[group](each) == key and is_counted(each, figure, _open(cases))
        ]
        return [(each, cases.get(each.key)) for each in reversed(counted)]

    async def taken_out(self, period: Period, *, by: Actor, now: datetime) -> TakenOut:
        """The sheet as the file has it; noted in the audit. Raises ForbiddenError."""
        sheet = await self.of(period, by=by)
        days = await self._followed.of(period, by=by)
        low = await self.records(period, Group.ALL, "", Figure.LOW, by=by)
        await self._audit.record(
            AuditAction.SURVEY_SHEET_EXPORTED,
            f"survey-sheet:{period.id}",
            by=by,
            now=now,
            summary=f"导出满意度表 {period.title}",
        )
        return TakenOut(sheet=sheet, low=low, days=days)

    async def produced(self, *, by: Actor) -> list[ProducedSheet]:
        """Those that went to the supervisor, the latest first. Raises ForbiddenError."""
        by.must(READ)
        return await self._sheets.latest(LISTED)

    async def produce(self, now: datetime) -> int:
        """Send the sheets of periods that have ended to the supervisor, each once; the number sent (A4-24).

        The task is opened under the period's key and the sheet kept under the same, so that a second process, or one
        that died between the two, sends nothing twice.
        """
        periods = {each.id: each for each in self._ended(now)}
        known = await self._sheets.known(periods)
        sent = 0
        for period in (each for key, each in periods.items() if key not in known):
            found = await self._asked(period)
            whole = sheet_of(found, _open(await self._cases(found))).whole
            task = await self._task(period, whole, now) if whole.counts[Figure.ASKED] else ""
            sheet = ProducedSheet(
                id=period.id,
                span=period.span,
                first=period.first.isoformat(),
                produced_at=now,
                asked=whole.counts[Figure.ASKED],
                answered=whole.counts[Figure.ANSWERED],
                rated=whole.counts[Figure.RATED],
                satisfied=whole.counts[Figure.SATISFIED],
                low=whole.counts[Figure.LOW],
                followup_id=task,
            )
            sent += await self._sheets.insert(sheet) and bool(task)
        return sent

    # -- inside ---------------------------------------------------------------------------------------------------

    def _ended(self, now: datetime) -> list[Period]:
        """The periods whose sheet is due, the earliest first."""
        local = now.astimezone(self._clinics.current.timezone)
        today = local.date() if local.time() >= PRODUCED_FROM else local.date() - timedelta(days=1)
        found = []
        for span, back in BACK.items():
            period = period_of(span, today)
            for _ in range(back):
                period = period_of(span, period.first - timedelta(days=1))
                found.append(period)
        return sorted(found, key=lambda each: (each.last, each.first))

    async def _task(self, period: Period, whole: SheetLine, now: datetime) -> str:
        counts, share = whole.counts, whole.share
        satisfied = f"满意 {counts[Figure.SATISFIED]} 人" + ("" if share is None else f"（{share:.0f}%）")
        low = f"低分 {counts[Figure.LOW]} 人，其中 {counts[Figure.OPEN]} 人还没有处理完"
        followed = _followed_words(await self._followed.counted(period), now)
        local = now.astimezone(self._clinics.current.timezone)
        task = await self._followups.open(
            key=f"survey-sheet/{period.id}",
            kind=FollowUpKind.CHECK,
            reason=f"满意度表 {period.title}：询问 {counts[Figure.ASKED]} 人，回答 {counts[Figure.ANSWERED]} 人，"
            f"{satisfied}，{low}{followed}。请主管查看，表格和 Excel 在「{PAGE}」",
            contact_id=None,
            patient_id=None,
            due_at=self._midnight(local.date() + timedelta(days=1)),
            now=now,
        )
        return task.id

    async def _asked(self, period: Period) -> list[SurveyResponse]:
        until = self._midnight(period.last + timedelta(days=1))
        return await self._responses.asked_between(self._midnight(period.first), until)

    async def _cases(self, responses: Sequence[SurveyResponse]) -> Mapping[str, FollowUp]:
        return await self._followups.by_keys([each.key for each in responses if each.followup_id])

    def _midnight(self, day: date) -> datetime:
        return midnight(day, self._clinics.current.timezone)


def _open(cases: Mapping[str, FollowUp]) -> frozenset[str]:
    return frozenset(key for key, case in cases.items() if case.state is FollowUpState.OPEN)


def _followed_words(days: Sequence[FollowedDay], now: datetime) -> str:
    if not days:
        return ""
    came, followed = (sum(each.count(part) for each in days) for part in (Part.CAME, Part.FOLLOWED))
    missed = sum(each.state(now) is GoalState.MISSED for each in days)
    return f"；到诊 {came} 人，已随访 {followed} 人" + (f"，{missed} 天未达标" if missed else "")
