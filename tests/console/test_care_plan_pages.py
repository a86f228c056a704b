"""Care plans through the console: steps written and refused, approved by somebody else, published, paused, exported."""

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from config.care_plan_file import CarePlanFile
from config.settings import Settings
from config.toml_files import read_file
from tests.console.conftest import Browser, Clinic, Page, SignIn
from tests.once import installation_of
from tests.scenarios.conftest import OpenClinic
from wxbot import app
from wxbot.care.models import CarePlan, Offset, Step
from wxbot.installation import Installation
from wxbot.messaging import Purpose
from wxbot.staff.permissions import Role

LIST = "/console/care"
PLAN = f"{LIST}/plans/aftercare_laser"
STEP: Mapping[str, str] = {
    "kind": "message",
    "template": "care.laser_day_1",
    "unit": "days",
    "amount": "5",
    "direction": "after",
    "at": "10:00",
    "grace_hours": "10",
    "audience": "everyone",
    "catch_up": "send",
}


def message(key: str, offset: Offset, at: time = time(10)) -> Step:
    return Step(key=key, template="care.laser_day_1", purpose=Purpose.CARE, offset=offset, grace_hours=10.0, at=at)


LASER = CarePlan(
    key="aftercare_laser",
    title="术后关怀（激光类）",
    anchor="treatment",
    treatment="laser",
    steps=(
        message("day_1", Offset(days=1)),
        message("day_3", Offset(days=3)),
        *(message(f"month_{months}", Offset(months=months), time(10, 30)) for months in (1, 3, 6)),
    ),
)
"""What these pages change, whatever plan for lasers is shipped."""


@pytest.fixture
async def clinic(open_clinic: OpenClinic, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    def read(settings: Settings) -> Installation:
        found = installation_of(settings)
        return replace(found, plans=tuple(LASER if each.key == LASER.key else each for each in found.plans))

    monkeypatch.setattr(app, "read_installation", read)
    return await open_clinic()


def revision_of(page: Page) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page.text)
    assert found is not None
    return found[1]


def moments(page: Page) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'<span class="stop-when numbers">([^<]+)</span>', page.text)]


async def written(browser: Browser, step: str = "new", plan: str = PLAN, **changes: str) -> Page:
    """Open the form of a step and keep it, changed."""
    page = await browser.get(f"{plan}/steps/{step}")
    return await browser.post(f"{plan}/steps/{step}", {**STEP, **changes, "revision": revision_of(page)})


async def step_of_workflow(browser: Browser, verb: str, plan: str = PLAN, **fields: str) -> Page:
    page = await browser.get(plan)
    return await browser.post(f"{plan}/{verb}", {"revision": revision_of(page), **fields})


async def approved(admin: Browser, sign_in: SignIn) -> Browser:
    """A step more, approved; the manager's browser."""
    await written(admin)
    await step_of_workflow(admin, "submit")
    manager = await sign_in(Role.MANAGER)
    await step_of_workflow(manager, "approve")
    return manager


async def test_the_list_says_where_each_plan_stands_and_when_its_steps_fall(admin: Browser) -> None:
    page = await admin.get(LIST)
    assert page.shows("术后关怀（激光类）", "使用中 v1", "第1天 10:00、第3天 10:00、满1个月 10:30", "前1天 10:00")


async def test_a_plan_is_a_line_with_wording_ways_and_two_example_patients(admin: Browser) -> None:
    page = await admin.get(PLAN)
    assert moments(page) == ["第1天 10:00", "第3天 10:00", "满1个月 10:30", "满3个月 10:30", "满6个月 10:30"]
    assert page.shows("就诊结束，项目有术后关怀", "客服消息", "电话", "资料最全的患者", "资料最少的患者")
    reminders = await admin.get(f"{LIST}/plans/appointment")
    assert reminders.shows("前3天 10:00", "2小时前", "不发给", "复诊患者不发")


