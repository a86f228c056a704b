"""What an .xlsx is written with. The library comes with the first one: 20 MB with numpy that few processes need."""

from typing import Any


def empty_workbook() -> Any:
    """A workbook that is written row by row, without a sheet."""
    from openpyxl import Workbook  # noqa: PLC0415 - see above

    return Workbook(write_only=True)


def column_letter(position: int) -> str:
    """What a column is called, counted from 1: B."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - the same

    return str(get_column_letter(position))


def text_only_cell(sheet: Any, text: str) -> Any:
    """A cell of a sheet being written which is text, whatever it begins with."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - the same

    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
