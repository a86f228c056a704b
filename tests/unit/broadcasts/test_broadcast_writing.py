"""What staff write of a broadcast: the selection, the values by hand, the hour it starts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wxbot.broadcasts.audience import describe
from wxbot.broadcasts.checks import problems
from wxbot.broadcasts.models import Audience, AudienceKind, Broadcast, BroadcastDraft, BroadcastId, Preview
from wxbot.broadcasts.progress import progress
from wxbot.broadcasts.wording import manual_names, required_names, variables_for
from wxbot.clinic.models import Clinic, VisitType, VisitTypeId
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.models import State
from wxbot.outbox.stores.reading import Tallied
from wxbot.patients.models import Contact, Patient
from wxbot.templates.models import Card, Template

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CLINIC = Clinic(
    name="晨光",
    address="海棠区",
    phone="0555",
    privacy_contact="",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(VisitType(id=VisitTypeId("laser"), name="激光祛斑", minutes=30),),
    practitioners=(),
)
TEMPLATE = Template(
    key="t",
    purpose=Purpose.CARE,
    text="{name}您好，{date}见，{clinic_name}",
    fallbacks={"name": ""},
    template_card=Card(template_id="TPL", fields={"thing1": "{patient}", "time2": "{time_field}"}),
)
DRAFT = BroadcastDraft(
    title="回访",
    purpose=Purpose.CARE,
    template="t",
    audience=Audience(kind=AudienceKind.TAG, tag="种植"),
    variables={"date": "下周一"},
)


def found(**facts: Any) -> dict[str, str]:
    return problems(replace(DRAFT, **facts), TEMPLATE, CLINIC, NOW)


def test_a_whole_draft_has_no_problem() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "字" * 41}, "title"),
        ({"purpose": Purpose.SERVICE}, "purpose"),
        ({"purpose": Purpose.MARKETING}, "template"),
        ({"variables": {}}, "var_date"),
        ({"variables": {"date": "字" * 201}}, "var_date"),
        ({"pace_per_hour": 0}, "pace_per_hour"),
        ({"pace_per_hour": 601}, "pace_per_hour"),
        ({"starts_at": NOW - timedelta(hours=1)}, "starts_at"),
        ({"starts_at": NOW + timedelta(days=61)}, "starts_at"),
        ({"audience": Audience(kind=AudienceKind.LIST)}, "patient_ids"),
        ({"audience": Audience(kind=AudienceKind.LIST, patient_ids=(PatientId("p"),) * 501)}, "patient_ids"),
        ({"audience": Audience(kind=AudienceKind.ONE)}, "patient_ids"),
        ({"audience": Audience(kind=AudienceKind.TAG)}, "tag"),
        ({"audience": Audience(kind=AudienceKind.BIRTHDAY)}, "month"),
        ({"audience": Audience(kind=AudienceKind.BIRTHDAY, month=13)}, "month"),
        ({"audience": Audience(kind=AudienceKind.PHONES)}, "phones"),
        (
            {"audience": Audience(kind=AudienceKind.TREATMENT, first_day="2026-11-01", last_day="2026-11-02")},
            "visit_types",
        ),
        (
            {
                "audience": Audience(
                    kind=AudienceKind.TREATMENT, visit_types=("gone",), first_day="2026-11-01", last_day="2026-11-02"
                )
            },
            "visit_types",
        ),
        ({"audience": Audience(kind=AudienceKind.LAST_VISIT, first_day="昨天", last_day="2026-11-02")}, "first_day"),
        (
            {"audience": Audience(kind=AudienceKind.LAST_VISIT, first_day="2026-11-03", last_day="2026-11-02")},
            "last_day",
        ),
        (
            {"audience": Audience(kind=AudienceKind.LAST_VISIT, first_day="2026-11-03", last_day="2026-11-24")},
            "last_day",
        ),
        (
            {
                "audience": Audience(
                    kind=AudienceKind.TREATMENT, visit_types=("laser",), first_day="2025-01-01", last_day="2026-11-01"
                )
            },
            "last_day",
        ),
    ],
)
def test_each_slip_is_told_beside_its_field(facts: dict[str, object], field: str) -> None:
    assert set(found(**facts)) == {field}


def test_a_template_that_is_gone_has_to_be_replaced() -> None:
    assert set(problems(DRAFT, None, CLINIC, NOW)) == {"template"}


def test_what_only_a_card_names_may_stay_empty() -> None:
    assert (manual_names(TEMPLATE), required_names(TEMPLATE)) == (("date", "time_field"), frozenset({"date"}))


def test_what_is_written_by_hand_never_replaces_what_is_the_patients() -> None:
    patient = Patient(id=PatientId("p"), name="小安", created_at=NOW)
    contact = Contact(id=ContactId("c"), openid="o", alias="访客·蓝鲸07", created_at=NOW, following=True)
    filled = variables_for({"name": "骗子", "date": "下周一"}, CLINIC, patient, contact)
    assert (filled["name"], filled["patient"], filled["date"]) == ("小安", "小安", "下周一")
    unnamed = variables_for({}, CLINIC, replace(patient, name=None), contact)
    assert (unnamed["name"], unnamed["patient"]) == ("", "访客·蓝鲸07")


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        (Audience(kind=AudienceKind.TAG, tag="种植"), "标签「种植」"),
        (Audience(kind=AudienceKind.ONE, patient_ids=(PatientId("p"),)), "一位患者"),
        (Audience(kind=AudienceKind.PHONES, phones=("+8613800000000",)), "粘贴的 1 个号码"),
        (
            Audience(
                kind=AudienceKind.TREATMENT, visit_types=("laser",), first_day="2026-11-01", last_day="2026-11-02"
            ),
            "2026-11-01 至 2026-11-02 做过激光祛斑",
        ),
    ],
)
def test_a_selection_reads_as_one_line_without_names_or_numbers(audience: Audience, words: str) -> None:
    assert describe(audience, CLINIC) == words


def broadcast(purpose: Purpose, next_slot: int) -> Broadcast:
    preview = Preview(run_id="r", at=NOW, people=12, will_send=9, slots=10, counts={}, fingerprint="f")
    return Broadcast(
        id=BroadcastId("p1"),
        title="回访",
        purpose=purpose,
        template="t",
        variables={},
        audience=DRAFT.audience,
        pace_per_hour=60,
        created_by="staff:1",
        created_at=NOW,
        preview=preview,
        next_slot=next_slot,
    )


def tallied(state: State, reason: str, messages: int) -> Tallied:
    return Tallied(state=state, reason=reason, channel="", messages=messages)


def test_progress_adds_up_to_everybody_whose_turn_it_is() -> None:
    tally = [
        tallied(State.ACCEPTED, "", 2),
        tallied(State.DELIVERED, "", 1),
        tallied(State.DROPPED, "no_channel", 1),
        tallied(State.DROPPED, "hold", 1),
        tallied(State.UNKNOWN, "no_answer", 1),
        tallied(State.WAITING, "", 1),
    ]
    far = progress(broadcast(Purpose.CARE, next_slot=8), tally)  # seven messages, and one person without WeChat
    assert (far.upcoming, far.pending, far.sent, far.phoned, far.not_sent, far.unknown) == (2, 1, 3, 2, 1, 1)
    assert far.upcoming + far.pending + far.sent + far.phoned + far.not_sent + far.unknown == far.slots
    assert far.reasons == (("hold", 1),)
    assert far.percent == 70


def test_an_offer_without_a_channel_makes_nobody_phone() -> None:
    far = progress(broadcast(Purpose.MARKETING, next_slot=1), [tallied(State.DROPPED, "no_channel", 1)])
    assert (far.phoned, far.not_sent) == (0, 1)
