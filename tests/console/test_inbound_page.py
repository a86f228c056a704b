"""今日 · 前台数据 · 主动联系: the comparison of a month over HTTP, each number with its patients (A1-41)."""

import re
from datetime import datetime, timedelta
from html import unescape

from tests.console.conftest import Clinic, SignIn
from tests.visit_follow_ups import came, sent
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Patient
from wxbot.reception.inbound import FEWEST
from wxbot.staff.permissions import Role

PATH = "/console/today/inbound"
NUMBER = re.compile(rf'href="({PATH}/[^"]*)">\s*(\d+)\s*</a>')
SEEN = timedelta(days=60)


async def patients(clinic: Clinic, prefix: str, number: int, *, cared: bool, booking: int) -> None:
    """Patients of the last weeks before October, some of whom book in the chat in the month."""
    october = datetime(2026, 10, 1, 12, tzinfo=clinic.app.services.clinic.timezone)
    for each in range(number):
        name = f"{prefix}{each}"
        await clinic.app.stores.patients.insert(
            Patient(id=PatientId(f"p-{name}"), name=name, created_at=october - SEEN, contact_id=ContactId(name))
        )
        await came(clinic.app.database, name, october - SEEN, created_at=october - SEEN)
        if cared:
            await sent(clinic.app.database, name, october - timedelta(days=10))
        if each < booking:
            facts = {"id": f"b-{name}", "request_key": f"b-{name}", "created_at": october, "by": "patient"}
            await came(clinic.app.database, name, clinic.now + SEEN, **facts)


async def test_a1_41_a_month_compares_both_groups_and_each_number_opens_its_patients(
    clinic: Clinic, sign_in: SignIn
) -> None:
    boss = await sign_in(Role.MANAGER)
    assert (await boss.get("/console/today/figures")).shows("主动联系")
    await patients(clinic, "a", FEWEST, cared=True, booking=15)
    await patients(clinic, "b", FEWEST - 1, cared=False, booking=3)
    few = await boss.get(PATH)
    assert few.shows("2026 年 10 月", "人数太少，看不出什么：每组至少要有 30 位患者", "这只是比较，不是证明")
    assert "50%" not in few.text
    await patients(clinic, "c", 1, cared=False, booking=0)
    page = await boss.get(f"{PATH}?day=2026-10-15")
    assert page.shows("50%", "10%", "主动联系的比例高 40 个百分点", "这只是比较，不是证明")
    numbers = {unescape(address): int(shown) for address, shown in NUMBER.findall(page.text)}
    assert list(numbers.values()) == [FEWEST, 15, FEWEST, 3]
    for address, count in numbers.items():
        opened = await boss.get(address)
        assert opened.text.partition("<tbody>")[2].count("<tr>") == count, address
    assert (await boss.get(f"{PATH}/cared?day=2026-10-01&whom=contacted")).shows("a0", "自己预约")


async def test_a1_41_months_that_cannot_be_and_strangers_are_refused(clinic: Clinic, sign_in: SignIn) -> None:
    boss = await sign_in(Role.MANAGER)
    for day in ("", "x", "9999-12-31", "0001-01-01", "2026-12-01"):
        assert (await boss.get(f"{PATH}?day={day}")).shows("2026 年 10 月"), day
    assert (await boss.get(f"{PATH}?day={clinic.now:%Y-%m-%d}")).shows("2026 年 11 月（还没有结束）")
    assert (await boss.get(f"{PATH}/nobody")).status == 404
    assert (await boss.get(f"{PATH}/cared?whom=x")).status == 404
    desk = await sign_in(Role.RECEPTION)
    assert [(await desk.get(each)).status for each in (PATH, f"{PATH}/cared")] == [403, 403]
