"""Whom the demo invents, and when they come, on any day on which it is first started."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from config.settings import Settings
from tests.every import every
from wxbot.clinic.hours import openings
from wxbot.clinic.models import Clinic
from wxbot.demo.agenda import AHEAD, DAYS
from wxbot.demo.people import FIRST_PHONE, invented
from wxbot.demo.visits import BookingMethod, Outcome, PlannedVisit, slots_of, visits_in
from wxbot.installation import read_installation

DAYS_TO_TRY = [date(2026, 11, 1) + timedelta(days=number) for number in range(0, 140, 3)]  # New Year, Spring Festival


@pytest.fixture(scope="module")
def clinic() -> Clinic:
    return read_installation(Settings.model_construct()).clinic


def planned(clinic: Clinic, today: date) -> list[PlannedVisit]:
    chance = random.Random(today.toordinal())
    people, first = invented(today, chance), today - timedelta(days=DAYS)
    slots = slots_of(clinic, first + timedelta(days=1), today, today + timedelta(days=AHEAD), chance)
    return visits_in(slots, people, first, today, chance)


def test_nobody_invented_shares_a_name_or_a_number() -> None:
    today = date(2028, 2, 29)
    people = invented(today, random.Random(1))
    everybody = [*people.known, *people.registered, *people.newcomers, *people.unrecorded]
    names = [person.name for person in everybody]
    assert sorted({name for name in names if names.count(name) > 1}) == ["王芳"]
    assert len({person.openid for person in everybody}) == len(everybody)
    assert all(len(person.phone) == 11 and int(person.phone) > FIRST_PHONE for person in everybody)
    assert people == invented(today, random.Random(1))


@every("today", DAYS_TO_TRY, named=str)
def test_visits_lie_in_opening_hours_one_after_another_and_are_booked_before(clinic: Clinic, today: date) -> None:
    visits = planned(clinic, today)
    assert len(visits) > 50  # a fortnight holds more open days than the longest holiday takes
    ends: dict[str, datetime] = {}
    for visit in visits:
        slot, length = visit.slot, timedelta(minutes=visit.slot.visit_type.minutes)
        hours = openings(clinic, slot.practitioner, slot.start.date())
        assert any(opening.start <= slot.start and slot.start + length <= opening.end for opening in hours)
        assert ends.get(slot.practitioner.id, slot.start) <= slot.start
        ends[slot.practitioner.id] = slot.start + length
        assert today - timedelta(days=DAYS) <= visit.on < slot.start.date()
        assert visit.on <= today
        assert visit.outcome is not Outcome.MISSED or slot.start.date() < today


@pytest.mark.parametrize("today", DAYS_TO_TRY[:7], ids=str)
def test_visits_are_booked_and_end_in_every_way(clinic: Clinic, today: date) -> None:
    visits = planned(clinic, today)
    assert {visit.method for visit in visits} == set(BookingMethod)
    assert {visit.outcome for visit in visits} == set(Outcome)
    assert all(visit.person.wechat for visit in visits if visit.method is not BookingMethod.PHONE)


def test_a_clinic_of_nobody_has_no_visits(clinic: Clinic) -> None:
    assert planned(replace(clinic, practitioners=()), date(2026, 12, 9)) == []
