"""The rows that were not imported or are to be checked, as an .xlsx: what is wrong, and their own cells to mend."""

import io
from collections.abc import Sequence

from wxbot.patients.exports.cells import text_cell
from wxbot.patients.imports.models import TO_CHECK, VERDICT_WORDS, Row
from wxbot.spreadsheets.writing import empty_workbook

WIDE, NARROW = 60, 16  # characters


def problem_sheet(header: Sequence[str], rows: Sequence[Row]) -> bytes:
    """The file's bytes. Blocking for long lists: call it in a thread."""
    workbook = empty_workbook()
    sheet = workbook.create_sheet("没有导入和待核对的行")
    sheet.freeze_panes = "A2"
    sheet.column_dimensions["A"].width = NARROW
    sheet.column_dimensions["C"].width = WIDE
    sheet.append([text_cell(sheet, name) for name in ("行号（原表）", "结果", "原因", *header)])
    for row in rows:
        outcome = outcome_of(row)
        texts = (reason(row), *row.cells)
        sheet.append([row.number, outcome, *(text_cell(sheet, text) if text else None for text in texts)])
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def outcome_of(row: Row) -> str:
    """What a row came to, in a word or two for staff."""
    words = VERDICT_WORDS[row.verdict] if row.verdict is not None else ""
    return f"{words}，{TO_CHECK}" if row.doubtful else words


def reason(row: Row) -> str:
    """Everything that is said of a row, in one text: why it was skipped, what is wrong with it, cell by cell."""
    return "；".join(reasons(row))


def reasons(row: Row) -> list[str]:
    """The same, one by one."""
    said = [
        f"{problem.column}{f'「{problem.value}」' if problem.value else ''}：{problem.wrong}。应为：{problem.expected}"
        + (f"，例如 {problem.example}" if problem.example else "")
        for problem in row.problems
    ]
    return [row.remark, *said] if row.remark else said
