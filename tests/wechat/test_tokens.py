"""One token for all: asked for once, shared through the database, never forced, never looped over."""

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from tests.encryption import KEYS
from wxbot.database import Database
from wxbot.errors import PlatformError, Reaction
from wxbot.wechat.store import Credential, TokenStore
from wxbot.wechat.tokens import TokenKeeper

STABLE = "/cgi-bin/stable_token"
TICKET = "/cgi-bin/ticket/getticket"


async def test_many_callers_at_once_ask_the_platform_once(account: Any) -> None:
    keeper = account.keeper()
    tokens = await asyncio.gather(*(keeper.current() for _ in range(50)))
    assert len(set(tokens)) == 1
    assert account.calls(STABLE) == 1
    assert keeper.ready


async def test_several_processes_at_once_ask_the_platform_once(account: Any) -> None:
    keepers = [account.keeper() for _ in range(4)]
    tokens = await asyncio.gather(*(keeper.current() for keeper in keepers))
    assert len(set(tokens)) == 1
    assert account.calls(STABLE) == 1


async def test_a_process_started_later_uses_the_stored_token(account: Any) -> None:
    first = await account.keeper().current()
    assert await account.keeper().current() == first
    assert account.calls(STABLE) == 1


async def test_a_token_is_replaced_shortly_before_its_end_and_not_earlier(account: Any) -> None:
    keeper = account.keeper()
    first = await keeper.current()
    account.clock.move(timedelta(seconds=7200 - 300))
    account.platform.clock.move(timedelta(seconds=7200 - 300))
    assert await keeper.current() == first
    assert account.calls(STABLE) == 1
    account.clock.move(timedelta(seconds=40))
    account.platform.clock.move(timedelta(seconds=40))
    second = await keeper.current()
    assert second != first
    assert account.calls(STABLE) == 2


async def test_a_refused_token_is_replaced_once_for_all_who_saw_it_refused(account: Any) -> None:
    keeper = account.keeper()
    stale = await keeper.current()
    account.platform.revoke_token()
    tokens = await asyncio.gather(*(keeper.current(stale=stale) for _ in range(20)))
    assert len(set(tokens)) == 1
    assert tokens[0] != stale
    assert account.calls(STABLE) == 2


async def test_a_token_the_platform_insists_on_is_not_asked_for_again_and_again(account: Any) -> None:
    keeper = account.keeper()
    token = await keeper.current()
    for _ in range(10):
        assert await keeper.current(stale=token) == token
    assert account.calls(STABLE) == 2
    account.clock.move(timedelta(seconds=6))
    assert await keeper.current(stale=token) == token
    assert account.calls(STABLE) == 3


async def test_a_token_replaced_by_another_process_is_taken_from_the_store(account: Any) -> None:
    one, other = account.keeper(), account.keeper()
    stale = await one.current()
    assert await other.current() == stale
    account.platform.revoke_token()
    fresh = await one.current(stale=stale)
    assert await other.current(stale=stale) == fresh
    assert account.calls(STABLE) == 2


async def test_a_dead_process_does_not_hold_the_lease_for_ever(account: Any) -> None:
    key = "wx0123456789abcdef:access_token"
    assert await account.store.lease(key, "dead", account.clock.machine_now(), timedelta(seconds=15))
    account.clock.move(timedelta(seconds=16))
    assert await account.keeper().current()
    assert account.calls(STABLE) == 1


async def test_the_forced_mode_is_never_used(script: Any, account: Any) -> None:
    script.say({"access_token": "t" * 64, "expires_in": 7200})
    keeper = TokenKeeper("wx0123456789abcdef", "s3cret", account.http, script.base_url, account.store, account.clock)
    assert await keeper.current() == "t" * 64
    method, path, query, body = script.asked[0]
    assert (method, path, query) == ("POST", STABLE, {})
    assert b'"force_refresh": false' in body


async def test_a_silent_platform_is_asked_three_times_and_then_reported(account: Any) -> None:
    account.platform.faults.add(STABLE, status=502, times=3)
    with pytest.raises(PlatformError) as failed:
        await account.keeper().current()
    assert (failed.value.code, failed.value.reaction, failed.value.ambiguous) == (None, Reaction.RETRY, False)
    assert account.calls(STABLE) == 3
    assert await account.keeper().current()


async def test_a_busy_platform_is_asked_again(account: Any) -> None:
    account.platform.faults.add(STABLE, code=-1, times=2)
    assert await account.keeper().current()
    assert account.calls(STABLE) == 3


