"""Whom an episode is offered to: fair within a class, within everybody's capacity, to the last agent where possible."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wxbot.conversations.episodes.assignment import Proposal, Seat, in_order, propose, ready, seats_of
from wxbot.conversations.models import Agent, AgentStatus, Cause, Episode, EpisodeId, Offer, Priority
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
REST = timedelta(seconds=20)
LI, WANG, ZHAO = AccountId("li"), AccountId("wang"), AccountId("zhao")


def waiting(name: str, waited: int = 10, **fields: object) -> Episode:
    known: dict[str, object] = {
        "id": EpisodeId(name),
        "key": name,
        "contact_id": ContactId(name),
        "cause": Cause.ASKED,
        "reason": "",
        "opened_at": NOW - timedelta(seconds=waited),
        "opened_by": "patient",
        "latest_at": NOW,
        "waiting_since": NOW - timedelta(seconds=waited),
    }
    return Episode(**(known | fields))  # type: ignore[arg-type]


def offers(queue: list[Episode], *seats: Seat) -> list[tuple[str, str]]:
    return [(each.episode.id, each.to) for each in propose(queue, seats, now=NOW, again_after=REST)]


def seat(account_id: AccountId, taken: int = 0, capacity: int = 5, **fields: object) -> Seat:
    return Seat(account_id=account_id, taken=taken, capacity=capacity, **fields)  # type: ignore[arg-type]


def test_the_oldest_first_and_the_higher_class_before_it() -> None:
    queue = [
        waiting("new", 5),
        waiting("old", 50),
        waiting("keen", 1, priority=Priority.HIGH_INTENT),
        waiting("urgent", 0, priority=Priority.URGENT),
    ]
    assert [each.id for each in in_order(queue)] == ["urgent", "keen", "old", "new"]
    assert offers(queue, seat(LI, 4)) == [("urgent", "li")]
    assert offers(queue, seat(LI, 3)) == [("urgent", "li"), ("keen", "li")]


def test_a_returning_patient_goes_to_who_answered_last_even_if_others_have_more_room() -> None:
    assert offers([waiting("e", preferred=LI)], seat(LI, 4), seat(WANG)) == [("e", "li")]
    assert offers([waiting("e", preferred=LI)], seat(LI, 5), seat(WANG)) == [("e", "wang")]
    assert offers([waiting("e", preferred=LI, passed_over=(LI,))], seat(LI), seat(WANG)) == [("e", "wang")]
    assert offers([waiting("e", preferred=ZHAO)], seat(LI)) == [("e", "li")]


def test_who_has_most_room_comes_first_then_who_waited_longest_for_one() -> None:
    earlier = NOW - timedelta(minutes=5)
    assert offers([waiting("e")], seat(LI, 1), seat(WANG, 0)) == [("e", "wang")]
    assert offers([waiting("e")], seat(LI, offered_at=NOW), seat(WANG, offered_at=earlier)) == [("e", "wang")]
    assert offers([waiting("e")], seat(LI, 1, capacity=2), seat(WANG, 2, capacity=5)) == [("e", "wang")]


def test_they_take_turns() -> None:
    queue = [waiting(f"e{number}", 100 - number) for number in range(6)]
    assert [to for _, to in offers(queue, seat(LI), seat(WANG), seat(ZHAO))] == [LI, WANG, ZHAO] * 2


def test_what_is_offered_already_is_left_where_it_is() -> None:
    assert offers([waiting("e", offer=Offer(to=LI, made_at=NOW, until=NOW))], seat(WANG)) == []


def test_who_has_too_little_room_for_the_one_in_front_gets_nothing_behind_it() -> None:
    queue = [waiting("heavy", 20, effort=2), waiting("light", 10)]
    assert offers(queue, seat(LI, 4)) == []
    assert offers(queue, seat(LI, 4), seat(WANG, 3)) == [("heavy", "wang"), ("light", "li")]


def test_what_is_heavier_than_all_of_somebodys_capacity_takes_all_of_it() -> None:
    assert offers([waiting("heavy", effort=2)], seat(LI, 0, capacity=1)) == [("heavy", "li")]
    assert offers([waiting("heavy", effort=2)], seat(LI, 1, capacity=1)) == []


def test_when_all_have_passed_it_rests_and_begins_again() -> None:
    passed = waiting("e", passed_over=(LI, WANG), passed_at=NOW - timedelta(seconds=19))
    assert propose([passed], [seat(LI), seat(WANG)], now=NOW, again_after=REST) == []
    rested = replace(passed, passed_at=NOW - REST)
    [proposal] = propose([rested], [seat(LI), seat(WANG)], now=NOW, again_after=REST)
    assert proposal == Proposal(episode=rested, to=LI, again=True)


def test_who_passed_one_may_get_the_next() -> None:
    assert offers([waiting("old", 50, passed_over=(LI,)), waiting("new", 5)], seat(LI), seat(WANG, 5)) == [
        ("new", "li")
    ]


def test_only_who_said_so_is_alive_and_has_passed_practice_is_offered_anything() -> None:
    alive_since = NOW - timedelta(seconds=45)
    there = Agent(account_id=LI, status=AgentStatus.AVAILABLE, seen_at=NOW)
    assert ready(there, alive_since)
    assert not ready(replace(there, in_training=True), alive_since)
    assert not ready(replace(there, seen_at=alive_since - timedelta(seconds=1)), alive_since)
    assert not ready(replace(there, seen_at=None), alive_since)
    assert not ready(replace(there, capacity=0), alive_since)
    for status in (AgentStatus.PAUSED, AgentStatus.LUNCH, AgentStatus.AWAY):
        assert not ready(replace(there, status=status), alive_since)
    assert not ready(Agent(account_id=LI), alive_since)


def test_a_seat_knows_what_it_holds() -> None:
    agents = [Agent(account_id=LI, status=AgentStatus.AVAILABLE, seen_at=NOW, capacity=1), Agent(account_id=WANG)]
    assert seats_of(agents, {LI: [2]}, alive_since=NOW) == [seat(LI, 1, capacity=1)]


# -- properties ---------------------------------------------------------------------------------------------------

PEOPLE = [AccountId(each) for each in "abcd"]
EPISODES = st.lists(
    st.builds(
        lambda waited, priority, effort, over, preferred, offered: (waited, priority, effort, over, preferred, offered),
        st.integers(0, 60),
        st.sampled_from(Priority),
        st.integers(1, 2),
        st.sets(st.sampled_from(PEOPLE)),
        st.sampled_from([None, *PEOPLE]),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=15,
)
SEATS = st.dictionaries(st.sampled_from(PEOPLE), st.tuples(st.integers(1, 6), st.integers(0, 6)), max_size=4)


def queue_of(drawn: list[tuple[int, Priority, int, set[AccountId], AccountId | None, bool]]) -> list[Episode]:
    return [
        waiting(
            f"e{number:02}",
            waited,
            priority=priority,
            effort=effort,
            passed_over=tuple(sorted(over)),
            passed_at=NOW - timedelta(seconds=waited) if over else None,
            preferred=preferred,
            offer=Offer(to=PEOPLE[0], made_at=NOW, until=NOW) if offered else None,
        )
        for number, (waited, priority, effort, over, preferred, offered) in enumerate(drawn)
    ]


@given(EPISODES, SEATS)
def test_capacity_is_never_exceeded(
    drawn: list[tuple[int, Priority, int, set[AccountId], AccountId | None, bool]],
    people: dict[AccountId, tuple[int, int]],
) -> None:
    seats = [seat(each, min(taken, capacity), capacity) for each, (capacity, taken) in people.items()]
    proposals = propose(queue_of(drawn), seats, now=NOW, again_after=REST)
    for each in seats:
        more = sum(each.takes(one.episode.effort) for one in proposals if one.to == each.account_id)
        assert each.taken + more <= each.capacity
    assert len({each.episode.id for each in proposals}) == len(proposals)
    assert all(each.episode.offer is None for each in proposals)


@given(EPISODES, SEATS)
def test_nobody_overtakes_within_a_class_or_a_higher_one(
    drawn: list[tuple[int, Priority, int, set[AccountId], AccountId | None, bool]],
    people: dict[AccountId, tuple[int, int]],
) -> None:
    """Whoever got an offer could have been given nothing that stands before it and stays without one."""
    seats = [seat(each, min(taken, capacity), capacity) for each, (capacity, taken) in people.items()]
    queue = in_order(queue_of(drawn))
    proposals = propose(queue, seats, now=NOW, again_after=REST)
    got = {each.episode.id: each.to for each in proposals}
    for place, later in enumerate(queue):
        if later.id not in got:
            continue
        to = got[later.id]
        for earlier in queue[:place]:
            if earlier.offer is not None or earlier.id in got:
                continue
            all_passed = set(people) <= set(earlier.passed_over)
            rests = all_passed and earlier.passed_at is not None and NOW - earlier.passed_at < REST
            assert rests or (not all_passed and to in earlier.passed_over)


@given(EPISODES, SEATS)
def test_nobody_waits_in_vain_while_somebody_has_room(
    drawn: list[tuple[int, Priority, int, set[AccountId], AccountId | None, bool]],
    people: dict[AccountId, tuple[int, int]],
) -> None:
    """The first of the queue that nobody passed is offered, if anybody could take it."""
    seats = [seat(each, min(taken, capacity), capacity) for each, (capacity, taken) in people.items()]
    queue = [each for each in in_order(queue_of(drawn)) if each.offer is None and not each.passed_over]
    got = {each.episode.id for each in propose(queue, seats, now=NOW, again_after=REST)}
    if queue and any(each.fits(queue[0].effort) for each in seats):
        assert queue[0].id in got
