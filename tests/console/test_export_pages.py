"""患者导出 through the browser: a reason first, the audit before the file, nothing that a spreadsheet runs."""

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.console.conftest import Browser, Clinic, Page, SignIn
from wxbot.history.models import PatientId
from wxbot.patients.exports.sheet import Sheet
from wxbot.patients.models import Patient
from wxbot.staff.permissions import Role

EXPORTS = "/console/patients/exports"
ASKED = [("scope", "all"), ("columns", "name"), ("columns", "note"), ("reason", "周年回访用的名单")]


async def patient(clinic: Clinic, name: str, **fields: str) -> None:
    new = Patient(id=PatientId(name), name=name, created_at=clinic.now, **fields)  # type: ignore[arg-type]
    assert await clinic.app.stores.patients.insert(new)


async def written(clinic: Clinic, browser: Browser, page: Page) -> Page:
    await clinic.app.runner.run_now("write_exports")
    return await browser.get(page.path)


async def test_a_file_is_written_fetched_and_on_record(clinic: Clinic, admin: Browser) -> None:
    await patient(clinic, "张小满", note="=1+1", phone="+8613800138000")
    await admin.get(EXPORTS)
    page = await admin.post(EXPORTS, [*ASKED, ("guarded", "phone")])
    assert page.shows("正在写文件", "<progress")
    page = await written(clinic, admin, page)
    assert page.shows("下载文件", "姓名、手机、备注")
    assert [row["action"] for row in await clinic.rows("audit") if "export" in row["action"]] == ["export:written"]
    file = await admin.get(f"{page.path}/file")
    assert "filename*=UTF-8''%E6%82%A3%E8%80%85%E5%AF%BC%E5%87%BA_" in file.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(file.body)).active
    assert sheet is not None
    assert str(sheet["A1"].value).startswith("导出人：管理员小周，时间：2026-11-23 ")
    assert [cell.value for cell in sheet[4]] == ["张小满", "138 0013 8000", "'=1+1"]
    assert sheet["C4"].data_type == "s"
    assert [row["action"] for row in await clinic.rows("audit") if "export" in row["action"]] == [
        "export:written",
        "export:fetched",
    ]
    listed = await admin.get(EXPORTS)
    assert listed.shows("管理员小周", "全部患者", "周年回访用的名单")


async def test_while_it_is_written_every_file_lies_in_a_folder_of_our_own_and_none_stays(
    clinic: Clinic, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = clinic.app.settings.data_dir / "tmp"
    seen: list[str] = []
    save = Sheet.save

    def look(sheet: Sheet, path: Path) -> None:
        save(sheet, path)
        seen.extend(file.name for file in home.rglob("*") if file.is_file())

    monkeypatch.setattr(Sheet, "save", look)
    await patient(clinic, "张小满")
    await admin.get(EXPORTS)
    assert (await written(clinic, admin, await admin.post(EXPORTS, ASKED))).shows("下载文件")
    assert "export.xlsx" in seen
    assert [file.name for file in home.rglob("*") if file.is_file()] == [".lock"]


async def test_without_a_reason_nothing_is_exported_and_nothing_typed_is_lost(clinic: Clinic, admin: Browser) -> None:
    await admin.get(EXPORTS)
    page = await admin.post(EXPORTS, [("scope", "tag"), ("tag", "种植"), ("columns", "name"), ("reason", "回访")])
    assert page.status == 422
    assert page.shows("至少 5 个字", 'value="种植"', 'value="name" checked', ">回访</textarea>")
    assert await clinic.rows("exports") == []


async def test_what_the_scope_needs_is_asked_for(admin: Browser) -> None:
    await admin.get(EXPORTS)
    for scope, words in (
        ("tag", "请填写要导出的标签"),
        ("created", "请填写建档的开始和结束日期"),
        ("list", "请粘贴手机号或病历号"),
    ):
        page = await admin.post(EXPORTS, [("scope", scope), *ASKED[1:]])
        assert page.shows(words)
    page = await admin.post(EXPORTS, [("scope", "all"), ASKED[3]])
    assert page.shows("请至少选择一列")
    dates = [("scope", "created"), ("first_day", "2026-02-30"), ("last_day", "2026-03-01"), *ASKED[1:]]
    page = await admin.post(EXPORTS, dates)
    assert page.status == 422


async def test_a_colleague_sees_the_record_but_not_the_file(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    await admin.get(EXPORTS)
    page = await written(clinic, admin, await admin.post(EXPORTS, ASKED))
    manager = await sign_in(Role.MANAGER)
    assert (await manager.get(page.path)).shows("只有导出人本人可以下载")
    assert (await manager.get(f"{page.path}/file")).status == 404


async def test_html_in_a_reason_is_shown_and_never_run(clinic: Clinic, admin: Browser) -> None:
    script = "<script>alert(1)</script>"
    await admin.get(EXPORTS)
    page = await written(clinic, admin, await admin.post(EXPORTS, [*ASKED[:3], ("reason", script)]))
    assert page.shows("&lt;script&gt;")
    assert script not in page.text + (await admin.get(EXPORTS)).text
