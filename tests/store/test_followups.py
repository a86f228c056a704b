"""Follow-ups over a real mongod."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.auditing import NOBODY, RECEPTION, audit_of, entries
from wxbot.database import Database
from wxbot.errors import ForbiddenError, InvalidInputError, NotFoundError, StaleError
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind, FollowUpState, PatientWords
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore, Position
from wxbot.history.models import ContactId, Kind
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.outbox.ports import Tasks

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ANN = ContactId("ann")


@pytest.fixture
async def history(database: Database) -> History:
    store = HistoryStore(database)
    await database.create_indexes([store])
    return History(store)


@pytest.fixture
async def followups(database: Database, history: History) -> FollowUps:
    store = FollowUpStore(database)
    await database.create_indexes([store])
    return FollowUps(store, history=history, audit=audit_of(database))


async def opened(
    followups: FollowUps, key: str = "phone:k", *, due_in: float = 0, contact_id: ContactId | None = ANN
) -> FollowUp:
    return await followups.open(
        key=key,
        kind=FollowUpKind.PHONE,
        reason="请电话联系患者",
        contact_id=contact_id,
        patient_id=None,
        due_at=NOW + timedelta(hours=due_in),
        now=NOW,
    )


async def kinds(history: History) -> list[Kind]:
    return sorted(line.kind for line in await history.timeline(ANN))


async def test_opening_twice_keeps_one_and_says_it_once(followups: FollowUps, history: History) -> None:
    first, second = await opened(followups), await opened(followups)
    assert first == second
    assert await followups.open_ones(by=RECEPTION) == [first]
    assert await kinds(history) == [Kind.FOLLOWUP_OPENED]


async def test_fifty_at_once_open_one(followups: FollowUps) -> None:
    every = await asyncio.gather(*(opened(followups) for _ in range(50)))
    assert len({each.id for each in every}) == 1


async def test_the_outbox_may_ask_for_work(followups: FollowUps) -> None:
    tasks: Tasks = followups
    await tasks.open(
        key="check:k", kind="check", reason="请核实", contact_id=None, patient_id=None, due_at=NOW, now=NOW
    )
    [task] = await followups.open_ones(by=RECEPTION)
    assert (task.kind, task.reason) == (FollowUpKind.CHECK, "请核实")


async def test_an_unknown_kind_is_refused_and_nothing_is_kept(followups: FollowUps) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        await followups.open(key="x", kind="nonsense", reason="", contact_id=None, patient_id=None, due_at=NOW, now=NOW)
    assert await followups.open_ones(by=RECEPTION) == []


async def test_closing_keeps_who_and_what_came_of_it(followups: FollowUps, history: History) -> None:
    it = await opened(followups)
    closed = await followups.close(it.id, " 已联系，改到周五 ", by=RECEPTION, now=NOW)
    assert (closed.state, closed.outcome, closed.by, closed.closed_at) == (
        FollowUpState.DONE,
        "已联系，改到周五",
        "staff:7",
        NOW,
    )
    assert await followups.open_ones(by=RECEPTION) == []
    assert await kinds(history) == [Kind.FOLLOWUP_CLOSED, Kind.FOLLOWUP_OPENED]


async def test_closing_is_noted_in_the_audit_once(followups: FollowUps, database: Database) -> None:
    it = await opened(followups)
    await followups.close(it.id, "好", by=RECEPTION, now=NOW)
    with pytest.raises(StaleError):
        await followups.close(it.id, "好", by=RECEPTION, now=NOW)
    [noted] = await entries(database)
    assert (noted.action, noted.subject, noted.by, noted.summary) == (
        "followup:closed",
        f"followup:{it.id}",
        RECEPTION.by,
        "完成待办（打电话）",
    )


async def test_without_the_permission_nothing_is_listed_or_closed(followups: FollowUps, database: Database) -> None:
    it = await opened(followups)
    with pytest.raises(ForbiddenError):
        await followups.open_ones(by=NOBODY)
    with pytest.raises(ForbiddenError):
        await followups.close(it.id, "好", by=NOBODY, now=NOW)
    assert await followups.open_ones(by=RECEPTION) == [it]
    assert await entries(database) == []


async def test_only_one_of_two_people_closes(followups: FollowUps) -> None:
    it = await opened(followups)
    results = await asyncio.gather(
        *(followups.close(it.id, "好", by=replace(RECEPTION, id=str(n)), now=NOW) for n in range(2)),
        return_exceptions=True,
    )
    assert [type(result) for result in results if isinstance(result, BaseException)] == [StaleError]


async def test_closing_what_is_not_there_says_so(followups: FollowUps) -> None:
    with pytest.raises(NotFoundError):
        await followups.close(FollowUpId("nothing"), "好", by=RECEPTION, now=NOW)


@pytest.mark.parametrize("outcome", ["", "  ", "长" * 501])
async def test_an_outcome_needs_words_and_not_too_many(followups: FollowUps, outcome: str) -> None:
    it = await opened(followups)
    with pytest.raises(InvalidInputError):
        await followups.close(it.id, outcome, by=RECEPTION, now=NOW)
    assert await followups.open_ones(by=RECEPTION) == [it]


async def test_a_closed_cause_does_not_open_again(followups: FollowUps) -> None:
    it = await opened(followups)
    closed = await followups.close(it.id, "好", by=RECEPTION, now=NOW)
    assert await opened(followups) == closed
    assert await followups.open_ones(by=RECEPTION) == []


async def test_the_list_shows_the_most_urgent_first_and_no_more_than_asked(followups: FollowUps) -> None:
    for n, due_in in enumerate((3, 1, 2)):
        await opened(followups, f"k{n}", due_in=due_in)
    assert [each.key for each in await followups.open_ones(by=RECEPTION, limit=2)] == ["k1", "k2"]


async def test_erasing_takes_the_contact_off_and_ends_what_is_open(followups: FollowUps) -> None:
    await opened(followups)
    other = await opened(followups, "other", contact_id=ContactId("ben"))
    assert await followups.erase(ANN) == 1
    erased = await followups.find("phone:k")
    assert erased is not None
    assert (erased.contact_id, erased.state, erased.reason) == (None, FollowUpState.OBSOLETE, "患者信息已按规定删除")
    assert await followups.open_ones(by=RECEPTION) == [other]


# -- several causes on one topic ----------------------------------------------------------------------------------


async def asked(followups: FollowUps, number: int, *, contact_id: ContactId | None = ANN) -> FollowUp:
    return await followups.open(
        key=f"handoff:m:{number}",
        kind=FollowUpKind.HANDOFF,
        reason="患者请求人工服务",
        contact_id=contact_id,
        patient_id=None,
        due_at=NOW + timedelta(seconds=number),
        now=NOW + timedelta(seconds=number),
        topic="person",
    )


async def test_asking_again_while_one_is_open_is_counted_there(followups: FollowUps, history: History) -> None:
    first = await asked(followups, 0)
    for number in range(1, 150):
        await asked(followups, number)
    [task] = await followups.open_ones(by=RECEPTION)
    latest = NOW + timedelta(seconds=149)
    assert (task.id, task.count, task.latest_at, task.due_at) == (first.id, 150, latest, NOW)
    assert (first.repeated, task.repeated) == ("", "已请求 150 次")
    assert await kinds(history) == [Kind.FOLLOWUP_OPENED]


async def test_the_same_request_handled_twice_is_counted_once(followups: FollowUps) -> None:
    for number in (0, 0, 1, 1, 2, 2):
        await asked(followups, number)
    [task] = await followups.open_ones(by=RECEPTION)
    assert task.count == 3


async def test_requests_at_the_same_moment_open_one(followups: FollowUps, database: Database, history: History) -> None:
    other = FollowUps(FollowUpStore(database), history=history, audit=audit_of(database))
    await asyncio.gather(*(asked((followups, other)[number % 2], number) for number in range(40)))
    [task] = await followups.open_ones(by=RECEPTION)
    assert task.count == 40


async def test_a_request_after_the_end_opens_the_next_and_repeating_an_old_one_does_not(followups: FollowUps) -> None:
    first = await asked(followups, 0)
    await asked(followups, 1)
    await followups.close(first.id, "好", by=RECEPTION, now=NOW)
    assert (await asked(followups, 0)).id == first.id
    assert (await asked(followups, 1)).id == first.id
    assert await followups.open_ones(by=RECEPTION) == []
    second = await asked(followups, 2)
    assert (second.id != first.id, second.count) == (True, 1)


async def test_each_contact_and_each_topic_has_its_own(followups: FollowUps) -> None:
    await asked(followups, 0)
    await asked(followups, 1, contact_id=ContactId("bob"))
    await asked(followups, 2, contact_id=None)
    await asked(followups, 3, contact_id=None)
    assert [task.count for task in await followups.open_ones(by=RECEPTION)] == [1, 1, 1, 1]


async def test_an_erasure_takes_the_contact_off_the_topic(followups: FollowUps, database: Database) -> None:
    await asked(followups, 0)
    await asked(followups, 1)
    await followups.erase(ANN, NOW)
    [row] = await database.collection("followups").find({}).to_list(None)
    assert "ann" not in str(row)


# -- the patient's own words --------------------------------------------------------------------------------------


def said(number: int, text: str = "") -> PatientWords:
    return PatientWords(at=NOW + timedelta(seconds=number), text=text or f"第{number}句", line_id=f"m:{number}")


async def test_words_are_added_in_order_and_each_line_once(followups: FollowUps) -> None:
    task = await asked(followups, 0)
    await followups.add_words(task.id, said(1))
    await followups.add_words(task.id, said(1), said(2))
    after = await followups.add_words(task.id, said(2))
    assert after is not None
    assert (after.words, after.unlisted) == ((said(1), said(2)), 0)


async def test_fifty_at_once_are_all_kept_and_what_comes_after_is_counted(followups: FollowUps) -> None:
    task = await asked(followups, 0)
    await asyncio.gather(*(followups.add_words(task.id, said(number)) for number in range(50)))
    await followups.add_words(task.id, *(said(number) for number in range(47, 53)))
    [kept] = await followups.open_ones(by=RECEPTION)
    assert ({each.line_id for each in kept.words}, kept.unlisted) == ({f"m:{number}" for number in range(50)}, 3)


async def test_words_that_look_like_operators_stay_words(followups: FollowUps) -> None:
    task = await asked(followups, 0)
    after = await followups.add_words(task.id, said(1, "$reason"), said(2, "{$where: 1}"))
    assert after is not None
    assert [each.text for each in after.words] == ["$reason", "{$where: 1}"]


async def test_a_closed_one_takes_no_more_words(followups: FollowUps) -> None:
    task = await asked(followups, 0)
    assert await followups.is_open(task.id)
    await followups.close(task.id, "好", by=RECEPTION, now=NOW)
    assert not await followups.is_open(task.id)
    assert await followups.add_words(task.id, said(1)) is None


async def test_another_cause_on_the_topic_brings_its_reason_words_and_urgency(followups: FollowUps) -> None:
    for number, (reason, urgent) in enumerate((("要人工。", False), ("没有读懂$x。", True), ("要人工。", False))):
        await followups.open(
            key=f"k{number}",
            kind=FollowUpKind.HANDOFF,
            reason=reason,
            contact_id=ANN,
            patient_id=None,
            due_at=NOW,
            now=NOW,
            topic="person",
            urgent=urgent,
            about="洁牙" if urgent else "",
            words=(said(number),),
        )
    [task] = await followups.open_ones(by=RECEPTION)
    assert (task.reason, task.urgent, task.about) == ("要人工。没有读懂$x。", True, "洁牙")
    assert [each.line_id for each in task.words] == ["m:0", "m:1", "m:2"]


async def test_the_same_cause_with_more_words_is_no_second_cause(followups: FollowUps) -> None:
    for number in (1, 2, 2):
        await followups.open(
            key="care_answer:ann:day",
            kind=FollowUpKind.HANDOFF,
            reason="回复了关怀",
            contact_id=ANN,
            patient_id=None,
            due_at=NOW,
            now=NOW,
            words=(said(number),),
        )
    [task] = await followups.open_ones(by=RECEPTION)
    assert ([each.line_id for each in task.words], task.count) == (["m:1", "m:2"], 1)


async def test_the_patient_may_withdraw_once(followups: FollowUps, history: History) -> None:
    task = await asked(followups, 0)
    assert await followups.withdraw(task.id, NOW)
    assert not await followups.withdraw(task.id, NOW)
    kept = await followups.find("handoff:m:0")
    assert kept is not None
    assert (kept.state, kept.outcome, kept.by) == (FollowUpState.DONE, "患者表示不用了", "patient")
    assert await kinds(history) == [Kind.FOLLOWUP_CLOSED, Kind.FOLLOWUP_OPENED]


async def test_an_erasure_takes_the_words_off_too(followups: FollowUps, database: Database) -> None:
    task = await asked(followups, 0)
    await followups.add_words(task.id, said(1, "我是王小明"))
    await followups.erase(ANN, NOW)
    [row] = await database.collection("followups").find({}).to_list(None)
    assert "王小明" not in str(row)


async def test_urgent_ones_stand_on_top_through_every_page(followups: FollowUps) -> None:
    for number in range(12):
        await followups.open(
            key=f"k{number:02}",
            kind=FollowUpKind.DANGER if number % 3 == 2 else FollowUpKind.PHONE,
            reason="请联系",
            contact_id=ANN,
            patient_id=None,
            due_at=NOW + timedelta(hours=number),
            now=NOW,
            urgent=number % 3 == 2,
        )
    expected = [f"k{number:02}" for number in (2, 5, 8, 11, 0, 1, 3, 4, 6, 7, 9, 10)]
    for size in (1, 3, 4, 5, 50):
        seen: list[str] = []
        after: Position | None = None
        while page := await followups.open_ones(by=RECEPTION, after=after, limit=size):
            seen += [each.key for each in page]
            after = Position(page[-1].due_at, page[-1].id, page[-1].urgent)
        assert seen == expected
    assert [each.key for each in await followups.open_ones(by=RECEPTION, kind=FollowUpKind.DANGER)] == expected[:4]
    assert [each.key for each in await followups.open_of([], [ANN])] == expected


async def test_one_from_an_older_version_is_listed_and_takes_words(followups: FollowUps, database: Database) -> None:
    task = await asked(followups, 0)
    fields = {"urgent": "", "about": "", "words": "", "unlisted": ""}
    await database.collection("followups").update_one({"_id": task.id}, {"$unset": fields})
    assert [each.id for each in await followups.open_ones(by=RECEPTION)] == [task.id]
    assert (await asked(followups, 1)).count == 2
    after = await followups.add_words(task.id, said(1))
    assert after is not None
    assert after.words == (said(1),)


async def test_what_has_no_cause_any_more_ends_once_with_why(followups: FollowUps, history: History) -> None:
    task = await opened(followups)
    assert await followups.settle(task.id, "患者已到", NOW)
    assert not await followups.settle(task.id, "患者已到", NOW)
    kept = await followups.by_id(task.id)
    assert kept is not None
    assert (kept.state, kept.outcome, kept.by) == (FollowUpState.OBSOLETE, "患者已到", "system")
    assert await kinds(history) == [Kind.FOLLOWUP_CLOSED, Kind.FOLLOWUP_OPENED]


async def test_what_was_derived_from_something_can_be_gone_round_in_portions(followups: FollowUps) -> None:
    facts = {"kind": FollowUpKind.PHONE, "reason": "迟到", "contact_id": None, "patient_id": None}
    for number, subject in enumerate("aabccde"):
        await followups.open(key=f"late/{number}", due_at=NOW, now=NOW, subject=subject, **facts)  # type: ignore[arg-type]
    seen, after, portions = "", "", 0
    while portions == 0 or after:
        portion, after = await followups.next_with_subject(after, 3)
        assert len(portion) <= 3
        seen += "".join(each.subject for each in portion)
        portions += 1
    assert (seen, portions) == ("aabccde", 4)


async def test_what_was_derived_from_something_is_found_by_it_while_it_is_open(followups: FollowUps) -> None:
    await opened(followups, "phone:other")
    facts = {"kind": FollowUpKind.PHONE, "reason": "迟到", "contact_id": None, "patient_id": None}
    for name in ("b", "a"):
        await followups.open(key=f"late/{name}", due_at=NOW, now=NOW, subject=f"appointment:{name}", **facts)  # type: ignore[arg-type]
    derived = await followups.open_with_subject()
    assert [each.subject for each in derived] == ["appointment:a", "appointment:b"]
    await followups.settle(derived[0].id, "患者已到", NOW)
    assert [each.subject for each in await followups.open_with_subject()] == ["appointment:b"]
    later = NOW + timedelta(seconds=1)
    assert await followups.opened_before(["late/a", "late/c"], later) == {"late/a"}
    assert await followups.opened_before(["late/a"], NOW) == frozenset()
