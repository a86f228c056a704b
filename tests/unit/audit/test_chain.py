"""The chain: whatever is done to it afterwards is found, and the first broken entry is named."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wxbot.audit.chain import NO_ANCHORS, START, Walk, link, place_of
from wxbot.audit.models import Anchors, Broken, Change, Draft, Entry, Head, Problem, Verification

BEGIN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def draft(number: int, day: str) -> Draft:
    return Draft(
        id=f"e{number}",
        at=BEGIN + timedelta(minutes=number),
        day=day,
        by="staff:1",
        name="小周",
        action="patient:edited",
        subject=f"patient:{number}",
        summary="改了电话",
        changes=(Change(field="phone", old="138****0000", new="139****1111"),),
        reason="",
    )


def keyed(draft: Draft, last: Head) -> Entry:
    return link(draft, last, key_id="k1", key=b"the first key")


def chained(days: Sequence[str]) -> list[Entry]:
    entries: list[Entry] = []
    for number, day in enumerate(days, start=1):
        entries.append(keyed(draft(number, day), place_of(entries[-1]) if entries else START))
    return entries


def heads_of(entries: Sequence[Entry]) -> list[Head]:
    return list({entry.day: place_of(entry) for entry in entries}.values())


def walked(
    entries: Sequence[Entry], heads: Sequence[Head], start: Head = START, anchors: Anchors = NO_ANCHORS
) -> Verification:
    walk = Walk(heads, start, key_of={"k1": b"the first key"}.get, anchors=anchors)
    for entry in entries:
        if not walk.step(entry.seq, entry):
            break
    return walk.end()


days = st.lists(st.integers(min_value=1, max_value=5), min_size=1, max_size=12).map(
    lambda numbers: [f"2026-11-{number:02d}" for number in sorted(numbers)]
)


@given(days)
def test_an_untouched_chain_holds(stretch: list[str]) -> None:
    entries = chained(stretch)

    found = walked(entries, heads_of(entries))

    assert found == Verification(
        entries=len(entries), days=len(set(stretch)), last_seq=len(entries), last_hash=entries[-1].hash, broken=None
    )


@given(days, st.data())
def test_any_single_edit_is_found_and_named(stretch: list[str], data: st.DataObject) -> None:
    entries = chained(stretch)
    victim = data.draw(st.integers(min_value=0, max_value=len(entries) - 1))
    field = data.draw(st.sampled_from(["summary", "by", "name", "action", "subject", "reason", "id"]))
    edited = [*entries]
    edited[victim] = replace(entries[victim], **{field: getattr(entries[victim], field) + "!"})

    found = walked(edited, heads_of(entries))

    assert found.broken == Broken(seq=victim + 1, day=entries[victim].day, problem=Problem.EDITED)


@given(days, st.data())
def test_an_edit_with_a_hash_of_its_own_breaks_the_next_entry_or_the_days_note(
    stretch: list[str], data: st.DataObject
) -> None:
    entries = chained(stretch)
    victim = data.draw(st.integers(min_value=0, max_value=len(entries) - 1))
    before = place_of(entries[victim - 1]) if victim else START
    forged = keyed(replace(draft(victim + 1, entries[victim].day), summary="nothing"), before)
    edited = [*entries]
    edited[victim] = forged

    found = walked(edited, heads_of(entries)).broken

    assert found is not None
    assert found.seq in {victim + 1, victim + 2}


@given(days, st.data())
def test_a_removed_entry_is_named_even_when_it_was_the_last_of_all(stretch: list[str], data: st.DataObject) -> None:
    entries = chained(stretch)
    victim = data.draw(st.integers(min_value=0, max_value=len(entries) - 1))

    found = walked([*entries[:victim], *entries[victim + 1 :]], heads_of(entries)).broken

    assert found is not None
    assert found.seq == victim + 1


@given(days.filter(lambda stretch: len(stretch) > 1), st.data())
def test_two_entries_that_changed_places_are_found_at_the_first_of_them(
    stretch: list[str], data: st.DataObject
) -> None:
    entries = chained(stretch)
    first = data.draw(st.integers(min_value=0, max_value=len(entries) - 2))
    second = data.draw(st.integers(min_value=first + 1, max_value=len(entries) - 1))
    moved = [*entries]
    moved[first] = replace(entries[second], seq=first + 1)
    moved[second] = replace(entries[first], seq=second + 1)

    found = walked(moved, heads_of(entries)).broken

    assert found is not None
    assert found.seq == first + 1


def test_a_whole_day_rewritten_with_fitting_hashes_is_found_by_its_note() -> None:
    entries = chained(["2026-11-23", "2026-11-23", "2026-11-24"])
    first = keyed(replace(draft(1, "2026-11-23"), summary="nothing"), START)
    second = keyed(draft(2, "2026-11-23"), place_of(first))
    third = keyed(draft(3, "2026-11-24"), place_of(second))

    found = walked([first, second, third], heads_of(entries)).broken

    assert found == Broken(seq=2, day="2026-11-23", problem=Problem.CUT)


def test_a_day_closed_without_a_note_is_found() -> None:
    entries = chained(["2026-11-23", "2026-11-24"])

    found = walked(entries, heads_of(entries)[1:]).broken

    assert found == Broken(seq=1, day="2026-11-23", problem=Problem.UNGUARDED)


def test_a_day_may_grow_while_it_is_walked_along() -> None:
    entries = chained(["2026-11-23", "2026-11-24", "2026-11-24", "2026-11-25"])

    found = walked(entries, heads_of(entries[:2]))

    assert found.broken is None


def test_a_walk_may_begin_at_any_day() -> None:
    entries = chained(["2026-11-23", "2026-11-24", "2026-11-24"])

    found = walked(entries[1:], heads_of(entries), place_of(entries[0]))

    assert (found.entries, found.days, found.broken) == (2, 1, None)


def test_a_clock_that_goes_back_stays_on_the_chains_day() -> None:
    first = keyed(draft(1, "2026-11-24"), START)

    assert keyed(draft(2, "2026-11-23"), place_of(first)).day == "2026-11-24"
