"""What is chosen in the booking dialog survives being stored."""

from datetime import UTC, date, datetime, time

from handlers.booking_draft import BookingDraft, Whom
from wxbot.booking.models import AppointmentId
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.history.models import PatientId
from wxbot.patients.models import Relation
from wxbot.understanding.models import Relationship, TimeWords

FULL = BookingDraft(
    visit_type_id=VisitTypeId("cleaning"),
    who="any",
    day=date(2026, 11, 24),
    only_day=True,
    among=(date(2026, 11, 27), date(2026, 12, 4)),
    first_free=True,
    without=(date(2026, 11, 25),),
    times=(TimeWords(times=(time(2), time(14)), relationship=Relationship.BETWEEN, until=(time(4), time(16))),),
    not_times=(TimeWords(part="上午"),),
    whom=Whom(relation=Relation.PARENT, words="妈妈", name="李桂兰", patient_id=PatientId("p2")),
    start=datetime(2026, 11, 24, 6, 30, tzinfo=UTC),
    named_practitioner=PractitionerId("chen"),
    page=2,
    moving=AppointmentId("a1"),
    version=3,
    asked_on=date(2026, 11, 23),
)


def test_a_draft_is_read_as_it_was_stored() -> None:
    assert BookingDraft.read(FULL.data()) == FULL
    assert BookingDraft.read(BookingDraft().data()) == BookingDraft()


def test_a_dialog_from_before_this_version_is_read() -> None:
    old = {"type": "cleaning", "who": "chen", "day": "2026-11-24", "only_day": False, "page": 1, "moving": None}
    assert BookingDraft.read({**old, "version": 0}) == BookingDraft(
        visit_type_id=VisitTypeId("cleaning"), who="chen", day=date(2026, 11, 24), page=1
    )


def test_who_it_is_for_is_shown_with_kinship_and_name() -> None:
    assert Whom(words="妈妈", name="李桂兰").shown == "妈妈（李桂兰）"
    assert (Whom(words="妈妈").shown, Whom(name="李桂兰").shown) == ("妈妈", "李桂兰")
    assert not Whom(relation=Relation.PARENT, words="妈妈").known