async def test_a_step_goes_from_the_form_to_the_patients(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    page = await written(admin)
    assert page.shows("这一步已存进草稿", "草稿")
    assert moments(page) == [
        "第1天 10:00",
        "第3天 10:00",
        "第5天 10:00",
        "满1个月 10:30",
        "满3个月 10:30",
        "满6个月 10:30",
    ]
    page = await step_of_workflow(admin, "submit")
    assert page.shows("待审批", "已提交，请另一位同事审批")
    own = await step_of_workflow(admin, "approve")
    assert own.shows("自己写的计划要请另一位同事审批")
    manager = await sign_in(Role.MANAGER)
    assert (await manager.get("/console/today/approvals")).shows("术后关怀（激光类）")
    page = await step_of_workflow(manager, "approve")
    assert page.shows("已批准，待发布", "正在进行的患者")
    unsaid = await step_of_workflow(manager, "publish")
    assert unsaid.shows("请选择正在进行的患者怎么办")
    live = clinic.app.services.plans.live
    assert "day_5" not in {step.key for plan in live.in_force(clinic.now) for step in plan.steps}
    page = await step_of_workflow(manager, "publish", running="migrate")
    assert page.shows("已发布第 2 版", "从生效起改用新版本", "使用中 v2")
    assert "day_5" in {step.key for plan in live.in_force(clinic.now) for step in plan.steps}
    versions = await manager.get(f"{PLAN}/versions")
    assert versions.shows("第 2 版", "第 1 版", "管理员小周写", "主管小周批准", "已被替换")
    assert (await manager.get(f"{PLAN}/versions/2")).shows("新增", "第5天 10:00", "没有变化")
    back = await manager.post(f"{PLAN}/versions/1/restore", {"revision": revision_of(versions), "running": "stay"})
    assert back.shows("第 3 版", "内容同第 1 版")
    entries = [row["action"] for row in await clinic.rows("audit") if row["subject"] == "care_plan:aftercare_laser"]
    assert entries == [
        "care_plan:drafted",
        "care_plan:submitted",
        "care_plan:approved",
        "care_plan:published",
        "care_plan:version_restored",
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"template": ""}, "请选择话术；没有话术"),
        ({"template": "care.no_such"}, "请选择话术；没有话术"),
        ({"template": "birthday.wish", "greeting": ""}, ""),
        ({"template": "care.appointment_tomorrow"}, ""),
        ({"kind": "call", "no_calls": "true"}, "没有任何渠道能完成"),
        ({"amount": ""}, "请填写 0 到 1098 的整数"),
        ({"amount": "1000000"}, "请填写 0 到 1098 的整数"),
        ({"amount": "二"}, "请填写 0 到 1098 的整数"),
        ({"unit": "fortnights"}, "请选择按什么计算时间"),
        ({"unit": "hours", "amount": "3"}, "按小时计算的步骤不能再指定钟点"),
        ({"unit": "hours", "amount": "3", "at": "", "working_day": "true"}, "不能换到别的日子"),
        ({"unit": "window", "amount": "7", "amount_last": "4"}, "最后一天不能早于第一天"),
        ({"unit": "window", "amount": "4", "amount_last": "7", "best_day": "9"}, "首选的那一天要在这几天之内"),
        ({"at": "25:00"}, "请填写钟点，例如 10:00"),
        ({"grace_hours": "0"}, "请填写 0.25 到 1440 之间的小时数"),
        ({"grace_hours": "nan"}, "请填写 0.25 到 1440 之间的小时数"),
        ({"answer": "true"}, "只有患者刚操作完"),
        ({"loop": "true"}, "请选择重复到什么时候为止，不能一直重复"),
        ({"loop": "true", "loop_until": "feedback", "loop_every": "3"}, "请填写最多几次（2 到 12）"),
        ({"loop": "true", "loop_until": "answered", "loop_every": "3", "loop_most": "3"}, "只有提问才会有回答"),
        ({"fact_0": "answer", "of_0": "month_1", "low_0": "3"}, "条件要看的问题不在这一步之前"),
        ({"fact_0": "survey", "of_0": "month_1", "low_0": "80"}, "条件要看的问卷不在这一步之前"),
        ({"fact_0": "survey", "low_0": "101"}, "数字要在 0 到 100 之间"),
        ({"fact_0": "tag"}, "请写明标签、分类或项目的名称"),
        ({"fact_0": "answer", "low_0": "x"}, "数字要在 0 到 100 之间"),
        ({"fact_4": "class", "values_4": "A"}, "就诊分类只有 M、C 和 CA 到 CE"),
        ({"fact_0": "project", "values_0": "没有这个项目"}, "没有叫「没有这个项目」的项目"),
        ({"kind": "question", "question_kind": "choice", "choices": "好"}, "至少写两个不同的选项"),
        ({"kind": "survey", "survey": "visit"}, "请选择问卷"),
        ({"kind": "survey", "survey": "treatment"}, ""),
        ({"kind": "question", "question_kind": "number", "low": "9", "high": "3"}, "最大的数字要比最小的大"),
        ({"kind": "question", "question_kind": "choice", "choices": "好、坏", "danger": "糟"}, "一字不差"),
    ],
)
async def test_a_step_that_cannot_work_is_refused_at_its_field(
    clinic: Clinic, admin: Browser, changes: Mapping[str, str], sentence: str
) -> None:
    page = await written(admin, **changes)
    row = next(row for row in await clinic.rows("care_plans") if row["_id"] == "aftercare_laser")
    if not sentence:
        assert row["stage"] == "draft"
        return
    assert page.shows(sentence)
    assert row["stage"] == ""


