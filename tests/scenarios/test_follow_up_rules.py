"""Other clinics, care on WeChat, offers and disputes, rule by rule, through WeChat and the console."""

import re
from datetime import timedelta

from tests.console.conftest import Browser, Page, SignIn, admin, sign_in
from tests.console.test_visit_day_pages import ASKED
from tests.console.test_visit_day_pages import LIST as VISITS
from tests.console.test_worklist_pages import LIST, SAID
from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import Post
from tests.scenarios.test_care_plans import ZONE, pass_through
from tests.scenarios.test_visit_care import calls, record, tasks, treated
from wxbot.messaging import Purpose
from wxbot.staff.permissions import Role

__all__ = ["admin", "sign_in"]

LASER = ("激光祛斑", "明天", "上午10点")  # Tuesday the 24th, from Monday the 23rd
OFFERED = "想着您也许用得上"  # of the wording of an offer
SEEN = re.compile(r'name="seen" value="([0-9a-f]{64})"')


async def named(clinic: Clinic, name: str = "林小满") -> str:
    """Somebody who follows and has told us their name; the openid."""
    openid = await clinic.person(name)
    await clinic.say(openid, f"我叫{name}")
    return openid


async def page_of(clinic: Clinic, openid: str) -> str:
    """Where the patient's record is in the console."""
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    return f"/console/patients/{contact.patient_ids[0]}"


# -- other clinics -----------------------------------------------------------------------------------------------


async def test_a1_12_what_patients_saw_elsewhere_is_noted_in_four_fields_and_counted_by_clinic(
    clinic: Clinic, admin: Browser
) -> None:
    """A1-12: which clinic, its price, its plan and who operates there; none of them must be said."""
    said = {**SAID, "reason": "comparing"}
    elsewhere = {
        "competitor_clinic": "城东口腔",
        "competitor_price": "八千",
        "competitor_plan": "即刻种植",
        "competitor_surgeon": "主任医师，做过三百例",
    }
    for name, told in (("林一", elsewhere), ("林二", {"competitor_clinic": "城东口腔"}), ("林三", {})):
        where = await page_of(clinic, await named(clinic, name))
        await admin.get(f"{where}/undecided")
        await admin.post(f"{where}/undecided", {"project": "种植", "quote": "12000"})
        (task,) = await tasks(clinic, patient_id=where.rpartition("/")[2])
        await record(admin, task, **said, **told, next_reached="2026-12-02T10:00")
    shown = await admin.get(f"{LIST}/undecided")
    counted = re.findall(r'在哪家看过">\s*(\S+?)\s*</td>.*?<a href="([^"]+)">\s*(\d+)\s*</a>', shown.text, re.DOTALL)
    assert [(clinic_name, number) for clinic_name, _, number in counted] == [("城东口腔", "2"), ("没有说", "1")]
    records = await admin.get(counted[0][1].replace("&amp;", "&"))
    assert records.shows("林一", "林二", "城东口腔 · 八千 · 即刻种植 · 主任医师，做过三百例")
    assert not records.shows("林三")


# -- care after a treatment --------------------------------------------------------------------------------------


async def test_a1_16_care_after_a_treatment_comes_on_wechat_before_anybody_calls(clinic: Clinic) -> None:
    """A1-16: each later call has a message of the same day; one that finds no way becomes no further call."""
    openid = await named(clinic)
    await clinic.book(openid, *LASER)
    days = ("11-25", "11-27", "12-24")
    await clinic.move_to("2026-11-24 13:30")
    for day in days:
        await clinic.move_to(f"2026-{day} 09:00")
        await clinic.say(openid, "在吗")
        await pass_through(clinic, f"2026-{day} 10:30", f"2026-{day} 14:00")
    wrote = {f"{seen.at.astimezone(ZONE):%m-%d}": seen.at for seen in clinic.sent_to(openid, "customer")}
    rang = {f"{each['opened_at'].astimezone(ZONE):%m-%d}": each["opened_at"] for each in await tasks(clinic)}
    assert set(days) <= set(wrote)
    assert sorted(rang) == ["11-24", "11-27", "12-24"]  # the first on the day of the treatment itself
    assert all(wrote[day] < rang[day] for day in rang if day != "11-24")


