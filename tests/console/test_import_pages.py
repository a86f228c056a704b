"""患者导入 through the browser: the whole way, wrong files, HTML in cells, two colleagues, undo."""

import asyncio
import io
import logging
import re
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic
from typing import Any

import aiohttp
import pytest
from openpyxl import Workbook, load_workbook

from tests.console.conftest import Browser, Clinic, Page, SignIn
from tests.workbooks import EMPTY_CELLS, with_noise
from wxbot.actors import COMMAND_LINE
from wxbot.spreadsheets import reader
from wxbot.staff.permissions import Role

IMPORTS = "/console/patients/imports"
HEADER = ["姓名", "手机", "备注"]


def workbook(*rows: Sequence[Any]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("名单")
    for row in rows:
        sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def hidden(page: Page, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return found[1]


async def upload(browser: Browser, content: bytes, name: str = "名单.xlsx") -> Page:
    """Send a file as a browser does: its name in UTF-8, the token in the form's address."""
    await browser.get(IMPORTS)
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", io.BytesIO(content), filename=name, content_type="application/octet-stream")
    async with browser.session.post(f"{browser.url}{IMPORTS}?csrf={browser.csrf}", data=form) as answer:
        return await browser._read(answer)


async def choose(browser: Browser, page: Page, **fields: str) -> Page:
    """Send the mapping form as it is filled in, with changes."""
    fixed = {name: hidden(page, name) for name in ("revision", "sheet", "header_row")}
    guessed = {
        match[1]: chosen[1]
        for match in re.finditer(r'<select class="form-select" name="(column_\d+)".*?</select>', page.text, re.DOTALL)
        if (chosen := re.search(r'value="(\w+)" selected', match[0]))
    }
    return await browser.post(f"{page.path}/choose", {**fixed, **guessed, "duplicates": "skip", **fields})


async def worked(clinic: Clinic, browser: Browser, page: Page) -> Page:
    """The page again when the background is through."""
    for _ in range(20):
        if (await clinic.app.runner.run_now("run_imports"))["worked"] == 0:
            break
    return await browser.get(page.path)


async def press(browser: Browser, page: Page, what: str) -> Page:
    return await browser.post(f"{page.path}/{what}", {"revision": hidden(page, "revision")})


async def test_the_whole_way_from_a_file_to_patients_and_back(clinic: Clinic, admin: Browser) -> None:
    people: list[list[Any]] = [["李四", 13900139000.0, "电话"], ["王五", "123", ""], ["李四", "13900139000", ""]]
    rows: list[list[Any]] = [["老客户名单"], HEADER, *people]
    page = await upload(admin, workbook(*rows))
    assert page.shows("对应列", "表头下面有 3 行数据", "139****9000")
    assert hidden(page, "header_row") == "2"
    page = await choose(admin, page, tag="老客户")
    assert page.shows("正在试算", "<progress")
    page = await worked(clinic, admin, page)
    assert page.shows("新增 1，补充 0，跳过 1，有误 1", "第 4 行", "不是有效号码", "与第 3 行重复（手机相同）")
    assert await clinic.rows("patients", {"source": {"$regex": "^import:"}}) == []
    page = await press(admin, page, "run")
    page = await worked(clinic, admin, page)
    assert page.shows("已导入", "撤销这次导入")
    (patient,) = await clinic.rows("patients", {"source": {"$regex": "^import:"}})
    assert (patient["name"], patient["phone"], patient["tags"][0]["name"]) == ("李四", "+8613900139000", "老客户")
    found = await admin.get("/console/patients?q=9000")
    assert found.shows("李四", "139****9000")
    page = await press(admin, page, "undo")
    page = await worked(clinic, admin, page)
    assert page.shows("已撤销", "移除 1 位", "全部撤销了")
    assert await clinic.rows("patients", {"source": {"$regex": "^import:"}}) == []
    audit = [row["action"] for row in await clinic.rows("audit") if row["action"].startswith("import:")]
    assert audit == [
        "import:uploaded",
        "import:chosen",
        "import:started",
        "import:finished",
        "import:undo_started",
        "import:undone",
    ]
    listed = await admin.get(IMPORTS)
    assert listed.shows("名单.xlsx", "已撤销", "管理员小周")


@pytest.mark.parametrize(
    ("content", "name", "status", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "旧.xls", 422, "收到的是旧版 .xls 文件"),
        (b"%PDF-1.7", "名单.pdf", 422, "收到的是PDF 文件"),
        (b"", "空.xlsx", 422, "收到的是空文件"),
    ],
)
async def test_a_wrong_file_is_answered_with_what_was_expected_and_what_came(
    admin: Browser, content: bytes, name: str, status: int, words: str
) -> None:
    page = await upload(admin, content, name)
    assert page.status == status
    assert page.shows(words, "上传并查看")


@pytest.mark.parametrize("told", [True, False])
async def test_a_file_over_the_limit_is_refused_whether_its_size_is_told_or_not(admin: Browser, told: bool) -> None:
    await admin.get(IMPORTS)
    size = 20 * 1024 * 1024 + (80_000 if told else 1)  # a little over, the form alone may be as large as that
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(b"0" * size), filename="大.xlsx")
    address = f"{admin.url}{IMPORTS}?csrf={admin.csrf}"
    async with admin.session.post(address, data=form) as answer:
        assert answer.status == 413
        assert "需要 20 MB 以内的文件" in await answer.text()


