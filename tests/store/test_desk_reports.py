"""Reports of the desk over a real mongod: filled in, completed, kept once per period."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.auditing import entries
from tests.store.test_figures import AGENT, DAY, LEAD, closed, review
from tests.unit.conversations.talks import OPENED
from wxbot.conversations.evaluation.report_models import Remarks, Report
from wxbot.conversations.evaluation.reports import LONGEST, written
from wxbot.conversations.evaluation.review import Review
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, StaleError
from wxbot.periods import Span, period_of

__all__ = ["review"]

NOW = OPENED + timedelta(hours=2)
WEEK = period_of(Span.WEEK, DAY)
SAID = Remarks(solved=" 午间两人值班 ", plan="多问一句缺牙多久")


def shown(report: Report, key: str) -> str:
    return next(each.shown for each in report.filled.lines if each.key == key)


async def test_a_report_is_filled_in_completed_and_keeps_its_numbers(database: Database, review: Review) -> None:
    await review.figures.note_closed(await closed(database))
    fresh, kept = await review.reports.of(WEEK, by=LEAD, now=NOW)
    assert (kept, shown(fresh, "all"), fresh.revision) == (False, "1", 1)
    saved = await review.reports.keep(WEEK, SAID, revision=0, by=LEAD, now=NOW)
    assert (saved.remarks.solved, saved.written_by_name) == ("午间两人值班", "主管小陈")
    await review.figures.note_closed(await closed(database, 2))
    again, kept = await review.reports.of(WEEK, by=LEAD, now=NOW)
    assert (kept, again) == (True, saved)
    renewed = await review.reports.keep(WEEK, SAID, revision=1, by=LEAD, now=NOW)
    assert (shown(renewed, "all"), renewed.revision) == ("2", 2)
    assert [each.id for each in await review.reports.kept(by=LEAD)] == ["week:2026-11-23"]
    assert [each.summary for each in await entries(database, "conversation:reported")] == [
        "保存周报 2026-11-23 至 2026-11-29"
    ] * 2


async def test_of_two_who_keep_it_at_once_one_is_told(review: Review) -> None:
    both = await asyncio.gather(
        *(review.reports.keep(WEEK, SAID, revision=0, by=LEAD, now=NOW) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in both) == ["Report", "StaleError"]
    with pytest.raises(StaleError):
        await review.reports.keep(WEEK, SAID, revision=5, by=LEAD, now=NOW)


async def test_a_remark_is_wanted_and_not_too_long(review: Review) -> None:
    for remarks, field in ((Remarks(solved=" "), "solved"), (Remarks(plan="长" * (LONGEST + 1)), "plan")):
        with pytest.raises(FieldErrors) as error:
            await review.reports.keep(WEEK, remarks, revision=0, by=LEAD, now=NOW)
        assert field in error.value.fields
    assert await review.reports.kept(by=LEAD) == []


async def test_only_who_sees_everybodys_figures_writes_reports(review: Review) -> None:
    for attempt in (
        lambda: review.reports.kept(by=AGENT),
        lambda: review.reports.of(WEEK, by=AGENT, now=NOW),
        lambda: review.reports.keep(WEEK, SAID, revision=0, by=AGENT, now=NOW),
        lambda: review.reports.taken_out(WEEK, by=AGENT, now=NOW),
    ):
        with pytest.raises(ForbiddenError):
            await attempt()


async def test_the_file_has_the_definitions_and_runs_nothing(database: Database, review: Review) -> None:
    await review.figures.note_closed(await closed(database))
    await review.reports.keep(WEEK, replace(SAID, learned="=1+1"), revision=0, by=LEAD, now=NOW)
    report = await review.reports.taken_out(WEEK, by=LEAD, now=NOW)
    book = load_workbook(BytesIO(written(report, WEEK.title, {"li": "客服小李"})))
    sheets = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    assert sheets.keys() == {"数字", "最多的", "每个人", "总结"}
    rows = {row[0]: row for row in sheets["数字"]}
    assert rows["30 秒内首次答复"][1:4] == ("100.0%", 1, 1)
    assert rows["30 秒内首次答复"][5] == "优质"
    assert "（A3-02）" in rows["30 秒内首次答复"][6]
    assert sheets["每个人"][1][0] == "客服小李"
    assert ("学到了什么", "'=1+1") in sheets["总结"]
    assert next(each.summary for each in await entries(database, "conversation:reported")).startswith("导出周报")
