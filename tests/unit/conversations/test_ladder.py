"""Which rungs are due: every one, each once in a wait, in business time, whatever changes meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from wxbot.clinic.models import Block, Clinic, Weekday
from wxbot.conversations.episodes import changes
from wxbot.conversations.escalation.ladder import HOLD, HOLD_SUPERVISOR, due_rungs
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Cause, Episode, EpisodeId, EpisodeState, Priority
from wxbot.conversations.rules import DeskRules, Rung
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

ZONE = ZoneInfo("Asia/Shanghai")
RULES = DeskRules(
    hours=tuple(
        Block(day=day, start=start, end=end)
        for day in Weekday
        for start, end in ((time(9), time(12)), (time(13, 30), time(23)))
    )
)
CLINIC = Clinic(name="", address="", phone="", privacy_contact="", timezone=ZONE, visit_types=(), practitioners=())
TIME = BusinessTime(CLINIC, RULES)
NAMES = tuple(each.name for each in RULES.ladder)


def at(clock: str) -> datetime:
    return datetime.combine(datetime(2026, 11, 23, tzinfo=ZONE), time.fromisoformat(clock), ZONE).astimezone(UTC)


def waiting(since: datetime, *, state: EpisodeState = EpisodeState.WAITING) -> Episode:
    return Episode(
        id=EpisodeId("e1"),
        key="k",
        contact_id=ContactId("c1"),
        cause=Cause.ASKED,
        reason="",
        opened_at=since,
        opened_by="patient",
        latest_at=since,
        state=state,
        owner=AccountId("a1") if state is not EpisodeState.WAITING else None,
        waiting_since=since,
    )


def names(episode: Episode, now: datetime, rules: DeskRules = RULES) -> tuple[str, ...]:
    return tuple(each.name for each in due_rungs(episode, rules, BusinessTime(CLINIC, rules), now).rungs)


def climbed(since: datetime, looks: list[datetime]) -> list[str]:
    """What fires when somebody looks at those moments."""
    episode, fired = waiting(since), []
    for now in looks:
        due = due_rungs(episode, RULES, TIME, now)
        fired += [each.name for each in due.rungs]
        episode = replace(episode, rungs=(*episode.rungs, *(each.name for each in due.rungs)), next_rung_at=due.next_at)
    return fired


@given(st.lists(st.integers(0, 900), max_size=30))
def test_every_rung_fires_once_however_often_and_late_somebody_looks(seconds: list[int]) -> None:
    since = at("11:58:00")  # two minutes before lunch
    looks = sorted(since + timedelta(seconds=each) for each in seconds)
    fired = climbed(since, [*looks, at("13:40")])
    assert fired == list(NAMES)


STEPS = st.lists(
    st.tuples(st.integers(1, 240), st.sampled_from(["look", "look", "look", "asks", "thanks", "answers"])), max_size=40
)


@given(STEPS)
def test_in_any_order_of_words_answers_and_looks_each_wait_climbs_as_far_as_it_lasted(
    steps: list[tuple[int, str]],
) -> None:
    """A wait is counted out here by hand: since its first unanswered words, to the last look before its answer."""
    now = at("11:50:00")  # some of it falls into lunch
    episode, since = waiting(now, state=EpisodeState.ASSIGNED), now
    fired: list[str] = []
    for number, (seconds, step) in enumerate(steps):
        now += timedelta(seconds=seconds)
        if step == "look":
            due = due_rungs(episode, RULES, TIME, now)
            fired += [each.name for each in due.rungs]
            episode = replace(episode, rungs=(*episode.rungs, *(each.name for each in due.rungs)))
            waited = TIME.elapsed(since, now) if episode.waiting_since is not None else timedelta(0)
            assert fired == [each.name for each in RULES.ladder if each.after <= waited]
        elif step == "answers":
            episode = changes.answered(
                episode, line_id=f"s{number}", words="好", by="staff:a1", hold=False, hold_ends_at=None, now=now
            )
            fired = []
        else:
            if step == "asks" and episode.waiting_since is None:
                since = now
            episode = changes.heard(
                episode,
                line_id=f"m{number}",
                words="在吗",
                polite=step == "thanks",
                question=False,
                priority=Priority.NORMAL,
                rung_at=None,
                now=now,
            )


def test_rungs_are_due_to_the_second_and_the_next_one_is_known() -> None:
    since = at("10:00")
    episode = waiting(since)
    assert names(episode, since + timedelta(seconds=29)) == ()
    assert due_rungs(episode, RULES, TIME, since).next_at == since + timedelta(seconds=30)
    assert names(episode, since + timedelta(seconds=30)) == ("owner",)
    after = replace(episode, rungs=("owner",))
    assert due_rungs(after, RULES, TIME, since + timedelta(seconds=30)).next_at == since + timedelta(seconds=60)


def test_lunch_is_a_pause_and_what_was_waited_before_it_counts() -> None:
    episode = waiting(at("11:59:40"))
    assert names(episode, at("13:30:09")) == ()
    assert names(episode, at("13:30:10")) == ("owner",)


def test_a_policy_change_in_the_middle_of_a_wait_keeps_what_was_waited() -> None:
    """Field traps 1.2, row 2: changing the SLA forgot paused time."""
    episode = replace(waiting(at("11:59:00")), rungs=("owner",))
    slower = replace(RULES, ladder=(RULES.ladder[0], Rung(name="desk", after=timedelta(seconds=90), tell=("desk",))))
    assert names(episode, at("13:30:00"), slower) == ()
    assert names(episode, at("13:30:30"), slower) == ("desk",)
    quicker = replace(RULES, ladder=(*RULES.ladder[:1], Rung(name="desk", after=timedelta(seconds=40), tell=("desk",))))
    assert names(episode, at("13:30:00"), quicker) == ("desk",), "60 s had passed before lunch"
    without_lunch = replace(RULES, hours=tuple(Block(day=day, start=time(9), end=time(23)) for day in Weekday))
    assert names(episode, at("12:01:00"), without_lunch) == ("desk", "supervisor")


def test_nothing_rings_while_it_is_snoozed_or_over() -> None:
    for state in (EpisodeState.SNOOZED, EpisodeState.CLOSED):
        due = due_rungs(waiting(at("10:00"), state=state), RULES, TIME, at("11:00"))
        assert (due.rungs, due.next_at) == ((), None)


def test_please_wait_must_be_followed() -> None:
    episode = replace(waiting(at("10:00"), state=EpisodeState.ASSIGNED), waiting_since=None, hold_since=at("10:00"))
    assert names(episode, at("10:01:59")) == ()
    assert names(episode, at("10:02:00")) == (HOLD,)
    assert names(replace(episode, rungs=(HOLD,)), at("10:04:00")) == (HOLD_SUPERVISOR,)
