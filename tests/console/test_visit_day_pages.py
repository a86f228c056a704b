"""今日 · 确认 and 今日 · 夕会: arrival, checkout, lists and the day sheet as a browser gets them."""

import re
from datetime import timedelta

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.staff.permissions import Role

LIST, EVENING = "/console/today/visits", "/console/today/evening"
RECORD = {"name": "林小满", "phone": "13800138000"}  # what a first visit is registered with (A4-27)
ASKED = {
    "seen": "expected",
    "first_visit": "yes",
    "channel": "online",
    "visit_class": "c",
    "complaint": "cleaning",
    **RECORD,
}


async def booked(clinic: Clinic, day: str = "今天", name: str = "小林") -> str:
    """An appointment with 陈晓晴 (口腔内科), made by chat; its id."""
    clinic.stand_still()
    before = {row["_id"] for row in await clinic.rows("appointments")}
    openid = await clinic.person(name)
    await clinic.book(openid, "洁牙", "陈晓晴", day, "1")
    (visit,) = [row["_id"] for row in await clinic.rows("appointments") if row["_id"] not in before]
    return str(visit)


async def stage(clinic: Clinic, visit: str) -> str:
    (row,) = await clinic.rows("appointments", {"_id": visit})
    return str(row["stage"])


async def start(clinic: Clinic, visit: str) -> None:
    """Time passes until the visit begins."""
    (row,) = await clinic.rows("appointments", {"_id": visit})
    await clinic.move(row["start"] - clinic.now)


async def test_a4_11_and_a4_26_a_first_visit_arrives_with_a_channel_only(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic)
    page = await admin.get(f"{LIST}/{visit}/arrival")
    assert page.shows("您是第一次来我们医院吗？", "来院渠道", "正畸", "身份")
    unasked = await admin.post(f"{LIST}/{visit}/arrival", {"seen": "expected"})
    assert unasked.shows("请问患者是不是第一次来")
    refused = await admin.post(f"{LIST}/{visit}/arrival", {**ASKED, "channel": "", "remarks": "三点前要走"})
    assert refused.shows("初诊患者要先选来院渠道", "三点前要走")
    assert await stage(clinic, visit) == "expected"

    done = await admin.post(f"{LIST}/{visit}/arrival", {**ASKED, "needs": "elderly", "remarks": "三点前要走"})
    assert done.path == LIST
    assert done.shows("已登记到诊", "已到")
    assert await stage(clinic, visit) == "arrived"


async def test_a4_28_a_complaint_for_another_doctor_is_warned_of_and_needs_a_reason(
    clinic: Clinic, admin: Browser
) -> None:
    visit = await booked(clinic)
    await admin.get(f"{LIST}/{visit}/arrival")
    warned = await admin.post(f"{LIST}/{visit}/arrival", {**ASKED, "complaint": "orthodontics"})
    assert warned.shows("「正畸」按分诊表不由陈晓晴", "合适的医生：林若溪", "仍由这位医生看的原因")
    assert await stage(clinic, visit) == "expected"
    form = {**ASKED, "complaint": "orthodontics", "keep_practitioner": "先检查"}
    assert (await admin.post(f"{LIST}/{visit}/arrival", form)).path == LIST
    assert (await admin.get(EVENING)).shows("和分诊表不一致（1）")


