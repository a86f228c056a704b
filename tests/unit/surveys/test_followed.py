"""随访: whom of a day's patients the sheet counts as followed up, and when a day has reached its goal."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.unit.visits.visits import NINE, TUESDAY, ZONE, local, visit
from wxbot.booking.models import Appointment, AppointmentState, VisitStage
from wxbot.history.models import PatientId
from wxbot.surveys.followed import CareContact, CareWay, FollowedDay, GoalState, Part, followed_days
from wxbot.surveys.models import SurveyRules

RULES = SurveyRules(followed_goal=50, followed_days=3)
DAY = timedelta(days=1)
LAST = local(TUESDAY + 4 * DAY, 0)  # what comes then or later does not count


def left(name: str, start: datetime = NINE, **facts: Any) -> Appointment:
    known: dict[str, Any] = {"state": AppointmentState.COMPLETED, "stage": VisitStage.LEFT}
    return visit(name, start, **{**known, "departed_at": start + timedelta(minutes=30), **facts})


def contact(of: Appointment, at: datetime, way: CareWay = CareWay.CALL) -> CareContact:
    return CareContact(patient_id=of.patient_id, way=way, at=at, by="staff:li" if way is CareWay.CALL else "")


def the_day(visits: list[Appointment], contacts: list[CareContact], rules: SurveyRules = RULES) -> FollowedDay:
    (found,) = followed_days(visits, contacts, rules, ZONE)
    return found


def numbers(day: FollowedDay) -> list[int]:
    return [day.count(part) for part in (Part.CAME, Part.FOLLOWED, Part.LEFT_OUT)]


def test_a4_23_who_came_is_counted_once_and_who_stayed_away_is_not() -> None:
    came, twice = left("a"), left("b")
    later = replace(left("b2", NINE + timedelta(hours=3)), patient_id=twice.patient_id)
    away = [
        visit("c", NINE),
        visit("d", NINE, state=AppointmentState.NO_SHOW),
        visit("e", NINE, state=AppointmentState.CANCELLED),
    ]
    day = the_day([came, twice, later, *away], [contact(came, NINE + DAY)])
    assert (numbers(day), day.percent) == ([2, 1, 1], 50)
    assert [each.visit.id for each in day.patients] == [later.id, came.id]  # who was left out stands first


def test_a4_23_only_what_comes_after_the_visit_and_within_the_days_counts() -> None:
    one = left("a")
    end = NINE + timedelta(minutes=30)
    moments = {
        end - timedelta(milliseconds=1): 0,
        end: 1,
        LAST - timedelta(milliseconds=1): 1,
        LAST: 0,
    }
    for at, expected in moments.items():
        assert the_day([one], [contact(one, at)]).count(Part.FOLLOWED) == expected, at
    stays = left("b", stage=VisitStage.IN_TREATMENT, state=AppointmentState.BOOKED, departed_at=None)
    assert the_day([stays], [contact(stays, stays.end - timedelta(minutes=1))]).count(Part.FOLLOWED) == 0
    assert the_day([stays], [contact(stays, stays.end)]).count(Part.FOLLOWED) == 1


def test_a4_23_a_message_between_two_visits_of_a_day_is_no_follow_up_of_the_day() -> None:
    first, second = left("a"), replace(left("a2", NINE + timedelta(hours=3)), patient_id=PatientId("p"))
    first = replace(first, patient_id=PatientId("p"))
    between = contact(first, NINE + timedelta(hours=1))
    assert numbers(the_day([first, second], [between])) == [1, 0, 1]


def test_a4_23_each_way_stands_once_with_its_first_moment() -> None:
    one = left("a")
    calls = [contact(one, NINE + timedelta(hours=hours)) for hours in (30, 2)]
    message = contact(one, NINE + timedelta(hours=3), CareWay.MESSAGE)
    (patient,) = the_day([one], [*calls, message]).patients
    assert [(each.way, each.at) for each in patient.contacts] == [
        (CareWay.CALL, calls[1].at),
        (CareWay.MESSAGE, message.at),
    ]


def test_a4_23_a_day_reaches_its_goal_at_once_and_misses_it_only_when_the_time_is_over() -> None:
    one, two, three = left("a"), left("b"), left("c")
    good = the_day([one, two], [contact(one, NINE + DAY)])
    assert good.state(NINE + DAY) is GoalState.REACHED
    bad = the_day([one, two, three], [contact(one, NINE + DAY)])
    assert bad.state(LAST - timedelta(milliseconds=1)) is GoalState.UNDER_WAY
    assert bad.state(LAST) is GoalState.MISSED


def test_a4_23_each_day_of_a_period_stands_by_itself() -> None:
    first, second = left("a"), left("b", NINE + DAY)
    found = followed_days([second, first], [contact(first, NINE + DAY)], RULES, ZONE)
    assert [(each.day, numbers(each)) for each in found] == [(TUESDAY, [1, 1, 0]), (TUESDAY + DAY, [1, 0, 1])]
    assert followed_days([], [], RULES, ZONE) == []
