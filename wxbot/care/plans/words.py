"""Plans in the words of staff: anchors, moments, conditions, whatever a step says. Pure."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from wxbot.care.models import (
    AnswerKind,
    Audience,
    CarePlan,
    CatchUp,
    Condition,
    Fact,
    Loop,
    Offset,
    Question,
    Step,
    StepKind,
    Until,
)

ANCHORS: Mapping[str, tuple[str, str]] = MappingProxyType(  # kind → (its name, what the line begins with)
    {
        "booked": ("预约成功或改期", "患者预约或改期的那一刻"),
        "appointment": ("就诊时间", "预约的就诊时间"),
        "treatment": ("治疗结束", "就诊结束，项目有术后关怀"),
        "follow": ("关注公众号", "患者关注公众号的那一刻"),
        "arrived": ("到院", "患者到院的那一刻"),
        "first_visit": ("首次就诊结束", "患者第一次就诊结束"),
        "visit": ("就诊结束", "每次就诊结束"),
        "no_show": ("未到诊", "预约的就诊没有来"),
        "undecided": ("未成交", "离开时还没有决定，或登记了未成交"),
        "invited": ("邀约未上门", "首次联系登记了邀约，或患者自己取消了预约"),
        "birthday": ("生日", "生日当天（公历、农历按本人过法）"),
        "discharge": ("出院", "出院那一天"),
        "screening": ("普查", "普查那一天"),
        "date": ("患者的日期", "同事给患者记下的日期"),
        "festival": ("节日", "节日当天"),
    }
)
AUDIENCES: Mapping[Audience, str] = MappingProxyType(
    {Audience.EVERYONE: "所有患者", Audience.NEW: "只发初诊患者", Audience.RETURNING: "只发复诊患者"}
)
KINDS: Mapping[StepKind, str] = MappingProxyType(
    {
        StepKind.MESSAGE: "发消息",
        StepKind.CALL: "打电话回访",
        StepKind.QUESTION: "发消息并请患者回答",
        StepKind.SURVEY: "请患者填问卷",
    }
)
CATCH_UPS: Mapping[CatchUp, str] = MappingProxyType(
    {CatchUp.SEND: "还来得及就补发", CatchUp.SKIP: "跳过，不补发", CatchUp.ASK: "请同事决定"}
)
ANSWERS: Mapping[AnswerKind, str] = MappingProxyType(
    {
        AnswerKind.NUMBER: "一个数字（如疼痛 0–10）",
        AnswerKind.CHOICE: "从几个选项里选",
        AnswerKind.PHOTO: "一张照片",
        AnswerKind.WORDS: "几句话",
    }
)
UNTILS: Mapping[Until, str] = MappingProxyType(
    {
        Until.ANSWERED: "患者回答了这个问题",
        Until.FEEDBACK: "患者有任何回复，或电话接通",
        Until.BOOKED: "患者预约了下次就诊",
    }
)
FACTS: Mapping[Fact, str] = MappingProxyType(
    {
        Fact.ANSWER: "前面问题的回答",
        Fact.SURVEY: "前面问卷的评价（满分 100）",
        Fact.TAG: "患者标签",
        Fact.VISIT_CLASS: "就诊分类（M、C）",
        Fact.PROJECT: "就诊项目",
        Fact.RETURNED: "已约下次，或又来过",
    }
)
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_MINUTES = 60
Names = Callable[[str], str]


def anchor_name(key: str) -> str:
    """What staff call a kind of anchor."""
    return ANCHORS.get(key, (key, key))[0]


def anchor_words(key: str) -> str:
    """What the line of a plan begins with."""
    return ANCHORS.get(key, (key, key))[1]


def when(step: Step) -> str:
    """When it falls: 「第3天 10:00」, 「前1天 10:00」, 「2小时后」, 「满3个月 10:30」, 「第4–7天」."""
    day = _day(step.offset)
    return f"{day} {step.at:%H:%M}" if step.at is not None else day


def _day(offset: Offset) -> str:
    if offset.hours is not None:
        return _hours(offset.hours)
    if offset.months is not None:
        return f"满{offset.months}个月" if offset.months > 0 else f"前{-offset.months}个月"
    if offset.window_days is not None:
        first, last = offset.window_days
        return f"第{first}–{last}天" if first >= 0 else f"从{_days(first)}到{_days(last)}"
    return _days(offset.days or 0)


def _days(days: int) -> str:
    return "当天" if days == 0 else f"第{days}天" if days > 0 else f"前{-days}天"


def _hours(hours: float) -> str:
    minutes = round(abs(hours) * _MINUTES)
    if minutes == 0:
        return "当时立即"
    amount = f"{minutes // _MINUTES}小时" if minutes % _MINUTES == 0 else f"{minutes}分钟"
    return f"{amount}{'后' if hours > 0 else '前'}"


def moves(offset: Offset) -> str:
    """How a step is moved to a better day or hour; empty where it is not."""
    said = []
    if offset.best_day is not None:
        said.append(f"首选第{offset.best_day}天，遇休息取最近的开诊日")
    if offset.weekday is not None:
        said.append(f"顺延到{WEEKDAYS[offset.weekday]}")
    if offset.working_day:
        said.append("遇休息顺延到开诊日")
    if offset.jitter_minutes:
        said.append(f"在{offset.jitter_minutes}分钟内错开")
    return "；".join(said)


def grace(step: Step) -> str:
    """How late it is still worth sending, or calling."""
    if step.offset.window_days is not None:
        return "到最后一天结束为止"
    hours = step.grace_hours
    return f"晚了 {hours:g} 小时以内还{'打' if step.kind is StepKind.CALL else '发'}"


def project_key(project: str) -> str:
    """Under which key the titles of a plan name a project."""
    return f"project:{project}"


def condition_words(condition: Condition, titles: Mapping[str, str]) -> str:
    """A condition; `titles` names the steps that it may look at, and projects by `project_key`."""
    if condition.fact is Fact.RETURNED:
        return "还没有约下次，也没有再来过" if condition.absent else FACTS[condition.fact]
    if condition.fact is Fact.SURVEY:
        return _survey_words(condition, titles.get(condition.of, condition.of))
    if condition.fact is not Fact.ANSWER:
        named = [titles.get(project_key(each), each) for each in condition.values]
        values = named if condition.fact is Fact.PROJECT else condition.values
        return f"{FACTS[condition.fact]}{'不是' if condition.absent else '是'}「{'、'.join(values)}」"
    asked = f"「{titles.get(condition.of, condition.of)}」"
    wanted = _answer_words(condition)
    if not wanted:
        return f"没有回答{asked}" if condition.absent else f"回答了{asked}"
    return f"{asked}的回答{'不是' if condition.absent else '是'}{wanted}"


def _survey_words(condition: Condition, title: str) -> str:
    low, high = condition.low, condition.high
    if low is None and high is None:
        return f"问卷「{title}」{'没有回答' if condition.absent else '有回答'}"
    if low is not None and high is not None:
        points = f"{'不是' if condition.absent else '是'} {low} 到 {high} 分"
    elif low is not None:
        points = f"低于 {low} 分" if condition.absent else f"是 {low} 分或更高"
    else:
        points = f"高于 {high} 分" if condition.absent else f"是 {high} 分或更低"
    return f"问卷「{title}」的评价{points}{'，或没有回答' if condition.absent else ''}"


def _answer_words(condition: Condition) -> str:
    if condition.low is not None and condition.high is not None:
        return f" {condition.low} 到 {condition.high}"
    if condition.low is not None:
        return f" {condition.low} 或更高"
    if condition.high is not None:
        return f" {condition.high} 或更低"
    return f"「{'、'.join(condition.values)}」" if condition.values else ""


def conditions_words(step: Step, titles: Mapping[str, str]) -> str:
    """All conditions, joined by 且."""
    return "，且".join(condition_words(each, titles) for each in step.when)


def loop_words(loop: Loop | None) -> str:
    """How it is repeated; empty where it is not."""
    if loop is None:
        return ""
    return f"每 {loop.every_days} 天一次，最多 {loop.most} 次，直到{UNTILS[loop.until]}；仍没有，就由同事打电话"


def question_words(question: Question | None) -> str:
    """How it is answered, and what is dangerous."""
    if question is None:
        return ""
    if question.kind is AnswerKind.NUMBER:
        said = f"{question.low} 到 {question.high} 的数字"
        return said + (f"，{question.danger_from} 起算危险" if question.danger_from is not None else "")
    if question.kind is AnswerKind.CHOICE:
        said = "、".join(question.choices)
        said += f"；危险：{'、'.join(question.danger)}" if question.danger else ""
        return said + (f"；交给医生：{'、'.join(question.concern)}" if question.concern else "")
    return ANSWERS[question.kind]


def left_out(step: Step) -> str:
    """Who does not get it; empty where everybody does."""
    if step.audience is Audience.NEW:
        return "复诊患者不发"
    if step.audience is Audience.RETURNING:
        return "初诊患者不发"
    return ""


def step_titles(plan: CarePlan, name_of: Names) -> dict[str, str]:
    """What staff call each step: its moment and its wording. `name_of` names a template."""
    return {step.key: f"{when(step)} {name_of(step.template)}" for step in plan.steps}


def step_words(step: Step, titles: Mapping[str, str], name_of: Names) -> dict[str, str]:
    """Everything a step says, part by part; parts that say nothing are empty."""
    return {
        "时间": when(step),
        "调整": moves(step.offset),
        "做什么": KINDS[step.kind],
        "话术": name_of(step.template),
        "用途": step.purpose.label,
        "时效": grace(step),
        "发给谁": AUDIENCES[step.audience],
        "条件": conditions_words(step, titles),
        "回答": question_words(step.question),
        "问卷": step.survey,
        "重复": loop_words(step.loop),
        "错过时": CATCH_UPS[step.catch_up],
        "怎么谈": name_of(step.script) if step.script else "",
        "没有渠道时": "不转电话" if step.no_calls else "转成电话回访",
        "夜间": "患者刚操作完，夜间也发" if step.answer else "避开夜间",
        "祝福": "是祝福，不走模板消息" if step.greeting else "",
    }
