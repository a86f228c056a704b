"""未到诊风险 as staff see it: on the list, on the board, and the monthly table that an administrator decides on."""

from datetime import timedelta

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_visit_day_pages import booked
from wxbot.staff.permissions import Role
from wxbot.visits.risk_calibration import FactorCount, RiskCalibration

HERE = "/console/settings/risk"


async def proposed(clinic: Clinic, month: str = "2026-11") -> None:
    row = FactorCount(factor="missed", seen=100, missed=60, others=500, others_missed=20, points=3, proposed=4)
    await clinic.app.stores.risk_calibrations.insert(
        RiskCalibration(id=month, at=clinic.now, visits=600, missed=80, rows=(row,))
    )


async def test_the_confirmation_list_and_the_board_say_the_points_with_their_reasons(
    clinic: Clinic, admin: Browser
) -> None:
    visit = await booked(clinic, "明天")
    listed = await admin.get("/console/today/visits?day=tomorrow")
    assert listed.shows("未到诊风险 1 点", "第一次来（+1）")
    panel = await admin.get(f"/console/board/visits/{visit}")
    assert panel.shows("未到诊风险", "1 点：第一次来（+1）")
    await admin.post(f"/console/today/visits/{visit}/confirm")
    assert not (await admin.get("/console/today/visits?day=tomorrow")).shows("未到诊风险")
    assert not (await admin.get(f"/console/board/visits/{visit}")).shows("未到诊风险")


async def test_nothing_changes_before_an_administrator_accepts(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    assert (await admin.get(HERE)).shows("还没有核算", "未到诊过", "+3")
    await proposed(clinic)
    manager, desk = await sign_in(Role.MANAGER), await sign_in(Role.RECEPTION)
    assert (await desk.get(HERE)).status == 403
    seen = await manager.get(HERE)
    assert seen.shows("60/100（60%）", "20/500（4%）", "+3 → <strong>+4</strong>", "待处理")
    assert not seen.shows("采用新点数")
    assert (await manager.post(f"{HERE}/2026-11/accept")).status == 403
    assert (await clinic.app.services.no_show_risk.points())["missed"] == 3

    await admin.get(HERE)
    done = await admin.post(f"{HERE}/2026-11/accept")
    assert done.shows("已采用，马上生效", "已采用")
    assert (await clinic.app.services.no_show_risk.points())["missed"] == 4
    assert (await admin.post(f"{HERE}/2026-11/decline")).shows("这个月的核算已经处理过了")


async def test_declining_keeps_the_points(clinic: Clinic, admin: Browser) -> None:
    await proposed(clinic)
    await admin.get(HERE)
    assert (await admin.post(f"{HERE}/2026-11/decline")).shows("保持原来的点数", "未采用")
    assert (await clinic.app.services.no_show_risk.points())["missed"] == 3
    assert (await admin.post(f"{HERE}/nonsense/accept")).status == 404


async def test_the_risky_few_become_tasks_before_the_deadline(clinic: Clinic, admin: Browser) -> None:
    """Through the jobs of the running service, with the shipped points."""
    visit = await booked(clinic, "明天")
    booking, rules = clinic.app.services.booking, clinic.app.services.no_show_risk.rules
    (row,) = await clinic.rows("appointments")
    past = row["start"] - timedelta(days=30)
    await clinic.app.database.collection("appointments").insert_many(
        [
            {
                **row,
                "_id": f"past-{number}",
                "request_key": f"past-{number}",
                "start": past - timedelta(days=number),
                "end": past - timedelta(days=number, minutes=-30),
                "state": "no_show",
            }
            for number in range(2)
        ]
    )
    assert rules.call_points == 4
    await clinic.move_to("2026-11-23 16:00")
    for _ in range(2):
        await clinic.app.runner.run_now("call_risky")
    (task,) = await clinic.rows("followups", {"kind": "phone"})
    assert task["reason"].endswith(
        "过去两年有 2 次未到诊（+3），不止一次未到诊（+2），第一次来（+1）。请在确认时限前打电话"
    )
    assert (await admin.get("/console/followups")).shows("未到诊风险 6 点")
    await admin.post(f"/console/today/visits/{visit}/confirm")
    await clinic.app.runner.run_now("watch_visits")
    (task,) = await clinic.rows("followups", {"kind": "phone"})
    assert (task["state"], task["outcome"]) == ("obsolete", "患者已确认会来")
    assert await booking.on_day(clinic.now.date()) == []
