"""Pushes that their worker left behind while later ones of the same patient wait in this very process."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.dispatch.stores.inbox import InboxClaim, InboxState

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
