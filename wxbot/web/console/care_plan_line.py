"""A plan as a line of steps: when each falls, what it says to two example patients, who is left out, by which way."""

from collections.abc import Sequence
from dataclasses import dataclass

from wxbot.care.models import CarePlan, Step, StepKind
from wxbot.care.plans.findings import PlanFinding, channels
from wxbot.care.plans.words import (
    CATCH_UPS,
    KINDS,
    conditions_words,
    grace,
    left_out,
    loop_words,
    moves,
    project_key,
    question_words,
    step_titles,
    when,
)
from wxbot.messaging import Channel
from wxbot.services import Services
from wxbot.templates.preview import View, view


@dataclass(frozen=True)
class Stop:
    """One step on the line."""

    step: Step
    when: str
    kind: str
    wording: str
    channels: tuple[Channel, ...]
    facts: tuple[tuple[str, str], ...]  # (what, words): only what is not as usual
    phones: tuple[tuple[str, View], ...]
    findings: tuple[PlanFinding, ...]


def line_of(services: Services, plan: CarePlan, found: Sequence[PlanFinding]) -> list[Stop]:
    """Every step of the plan, in its order."""
    name_of = services.plans.editor.template_name
    titles, ground = step_titles(plan, name_of), services.plans.editor.ground()
    titles |= {project_key(each.id): each.name for each in services.clinic.visit_types}
    return [
        Stop(
            step=step,
            when=when(step),
            kind=KINDS[step.kind],
            wording=name_of(step.template),
            channels=channels(step, ground),
            facts=tuple(_facts(step, titles, name_of(step.script) if step.script else "")),
            phones=phones_of(services, step),
            findings=tuple(each for each in found if each.step == step.key),
        )
        for step in plan.steps
    ]


def phones_of(services: Services, step: Step) -> tuple[tuple[str, View], ...]:
    """How two example patients read it; nobody reads what a colleague is to achieve on the telephone."""
    if step.kind is StepKind.CALL or step.template not in services.templates.keys:
        return ()
    ground = services.template_editor.check_context(step.template)
    template = services.templates.get(step.template)
    shortest, longest = ground.samples()
    return (
        ("资料最全的患者", view(template, longest, ground.bindings)),
        ("资料最少的患者", view(template, shortest, ground.bindings)),
    )


def _facts(step: Step, titles: dict[str, str], script: str) -> list[tuple[str, str]]:
    told = [
        ("怎么谈", script),
        ("调整", moves(step.offset)),
        ("不发给", left_out(step)),
        ("只在", conditions_words(step, titles)),
        ("回答", question_words(step.question)),
        ("重复", loop_words(step.loop)),
        ("时效", grace(step)),
        ("错过时", CATCH_UPS[step.catch_up] if step.catch_up.value != "send" else ""),
        ("夜间", "患者刚操作完，夜间也发" if step.answer else ""),
        ("祝福", "不走模板消息" if step.greeting else ""),
    ]
    return [(what, words) for what, words in told if words]