@pytest.mark.parametrize("code", [40013, 40125, 40164, 40243, 50004, 89503])
async def test_a_refused_account_alarms_at_once(account: Any, code: int) -> None:
    account.platform.faults.add(STABLE, code=code, times=9)
    with pytest.raises(PlatformError) as failed:
        await account.keeper().current()
    assert (failed.value.code, failed.value.reaction) == (code, Reaction.ALARM)
    assert account.calls(STABLE) == 1


async def test_an_invalid_credential_on_the_token_call_means_the_secret(account: Any) -> None:
    account.platform.faults.add(STABLE, code=40001)
    with pytest.raises(PlatformError) as failed:
        await account.keeper().current()
    assert failed.value.reaction is Reaction.ALARM
    assert "AppSecret" in failed.value.advice


async def test_an_address_missing_from_the_white_list_is_named(account: Any) -> None:
    account.platform.account.allowed_ips = ("203.0.113.1",)
    with pytest.raises(PlatformError) as failed:
        await account.keeper().current()
    assert failed.value.code == 40164
    assert "127.0.0.1" in failed.value.advice


@pytest.mark.parametrize(
    "answer", [{"expires_in": 7200}, {"access_token": "", "expires_in": 7200}, {"access_token": "t"}, [], "x"]
)
async def test_an_answer_without_a_token_is_a_failure_and_not_a_token(script: Any, account: Any, answer: Any) -> None:
    for _ in range(3):
        script.say(answer)
    keeper = TokenKeeper("a", "s", account.http, script.base_url, account.store, account.clock, pauses=(0, 0))
    with pytest.raises(PlatformError) as failed:
        await keeper.current()
    assert failed.value.reaction is Reaction.RETRY


async def test_the_old_token_serves_on_while_the_platform_is_silent(account: Any) -> None:
    keeper = account.keeper()
    token = await keeper.current()
    account.clock.move(timedelta(seconds=7200 - 100))
    account.platform.faults.add(STABLE, status=503, times=3)
    assert await keeper.current() == token
    assert account.calls(STABLE) == 4
    assert await keeper.current() == token  # and the platform is left alone for a moment
    assert account.calls(STABLE) == 4


async def test_without_a_database_a_token_comes_from_the_platform_itself(account: Any) -> None:
    nowhere = Database.connect("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50", "none")
    keeper = TokenKeeper(
        "wx0123456789abcdef",
        "secret-of-the-clinic",
        account.http,
        account.base_url,
        TokenStore(nowhere, KEYS),
        account.clock,
    )
    nowhere.client.close()
    assert await keeper.current()
    assert account.calls(STABLE) == 1


async def test_the_ticket_is_asked_for_once_and_shared(account: Any) -> None:
    one, other = account.keeper(), account.keeper()
    tickets = [await one.jsapi_ticket(), await one.jsapi_ticket(), await other.jsapi_ticket()]
    assert len(set(tickets)) == 1
    assert account.calls(TICKET) == 1


async def test_a_ticket_survives_a_revoked_token(account: Any) -> None:
    keeper = account.keeper()
    await keeper.current()
    account.platform.revoke_token()
    assert await keeper.jsapi_ticket()
    assert account.calls(STABLE) == 2


async def test_a_token_that_was_refused_is_not_handed_out_again_while_there_is_no_other(account: Any) -> None:
    keeper = account.keeper()
    token = await keeper.current()
    account.platform.revoke_token()
    account.platform.faults.add(STABLE, code=40125, times=2)
    with pytest.raises(PlatformError):
        await keeper.current(stale=token)
    with pytest.raises(PlatformError):
        await keeper.current()
    assert await keeper.current() not in {"", token}


async def test_no_token_and_no_secret_ever_reaches_a_log_or_an_error(account: Any) -> None:
    with capture_logs() as logs:
        keeper = account.keeper()
        token = await keeper.current()
        account.platform.faults.add("/cgi-bin/user/info", drop="before", times=3)
        with pytest.raises(PlatformError) as failed:
            await account.client(keeper).users.info("oNobody")
        account.platform.faults.add(STABLE, code=40125)
        with pytest.raises(PlatformError) as refused:
            await keeper.current(stale=token)
    assert logs
    for text in (str(logs), repr(failed.value), repr(refused.value), str(failed.value.__context__)):
        assert token not in text
        assert "secret-of-the-clinic" not in text
    assert token not in repr(Credential(value=token, expires_at=account.clock.machine_now()))


async def test_an_unreachable_platform_is_not_ambiguous(http: aiohttp.ClientSession, account: Any) -> None:
    keeper = TokenKeeper("a", "s", http, "http://127.0.0.1:1", account.store, account.clock, pauses=(0, 0))
    with pytest.raises(PlatformError) as failed:
        await keeper.current()
    assert (failed.value.reaction, failed.value.ambiguous) == (Reaction.RETRY, False)
    assert not keeper.ready