async def test_a1_16_who_cannot_be_written_to_is_called_as_planned_and_no_more(clinic: Clinic) -> None:
    """A1-16: a message stands beside its call, so that one that finds no way opens no second one."""
    openid = await named(clinic)
    await clinic.book(openid, *LASER)
    await pass_through(clinic, "2026-11-24 13:30", "2026-11-25 09:00")
    await clinic.platform.unfollow(openid)
    await pass_through(clinic, "2026-11-25 10:00", "2026-11-27 10:00", "2026-11-27 14:00")
    assert await calls(clinic) == ["aftercare_laser/call_1", "aftercare_laser/call_3"]
    assert await tasks(clinic, kind="phone") == []


async def test_a1_19_the_day_after_a_laser_treatment_says_what_to_avoid(clinic: Clinic) -> None:
    """A1-19: sun, water, spice, alcohol and tobacco, once, on the morning after; and of no other treatment."""
    openid, other = await named(clinic), await named(clinic, "王一")
    await clinic.book(openid, *LASER)
    await clinic.book(other, "智齿拔除", "明天", "上午9点")
    await pass_through(clinic, "2026-11-24 13:30", "2026-11-25 09:59")
    assert not [seen for seen in clinic.sent_to(openid) if "防晒" in seen.text]
    await pass_through(clinic, "2026-11-25 10:00", "2026-11-25 15:00", "2026-11-26 10:00")
    (told,) = [seen for seen in clinic.sent_to(openid, "customer") if "防晒" in seen.text]
    assert told.at.astimezone(ZONE).strftime("%m-%d %H:%M") == "11-25 10:00"
    for words in ("林小满", "防晒", "别沾水", "辛辣", "烟和酒", "120"):
        assert words in told.text
    assert not [seen for seen in clinic.sent_to(other) if "防晒" in seen.text]


async def test_a1_23_a_re_examination_is_an_occasion_only_for_who_has_recovered_and_objects_to_nothing(
    clinic: Clinic, admin: Browser
) -> None:
    """A1-23: at the checkout nothing is offered before the recovery was noted, nor while something is objected to."""
    openid = await treated(clinic)
    where = await page_of(clinic, openid)
    await clinic.book(openid, "复诊", "周明远", "12月1日", "1")
    (visit,) = await clinic.rows("appointments", {"state": "booked"})
    await clinic.move(visit["start"] - clinic.now)
    at = f"{VISITS}/{visit['_id']}"
    await admin.get(f"{at}/arrival")
    await admin.post(f"{at}/arrival", {**ASKED, "first_visit": "no"})
    said = {"offer": "cleaning_plan", "answer": "wanted"}
    assert (await admin.get(f"{at}/checkout")).shows("这次不推荐", "还在恢复期")
    assert (await admin.post(f"{at}/offer", said)).shows("还在恢复期")
    assert (await admin.post(f"{where}/recovered", {"reason": "已拆线，愈合良好"})).shows("已记录恢复")
    assert (await admin.get(f"{at}/checkout")).shows("推荐（愿意才提，只提一次）", "全年洁牙计划")
    await admin.post(f"{where}/holds", {"kind": "objection", "reason": "觉得拔得不干净"})
    assert (await admin.get(f"{at}/checkout")).shows("这次不推荐", "对效果有异议")
    assert (await admin.post(f"{at}/offer", said)).shows("对效果有异议")
    (patient,) = await clinic.rows("patients")
    (hold,) = patient["holds"]
    await admin.post(f"{where}/holds/lift", {"hold": hold["id"], "reason": "拍片看过，患者放心了"})
    assert (await admin.post(f"{at}/offer", said)).shows("全年洁牙计划：需要")


# -- offers ------------------------------------------------------------------------------------------------------


async def open_to_offers(clinic: Clinic, browser: Browser, openid: str) -> None:
    """A colleague notes that the patient would like to hear of activities, and who they are sent to."""
    where = await page_of(clinic, openid)
    contact = await Post(clinic).contact(openid)
    await browser.get(where)
    yes = {"contact_id": contact.id, "topic": "marketing", "granted": "yes", "reason": "到院时说愿意收到活动"}
    assert (await browser.post(f"{where}/consent", yes)).shows("已登记患者的意愿")
    assert (await browser.post(f"{where}/tags", {"name": "活动"})).shows("已加标签")


