from datetime import timedelta

from config.content import load_content
from tests.unit.visits.visits import TUESDAY, ZONE, local, visit
from wxbot.booking.models import AppointmentState
from wxbot.visits.checkout import NEEDED, checkout_faults, next_visit
from wxbot.visits.rules import rules_of

RULES = rules_of(load_content().visit_day.model_dump())
NOW = local(TUESDAY, 10)


def test_a4_19_only_a_visit_of_a_later_day_is_the_next_one() -> None:
    this_afternoon = visit("b", local(TUESDAY, 15))
    next_week = visit("c", local(TUESDAY + timedelta(days=7), 9))
    later = visit("d", local(TUESDAY + timedelta(days=30), 9))
    assert next_visit([this_afternoon], NOW, ZONE) is None
    assert next_visit([later, this_afternoon, next_week], NOW, ZONE) == next_week


def test_a4_19_one_that_was_cancelled_is_no_next_visit() -> None:
    gone = visit("c", local(TUESDAY + timedelta(days=7), 9), state=AppointmentState.CANCELLED)
    assert next_visit([gone], NOW, ZONE) is None


def test_a4_19_without_a_next_visit_there_is_a_reason_of_the_list() -> None:
    assert checkout_faults("", "", RULES) == {"reason": NEEDED}
    assert set(checkout_faults("nonsense", "", RULES)) == {"reason"}
    assert checkout_faults("finished", "", RULES) == {}


def test_a4_19_another_reason_is_written_out() -> None:
    assert set(checkout_faults("other", "", RULES)) == {"words"}
    assert checkout_faults("other", "要出国半年", RULES) == {}
    assert set(checkout_faults("other", "长" * 201, RULES)) == {"words"}
