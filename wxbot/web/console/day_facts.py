"""What the day's list says beside an appointment: telephone, how late, how long the wait, what was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.patients import masking
from wxbot.services import Services
from wxbot.visits.lateness import Lateness, lateness
from wxbot.visits.models import VisitRecord
from wxbot.visits.risk import Risk
from wxbot.visits.rules import VisitDayRules
from wxbot.visits.waiting import WAITING, Wait, against_goal, goal, is_first, to_comfort, waited
from wxbot.web.console.board_signs import Sign, signs_of

NO_RISK = Risk()
LATE_TONES = {Lateness.LATE: "warn", Lateness.CALL: "warn", Lateness.RED: "bad"}
WAIT_TONES = {Wait.FINE: "good", Wait.NEAR: "warn", Wait.OVER: "bad"}


@dataclass(frozen=True, kw_only=True)
class DayFacts:
    """Words and tones; empty where there is nothing to say."""

    phone: str  # masked
    late: str
    late_tone: str
    wait: str
    wait_tone: str
    expects: str  # how long the wait will still be
    comfort: bool  # somebody should speak with them (A4-31)
    registered: bool  # reception asked what it asks at arrival
    rechecked: bool  # asked again this morning (A4-15)
    stage: str  # 已到, 候诊 …; empty before
    signs: tuple[Sign, ...]  # what is to be done about one who is here
    may_arrive: bool
    may_leave: bool
    risk: Risk  # of who has not confirmed yet; of everybody else none


async def facts_of(
    services: Services, visits: Sequence[Appointment], *, by: Actor, now: datetime
) -> Mapping[AppointmentId, DayFacts]:
    """The facts of each visit; a handful of reads for all."""
    listed = await services.visit_days.listed(visits, by=by, now=now)
    people = await services.patients.patients({each.patient_id for each in visits})
    unsure = [each for each in visits if each.live and each.confirmed_at is None and each.start > now]
    risks = await services.no_show_risk.of(unsure, by=by)
    today = now.astimezone(services.clinic.timezone).date()
    found: dict[AppointmentId, DayFacts] = {}
    for visit in visits:
        record, person = listed.records.get(visit.id), people.get(visit.patient_id)
        late, late_tone = _late(visit, services.visit_day.rules, now)
        wait, wait_tone = _wait(visit, record, services.visit_day.rules, now)
        here = visit.live and visit.start.astimezone(services.clinic.timezone).date() == today
        coming = listed.estimates.get(visit.id)
        found[visit.id] = DayFacts(
            phone=masking.phone(person.phone) if person is not None and person.phone else "",
            late=late,
            late_tone=late_tone,
            wait=wait,
            wait_tone=wait_tone,
            expects="" if coming is None else coming.words,
            comfort=to_comfort(visit, record, services.visit_day.rules, now),
            registered=record is not None and record.arrival is not None,
            rechecked=record is not None and record.recheck is not None,
            stage="" if visit.stage is VisitStage.EXPECTED else visit.stage.label,
            signs=signs_of(visit, record),
            may_arrive=here,
            may_leave=here and visit.stage is not VisitStage.EXPECTED,
            risk=risks.get(visit.id, NO_RISK),
        )
    return found


def _late(visit: Appointment, rules: VisitDayRules, now: datetime) -> tuple[str, str]:
    how = lateness(visit, now, rules)
    if how is Lateness.NONE:
        return "", ""
    minutes = int((now - visit.start).total_seconds() // 60)
    return (f"迟到{minutes}分钟" if minutes else "已到时间"), LATE_TONES[how]


def _wait(visit: Appointment, record: VisitRecord | None, rules: VisitDayRules, now: datetime) -> tuple[str, str]:
    length = waited(visit, now)
    if length is None or visit.stage not in WAITING:
        return "", ""
    how = against_goal(length, goal(rules, first_visit=is_first(visit, record)))
    return f"等了{int(length.total_seconds() // 60)}分钟", WAIT_TONES[how]