async def test_a_reminder_behind_its_visit_is_refused(admin: Browser) -> None:
    page = await written(
        admin, plan=f"{LIST}/plans/appointment", template="care.appointment_tomorrow", amount="1", at="10:00"
    )
    assert page.shows("提醒排在就诊之后")


async def test_wording_that_the_anchor_cannot_fill_is_refused(admin: Browser) -> None:
    page = await written(admin, plan=f"{LIST}/plans/birthday", template="care.appointment_confirmed")
    assert page.shows("填不出来", "生日")


async def test_a_question_and_a_condition_on_its_answer(admin: Browser) -> None:
    number = {"kind": "question", "question_kind": "number", "low": "0", "high": "10", "danger_from": "8"}
    assert (await written(admin, **number)).shows("这段话术没有告诉患者怎么回答")
    choice = {
        "kind": "question",
        "template": "care.laser_day_3",
        "question_kind": "choice",
        "choices": "好多了、更严重了",
        "danger": "更严重了",
    }
    page = await written(admin, **choice)
    assert page.shows("好多了、更严重了；危险：更严重了")
    early = await written(admin, amount="4", fact_0="answer", of_0="day_5", values_0="更严重了")
    assert early.shows("条件要看的问题不在这一步之前")
    other = await written(admin, amount="6", fact_0="answer", of_0="day_5", values_0="糟糕")
    assert other.shows("请写这个问题的选项，一字不差")
    page = await written(admin, amount="6", fact_0="answer", of_0="day_5", values_0="更严重了")
    assert page.shows("的回答是「更严重了」")
    form = await admin.get(f"{PLAN}/steps/day_6")
    assert re.search(r'name="values_0"[^>]*>更严重了<', form.text)


async def test_a_condition_on_a_survey_that_the_plan_asks(admin: Browser) -> None:
    page = await written(admin, kind="survey", survey="treatment")
    assert page.shows("请患者填问卷")
    condition = {"fact_0": "survey", "of_0": "day_5", "low_0": "80", "absent_0": "true"}
    early = await written(admin, amount="4", **condition)
    assert early.shows("条件要看的问卷不在这一步之前")
    wrong = await written(admin, amount="9", **{**condition, "high_0": "60"})
    assert wrong.shows("最低不高于最高")
    soon = await written(admin, amount="6", **condition)
    assert soon.shows("的评价低于 80 分，或没有回答", "问卷发出后 48 小时内的回答都算数")
    form = await admin.get(f"{PLAN}/steps/day_6")
    assert re.search(r'value="survey"\s+selected', form.text)
    assert re.search(r'value="day_5"\s+selected[^>]*>问卷：', form.text)
    exported = (await admin.get(f"{PLAN}/file")).body.decode()
    assert 'when = [{ fact = "survey", of = "day_5", low = 80, absent = true }]' in exported


async def test_a_call_has_a_script_and_a_question_may_have_answers_for_a_clinician(admin: Browser) -> None:
    page = await admin.get(f"{LIST}/plans/aftercare_surgery")
    assert [
        each for each in ("怎么谈", "术后回访", "恢复回访", "交给医生：有疑问或不满意") if each not in page.text
    ] == []
    assert (await written(admin, kind="call", script="undecided")).shows("未成交关怀")
    assert re.search(r'value="undecided"\s+selected', (await admin.get(f"{PLAN}/steps/day_5")).text)
    choice = {"kind": "question", "question_kind": "choice", "choices": "好、不好", "script": "undecided"}
    assert (await written(admin, "day_5", **choice, concern="糟")).shows("交给医生的选项要是上面的选项之一")
    page = await written(admin, "day_5", **choice, concern="不好")
    assert page.shows("交给医生：不好")
    assert not page.shows("未成交关怀")  # what is no call has none


