"""质检 and 事故 over HTTP: rating, answering, appealing, settling."""

import re
from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_desk_pages import DESK, episode_of, taken, waiting
from tests.console.test_figures_pages import closed
from wxbot.actors import COMMAND_LINE
from wxbot.patients.models import HoldKind
from wxbot.staff.permissions import Role

__all__ = ["closed"]

TALK = "/console/quality/talks/e1"


@pytest.fixture(autouse=True)
def everything_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wxbot.conversations.evaluation.rating.is_sampled", lambda _id: True)
    monkeypatch.setattr("wxbot.conversations.evaluation.rating.needs_second_rater", lambda _id: False)


async def test_a_talk_is_rated_answered_appealed_and_settled(closed: Browser, sign_in: SignIn) -> None:
    listed = await closed.get("/console/quality/talks")
    assert listed.shows("待您评分", "主动结束", TALK)
    page = await closed.get(TALK)
    assert page.shows("种一颗牙要多少钱", "要看情况", "首次答复超过 30 秒", "主动结束", "敷衍：字数太少")
    refused = await closed.post(f"{TALK}/rate", {"mark.curt": "1", "comment": ""})
    assert refused.shows("请写明原因", 'value="1" selected')
    rated = await closed.post(f"{TALK}/rate", {"mark.curt": "1", "comment": "语气生硬"})
    assert rated.shows("已评分：40 分", "态度生硬（轻微）")  # 100 − 5 − 30 − 20 − 5
    assert rated.shows('title="未达基本标准"', "未达基本标准（基本 80 分，优质 95 分）")
    agent = await sign_in(Role.CONSULTANT)
    own = await agent.get(TALK)
    assert own.shows("主管小周评分", "语气生硬", "提交说明")
    answered = await agent.post(f"{TALK}/answer", {"number": "1", "kind": "answer", "answer": "当时在<i>忙</i>"})
    assert answered.shows("已记下您的说明", "当时在&lt;i&gt;忙&lt;/i&gt;")
    appealed = await agent.post(f"{TALK}/answer", {"number": "1", "kind": "appeal", "appeal": "字数不等于态度"})
    assert appealed.shows("已提交申诉", "字数不等于态度")
    assert (await closed.get("/console/quality/talks")).shows("有申诉")
    own_decision = await closed.post(f"{TALK}/decide", {"number": "1", "points": "60", "decision": "改"})
    assert own_decision.shows("申诉要由评分人和当事人以外的主管处理")
    admin = await sign_in(Role.ADMIN)
    await admin.get(TALK)
    assert (await admin.post(f"{TALK}/decide", {"number": "1", "points": "x", "decision": "改"})).shows("0 到 100")
    settled = await admin.post(f"{TALK}/decide", {"number": "1", "points": "60", "decision": "部分成立"})
    assert settled.shows("申诉已处理", "部分成立")


async def test_a_grave_mark_becomes_an_incident_with_a_root_cause(clinic: Clinic, closed: Browser) -> None:
    assert (await closed.get("/console/quality/incidents")).shows("没有未处理的事故")
    await closed.post(f"{TALK}/rate", {"mark.shirking": "4", "comment": "推给患者"})
    page = await closed.get("/console/quality/incidents")
    assert page.shows("恶劣", "推诿", "咨询师小周", "由我处理")
    taken = await closed.post("/console/quality/incidents/e1/take", {"revision": "0"})
    assert taken.shows("主管小周 在处理")
    refused = await closed.post(
        "/console/quality/incidents/e1/settle", {"revision": "1", "root_cause": "忙", "measures": "不再忙"}
    )
    assert refused.shows("请写清根本原因", ">忙</textarea>", ">不再忙</textarea>")
    done = await closed.post(
        "/console/quality/incidents/e1/settle",
        {"revision": "1", "root_cause": "午间只有一人值班，接待了八位患者", "measures": "午间两人值班"},
    )
    assert done.shows("事故已处理完", "没有未处理的事故", "午间只有一人值班")
    assert len(await clinic.rows("incidents")) == 1


