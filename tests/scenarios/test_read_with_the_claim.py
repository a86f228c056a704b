"""What is read of a sender beside the claim may have changed, or not have been readable, when the push is answered."""

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from tests.scenarios.conftest import Clinic
from wxbot.dispatch.senders import NO_SENDER
from wxbot.dispatch.stores.inbox import ClaimResult, InboxClaim
from wxbot.dispatch.stores.senders import Senders
from wxbot.dispatch.updates import PublishSettled
from wxbot.dispatch.worker import Worker
from wxbot.outbox.ledger import MOST


def meanwhile(monkeypatch: pytest.MonkeyPatch, what: Callable[[], Awaitable[None]]) -> None:
    """Do that between the read of the next push and its handling, once."""
    handle = Worker._reached_again
    done: list[bool] = []

    async def after_that(worker: Worker, *given: Any) -> Any:
        if not done:
            done.append(True)
            await what()
        return await handle(worker, *given)

    monkeypatch.setattr(Worker, "_reached_again", after_that)


async def test_who_is_erased_while_their_push_waits_is_answered_as_somebody_new(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    openid = await clinic.person()
    await clinic.say(openid, "预约")
    (before,) = await clinic.rows("contacts", {"openid": openid})
    await clinic.platform.unfollow(openid)
    clinic.platform.clock.move(timedelta(days=4))
    clinic.app.clock.move(timedelta(days=4))  # and nobody has looked yet whose grace is over

    async def erase() -> None:
        assert await clinic.app.runner.run_now("erase_unfollowed") == {"erased": 1}

    meanwhile(monkeypatch, erase)
    push = await clinic.platform.push_raw(openid, {"Content": "你好"})
    assert push.reply is not None
    await clinic.marked()
    (after,) = await clinic.rows("contacts", {"openid": openid})
    assert after["_id"] != before["_id"]
    assert await clinic.rows("interactions", {"contact_id": before["_id"], "text": {"$ne": None}}) == []
    assert await clinic.rows("rights", {"_id": before["_id"]}) == []
    lines = await clinic.rows("interactions", {"contact_id": after["_id"], "kind": "message:received"})
    assert [line["text"] for line in lines if line["text"] == "你好"] == ["你好"]


async def test_a_right_that_is_spent_while_a_push_waits_stays_spent(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    openid = await clinic.person()
    await clinic.say(openid, "你好")
    (contact,) = await clinic.rows("contacts", {"openid": openid})
    rights = clinic.app.stores.outbox.rights
    assert (await rights.of([contact["_id"]]))[contact["_id"]].customer_left == MOST

    async def send() -> None:
        assert await rights.spend_customer(contact["_id"], "meanwhile", clinic.now)

    meanwhile(monkeypatch, send)
    await clinic.say(openid, "诊所地址")
    assert (await rights.of([contact["_id"]]))[contact["_id"]].customer_left == MOST - 1
    await clinic.move(timedelta(minutes=1))
    await clinic.say(openid, "谢谢")  # their next word opens all of it again
    assert (await rights.of([contact["_id"]]))[contact["_id"]].customer_left == MOST


async def test_what_is_noted_of_a_contact_while_their_push_waits_stands(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    openid = await clinic.person()
    await clinic.say(openid, "你好")
    (contact,) = await clinic.rows("contacts", {"openid": openid})

    async def refuse() -> None:
        await clinic.app.services.patients.mark_unreachable(contact["_id"], 48002, clinic.now)

    meanwhile(monkeypatch, refuse)
    await clinic.say(openid, "预约")
    (after,) = await clinic.rows("contacts", {"openid": openid})
    assert after["refuses_messages"] is True  # nothing of a contact is written back as it was read


async def test_a_read_that_fails_beside_the_claims_fails_no_push(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    openid = await clinic.person()
    senders, failed = clinic.app.stores.senders, [0]
    read = senders.read

    async def failing(openids: Collection[str]) -> Senders:
        if not failed[0]:
            failed[0] += 1
            raise OperationFailure("no such stage")
        return await read(openids)

    monkeypatch.setattr(senders, "read", failing)
    push = await clinic.platform.say(openid, "预约")
    assert (push.ok, push.attempts, failed) == (True, 1, [1])
    assert push.reply is not None
    assert "哪个项目" in push.reply["text"]
    assert [line.text for line in await clinic.story(openid)].count("预约") == 1


async def test_a_contact_that_cannot_be_read_keeps_nobody_else_from_being_answered(clinic: Clinic):
    broken, other = await clinic.person("林女士"), await clinic.person("老王")
    await clinic.app.database.collection("contacts").update_one({"openid": broken}, {"$set": {"created_at": "never"}})
    senders = await clinic.app.stores.senders.read([broken, other])
    with pytest.raises(Exception, match="Contact"):
        senders.of(broken)
    contact = senders.of(other).contact
    assert contact is not None
    assert contact.openid == other
    push = await clinic.platform.say(other, "你好")
    assert push.reply is not None


async def test_a_sender_without_a_page_or_a_dialog_is_read_as_such(clinic: Clinic):
    known, nobody = await clinic.person(), "oNobodyAtAll"
    (contact,) = await clinic.rows("contacts", {"openid": known})
    for collection, key in (("rights", contact["_id"]), ("dialogs", known)):
        await clinic.app.database.collection(collection).delete_one({"_id": key})
    senders = await clinic.app.stores.senders.read([known, nobody])
    read = senders.of(known)
    assert read.rights is not None
    assert (read.rights.contact_id, read.rights.customer_left, read.dialog) == (contact["_id"], 0, None)
    assert senders.of(nobody) == senders.of("oAnother")
    assert senders.waiting_since == {}


async def test_a_report_of_nobody_overtakes_none_that_waits_in_another_process(clinic: Clinic):
    now, inbox = clinic.app.clock.machine_now(), clinic.app.stores.inbox
    lease = now + timedelta(seconds=20)
    await inbox.claim([InboxClaim("e:first", NO_SENDER, b"", now - timedelta(seconds=1), lease, busy=True)])
    report = PublishSettled(key="e:second", openid="", account="gh", created_at=now, name="P", publish_id="1", status=0)
    claim = InboxClaim(report.key, NO_SENDER, b"", now, lease, busy=False)
    arrived = await clinic.app.dispatcher._arrivals.arrive(claim, report)
    assert arrived.result is ClaimResult.WAITING