async def test_conditions_name_projects_as_staff_call_them_and_keep_what_files_hold(
    clinic: Clinic, admin: Browser
) -> None:
    project = next(each for each in clinic.app.services.clinic.visit_types if not each.retired)
    rows = {
        "fact_0": "tag",
        "values_0": "种植",
        "fact_1": "class",
        "values_1": "m",
        "absent_1": "true",
        "fact_2": "project",
        "values_2": project.name,
        "fact_3": "tag",
        "values_3": "重点，要提前电话\n",
        "fact_4": "tag",
        "values_4": "老客户",
        "absent_4": "true",
    }
    page = await written(admin, **rows)
    assert page.shows(
        "患者标签是「种植」", "就诊分类（M、C）不是「M」", f"就诊项目是「{project.name}」", "患者标签不是「老客户」"
    )
    form = await admin.get(f"{PLAN}/steps/day_5")
    assert form.shows(project.name, "重点，要提前电话\n</textarea>")
    exported = (await admin.get(f"{PLAN}/file")).body.decode()
    assert all(f'["{each}"]' in exported for each in (project.id, "重点，要提前电话", "M"))


async def test_a_new_plan_from_nothing_to_its_file(admin: Browser, tmp_path: Path) -> None:
    refused = await admin.post(f"{LIST}/plans/new", {"title": "种", "anchor": "nothing"})
    assert refused.shows("至少 2 个字")
    unknown = await admin.post(f"{LIST}/plans/new", {"title": "种植术后", "anchor": "nothing"})
    assert unknown.shows("请选择从什么开始")
    wrong = await admin.post(f"{LIST}/plans/new", {"title": "种植术后", "anchor": "birthday", "treatment": "own"})
    assert wrong.shows("这一项和「从什么开始」对不上")
    page = await admin.post(f"{LIST}/plans/new", {"title": "元宵问候", "anchor": "festival", "treatment": "lantern"})
    assert page.shows("已新建", "限于：元宵节")
    page = await admin.post(f"{LIST}/plans/new", {"title": "复查前", "anchor": "date", "treatment": "review"})
    assert page.shows("已新建", "限于：复查日")
    page = await admin.post(f"{LIST}/plans/new", {"title": "种植术后", "anchor": "treatment", "treatment": "own"})
    assert page.shows("已新建，请加第一步", "还没有步骤", "从未发布")
    plan = f"{LIST}/plans/zhong_zhi_shu_hou"
    early = await step_of_workflow(admin, "submit", plan)
    assert early.shows("还没有步骤，请至少加一步")
    await written(admin, plan=plan)
    await written(admin, plan=plan, unit="window", amount="7", amount_last="9", best_day="8")
    renamed = await admin.post(plan, {"title": "种植关怀", "revision": revision_of(await admin.get(plan))})
    assert renamed.shows("种植关怀")
    async with admin.session.get(f"{admin.url}{plan}/file") as answer:
        assert answer.headers["Content-Disposition"] == 'attachment; filename="zhong_zhi_shu_hou.toml"'
        (tmp_path / "plan.toml").write_text(await answer.text(), encoding="utf-8")
    read = read_file(tmp_path, "plan.toml", CarePlanFile).parsed
    assert read is not None
    assert (read.title, read.treatment, [step.key for step in read.steps]) == (
        "种植关怀",
        "zhong_zhi_shu_hou",
        ["day_5", "days_7_to_9"],
    )


async def test_steps_are_moved_and_removed_and_a_draft_thrown_away(admin: Browser) -> None:
    page = await step_of_workflow(admin, "steps/day_3/move", direction="up")
    assert moments(page)[:2] == ["第3天 10:00", "第1天 10:00"]
    assert (await admin.get(f"{PLAN}/versions/0")).shows("换了位置")
    page = await step_of_workflow(admin, "steps/day_3/remove")
    assert moments(page)[0] == "第1天 10:00"
    assert (await admin.get(f"{PLAN}/versions/0")).shows("删除", "第3天 10:00")
    page = await step_of_workflow(admin, "discard")
    assert moments(page)[:2] == ["第1天 10:00", "第3天 10:00"]


async def test_a_removed_step_leaves_its_key_to_nobody(clinic: Clinic, admin: Browser) -> None:
    await step_of_workflow(admin, "steps/day_3/remove")
    await written(admin, amount="3")
    row = next(row for row in await clinic.rows("care_plans") if row["_id"] == "aftercare_laser")
    assert [step["key"] for step in row["draft"]["plan"]["steps"]][:2] == ["day_1", "day_3_2"]


