"""A push that cannot be claimed: the connection is held until it can be, or until the platform has hung up."""

import asyncio
from collections.abc import Sequence

import aiohttp
import pytest
from pymongo.errors import AutoReconnect

from tests.scenarios.conftest import Clinic
from wxbot.dispatch.stores.inbox import ClaimResult, InboxClaim, WaitingSince
from wxbot.web import webhook


def away(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, times: float, error: type[Exception] = AutoReconnect
) -> list[int]:
    """So many claims fail as they do while the database is away; how many did."""
    claim, failed = clinic.app.stores.inbox.claim, [0]

    async def failing(claims: Sequence[InboxClaim], waiting: WaitingSince) -> list[ClaimResult]:
        if failed[0] < times:
            failed[0] += 1
            raise error("away")
        return await claim(claims, waiting)

    monkeypatch.setattr(clinic.app.stores.inbox, "claim", failing)
    return failed


async def test_a_push_is_held_until_it_can_be_claimed(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    openid = await clinic.person()
    monkeypatch.setattr(webhook, "HELD_SECONDS", 60.0)
    monkeypatch.setattr(webhook, "CLAIM_AGAIN_SECONDS", 0.01)
    failed = away(clinic, monkeypatch, 5)
    push = await clinic.platform.say(openid, "预约")
    assert failed == [5]
    assert (push.ok, push.attempts, push.status) == (True, 1, 200)
    assert push.reply is not None
    assert "哪个项目" in push.reply["text"]


@pytest.mark.parametrize("error", [AutoReconnect, RuntimeError])
async def test_what_cannot_be_claimed_is_not_answered_while_the_platform_waits(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
):
    openid = await clinic.person()
    monkeypatch.setattr(webhook, "HELD_SECONDS", 2.0)
    clinic.platform._courier._answer_seconds = 0.3
    with monkeypatch.context() as meanwhile:
        away(clinic, meanwhile, float("inf"), error)
        push = await clinic.platform.say(openid, "预约")
    assert (push.ok, push.attempts, push.status) == (False, 3, None)  # no answer: so it came again


async def test_who_still_waits_after_that_is_told_to_come_again(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    openid = await clinic.person()
    monkeypatch.setattr(webhook, "HELD_SECONDS", 0.2)
    with monkeypatch.context() as meanwhile:
        away(clinic, meanwhile, float("inf"))
        push = await clinic.platform.say(openid, "预约")
    assert (push.ok, push.attempts, push.status) == (False, 1, 503)


async def test_a_claim_that_takes_too_long_is_waited_for(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    openid = await clinic.person()
    monkeypatch.setattr(webhook, "HELD_SECONDS", 60.0)
    clinic.app.dispatcher._reply_within = 0.05
    claim, go_on, begun = clinic.app.stores.inbox.claim, asyncio.Event(), asyncio.Event()

    async def slow(claims: Sequence[InboxClaim], waiting: WaitingSince) -> list[ClaimResult]:
        begun.set()
        await go_on.wait()
        return await claim(claims, waiting)

    monkeypatch.setattr(clinic.app.stores.inbox, "claim", slow)
    pushing = asyncio.create_task(clinic.platform.say(openid, "预约"))
    await begun.wait()
    refused = clinic.app.dispatcher._in_flight
    while not any(flight.late for flight in refused.values()):
        await asyncio.sleep(0)
    go_on.set()
    push = await pushing
    assert (push.ok, push.attempts) == (True, 1)
    await clinic.app.dispatcher.drained(60)
    await clinic.tick()
    assert any("哪个项目" in seen.text for seen in clinic.sent_to(openid))  # later, by the outbox


async def test_many_unanswered_pushes_are_told_before_wechat_stops_pushing(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    openid = await clinic.person()
    monkeypatch.setattr(webhook, "HELD_SECONDS", 0.01)
    with monkeypatch.context() as meanwhile:
        away(clinic, meanwhile, float("inf"))
        await asyncio.gather(*(clinic.platform.say(openid, str(number)) for number in range(10)))
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{clinic.url}/readyz") as response:
            platform = (await response.json())["parts"]["platform"]
        async with http.get(f"{clinic.url}/metrics") as response:
            metrics = await response.text()
    assert platform["ok"]
    assert "10 pushes in five minutes" in platform["warnings"][0]
    assert "wxbot_pushes_unanswered_lately 10.0" in metrics


async def test_only_what_the_platform_signed_counts_as_unanswered(clinic: Clinic):
    openid = await clinic.person()
    unanswered = clinic.app._monitor.unanswered
    account = clinic.platform.account
    account.token, right = "someoneElse", account.token
    await clinic.platform.say(openid, "伪造")
    assert unanswered.lately() == 0
    account.token, account.aes_key = right, "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxwvuA"
    await clinic.platform.say(openid, "打不开")
    assert unanswered.lately() == 1
