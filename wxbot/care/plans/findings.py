"""What is wrong with a plan that is being written: at which step and field, in words for staff. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import AnchorKind
from wxbot.care.checks import ProblemCode, course_minutes, plan_problems
from wxbot.care.models import CarePlan, Fact, Step, StepKind
from wxbot.care.occurrences import MOST_OCCURRENCES
from wxbot.care.plans.words import anchor_name
from wxbot.care.questions import HINT
from wxbot.messaging import Channel
from wxbot.surveys.asking import ASK_BY_PLAN
from wxbot.surveys.models import SurveyRules
from wxbot.templates.compiling import variables_of
from wxbot.templates.models import Binding, Card, Template

_P = ProblemCode


class Field(StrEnum):
    """The part of a step's form at which a sentence stands."""

    PLAN = ""  # the plan as a whole
    TEMPLATE = "template"
    OFFSET = "amount"
    HOUR = "at"
    GRACE = "grace_hours"
    AUDIENCE = "audience"
    MOVES = "weekday"
    NIGHT = "answer"
    QUESTION = "question_kind"
    CONDITIONS = "conditions"
    LOOP = "loop_most"
    GREETING = "greeting"
    CALLS = "no_calls"


WORDS: Mapping[ProblemCode, tuple[Field, str]] = MappingProxyType(
    {
        _P.PLAN_TWICE: (Field.PLAN, "已经有一个同样编号的计划"),
        _P.STEP_TWICE: (Field.PLAN, "有两个步骤的编号相同，请删除其中一个"),
        _P.ANCHOR: (Field.PLAN, "计划的起点不存在，请换一个起点"),
        _P.TREATMENT: (Field.PLAN, "只有从治疗结束开始的计划，才能限于一种治疗"),
        _P.OFFSET_COUNT: (Field.OFFSET, "请选一种写法：几小时、几天、几个月，或从第几天到第几天"),
        _P.WINDOW: (Field.OFFSET, "最后一天不能早于第一天"),
        _P.HOUR: (Field.HOUR, "按小时计算的步骤不能再指定钟点；请去掉钟点，或改成按天计算"),
        _P.GRACE: (Field.GRACE, "请填写大于 0 的小时数，否则永远不会发送"),
        _P.FAR: (Field.OFFSET, "离起点超过三年了，请检查数字"),
        _P.AUDIENCE: (Field.AUDIENCE, "这个起点分不出初诊和复诊，请选所有患者"),
        _P.MOVED_REMINDER: (Field.MOVES, "提醒里写着「今天」「明天」，不能换到别的日子或钟点"),
        _P.AFTER_STOP: (Field.OFFSET, "提醒排在就诊之后，到那时已经不会再发；请改到就诊之前，或换一段关怀用途的话术"),
        _P.NIGHT: (Field.NIGHT, "只有患者刚操作完（预约、改期）的确认，才可以夜间发送"),
        _P.QUESTION: (Field.QUESTION, "请选择患者怎样回答"),
        _P.SURVEY: (Field.QUESTION, "请患者填问卷的步骤要选一份问卷，只问一次，不能重复；别的步骤不要选问卷"),
        _P.CONDITION_VALUES: (Field.CONDITIONS, "请写明标签、分类或项目的名称"),
        _P.CONDITION_CLASS: (Field.CONDITIONS, "就诊分类只有 M、C 和 CA 到 CE"),
        _P.CONDITION_VISIT: (Field.CONDITIONS, "这个起点没有对应的就诊，看不出就诊分类和项目，请换一个条件"),
        _P.CONDITION_OF: (Field.CONDITIONS, "条件要看的问题不在这一步之前"),
        _P.CONDITION_LATER: (Field.CONDITIONS, "条件要看的问题或问卷，比这一步更晚才问，永远等不到回答"),
        _P.CONDITION_BOUNDS: (Field.CONDITIONS, "这个问题用数字回答，请填写最低或最高的数字"),
        _P.CONDITION_RANGE: (Field.CONDITIONS, "数字超出了这个问题的范围"),
        _P.CONDITION_NO_NUMBER: (Field.CONDITIONS, "这个问题不是用数字回答的，请不要填最低、最高"),
        _P.CONDITION_CHOICE: (Field.CONDITIONS, "请写这个问题的选项，一字不差"),
        _P.CONDITION_SURVEY: (Field.CONDITIONS, "条件要看的问卷不在这一步之前；请选前面一步「请患者填问卷」"),
        _P.CONDITION_POINTS: (Field.CONDITIONS, "问卷的评价满分 100：最低、最高填 0 到 100，最低不高于最高，不写选项"),
        _P.CONDITION_UNSCORED: (
            Field.CONDITIONS,
            "这份问卷没有打分的问题，只能看有没有回答；请去掉最低和最高",
        ),
        _P.LOOP_MONTHS: (Field.LOOP, "重复按天计算，这一步的时间不能按月写；请改成按天"),
        _P.LOOP_COUNT: (Field.LOOP, f"请填写 2 到 {MOST_OCCURRENCES} 次，每次至少隔一天"),
        _P.LOOP_UNTIL: (Field.LOOP, "只有提问才会有回答；发消息请选「有任何回复」或「预约了」"),
        _P.LOOP_KEYS: (Field.LOOP, "重复出来的步骤与另一个步骤的编号相同，请删除那一步再新建"),
        _P.TEMPLATE: (Field.TEMPLATE, "请选择话术；没有话术，这一步就没有内容可发"),
        _P.PURPOSE: (Field.TEMPLATE, "这一步的用途与话术的用途不同，请重新选择话术"),
        _P.MARKETING: (Field.TEMPLATE, "关怀计划不发营销内容，请换一段话术；营销请用关怀推送"),
        _P.GREETING: (Field.GREETING, "祝福不能走模板消息，而这段话术带有模板消息卡片；请换一段话术"),
        _P.ANSWER_HINT: (Field.TEMPLATE, "这段话术没有告诉患者怎么回答；请在话术里写上 {answer_with}"),
        _P.CHANNEL: (Field.CALLS, "这一步是打电话，又不允许转电话，没有任何渠道能完成；请去掉其中一个"),
    }
)
RETIRED = "这段话术已停用，请换一段，或先把它重新启用"
NO_STEPS = "还没有步骤，请至少加一步"
NO_TITLE = "请填写计划的名称"


