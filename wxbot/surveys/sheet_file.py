"""The satisfaction sheet as a spreadsheet. Blocking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from io import BytesIO
from typing import Any

from wxbot.followups.models import FollowUp, FollowUpState
from wxbot.patients.exports.cells import text_cell
from wxbot.spreadsheets.writing import column_letter, empty_workbook
from wxbot.surveys.followed import FollowedDay, Part
from wxbot.surveys.models import SurveyResponse
from wxbot.surveys.sheet import KEY_OF, Figure, Group, SheetLine
from wxbot.surveys.sheets import TakenOut

WIDTH = 16  # characters of a column
HEADS = ("询问", "回答", "打分", "平均分（百分制）", "满意", "满意率（%）", "低分", "未了结")
FOLLOWED_HEADS = ("日期", *(part.label for part in Part), "随访率（%）", "目标（%）", "是否达标")
CASE_STATES: Mapping[FollowUpState, str] = {
    FollowUpState.OPEN: "处理中",
    FollowUpState.DONE: "已处理",
    FollowUpState.OBSOLETE: "不再需要",
}

Cell = str | int | float


@dataclass(frozen=True, kw_only=True)
class SheetNames:
    """What the keys of the lines are called, by group; what is not named is shown as it is."""

    by_group: Mapping[Group, Mapping[str, str]]

    def of(self, group: Group, key: str) -> str:
        """The name of a line."""
        return self.by_group.get(group, {}).get(key, key)


def written(content: TakenOut, *, title: str, names: SheetNames, zone: tzinfo, now: datetime) -> bytes:
    """The .xlsx: the whole, a sheet per group, the bad answers with their cases, 随访 by day. No cell can run."""
    sheet = content.sheet
    book = empty_workbook()
    book.properties.title = title
    _sheet(book, "合计", (title, *HEADS), [("全部", *_cells(sheet.whole))])
    for group, lines in sheet.groups.items():
        rows = [(names.of(group, each.key), *_cells(each)) for each in lines]
        _sheet(book, group.label, (group.label.removeprefix("按"), *HEADS), rows)
    heads = ("询问时间", "关于", "问卷", "医生", "项目", "接待同事", "分数（百分制）", "处理情况", "结果")
    _sheet(book, "低分", heads, [_case(response, case, names, zone) for response, case in content.low])
    _sheet(book, "随访", FOLLOWED_HEADS, [_followed(day, now) for day in content.days])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _followed(day: FollowedDay, now: datetime) -> tuple[Cell, ...]:
    counts = [day.count(part) for part in Part]
    return day.day.isoformat(), *counts, round(day.percent, 1), day.goal, day.state(now).label


def _cells(line: SheetLine) -> tuple[Cell, ...]:
    counts = line.counts
    mean: Cell = "" if line.mean is None else round(line.mean, 1)
    share: Cell = "" if line.share is None else round(line.share, 1)
    asked, answered, rated = (counts[each] for each in (Figure.ASKED, Figure.ANSWERED, Figure.RATED))
    return asked, answered, rated, mean, counts[Figure.SATISFIED], share, counts[Figure.LOW], counts[Figure.OPEN]


def _case(response: SurveyResponse, case: FollowUp | None, names: SheetNames, zone: tzinfo) -> tuple[Cell, ...]:
    named = [
        names.of(group, KEY_OF[group](response))
        for group in (Group.SURVEY, Group.PRACTITIONER, Group.VISIT_TYPE, Group.ACCOUNT)
    ]
    return (
        f"{response.asked_at.astimezone(zone):%Y-%m-%d %H:%M}",
        response.occasion.label,
        *named,
        "" if response.points is None else response.points,
        "" if case is None else CASE_STATES[case.state],
        "" if case is None else case.outcome or "",
    )


def _sheet(book: Any, name: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    sheet: Any = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for position in range(len(heads)):
        sheet.column_dimensions[column_letter(position + 1)].width = WIDTH
    for row in [heads, *rows]:
        sheet.append([text_cell(sheet, each) if isinstance(each, str) else each for each in row])
