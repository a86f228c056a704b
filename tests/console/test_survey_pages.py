"""会话 · 满意度 over HTTP: the sheet fills itself, each number opens its records, and it is taken out (A4-24)."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO

from openpyxl import load_workbook

from tests.console.conftest import Clinic, SignIn
from tests.surveyed import FORMULA, responses
from tests.visit_follow_ups import called, came
from wxbot.actors import COMMAND_LINE
from wxbot.patients.models import HoldKind
from wxbot.staff.permissions import Role

PATH = "/console/quality/surveys"
FOLLOWED = re.compile(r'href="(/console/quality/surveys/followed[^"]*)">\s*(\d+)\s*</a>')
NUMBER = re.compile(r'href="(/console/quality/surveys/records[^"]*)">\s*(\d+)\s*</a>')


async def test_a4_23_the_sheet_fills_itself_and_each_number_opens_its_records(clinic: Clinic, sign_in: SignIn) -> None:
    boss = await sign_in(Role.MANAGER)
    assert (await boss.get(PATH)).shows("这段时间没有询问过患者")
    await responses(clinic)
    sheet = await boss.get(f"{PATH}?span=day&day={clinic.now:%Y-%m-%d}")
    assert sheet.shows(
        "合计", "按医生", "陈晓晴", "按项目", "洁牙", "按接待同事", "按问卷", "就诊评价", "会话评价", "50%"
    )
    numbers = [(unescape(address), int(shown)) for address, shown in NUMBER.findall(sheet.text)]
    assert len(numbers) > 10
    for address, count in numbers:
        opened = await boss.get(address)
        assert opened.status == 200
        if "figure=rated" not in address:  # there the number is their mean
            assert len(re.findall(r"<tr>", opened.text.partition("<tbody>")[2])) == count, address
    low = await boss.get(f"{PATH}/records?span=day&day={clinic.now:%Y-%m-%d}&figure=open")
    assert low.shows("不满意", FORMULA, "处理中", "想说的话")
    assert (await boss.get(f"{PATH}/records?figure=none")).status == 404
    assert (await boss.get(f"{PATH}?span=month&day=9999-12-31")).status == 200


async def test_a4_24_it_is_taken_out_and_no_cell_runs(clinic: Clinic, sign_in: SignIn) -> None:
    boss = await sign_in(Role.MANAGER)
    [_, bad, _] = await responses(clinic)
    await clinic.app.services.followups.settle(bad.followup_id, FORMULA, clinic.now)  # type: ignore[arg-type]
    file = await boss.post(f"{PATH}/export", {"span": "day", "day": f"{clinic.now:%Y-%m-%d}"})
    assert "surveys.xlsx" in file.headers["Content-Disposition"]
    book = load_workbook(BytesIO(file.body))
    assert book.sheetnames == ["合计", "按医生", "按项目", "按接待同事", "按问卷", "低分", "随访"]
    rows = list(book["合计"].values)
    assert rows[1][:5] == ("全部", 3, 2, 2, 50)
    assert [row[0] for row in book["按医生"].values] == ["医生", "陈晓晴"]
    outcome = book["低分"].cell(2, 9)
    assert (outcome.data_type, outcome.value) == ("s", f"'{FORMULA}")
    [entry] = await clinic.rows("audit", {"action": "survey:sheet_exported"})
    assert "满意度表" in entry["summary"]


async def test_a4_23_each_day_has_its_share_of_follow_ups_and_each_number_opens_its_patients(
    clinic: Clinic, sign_in: SignIn
) -> None:
    boss, today = await sign_in(Role.MANAGER), clinic.now.replace(minute=0)
    for name in ("called", "left"):
        await came(clinic.app.database, name, today - timedelta(hours=2))
    await called(clinic.app.database, "called", today - timedelta(hours=1))
    address = f"{PATH}?span=day&day={clinic.now:%Y-%m-%d}"
    page = await boss.get(address)
    assert page.shows("随访", "目标 90%", "50%", "随访中", "截止", "导出 Excel", "这段时间没有询问过患者")
    found = {unescape(there): int(shown) for there, shown in FOLLOWED.findall(page.text)}
    assert sorted(found.values()) == [1, 1, 2]
    for there, count in found.items():
        assert (await boss.get(there)).text.partition("<tbody>")[2].count("<tr>") == count
    left = await boss.get(next(each for each in found if "left_out" in each))
    assert left.shows("没有随访", "记一次联系")
    assert "/console/followups/new?patient=p-left" in left.text
    assert not left.shows("同事联系上")
    assert (await boss.get(next(each for each in found if "part=followed" in each))).shows("同事联系上")
    assert (await boss.get(f"{PATH}/followed?part=none")).status == 404
    assert (await boss.get(f"{PATH}/followed?only=9999-99-99")).status == 200

    await clinic.move(timedelta(days=4))
    assert (await boss.get(address)).shows("未达标")
    await called(clinic.app.database, "left", today)
    assert (await boss.get(address)).shows("100%", "达标")
    file = await boss.post(f"{PATH}/export", {"span": "day", "day": f"{today:%Y-%m-%d}"})
    rows = list(load_workbook(BytesIO(file.body))["随访"].values)
    assert rows == [
        ("日期", "到诊", "已随访", "没有随访", "随访率（%）", "目标（%）", "是否达标"),
        (f"{today:%Y-%m-%d}", 2, 2, 0, 100, 90, "达标"),
    ]


async def test_a4_23_whom_a_grave_hold_protects_is_named_with_it_and_not_offered_for_a_call(
    clinic: Clinic, sign_in: SignIn
) -> None:
    boss, services = await sign_in(Role.MANAGER), clinic.app.services
    patient = await services.records.create({"name": "林小满"}, by=COMMAND_LINE, now=clinic.now)
    await services.patient_holds.set(patient.id, HoldKind.DECEASED, "家属来电", by=COMMAND_LINE, now=clinic.now)
    await came(clinic.app.database, "x", clinic.now - timedelta(hours=2), patient_id=patient.id)
    page = await boss.get(f"{PATH}/followed?part=left_out")
    assert page.shows("林小满", "家属来电")
    assert "/console/followups/new?" not in page.text


async def test_the_sheet_is_for_who_may_see_everybodys_figures(sign_in: SignIn) -> None:
    agent = await sign_in(Role.CONSULTANT)
    for address in (PATH, f"{PATH}/records", f"{PATH}/followed"):
        assert (await agent.get(address)).status == 403
    assert (await agent.post(f"{PATH}/export", {"span": "day"})).status == 403
