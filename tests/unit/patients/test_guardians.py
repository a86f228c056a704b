"""Who needs a guardian's consent before a booking (PIPL art. 31)."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from wxbot.history.models import PatientId
from wxbot.patients.combining import combined
from wxbot.patients.guardians import lacks_birthday, lacks_guardian, under_age
from wxbot.patients.models import Birthday, Calendar, Guardian, GuardianRelation, Patient, Relation

TODAY = date(2026, 11, 23)
AT = datetime(2026, 11, 1, tzinfo=UTC)
CHILD = Patient(id=PatientId("c"), name="王小雨", created_at=AT, relation=Relation.CHILD)
MOTHER = Guardian(name="王芳", relation=GuardianRelation.MOTHER, at=AT, by="patient", wording="page.guardian_consent@1")


def born(year: int, month: int, day: int, calendar: Calendar = Calendar.SOLAR) -> Birthday:
    return Birthday(calendar=calendar, year=year, month=month, day=day)


@pytest.mark.parametrize(
    ("birthday", "needs"),
    [
        (born(2012, 11, 23), False),  # fourteen today
        (born(2012, 11, 24), True),  # tomorrow
        (born(2012, 10, 10, Calendar.LUNAR), False),  # 23 November 2012
        (born(2012, 10, 11, Calendar.LUNAR), True),
        (None, False),
    ],
)
def test_a_guardian_is_needed_up_to_the_day_before_the_fourteenth_birthday(
    birthday: Birthday | None, *, needs: bool
) -> None:
    patient = replace(CHILD, birthday=birthday)
    assert under_age(birthday, TODAY) is needs
    assert lacks_guardian(patient, TODAY) is needs
    assert not lacks_guardian(replace(patient, guardian=MOTHER), TODAY)


def test_of_a_child_whose_age_nobody_knows_the_birthday_is_asked_once() -> None:
    assert lacks_birthday(None, Relation.CHILD)
    assert lacks_birthday(CHILD, Relation.CHILD)
    assert not lacks_birthday(replace(CHILD, birthday=born(2018, 5, 12)), Relation.CHILD)
    assert not lacks_birthday(None, Relation.PARENT)


def test_a_merge_keeps_the_guardian_of_either() -> None:
    twin = replace(CHILD, id=PatientId("d"), guardian=MOTHER)
    for one, other in ((CHILD, twin), (twin, CHILD)):
        after, shell = combined(one, other, {})
        assert after.guardian == MOTHER
        assert shell.guardian is None
