"""总结报告 over HTTP: opened, completed, kept, taken out."""

from datetime import timedelta
from io import BytesIO

from openpyxl import load_workbook

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_figures_pages import closed
from wxbot.staff.permissions import Role

__all__ = ["closed"]

REPORTS = "/console/quality/reports"


async def test_a_report_is_opened_filled_in_completed_and_taken_out(
    clinic: Clinic, closed: Browser, sign_in: SignIn
) -> None:
    listed = await closed.get(REPORTS)
    assert listed.shows("还没有保存过报告", "日报", "周报", "月报")
    day = (clinic.now - timedelta(hours=1)).astimezone(clinic.app.services.clinic.timezone).date()
    opened = await closed.get(f"{REPORTS}?span=day&day={day.isoformat()}")
    here = f"{REPORTS}/day/{day.isoformat()}"
    assert opened.path == here
    assert opened.shows(
        "还没有保存，数字按现在的统计", "30 秒内首次答复", "50.0%", "（A3-02）", "咨询师小周", "请求人工"
    )
    assert (await closed.post(here, {"revision": "0", "solved": " "})).shows("请至少写一项")
    saved = await closed.post(here, {"revision": "0", "solved": "<b>午间</b>两人值班", "plan": "多问一句"})
    assert saved.shows("报告已保存", "主管小周 保存于", "&lt;b&gt;午间&lt;/b&gt;两人值班")
    stale = await closed.post(here, {"revision": "0", "solved": "再写一次"})
    assert stale.shows("同事刚刚保存过这份报告", "再写一次", 'value="1"')
    assert "报告已保存" not in stale.text
    assert (await closed.get(REPORTS)).shows(f"日报 {day.isoformat()}", "主管小周")
    file = await closed.post(f"{here}/export")
    assert "report.xlsx" in file.headers["Content-Disposition"]
    assert load_workbook(BytesIO(file.body)).sheetnames == ["数字", "最多的", "每个人", "总结"]
    agent = await sign_in(Role.CONSULTANT)
    for address in (REPORTS, here):
        assert (await agent.get(address)).status == 403


async def test_a_week_is_one_report_whatever_day_of_it_is_named(closed: Browser) -> None:
    opened = await closed.get(f"{REPORTS}?span=week&day=2026-11-29")
    assert opened.path == f"{REPORTS}/week/2026-11-23"
    assert (await closed.get(f"{REPORTS}/week/2026-11-26")).shows("周报 2026-11-23 至 2026-11-29")


async def test_what_is_no_period_is_told(closed: Browser) -> None:
    for rest in ("year/2026-11-23", "day/2026-02-30", "week/0001-01-01x", "month/9999-12-31"):
        assert (await closed.get(f"{REPORTS}/{rest}")).status == 404, rest
    assert (await closed.get(f"{REPORTS}?span=day&day=2026-02-30")).shows("日期")