async def test_a4_18_the_clinicians_read_the_arrival_card_and_a4_36_they_alone_the_social_status(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    visit = await booked(clinic)
    await admin.get(f"{LIST}/{visit}/arrival")
    await admin.post(
        f"{LIST}/{visit}/arrival", {**ASKED, "needs": "elderly", "remarks": "坐轮椅", "social_status": "老校长"}
    )
    doctor, desk = await sign_in(Role.CLINICIAN), await sign_in(Role.RECEPTION)
    card = await doctor.get(f"{LIST}/{visit}/card")
    assert card.shows("网络平台", "C 类", "洗牙、检查", "老人", "坐轮椅", "老校长")
    theirs = await desk.get(f"{LIST}/{visit}/card")
    assert theirs.shows("坐轮椅")
    assert not theirs.shows("老校长")


async def test_a4_19_the_next_visit_is_booked_where_this_one_ends(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic)
    await admin.get(f"{LIST}/{visit}/arrival")
    await admin.post(f"{LIST}/{visit}/arrival", ASKED)
    page = await admin.get(f"{LIST}/{visit}/checkout?next_kind=follow_up&next_day=2026-12-02")
    slot = re.search(r'name="slot"\s+value="([^"]+)"', page.text)
    key = re.search(r'name="key"\s+value="([^"]+)"', page.text)
    assert slot is not None
    assert key is not None
    assert slot[1] == "2026-12-02~13:30~chen"  # the same practitioner
    form = {"next_kind": "follow_up", "slot": slot[1], "key": key[1]}
    done = await admin.post(f"{LIST}/{visit}/next", form)
    assert done.shows("下一次已约好", "下次：", "请和患者核对一遍")
    assert (await admin.post(f"{LIST}/{visit}/next", form)).shows("下一次已约好")  # tapped twice: one visit
    assert len(await clinic.rows("appointments")) == 2
    await admin.post(f"{LIST}/{visit}/checkout", {"seen": "arrived"})
    assert await stage(clinic, visit) == "left"


async def test_a_next_visit_that_cannot_be_had_says_why_and_what_is_near(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic)
    await admin.get(f"{LIST}/{visit}/arrival")
    await admin.post(f"{LIST}/{visit}/arrival", ASKED)
    closed = await admin.get(f"{LIST}/{visit}/checkout?next_kind=follow_up&next_day=2026-12-03")  # does not receive
    assert closed.shows("这一天没有空档，最近的是：", "12月4日")
    assert (await admin.get(f"{LIST}/{visit}/checkout?next_day=2026-02-31")).shows("约下一次")
    for slot in ("", "x~y~z", "2020-01-01~09:00~chen", "2026-12-02~13:30~nobody"):
        refused = await admin.post(f"{LIST}/{visit}/next", {"next_kind": "follow_up", "slot": slot, "key": "k"})
        assert refused.status in {404, 422}
    assert len(await clinic.rows("appointments")) == 1


async def test_a4_19_nobody_is_checked_out_without_the_next_visit_or_a_reason(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic)
    await admin.get(f"{LIST}/{visit}/arrival")
    await admin.post(f"{LIST}/{visit}/arrival", ASKED)
    page = await admin.get(f"{LIST}/{visit}/checkout")
    assert page.shows("还没有约下一次")
    refused = await admin.post(f"{LIST}/{visit}/checkout", {"seen": "arrived"})
    assert refused.shows("请先约好下一次，或选择没有约的原因")
    assert await stage(clinic, visit) == "arrived"
    done = await admin.post(f"{LIST}/{visit}/checkout", {"seen": "arrived", "reason": "price"})
    assert (done.path, await stage(clinic, visit)) == (LIST, "left")
    assert (await admin.get(EVENING)).shows("没有约下一次（1）", "要考虑费用", "新病历 1 份")


async def test_a_page_of_before_is_told_what_a_colleague_did(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic)
    await admin.get(f"{LIST}/{visit}/arrival")
    await admin.post(f"{LIST}/{visit}/arrival", ASKED)
    told = await admin.post(f"{LIST}/{visit}/arrival", {**ASKED, "channel": "phone"})
    assert told.status == 409
    assert told.shows("另一位同事刚刚更新了")


async def test_another_day_and_nonsense_are_refused(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, "明天")
    await admin.get(f"{LIST}/{visit}/arrival")
    refused = await admin.post(f"{LIST}/{visit}/arrival", ASKED)
    assert refused.shows("这次预约不在今天")
    assert await stage(clinic, visit) == "expected"
    assert (await admin.get(f"{LIST}/none/arrival")).status == 404
    assert (await admin.post(f"{LIST}/none/checkout", {"seen": "x"})).status == 404


async def test_a4_16_who_is_late_is_yellow_then_red_and_the_call_is_in_the_tasks(
    clinic: Clinic, admin: Browser
) -> None:
    visit = await booked(clinic)
    await start(clinic, visit)
    await clinic.move(timedelta(minutes=11))
    await clinic.app.runner.run_now("watch_visits")
    assert re.search(r'mark-warn">迟到11分钟', (await admin.get(LIST)).text)
    assert (await admin.get("/console/followups?kind=phone")).shows("过了10分钟还没到")
    await clinic.move(timedelta(minutes=5))
    assert re.search(r'mark-bad">迟到16分钟', (await admin.get(LIST)).text)

    await admin.get(f"{LIST}/{visit}/arrival")
    await admin.post(f"{LIST}/{visit}/arrival", ASKED)
    assert await clinic.app.runner.run_now("watch_visits") == {"opened": 0, "settled": 1}
    assert await clinic.app.runner.run_now("watch_visits") == {"opened": 0, "settled": 0}
    assert not (await admin.get("/console/followups?kind=phone")).shows("过了10分钟还没到")


async def test_a4_31_a_first_visit_that_waits_is_to_be_comforted_once(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic)
    await start(clinic, visit)
    await admin.get(f"{LIST}/{visit}/arrival")
    await admin.post(f"{LIST}/{visit}/arrival", ASKED)
    assert not (await admin.get(LIST)).shows("请过去安慰一句")
    await clinic.move(timedelta(minutes=16))
    page = await admin.get(LIST)
    assert page.shows("请过去安慰一句", "等了16分钟", "马上轮到")
    assert re.search(r'mark-bad">等了16分钟', page.text)  # over the goal of A4-32
    await admin.post(f"{LIST}/{visit}/comfort")
    assert not (await admin.get(LIST)).shows("请过去安慰一句")


async def test_a4_14_the_list_of_tomorrow_has_deadline_telephones_and_a_text_with_masked_names(
    clinic: Clinic, admin: Browser
) -> None:
    visit = await booked(clinic, "明天")
    (row,) = await clinic.rows("appointments", {"_id": visit})
    patients = clinic.app.services.patients
    person = (await patients.patients([row["patient_id"]]))[row["patient_id"]]
    page = await admin.get(f"{LIST}?day=tomorrow")
    assert page.shows("已确认 0 / 1", "前逐一确认", "发到群里的名单", "未确认 1 位")
    if person.name:
        share = page.text.split("<textarea", maxsplit=1)[1]
        assert person.name not in share
    await clinic.move_to("2026-11-23 20:00")
    await clinic.app.runner.run_now("watch_visits")
    assert (await admin.get(f"{LIST}?day=tomorrow")).shows("已过时限")
    assert (await admin.get("/console/followups?kind=check")).shows("还有 1 位患者没有确认")
    await admin.get(f"{LIST}?day=tomorrow")
    await admin.post(f"{LIST}/{visit}/confirm")
    assert (await admin.get(f"{LIST}?day=tomorrow")).shows("全部确认完毕", "✓已确认")


async def test_a4_15_in_the_morning_everybody_is_asked_again(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, "明天")
    await clinic.move_to("2026-11-24 08:00")
    assert (await admin.get(LIST)).shows("今天还有 1 位没有再确认", "前打完电话")
    await admin.post(f"{LIST}/{visit}/confirm")
    assert (await admin.get(LIST)).shows("再次确认", "今天还有 1 位没有再确认")
    done = await admin.post(f"{LIST}/{visit}/recheck")
    assert done.shows("当天已确认")
    assert not done.shows("没有再确认")


async def test_a4_17_a_cancellation_waits_for_the_supervisors_decision(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    visit = await booked(clinic)
    desk = await sign_in(Role.RECEPTION)
    (row,) = await clinic.rows("appointments", {"_id": visit})
    openid = next(iter(clinic.platform.people))
    assert row["state"] == "booked"
    await clinic.say(openid, "我的预约")
    await clinic.say(openid, "取消这个预约")
    await clinic.say(openid, "确认取消")
    assert (await desk.get(EVENING)).shows("取消（1）", "等主管的处理意见")
    assert (await desk.post(f"{EVENING}/{visit}/decision", {"words": "不用管"})).status == 403
    await admin.get(EVENING)
    assert (await admin.post(f"{EVENING}/{visit}/decision", {"words": " "})).shows("请写处理意见")
    done = await admin.post(f"{EVENING}/{visit}/decision", {"words": "周三再打一次"})
    assert done.path == EVENING
    assert done.shows("处理意见：周三再打一次")


async def test_an_evening_of_nonsense_is_todays(admin: Browser) -> None:
    for day in ("", "9999-99-99", "0001-01-01", "x" * 5000):
        page = await admin.get(f"{EVENING}?day={day}")
        assert page.shows("11月23日", "日报"), day