async def offer(browser: Browser, number: int = 1) -> Page:
    """A broadcast of an offer to who has the tag, looked at and not submitted."""
    typed = {
        "title": f"洁牙活动{number}",
        "audience_kind": "tag",
        "tag": "活动",
        "template": "broadcasts.offer",
        "pace_per_hour": "600",
        "var_topic": f"第{number}次洁牙活动",
        "var_offer": "洁牙八折",
        "var_until": "2027年6月30日",
    }
    await browser.get("/console/broadcasts/new")
    shown = await browser.post("/console/broadcasts/new", typed)
    assert shown.shows("名单已核对"), shown.text
    return shown


async def approve(path: str, writer: Browser, approver: Browser) -> None:
    """It is submitted by one and approved by another."""
    await writer.post(f"{path}/submit")
    seen = SEEN.search((await approver.get(path)).text)
    assert seen is not None
    assert (await approver.post(f"{path}/approve", {"seen": seen[1]})).shows("已批准")


async def leave(clinic: Clinic, path: str, browser: Browser) -> None:
    """It runs to its end."""
    post = Post(clinic)
    for _ in range(3):
        await clinic.app.runner.run_now("run_broadcasts")
        await post.deliver()
        await post.pass_by(timedelta(minutes=1))
    await clinic.app.runner.run_now("run_broadcasts")
    assert (await browser.get(path)).shows("已完成")


def offers_to(clinic: Clinic, openid: str) -> int:
    return sum(OFFERED in seen.text for seen in clinic.phone(openid))


def will_receive(page: Page) -> int:
    found = re.search(r"<strong>(\d+)</strong>会收到消息", page.text)
    assert found is not None
    return int(found[1])


