"""前台数据: what some days of the front desk came to. Pure."""

from collections.abc import Callable, Mapping, Sequence

from wxbot.booking.models import Appointment, AppointmentState
from wxbot.booking.stages import has_come
from wxbot.history.models import PatientId
from wxbot.reception.figure_models import Counted, Figure, FigureKey, FrontDeskDays
from wxbot.reception.rules import ReceptionRules
from wxbot.visits.day_sheet import late_by
from wxbot.visits.rules import VisitDayRules, name_of
from wxbot.visits.waiting import Wait, against_goal, goal, waited

ALL = 100  # percent

Judgement = tuple[bool, str]
"""Whether a visit is as it should be, and why."""

Judge = Callable[[Appointment], Judgement]


def figures(days: FrontDeskDays, rules: ReceptionRules, visit_rules: VisitDayRules) -> Mapping[FigureKey, Figure]:
    """Every number of those days."""
    came = [each for each in days.visits if has_come(each)]
    first = [each for each in came if days.first(each)]
    classed = [each for each in came if (said := days.said(each)) is not None and said.visit_class]

    def figure(key: FigureKey, visits: Sequence[Appointment], judge: Judge, wanted: int | None = None) -> Figure:
        rows = [Counted(visit=each, good=good, why=why) for each in visits for good, why in (judge(each),)]
        rows.sort(key=lambda it: (it.good, it.visit.start, it.visit.id))
        return Figure(key=key, rows=tuple(rows), goal=wanted)

    found = (
        figure(FigureKey.RETENTION, _ended(came, days, rules), lambda it: _stays(it, days, rules)),
        figure(FigureKey.FOLLOWING, came, lambda it: _follows(it, days)),
        figure(FigureKey.CLASSED, came, lambda it: _classed(it, days, visit_rules), ALL),
        figure(FigureKey.ACCURATE, *_checked(came, days, visit_rules), rules.class_goal),
        figure(FigureKey.CONFIRMED, classed, lambda it: _confirmed(it, days, visit_rules)),
        figure(FigureKey.CHANNEL, first, lambda it: _channel(it, days, visit_rules), ALL),
        figure(FigureKey.MATCHING, *_scanned(first, days, visit_rules), ALL),
        figure(FigureKey.WAITS, *_waited(came, days, visit_rules)),
        figure(FigureKey.INTAKE, first, lambda it: _intake(it, days), ALL),
        figure(FigureKey.WORK_WECHAT, came, lambda it: _work_wechat(it, days)),
        figure(FigureKey.ON_TIME, came, lambda it: _on_time(it, visit_rules)),
        figure(FigureKey.KEPT, days.visits, _kept),
    )
    return {each.key: each for each in found}


def overdue_intakes(found: Mapping[FigureKey, Figure], days: FrontDeskDays) -> list[Appointment]:
    """First visits of days that are over without a questionnaire (A4-13)."""
    today = days.now.astimezone(days.zone).date()
    return [each.visit for each in found[FigureKey.INTAKE].rows if not each.good and days.day(each.visit) < today]


def _ended(came: Sequence[Appointment], days: FrontDeskDays, rules: ReceptionRules) -> list[Appointment]:
    """Each patient's latest visit that is over, but of those whose treatment is."""
    latest: dict[PatientId, Appointment] = {}
    for visit in sorted(came, key=lambda each: each.start):
        if visit.state is AppointmentState.COMPLETED:
            latest[visit.patient_id] = visit
    return [each for each in latest.values() if _reason(each, days) not in rules.finished]


def _reason(visit: Appointment, days: FrontDeskDays) -> str:
    record = days.records.get(visit.id)
    return "" if record is None or record.checkout is None else record.checkout.reason


def _stays(visit: Appointment, days: FrontDeskDays, rules: ReceptionRules) -> Judgement:
    """A next visit is booked, or they were seen again in time (A4-01)."""
    later = [each for each in days.later.get(visit.patient_id, ()) if days.day(each) > days.day(visit)]
    coming = next((each for each in later if each.live and each.start > days.now), None)
    if coming is not None:
        return True, f"已约 {days.day(coming)}"
    seen = next((each for each in later if each.state is AppointmentState.COMPLETED), None)
    if seen is not None and seen.start - visit.start <= rules.retention:
        return True, f"{days.day(seen)} 又来过"
    return False, "没有下一次"


