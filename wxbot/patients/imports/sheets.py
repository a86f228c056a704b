"""What staff see of a sheet before they import it: its header, examples, and what each column seems to hold. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wxbot.errors import InvalidInputError
from wxbot.patients.imports.cells import LONGEST_TAG
from wxbot.patients.imports.headers import find_header, guess_columns, signature
from wxbot.patients.imports.models import Choice, Field, HiddenRows, ImportId, Row, Sheet
from wxbot.patients.imports.store import row_id
from wxbot.spreadsheets.reader import SheetHead, SheetRows
from wxbot.spreadsheets.workbook import MOST_ROWS

EXAMPLES = 5
LONGEST_FILENAME = 120  # characters


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a sheet: position from 0, its header, the first values below it, what it holds if anything."""

    position: int
    name: str
    examples: tuple[str, ...]
    field: Field | None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A sheet as it would be read."""

    sheet: int
    header_row: int
    signature: str
    columns: tuple[Column, ...]
    remembered: bool  # the mapping is the one used the last time for such a header
    rows: int  # data rows below the header
    hidden_rows: int = 0  # rows of the sheet that a filter or somebody has hidden


def header_of(rows: Sequence[Row], header_row: int | None) -> Row | None:
    """The row asked for, else the one that looks most like a header; None for an empty sheet or no such row."""
    if header_row is not None:
        return next((row for row in rows if row.number == header_row), None)
    return rows[find_header([row.cells for row in rows])] if rows else None


def columns_of(header: Row, below: Sequence[Row], mapping: Mapping[str, Field]) -> tuple[Column, ...]:
    """Every column that has a name or an example."""
    width = max((len(row.cells) for row in (header, *below)), default=0)
    columns = (
        Column(
            position=position,
            name=_cell(header, position),
            examples=tuple(_cell(row, position) for row in below[:EXAMPLES]),
            field=mapping.get(str(position)),
        )
        for position in range(width)
    )
    return tuple(column for column in columns if column.name or any(column.examples))


def mapping_for(header: Row, remembered: Mapping[str, Field] | None) -> Mapping[str, Field]:
    """The mapping used the last time for such a header, else a guess."""
    return remembered if remembered is not None else guess_columns(header.cells)


def likely_sheet(sheets: Sequence[Sheet]) -> int:
    """The first sheet that is shown and not empty, else the first that is not empty."""
    usable = [number for number, sheet in enumerate(sheets) if sheet.rows and not sheet.too_long]
    shown = [number for number in usable if not sheets[number].hidden]
    return (shown or usable or [0])[0]


def signature_of(header: Row) -> str:
    """The same for every file with these column names in this order."""
    return signature(header.cells)


def _cell(row: Row, position: int) -> str:
    return row.cells[position] if position < len(row.cells) else ""


def check_choice(choice: Choice, preview: Preview) -> None:
    """Refuse what cannot be run; raises InvalidInputError in words for staff."""
    fields = list(choice.columns.values())
    if Field.NAME not in fields and Field.PHONE not in fields:
        raise InvalidInputError(sentence="请至少指定「姓名」或「手机」是哪一列")
    if len(set(fields)) != len(fields):
        raise InvalidInputError(sentence="有两列指定成了同一项，请只留一列")
    if len(choice.tag) > LONGEST_TAG:
        raise InvalidInputError(sentence=f"标签最多 {LONGEST_TAG} 字")
    if not preview.rows:
        raise InvalidInputError(sentence="表头下面没有数据行，请检查表头所在的行号")
    if preview.hidden_rows and choice.hidden is HiddenRows.UNDECIDED:
        raise InvalidInputError(
            sentence=f"这张表有 {preview.hidden_rows:,} 行被筛选或隐藏，请在下面选：这些行不导入，还是一起导入"
        )
    if preview.rows > MOST_ROWS:
        raise InvalidInputError(sentence=f"一次最多导入 {MOST_ROWS:,} 行，这张表有 {preview.rows:,} 行，请分成几个文件")


def staged(import_id: ImportId, sheet: int, piece: SheetRows, forget_at: datetime) -> list[Row]:
    """Rows of a sheet as they are kept until staff decide."""
    return [
        Row(
            id=row_id(import_id, sheet, line),
            import_id=import_id,
            sheet=sheet,
            number=line,
            cells=cells,
            forget_at=forget_at,
            hidden=line in piece.hidden,
        )
        for line, cells in piece.rows
    ]


def sheet_of(head: SheetHead) -> Sheet:
    """What is noted of a sheet whose rows are still to come."""
    name = head.name[:LONGEST_FILENAME]
    return Sheet(name=name, rows=0, columns=0, hidden=head.hidden, hidden_rows=head.hidden_rows, too_long=head.too_long)


def grown(sheet: Sheet, rows: Sequence[tuple[int, tuple[str, ...]]]) -> Sheet:
    """The sheet with these rows added."""
    columns = max((len(cells) for _, cells in rows), default=0)
    return replace(sheet, rows=sheet.rows + len(rows), columns=max(sheet.columns, columns))
