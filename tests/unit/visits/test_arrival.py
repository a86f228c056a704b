from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from config.content import load_content
from wxbot.clinic.models import Block, Practitioner, PractitionerId, Weekday
from wxbot.visits.arrival import CHANNEL, arrival_card, arrival_faults, suitable, triage_warning
from wxbot.visits.models import MOST_WORDS, ArrivalForm, NotedArrival
from wxbot.visits.rules import VisitDayRules, rules_of

RULES = rules_of(load_content().visit_day.model_dump())
WHOLE = ArrivalForm(first_visit=True, channel="online", visit_class="c", complaint="orthodontics")
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def practitioner(speciality: str, name: str = "陈晓晴") -> Practitioner:
    return Practitioner(
        id=PractitionerId("chen"),
        name=name,
        title="",
        speciality=speciality,
        room="1诊室",
        visit_types=(),
        hours=(Block(day=Weekday.MON, start=time(9), end=time(12)),),
    )


BRACES, FILLINGS = practitioner("口腔正畸"), practitioner("口腔内科")


def test_a4_11_a_first_visit_cannot_arrive_without_a_channel() -> None:
    assert arrival_faults(replace(WHOLE, channel=""), RULES, BRACES) == {"channel": CHANNEL}
    assert arrival_faults(WHOLE, RULES, BRACES) == {}


def test_a4_11_somebody_who_was_here_before_needs_no_channel() -> None:
    assert arrival_faults(replace(WHOLE, first_visit=False, channel=""), RULES, BRACES) == {}


def test_a4_10_and_a4_35_everybody_has_a_class_and_a_complaint() -> None:
    bare = ArrivalForm(first_visit=False)
    assert set(arrival_faults(bare, RULES, BRACES)) == {"visit_class", "complaint"}


def test_a_forged_choice_is_refused() -> None:
    forged = replace(WHOLE, channel="tv", visit_class="x", complaint="y", needs=("elderly", "z"))
    assert set(arrival_faults(forged, RULES, BRACES)) == {"channel", "visit_class", "complaint", "needs"}


@pytest.mark.parametrize("field", ["keep_practitioner", "remarks", "social_status"])
def test_what_is_written_freely_is_short(field: str) -> None:
    def said(words: str) -> ArrivalForm:
        facts: dict[str, Any] = {field: words}
        return replace(WHOLE, **facts)

    fits, long = "好" * MOST_WORDS, "好" * (MOST_WORDS + 1)
    assert arrival_faults(said(fits), RULES, BRACES) == {}
    assert set(arrival_faults(said(long), RULES, BRACES)) == {field}


def test_a4_28_a_complaint_that_does_not_fit_the_practitioner_is_warned_of_and_kept_for_a_reason_only() -> None:
    assert "正畸" in triage_warning("orthodontics", RULES, FILLINGS)
    assert triage_warning("orthodontics", RULES, BRACES) == ""
    assert set(arrival_faults(WHOLE, RULES, FILLINGS)) == {"keep_practitioner"}
    assert arrival_faults(replace(WHOLE, keep_practitioner="患者指定"), RULES, FILLINGS) == {}


def test_a4_28_a_complaint_without_a_rule_and_an_unknown_practitioner_pass() -> None:
    assert triage_warning("follow_up", RULES, FILLINGS) == ""
    assert triage_warning("orthodontics", RULES, None) == ""


def test_a4_28_the_shipped_table_finds_somebody_for_each_complaint_of_the_demo_clinic() -> None:
    from wxbot.demo.settings import DemoSettings  # noqa: PLC0415 - only here
    from wxbot.installation import read_installation  # noqa: PLC0415

    clinic = read_installation(DemoSettings()).clinic
    alone = [each.key for each in RULES.complaints if not suitable(each.key, RULES, clinic)]
    assert alone == []
    assert [each.id for each in suitable("orthodontics", RULES, clinic)] == ["lin"]


def test_a4_11_the_scene_presets_the_channel_by_its_label() -> None:
    assert RULES.channel_of_scene("美团团购页") == "online"
    assert RULES.channel_of_scene("老患者介绍") == "referral"
    assert RULES.channel_of_scene("前台立牌") == ""
    assert RULES.channel_of_scene("") == ""


def test_a4_11_another_channel_than_the_scenes_is_a_mismatch_that_is_kept() -> None:
    noted = NotedArrival(said=WHOLE, preset_channel="referral", fits=True, at=NOW, by="staff:7")
    assert noted.mismatch
    assert not replace(noted, preset_channel="online").mismatch
    assert not replace(noted, preset_channel="").mismatch


def test_a4_18_the_card_names_channel_class_complaint_and_needs_and_a4_36_the_social_status_for_who_treats() -> None:
    said = replace(WHOLE, needs=("elderly", "anxious"), remarks="开车来的", social_status="某局领导")
    noted = NotedArrival(said=said, preset_channel="", fits=True, at=NOW, by="staff:7")
    card = arrival_card(noted, RULES, treating=True)
    assert (card.channel, card.visit_class, card.complaint) == ("网络平台", "C 类", "正畸")
    assert (card.needs, card.remarks, card.social_status) == (("老人", "特别紧张、怕疼"), "开车来的", "某局领导")
    assert arrival_card(noted, RULES, treating=False) == replace(card, social_status="")


def test_a_clinic_that_lists_nothing_asks_nothing() -> None:
    assert arrival_faults(ArrivalForm(first_visit=True), VisitDayRules(), BRACES) == {}
