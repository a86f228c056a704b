"""The plans of the simulated clinic: every kind of offset, step, condition, loop and catch-up; no tests."""

from datetime import time, timedelta

from tests.store.test_care import step
from tests.store.test_care_course import PAIN, WORDINGS, WORDS
from wxbot.actors import Actor
from wxbot.care.models import (
    CarePlan,
    CatchUp,
    Condition,
    Fact,
    Loop,
    Offset,
    StepKind,
    Until,
)
from wxbot.messaging import Purpose
from wxbot.staff.permissions import Role, permissions_of
from wxbot.templates.models import Template

LEAD = Actor(id="1", name="李主管", permissions=permissions_of(Role.MANAGER))
SECOND = Actor(id="2", name="薄主管", permissions=permissions_of(Role.MANAGER))
CARE, REMINDER, SERVICE = Purpose.CARE, Purpose.REMINDER, Purpose.SERVICE
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
CALL, ASK = StepKind.CALL, StepKind.QUESTION

HURTS = Condition(fact=Fact.ANSWER, of="pain", low=5)
SURGERY = (
    step("pain", CARE, Offset(days=1), at=time(10), kind=ASK, question=PAIN),
    step("call_pain", CARE, Offset(days=2), at=time(9), kind=CALL, when=(HURTS,)),
    step("how", CARE, Offset(days=3), at=time(10), loop=Loop(every_days=2, most=2, until=Until.FEEDBACK)),
    step("skipped", CARE, Offset(days=1, jitter_minutes=40), at=time(15), catch_up=CatchUp.SKIP),
    step("asked", CARE, Offset(days=2), at=time(15), grace_hours=40.0, catch_up=CatchUp.ASK),
    step("early", CARE, Offset(days=4), at=time(7), grace_hours=3.0),  # waits for the quiet hours to end
    step("ring", CARE, Offset(days=5), at=time(11), kind=CALL),
    step("best", CARE, Offset(window_days=(6, 9), best_day=7), at=time(11)),
    step("month", CARE, Offset(months=1, weekday=2), at=time(10, 30), grace_hours=33.0, no_calls=True),
)
OTHERS = (  # what the next versions of the surgery plan say instead
    (*SURGERY[:3], step("day_6", CARE, Offset(days=6), at=time(14)), *SURGERY[4:]),
    (*SURGERY[:4], step("month", CARE, Offset(days=20), at=time(16)), *SURGERY[5:8]),
)
PLANS = (
    CarePlan(key="surgery", title="术后关怀", anchor="treatment", treatment="surgery", steps=SURGERY),
    CarePlan(
        key="reminder",
        title="就诊提醒",
        anchor="appointment",
        steps=(
            step("before", REMINDER, Offset(days=-1), at=time(10)),
            step("soon", REMINDER, Offset(hours=-2), grace_hours=1.0, catch_up=CatchUp.SKIP),
        ),
    ),
    CarePlan(
        key="booked",
        title="预约确认",
        anchor="booked",
        steps=(step("confirmed", SERVICE, Offset(hours=0), grace_hours=2.0, answer=True),),
    ),
    CarePlan(
        key="missed",
        title="未到诊",
        anchor="no_show",
        steps=(step("sorry", CARE, Offset(days=1), at=time(17), grace_hours=30.0, catch_up=CatchUp.ASK),),
    ),
    CarePlan(
        key="birthday",
        title="生日祝福",
        anchor="birthday",
        steps=(step("wish", CARE, Offset(days=0), at=time(9, 30), greeting=True),),
    ),
)
TEXTS = (
    *WORDINGS,
    *(
        Template(key=f"care.{key}", purpose=purpose, text="{name}您好", fallbacks={"name": "朋友"})
        for key, purpose in {
            each.key: each.purpose
            for steps in (*OTHERS, *(plan.steps for plan in PLANS))
            for each in steps
            if each.key not in WORDS
        }.items()
    ),
)