async def test_automatic_care_rests_with_one_click_while_an_incident_is_looked_into(
    clinic: Clinic, closed: Browser
) -> None:
    await closed.post(f"{TALK}/rate", {"mark.shirking": "4", "comment": "推给患者"})
    (incident,) = await clinic.rows("incidents")
    page = await closed.get("/console/quality/incidents")
    assert not page.shows("暂停自动关怀")  # nobody has a record yet
    services = clinic.app.services
    patient = await services.records.record_for(incident["contact_id"], by=COMMAND_LINE, now=clinic.now)
    assert (await closed.get("/console/quality/incidents")).shows("有纠纷：暂停自动关怀")
    page = await closed.post("/console/quality/incidents/e1/hold")
    assert page.shows("已暂停自动关怀", "自动关怀已暂停，由负责人处理")
    held = (await services.patients.patients({patient.id}))[patient.id]
    assert [(each.kind, each.reason) for each in held.holds] == [(HoldKind.DISPUTE, "服务事故处理中：推诿")]
    assert (await closed.get("/console/patients/" + patient.id)).shows("服务事故处理中：推诿")


async def test_what_was_told_wrongly_is_corrected_with_one_click_and_linked_both_ways(
    closed: Browser, sign_in: SignIn
) -> None:
    await closed.post(f"{TALK}/rate", {"mark.wrong": "2", "comment": "价格说成了旧的"})
    page = await closed.get(TALK)
    assert page.shows("开纠正任务", "先致歉")
    opened = await closed.post(f"{TALK}/correct")
    assert opened.shows("已开纠正任务", "待纠正", "咨询师小周负责", "/console/followups?kind=correction")
    assert not opened.shows('action="/console/quality/talks/e1/correct"')
    agent = await sign_in(Role.CONSULTANT)
    listed = await agent.get("/console/followups?kind=correction")
    assert listed.shows("纠正", "质检发现答错或不完整：价格说成了旧的", "由咨询师小周处理", TALK, "/console/desk/")
    address = re.search(r'action="(/console/followups/[^"]+/close)"', listed.text)
    assert address is not None
    await agent.post(address[1], {"outcome": "已致歉，并说明现价"})
    assert (await closed.get(TALK)).shows("已完成", "结果：已致歉，并说明现价")
    other = await sign_in(Role.RECEPTION)
    assert not (await other.get("/console/followups?kind=correction")).shows(TALK)
    assert (await other.post(f"{TALK}/correct")).status == 403


async def test_without_a_wrong_answer_there_is_nothing_to_correct(closed: Browser) -> None:
    rated = await closed.post(f"{TALK}/rate", {"mark.curt": "1", "comment": "语气生硬"})
    assert "开纠正任务" not in rated.text
    assert (await closed.post(f"{TALK}/correct")).shows("评分里没有「答错或不完整」")


async def test_a_colleague_scores_their_own_talk_first_and_sees_it_beside_the_raters(
    closed: Browser, sign_in: SignIn
) -> None:
    agent = await sign_in(Role.CONSULTANT)
    assert (await agent.get(TALK)).shows("自评不算成绩")
    own = await agent.post(f"{TALK}/self", {"mark.curt": "", "comment": "我觉得<i>还好</i>"})
    assert own.shows("已自评：45 分", "我觉得&lt;i&gt;还好&lt;/i&gt;")  # what the rules found counts here, too
    assert (await agent.post(f"{TALK}/self", {"comment": ""})).shows("您已经自评过了")
    blind = await closed.get(TALK)
    assert "自评" not in blind.text
    rated = await closed.post(f"{TALK}/rate", {"mark.curt": "1", "comment": "语气生硬"})
    assert rated.shows("已评分：40 分", "自评 <span", "比主管小周高 5")
    assert (await agent.get(TALK)).shows("比主管小周高 5", "主管小周评分")


async def test_who_has_seen_a_rating_gives_no_self_score(closed: Browser, sign_in: SignIn) -> None:
    await closed.post(f"{TALK}/rate", {"mark.curt": "1", "comment": "语气生硬"})
    agent = await sign_in(Role.CONSULTANT)
    assert "自评不算成绩" not in (await agent.get(TALK)).text
    assert (await agent.post(f"{TALK}/self", {"comment": ""})).shows("自评要在看到评分之前")
    other = await sign_in(Role.RECEPTION)
    assert (await other.post(f"{TALK}/self", {"comment": ""})).status == 404


