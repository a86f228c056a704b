"""Writes the .xlsx row by row with little memory. Blocking: call every method in a thread, one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wxbot.patients.exports.cells import text_cell
from wxbot.spreadsheets.writing import empty_workbook

TITLE = "患者名单"
WIDTHS = {"手机": 18, "手机（隐去中间）": 18, "证件号": 22, "生日": 16, "标签": 24, "备注": 40, "建档时间": 18}
USUAL_WIDTH = 14  # characters


@dataclass(frozen=True, kw_only=True)
class Head:
    """The lines above the rows and the document's properties: who exported it, when and why."""

    by_name: str
    at: str  # clinic time
    reason: str
    selection: str


class Sheet:
    """One workbook with one sheet, being written."""

    def __init__(self, head: Head, columns: Sequence[str]) -> None:
        self._workbook = empty_workbook()
        properties = self._workbook.properties
        properties.creator = properties.lastModifiedBy = head.by_name
        properties.title = TITLE
        properties.description = f"导出人：{head.by_name}；时间：{head.at}；理由：{head.reason}"
        self._sheet = self._workbook.create_sheet(TITLE)
        self._sheet.freeze_panes = "A4"
        for position, name in enumerate(columns):
            self._sheet.column_dimensions[chr(ord("A") + position)].width = WIDTHS.get(name, USUAL_WIDTH)
        self.add(
            [
                [f"导出人：{head.by_name}，时间：{head.at}，理由：{head.reason}"],
                [f"范围：{head.selection}。内含患者个人信息，请勿转发，用完删除。"],
                list(columns),
            ]
        )

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Append rows of text; none of it can run."""
        for row in rows:
            self._sheet.append([text_cell(self._sheet, text) if text else None for text in row])

    def save(self, path: Path) -> None:
        """End the sheet and write the file."""
        self._workbook.save(path)
