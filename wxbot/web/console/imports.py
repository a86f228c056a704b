"""患者导入: upload, name the columns, dry run, run, result, undo."""

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.errors import InvalidInputError
from wxbot.patients.imports.cells import AMBIGUOUS_DATE
from wxbot.patients.imports.dates import ORDER_WORDS, DateOrder
from wxbot.patients.imports.models import (
    DUPLICATE_WORDS,
    FIELD_NAMES,
    HIDDEN_WORDS,
    STATE_WORDS,
    VERDICT_WORDS,
    Choice,
    Duplicates,
    HiddenRows,
    Import,
    ImportId,
    ImportState,
    Sheet,
    Verdict,
    in_words,
    undone_in_words,
)
from wxbot.patients.imports.models import Field as Column
from wxbot.patients.imports.report import outcome_of, reasons
from wxbot.patients.imports.sheets import Preview
from wxbot.spreadsheets.errors import UploadRefusedError
from wxbot.spreadsheets.upload import MOST_BYTES, TOO_LARGE
from wxbot.web.console.downloads import excel_file
from wxbot.web.console.forms import WHOLE, Form, filled, parse, whole_number
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.uploads import NoFileError, TooLargeError, uploaded

IMPORTS = "/console/patients/imports"
SHOWN = 50  # problem rows a page
MOST_COLUMNS = 60
FIELDS = [(field.value, name) for field, name in FIELD_NAMES.items()]
DATE_ORDERS = [(order.value, said) for order, said in ORDER_WORDS.items()]
HIDDEN = [(each.value, said) for each, said in HIDDEN_WORDS.items()]
DUPLICATES = [(policy.value, said) for policy, said in DUPLICATE_WORDS.items()]
WORDS = {  # for every page of an import
    "states": STATE_WORDS,
    "verdicts": VERDICT_WORDS,
    "duplicates": DUPLICATE_WORDS,
    "in_words": in_words,
    "undone_in_words": undone_in_words,
}
WENT_ON = "这份导入刚刚被处理过，下面是最新的状态"


class Chosen(BaseModel):
    """The mapping form, without its columns."""

    revision: int
    sheet: int = Field(ge=0)
    header_row: int = Field(ge=1)
    duplicates: Duplicates = Duplicates.SKIP
    family: bool = False
    tag: str = Field(default="", max_length=20)
    date_order: DateOrder = DateOrder.SHEET
    hidden: HiddenRows = HiddenRows.UNDECIDED


async def index(request: web.Request) -> web.StreamResponse:
    """All imports, and the place to drop the next file."""
    return await _index(request, Form(), HTTPStatus.OK)


