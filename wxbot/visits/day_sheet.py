"""What a day came to, from its appointments and what was noted about them (A4-02, A4-19, A4-21). Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.booking.stages import has_come
from wxbot.history.models import PatientId
from wxbot.surveys.models import Satisfaction
from wxbot.visits.models import VisitRecord
from wxbot.visits.rules import VisitDayRules, name_of
from wxbot.visits.waiting import Wait, against_goal, goal, is_first, waited

UNTAGGED = "未登记"


@dataclass(frozen=True, kw_only=True)
class DaySheet:
    """日报. Lists are in the order of the day; counts by name, the most frequent first."""

    booked: int  # everything that stood for the day and was not cancelled
    came: tuple[Appointment, ...]
    first_visits: int  # of those who came
    late: int  # came, but `late_call` or more after their hour
    missed: tuple[Appointment, ...]
    cancelled: tuple[Appointment, ...]
    undecided: tuple[Appointment, ...]  # cancelled, and the supervisor has not said what is done (A4-17)
    without_next: tuple[tuple[Appointment, str], ...]  # left without a next visit, and why (A4-19)
    not_closed: tuple[Appointment, ...]  # the hour is over, or they are here: nobody noted how it ended
    not_registered: tuple[Appointment, ...]  # came, and reception asked nothing, or no channel of a first visit (A4-11)
    mismatches: tuple[Appointment, ...]  # another channel than the scene's (A4-11)
    misfits: tuple[Appointment, ...]  # with a practitioner whom the triage table does not name (A4-28)
    by_class: tuple[tuple[str, int], ...]
    by_channel: tuple[tuple[str, int], ...]  # of first visits
    satisfaction: tuple[tuple[str, int], ...]  # what patients answered to the question after the visit
    within_goal: int  # waits within the goal (A4-32) …
    waits: int  # … of those that are known
    patients: int  # charts to be there in the evening: different patients who came (A4-21)
    new_patients: int  # … of whom new ones


def day_sheet(  # noqa: PLR0913 - the facts of a day
    visits: Sequence[Appointment],
    records: Mapping[AppointmentId, VisitRecord],
    booked_again: Mapping[PatientId, Sequence[Appointment]],
    rules: VisitDayRules,
    *,
    now: datetime,
    said: Sequence[Satisfaction] = (),
) -> DaySheet:
    """The sheet of one local day. `booked_again` are each patient's visits of later days, `said` their answers.

    Who left with a reason and booked since is not without a next visit any more.
    """
    ordered = sorted(visits, key=lambda each: (each.start, each.id))
    came = [each for each in ordered if has_come(each)]
    cancelled = tuple(each for each in ordered if each.state is AppointmentState.CANCELLED)
    first = {each.id for each in came if is_first(each, records.get(each.id))}
    known = {each.id: length for each in came if (length := waited(each, now)) is not None}
    arrivals = {key: record.arrival for key, record in records.items() if record.arrival is not None}
    classes = Counter(
        name_of(rules.classes, arrivals[each.id].said.visit_class) or UNTAGGED if each.id in arrivals else UNTAGGED
        for each in came
    )
    channels = Counter(
        name_of(rules.channels, arrivals[each.id].said.channel) or UNTAGGED if each.id in arrivals else UNTAGGED
        for each in came
        if each.id in first
    )
    answers = Counter(said)
    return DaySheet(
        booked=len(ordered) - len(cancelled),
        came=tuple(came),
        first_visits=len(first),
        late=sum(late_by(each) >= rules.late_call for each in came),
        missed=tuple(each for each in ordered if each.state is AppointmentState.NO_SHOW),
        cancelled=cancelled,
        undecided=tuple(each for each in cancelled if each.id not in records or records[each.id].decision is None),
        without_next=tuple(
            (each, _why(records.get(each.id), rules))
            for each in came
            if each.stage is VisitStage.LEFT and each.patient_id not in booked_again
        ),
        not_closed=tuple(each for each in ordered if each.live and (each.end < now or has_come(each))),
        not_registered=tuple(
            each
            for each in came
            if each.id not in arrivals or (each.id in first and not arrivals[each.id].said.channel)
        ),
        mismatches=tuple(each for each in came if each.id in arrivals and arrivals[each.id].mismatch),
        misfits=tuple(each for each in came if each.id in arrivals and not arrivals[each.id].fits),
        by_class=tuple(classes.most_common()),
        by_channel=tuple(channels.most_common()),
        satisfaction=tuple((each.label, answers[each]) for each in Satisfaction if answers[each]),
        within_goal=sum(
            against_goal(length, goal(rules, first_visit=key in first)) is not Wait.OVER
            for key, length in known.items()
        ),
        waits=len(known),
        patients=len({each.patient_id for each in came}),
        new_patients=len({each.patient_id for each in came if each.id in first}),
    )


def late_by(visit: Appointment) -> timedelta:
    """How long after the hour the patient came; not at all where nobody noted when."""
    return timedelta() if visit.arrived_at is None else visit.arrived_at - visit.start


def _why(record: VisitRecord | None, rules: VisitDayRules) -> str:
    if record is None or record.checkout is None:
        return "没有登记原因"
    checkout = record.checkout
    words = [name_of(rules.no_next, checkout.reason), checkout.words]
    return "：".join(each for each in words if each) or "下次预约已取消"
