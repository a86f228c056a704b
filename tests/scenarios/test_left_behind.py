"""Pushes that their worker left behind while later ones of the same patient wait in this very process."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.database import ConnectionFailure
from wxbot.dispatch.stores.inbox import InboxClaim, InboxState
from wxbot.history.models import Interaction, Kind

SOON = 0.3  # seconds an answer may take


def _text(openid: str, words: str, number: str, sent_at: datetime) -> bytes:
    return (
        f"<xml><ToUserName>gh_de0000000001</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{int(sent_at.timestamp())}</CreateTime><MsgType>text</MsgType><Content>{words}</Content>"
        f"<MsgId>{number}</MsgId></xml>"
    ).encode()


async def _leave_behind(clinic: Clinic, openid: str, words: str, number: str, *, busy: bool) -> None:
    """As after a lost database connection: claimed, its lease over, and nobody in any process works on it.

    It was sent in the second after this one, which has passed when this returns: the platform's whole seconds then say
    the same order as the transcript, however slow the machine is.
    """
    sent_at = clinic.now + timedelta(seconds=1)
    await clinic.move(timedelta(seconds=3))
    over = clinic.app.clock.machine_now() - timedelta(seconds=1)
    claim = InboxClaim(f"m:{number}", openid, _text(openid, words, number, sent_at), over, over, busy)
    await clinic.app.stores.inbox.claim([claim])


async def _waiting(clinic: Clinic) -> list[dict[str, Any]]:
    return await clinic.rows("inbox", {"state": InboxState.WAITING.value, "_id": {"$not": {"$regex": "^m:1$"}}})


@pytest.mark.parametrize("busy", [False, True], ids=["being worked on", "waiting for its turn"])
async def test_a_push_left_behind_is_finished_although_a_later_one_waits_for_it(
    open_clinic: OpenClinic, *, busy: bool
) -> None:
    clinic = await open_clinic(reply_within_seconds=SOON)
    openid = await clinic.person()
    await _leave_behind(clinic, openid, "地址", "1", busy=busy)
    assert await clinic.say(openid, "你好") == ""  # its turn has not come in time
    assert len(await _waiting(clinic)) == 1

    assert await clinic.app.runner.run_now("sweep_inbox") == {"finished": 1}
    async with asyncio.timeout(60):
        await clinic.app.dispatcher.drained()
    await clinic.tick()
    received = [line.text for line in await clinic.story(openid) if line.kind == "message:received"]
    assert received[1:] == ["地址", "你好"]
    assert len(clinic.sent_to(openid, "customer")) == 2


async def test_a_mark_that_a_process_took_with_it_keeps_nobody_waiting(clinic: Clinic) -> None:
    """The line says that the push was handled: whoever waits behind it sets the mark, long before any lease is over."""
    openid = await clinic.person()
    assert "晨光" in await clinic.say(openid, "地址")
    (finished,) = await clinic.rows("inbox", {"_id": {"$regex": "^m:"}})
    lease = clinic.app.clock.machine_now() + timedelta(seconds=20)
    unmarked = {"$set": {"state": InboxState.WORKING.value, "xml": b"", "lease_until": lease}}
    await clinic.app.database.collection("inbox").update_one({"_id": finished["_id"]}, unmarked)
    assert await clinic.say(openid, "你好") != ""
    assert {row["state"] for row in await clinic.rows("inbox")} == {InboxState.DONE.value}
    received = [line.text for line in await clinic.story(openid) if line.kind == "message:received"]
    assert received[1:] == ["地址", "你好"]


async def test_marks_that_could_not_be_written_keep_nobody_waiting(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    openid = await clinic.person()
    marks, lost = clinic.app.dispatcher._inbox._marks, 0

    async def fails(keys: Sequence[str]) -> None:
        nonlocal lost
        lost += len(keys)
        raise ConnectionFailure("away")

    await clinic.marked()
    with monkeypatch.context() as away:
        away.setattr(marks, "_write", fails)
        assert await clinic.say(openid, "地址") != ""
        await clinic.marked()
        assert await clinic.say(openid, "你好") != ""
        await clinic.marked()
    assert lost == 2
    assert await clinic.say(openid, "谢谢") != ""
    assert {row["state"] for row in await clinic.rows("inbox")} == {InboxState.DONE.value}


async def test_a_stop_marks_what_is_finished(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert await clinic.say(openid, "地址") != ""
    assert await clinic.app.dispatcher.drained()
    rows = await clinic.app.database.collection("inbox").find().to_list(None)
    assert {row["state"] for row in rows} == {InboxState.DONE.value}


async def test_when_a_push_has_its_line_its_dialog_and_its_rights_are_written(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal keeps the order of writes: the line proves the other two, which are not journaled themselves."""
    openid, stood = await clinic.person(), []
    history = clinic.app.services.history
    append = history._appends._write

    async def looking(groups: Sequence[Sequence[Interaction]]) -> Sequence[Exception | None]:
        if any(line.kind is Kind.MESSAGE_RECEIVED for lines in groups for line in lines):
            (contact,) = await clinic.rows("contacts", {"openid": openid})
            (rights,) = (await clinic.app.stores.outbox.rights.of([contact["_id"]])).values()
            dialogs = await clinic.rows("dialogs", {"_id": openid})
            stood.append((rights.customer_left, [row["dialog"]["name"] for row in dialogs]))
        return await append(groups)

    monkeypatch.setattr(history._appends, "_write", looking)
    await clinic.say(openid, "预约")
    assert stood == [(5, ["booking"])]
