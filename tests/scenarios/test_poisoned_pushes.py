"""A push that cannot be handled ends as failed with work for a person, and the next one is answered."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.database import ConnectionFailure, PyMongoError
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dispatcher import MOST_TAKEN_UP
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.stores.inbox import InboxClaim
from wxbot.dispatch.updates import TextMessage
from wxbot.dispatch.worker import LONGEST_READ
from wxbot.history.models import Interaction
from wxbot.patients.models import ConsentTopic

POISON = "毒"
SORRY = "非常抱歉"
SAFETY = 60.0  # seconds a condition may take on a busy machine


async def next_is_heard(clinic: Clinic, openid: str) -> None:
    """The patient's next words are answered, and 退订 is heard."""
    assert await clinic.say(openid, "你好")
    assert "退订" in await clinic.say(openid, "退订") or await consent_is_off(clinic, openid)
    assert await consent_is_off(clinic, openid)


async def consent_is_off(clinic: Clinic, openid: str) -> bool:
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    return not contact.allows(ConsentTopic.CARE)


async def failed_pushes(clinic: Clinic) -> list[dict[str, Any]]:
    """Those that were given up; nothing else may be unfinished."""
    assert await clinic.rows("inbox", {"state": {"$nin": ["done", "failed"]}}) == []
    return await clinic.rows("inbox", {"state": "failed"})


async def tasks(clinic: Clinic) -> list[dict[str, Any]]:
    return await clinic.rows("followups", {"key": {"$regex": "^push_failed:"}})


def failing_on_poison(real: Callable[..., Any], error: Callable[[], Exception]) -> Callable[..., Any]:
    """`append` of the transcript that fails for the line with the poison, whatever it is called with."""

    def append(*lines: Interaction) -> Any:
        if any(line.text == POISON and line.payload.get("type") != "unreadable" for line in lines):
            failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            failed.set_exception(error())
            return failed
        return real(*lines)

    return append


async def test_a_filter_that_fails_is_an_apology_and_work_for_a_person(open_clinic: OpenClinic):
    def accept(context: Context) -> bool:
        assert isinstance(context.update, TextMessage)
        if context.update.text == POISON:
            raise RuntimeError("a filter read what it should not")
        return True

    async def greet(context: Context) -> Reply:
        del context
        return Reply(template="fallback.greeting")

    clinic = await open_clinic(routers=(Router("odd", (Route(TextMessage, greet, (accept,)),)),))
    openid = await clinic.person()
    assert SORRY in await clinic.say(openid, POISON)
    assert [row["kind"] for row in await clinic.rows("followups")] == ["check"]
    assert await failed_pushes(clinic) == []
    assert "您好" in await clinic.say(openid, "你好")


async def test_a_reply_that_cannot_be_rendered_is_an_apology(open_clinic: OpenClinic):
    class Unspeakable:
        def __str__(self) -> str:
            raise RuntimeError("no words")

        __format__ = __str__  # type: ignore[assignment]

    async def speak(context: Context) -> Reply:
        assert isinstance(context.update, TextMessage)
        bad = context.update.text == POISON
        return Reply(template="profile.name_kept", variables={"name": Unspeakable() if bad else "小林"})

    clinic = await open_clinic(routers=(Router("odd", (Route(TextMessage, speak),)),))
    openid = await clinic.person()
    assert SORRY in await clinic.say(openid, POISON)
    assert "小林" in await clinic.say(openid, "你好")


