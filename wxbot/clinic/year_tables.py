"""A year's arrangement from pasted text, the rows of a spreadsheet or a .toml, and back to lines. Pure.

A line is a day and what it is: "2027-02-06 休 春节", "2027-02-20 班", also "2027年2月6日 放假", "2027/2/20,上班".
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date

from wxbot.clinic.checks import year_table_problems
from wxbot.clinic.models import SpecialDay, YearTable
from wxbot.errors import FieldErrors

MOST_BYTES = 1_000_000  # a year's table has some forty lines
MOST_LINES = 1_000
LONGEST_LINE = 200  # characters looked at
EXPECTED = "每行一天：日期、休或班、节日名称，例如「2027-02-06 休 春节」「2027-02-20 班」。"

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_OFF = ("休", "放假", "假", "休息", "off")
_WORK = ("班", "上班", "补班", "调休上班", "work")


def from_lines(lines: Iterable[str]) -> YearTable:
    """The table that lines of text give. Raises FieldErrors, naming the line."""
    days: list[SpecialDay] = []
    for number, line in enumerate(lines, start=1):
        words = line.strip().strip("\ufeff")
        if not words or words.startswith("#"):
            continue
        if number > MOST_LINES:
            raise FieldErrors({"days": f"行数太多，最多 {MOST_LINES} 行。{EXPECTED}"})
        days.append(_day(words[:LONGEST_LINE], number))
    if not days:
        raise FieldErrors({"days": f"没有读到任何日期。{EXPECTED}"})
    table = YearTable(year=days[0].day.year, days=tuple(sorted(days, key=lambda each: each.day)))
    problems = year_table_problems(table)
    if problems:
        raise FieldErrors(problems)
    return table


def from_file(name: str, data: bytes) -> YearTable:
    """The table in a .csv, .txt or .toml file. Raises FieldErrors with what was expected."""
    if len(data) > MOST_BYTES:
        raise FieldErrors({"days": f"文件有 {len(data) // 1024} KB，年度安排不会这么大，请检查是否选错了文件。"})
    kind = name.rsplit(".", 1)[-1].lower()
    text = _text(data)
    if kind == "toml":
        return from_lines(_toml_lines(text))
    if kind in {"csv", "txt"}:
        return from_lines(" ".join(cell.strip() for cell in row) for row in csv.reader(io.StringIO(text)))
    raise FieldErrors({"days": f"这里可以用 .xlsx、.csv、.txt 或 .toml 文件，收到的是 .{kind[:10]}。{EXPECTED}"})


def from_rows(rows: Iterable[tuple[int, Sequence[str]]]) -> YearTable:
    """The table in a spreadsheet's rows, each with its line from 1. Raises FieldErrors, naming the line."""
    lines: list[str] = []
    for number, cells in rows:
        lines += [""] * (min(number, MOST_LINES + 1) - 1 - len(lines))
        lines.append(" ".join(cell for cell in cells if cell))
        if number > MOST_LINES:
            break
    headed = bool(lines) and _DATE.search(lines[0][:LONGEST_LINE]) is None  # a first row of column names
    return from_lines(["", *lines[1:]] if headed else lines)


def line_of(special: SpecialDay) -> str:
    """How a day is written: 2027-02-06 休 春节."""
    return f"{special.day.isoformat()} {'休' if special.off else '班'} {special.name}".rstrip()


def text_of(table: YearTable) -> str:
    """The whole table as it is pasted."""
    return "\n".join(line_of(each) for each in table.days)


def _day(words: str, number: int) -> SpecialDay:
    found = _DATE.search(words)
    if found is None:
        raise FieldErrors({"days": f"第 {number} 行「{words[:30]}」里没有日期。{EXPECTED}"})
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise FieldErrors({"days": f"第 {number} 行：没有 {found[0].strip()} 这一天。"}) from None
    rest = re.split(r"[\s,，;；、]+", (words[: found.start()] + " " + words[found.end() :]).strip(" ,，;；"))
    said = [
        word for word in rest if word and not re.fullmatch(r"(00:00:00|[(（]?(周|星期)[一二三四五六日天][)）]?)", word)
    ]
    marks = {True: [each for each in said if each in _OFF], False: [each for each in said if each in _WORK]}
    if bool(marks[True]) == bool(marks[False]):
        raise FieldErrors({"days": f"第 {number} 行「{words[:30]}」要写明是「休」还是「班」。"})
    name = next((each for each in said if each not in _OFF + _WORK), "")
    if len(name) > 20:  # noqa: PLR2004 - as config/schemas.py has it
        raise FieldErrors({"days": f"第 {number} 行：节日名称「{name[:20]}…」太长，最多 20 个字。"})
    return SpecialDay(day=day, off=bool(marks[True]), name=name)


def _toml_lines(text: str) -> list[str]:
    """The days of a file such as clinic.toml's `[[holidays]]`, or of a bare `days = […]`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FieldErrors({"days": f"TOML 格式有误：{error}"}) from None
    except RecursionError:
        raise FieldErrors({"days": f"TOML 文件嵌套太深。{EXPECTED}"}) from None
    tables = data.get("holidays", [data])
    found = tables[0].get("days") if isinstance(tables, list) and tables and isinstance(tables[0], dict) else None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise FieldErrors({"days": f'TOML 文件里要有 days = ["2027-02-06 休 春节", …]。{EXPECTED}'})
    return [str(each) for each in found]


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # spreadsheets of Chinese Windows save .csv in the second
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FieldErrors({"days": "读不出文件里的文字，请用 UTF-8 编码保存，或直接粘贴文字。"})
