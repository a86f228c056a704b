"""Claims, order, rights and receipts of the outbox over a real mongod."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wxbot.database import Database
from wxbot.history.models import ContactId
from wxbot.ids import new_id
from wxbot.messaging import Purpose
from wxbot.outbox import ledger
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Message, MessageId, Rights, State
from wxbot.outbox.stores.claims import Claimed
from wxbot.outbox.stores.guarded import Guarded
from wxbot.outbox.stores.messages import OUTBOX, OutboxStore, drop_waiting
from wxbot.outbox.stores.receipts import Receipt
from wxbot.simulator import rights as budgets

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)
ANN, BEN = ContactId("ann"), ContactId("ben")


@dataclass(frozen=True)
class Refused:
    """A notice that the platform refused with that code."""

    code: int | None


REFUSALS = (Refused(43101), Refused(47003), Refused(None))


@pytest.fixture
async def store(database: Database) -> OutboxStore:
    store = OutboxStore(database)
    await database.create_indexes([store])
    return store


def message(
    key: str, contact_id: ContactId = ANN, *, at: datetime = NOW, answer: bool = False, due: datetime | None = None
) -> Message:
    return Message(
        id=MessageId(new_id(at)),
        key=key,
        contact_id=contact_id,
        purpose=Purpose.REMINDER,
        template="t",
        variables={"name": "x", "nested": {"list": [1, 2]}},
        created_at=at,
        due_at=due or at,
        expires_at=at + timedelta(days=1),
        answer=answer,
    )


async def claim(
    store: OutboxStore, limit: int = 100, *, now: datetime = NOW, busy: Sequence[ContactId] = (), spread: bool = False
) -> Claimed:
    return await store.claims.claim(
        now=now, machine_now=now, lease_until=now + LEASE, limit=limit, busy=busy, spread=spread
    )


async def change(store: OutboxStore, it: Message, **fields: Any) -> None:
    assert await store._updates.apply(Guarded(it.id, {}, {"$set": fields}, fields))


async def accept(store: OutboxStore, it: Message, platform_id: str | None = None) -> None:
    await change(store, it, state=State.ACCEPTED.value, claim=None, platform_id=platform_id)


def keys(claimed: Claimed) -> list[str]:
    return [each.key for each in claimed.messages]


# -- enqueueing ------------------------------------------------------------------------------------------------


async def test_the_same_key_is_kept_once(store: OutboxStore) -> None:
    assert await store.insert([message("a"), message("b")]) == 2
    assert await store.insert([message("b"), message("c"), message("c")]) == 1
    assert await store.insert([message("a")]) == 0
    assert await store.known_keys(["a", "b", "c", "d"]) == {"a", "b", "c"}


@pytest.mark.usefixtures("store")
async def test_fifty_processes_that_enqueue_the_same_key_keep_one(database: Database) -> None:
    others = [OutboxStore(database) for _ in range(50)]
    new = await asyncio.gather(*(other.insert([message("a")]) for other in others))
    assert sum(new) == 1


async def test_nothing_to_enqueue_is_no_error(store: OutboxStore) -> None:
    assert await store.insert([]) == 0


async def test_a_message_comes_back_as_it_was(store: OutboxStore) -> None:
    it = message("a")
    await store.insert([it])
    assert await store.by_key("a") == it


# -- claiming --------------------------------------------------------------------------------------------------


async def test_fifty_claims_at_once_take_each_message_once(store: OutboxStore, database: Database) -> None:
    await store.insert([message(f"k{n}", ContactId(f"c{n}")) for n in range(200)])
    claims = await asyncio.gather(*(claim(OutboxStore(database), 10, spread=True) for _ in range(50)))
    taken = Counter(key for claimed in claims for key in keys(claimed))
    assert set(taken.values()) == {1}
    assert sum(taken.values()) + await _waiting(store) == 200


async def test_fifty_claims_at_once_take_one_message_per_contact(store: OutboxStore, database: Database) -> None:
    await store.insert([message(f"k{n}") for n in range(10)])
    claims = await asyncio.gather(*(claim(OutboxStore(database)) for _ in range(50)))
    assert [key for claimed in claims for key in keys(claimed)] == ["k0"]


async def test_a_contact_in_another_hand_is_reported_and_left_alone(store: OutboxStore) -> None:
    await store.insert([message("a"), message("b")])
    await claim(store)
    second = await claim(store)
    assert second == Claimed((), lost=0, claimed_elsewhere=frozenset({ANN}))


async def test_a_contacts_messages_leave_in_the_order_in_which_they_were_made(store: OutboxStore) -> None:
    await store.insert([message(f"k{n}") for n in range(5)])
    order = []
    for _ in range(5):
        claimed = await claim(store)
        order += keys(claimed)
        await accept(store, claimed.messages[0])
    assert order == [f"k{n}" for n in range(5)]


async def test_what_is_due_first_leaves_first_whenever_it_was_made(store: OutboxStore) -> None:
    await store.insert([message("later", due=NOW), message("sooner", due=NOW - timedelta(hours=1))])
    assert keys(await claim(store)) == ["sooner"]


async def test_answers_overtake_what_else_is_due(store: OutboxStore) -> None:
    await store.insert([message(f"k{n}", ContactId(f"c{n}"), due=NOW - timedelta(hours=1)) for n in range(20)])
    await store.insert([message("answer", BEN, answer=True)])
    assert keys(await claim(store, 1)) == ["answer"]


async def test_answers_keep_their_precedence_when_processes_part_ways(store: OutboxStore) -> None:
    await store.insert([message(f"k{n}", ContactId(f"c{n}")) for n in range(50)])
    await store.insert([message(f"a{n}", ContactId(f"b{n}"), answer=True) for n in range(3)])
    assert set(keys(await claim(store, 5, spread=True))) >= {"a0", "a1", "a2"}


async def test_what_is_not_due_is_not_taken(store: OutboxStore) -> None:
    await store.insert([message("a", due=NOW + timedelta(seconds=1))])
    assert (await claim(store)).messages == ()
    assert keys(await claim(store, now=NOW + timedelta(seconds=1))) == ["a"]


async def test_busy_contacts_are_passed_over_however_much_they_have(store: OutboxStore) -> None:
    await store.insert([message(f"k{n}") for n in range(300)])
    await store.insert([message("other", BEN)])
    assert keys(await claim(store, 5, busy=[ANN])) == ["other"]
    assert keys(await claim(store, 1)) == ["k0"]


async def test_nobody_overtakes_a_message_in_a_short_back_off(store: OutboxStore) -> None:
    soon = NOW + timedelta(seconds=5)
    first, second = message("first"), message("second")
    await store.insert([first, second])
    await change(store, first, blocks_contact=True, due_at=soon)
    assert (await claim(store)).messages == ()
    await change(store, first, blocks_contact=True, due_at=soon)
    claimed = await claim(store, now=soon)
    assert keys(claimed) == ["first"]
    await accept(store, claimed.messages[0])
    assert keys(await claim(store, now=soon)) == ["second"]


async def test_an_answer_does_not_wait_behind_a_reminder_in_back_off(store: OutboxStore) -> None:
    first = message("reminder")
    await store.insert([first, message("answer", answer=True)])
    await change(store, first, blocks_contact=True, due_at=NOW + timedelta(minutes=10))
    assert keys(await claim(store)) == ["answer"]


async def test_a_released_message_is_due_again_at_once(store: OutboxStore) -> None:
    await store.insert([message("a")])
    await store.claims.release((await claim(store)).messages)
    assert keys(await claim(store)) == ["a"]


async def test_only_one_of_many_processes_takes_over_a_lapsed_claim(store: OutboxStore, database: Database) -> None:
    await store.insert([message("a")])
    await claim(store)
    later = NOW + LEASE + timedelta(seconds=1)
    assert await store.claims.lapsed(NOW) == []
    lapsed = await store.claims.lapsed(later)
    taken = await asyncio.gather(
        *(OutboxStore(database).claims.take_over(lapsed, later, later + LEASE) for _ in range(10))
    )
    assert [each.key for got in taken for each in got] == ["a"]


async def test_the_due_index_serves_the_claim(store: OutboxStore, database: Database) -> None:
    await store.insert([message(f"k{n}", ContactId(f"c{n}"), due=NOW + timedelta(days=n)) for n in range(100)])
    done = [message(f"d{n}", ContactId(f"d{n}")) for n in range(100)]
    await store.insert([replace(each, state=State.ACCEPTED) for each in done])
    explained = await (
        database.collection(OUTBOX)
        .find({"state": "waiting", "answer": {"$in": [True, False]}, "due_at": {"$lte": NOW}}, {"contact_id": 1})
        .sort([("answer", -1), ("due_at", 1), ("place", 1)])
        .limit(100)
        .explain()
    )
    statistics = explained["executionStats"]
    assert (statistics["nReturned"], statistics["totalDocsExamined"]) == (1, 1)
    assert "SORT" not in str(explained["queryPlanner"]["winningPlan"]).replace("SORT_KEY", "")


@pytest.mark.parametrize(
    "query",
    [
        {"platform_id": {"$in": ["p1", "p2"]}},
        {"awaits_contact": True, "contact_id": {"$in": ["ann"]}, "state": "waiting"},
        {"state": "claimed", "lease_until": {"$lt": NOW}},
        {"contact_id": "ann", "state": "waiting"},
    ],
)
async def test_an_index_serves_every_other_query(store: OutboxStore, database: Database, query: dict[str, Any]) -> None:
    await store.insert([message(f"k{n}", ContactId(f"c{n}")) for n in range(50)])
    explained = await database.collection(OUTBOX).find(query).explain()
    assert explained["executionStats"]["totalDocsExamined"] == 0


# -- rights ----------------------------------------------------------------------------------------------------


async def test_rights_are_spent_once_however_many_ask(store: OutboxStore, database: Database) -> None:
    await store.rights.note(ANN, Action.MESSAGE, NOW)
    stores = [OutboxStore(database).rights for _ in range(4)]
    spent = await asyncio.gather(*(stores[n % 4].spend_customer(ANN, f"t{n}", NOW) for n in range(20)))
    assert sum(spent) <= 5
    left = (await store.rights.of([ANN]))[ANN].customer_left
    assert left == 5 - sum(spent)


async def test_a_closed_window_gives_nothing(store: OutboxStore) -> None:
    await store.rights.note(ANN, Action.FOLLOW, NOW)
    assert not await store.rights.spend_customer(ANN, "t", NOW + timedelta(minutes=1))
    assert not await store.rights.spend_customer(BEN, "t", NOW)


async def test_spending_together_tells_who_got_nothing(store: OutboxStore) -> None:
    await store.rights.note(ANN, Action.MESSAGE, NOW)
    spent = await asyncio.gather(
        store.rights.spend_customer(BEN, "b", NOW), *(store.rights.spend_customer(ANN, "a", NOW) for _ in range(1))
    )
    assert spent == [False, True]


async def test_a_grant_is_spent_once(store: OutboxStore) -> None:
    await store.rights.grant(ANN, "T.$1", accepted=True)
    assert await store.rights.spend_grant(ANN, "T.$1", "x")
    assert not await store.rights.spend_grant(ANN, "T.$1", "y")
    await store.rights.fail_notice(ANN, "T.$1", 47003)
    assert (await store.rights.of([ANN]))[ANN].grants == {"T.$1": 1}


async def test_an_action_after_the_send_outlives_the_refusal_of_the_send(store: OutboxStore) -> None:
    await store.rights.note(ANN, Action.MESSAGE, NOW)
    assert await store.rights.spend_customer(ANN, "sent", NOW + timedelta(seconds=1))
    await store.rights.note(ANN, Action.MESSAGE, NOW + timedelta(seconds=2))
    await store.rights.refuse(ANN, 45015, NOW + timedelta(seconds=1))
    assert (await store.rights.of([ANN]))[ANN].customer_left == 5
    await store.rights.refuse(ANN, 45015, NOW + timedelta(seconds=3))
    assert (await store.rights.of([ANN]))[ANN].customer_left == 0


async def test_many_patients_that_write_at_once_are_noted_in_one_go(store: OutboxStore) -> None:
    people = [ContactId(f"c{n}") for n in range(300)]
    await asyncio.gather(
        *(store.rights.note(each, Action.MESSAGE, NOW) for each in people),
        *(store.rights.note(each, Action.FOLLOW, NOW) for each in people),
    )
    pages = await store.rights.of(people)
    assert {page.customer_left for page in pages.values()} == {5}


async def test_an_action_noted_late_does_not_allow_again_what_has_left_since(store: OutboxStore) -> None:
    await store.rights.note(ANN, Action.MESSAGE, NOW)
    at = NOW + timedelta(minutes=1)
    assert await store.rights.spend_customer(ANN, "before", at - timedelta(seconds=1))
    assert await store.rights.spend_customer(ANN, "after", at + timedelta(seconds=1))
    await store.rights.note(ANN, Action.MESSAGE, at + timedelta(seconds=2), done_at=at)
    assert (await store.rights.of([ANN]))[ANN].customer_left == 4  # the platform opened five, and took one of them
    await store.rights.note(ANN, Action.MESSAGE, at + timedelta(seconds=9), done_at=at)  # its process died: once more
    assert (await store.rights.of([ANN]))[ANN].customer_left == 4


async def test_late_actions_and_sends_in_any_order_never_leave_more_than_the_platform_has(store: OutboxStore) -> None:
    chance, at, theirs = random.Random(5), NOW, budgets.Rights()
    noted: list[tuple[Action, datetime]] = []
    for number in range(300):
        at += timedelta(seconds=chance.choice([1, 2, 3, 20, 45]))
        if chance.random() < 0.4:
            action = chance.choice([Action.MESSAGE, Action.MENU_TAP])
            theirs.open(budgets.MESSAGE if action is Action.MESSAGE else budgets.TAP, at)
            noted.append((action, at))
        elif await store.rights.spend_customer(ANN, f"{number}", at):
            assert theirs.refusal(at) is None
            theirs.spend()
        while noted and chance.random() < 0.5:
            action, done_at = noted.pop(0)
            await store.rights.note(ANN, action, at, done_at=done_at)
        if not noted:
            page = (await store.rights.of([ANN]))[ANN]
            assert page.customer_left == theirs.left


async def test_the_stored_ledger_agrees_with_the_rule(store: OutboxStore) -> None:
    chance = random.Random(20261123)
    steps = [*Action, "spend", "spend", "return", 45015, 45047, "accept", "accept", "reject", "notice", *REFUSALS]
    expected, at = ledger.after_notice_answer(Rights(contact_id=ANN), "T", accepted=True), NOW
    await store.rights.grant(ANN, "T", accepted=True)
    for _ in range(120):
        at += timedelta(seconds=chance.choice([0, 1, 30, 60, 3600, 47 * 3600]))
        what = chance.choice(steps)
        if isinstance(what, Action):
            expected = ledger.after_action(expected, what, at)
            await store.rights.note(ANN, what, at)
        elif isinstance(what, int):
            expected = ledger.after_refusal(expected, what, at)
            await store.rights.refuse(ANN, what, at)
        elif what == "spend":
            may = ledger.can_send_customer(expected, at)
            assert await store.rights.spend_customer(ANN, new_id(at), at) == may
            expected = ledger.after_send(expected) if may else expected
        elif what == "return":
            if expected.customer_until is not None:
                expected = ledger.after_return(expected)
                await store.rights.return_customer(ANN)
        elif isinstance(what, Refused):
            expected = ledger.after_notice_failed(expected, "T", what.code)
            await store.rights.fail_notice(ANN, "T", what.code)
        elif what == "notice":
            may = ledger.can_send_notice(expected, "T")
            assert await store.rights.spend_grant(ANN, "T", new_id(at)) == may
            expected = ledger.after_notice_sent(expected, "T") if may else expected
        else:
            expected = ledger.after_notice_answer(expected, "T", accepted=what == "accept")
            await store.rights.grant(ANN, "T", accepted=what == "accept")
        stored = (await store.rights.of([ANN]))[ANN]
        assert (stored.customer_left, stored.customer_until) == (expected.customer_left, expected.customer_until)
        assert stored.grants.get("T", 0) == expected.grants.get("T", 0)
        assert stored.acted_at == expected.acted_at


async def test_rules_and_spends_of_one_contact_at_once_lose_nothing(store: OutboxStore, database: Database) -> None:
    await store.rights.note(ANN, Action.MESSAGE, NOW)
    stores = [OutboxStore(database).rights for _ in range(3)]
    spent, *_ = await asyncio.gather(
        asyncio.gather(*(stores[n % 3].spend_customer(ANN, f"t{n}", NOW) for n in range(4))),
        *(stores[n % 3].grant(ANN, f"T{n}", accepted=True) for n in range(12)),
        *(stores[n % 3].grant(ANN, "U", accepted=True) for n in range(6)),
    )
    rights = (await store.rights.of([ANN]))[ANN]
    assert (spent, rights.customer_left) == ([True] * 4, 1)
    assert rights.grants == {"U": 6} | {f"T{n}": 1 for n in range(12)}


async def test_many_who_make_the_same_page_at_once_are_all_counted(store: OutboxStore, database: Database) -> None:
    stores = [OutboxStore(database).rights for _ in range(10)]
    await asyncio.gather(*(each.grant(BEN, "T", accepted=True) for each in stores))
    assert (await store.rights.of([BEN]))[BEN].grants == {"T": 10}


async def test_a_contact_that_was_erased_gets_no_page_by_a_refusal(store: OutboxStore, database: Database) -> None:
    await store.rights.note(ANN, Action.MESSAGE, NOW)
    await store.rights.erase(ANN)
    await store.rights.refuse(ANN, 45015, NOW)
    await store.rights.return_customer(ANN)
    await store.rights.fail_notice(ANN, "T", None)
    await store.rights.grant(ANN, "T", accepted=False)
    assert await database.collection("rights").count_documents({}) == 0


# -- receipts --------------------------------------------------------------------------------------------------


async def test_a_receipt_settles_its_message_once(store: OutboxStore) -> None:
    it = message("a")
    await store.insert([it])
    await accept(store, it, "p1")
    before = await store.receipts.settle(Receipt("p1", ok=True, status="success", at=NOW))
    again = await store.receipts.settle(Receipt("p1", ok=False, status="failed:user block", at=NOW))
    assert before is not None
    assert again is not None
    assert (before.state, again.state) == (State.ACCEPTED, State.DELIVERED)


async def test_a_receipt_that_comes_first_is_kept(store: OutboxStore) -> None:
    receipt = Receipt("p9", ok=True, status="success", at=NOW)
    assert await store.receipts.settle(receipt) is None
    assert await store.receipts.early_receipt("p9") == receipt
    assert await store.receipts.early_receipt("p8") is None


async def _waiting(store: OutboxStore) -> int:
    return (await store.counts(NOW))[0]


async def test_a_message_claimed_between_finding_and_cancelling_is_not_said_to_be_dropped(
    database: Database, store: OutboxStore
) -> None:
    waits, claimed = message("waits"), message("claimed", BEN)
    await store.insert([waits, claimed])
    rows = database.collection(OUTBOX)
    await rows.update_one({"_id": claimed.id}, {"$set": {"state": "claimed", "claim": "x"}})
    change = {"state": "dropped", "reason": "broadcast_cancelled", "settled_at": NOW}
    assert [each.key for each in await drop_waiting(rows, [waits, claimed], change)] == ["waits"]
    assert [row["state"] async for row in rows.find({}).sort("key", 1)] == ["claimed", "dropped"]