async def test_the_platform_is_answered_at_its_usual_speed_while_a_hostile_file_is_read(
    clinic: Clinic, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "READ_SECONDS", 4.0)  # then it is given up; it would take three times as long
    openid = await clinic.person()

    async def seconds(times: int) -> float:
        """The median of so many pushes."""
        took = []
        for _ in range(times):
            began = monotonic()
            await clinic.say(openid, "你好")
            took.append(monotonic() - began)
        return sorted(took)[times // 2]

    await seconds(10)  # warm
    usual = await seconds(30)
    reading = asyncio.create_task(upload(admin, with_noise(EMPTY_CELLS)))
    async with asyncio.timeout(60):
        while not clinic.app.services.uploads.reading:
            await asyncio.sleep(0.01)
    meanwhile = await seconds(30)
    assert clinic.app.services.uploads.reading
    page = await reading
    assert page.status == 413
    assert page.shows("收到的文件内容过于复杂", "上传并查看")
    assert meanwhile < 4 * usual + 0.05
    assert await clinic.rows("import_rows") == []


async def test_a_form_without_a_file_asks_for_one(admin: Browser) -> None:
    await admin.get(IMPORTS)
    page = await admin.post(IMPORTS)
    assert page.status == 422
    assert page.shows("请先选择一个 .xlsx 或 .csv 文件")


async def test_html_in_a_cell_a_header_and_a_file_name_is_shown_and_never_run(clinic: Clinic, admin: Browser) -> None:
    script = "<script>alert(1)</script>"
    page = await upload(admin, workbook(["姓名", "手机", script], [script, "139", script]), f"{script}.xlsx")
    assert page.shows("&lt;script&gt;alert(1)")
    assert script not in page.text
    page = await worked(clinic, admin, await choose(admin, page))
    assert page.shows("姓名「&lt;script&gt;alert(1)&lt;/script&gt;」：不像姓名")
    assert script not in page.text
    assert script not in (await admin.get(IMPORTS)).text


async def test_a_mapping_that_cannot_work_comes_back_with_what_was_chosen(admin: Browser) -> None:
    page = await upload(admin, workbook(HEADER, ["李四", "13900139000", "x"]))
    page = await choose(admin, page, column_0="", column_1="", column_2="note", tag="保留我")
    assert page.status == 422
    assert page.shows("请至少指定「姓名」或「手机」是哪一列", 'value="保留我"', 'value="note" selected')


async def test_another_header_row_can_be_read(admin: Browser) -> None:
    page = await upload(admin, workbook(["甲", "乙"], ["姓名", "手机"], ["李四", "13900139000"]))
    again = await admin.get(f"{page.path}?sheet=0&header_row=1")
    assert again.shows("甲", "乙", "表头下面有 2 行数据")
    wrong = await admin.get(f"{page.path}?sheet=0&header_row=99")
    assert wrong.shows("这一行不在表格里")


async def test_of_two_colleagues_the_second_sees_what_the_first_did(clinic: Clinic, admin: Browser) -> None:
    page = await upload(admin, workbook(HEADER, ["李四", "13900139000", ""]))
    first = await choose(admin, page)
    second = await choose(admin, page)
    assert second.path == first.path
    assert second.shows("这份导入刚刚被处理过")
    await worked(clinic, admin, first)


async def test_the_progress_sends_the_browser_on_when_the_work_is_done(clinic: Clinic, admin: Browser) -> None:
    page = await choose(admin, await upload(admin, workbook(HEADER, ["李四", "13900139000", ""])))
    progress = await admin.get(f"{page.path}/progress", htmx=True)
    assert progress.shows('hx-trigger="every 1s"', "0 / 1")
    await worked(clinic, admin, page)
    done = await admin.get(f"{page.path}/progress", htmx=True)
    assert (done.status, done.headers["HX-Redirect"]) == (204, page.path)


async def test_the_problem_rows_can_be_downloaded(clinic: Clinic, admin: Browser) -> None:
    page = await choose(admin, await upload(admin, workbook(HEADER, ["=1+1", "123", "-2"])))
    await worked(clinic, admin, page)
    file = await admin.get(f"{page.path}/problems.xlsx")
    sheet = load_workbook(io.BytesIO(file.body)).active
    assert sheet is not None
    assert [cell.data_type for cell in sheet[2]][2:] == ["s", "n", "s", "s"]  # the formula had no value: an empty cell
    assert sheet["F2"].value == "'-2"


async def test_the_report_counts_by_mistake_and_asks_for_the_order_of_dates(clinic: Clinic, admin: Browser) -> None:
    rows = [["姓名", "手机", "生日"], ["李四", "13900139000", "30/05/12"], ["王五", "13700137000", "1990"]]
    page = await upload(admin, workbook(*rows))
    assert page.shows("像 30/05/12 这样看不出先后的生日", "日/月/年")
    page = await worked(clinic, admin, await choose(admin, page))
    assert page.shows("问题汇总", "只有年份，没有月和日", "有 1 个生日像 30/05/12", "新增，待核对", "新增 2，补充 0")
    again = await admin.get(f"{page.path}?edit=1")
    page = await worked(clinic, admin, await choose(admin, again, date_order="dmy"))
    assert "看不出年、月、日的先后" not in page.text
    assert (await admin.get(f"{page.path}?edit=1")).shows('value="dmy" selected')


async def test_rows_that_a_filter_hides_are_told_and_asked_about(clinic: Clinic, admin: Browser) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, ["李四", "13900139000", ""], ["王五", "13700137000", ""]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    target = io.BytesIO()
    book.save(target)
    page = await upload(admin, target.getvalue())
    assert page.shows("隐藏的行也导入", "隐藏的行不导入", "被筛选或隐藏的 1 行")
    asked = await choose(admin, page)
    assert (asked.status, asked.shows("这张表有 1 行被筛选或隐藏，请在下面选")) == (422, True)
    page = await worked(clinic, admin, await choose(admin, page, hidden="too"))
    assert page.shows("新增 2")


async def test_only_the_rows_that_are_hidden_are_left_out_where_that_is_chosen(clinic: Clinic, admin: Browser) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, ["李四", "13900139000", ""], ["王五", "13700137000", ""], ["赵六", "13600136000", ""]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    target = io.BytesIO()
    book.save(target)
    page = await upload(admin, target.getvalue())
    page = await worked(clinic, admin, await choose(admin, page, hidden="left_out"))
    assert page.shows("新增 2，补充 0，跳过 1", "第 3 行", "这一行在表格里被筛选或隐藏")
    page = await worked(clinic, admin, await press(admin, page, "run"))
    assert sorted(row["name"] for row in await clinic.rows("patients")) == ["李四", "赵六"]
    page = await worked(clinic, admin, await press(admin, page, "undo"))
    assert page.shows("移除 2 位")
    assert await clinic.rows("patients") == []


async def test_a_second_telephone_a_source_and_a_last_visit_go_in_are_masked_and_come_off(
    clinic: Clinic, admin: Browser
) -> None:
    content = workbook(
        ["姓名", "手机", "备用电话", "客户来源", "最近到诊日期"],
        ["李四", "13900139000", "010-62345678", "美团", "2025-03-01"],
        ["王五", "13700137000", "137OO137000", "", ""],
    )
    page = await upload(admin, content)
    assert page.shows("第二个电话", "来源（写进备注）", "上次到诊（写进备注）")
    assert "010-62345678" not in page.text  # the preview masks it too
    columns = {"column_0": "name", "column_1": "phone", "column_2": "second_phone", "column_3": "origin"}
    page = await worked(clinic, admin, await choose(admin, page, **columns, column_4="last_visit"))
    assert page.shows("新增 2", "号码里有字母")
    page = await worked(clinic, admin, await press(admin, page, "run"))
    services, who = clinic.app.services, COMMAND_LINE
    found = await services.records.search("李四", by=who, now=clinic.now)
    (card,) = found.cards
    assert card.second_phone == "010****5678"
    assert card.patient.note == "来源：美团\n上次到诊：2025-03-01"
    by_number = await services.records.search("62345678", by=who, now=clinic.now)
    assert [each.id for each in by_number.cards] == [card.id]
    stored = [row async for row in clinic.app.database.collection("patients").find({})]
    assert "62345678" not in str(stored)  # encrypted
    shown = await admin.get(f"/console/patients/{card.id}")
    assert shown.shows("第二个电话", "010****5678")
    revealed = await admin.post(f"/console/patients/{card.id}/second-phone", htmx=True)
    assert revealed.shows("010 6234 5678")
    (other,) = (await services.records.search("王五", by=who, now=clinic.now)).cards
    assert other.second_phone == ""
    assert "待核对" in [tag.name for tag in other.tags]
    page = await worked(clinic, admin, await press(admin, await admin.get(page.path), "undo"))
    assert page.shows("移除 2 位")


async def test_a_second_telephone_fills_what_is_empty_and_undoing_takes_it_back(clinic: Clinic, admin: Browser) -> None:
    services, who = clinic.app.services, COMMAND_LINE
    made = await services.records.create({"name": "李四", "phone": "13900139000"}, by=who, now=clinic.now)
    page = await upload(admin, workbook(["姓名", "手机", "备用电话"], ["李四", "13900139000", "13700137000"]))
    columns = {"column_0": "name", "column_1": "phone", "column_2": "second_phone", "duplicates": "fill"}
    page = await worked(clinic, admin, await choose(admin, page, **columns))
    assert page.shows("补充 1")
    page = await worked(clinic, admin, await press(admin, page, "run"))
    assert (await services.records.reveal(made.id, "second_phone", by=who, now=clinic.now)) == "137 0013 7000"
    page = await worked(clinic, admin, await press(admin, await admin.get(page.path), "undo"))
    assert page.shows("恢复 1 位")
    assert (await services.records.reveal(made.id, "second_phone", by=who, now=clinic.now)) == ""


async def test_a_file_can_be_thrown_away(clinic: Clinic, admin: Browser) -> None:
    page = await upload(admin, workbook(HEADER, ["李四", "13900139000", ""]))
    gone = await press(admin, page, "discard")
    assert (gone.path, gone.shows("没有写入任何患者")) == (IMPORTS, True)
    assert await clinic.rows("import_rows") == []
    assert (await admin.get(page.path)).status == 404


async def test_after_seven_days_there_is_no_undo(clinic: Clinic, admin: Browser) -> None:
    page = await choose(admin, await upload(admin, workbook(HEADER, ["李四", "13900139000", ""])))
    page = await press(admin, await worked(clinic, admin, page), "run")
    page = await worked(clinic, admin, page)
    clinic.app.clock.move(timedelta(days=7, minutes=1))
    late = await admin.get(page.path)
    assert late.shows("已过 7 天，不能整批撤销")
    assert "撤销这次导入" not in late.text


@pytest.mark.parametrize("role", [Role.CONSULTANT, Role.RECEPTION, Role.CLINICIAN])
async def test_who_may_not_import_is_told_whom_to_ask(sign_in: SignIn, role: Role) -> None:
    browser = await sign_in(role)
    page = await browser.get(IMPORTS)
    assert (page.status, page.shows("管理员", "主管")) == (403, True)
    assert (await upload(browser, workbook(HEADER))).status == 403


# -- what the audit keeps of an import, and what its pages show ---------------------------------------------------


async def test_fetching_the_rows_that_were_not_imported_is_noted(clinic: Clinic, admin: Browser) -> None:
    page = await upload(admin, workbook(HEADER, ["王五", "123", "住在西湖边"]))
    page = await worked(clinic, admin, await choose(admin, page))
    assert (await admin.get(f"{page.path}/problems.xlsx")).status == 200
    (entry,) = await clinic.rows("audit", {"action": "import:fetched"})
    assert (entry["subject"], "1 行" in entry["summary"]) == (f"import:{page.path.rpartition('/')[2]}", True)


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
