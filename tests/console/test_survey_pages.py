"""会话 · 满意度 over HTTP: the sheet fills itself, each number opens its records, and it is taken out (A4-24)."""

import re
from html import unescape
from io import BytesIO

from openpyxl import load_workbook

from tests.console.conftest import Clinic, SignIn
from tests.surveyed import FORMULA, responses
from wxbot.staff.permissions import Role

PATH = "/console/quality/surveys"
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
    assert book.sheetnames == ["合计", "按医生", "按项目", "按接待同事", "按问卷", "低分"]
    rows = list(book["合计"].values)
    assert rows[1][:5] == ("全部", 3, 2, 2, 50)
    assert [row[0] for row in book["按医生"].values] == ["医生", "陈晓晴"]
    outcome = book["低分"].cell(2, 9)
    assert (outcome.data_type, outcome.value) == ("s", f"'{FORMULA}")
    [entry] = await clinic.rows("audit", {"action": "survey:sheet_exported"})
    assert "满意度表" in entry["summary"]


async def test_the_sheet_is_for_who_may_see_everybodys_figures(sign_in: SignIn) -> None:
    agent = await sign_in(Role.CONSULTANT)
    for address in (PATH, f"{PATH}/records"):
        assert (await agent.get(address)).status == 403
    assert (await agent.post(f"{PATH}/export", {"span": "day"})).status == 403
