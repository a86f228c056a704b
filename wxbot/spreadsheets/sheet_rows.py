"""The rows that a worksheet's file has, without those that it only reaches past.

openpyxl makes up every row that is missing: a sheet whose last row has one coloured cell costs it seconds. Here a row
costs something only where the file has it. What is asked of openpyxl is not public; the version is locked.
"""

from collections.abc import Iterator
from typing import Any

_TRUE = {"1", "true"}

Row = tuple[int, list[Any], bool]
"""A line from 1, its values from the first column on, and whether it is hidden: by a filter or by hand."""


def existing_rows(worksheet: Any, most_columns: int) -> Iterator[Row]:
    """The rows of a worksheet that was opened read-only, in order; a row that comes twice or too late is left out."""
    from openpyxl.worksheet._reader import WorkSheetParser  # noqa: PLC0415 - with the workbook

    workbook, last = worksheet.parent, 0
    with worksheet._get_source() as source:  # noqa: SLF001
        parser = WorkSheetParser(
            source,
            worksheet._shared_strings,  # noqa: SLF001
            data_only=workbook.data_only,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,  # noqa: SLF001
            timedelta_formats=workbook._timedelta_formats,  # noqa: SLF001
        )
        for line, cells in parser.parse():
            looks = parser.row_dimensions.pop(str(line), {})
            if line <= last:
                continue
            last = line
            yield line, _values(cells, most_columns), looks.get("hidden") in _TRUE


def _values(cells: list[dict[str, Any]], most: int) -> list[Any]:
    width = max((cell["column"] for cell in cells if cell["column"] <= most), default=0)
    values: list[Any] = [None] * width
    for cell in cells:
        if 0 < cell["column"] <= width:
            values[cell["column"] - 1] = cell["value"]
    return values
