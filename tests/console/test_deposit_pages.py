"""Deposits on the board: taken, asked about at a cancellation, in the evening's sheet, and a task where forgotten."""

from jobs import watch_visits
from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_board_pages import BOARD, TUESDAY, VISITS, booked, patient, stands
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role


async def take(admin: Browser, base: str, amount: str = "200") -> None:
    await admin.get(base)
    done = await admin.post(f"{base}/deposit", {"amount": amount, "method": "wechat"}, htmx=True)
    assert done.shows("已登记押金", "微信 已收")


async def test_a_deposit_is_taken_on_the_board_and_shown_on_card_and_checkout(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, await patient(clinic))
    base = f"{BOARD}/visits/{visit.id}"
    await admin.get(base)
    wrong = await admin.post(f"{base}/deposit", {"amount": "一百", "method": "cash"}, htmx=True)
    assert wrong.shows("金额写数字", "一百")
    await take(admin, base, "200.50")

    assert (await admin.get(f"{BOARD}?day={TUESDAY}")).shows("押")
    assert (await admin.get(f"{VISITS}/{visit.id}/checkout")).shows("收了押金 200.50 元")
    assert (await admin.get("/console/today/evening")).shows("收 1 笔 200.50 元", "微信 200.50 元")
    second = await admin.post(f"{base}/deposit", {"amount": "1", "method": "cash"}, htmx=True)
    assert second.shows("已经有一笔押金")


async def test_cancelling_asks_what_becomes_of_the_deposit(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, await patient(clinic))
    base = f"{BOARD}/visits/{visit.id}"
    await take(admin, base)
    asked = await admin.post(f"{base}/cancel", {"version": 2, "reason": "临时有事"}, htmx=True)
    assert asked.shows("请选择怎样处理，再取消")
    assert (await stands(clinic, visit)).live

    done = await admin.post(f"{base}/cancel", {"version": 2, "reason": "临时有事", "outcome": "refunded"}, htmx=True)
    assert done.shows("已取消这次预约，时间已空出，押金已退", "200元 微信 已退：临时有事")
    assert (await admin.get("/console/today/evening")).shows("退 1 笔 200 元")


async def test_cancelling_carries_the_deposit_to_the_next_visit(clinic: Clinic, admin: Browser) -> None:
    whose = await patient(clinic)
    visit, following = await booked(clinic, whose), await booked(clinic, whose, day="2026-12-01")
    base = f"{BOARD}/visits/{visit.id}"
    await take(admin, base)
    form = {"version": 2, "reason": "改期", "outcome": "transferred"}
    assert (await admin.post(f"{base}/cancel", form, htmx=True)).shows("请选择押金转到哪一次预约")
    done = await admin.post(f"{base}/cancel", {**form, "deposit_to": following.id}, htmx=True)
    assert done.shows("已取消这次预约", "押金已转到另一次预约")
    held = (await stands(clinic, following)).held_deposit
    assert held is not None
    assert (held.amount, held.moved_from) == (20_000, visit.id)


async def test_a_cancellation_that_asked_nobody_leaves_a_task_until_somebody_decides(
    clinic: Clinic, admin: Browser
) -> None:
    clinic.stand_still()
    visit = await booked(clinic, await patient(clinic))
    base, services = f"{BOARD}/visits/{visit.id}", clinic.app.services
    await take(admin, base)
    await services.booking.cancel(visit.id, "患者自己取消", by=COMMAND_LINE, now=clinic.now)
    await watch_visits.run(services, clinic.now)
    await watch_visits.run(services, clinic.now)
    (task,) = await clinic.rows("followups", {"key": {"$regex": "^deposit:"}})
    assert "押金 200 元还没有处理" in task["reason"]

    held = (await stands(clinic, visit)).held_deposit
    assert held is not None
    settle = {"deposit": held.id, "outcome": "kept"}
    assert (await admin.post(f"{base}/deposit/settle", settle, htmx=True)).shows("请写明退或不退押金的原因")
    done = await admin.post(f"{base}/deposit/settle", {**settle, "deposit_reason": "当天取消"}, htmx=True)
    assert done.shows("押金不退", "200元 微信 不退：当天取消")
    await watch_visits.run(services, clinic.now)
    (task,) = await clinic.rows("followups", {"key": {"$regex": "^deposit:"}})
    assert (task["state"], task["outcome"]) == ("obsolete", "押金已处理")


async def test_clinicians_read_deposits_and_take_none(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    visit = await booked(clinic, await patient(clinic))
    base = f"{BOARD}/visits/{visit.id}"
    await take(admin, base)
    doctor = await sign_in(Role.CLINICIAN)
    panel = await doctor.get(base)
    assert panel.shows("200元 微信 已收")
    assert "/deposit" not in panel.text
    refused = await doctor.post(f"{base}/deposit/settle", {"deposit": "x", "outcome": "used"})
    assert refused.status == 403
