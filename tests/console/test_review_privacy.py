"""What a second look at the pages found: numbers in imports, streams after signing out, fields made by hand."""

import asyncio
import io
import logging
import re
from typing import Any

import aiohttp
import pytest
from openpyxl import load_workbook

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_import_pages import HEADER, IMPORTS, choose, press, upload, workbook, worked
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role
from wxbot.web.console import live

IDENTITY = "110101199003078031"  # the check digit is wrong


async def test_no_page_of_an_import_shows_a_whole_telephone_or_identity(clinic: Clinic, admin: Browser) -> None:
    header = ["姓名", "手机", "证件号", "其他", "13700137000"]
    rows: list[list[Any]] = [["李四13600136000", "139001390001", IDENTITY, "家属13811138222", "x"]] * 2
    page = await upload(admin, workbook(header, *rows))
    numbers = ("139001390001", "13811138222", "13600136000", "13700137000", IDENTITY)
    assert [number for number in numbers if number in page.text] == []
    assert page.shows("1101****8031", "138****8222")
    again = await admin.get(f"{page.path}?header_row=2")
    assert [number for number in numbers if number in again.text] == []
    page = await worked(clinic, admin, await choose(admin, page))
    assert page.shows("不是有效号码", "身份证号不对")
    assert [number for number in numbers if number in page.text] == []
    file = await admin.get(f"{page.path}/problems.xlsx")  # which the audit notes
    sheet = load_workbook(io.BytesIO(file.body)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][3:7] == ["李四13600136000", "139001390001", IDENTITY, "家属13811138222"]


async def test_every_step_of_an_import_is_noted_before_it_is_taken(clinic: Clinic, admin: Browser) -> None:
    page = await upload(admin, workbook(HEADER, ["李四", "13900139000", ""]), "名单13900139000.xlsx")
    page = await worked(clinic, admin, await choose(admin, page))
    await press(admin, page, "discard")
    entries = [row for row in await clinic.rows("audit") if row["action"].startswith("import:")]
    assert [row["action"] for row in entries] == ["import:uploaded", "import:chosen", "import:discarded"]
    assert "13900139000" not in str(entries)
    listed = await admin.get("/console/audit")
    assert listed.shows("上传导入文件", "指定导入的列", "删除导入文件")


# -- the live stream ---------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.02)


async def ended(answer: aiohttp.ClientResponse) -> bool:
    async with asyncio.timeout(60):
        async for _ in answer.content:
            pass
    return True


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("how", ["signed out", "disabled"])
async def test_a_stream_ends_with_its_session(clinic: Clinic, sign_in: SignIn, how: str) -> None:
    browser = await sign_in(Role.RECEPTION)
    staff = clinic.app.services.staff
    account = await staff.by_login("reception", by=COMMAND_LINE)
    async with browser.session.get(f"{browser.url}/console/live") as answer:
        assert answer.status == 200
        await answer.content.readline()
        if how == "signed out":
            await staff.sign_out(account.id, by=COMMAND_LINE, now=clinic.now)
        else:
            await staff.disable(account.id, by=COMMAND_LINE, revision=account.revision, now=clinic.now)
        assert await ended(answer)


@pytest.mark.usefixtures("quick")
async def test_one_failed_look_does_not_silence_the_open_streams(
    clinic: Clinic, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = clinic.app.services.board
    numbers, looks = board.numbers, iter([KeyError("unexpected"), ValueError("too")])

    async def failing(*given: Any) -> Any:
        for error in looks:
            raise error
        return await numbers(*given)

    monkeypatch.setattr(type(board), "numbers", lambda _, *given: failing(*given))
    async with asyncio.timeout(60), admin.session.get(f"{admin.url}/console/live") as answer:
        async for line in answer.content:
            if line.startswith(b"event:"):
                return
    pytest.fail("no number came")


# -- fields made by hand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("nest", ["[" * 900 + "]" * 900, '{"a":' * 1500 + "1" + "}" * 1500, "[" * 5000])
async def test_a_hidden_field_nested_without_end_is_as_if_it_were_not_there(
    clinic: Clinic, admin: Browser, nest: str
) -> None:
    services = clinic.app.services
    patient = await services.records.create({"name": "张三"}, by=COMMAND_LINE, now=clinic.now)
    await admin.get("/console/patients")
    page = await admin.post(f"/console/patients/{patient.id}/edit", {"name": "张叁", "revision": "77", "seen": nest})
    assert (page.status, page.shows("张叁")) == (409, True)
    page = await admin.get("/console/settings/booking")
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page.text))
    fields |= {"horizon_days": "31", "revision": "77", "seen": f'{{"horizon_days": {nest}}}'}
    page = await admin.post("/console/settings/booking", fields)
    assert page.shows("您编辑期间", "最多可提前多少天预约")


# -- the token in an upload's address ------------------------------------------------------------------------------


async def test_the_token_of_an_upload_is_neither_logged_nor_passed_on(
    admin: Browser, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    await admin.get(IMPORTS)
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(b"%PDF-1.7"), filename="x.pdf")
    async with admin.session.post(f"{admin.url}{IMPORTS}?csrf={admin.csrf}", data=form) as answer:
        assert answer.status == 422
        assert answer.headers["Referrer-Policy"] == "strict-origin"  # no address of ours goes along from that page
    async with admin.session.get(f"{admin.url}{IMPORTS}") as answer:
        assert answer.headers["Referrer-Policy"] == "same-origin"
    written = capsys.readouterr()
    assert admin.csrf not in caplog.text + written.out + written.err
