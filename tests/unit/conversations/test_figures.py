"""The desk's numbers by their definitions, over fixture talks."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.unit.conversations.talks import LI, OPENED, episode, shipped, talk
from wxbot.clinic.models import Block, Clinic, Weekday
from wxbot.conversations.evaluation.figure_definitions import DEFINITIONS, lost, served_badly
from wxbot.conversations.evaluation.figures import grouped, percentile, records_of, values_of
from wxbot.conversations.evaluation.measuring import Circumstances, EpisodeFigures, ShiftChange, measure
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Cause, Ending, EndingKind, EpisodeId
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.standards import SCORE, STANDARDS, Band
from wxbot.history.models import Interaction
from wxbot.quality.models import Finding, Severity
from wxbot.staff.models import AccountId
from wxbot.surveys.models import Occasion, ResponseState, SurveyResponse

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLINIC = Clinic(
    name="仁和口腔",
    address="",
    phone="",
    privacy_contact="",
    timezone=SHANGHAI,
    visit_types=(),
    practitioners=(),
)
LUNCH = (time(9), time(12)), (time(13, 30), time(18))
BUSINESS = BusinessTime(
    CLINIC, DeskRules(hours=tuple(Block(day=day, start=start, end=end) for day in Weekday for start, end in LUNCH))
)


def figures(
    lines: list[Interaction],
    *,
    ending: EndingKind = EndingKind.GREETING,
    after_warnings: bool = False,
    findings: Mapping[str, list[Finding]] | None = None,
    reachable: bool = False,
    out_of_scope: bool = False,
    shift_change: ShiftChange = lambda _start, _end: None,
    came_back_at: datetime | None = None,
    survey: SurveyResponse | None = None,
    **fields: object,
) -> EpisodeFigures:
    closed = (lines[-1].at if lines else OPENED) + timedelta(minutes=1)
    it = episode(
        closed_at=closed,
        ending=Ending(kind=ending, by=LI, at=closed, after_warnings=after_warnings),
        **{"first_waited_at": lines[0].at if lines else OPENED, **fields},
    )
    beside = Circumstances(
        reachable=reachable,
        out_of_scope=out_of_scope,
        findings=findings or {},
        shift_change=shift_change,
        came_back_at=came_back_at,
        survey=survey,
    )
    local = OPENED.astimezone(SHANGHAI)
    return measure(it, lines, business=BUSINESS, shift="09:00–12:00", local=local, words=shipped().words, beside=beside)


GOOD = talk(
    ("p", "种一颗牙大概多少钱"),
    ("a", "您好，种植一般一万二起，要看片子才能定。请问您缺牙多久了？"),
    ("p", "两年多了"),
    ("a", "了解，缺牙久了骨头会变少，建议先拍片看看。您明天上午方便过来吗？"),
    ("p", "可以，13857042219"),
    ("a", "好的，帮您登记了明天上午十点。请问您还有其他疑问吗？"),
)


def test_the_first_and_later_replies_are_counted_in_business_time() -> None:
    it = figures(GOOD)
    assert it.first_reply_seconds == 20
    assert list(it.next_reply_seconds) == [20, 20]
    assert (it.patient_turns, it.agent_turns, it.agent_questions) == (3, 3, 3)
    assert (it.day, it.hour, it.owner) == ("2026-11-24", 10, AccountId("li"))
    assert set(it.goals) == {"phone"}
    assert not it.low_effort
    assert not it.one_sided


def surveyed(name: str, state: ResponseState, *, satisfied: bool | None = None, low: bool = False) -> EpisodeFigures:
    response = SurveyResponse(
        id=f"chat:{name}",
        survey="chat",
        occasion=Occasion.CHAT,
        key=f"survey/{name}",
        contact_id=None,
        asked_at=OPENED,
        state=state,
        satisfied=satisfied,
        low=low,
    )
    return replace(figures(GOOD, survey=response), id=EpisodeId(name))


def test_a0_42_satisfied_is_a_share_of_who_answered_and_answered_of_who_was_asked() -> None:
    found = [
        surveyed("a", ResponseState.DONE, satisfied=True),
        surveyed("b", ResponseState.BEGUN, satisfied=True),
        surveyed("c", ResponseState.DONE, satisfied=False),
        surveyed("d", ResponseState.DONE, satisfied=False, low=True),
        surveyed("e", ResponseState.SENT),
        surveyed("f", ResponseState.UNSENT),
        surveyed("g", ResponseState.ASKED),
        replace(figures(GOOD), id=EpisodeId("h")),
    ]
    values = values_of(found)
    assert values["survey_asked"].shown == "5"
    assert (values["survey_answered"].count, values["survey_answered"].among) == (4, 5)
    assert (values["survey_satisfied"].share, values["survey_satisfied"].among) == (50.0, 4)
    assert (values["survey_fair"].count, values["survey_dissatisfied"].count) == (1, 1)
    assert [it.id for it in records_of("survey_dissatisfied", found)] == ["d"]
    assert {it.id for it in records_of("survey_asked", found)} == set("abcde")


def test_without_a_question_nobody_is_satisfied_or_not() -> None:
    values = values_of([figures(GOOD)])
    assert (values["survey_satisfied"].share, values["survey_satisfied"].shown) == (None, "—")


def test_lunch_is_no_waiting() -> None:
    lines = talk(("p", "在吗"), ("a", "您好，请讲"))
    noon = datetime(2026, 11, 24, 11, 59, 50, tzinfo=SHANGHAI)
    lines = [replace(lines[0], at=noon), replace(lines[1], at=noon + timedelta(hours=1, minutes=30, seconds=35))]
    assert figures(lines).first_reply_seconds == 35


def test_a_polite_closer_waits_for_nothing() -> None:
    lines = talk(("p", "几点开门"), ("a", "九点开门"), ("p", "好的谢谢"), ("p", "周末呢", 100), ("a", "周末也开", 50))
    assert figures(lines).next_reply_seconds == (50,)


def test_a0_07_eight_characters_in_a_whole_talk_are_low_effort() -> None:
    lines = talk(
        ("p", "你好，我上周拔了智齿，现在脸还有点肿"),
        ("a", "正常"),
        ("p", "可是嘴也张不太开，吃饭很费劲，需要过来看看吗"),
        ("a", "不用"),
        ("p", "那还要多久才会好呢，我后天要出差"),
        ("a", "一周左右"),
    )
    it = figures(lines)
    assert it.agent_characters == 8
    assert it.low_effort
    assert it.one_sided


@pytest.mark.parametrize(
    ("ours", "theirs", "turns", "low"),
    [
        (19, 5, 1, True),
        (20, 5, 1, False),
        (29, 100, 3, True),
        (30, 100, 3, False),
        (29, 100, 2, False),
    ],
)
def test_low_effort_at_its_bounds(ours: int, theirs: int, turns: int, low: bool) -> None:
    it = replace(figures(GOOD), agent_characters=ours, patient_characters=theirs, patient_turns=turns)
    assert it.low_effort is low


def test_a_talk_that_nobody_answered_is_not_called_low_effort() -> None:
    it = figures(talk(("p", "有人吗")), ending=EndingKind.SYSTEM)
    assert not it.low_effort
    assert (it.human_answered, it.first_reply_seconds, it.left_unanswered) == (False, None, True)
    assert served_badly(it)


def several() -> list[EpisodeFigures]:
    """Ten asked-for talks: eight answered, seven within 30 seconds; one more that nobody asked for."""
    good = figures(GOOD)
    seconds = [5, 10, 15, 20, 25, 30, 30, 31]
    found = [replace(good, id=EpisodeId(f"e{n}"), first_reply_seconds=float(each)) for n, each in enumerate(seconds)]
    unanswered = figures(talk(("p", "在吗")), ending=EndingKind.CLIENT)
    found += [replace(unanswered, id=EpisodeId(f"u{n}")) for n in range(2)]
    found.append(
        replace(good, id=EpisodeId("x"), asked_for_a_person=False, cause=Cause.STAFF, first_reply_seconds=None)
    )
    return found


def test_the_human_answer_rate_has_the_formula_of_a2_89() -> None:
    value = values_of(several(), standards=STANDARDS)["human_answer"]
    assert (value.count, value.among, value.share) == (8, 10, 80.0)
    assert value.band is Band.BELOW  # 85 %
    better = values_of([it for it in several() if not it.id.startswith("u1")], standards=STANDARDS)["human_answer"]
    assert better.share == pytest.approx(800 / 9)
    assert better.band is Band.BASIC


def test_thirty_seconds_are_in_time_and_thirty_one_are_not() -> None:
    values = values_of(several())
    assert (values["on_time"].count, values["on_time"].among, values["on_time"].shown) == (7, 8, "87.5%")
    assert [it.id for it in records_of("late", several())] == ["e7"]


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert percentile([], 50) is None
    assert percentile([3.0], 90) == 3.0
    assert [percentile([5, 10, 15, 20, 25, 30, 30, 31], share) for share in (50, 90)] == [20, 31]
    values = values_of(several())
    assert (values["first_p50"].seconds, values["first_p90"].shown) == (20, "31 秒")


def test_every_ending_is_counted_once_and_one_after_warnings_is_nobodys_fault() -> None:
    found = [figures(GOOD, ending=kind) for kind in EndingKind] + [
        figures(GOOD, ending=EndingKind.AGENT, after_warnings=True)
    ]
    values = values_of(found)
    counts = {kind: values[f"ending_{kind.value}"].count for kind in EndingKind}
    assert counts == dict.fromkeys(EndingKind, 1)
    assert values["ending_agent"].among == 5


def test_losses_are_two_by_two() -> None:
    asked = ("p", "种一颗牙大概多少钱，你们那边能不能做")
    answer = ("a", "您好，一般一万二起，要拍片看了才能确定，请问您缺牙多久了呢？")
    quick = figures(talk(asked, answer))
    slow = figures(talk(asked, (*answer, 31)))
    left = figures(talk(asked, answer, ("p", "13857042219"), ("a", "好的，稍后与您联系，请保持电话畅通")))
    late_left = figures(talk(asked, (*answer, 40), ("p", "13857042219"), ("a", "好的，稍后与您联系")))
    found = [quick, slow, left, late_left, figures(talk(asked, answer), reachable=True)]
    found += [
        figures(talk(asked, answer), out_of_scope=True),
        replace(left, goals={"invited": OPENED, "phone": OPENED}),
    ]
    values = values_of(found)
    keys = ("during_marketing", "during_service", "after_marketing", "after_service")
    assert {key: values[f"lost_{key}"].count for key in keys} == dict.fromkeys(keys, 1)
    assert [lost(it) for it in found] == ["during", "during", "after", "after", "", "", ""]


def test_the_lexicons_findings_are_kept_with_their_line() -> None:
    found = Finding(
        severity=Severity.BLOCK,
        start=0,
        end=2,
        words="包好",
        category="over_promises",
        name="过度承诺",
        reason="",
        instead="",
        source="",
    )
    it = figures(GOOD, findings={"l1": [found], "l0": [found]})  # the patient may say what they want
    assert [(hit.line_id, hit.severity) for hit in it.hits] == [("l1", "block")]
    assert values_of([it])["rude"].count == 1
    assert served_badly(it)


def test_groups_have_the_same_figures() -> None:
    found = grouped(several(), lambda it: it.day, ("all", "on_time"))
    assert [(each.key, each.values["all"].count) for each in found] == [("2026-11-24", 11)]


def test_every_number_opens_as_many_records_as_it_counts_and_says_what_it_means() -> None:
    episodes = several()
    for key, value in values_of(episodes).items():
        assert len(records_of(key, episodes)) == value.count, key
        assert len(DEFINITIONS[key].words) >= 10
    assert records_of("nonsense", episodes) == []


def test_nothing_is_no_number() -> None:
    assert values_of([])["on_time"].shown == "—"
    assert values_of([])["first_p50"].shown == "—"
    assert (
        values_of([figures(talk(("p", "在吗"), ("a", "您好，请讲")))])["next_p50"].shown == "—"
    )  # nobody waited again


# -- change of shifts (A0-18), first contact (A2-78) --------------------------------------------------------------


def test_a_talk_is_asked_for_its_shift_change_by_its_last_words_or_by_how_long_a_question_stood_open() -> None:
    asked: list[tuple[datetime, datetime]] = []

    def noted(start: datetime, end: datetime) -> datetime | None:
        asked.append((start, end))
        return OPENED

    answered, open_ = figures(GOOD, shift_change=noted), figures(talk(("p", "多少钱")), shift_change=noted)
    assert asked == [(GOOD[-1].at, GOOD[-1].at), (open_.closed_at - timedelta(minutes=1), open_.closed_at)]
    assert (answered.shift_change, open_.left_unanswered) == (OPENED, True)


def test_talks_lost_near_a_change_of_shifts_are_set_beside_those_lost_at_other_times() -> None:
    quiet = talk(("p", "在吗"), ("a", "在的，您请讲"))  # lost in the talk: neither contact nor booking
    unasked = talk(("p", "多少钱"))
    near = {"shift_change": lambda _start, _end: OPENED}
    found = [
        figures(quiet, **near),  # type: ignore[arg-type]
        figures(GOOD, **near),  # type: ignore[arg-type]
        figures(GOOD, reachable=True, **near),  # type: ignore[arg-type]
        figures(unasked, reachable=True, **near),  # type: ignore[arg-type]
        figures(quiet),
        figures(quiet, reachable=True),
    ]
    found = [replace(it, id=EpisodeId(f"e{number}")) for number, it in enumerate(found)]
    found[2] = replace(found[2], goals={"invited": OPENED})
    values = values_of(found)
    assert (values["near_change"].count, values["lost_near_change"].count, values["lost_near_change"].among) == (
        4,
        3,
        4,
    )
    assert (values["lost_elsewhere"].count, values["lost_elsewhere"].among) == (1, 2)
    assert {it.id for it in records_of("lost_near_change", found)} == {"e0", "e1", "e3"}


def test_a_talk_that_helped_the_first_time_ends_answered_and_brings_nobody_back() -> None:
    found = [
        figures(GOOD),
        figures(GOOD, came_back_at=OPENED + timedelta(days=2)),
        figures(talk(("p", "在吗"), ("a", "在的"), ("p", "种一颗牙多少钱"))),
        figures(GOOD, ending=EndingKind.SYSTEM),
        figures(talk(("p", "多少钱"))),
    ]
    value = values_of([replace(it, id=EpisodeId(f"e{number}")) for number, it in enumerate(found)])["first_contact"]
    assert (value.count, value.among) == (1, 3)


def test_every_standard_belongs_to_a_figure_and_goes_its_way() -> None:
    for key, standard in STANDARDS.items():
        if key != SCORE:
            definition = DEFINITIONS[key]
            assert definition.of is not None or definition.seconds is not None
            assert (standard.excellent > standard.basic) is definition.low_is_bad, key


def test_a_greeting_of_ours_is_no_first_reply_to_what_the_patient_asks_after_it() -> None:
    lines = talk(
        ("a", "您好，我是客服小李，想回访一下"), ("p", "种一颗牙多少钱", 60), ("a", "一万二起，您缺几颗？", 25)
    )
    it = figures(lines, cause=Cause.STAFF, first_waited_at=lines[1].at)
    assert (it.first_reply_seconds, it.human_answered) == (25, True)
    alone = figures(lines[:2], cause=Cause.STAFF, first_waited_at=lines[1].at)
    assert (alone.first_reply_seconds, alone.human_answered) == (None, False)


def test_no_figure_is_named_in_a_statisticians_words() -> None:
    told = [words for each in DEFINITIONS.values() for words in (each.name, each.words)]
    assert [each for each in told if re.search(r"[pP]\d|百分位|序位|中位数", each)] == []
    assert (DEFINITIONS["first_p50"].name, DEFINITIONS["first_p90"].name) == (
        "首次答复，一半不超过",
        "首次答复，九成不超过",
    )
