"""Use cases of reports: filled in from the figures, completed with remarks, kept, taken out as a spreadsheet."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from io import BytesIO
from typing import Any, Protocol

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations.evaluation.report_models import REMARKS, Remarks, Report, filled, people_heads
from wxbot.conversations.evaluation.reporting import RATE, Figures
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.standards import Band
from wxbot.errors import FieldErrors, StaleError
from wxbot.patients.exports.cells import text_cell
from wxbot.periods import Period
from wxbot.spreadsheets.writing import column_letter, empty_workbook

LONGEST = 2_000  # characters of a remark
LISTED = 100
NOBODY = "没有人答复"
WIDTH, WIDE = 16, 60  # characters of a column


class ReportRows(Protocol):
    """Where reports are kept. Implemented by stores/reports.py."""

    async def put(self, report: Report) -> bool:
        """Keep it in place of the revision before it; False when that is not there."""
        ...

    async def by_id(self, report_id: str) -> Report | None:
        """The report of that period."""
        ...

    async def latest(self, limit: int) -> list[Report]:
        """The latest periods first."""
        ...


class Reports:
    """Reports of the whole desk, for who may see everybody's figures."""

    def __init__(self, rows: ReportRows, *, figures: Figures, rules: DeskRules, audit: AuditTrail) -> None:
        self._rows = rows
        self._figures = figures
        self._rules = rules
        self._audit = audit

    async def kept(self, *, by: Actor) -> list[Report]:
        """Those that were kept, the latest periods first. Raises ForbiddenError."""
        by.must(RATE)
        return await self._rows.latest(LISTED)

    async def of(self, period: Period, *, by: Actor, now: datetime) -> tuple[Report, bool]:
        """The report of a period and whether it is kept; one that is not is filled in from the figures of now.

        Raises ForbiddenError.
        """
        by.must(RATE)
        kept = await self._rows.by_id(period.id)
        if kept is not None:
            return kept, True
        return await self._fresh(period, Remarks(), 0, by, now), False

    async def keep(self, period: Period, remarks: Remarks, *, revision: int, by: Actor, now: datetime) -> Report:
        """Keep it with remarks and the figures of now; `revision` is 0 where none was kept.

        Raises ForbiddenError, StaleError, FieldErrors (a remark is too long, or all are empty).
        """
        by.must(RATE)
        said = {each.name: getattr(remarks, each.name).strip() for each in fields(Remarks)}
        wrong = {name: f"最多 {LONGEST} 个字" for name, text in said.items() if len(text) > LONGEST}
        if not any(said.values()):
            wrong["solved"] = "请至少写一项"
        if wrong:
            raise FieldErrors(wrong)
        report = await self._fresh(period, Remarks(**said), revision, by, now)
        if not await self._rows.put(report):
            raise StaleError("the report was changed meanwhile")
        await self._note(period, "保存", by, now)
        return report

    async def taken_out(self, period: Period, *, by: Actor, now: datetime) -> Report:
        """The report as it is kept, else as the figures are now; noted in the audit. Raises ForbiddenError."""
        report, _ = await self.of(period, by=by, now=now)
        await self._note(period, "导出", by, now)
        return report

    async def _fresh(self, period: Period, remarks: Remarks, revision: int, by: Actor, now: datetime) -> Report:
        found = await self._figures.period(period.first, period.last, by=by)
        return Report(
            id=period.id,
            span=period.span,
            first=period.first.isoformat(),
            last=period.last.isoformat(),
            filled=filled(found, self._rules.standards),
            remarks=remarks,
            written_at=now,
            written_by=by.by,
            written_by_name=by.name,
            revision=revision + 1,
        )

    async def _note(self, period: Period, what: str, by: Actor, now: datetime) -> None:
        summary = f"{what}{period.title}"
        await self._audit.record(
            AuditAction.CONVERSATION_REPORTED, f"report:{period.id}", by=by, now=now, summary=summary
        )


def written(report: Report, title: str, names: Mapping[str, str]) -> bytes:
    """The .xlsx: figures with their definitions, people, remarks. Blocking. `names` by account; no cell can run."""
    book = empty_workbook()
    book.properties.title = title
    lines: list[Sequence[str | int]] = [
        [each.name, each.shown, each.count, each.among, each.standard, _band(each.band), each.words]
        for each in report.filled.lines
    ]
    _sheet(book, "数字", ["数字", "数值", "个数", "分母", "标准", "达到", "定义"], lines)
    tallies: list[Sequence[str | int]] = [["来由", each.name, each.count] for each in report.filled.causes]
    tallies += [["用语规则", each.name, each.count] for each in report.filled.rules]
    _sheet(book, "最多的", ["种类", "名称", "次数"], tallies)
    people = [[names.get(each.account, NOBODY), *each.shown] for each in report.filled.people]
    _sheet(book, "每个人", ["接待", *people_heads()], people)
    said: list[list[str | int]] = [[words, getattr(report.remarks, name)] for name, words in REMARKS.items()]
    _sheet(book, "总结", [title, f"{report.written_by_name}"], said)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _sheet(book: Any, name: str, heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
    sheet: Any = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for position, head in enumerate(heads):
        wide = head == "定义" or name == "总结"
        sheet.column_dimensions[column_letter(position + 1)].width = WIDE if wide else WIDTH
    for row in [heads, *rows]:
        sheet.append([text_cell(sheet, each) if isinstance(each, str) else each for each in row])


def _band(value: str) -> str:
    return Band(value).label if value else ""