async def upload(request: web.Request) -> web.StreamResponse:
    """Take a file in. A wrong one is answered on the same page: what was expected, what came."""
    form = Form()
    try:
        async with uploaded(request, "file", MOST_BYTES) as file:
            new = await services_of(request).imports.upload(
                file.path, file.filename, by=actor_of(request), now=now_of(request)
            )
    except NoFileError:
        form.fail("file", "请先选择一个 .xlsx 或 .csv 文件")
        return await _index(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except TooLargeError:
        form.fail("file", TOO_LARGE)
        return await _index(request, form, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except UploadRefusedError as error:
        form.fail("file", error.sentence)
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if error.too_large else HTTPStatus.UNPROCESSABLE_ENTITY
        return await _index(request, form, status)
    return see_other(request, _address(new.id), done="文件已读取，还没有写入任何患者")


async def show(request: web.Request) -> web.StreamResponse:
    """One import, as far as it has come."""
    it = await _import(request)
    if it.state is ImportState.UPLOADED or (it.state is ImportState.CHECKED and "edit" in request.query):
        return await _mapping(request, it)
    if it.working:
        return await page(request, "imports/working.html", it=it, words=WORDS)
    return await _outcome(request, it)


async def progress(request: web.Request) -> web.StreamResponse:
    """How far the background is; when it is through, the browser is sent to the result."""
    it = await _import(request)
    if not it.working and is_fragment(request):
        return see_other(request, _address(it.id))
    return await fragment(request, "imports/_progress.html", it=it, words=WORDS)


async def choose(request: web.Request) -> web.StreamResponse:
    """Take the mapping and begin the dry run."""
    return await submit(request, _choose, again=_again, overtaken=_overtaken)


async def _choose(request: web.Request, form: Form) -> web.StreamResponse:
    it, given = await _import(request), parse(form, Chosen)
    columns = {
        str(position): Column(value)
        for position in range(MOST_COLUMNS)
        if (value := form.get(f"column_{position}")) in set(Column)
    }
    choice = Choice(
        sheet=given.sheet,
        header_row=given.header_row,
        columns=columns,
        duplicates=given.duplicates,
        family=given.family,
        tag=" ".join(given.tag.split()),
        date_order=given.date_order,
        hidden=given.hidden,
    )
    await services_of(request).imports.choose(it.id, given.revision, choice, by=actor_of(request), now=now_of(request))
    return see_other(request, _address(it.id))


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _mapping(request, await _import(request), form)


async def _overtaken(request: web.Request, _: Form) -> web.StreamResponse:
    return see_other(request, _address((await _import(request)).id), done=WENT_ON)


async def run(request: web.Request) -> web.StreamResponse:
    """Write the patients."""
    return await _step(request, services_of(request).imports.run)


async def undo(request: web.Request) -> web.StreamResponse:
    """Take back what the import wrote."""
    return await _step(request, services_of(request).imports.undo)


async def discard(request: web.Request) -> web.StreamResponse:
    """Throw a file away that nothing was written from."""
    thrown = (IMPORTS, "文件已删除，没有写入任何患者")
    return await _step(request, services_of(request).imports.discard, then=thrown)


async def problems(request: web.Request) -> web.StreamResponse:
    """The rows that were not imported or are to be checked, as a file to mend and upload again."""
    it = await _import(request)
    content = await services_of(request).imports.problem_report(it, by=actor_of(request))
    return excel_file(content, "problems.xlsx", "没有导入和待核对的行.xlsx")


# ---------------------------------------------------------------------------------------------------------------


async def _index(request: web.Request, form: Form, status: HTTPStatus) -> web.StreamResponse:
    imports = await services_of(request).imports.newest(by=actor_of(request))
    return await page(request, "imports/index.html", status=status, form=form, imports=imports, words=WORDS)


async def _mapping(request: web.Request, it: Import, form: Form | None = None) -> web.StreamResponse:
    """The form that names the columns; the sheet and header row may be asked for in the address."""
    source = request.query if form is None else form.values
    complaint = ""
    try:
        preview = await services_of(request).imports.preview(
            it, by=actor_of(request), sheet=_number(source.get("sheet")), header_row=_number(source.get("header_row"))
        )
    except InvalidInputError as error:
        complaint = error.sentence
        preview = await services_of(request).imports.preview(it, by=actor_of(request))
    if form is None:
        form = _first_look(it, preview)
    if complaint:
        form.fail(WHOLE, complaint)
    return await page(
        request,
        "imports/columns.html",
        status=HTTPStatus.OK if form.ok else HTTPStatus.UNPROCESSABLE_ENTITY,
        it=it,
        preview=preview,
        form=form,
        fields=FIELDS,
        duplicates=DUPLICATES,
        date_orders=DATE_ORDERS,
        hidden=HIDDEN,
        sheets=[(number, _in_words(sheet)) for number, sheet in enumerate(it.sheets) if not sheet.too_long],
    )


async def _outcome(request: web.Request, it: Import) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    after = _number(request.query.get("after")) or 0
    if it.state is ImportState.UNDONE:
        rows = await services.imports.left_alone(it, by=actor, after=after, limit=SHOWN + 1)
    else:
        rows = await services.imports.judged(it, (Verdict.WRONG, Verdict.SKIP), by=actor, after=after, limit=SHOWN + 1)
    return await page(
        request,
        "imports/outcome.html",
        it=it,
        words=WORDS,
        rows=rows[:SHOWN],
        reasons=reasons,
        outcome_of=outcome_of,
        field_names=FIELD_NAMES,
        unclear_dates=sum(each.cells for each in it.mistakes if each.wrong == AMBIGUOUS_DATE),
        older=f"{_address(it.id)}?after={rows[SHOWN - 1].number}" if len(rows) > SHOWN else "",
        may_undo=services.imports.may_undo(it, now_of(request)),
        writes=it.counts.get(Verdict.CREATE, 0) + it.counts.get(Verdict.FILL, 0),
    )


def _first_look(it: Import, preview: Preview) -> Form:
    values = {f"column_{column.position}": column.field.value for column in preview.columns if column.field}
    choice = it.choice
    if choice is not None:
        values |= {"duplicates": choice.duplicates.value, "family": str(choice.family), "tag": choice.tag}
        values |= {"date_order": choice.date_order.value, "hidden": choice.hidden.value}
    return filled({"duplicates": Duplicates.SKIP.value, "date_order": DateOrder.SHEET.value, **values})


def _in_words(sheet: Sheet) -> str:
    return f"{sheet.name}（{sheet.rows:,} 行{'，隐藏' if sheet.hidden else ''}）"


def _address(import_id: ImportId) -> str:
    return f"{IMPORTS}/{import_id}"


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() and len(text) < 8 else None  # noqa: PLR2004 - a line


async def _import(request: web.Request) -> Import:
    return await services_of(request).imports.get(ImportId(request.match_info["id"]), by=actor_of(request))


async def _step(
    request: web.Request,
    take: Callable[..., Awaitable[object]],
    *,
    then: tuple[str, str] | None = None,
) -> web.StreamResponse:
    """Take an import one step on from the revision that the page showed; `then` is (address, line) to go on with.

    Without `then` the browser goes back to the import's own page, which shows its state.
    """
    return await submit(request, partial(_taken, take, then), overtaken=_overtaken)


async def _taken(
    take: Callable[..., Awaitable[object]], then: tuple[str, str] | None, request: web.Request, form: Form
) -> web.StreamResponse:
    it = await _import(request)
    await take(it.id, whole_number(form.get("revision"), -1), by=actor_of(request), now=now_of(request))
    location, done = then or (_address(it.id), "")
    return see_other(request, location, done=done)
