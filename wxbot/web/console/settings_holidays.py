"""设置: the statutory calendar of a year, and the import of its arrangement: preview first, then apply."""

from calendar import Calendar
from dataclasses import dataclass
from datetime import date

from aiohttp import web

from wxbot.clinic import year_tables
from wxbot.clinic.holidays import Preview
from wxbot.clinic.models import SpecialDay, YearTable
from wxbot.errors import FieldErrors
from wxbot.spreadsheets.errors import UploadRefusedError
from wxbot.web.console.forms import Form, filled, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import CHANGED, revision_of
from wxbot.web.console.submit import submit

PATH = "/console/settings/holidays"
YEARS = range(2010, 2101)  # what the page turns to


@dataclass(frozen=True)
class Cell:
    """A day of the year view. `mark` is off, work or nothing."""

    day: date
    mark: str
    name: str


@dataclass(frozen=True)
class Month:
    """A month: weeks of seven, None where a day belongs to another month."""

    number: int
    weeks: tuple[tuple[Cell | None, ...], ...]


async def index(request: web.Request) -> web.StreamResponse:
    """The year's calendar and the import."""
    return await _year(request, _asked(request), filled({}))


async def preview(request: web.Request) -> web.StreamResponse:
    """What the pasted text or the file would change; nothing is kept."""
    return await submit(request, _look, again=_again)


async def _look(request: web.Request, form: Form) -> web.StreamResponse:
    table = await _table(request, form)
    return await _preview(request, await services_of(request).holidays.preview(table, by=actor_of(request)))


async def apply(request: web.Request) -> web.StreamResponse:
    """Let the table of the preview count."""
    return await submit(request, _apply, again=_again, overtaken=_overtaken)


async def _apply(request: web.Request, form: Form) -> web.StreamResponse:
    table = _lines(form)
    await services_of(request).holidays.apply(table, revision_of(form), by=actor_of(request), now=now_of(request))
    return see_other(request, f"{PATH}?year={table.year}", done=f"{table.year} 年的节假日安排已生效")


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    shown = await services_of(request).holidays.preview(_lines(form), by=actor_of(request))
    return await _preview(request, shown, stale=True)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _year(request, _asked(request), form)


async def forget(request: web.Request) -> web.StreamResponse:
    """Take an entered table back."""
    return await submit(request, _forget, overtaken=_changed_meanwhile)


async def _forget(request: web.Request, form: Form) -> web.StreamResponse:
    year = _named(request)
    await services_of(request).holidays.forget(year, revision_of(form), by=actor_of(request), now=now_of(request))
    return see_other(request, f"{PATH}?year={year}", done="已撤回，恢复为内置的安排")


async def _changed_meanwhile(request: web.Request, _: Form) -> web.StreamResponse:
    return see_other(request, f"{PATH}?year={_named(request)}", done=CHANGED)


async def _year(request: web.Request, year: int, form: Form) -> web.StreamResponse:
    services = services_of(request)
    view = await services.holidays.year(year, by=actor_of(request))
    if "days" not in form.values and view.published:
        form.values["days"] = year_tables.text_of(view.table)
    return await page(
        request,
        "settings/holidays.html",
        year=year,
        view=view,
        months=_months(view.table),
        form=form,
        warnings=services.clinics.warnings(now_of(request)),
        section=PATH,
    )


async def _preview(request: web.Request, shown: Preview, *, stale: bool = False) -> web.StreamResponse:
    return await page(
        request,
        "settings/holidays_preview.html",
        shown=shown,
        text=year_tables.text_of(shown.table),
        stale=stale,
        section=PATH,
    )


def _asked(request: web.Request) -> int:
    """The year of the address; this one where there is none that can be."""
    asked = whole_number(request.query.get("year"), 0)
    if asked in YEARS:
        return asked
    return now_of(request).astimezone(services_of(request).clinic.timezone).year


def _named(request: web.Request) -> int:
    """The year in the path; 0, which has no table, where there is none that can be."""
    year = whole_number(request.match_info["year"], 0)
    return year if year in YEARS else 0


def _lines(form: Form) -> YearTable:
    return year_tables.from_lines(form.values.get("days", "").splitlines())


async def _table(request: web.Request, form: Form) -> YearTable:
    given = form.files.get("file")
    if given is None or not given.filename:
        return _lines(form)
    with given.file as file:
        data = file.read(year_tables.MOST_BYTES + 1)
    if not given.filename.lower().endswith(".xlsx") or len(data) > year_tables.MOST_BYTES:
        return year_tables.from_file(given.filename, data)
    try:
        rows = await services_of(request).uploads.first_sheet(data, given.filename)
    except UploadRefusedError as error:
        raise FieldErrors({"days": error.sentence}) from error
    return year_tables.from_rows(rows)


def _months(table: YearTable) -> list[Month]:
    by_day = table.by_day
    weeks = Calendar(firstweekday=0)
    return [
        Month(
            number,
            tuple(
                tuple(_cell(day, by_day.get(day)) if day.month == number else None for day in week)
                for week in weeks.monthdatescalendar(table.year, number)
            ),
        )
        for number in range(1, 13)
    ]


def _cell(day: date, special: SpecialDay | None) -> Cell:
    if special is None:
        return Cell(day, "", "")
    return Cell(day, "off" if special.off else "work", special.name or ("休" if special.off else "班"))
