"""Whose questionnaire is there (A4-13)."""

from collections.abc import Collection, Mapping

from tests.unit.visits.visits import NINE, visit
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.conversations.intake.service import Answer, Intake
from wxbot.history.models import ContactId
from wxbot.reception.intakes import AnyIntake, ChatIntakes

ASKED, BLANK, NOBODY, PAPER = visit("asked"), visit("blank"), visit("nobody", contact_id=None), visit("paper")


class Rows:
    """Intakes of two contacts; of one nothing is known yet. Implements `ReadIntakes`."""

    async def of(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId, Intake]:
        answer = Answer(key="wish", text="不疼", by="staff:1", at=NINE)
        known = [
            Intake(id=ContactId("contact-asked"), answers=(answer,)),
            Intake(id=ContactId("contact-blank"), relation="本人"),
        ]
        return {each.id: each for each in known if each.id in contact_ids}


class Papers:
    """Another way. Implements `FilledIntakes`."""

    async def of(self, visits: Collection[Appointment]) -> frozenset[AppointmentId]:
        return frozenset(each.id for each in visits if each.id == PAPER.id)


async def test_a4_13_an_intake_counts_once_something_was_answered() -> None:
    assert await ChatIntakes(Rows()).of([ASKED, BLANK, NOBODY]) == {ASKED.id}
    assert await ChatIntakes(Rows()).of([]) == frozenset()


async def test_a4_13_it_may_be_filled_in_in_any_way() -> None:
    either = AnyIntake(ChatIntakes(Rows()), Papers())
    assert await either.of([ASKED, BLANK, PAPER]) == {ASKED.id, PAPER.id}
