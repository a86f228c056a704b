"""One at a time per contact, side by side between contacts, an answer in time, and never silence."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

import pytest

from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.dispatch import worker
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import Followed, TextMessage, Update
from wxbot.errors import (
    DomainError,
    InvalidInputError,
    NotBookableError,
    NotFoundError,
    SlotTakenError,
    StaleError,
)
from wxbot.history.models import Direction
from wxbot.simulator.platform import Platform
from wxbot.simulator.pushes import PushResult
from wxbot.templates.models import Option

SOON = 0.3  # seconds: the deadline of a clinic that is in a hurry
PLATFORM_WAITS = 5.0  # seconds, then it hangs up (reference §1.5)
PATIENCE = 60.0  # seconds a condition may take on a busy machine


@dataclass
class Desk:
    """A handler that takes as long as a test wants: each text waits until it is released."""

    released: defaultdict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    begun: defaultdict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    happened: list[str] = field(default_factory=list)

    async def serve(self, context: Context) -> Reply:
        text = words_of(context.update)
        self.happened.append(f"begin {text}")
        self.begun[text].set()
        await self.released[text].wait()
        self.happened.append(f"end {text}")
        return Reply(template="fallback.greeting")

    def release(self, *texts: str) -> None:
        for text in texts:
            self.released[text].set()

    @property
    def routers(self) -> tuple[Router, ...]:
        return (Router("desk", (Route(TextMessage, self.serve),)),)


def words_of(update: Update) -> str:
    return update.text if isinstance(update, TextMessage) else type(update).__name__


def answering(handler: Callable[[Context], Awaitable[Reply | None]]) -> tuple[Router, ...]:
    """A app whose one handler is this."""
    return (Router("desk", (Route((TextMessage, Followed), handler),)),)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE):
        while not await true():
            await asyncio.sleep(0.01)


async def claimed(clinic: Clinic, number: int) -> None:
    """Wait until so many pushes stand in the inbox."""

    async def there() -> bool:
        return len(await clinic.rows("inbox")) >= number

    await until(there)


def texts(push: PushResult) -> str:
    return "" if push.reply is None else str(push.reply["text"])


def in_no_hurry(clinic: Clinic) -> None:
    """From here on an answer may take as long as a busy machine needs."""
    clinic.app.dispatcher._reply_within = PATIENCE


def hanging_up_once(platform: Platform, url: str = "") -> asyncio.Event:
    """The platform hangs up on its next try after a moment, and waits for the one behind it, which goes to `url`.

    The event is set when that second try begins.
    """
    courier, second = platform._courier, asyncio.Event()
    deliver, seconds = courier._try, iter((SOON, PATIENCE, PATIENCE))

    async def tried(openid: str, body: bytes, encrypted: str) -> tuple[int | None, bytes, str]:
        courier._answer_seconds = next(seconds)
        if courier._answer_seconds == PATIENCE:
            platform.account.callback_url = url or platform.account.callback_url
            second.set()
        return await deliver(openid, body, encrypted)

    courier._try = tried  # type: ignore[method-assign]
    return second


@pytest.fixture
def desk() -> Desk:
    return Desk()


# -- turns -------------------------------------------------------------------------------------------------------


async def test_a_contacts_messages_are_handled_one_after_the_other_in_order(open_clinic: OpenClinic, desk: Desk):
    clinic = await open_clinic(routers=desk.routers)
    openid = await clinic.person()
    pushes = []
    for place, text in enumerate(("一", "二", "三"), 2):
        pushes.append(asyncio.create_task(clinic.platform.say(openid, text)))
        await claimed(clinic, place)
    await desk.begun["一"].wait()
    desk.release("三", "二")
    assert desk.happened == ["begin 一"]
    desk.release("一")
    assert [texts(push) != "" for push in await asyncio.gather(*pushes)] == [True] * 3
    assert desk.happened == ["begin 一", "end 一", "begin 二", "end 二", "begin 三", "end 三"]


async def test_another_contact_does_not_wait_for_a_slow_one(open_clinic: OpenClinic, desk: Desk):
    clinic = await open_clinic(routers=desk.routers)
    slow, quick = await clinic.person("小林"), await clinic.person("小周")
    waiting = asyncio.create_task(clinic.platform.say(slow, "慢"))
    await desk.begun["慢"].wait()
    desk.release("快")
    assert await clinic.say(quick, "快")
    assert desk.happened == ["begin 慢", "begin 快", "end 快"]
    desk.release("慢")
    assert texts(await waiting)


async def test_two_hundred_contacts_are_served_side_by_side(open_clinic: OpenClinic, desk: Desk):
    clinic = await open_clinic(routers=desk.routers)
    openids = [clinic.platform.create_person(f"患者{number}").openid for number in range(200)]
    for openid in openids:
        clinic.platform.people[openid].following = True
    pushes = [asyncio.create_task(clinic.platform.say(openid, "同时")) for openid in openids]

    async def all_begun() -> bool:
        return desk.happened.count("begin 同时") == len(openids)

    await until(all_begun)
    desk.release("同时")
    assert all(texts(push) for push in await asyncio.gather(*pushes))


async def test_two_processes_take_turns_with_one_contact(open_clinic: OpenClinic, desk: Desk):
    first = await open_clinic(routers=desk.routers)
    second = await open_clinic(beside=first, routers=desk.routers)
    openid = await first.person()
    pushes = []
    for place, (clinic, text) in enumerate(((first, "一"), (second, "二"), (first, "三"), (second, "四")), 2):
        first.platform.account.callback_url = f"{clinic.url}/wechat/callback"
        pushes.append(asyncio.create_task(first.platform.say(openid, text)))
        await claimed(first, place)
    desk.release("一", "二", "三", "四")
    assert [texts(push) != "" for push in await asyncio.gather(*pushes)] == [True] * 4
    assert desk.happened == [f"{what} {text}" for text in ("一", "二", "三", "四") for what in ("begin", "end")]


# -- the deadline ------------------------------------------------------------------------------------------------


async def test_a_late_reply_goes_through_the_outbox_and_arrives_once(open_clinic: OpenClinic, desk: Desk):
    clinic = await open_clinic(routers=desk.routers, reply_within_seconds=SOON)
    openid = await clinic.person()
    began = monotonic()
    push = await clinic.platform.say(openid, "慢")
    assert (push.ok, push.attempts, push.reply) == (True, 1, None)
    assert SOON <= monotonic() - began < PLATFORM_WAITS
    assert clinic.sent_to(openid) == []
    again = await clinic.platform.redeliver(push)
    assert (again.ok, again.reply) == (True, None)
    desk.release("慢")
    await clinic.app.dispatcher.drained()
    await clinic.tick()
    await clinic.tick()
    assert (await clinic.platform.redeliver(push)).reply is None
    await clinic.tick()
    assert ["有什么可以帮您" in seen.text for seen in clinic.sent_to(openid)] == [True]
    assert desk.happened == ["begin 慢", "end 慢"]
    assert [row["state"] for row in await clinic.rows("outbox")] == ["accepted"]


async def test_a_late_reply_is_delivered_without_waiting_for_the_clock(open_clinic: OpenClinic, desk: Desk):
    clinic = await open_clinic(routers=desk.routers, reply_within_seconds=SOON)
    openid = await clinic.person()
    assert await clinic.say(openid, "慢") == ""
    desk.release("慢")

    async def arrived() -> bool:
        return len(clinic.sent_to(openid)) == 1

    await until(arrived)


async def test_a_late_reply_keeps_its_entries_and_the_dialog_it_opened(open_clinic: OpenClinic, desk: Desk):
    options = (Option(id="a", label="上午"), Option(id="b", label="下午"))

    async def ask(context: Context) -> Reply:
        if context.choice is not None:
            return Reply(template="entrance.book")
        await desk.serve(context)
        dialog = Dialog(name="desk", step="asked", options=options)
        return Reply(template="fallback.greeting", options=options, dialog=dialog)

    clinic = await open_clinic(routers=answering(ask), reply_within_seconds=SOON)
    openid = await clinic.person(follow=False)
    clinic.platform.people[openid].following = True
    assert await clinic.say(openid, "慢") == ""
    desk.release("慢")
    await clinic.app.dispatcher.drained()
    await clinic.tick()
    shown = clinic.sent_to(openid)[-1]
    assert [option["text"] for option in shown.options] == ["上午", "下午"]
    in_no_hurry(clinic)
    assert await clinic.say(openid, "2") == "预约"


async def test_what_comes_behind_a_late_message_is_still_answered_in_order(open_clinic: OpenClinic, desk: Desk):
    clinic = await open_clinic(routers=desk.routers, reply_within_seconds=SOON)
    openid = await clinic.person()
    assert await clinic.say(openid, "一") == ""
    assert await clinic.say(openid, "二") == ""
    desk.release("二", "一")
    await clinic.app.dispatcher.drained()
    assert await clinic.say(openid, "三") == ""
    desk.release("三")
    await clinic.app.dispatcher.drained()
    await clinic.tick()
    assert desk.happened == [f"{what} {text}" for text in ("一", "二", "三") for what in ("begin", "end")]
    assert len(clinic.sent_to(openid)) == 3


async def test_a_platform_that_hung_up_first_gets_the_same_answer_on_its_next_try(open_clinic: OpenClinic, desk: Desk):
    clinic = await open_clinic(routers=desk.routers)
    openid = await clinic.person()
    second_try = hanging_up_once(clinic.platform)
    pushing = asyncio.create_task(clinic.platform.say(openid, "慢"))
    await desk.begun["慢"].wait()
    await second_try.wait()
    desk.release("慢")
    push = await pushing
    assert (push.ok, push.attempts) == (True, 2)
    assert texts(push)
    assert desk.happened == ["begin 慢", "end 慢"]
    await clinic.tick()
    assert clinic.sent_to(openid) == []


async def test_a_retry_that_meets_another_process_gets_the_answer_the_first_one_finds(
    open_clinic: OpenClinic, desk: Desk
):
    first = await open_clinic(routers=desk.routers)
    second = await open_clinic(beside=first, routers=desk.routers)
    platform, openid = first.platform, await first.person()
    platform.account.callback_url = f"{first.url}/wechat/callback"
    second_try = hanging_up_once(platform, f"{second.url}/wechat/callback")
    pushing = asyncio.create_task(platform.say(openid, "慢"))
    await desk.begun["慢"].wait()
    await second_try.wait()
    desk.release("慢")
    push = await pushing
    assert push.ok
    assert push.attempts > 1
    assert texts(push)
    assert desk.happened == ["begin 慢", "end 慢"]


async def test_a_handler_that_never_ends_is_cut_off_and_apologised_for(
    open_clinic: OpenClinic, desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker, "HANDLER_LIMIT_SECONDS", 2 * SOON)
    clinic = await open_clinic(routers=desk.routers, reply_within_seconds=SOON)
    openid = await clinic.person()
    assert await clinic.say(openid, "永远") == ""
    await clinic.app.dispatcher.drained()
    await clinic.tick()
    assert ["非常抱歉" in seen.text for seen in clinic.sent_to(openid)] == [True]
    assert [row["kind"] for row in await clinic.rows("followups")] == ["check"]
    desk.release("下一句")
    in_no_hurry(clinic)
    monkeypatch.setattr(worker, "HANDLER_LIMIT_SECONDS", PATIENCE)
    assert await clinic.say(openid, "下一句")


# -- what goes wrong ---------------------------------------------------------------------------------------------


async def test_a_handler_that_fails_is_an_apology_and_work_for_a_person(open_clinic: OpenClinic):
    async def fail(context: Context) -> Reply:
        raise RuntimeError(f"cannot handle {words_of(context.update)}")

    clinic = await open_clinic(routers=answering(fail))
    openid = await clinic.person(follow=False)
    clinic.platform.people[openid].following = True
    push = await clinic.platform.say(openid, "你好")
    answer = texts(push)
    assert answer.startswith("非常抱歉")
    assert "0555-000-0188" in answer
    for trace in (b"Traceback", b"RuntimeError", b"cannot handle"):
        assert trace not in push.answer
        assert trace.decode() not in answer
    followups = await clinic.rows("followups")
    assert [(row["kind"], row["state"]) for row in followups] == [("check", "open")]
    assert (await clinic.platform.redeliver(push)).reply == push.reply
    assert len(await clinic.rows("followups")) == 1
    assert {row["state"] for row in await clinic.rows("inbox")} == {"done"}


REFUSALS: dict[str, tuple[DomainError, str]] = {
    "没有": (NotFoundError("gone"), "没有找到"),
    "约走": (SlotTakenError("taken"), "刚刚被约走"),
    "关门": (NotBookableError("closed"), "不在可预约的范围"),
    "变了": (StaleError("changed"), "刚刚有更新"),
    "天书": (InvalidInputError("what"), "没有看懂这条内容"),
    "不行": (DomainError("no"), "暂时办不了"),
}


async def test_a_rule_that_says_no_is_told_in_its_own_kind_sentence(open_clinic: OpenClinic):
    async def refuse(context: Context) -> Reply:
        raise REFUSALS[words_of(context.update)][0]

    clinic = await open_clinic(routers=answering(refuse))
    openid = await clinic.person(follow=False)
    clinic.platform.people[openid].following = True
    for text, (_, words) in REFUSALS.items():
        assert words in await clinic.say(openid, text)
    assert await clinic.rows("followups") == []


async def test_a_refusal_leaves_the_patient_where_they_were_in_the_dialog(open_clinic: OpenClinic):
    options = (Option(id="a", label="上午"),)

    async def ask_then_refuse(context: Context) -> Reply:
        if context.dialog is None:
            return Reply(template="fallback.greeting", dialog=Dialog(name="desk", step="asked", options=options))
        if context.choice is not None:
            return Reply(template="entrance.book")
        raise InvalidInputError("what")

    clinic = await open_clinic(routers=answering(ask_then_refuse))
    openid = await clinic.person(follow=False)
    clinic.platform.people[openid].following = True
    await clinic.say(openid, "你好")
    assert "没有看懂这条内容" in await clinic.say(openid, "天书")
    assert await clinic.say(openid, "上午") == "预约"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(template="no.such.template"),
        Reply(template="booking.choose_type", variables={}, options=(Option(id="", label=""),)),
        Reply(template="profile.name_kept", variables={"name": object()}),
    ],
    ids=["an unknown template", "an empty entry", "a strange variable"],
)
async def test_a_reply_that_cannot_be_given_is_no_silence(open_clinic: OpenClinic, reply: Reply):
    async def broken(_: Context) -> Reply:
        return reply

    clinic = await open_clinic(routers=answering(broken))
    openid = await clinic.person(follow=False)
    clinic.platform.people[openid].following = True
    push = await clinic.platform.say(openid, "你好")
    assert (push.status, push.attempts) == (200, 1)
    assert texts(push)
    assert {row["state"] for row in await clinic.rows("inbox")} == {"done"}
    assert [line.direction for line in await clinic.story(openid)].count(Direction.OUT) == 1


async def test_a_push_that_nothing_matches_is_acknowledged_and_noted(open_clinic: OpenClinic):
    clinic = await open_clinic(routers=())
    openid = await clinic.person()
    push = await clinic.platform.say(openid, "你好")
    assert (push.ok, push.reply) == (True, None)
    assert {line.text for line in await clinic.story(openid)} == {"[关注]", "你好"}


async def test_a_push_that_cannot_be_finished_is_no_server_error_and_holds_nobody_up(open_clinic: OpenClinic):
    async def answer(context: Context) -> Reply:
        kept = {"what": object() if words_of(context.update) == "怪" else "words"}
        return Reply(template="fallback.greeting", dialog=Dialog(name="desk", step="x", data=kept))

    clinic = await open_clinic(routers=answering(answer))
    odd, other = await clinic.person("小林"), await clinic.person("小周")
    push = await clinic.platform.say(odd, "怪")
    assert (push.ok, push.attempts) == (True, 1)
    assert "非常抱歉" in texts(push)
    assert await clinic.say(other, "你好")
    left = {"state": "working", "lease_until": clinic.app.clock.machine_now()}
    inbox = clinic.app.database.collection("inbox")
    for row in await clinic.rows("interactions", {"text": "你好"}):  # as if the process had died before its last mark
        await inbox.update_one({"_id": row["_id"]}, {"$set": {**left, "xml": b""}})
    await inbox.update_many({"state": "working"}, {"$set": left})
    assert await clinic.app.runner.run_now("sweep_inbox") == {"finished": 1}
    assert sorted(row["state"] for row in await clinic.rows("inbox")) == ["done", "done", "done", "failed"]