async def test_a_text_that_cannot_be_written_down_is_given_up_and_kept_as_far_as_possible(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    openid, other = await clinic.person(), await clinic.person("老王")
    history = clinic.app.services.history
    monkeypatch.setattr(history, "append", failing_on_poison(history.append, lambda: ValueError("cannot be encoded")))
    answer, greeting = await asyncio.gather(clinic.say(openid, POISON), clinic.say(other, "你好"))
    assert SORRY in answer
    assert greeting
    [row] = await failed_pushes(clinic)
    assert (row["failures"], row["openid"], bool(row["xml"])) == (3, openid, True)
    [task] = await tasks(clinic)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert (task["kind"], task["state"], task["contact_id"]) == ("check", "open", contact.id)
    assert [line.text for line in await clinic.story(openid) if line.kind == "message:received"][1:] == [POISON]
    await next_is_heard(clinic, openid)


async def test_an_error_of_the_database_gets_more_time_before_the_push_is_given_up(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    openid = await clinic.person()
    history = clinic.app.services.history
    monkeypatch.setattr(history, "append", failing_on_poison(history.append, lambda: PyMongoError("not today")))
    assert await clinic.say(openid, POISON) == ""
    assert [row["failures"] for row in await clinic.rows("inbox", {"state": "working"})] == [1]
    for _ in range(3):
        await clinic.tick()
    assert [row["failures"] for row in await failed_pushes(clinic)] == [3]
    assert len(clinic.sent_to(openid, "customer")) == 1
    await next_is_heard(clinic, openid)


async def test_a_database_that_is_away_does_not_count_against_a_push(
    open_clinic: OpenClinic, monkeypatch: pytest.MonkeyPatch
):
    clinic = await open_clinic(reply_within_seconds=0.3)
    openid = await clinic.person()
    history = clinic.app.services.history
    with monkeypatch.context() as away:
        away.setattr(history, "append", failing_on_poison(history.append, lambda: ConnectionFailure("gone")))
        push = await clinic.platform.say(openid, POISON)
        assert push.ok  # it is claimed: the sweep finishes it, and need not be told again
        await clinic.app.dispatcher.drained()
        for _ in range(MOST_TAKEN_UP + 2):
            clinic.app.clock.machine_now = _later(clinic.app.clock.machine_now)  # type: ignore[method-assign]
            await clinic.app.runner.run_now("sweep_inbox")
    clinic.app.clock.machine_now = _later(clinic.app.clock.machine_now)  # type: ignore[method-assign]
    await clinic.app.runner.run_now("sweep_inbox")
    assert await failed_pushes(clinic) == []
    assert await tasks(clinic) == []
    await next_is_heard(clinic, openid)


def _later(now: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: now() + timedelta(seconds=21)  # a lease


@pytest.mark.parametrize("xml", [b"<xml>", b"", b"\xff\x00", b"<xml><a>x</a></xml>"])
@pytest.mark.parametrize("busy", [False, True], ids=["working", "waiting"])
async def test_a_row_that_cannot_be_read_is_given_up(clinic: Clinic, xml: bytes, *, busy: bool):
    openid = await clinic.person()
    await clinic.marked()
    over = clinic.app.clock.machine_now() - timedelta(seconds=1)
    await clinic.app.stores.inbox.claim([InboxClaim("m:1", openid, xml, over, over, busy)])
    answer = asyncio.create_task(clinic.say(openid, "地址"))
    async with asyncio.timeout(SAFETY):
        while not answer.done():
            await clinic.app.runner.run_now("sweep_inbox")
            await asyncio.sleep(0)
    assert [row["_id"] for row in await failed_pushes(clinic)] == ["m:1"]
    assert len(await tasks(clinic)) == 1
    assert "[无法读取的消息]" in [line.text for line in await clinic.story(openid)]
    await next_is_heard(clinic, openid)


async def test_a_row_without_its_xml_is_given_up(clinic: Clinic):
    openid = await clinic.person()
    await clinic.marked()
    over = clinic.app.clock.machine_now() - timedelta(seconds=1)
    await clinic.app.stores.inbox.claim([InboxClaim("m:1", openid, b"", over, over, busy=False)])
    await clinic.app.database.collection("inbox").update_one({"_id": "m:1"}, {"$unset": {"xml": ""}})
    await clinic.app.runner.run_now("sweep_inbox")
    assert [row["_id"] for row in await failed_pushes(clinic)] == ["m:1"]


async def test_a_push_during_which_the_process_ends_every_time_is_given_up(clinic: Clinic):
    openid = await clinic.person()
    await clinic.marked()
    over = clinic.app.clock.machine_now() - timedelta(seconds=1)
    xml = (
        f"<xml><ToUserName>gh_de0000000001</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{int(clinic.now.timestamp())}</CreateTime><MsgType>text</MsgType><Content>{POISON}</Content>"
        "<MsgId>1</MsgId></xml>"
    ).encode()
    inbox = clinic.app.stores.inbox
    await inbox.claim([InboxClaim("m:1", openid, xml, over, over, busy=False)])
    for _ in range(MOST_TAKEN_UP):
        assert await inbox.take_over("m:1", clinic.app.clock.machine_now(), over)  # and dies
    await clinic.app.runner.run_now("sweep_inbox")
    assert [row["_id"] for row in await failed_pushes(clinic)] == ["m:1"]
    assert POISON in [line.text for line in await clinic.story(openid)]
    assert await clinic.say(openid, "你好")


async def test_a_dialog_that_cannot_be_read_is_begun_again(clinic: Clinic):
    openid = await clinic.person()
    await clinic.say(openid, "预约")
    await clinic.app.database.collection("dialogs").update_one({"_id": openid}, {"$set": {"dialog": "洁牙"}})
    assert await clinic.say(openid, "洁牙")
    assert await failed_pushes(clinic) == []
    await next_is_heard(clinic, openid)


async def test_a_contact_that_cannot_be_read_stops_nobody_else(clinic: Clinic):
    openid, other = await clinic.person(), await clinic.person("老王")
    contacts = clinic.app.database.collection("contacts")
    await contacts.update_one({"openid": openid}, {"$set": {"consents": 7}})
    answers = await asyncio.gather(*(clinic.say(person, "你好") for person in (openid, other, openid, other)))
    assert [bool(answer) for answer in answers] == [False, True, False, True]
    assert len(await failed_pushes(clinic)) == 2
    assert len(await tasks(clinic)) == 2
    await next_is_heard(clinic, other)


async def test_a_long_text_is_kept_whole_and_cut_for_reading(open_clinic: OpenClinic):
    seen: list[str] = []

    async def read(context: Context) -> Reply:
        assert isinstance(context.update, TextMessage)
        seen.append(context.update.text)
        return Reply(template="fallback.greeting")

    clinic = await open_clinic(routers=(Router("reader", (Route(TextMessage, read),)),))
    openid = await clinic.person()
    text = "长" * 5_000 + "尾"
    assert await clinic.say(openid, text)
    assert seen == ["长" * LONGEST_READ]
    lines = [line.text for line in await clinic.story(openid) if line.kind == "message:received"]
    assert lines == ["[关注]", text]


async def test_digits_beyond_what_python_counts_are_no_choice(clinic: Clinic):
    openid = await clinic.person()
    await clinic.say(openid, "预约")
    assert await clinic.say(openid, "9" * 4_301)
    assert await failed_pushes(clinic) == []
    assert await clinic.rows("followups") == []
    await next_is_heard(clinic, openid)


async def test_a_stop_does_not_wait_for_a_push_that_is_stuck_and_the_sweep_finishes_it(open_clinic: OpenClinic):
    stuck, begun = True, asyncio.Event()

    async def hang(context: Context) -> Reply:
        del context
        begun.set()
        if stuck:
            await asyncio.Event().wait()
        return Reply(template="fallback.greeting")

    clinic = await open_clinic(routers=(Router("slow", (Route(TextMessage, hang),)),), reply_within_seconds=0.2)
    openid = await clinic.person()
    assert await clinic.say(openid, "你好") == ""
    await begun.wait()
    assert not await clinic.app.dispatcher.drained(0.0)
    [row] = await clinic.rows("inbox", {"state": "working"})
    assert "failures" not in row
    stuck = False
    clinic.app.clock.machine_now = _later(clinic.app.clock.machine_now)  # type: ignore[method-assign]
    await clinic.tick()
    assert await failed_pushes(clinic) == []
    assert len(clinic.sent_to(openid, "customer")) == 1