def _follows(visit: Appointment, days: FrontDeskDays) -> Judgement:
    """A4-06."""
    follows = visit.contact_id is not None and visit.contact_id in days.following
    return follows, "" if follows else "没有关注"


def _classed(visit: Appointment, days: FrontDeskDays, rules: VisitDayRules) -> Judgement:
    """A4-10."""
    said = days.said(visit)
    return (False, "没有登记分类") if said is None or not said.visit_class else (True, _class(said.visit_class, rules))


def _checked(came: Sequence[Appointment], days: FrontDeskDays, rules: VisitDayRules) -> tuple[list[Appointment], Judge]:
    """Those whose class a colleague gave again, blind (A4-10)."""
    pairs = {
        key: (record.first_label.label, record.second_label.label)
        for key, record in days.noted.items()
        if record.first_label is not None and record.second_label is not None
    }

    def judge(visit: Appointment) -> Judgement:
        first, second = pairs[visit.id]
        return first == second, f"第一次 {_class(first, rules)}，复评 {_class(second, rules)}"

    return [each for each in came if each.id in pairs], judge


def _confirmed(visit: Appointment, days: FrontDeskDays, rules: VisitDayRules) -> Judgement:
    """A4-04."""
    said, record = days.said(visit), days.noted.get(visit.id)
    if said is None or record is None or record.clinician_label is None:
        return False, "医护还没有确认"
    label = record.clinician_label.label
    return (True, _class(label, rules)) if label == said.visit_class else (False, f"医护改为 {_class(label, rules)}")


def _channel(visit: Appointment, days: FrontDeskDays, rules: VisitDayRules) -> Judgement:
    """A4-11."""
    said = days.said(visit)
    return (False, "没有登记渠道") if said is None or not said.channel else (True, _channel_name(said.channel, rules))


def _scanned(
    first: Sequence[Appointment], days: FrontDeskDays, rules: VisitDayRules
) -> tuple[list[Appointment], Judge]:
    """First visits whose scene says a channel, and whose arrival says one (A4-11)."""
    arrivals = {key: record.arrival for key, record in days.records.items() if record.arrival is not None}
    both = {key for key, each in arrivals.items() if each.preset_channel and each.said.channel}

    def judge(visit: Appointment) -> Judgement:
        arrival = arrivals[visit.id]
        names = [_channel_name(key, rules) for key in (arrival.preset_channel, arrival.said.channel)]
        return not arrival.mismatch, names[0] if not arrival.mismatch else f"二维码 {names[0]}，登记 {names[1]}"

    return [each for each in first if each.id in both], judge


def _waited(came: Sequence[Appointment], days: FrontDeskDays, rules: VisitDayRules) -> tuple[list[Appointment], Judge]:
    """Those of whom it is known how long they waited (A4-32)."""
    known = {each.id: length for each in came if (length := waited(each, days.now)) is not None}

    def judge(visit: Appointment) -> Judgement:
        limit = goal(rules, first_visit=days.first(visit))
        minutes = int(known[visit.id].total_seconds() // 60)
        return against_goal(known[visit.id], limit) is not Wait.OVER, f"等了 {minutes} 分钟"

    return [each for each in came if each.id in known], judge


def _intake(visit: Appointment, days: FrontDeskDays) -> Judgement:
    """A4-13: due on the day itself."""
    if visit.id in days.intakes:
        return True, "已录入"
    over = days.day(visit) < days.now.astimezone(days.zone).date()
    return False, "已过期，没有录入" if over else "今天下班前录入"


def _work_wechat(visit: Appointment, days: FrontDeskDays) -> Judgement:
    """A4-49."""
    said = days.said(visit)
    return (True, "") if said is not None and said.work_wechat else (False, "没有留微")


def _on_time(visit: Appointment, rules: VisitDayRules) -> Judgement:
    """A4-25: late from when they would be called."""
    late = late_by(visit)
    return (False, f"迟到 {int(late.total_seconds() // 60)} 分钟") if late >= rules.late_call else (True, "")


def _kept(visit: Appointment) -> Judgement:
    """A4-25."""
    if visit.state is AppointmentState.CANCELLED:
        return False, f"取消：{visit.cancel_reason}" if visit.cancel_reason else "取消"
    return (False, "失约") if visit.state is AppointmentState.NO_SHOW else (True, "")


def _class(key: str, rules: VisitDayRules) -> str:
    return name_of(rules.classes, key)


def _channel_name(key: str, rules: VisitDayRules) -> str:
    return name_of(rules.channels, key)
