"""Deposits: what may be typed, what becomes of them, and what a day took and gave back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.booking.deposit_rules import amount_of, carried, received, settled, totals, undecided, yuan
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, Deposit, DepositMethod, DepositOutcome
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.errors import FieldErrors
from wxbot.history.models import PatientId

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
VISIT = Appointment(
    id=AppointmentId("a"),
    request_key="a",
    contact_id=None,
    patient_id=PatientId("p"),
    visit_type_id=VisitTypeId("cleaning"),
    practitioner_id=PractitionerId("chen"),
    room="1",
    start=NOW + timedelta(days=1),
    end=NOW + timedelta(days=1, minutes=30),
    created_at=NOW,
    new_patient=False,
)


def taken(amount: int = 20_000, number: str = "d", method: DepositMethod = DepositMethod.WECHAT) -> Deposit:
    return Deposit(id=number, amount=amount, method=method, received_at=NOW, received_by="staff:s")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("200", 20_000), ("99.5", 9_950), (" ￥0.01 ", 1), ("¥300元", 30_000), ("100000", 10_000_000), ("7.", 700)],
)
def test_an_amount_is_typed_in_yuan_and_kept_in_cents(typed: str, amount: int) -> None:
    assert amount_of(typed) == amount


@pytest.mark.parametrize(
    "typed",
    ["", "0", "-5", "1.234", "1e3", "NaN", "一百", "２００", "1,000", "100000.01", "9" * 13, ".", "1.2.3", "Infinity"],
)
def test_what_is_no_amount_is_refused_in_words(typed: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        amount_of(typed)
    assert "金额" in refused.value.fields["amount"]


@given(st.integers(1, 10_000_000))
def test_an_amount_reads_back_as_it_was_written(amount: int) -> None:
    assert amount_of(yuan(amount)) == amount


def test_one_deposit_at_a_time_and_only_for_a_visit_that_stands() -> None:
    once = received(VISIT, taken())
    assert (once.version, once.standing_since) == (2, 1)  # a move that was under way must be begun again
    with pytest.raises(FieldErrors):
        received(once, taken(number="e"))
    with pytest.raises(FieldErrors):
        received(replace(VISIT, state=AppointmentState.CANCELLED), taken())


@pytest.mark.parametrize("outcome", [DepositOutcome.REFUNDED, DepositOutcome.KEPT])
def test_given_back_or_kept_it_has_a_reason(outcome: DepositOutcome) -> None:
    once = received(VISIT, taken())
    with pytest.raises(FieldErrors):
        settled(once, "d", outcome, "  ", by="staff:s", now=NOW)
    with pytest.raises(FieldErrors):
        settled(once, "d", outcome, "长" * 201, by="staff:s", now=NOW)
    after = settled(once, "d", outcome, " 改去  外地 ", by="staff:s", now=NOW)
    assert (after.deposits[0].reason, after.held_deposit) == ("改去 外地", None)


def test_it_is_decided_about_once() -> None:
    after = settled(received(VISIT, taken()), "d", DepositOutcome.USED, "", by="staff:s", now=NOW)
    with pytest.raises(FieldErrors):
        settled(after, "d", DepositOutcome.REFUNDED, "again", by="staff:s", now=NOW)
    assert received(after, taken(number="e")).held_deposit == taken(number="e")  # another may be taken


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        (AppointmentState.BOOKED, False),
        (AppointmentState.COMPLETED, False),
        (AppointmentState.CANCELLED, True),
        (AppointmentState.NO_SHOW, True),
    ],
)
def test_somebody_must_decide_where_the_visit_does_not_take_place(state: AppointmentState, asked: bool) -> None:
    held = replace(received(VISIT, taken()), state=state)
    assert undecided(held) is asked
    assert not undecided(replace(held, deposits=()))


def test_a_day_adds_up_and_a_transferred_deposit_counts_once() -> None:
    first = settled(received(VISIT, taken()), "d", DepositOutcome.TRANSFERRED, "", by="s", now=NOW)
    second = received(replace(VISIT, id=AppointmentId("b")), carried(taken(), first.id, "e"))
    third = settled(
        received(replace(VISIT, id=AppointmentId("c")), taken(5_050, "f", DepositMethod.CASH)),
        "f",
        DepositOutcome.REFUNDED,
        "病了",
        by="s",
        now=NOW + timedelta(days=1),
    )
    every = [first, second, third]
    day = totals(every, NOW, NOW + timedelta(hours=1))
    assert (day.received, day.received_count, day.refunded, day.refunded_count) == (25_050, 2, 0, 0)
    assert day.by_method == (("现金", 5_050), ("微信", 20_000))
    after = totals(every, NOW + timedelta(hours=1), NOW + timedelta(days=2))
    assert (after.received, after.refunded, after.refunded_count) == (0, 5_050, 1)
    assert after.by_method == (("现金", -5_050),)
