"""主动联系: who is in which group, what is a contact of their own accord, and when there are too few to say."""

from datetime import date, datetime, timedelta

from tests.unit.visits.visits import ZONE
from wxbot.history.models import PatientId
from wxbot.reception.inbound import (
    ANSWER_WITHIN,
    FEWEST,
    CareGroup,
    Inbound,
    InboundFacts,
    InboundMonth,
    InboundWay,
    inbound_month,
)

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
SEEN = datetime(2026, 9, 1, 10, tzinfo=ZONE)
CARED = datetime(2026, 10, 1, 10, tzinfo=ZONE)
TEN = datetime(2026, 11, 10, 10, tzinfo=ZONE)
A, B = PatientId("a"), PatientId("b")
TICK = timedelta(milliseconds=1)


def month(
    *contacts: Inbound,
    seen: tuple[PatientId, ...] = (A, B),
    cared: tuple[PatientId, ...] = (A,),
    asked: datetime | None = None,
    called: datetime | None = None,
    here: date | None = None,
) -> InboundMonth:
    facts = InboundFacts(
        seen=dict.fromkeys(seen, SEEN),
        cared=[(each, CARED) for each in cared],
        contacts=contacts,
        asked={A: [asked]} if asked else {},
        called=[(A, called)] if called else [],
        here=frozenset({(A, here)}) if here else frozenset(),
    )
    return inbound_month(FIRST, LAST, facts, ZONE)


def by_a(way: InboundWay = InboundWay.WROTE, at: datetime = TEN) -> Inbound:
    return Inbound(patient_id=A, way=way, at=at)


def contacted(found: InboundMonth) -> list[int]:
    return [found.groups[each].contacted for each in CareGroup]


def test_a1_41_each_patient_is_in_one_group_and_their_contacts_stand_once_by_way() -> None:
    found = month(
        by_a(at=TEN + TICK), by_a(), by_a(InboundWay.BOOKED), Inbound(patient_id=B, way=InboundWay.PHONED, at=TEN)
    )
    assert {group: [each.patient_id for each in rate.patients] for group, rate in found.groups.items()} == {
        CareGroup.CARED: [A],
        CareGroup.OTHERS: [B],
    }
    assert contacted(found) == [1, 1]
    assert [(each.way, each.at) for each in found.groups[CareGroup.CARED].patients[0].contacts] == [
        (InboundWay.WROTE, TEN),
        (InboundWay.BOOKED, TEN),
    ]


def test_a1_41_an_answer_to_what_we_wrote_is_no_contact_of_their_own() -> None:
    assert contacted(month(by_a(), asked=TEN)) == [0, 0]
    assert contacted(month(by_a(), asked=TEN - ANSWER_WITHIN)) == [0, 0]
    assert contacted(month(by_a(), asked=TEN - ANSWER_WITHIN - TICK)) == [1, 0]
    assert contacted(month(by_a(), asked=TEN + TICK)) == [1, 0]
    assert contacted(month(by_a(InboundWay.BOOKED), asked=TEN)) == [1, 0]


def test_a1_41_what_happens_while_they_are_here_or_after_our_call_is_none() -> None:
    for way in InboundWay:
        assert contacted(month(by_a(way), here=TEN.date())) == [0, 0]
        assert contacted(month(by_a(way), here=TEN.date() - timedelta(days=1))) == [1, 0]
    assert contacted(month(by_a(InboundWay.PHONED), called=TEN)) == [0, 0]
    assert contacted(month(by_a(InboundWay.PHONED), called=TEN - timedelta(days=1))) == [1, 0]
    assert contacted(month(by_a(InboundWay.WROTE), called=TEN)) == [1, 0]


def test_a1_41_below_thirty_in_either_group_nothing_is_said() -> None:
    many = tuple(PatientId(str(number)) for number in range(2 * FEWEST))
    write = [Inbound(patient_id=each, way=InboundWay.WROTE, at=TEN) for each in many[:15] + many[-3:]]
    enough = month(*write, seen=many, cared=many[:FEWEST])
    assert (enough.enough, enough.difference) == (True, 40)
    assert [each.percent for each in enough.groups.values()] == [50, 10]
    for cared in (many[: FEWEST - 1], many[: FEWEST + 1]):
        few = month(*write, seen=many, cared=cared)
        assert (few.enough, few.difference) == (False, None)
    assert month(seen=(), cared=()).difference is None


def test_a1_41_care_of_somebody_who_was_not_here_makes_no_patient() -> None:
    assert [each.among for each in month(seen=(B,)).groups.values()] == [0, 1]
