"""A practitioner's calendar: initials only, stable, and read by a parser of its own as RFC 5545 says."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.visits.visits import CHEN, CLINIC, TUESDAY, local, visit
from wxbot.booking.icalendar import LONGEST_LINE, calendar, text
from wxbot.booking.models import AppointmentState
from wxbot.history.models import PatientId
from wxbot.visits.calendar_feed_file import feed_file, initials

NINE = local(TUESDAY, 9)
ANN = visit("ann", created_at=NINE, new_patient=True)
NAMES = {ANN.patient_id: "王小明"}


def unfolded(body: bytes) -> list[str]:
    """The lines as a calendar reads them."""
    assert body.endswith(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert all(len(line) <= LONGEST_LINE for line in body.split(b"\r\n"))
    return body.decode().replace("\r\n ", "").split("\r\n")[:-1]


def values(body: bytes) -> dict[str, str]:
    """The properties of the last event."""
    return dict(line.split(":", 1) for line in unfolded(body) if ":" in line)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("王小明", "WXM"),
        ("单雪", "DX"),
        ("欧阳晓晴", "OYXQ"),
        ("阿依古丽·买买提江", "AYGL"),
        ("John Smith", "JS"),
        ("王Anna", "WA"),
        ("", ""),
        ("13800138000", ""),
        ("😀", ""),
    ],
)
def test_a_name_becomes_its_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@given(st.text(max_size=60))
def test_no_name_ever_leaves_more_than_four_letters(name: str) -> None:
    letters = initials(name)
    assert len(letters) <= 4
    assert all(each.isascii() and each.isupper() for each in letters)


def test_an_event_says_initials_visit_type_and_place_and_nothing_else_of_the_patient() -> None:
    body = feed_file(CHEN, [ANN], NAMES, CLINIC)
    found = values(body)
    assert (found["SUMMARY"], found["LOCATION"], found["STATUS"]) == ("WXM 洁牙 初诊", "1诊室", "CONFIRMED")
    assert (found["UID"], found["SEQUENCE"], found["DTSTART"]) == ("ann@wxbot", "0", "20261124T010000Z")
    assert "王小明" not in body.decode()
    assert "patient-ann" not in body.decode()


def test_a_later_version_keeps_its_uid_and_counts_on() -> None:
    moved = replace(ANN, version=3, start=local(TUESDAY, 10), end=local(TUESDAY, 11), changed_at=NINE)
    found = values(feed_file(CHEN, [moved], NAMES, CLINIC))
    assert (found["UID"], found["SEQUENCE"], found["DTSTART"]) == ("ann@wxbot", "2", "20261124T020000Z")


def test_a_cancelled_visit_stays_as_cancelled_and_takes_no_time() -> None:
    gone = replace(ANN, version=2, state=AppointmentState.CANCELLED, closed_at=NINE)
    found = values(feed_file(CHEN, [gone], NAMES, CLINIC))
    assert (found["STATUS"], found["TRANSP"], found["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", "1")


def test_the_same_visits_give_the_same_bytes_in_any_order() -> None:
    other = visit("ben", start=local(TUESDAY, 11), created_at=NINE)
    assert feed_file(CHEN, [ANN, other], NAMES, CLINIC) == feed_file(CHEN, [other, ANN], NAMES, CLINIC)
    assert feed_file(CHEN, [other], NAMES, CLINIC).count(b"BEGIN:VEVENT") == 1


def test_nobody_known_is_a_patient() -> None:
    assert values(feed_file(CHEN, [visit("x", created_at=NINE)], {PatientId("else"): "李四"}, CLINIC))["SUMMARY"] == (
        "患者 洁牙"
    )


@given(st.text(max_size=200))
def test_no_words_break_a_line_or_begin_another_property(words: str) -> None:
    (line,) = unfolded(calendar([f"SUMMARY:{text(words)}"]))
    assert line.startswith("SUMMARY:")
    escaped = line.removeprefix("SUMMARY:")
    for raw in (";", ","):
        assert raw not in escaped.replace("\\" + raw, "")