@dataclass(frozen=True, kw_only=True)
class PlanFinding:
    """One sentence about a plan; `step` is the key of the step it is about, empty for the plan as a whole."""

    step: str
    field: Field
    sentence: str
    blocks: bool = True  # the plan cannot work; else something to keep in mind


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a plan is held against: wordings, kinds of anchors by key, what every message may name, cards, surveys."""

    templates: Mapping[str, Template]
    common: Collection[str]
    retired: Collection[str] = frozenset()
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    anchors: Mapping[str, AnchorKind] = field(default_factory=lambda: ANCHORS)
    surveys: SurveyRules | None = None  # what they come to; None: not known, and nothing is said about it


def findings(plan: CarePlan, ground: Ground) -> tuple[PlanFinding, ...]:
    """Everything there is to say about a plan: what keeps it from working, then what to keep in mind."""
    said = [*_broken(plan, ground), *_to_mind(plan, ground)]
    return tuple(sorted(dict.fromkeys(said), key=lambda each: not each.blocks))


def blocking(found: Collection[PlanFinding]) -> tuple[PlanFinding, ...]:
    """Those that keep the plan from being submitted."""
    return tuple(each for each in found if each.blocks)


def channels(step: Step, ground: Ground) -> tuple[Channel, ...]:
    """The channels that could carry a step, in the order in which they are tried; empty where none ever could."""
    template = ground.templates.get(step.template)
    if template is None:
        return ()
    if step.kind is StepKind.CALL:
        return () if step.no_calls else (Channel.PHONE,)
    if step.kind is StepKind.SURVEY:
        asking = ground.templates.get(ASK_BY_PLAN)
        card = asking is not None and _bound(asking.notice_card, ground)
        return (Channel.CUSTOMER, Channel.NOTICE) if card else (Channel.CUSTOMER,)
    found = [Channel.CUSTOMER]
    if _bound(template.notice_card, ground):
        found.append(Channel.NOTICE)
    if _bound(template.template_card, ground) and not step.greeting:
        found.append(Channel.TEMPLATE)
    return tuple(found if step.no_calls else [*found, Channel.PHONE])


def _bound(card: Card | None, ground: Ground) -> bool:
    """Whether a card stands for a template of the account."""
    if card is None or not card.template_id:
        return False
    binding = ground.bindings.get(card.template_id)
    return binding is None or bool(binding.template_id)


def _broken(plan: CarePlan, ground: Ground) -> Iterator[PlanFinding]:
    if not plan.title.strip():
        yield PlanFinding(step="", field=Field.PLAN, sentence=NO_TITLE)
    if not plan.steps:
        yield PlanFinding(step="", field=Field.PLAN, sentence=NO_STEPS)
    for problem in plan_problems(plan, ground.templates, ground.anchors, ground.surveys):
        place, sentence = WORDS[problem.code]
        yield PlanFinding(step=problem.step, field=place, sentence=sentence)
    kind = ground.anchors.get(plan.anchor)
    for step in plan.steps:
        template = ground.templates.get(step.template)
        if template is None or kind is None:
            continue
        if step.template in ground.retired:
            yield PlanFinding(step=step.key, field=Field.TEMPLATE, sentence=RETIRED)
        hinted = step.question is not None or HINT in template.fallbacks  # a plain message leaves the hint out
        filled = kind.variables | ({HINT} if hinted else set())
        unknown = sorted(variables_of(template) - filled - set(ground.common))
        if unknown and step.kind is not StepKind.CALL:
            named = "、".join(f"{{{name}}}" for name in unknown)
            sentence = f"话术里的 {named}，从「{anchor_name(plan.anchor)}」开始的计划填不出来；请换一段话术，或改写它"
            yield PlanFinding(step=step.key, field=Field.TEMPLATE, sentence=sentence)


def _to_mind(plan: CarePlan, ground: Ground) -> Iterator[PlanFinding]:
    for step in plan.steps:
        if channels(step, ground) == (Channel.CUSTOMER,):
            sentence = "只能走客服消息：患者在发送前 48 小时内来过消息才收得到，否则不发，也不转电话"
            yield PlanFinding(step=step.key, field=Field.CALLS, sentence=sentence, blocks=False)
        if ground.surveys is not None and _too_early(step, plan, ground.surveys.answer_within):
            hours = ground.surveys.answer_within // timedelta(hours=1)
            sentence = f"问卷发出后 {hours} 小时内的回答都算数；这一步更早，那时还没有回答的，按没有回答算"
            yield PlanFinding(step=step.key, field=Field.CONDITIONS, sentence=sentence, blocks=False)


def _too_early(step: Step, plan: CarePlan, answer_within: timedelta) -> bool:
    """Whether one of its conditions looks at a survey that may still be answered then."""
    asked = {condition.of for condition in step.when if condition.fact is Fact.SURVEY}
    latest = max((course_minutes(each) for each in plan.steps if each.key in asked), default=None)
    return latest is not None and timedelta(minutes=course_minutes(step) - latest) < answer_within
