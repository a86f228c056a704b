"""患者导出: whom, which columns, why; the file; and who has exported what."""

from datetime import date
from http import HTTPStatus
from typing import Self

from aiohttp import web
from pydantic import BaseModel, Field, model_validator

from wxbot.patients.exports.models import (
    COLUMN_NAMES,
    SENSITIVE,
    Column,
    Export,
    ExportId,
    ExportState,
    Scope,
    Selection,
)
from wxbot.patients.exports.service import LONGEST_REASON, SHORTEST_REASON
from wxbot.web.console.downloads import XLSX, attachment
from wxbot.web.console.forms import Day, Form, filled, parse
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit

EXPORTS = "/console/patients/exports"
SCOPES = [
    (Scope.ALL.value, "全部患者"),
    (Scope.TAG.value, "某个标签"),
    (Scope.CREATED.value, "建档日期"),
    (Scope.LIST.value, "粘贴名单"),
]
PLAIN = [(column.value, name) for column, name in COLUMN_NAMES.items() if column not in SENSITIVE]
GUARDED = [(column.value, COLUMN_NAMES[column]) for column in SENSITIVE]
USUAL = [Column.NAME, Column.GENDER, Column.RECORD_NUMBER, Column.MASKED_PHONE, Column.TAGS]  # ticked at first


class Wanted(BaseModel):
    """The export form, without its columns."""

    scope: Scope
    tag: str = Field(default="", max_length=20)
    first_day: Day | None = None
    last_day: Day | None = None
    numbers: str = Field(default="", max_length=200_000)
    reason: str = Field(min_length=SHORTEST_REASON, max_length=LONGEST_REASON)

    @model_validator(mode="after")
    def complete(self) -> Self:
        """What the chosen scope needs is there."""
        if self.scope is Scope.TAG and not self.tag:
            raise ValueError("请填写要导出的标签")
        if self.scope is Scope.CREATED and not (self.first_day and self.last_day):
            raise ValueError("请填写建档的开始和结束日期")
        if self.scope is Scope.LIST and not self.numbers.split():
            raise ValueError("请粘贴手机号或病历号，每行一个")
        return self


async def index(request: web.Request) -> web.StreamResponse:
    """The form, and the exports of all colleagues."""
    tag = request.query.get("tag", "").strip()
    scope = Scope.TAG if tag else Scope.ALL
    columns = [column.value for column in USUAL]
    return await _index(request, filled({"scope": scope.value, "tag": tag, "columns": columns}))


async def create(request: web.Request) -> web.StreamResponse:
    """Have the file written."""
    return await submit(request, _create, again=_index)


async def _create(request: web.Request, form: Form) -> web.StreamResponse:
    columns = [column for column in Column if column.value in {*form.all("columns"), *form.all("guarded")}]
    if not columns:
        form.fail("columns", "请至少选择一列")
    wanted = parse(form, Wanted)
    selection = Selection(
        scope=wanted.scope,
        tag=wanted.tag if wanted.scope is Scope.TAG else "",
        first_day=_day(wanted.first_day) if wanted.scope is Scope.CREATED else "",
        last_day=_day(wanted.last_day) if wanted.scope is Scope.CREATED else "",
        numbers=tuple(dict.fromkeys(_numbers(wanted.numbers))) if wanted.scope is Scope.LIST else (),
    )
    new = await services_of(request).exports.ask(
        selection, columns, wanted.reason, by=actor_of(request), now=now_of(request)
    )
    return see_other(request, f"{EXPORTS}/{new.id}")


async def show(request: web.Request) -> web.StreamResponse:
    """One export: being written, to be fetched, or gone."""
    it = await _export(request)
    return await page(request, "exports/show.html", it=it, names=COLUMN_NAMES, there=await _there(request, it))


async def progress(request: web.Request) -> web.StreamResponse:
    """How far the writing is; when it is through, the browser is sent to the page with the file."""
    it = await _export(request)
    if it.state is not ExportState.WAITING and is_fragment(request):
        return see_other(request, f"{EXPORTS}/{it.id}")
    return await fragment(request, "exports/_progress.html", it=it)


async def fetch(request: web.Request) -> web.StreamResponse:
    """The file, for the person who requested it. The audit entry is written before the first byte is sent."""
    it = await _export(request)
    pieces = await services_of(request).exports.fetch(it.id, by=actor_of(request), now=now_of(request))
    at = it.created_at.astimezone(services_of(request).clinic.timezone)
    who = "".join(sign for sign in it.by_name if sign.isalnum())
    headers = {
        "Content-Type": XLSX,
        "Content-Length": str(it.bytes),
        "Content-Disposition": attachment("patients.xlsx", f"患者导出_{who}_{at:%Y%m%d-%H%M}.xlsx"),
    }
    answer = web.StreamResponse(headers=headers)
    await answer.prepare(request)
    async for piece in pieces:
        await answer.write(piece)
    await answer.write_eof()
    return answer


# ---------------------------------------------------------------------------------------------------------------


async def _index(request: web.Request, form: Form) -> web.StreamResponse:
    exports = await services_of(request).exports.newest(by=actor_of(request))
    return await page(
        request,
        "exports/index.html",
        status=HTTPStatus.OK if form.ok else HTTPStatus.UNPROCESSABLE_ENTITY,
        form=form,
        exports=exports,
        scopes=SCOPES,
        plain=PLAIN,
        guarded=GUARDED,
        names=COLUMN_NAMES,
        most_reason=LONGEST_REASON,
    )


async def _export(request: web.Request) -> Export:
    return await services_of(request).exports.get(ExportId(request.match_info["id"]), by=actor_of(request))


async def _there(request: web.Request, it: Export) -> bool:
    return await services_of(request).exports.may_fetch(it, by=actor_of(request))


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _numbers(text: str) -> list[str]:
    for mark in ",，;；、\t":
        text = text.replace(mark, "\n")
    return [line.strip() for line in text.split("\n") if line.strip()]