async def test_a_stale_editor_sees_the_others_change_and_keeps_what_was_typed(admin: Browser, sign_in: SignIn) -> None:
    opened = await admin.get(f"{PLAN}/steps/day_3")
    seen = html.unescape(re.search(r'name="seen" value="([^"]*)"', opened.text)[1])  # type: ignore[index]
    manager = await sign_in(Role.MANAGER)
    await written(manager, step="day_3", amount="4")
    typed = {**STEP, "amount": "6", "grace_hours": "8", "seen": seen, "revision": revision_of(opened)}
    page = await admin.post(f"{PLAN}/steps/day_3", typed)
    assert page.shows("主管小周", "时间", "第3天 10:00", "第4天 10:00", 'value="6"')
    again = await admin.post(f"{PLAN}/steps/day_3", {**typed, "revision": revision_of(page)})
    assert "第6天 10:00" in moments(again)


async def test_a_stale_step_of_the_workflow_says_who_changed_the_plan(admin: Browser, sign_in: SignIn) -> None:
    await written(admin)
    old = revision_of(await admin.get(PLAN))
    await written(await sign_in(Role.MANAGER), amount="6")
    page = await admin.post(f"{PLAN}/submit", {"revision": old})
    assert page.shows("主管小周改动了这个计划", "第6天 10:00")


async def test_a_draft_is_sent_back_with_a_reason(admin: Browser, sign_in: SignIn) -> None:
    await written(admin)
    await step_of_workflow(admin, "submit")
    manager = await sign_in(Role.MANAGER)
    assert (await step_of_workflow(manager, "return")).shows("请写明退回的原因")
    assert (await step_of_workflow(manager, "return", comment="太早了")).shows("已退回")
    assert (await admin.get(PLAN)).shows("主管小周退回了这份草稿", "太早了")


async def test_a_publication_can_wait_for_its_hour(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    manager = await approved(admin, sign_in)
    past = await step_of_workflow(manager, "publish", running="stay", effective_from="2026-11-01T08:00")
    assert past.shows("这个时间已经过去", "2026-11-01T08:00")
    page = await step_of_workflow(manager, "publish", running="stay", effective_from="2026-11-24T08:00")
    assert page.shows("定时 v2 11月24日 08:00", "使用中 v1")
    live = clinic.app.services.plans.live
    for later, wanted in ((timedelta(), 5), (timedelta(days=2), 6)):
        plan = next(each for each in live.in_force(clinic.now + later) if each.key == "aftercare_laser")
        assert len(plan.steps) == wanted


async def test_the_running_patients_are_counted_before_publishing(admin: Browser, sign_in: SignIn) -> None:
    manager = await approved(admin, sign_in)
    assert (await manager.get(f"{PLAN}/affected", htmx=True)).shows("没有正在进行的患者")


async def test_a_plan_is_paused_resumed_retired_and_restored(clinic: Clinic, admin: Browser) -> None:
    plan = f"{LIST}/plans/birthday"
    live = clinic.app.services.plans.live
    assert (await step_of_workflow(admin, "pause", plan)).shows("已暂停", "到期的步骤不发送")
    assert (await step_of_workflow(admin, "pause", plan)).shows("这个计划已经暂停了")
    assert (await step_of_workflow(admin, "resume", plan)).shows("已继续")
    assert (await step_of_workflow(admin, "retire", plan)).shows("已停用")
    assert "birthday" not in {each.key for each in live.in_force(clinic.now)}
    assert (await step_of_workflow(admin, "restore", plan)).shows("已重新启用")
    assert "birthday" in {each.key for each in live.in_force(clinic.now)}


async def test_a_plan_that_is_the_aftercare_of_a_project_is_not_retired(admin: Browser) -> None:
    assert (await step_of_workflow(admin, "retire")).shows("还不能停用", "的术后关怀还是它")


async def test_a_template_that_a_plan_says_is_named_by_it(clinic: Clinic) -> None:
    using = await clinic.app.services.plans.editor.using("care.laser_day_1")
    assert using == ["关怀计划「术后关怀（激光类）」"]


async def test_who_may_only_read_sees_the_plan_without_buttons(sign_in: SignIn) -> None:
    clinician = await sign_in(Role.CLINICIAN)
    page = await clinician.get(PLAN)
    assert page.shows("第3天 10:00")
    assert not page.shows("加一步")
    assert not page.shows("停用")
    assert (await clinician.get(f"{PLAN}/steps/new")).status == 403