async def test_several_rate_one_talk_blind_and_then_see_where_they_differ(closed: Browser, sign_in: SignIn) -> None:
    calibration = "/console/quality/calibrations/e1"
    assert (await closed.get(TALK)).shows("几个人一起校准")
    begun = await closed.post(calibration)
    assert begun.shows("校准已开始", "种一颗牙要多少钱", "您的评分")
    mine = await closed.post(f"{calibration}/score", {"mark.curt": "1", "comment": "有点生硬"})
    assert mine.shows("已记下您的评分", "已有", ">1</span> 人评分")
    assert "有点生硬" not in mine.text
    early = await closed.post(f"{calibration}/close")
    assert early.shows("至少 2 个人评过才能比较")
    admin = await sign_in(Role.ADMIN)
    seen = await admin.get(calibration)
    assert "有点生硬" not in seen.text
    await admin.post(f"{calibration}/score", {"comment": ""})
    done = await admin.post(f"{calibration}/close")
    assert done.shows("校准已结束", "Cohen κ", "κ 0.00", "九项里 8 项一致", "哪里不一样", "不一样", "有点生硬", "轻微")
    assert (await closed.get("/console/quality/calibrations")).shows("2 人", "一致性低", "κ 0.00")
    agent = await sign_in(Role.CONSULTANT)
    assert (await agent.get(calibration)).status == 403
    assert "校准" not in (await agent.get(TALK)).text


async def test_a_colleague_sees_only_their_own_talk(closed: Browser, sign_in: SignIn) -> None:
    assert closed
    other = await sign_in(Role.RECEPTION)
    assert (await other.get(TALK)).status == 404
    assert (await other.get("/console/quality/talks")).shows("还没有抽到会话")
    agent = await sign_in(Role.CONSULTANT)
    page = await agent.get("/console/quality/talks")
    assert page.shows("还没有")
    assert "待您评分" not in page.text
    assert "事故" not in page.text


async def test_a_trainee_plays_a_case_and_gets_patients_after_three(clinic: Clinic, sign_in: SignIn) -> None:
    boss, agent = await sign_in(Role.MANAGER), await sign_in(Role.CONSULTANT)
    account = next(row["_id"] for row in await clinic.rows("staff") if row["login"] == "consultant")
    await clinic.app.services.review.practices.require(account, by=COMMAND_LINE, now=clinic.now)
    page = await agent.get("/console/quality/practice")
    assert page.shows("您还在练习期", "住院欠费", "已通过 0 个")
    assert "设为练习期" not in page.text
    started = await agent.post("/console/quality/practice", {"case": "unpaid"})
    assert started.shows("患者（模拟）", "我住院欠费了", "结束并评分")
    empty = await agent.post(f"{started.path}/reply", {"text": " "})
    assert empty.shows("请写 1 到 600 个字")
    went_on = await agent.post(f"{started.path}/reply", {"text": "关咱们什么事，<b>把手机卖了</b>，就有钱交话费了"})
    assert went_on.shows("你们就不能通融一下吗", "&lt;b&gt;把手机卖了&lt;/b&gt;")
    done = await agent.post(f"{started.path}/finish")
    assert done.shows("没有通过", "没有做到：体谅或致歉", "再来一次")
    agent_now = await clinic.app.services.chat.presence.agent(account)
    assert agent_now.in_training
    results = await boss.get("/console/quality/practice")
    assert results.shows("咨询师小周（练习期）", "大家的成绩", "住院欠费")
    assert (await boss.post("/console/quality/practice/require", {"account": "0"})).shows("请选择一位同事")
    assert (await boss.post("/console/quality/practice/require", {"account": account})).shows("已设为先练习")


async def test_what_happened_in_a_talk_is_put_into_nobodys_mouth(clinic: Clinic, sign_in: SignIn) -> None:
    lead, rater = await sign_in(Role.MANAGER), await sign_in(Role.ADMIN)
    contact_id = await waiting(clinic, words="种植牙大概要多久")
    await taken(lead, contact_id)
    episode = await episode_of(clinic, contact_id)
    assert episode is not None
    await lead.post(f"{DESK}/{contact_id}/reply", {"text": "您好，一般三到六个月。", "key": "k1"}, htmx=True)
    await clinic.move(timedelta(seconds=10))
    await clinic.app.runner.run_now("deliver_outbox")
    await lead.post(f"{DESK}/{contact_id}/close", {"note": "已答复", "reason": "已电话说清"}, htmx=True)
    await clinic.app.runner.run_now("measure_episodes")
    page = await rater.get(f"/console/quality/talks/{episode.id}")
    assert page.status == 200
    said = [each.split("</div>")[0] for each in page.text.split('<div class="talk-line')[1:]]
    assert [each for each in said if "患者请求人工服务" in each or "已答复" in each] == []
    assert len([each for each in said if each.startswith(' ours"')]) == 1
    assert page.shows("一般三到六个月", "开始接待：主管小周")
    assert page.text.count("主动结束：已答复") == 1
