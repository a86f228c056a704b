"""The rows of a file as they are staged, and what is noted of its sheets. Pure."""

from datetime import datetime

from wxbot.patients.imports.models import ImportId, Row, Sheet
from wxbot.patients.imports.store import row_id
from wxbot.patients.imports.workbook import SheetText

LONGEST_FILENAME = 120  # characters


def staged(import_id: ImportId, sheet: int, text: SheetText, forget_at: datetime) -> list[Row]:
    """Every row of a sheet that holds something. Blocking for long sheets: call it in a thread."""
    return [
        Row(
            id=row_id(import_id, sheet, line),
            import_id=import_id,
            sheet=sheet,
            number=line,
            cells=tuple(cells),
            forget_at=forget_at,
        )
        for line, cells in zip(text.lines, text.cells, strict=True)
    ]


def sheet_of(text: SheetText) -> Sheet:
    """What is noted of a sheet."""
    return Sheet(
        name=text.name[:LONGEST_FILENAME],
        rows=len(text.lines),
        columns=max((len(cells) for cells in text.cells), default=0),
        hidden=text.hidden,
        too_long=text.too_long,
    )
