"""What may be done with an episode, in which state and by whom: the whole table, and what each change leaves behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.every import every
from wxbot.actors import PATIENT, SYSTEM, Actor
from wxbot.conversations.episodes import changes
from wxbot.conversations.models import (
    MOST_COUNTED,
    MOST_KEYS,
    OPEN,
    PREVIEW,
    Cause,
    Ending,
    EndingKind,
    Episode,
    EpisodeId,
    EpisodeState,
    Handover,
    Offer,
    Priority,
    Snooze,
    SnoozeWake,
)
from wxbot.conversations.states import REPLY, SUPERVISE, TRANSITIONS, EpisodeAction
from wxbot.errors import ForbiddenError
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role, permissions_of
from wxbot.workflow import NotNowError, final_states, possible_actions, transition

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
LI, WANG = AccountId("li"), AccountId("wang")
W, S, Z, X = EpisodeState.WAITING, EpisodeState.ASSIGNED, EpisodeState.SNOOZED, EpisodeState.CLOSED

TABLE: dict[
    EpisodeAction, dict[EpisodeState | None, EpisodeState]
] = {  # action: state before → state after; what is not here is refused
    EpisodeAction.OPEN: {None: W},
    EpisodeAction.START: {None: S},
    EpisodeAction.TAKE: {W: S},
    EpisodeAction.TAKE_OVER: {S: S, Z: S},
    EpisodeAction.RELEASE: {W: W, S: W, Z: W},
    EpisodeAction.SNOOZE: {S: Z, Z: Z},
    EpisodeAction.WAKE: {Z: S},
    EpisodeAction.CLOSE: {W: X, S: X, Z: X},
}
WHO = {  # action: who of these may
    EpisodeAction.OPEN: {"system"},
    EpisodeAction.TAKE_OVER: {"system", Role.ADMIN, Role.MANAGER},
} | {
    action: {"system", Role.ADMIN, Role.MANAGER, Role.CONSULTANT, Role.RECEPTION}
    for action in EpisodeAction
    if action not in {EpisodeAction.OPEN, EpisodeAction.TAKE_OVER}
}
ACTORS = {"system": SYSTEM, "patient": PATIENT} | {
    role: Actor(id=role, name=role, permissions=permissions_of(role)) for role in Role
}


def episode(state: EpisodeState = S, **fields: object) -> Episode:
    known: dict[str, object] = {
        "id": EpisodeId("e"),
        "key": "k",
        "keys": ("k",),
        "contact_id": ContactId("ann"),
        "cause": Cause.ASKED,
        "reason": "请求人工",
        "opened_at": NOW,
        "opened_by": "patient",
        "latest_at": NOW,
        "state": state,
        "owner": LI if state in {S, Z} else None,
        "owner_since": NOW if state in {S, Z} else None,
        "snooze": Snooze(until=NOW + timedelta(hours=1), why="等片子") if state is Z else None,
    }
    return Episode(**(known | fields))  # type: ignore[arg-type]


@every("action", EpisodeAction)
@every("state", [None, *EpisodeState])
@every("who", ACTORS)
def test_the_table_of_states(action: EpisodeAction, state: EpisodeState | None, who: str) -> None:
    actor = ACTORS[who]
    if who not in WHO[action]:
        with pytest.raises(ForbiddenError):
            transition(TRANSITIONS, state, action, by=actor)
    elif state in TABLE[action]:
        assert transition(TRANSITIONS, state, action, by=actor) is TABLE[action][state]
    else:
        with pytest.raises(NotNowError) as refused:
            transition(TRANSITIONS, state, action, by=actor)
        assert refused.value.sentence


def test_every_open_state_has_an_exit_for_a_supervisor_and_the_end_is_the_end() -> None:
    assert final_states(TRANSITIONS) == {X}
    boss = ACTORS[Role.MANAGER]
    for state in OPEN:
        assert {EpisodeAction.RELEASE, EpisodeAction.CLOSE} <= possible_actions(TRANSITIONS, state, by=boss)


def test_every_open_state_has_an_exit_for_who_answers_patients() -> None:
    reception = ACTORS[Role.RECEPTION]
    assert all(possible_actions(TRANSITIONS, state, by=reception) for state in OPEN)
    assert {TRANSITIONS[EpisodeAction.TAKE].permission, TRANSITIONS[EpisodeAction.TAKE_OVER].permission} == {
        REPLY,
        SUPERVISE,
    }


# -- the changes --------------------------------------------------------------------------------------------------


def heard(before: Episode, line: str = "m:1", *, polite: bool = False, at: datetime = NOW) -> Episode:
    return changes.heard(
        before,
        line_id=line,
        words="在吗",
        polite=polite,
        question=False,
        priority=Priority.NORMAL,
        rung_at=at + timedelta(seconds=30),
        now=at,
    )


def test_a_released_one_always_waits() -> None:
    for state in OPEN:
        after = changes.released(episode(state), by=SYSTEM, past=LI, rung_at=NOW, now=NOW)
        assert (after.state, after.owner, after.waiting_since) == (W, None, NOW)


def test_a_release_keeps_how_long_the_patient_has_waited_and_the_rungs_that_rang() -> None:
    before = episode(S, waiting_since=NOW - timedelta(minutes=3), rungs=("owner", "desk"), next_rung_at=NOW)
    after = changes.released(before, by=SYSTEM, past=LI, rung_at=NOW + timedelta(seconds=30), now=NOW)
    assert (after.waiting_since, after.rungs, after.next_rung_at) == (before.waiting_since, before.rungs, NOW)


def test_who_closed_it_stays_written_there_and_holds_nothing() -> None:
    ending = Ending(kind=EndingKind.GREETING, by="staff:li", at=NOW)
    after = changes.closed(episode(S), ending, note="好", by=SYSTEM, now=NOW)
    assert (after.owner, after.holders, after.is_open, after.with_a_person) == (LI, (), False, False)


@pytest.mark.parametrize("polite", [True, False])
def test_no_clock_of_an_ended_wait_goes_on(polite: bool) -> None:
    """The "eternal goodbye": 好的谢谢 after the answer, and the close, leave nothing that rings."""
    answered = changes.answered(
        heard(episode()), line_id="o:1", words="好的", by="staff:li", hold=False, hold_ends_at=None, now=NOW
    )
    after = heard(answered, "m:2", polite=polite)
    assert (after.waiting_since is None) == polite
    ending = Ending(kind=EndingKind.GREETING, by="staff:li", at=NOW)
    end = changes.closed(after, ending, note="", by=SYSTEM, now=NOW)
    assert (end.waiting_since, end.next_rung_at, end.rungs) == (None, None, ())


def test_whose_capacity_it_takes() -> None:
    transfer = Offer(to=WANG, made_at=NOW, until=NOW, handed_over_by=LI)
    assert episode(S).holders == (LI,)
    assert episode(Z).holders == ()
    assert episode(W).holders == ()
    assert episode(W, offer=replace(transfer, handed_over_by=None)).holders == (WANG,)
    assert episode(W, offer=transfer).holders == (WANG, LI)


def test_the_bot_is_silent_while_somebody_has_it_or_passes_it_on() -> None:
    transfer = Offer(to=WANG, made_at=NOW, until=NOW, handed_over_by=LI)
    silent = {
        "waiting": episode(W),
        "offered": episode(W, offer=replace(transfer, handed_over_by=None)),
        "transferred": episode(W, offer=transfer),
        "assigned": episode(S),
        "snoozed": episode(Z),
        "closed": episode(X, offer=transfer),
    }
    assert {name for name, each in silent.items() if each.with_a_person} == {"transferred", "assigned", "snoozed"}


def test_a_rushed_one_weighs_two() -> None:
    assert changes.effort_of(Cause.ASKED, Priority.NORMAL) == 1
    assert changes.effort_of(Cause.ASKED, Priority.URGENT) == 2
    assert changes.effort_of(Cause.ANGRY, Priority.NORMAL) == 2


def joined(before: Episode, key: str = "k2", cause: Cause = Cause.DANGER, followup: str = "") -> Episode:
    return changes.joined(
        before, key=key, cause=cause, words="", priority=Priority.URGENT, followup_id=followup, now=NOW
    )


def test_what_joins_weighs_more_only_while_it_takes_nobodys_capacity() -> None:
    offered = episode(W, offer=Offer(to=LI, made_at=NOW, until=NOW))
    assert [joined(each).effort for each in (episode(W), offered, episode(S))] == [2, 1, 1]


def test_tasks_of_danger_signs_and_complaints_do_not_end_with_the_talk() -> None:
    after = joined(joined(episode(W), "k2", Cause.DANGER, "danger"), "k3", Cause.ASKED, "handoff")
    assert (after.followup_id, after.handoffs) == ("danger", ("handoff",))


def test_what_is_remembered_is_bounded() -> None:
    after = episode(W)
    for number in range(3 * MOST_KEYS):
        after = joined(after, f"c{number}")
    assert (len(after.keys), after.keys[0], after.keys[-1]) == (MOST_KEYS, "k", f"c{3 * MOST_KEYS - 1}")
    for number in range(3 * MOST_COUNTED):
        after = heard(after, f"m:{number}")
    assert (len(after.counted), after.unread) == (MOST_COUNTED, 3 * MOST_COUNTED)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("请稍等", True),
        ("好的，请您稍候，我查一下", True),
        ("请稍等。" + "您问的种植牙，一般先拍片，看骨头的厚度，医生再定方案，费用和次数也要看方案" * 2, False),
        ("您好", False),
    ],
)
def test_please_wait_is_told_from_an_answer(words: str, expected: bool) -> None:
    assert changes.asks_to_hold(words, ("请稍等", "请您稍候")) is expected


@pytest.mark.parametrize(
    ("words", "cause", "expected"),
    [
        ("一侧输卵管 能怀孕吗", Cause.ASKED, Priority.HIGH_INTENT),
        ("你好", Cause.ASKED, Priority.NORMAL),
        ("你好", Cause.COMPLAINT, Priority.URGENT),
        ("", Cause.DANGER, Priority.URGENT),
    ],
)
def test_the_class_follows_from_cause_and_words(words: str, cause: Cause, expected: Priority) -> None:
    assert changes.class_of(words, cause, ("一侧输卵管能怀孕吗",)) is expected


@given(st.text(max_size=300))
def test_a_preview_is_one_short_line(words: str) -> None:
    shown = changes.shortened(words)
    assert len(shown) <= PREVIEW
    assert "\n" not in shown


def test_an_emptied_one_keeps_no_word() -> None:
    ending = Ending(kind=EndingKind.AGENT, by="staff:li", at=NOW, reason="骂人")
    handover = Handover(at=NOW, by=LI, to=None, reason="理由", asked="价格", promised="回电", still_open="片子")
    before = replace(episode(X), preview="我的牙", outcome="好", ending=ending, handovers=(handover,), reason="原因")
    left = str(changes.emptied(before))
    for word in ("我的牙", "妈妈", "好'", "骂人", "理由", "价格", "回电", "片子", "原因"):
        assert word not in left


# Any order of what can happen to one episode keeps these: who waits is in the queue or with somebody, and so on.

STEPS = st.lists(
    st.sampled_from(
        ["hear", "polite", "answer", "take", "release", "snooze", "wake", "offer", "pass", "close", "free"]
    ),
    max_size=30,
)


@given(STEPS, st.sampled_from(SnoozeWake))
def test_whatever_happens_an_episode_is_in_order(steps: list[str], wakes: SnoozeWake) -> None:
    now, current = NOW, episode(W, waiting_since=NOW, first_waited_at=NOW, next_rung_at=NOW)
    for number, step in enumerate(steps):
        now += timedelta(seconds=7)
        current = _step(current, step, f"{step}:{number}", wakes, now)
        if current.state is W:
            assert current.owner is None
            assert current.waiting_since is not None
        if current.state in {S, Z}:
            assert current.owner is not None
            assert current.offer is None
        assert (current.snooze is not None) == (current.state is Z)
        if current.state in {Z, X}:
            assert current.next_rung_at is None
        if current.state in {W, S} and current.waiting_since is not None:
            assert current.next_rung_at is not None
        if current.first_reply_at is not None and current.first_waited_at is not None:
            assert current.staff_at is not None
        if current.state is X:
            return


def _step(current: Episode, step: str, line: str, wakes: SnoozeWake, now: datetime) -> Episode:  # noqa: PLR0911
    rung = now + timedelta(seconds=30)
    try:
        match step:
            case "hear" | "polite":
                return heard(current, line, polite=step == "polite", at=now)
            case "answer":
                return changes.answered(
                    current, line_id=line, words="好", by="staff:li", hold=False, hold_ends_at=None, now=now
                )
            case "take":
                return changes.taken(current, EpisodeAction.TAKE, by=SYSTEM, owner=LI, now=now)
            case "release" | "free":
                return changes.released(current, by=SYSTEM, past=current.owner, rung_at=rung, now=now)
            case "snooze":
                snooze = Snooze(until=now + timedelta(hours=1), why="等", wakes=wakes)
                return changes.snoozed(current, snooze, by=SYSTEM)
            case "wake":
                return changes.woken(current, by=SYSTEM, rung_at=rung)
            case "offer" if current.state is W and current.offer is None:
                return changes.offered(current, Offer(to=WANG, made_at=now, until=rung))
            case "pass" if current.offer is not None:
                return changes.passed(current, current.offer.to, now)
            case "close":
                ending = Ending(kind=EndingKind.CLIENT, by="patient", at=now)
                return changes.closed(current, ending, note="", by=SYSTEM, now=now)
    except NotNowError:
        return current
    return current
