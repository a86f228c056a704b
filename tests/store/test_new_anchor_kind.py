"""A kind of anchor that only this file knows: one object in a copy of the table reaches every part of care."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import time

import pytest

from tests.store.test_care import PLANS, STORES, WORDINGS, Room, here, somebody, step, visit
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import MET, AnchorKind, Facts, PatientFacts, Precondition, Sources, unwanted
from wxbot.care.checks import problems_of
from wxbot.care.models import Anchor, CarePlan, Offset
from wxbot.care.service import Care
from wxbot.care.spans import Span
from wxbot.clinic.models import Clinic
from wxbot.database import Database
from wxbot.installation import template_uses
from wxbot.messaging import Purpose
from wxbot.outbox.ports import Verdict
from wxbot.templates.models import Template
from wxbot.templates.service import Templates


class LastVisit:
    """The day of an attended visit, whatever its type: for recalls."""

    key = "last_visit"
    variables = frozenset({"name", "patient", "last_visit"})
    has_treatment = False
    has_audience = False
    follows_action = False

    async def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        for span in spans:
            yield self._anchors(await sources.booking.treated_between(span.start, span.end))

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        return self._anchors(each for each in facts.appointments if each.state is AppointmentState.COMPLETED)

    def fill(self, anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
        return {"last_visit": f"{anchor.at.astimezone(clinic.timezone):%Y年%m月}"}

    def appointment_of(self, precondition: Precondition) -> AppointmentId | None:
        return AppointmentId(precondition["visit"])

    def judge(self, precondition: Precondition, facts: Facts) -> Verdict:
        state = facts.appointments[AppointmentId(precondition["visit"])].state
        return MET if state is AppointmentState.COMPLETED else unwanted("no_visit", "没有到诊")

    def _anchors(self, visits: Iterable[Appointment]) -> list[Anchor]:
        return [
            Anchor(
                kind=self.key,
                ref=f"last_visit:{each.id}",
                at=each.end,
                contact_id=each.contact_id,
                patient_id=each.patient_id,
                precondition={"kind": self.key, "visit": each.id},
            )
            for each in visits
            if each.contact_id is not None
        ]


KINDS: Mapping[str, AnchorKind] = {**ANCHORS, LastVisit.key: LastVisit()}
PLAN = CarePlan(
    key="recall",
    title="定期复查",
    anchor=LastVisit.key,
    steps=(step("year_1", Purpose.CARE, Offset(months=12), at=time(10)),),
)
WORDING = Template(key="care.year_1", purpose=Purpose.CARE, text="{patient}，您上次来诊是{last_visit}")
DUE = here(27, 10, year=2027)


@pytest.fixture
async def room(database: Database) -> Room:
    await database.create_indexes(STORES)  # type: ignore[arg-type]
    return Room(database)


def engine(room: Room) -> Care:
    """Care with the shipped plans and kinds, one plan and one kind more."""
    return room.engine_of((*PLANS, PLAN), [*WORDINGS, WORDING], anchors=KINDS)


async def test_a_new_kind_is_planned_worded_and_judged_beside_the_shipped_ones(room: Room) -> None:
    care = engine(room)
    contact, patient = await somebody(room)
    attended = visit(contact, patient, state=AppointmentState.COMPLETED, version=2)
    await room.keep(attended)

    assert care.check() == []
    assert await care.enqueue_due(DUE) == 1
    (message,) = await room.messages()
    assert message.key == "recall/year_1/last_visit:a1"
    assert Templates([WORDING]).render(message.template, message.variables).text == (
        f"{contact.alias}，您上次来诊是2026年11月"
    )
    assert (await care.verdicts([message]))[message.id] == MET

    await room.keep(replace(attended, state=AppointmentState.NO_SHOW, version=3))
    assert (await care.verdicts([message]))[message.id].reason == "no_visit"


async def test_a_new_kind_is_among_the_next_steps_of_a_patient(room: Room) -> None:
    care = engine(room)
    room.outbox.bind(care)
    contact, patient = await somebody(room)
    await room.keep(visit(contact, patient, state=AppointmentState.COMPLETED, version=2))
    steps = await care.upcoming([patient.id], here(27, 12, month=6, year=2027))
    assert [(each.plan, each.at) for each in steps] == [("定期复查", DUE)]


def test_a_new_kind_says_what_its_wording_may_name_and_what_its_plans_may_ask_for() -> None:
    uses = template_uses([WORDING], [PLAN], frozenset({"clinic_name"}), {}, KINDS)
    assert uses["care.year_1"].variables == {"clinic_name", "name", "patient", "last_visit"}
    limited = replace(PLAN, treatment="surgery")
    wordings = {WORDING.key: WORDING}
    assert problems_of([limited], wordings, KINDS) == [
        "Care plan 'recall': only plans with the anchor 'treatment' or 'date' or 'festival' have a treatment."
    ]


def test_a_plan_around_a_kind_that_is_not_in_the_table_is_a_problem() -> None:
    assert problems_of([PLAN], {WORDING.key: WORDING}) == [
        f"Care plan 'recall': there is no anchor 'last_visit'; known: {', '.join(ANCHORS)}."
    ]