async def test_a1_31_an_offer_to_who_has_not_recovered_or_objects_sends_nothing(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    """A1-31: all were treated, cared for and agreed to offers; only who is well and content when it leaves has one."""
    names = ("林恢复", "林未愈", "林没好", "林后悔")
    _, healing, worse, later = people = [await named(clinic, name) for name in names]
    for openid in people:
        await clinic.book(openid, "激光祛斑", "明天", "1")
    await pass_through(clinic, "2026-11-24 18:00", "2026-11-25 10:00")
    for openid in people:
        assert "防晒" in clinic.sent_to(openid)[-1].text  # care since the treatment (A1-29)
        await clinic.say(openid, "谢谢")  # so that an offer has a way to them
        await open_to_offers(clinic, admin, openid)
        if openid != healing:
            await admin.post(f"{await page_of(clinic, openid)}/recovered", {"reason": "皮肤已经平整"})
    await admin.post(f"{await page_of(clinic, worse)}/holds", {"kind": "unrecovered", "reason": "又红了"})
    shown = await offer(admin)
    assert will_receive(shown) == 2
    assert shown.shows("还在恢复期，没有记录已恢复", "未恢复：又红了")
    await approve(shown.path, admin, await sign_in(Role.MANAGER))
    await admin.post(f"{await page_of(clinic, later)}/holds", {"kind": "objection", "reason": "回家以后觉得不对称"})
    await leave(clinic, shown.path, admin)
    assert [offers_to(clinic, each) for each in people] == [1, 0, 0, 0]
    assert await tasks(clinic, kind="phone") == []  # and nobody calls with an offer


async def test_a1_29_an_offer_needs_care_since_the_last_treatment(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    """A1-29: care before a treatment counts until the treatment; after it there must be some again."""
    openid = await named(clinic)
    await open_to_offers(clinic, admin, openid)
    shown = await offer(admin)
    path = shown.path
    assert will_receive(shown) == 0
    assert shown.shows("还没有关怀过，先关怀、后推荐")
    assert (await Post(clinic).send(openid, purpose=Purpose.CARE)).state == "accepted"
    assert will_receive(await admin.post(f"{path}/recheck")) == 1
    await clinic.book(openid, *LASER)
    await clinic.move_to("2026-11-24 13:30")
    await admin.get(path)
    await admin.post(f"{await page_of(clinic, openid)}/recovered", {"reason": "当天就不红了"})
    shown = await admin.post(f"{path}/recheck")
    assert will_receive(shown) == 0
    assert shown.shows("还没有关怀过，先关怀、后推荐")
    await clinic.move_to("2026-11-25 10:00")
    assert "防晒" in clinic.sent_to(openid)[-1].text
    await clinic.say(openid, "谢谢")
    assert will_receive(await admin.post(f"{path}/recheck")) == 1
    await approve(path, admin, await sign_in(Role.MANAGER))
    await leave(clinic, path, admin)
    assert offers_to(clinic, openid) == 1


async def test_a1_39_offers_stay_a_small_share_and_never_follow_each_other(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    """A1-39: one in a month, three times care in between, a quarter of all at most, none after three in a row."""
    openid, manager, post = await named(clinic), await sign_in(Role.MANAGER), Post(clinic)
    clinic.stand_still()
    await open_to_offers(clinic, admin, openid)

    async def cared(times: int) -> None:
        for _ in range(times):
            await post.pass_by(timedelta(days=2))
            await clinic.say(openid, "在吗")
            assert (await post.send(openid, purpose=Purpose.CARE)).state == "accepted"

    await cared(1)
    path = (await offer(admin)).path
    await approve(path, admin, manager)
    await leave(clinic, path, admin)
    assert offers_to(clinic, openid) == 1  # the first in 90 days, after care
    shown = await offer(admin, 2)
    assert (will_receive(shown), shown.shows("30 天内已发过 1 条营销消息，达到上限")) == (0, True)
    path = shown.path
    await post.pass_by(timedelta(days=25))
    await cared(3)
    shown = await admin.post(f"{path}/recheck")
    assert (will_receive(shown), shown.shows("就超过 90 天内所收消息的 25%")) == (0, True)  # it would be 2 of 6
    await cared(2)
    assert will_receive(await admin.post(f"{path}/recheck")) == 1
    await approve(path, admin, manager)
    await leave(clinic, path, admin)
    assert offers_to(clinic, openid) == 2  # 2 of 8
    await post.pass_by(timedelta(days=29))
    await cared(2)
    shown = await offer(admin, 3)
    assert will_receive(shown) == 0
    newest = await clinic.rows("outbox", {"state": {"$in": ["accepted", "delivered"]}})
    newest = sorted(newest, key=lambda each: each["sent_at"], reverse=True)[:3]
    three = {"_id": {"$in": [each["_id"] for each in newest]}}
    await clinic.app.database.collection("outbox").update_many(three, {"$set": {"purpose": "marketing"}})
    await post.pass_by(timedelta(days=35))
    shown = await admin.post(f"{shown.path}/recheck")
    assert (will_receive(shown), shown.shows("最近 3 条都是营销消息，先关怀再说")) == (0, True)
    assert offers_to(clinic, openid) == 2


# -- disputes ----------------------------------------------------------------------------------------------------


async def test_a1_40_a_patient_in_dispute_hears_from_the_owner_of_the_dispute_alone(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    """A1-40: customer service follows disputes. Nothing is sent any more, and no other colleague may call."""
    openid = await treated(clinic)
    where = await page_of(clinic, openid)
    desk, consultant = await sign_in(Role.RECEPTION), await sign_in(Role.CONSULTANT)
    (account,) = await clinic.rows("staff", {"login": "reception"})
    await admin.get(f"{where}/owner")
    named_owner = await admin.post(f"{where}/owner", {"dispute": account["_id"], "hold": "true"})
    assert named_owner.shows("已指定负责人，并登记「纠纷」")
    before = len(clinic.sent_to(openid))
    await pass_through(clinic, "2026-11-25 10:00", "2026-11-27 10:00", "2026-11-27 14:00")
    assert clinic.sent_to(openid)[before:] == []
    assert (await clinic.keys("dropped"))["aftercare_extraction/day_3"] == "dispute"
    await clinic.say(openid, "我要投诉")
    (case,) = await tasks(clinic, kind="complaint")
    for colleague in (consultant, admin):
        card = await colleague.get(f"{LIST}/{case['_id']}")
        assert card.shows("纠纷患者，只由负责人联系", "请交给前台客服小周")
        assert not card.shows("保存记录")
        fields = {"key": "form-of-another", "revision": str(case["revision"]), **SAID, "step": "heard"}
        refused = await colleague.post(f"{LIST}/{case['_id']}/record", fields)
        assert refused.shows("请交给前台客服小周")
    assert await clinic.rows("attempts") == []
    assert (await desk.get(f"{LIST}?tab=mine")).shows("林小满")
    await record(desk, case, **SAID, step="heard", next_reached="2026-11-28T10:00")
    (attempt,) = await clinic.rows("attempts")
    assert (attempt["by"], attempt["outcome"]) == (f"staff:{account['_id']}", "reached")
