"""A colleague answers at the desk: what the patient's phone shows, and what the thread says of it."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import CUSTOMER, PAST_THE_WINDOW, Post
from wxbot.actors import Actor
from wxbot.conversations.models import Episode
from wxbot.conversations.replies.meter import Form
from wxbot.conversations.replies.reply_rules import why_unsent
from wxbot.errors import FieldErrors
from wxbot.history.models import Kind
from wxbot.outbox.models import Message, State
from wxbot.simulator.media import sample_image
from wxbot.simulator.people import Person
from wxbot.staff.permissions import Role, permissions_of

LI = Actor(id="7", name="小李", permissions=permissions_of(Role.RECEPTION))
WANG = Actor(id="8", name="小王", permissions=permissions_of(Role.MANAGER))
HELD = timedelta(seconds=4)  # longer than an answer can be taken back
TYPING = "/cgi-bin/message/custom/typing"


@pytest.fixture
def post(clinic: Clinic) -> Post:
    return Post(clinic)


async def talk(post: Post, name: str = "小林") -> tuple[str, Episode]:
    """A patient who has just written, and the episode that a colleague began."""
    openid = await post.talks(name)
    contact = await post.contact(openid)
    return openid, await post.clinic.app.services.chat.desk.start(contact.id, by=LI, now=post.clinic.now)


async def send(post: Post, episode: Episode, text: str, key: str = "k") -> Message:
    """Send, let it leave, and look where it stands."""
    replies = post.clinic.app.services.chat.replies
    message = await replies.send(episode.id, text, key=key, by=LI, now=post.clinic.now)
    await post.pass_by(HELD)
    await post.deliver()
    return await post.found(message.key)


def read(post: Post, openid: str) -> list[str]:
    """What colleagues wrote, as the phone shows it."""
    return [seen.text for seen in post.clinic.sent_to(openid, "customer")]


async def test_the_patient_reads_the_colleagues_words_and_the_desk_knows_they_left(post: Post) -> None:
    openid, episode = await talk(post)
    message = await send(post, episode, "您好，明天上午十点有号，给您留着？")
    assert read(post, openid) == ["您好，明天上午十点有号，给您留着？"]
    assert message.state is State.ACCEPTED
    line = (await post.clinic.story(openid))[-1]
    assert (line.kind, line.by, line.payload["episode"]) == (Kind.MESSAGE_SENT, "staff:7", episode.id)
    now = await post.clinic.app.services.chat.desk.get(episode.id, by=LI)
    assert now.staff_at is not None
    assert post.calls(CUSTOMER) == 1


REFUSALS: dict[str, tuple[int, Callable[[Person], None]]] = {
    "the window is closed": (45015, lambda person: person.rights.close()),
    "the messages are used up": (45047, lambda person: setattr(person.rights, "left", 0)),
    "no follower any more": (45015, lambda person: setattr(person, "following", False)),
    "no messages wanted": (48002, lambda person: setattr(person, "refusing", True)),
}


@pytest.mark.parametrize("why", REFUSALS)
async def test_what_the_platform_refuses_is_never_shown_as_sent(post: Post, why: str) -> None:
    openid, episode = await talk(post)
    code, refuse = REFUSALS[why]
    refuse(post.clinic.platform.people[openid])  # the platform knows what no push has told us
    message = await send(post, episode, "明天见")
    assert [line.code for line in post.clinic.platform.traffic if line.name == CUSTOMER] == [code]
    assert message.state in {State.DROPPED, State.FAILED}
    assert why_unsent(message)
    chat = post.clinic.app.services.chat
    assert [each.variables["words"] for each in await chat.replies.unsettled(message.contact_id)] == ["明天见"]
    assert await post.tasks("phone") == []
    meter = await chat.replies.meter(message.contact_id, post.clinic.now)
    assert meter.form in {Form.CLOSED, Form.GONE}
    with pytest.raises(FieldErrors):  # the box is closed now, before another one can fail
        await chat.replies.send(episode.id, "明天见！", key="k2", by=LI, now=post.clinic.now)
    assert (await chat.desk.get(episode.id, by=LI)).staff_at is None


@pytest.mark.parametrize(("drop", "arrived"), [("after", ["明天见"]), ("before", [])])
async def test_a_lost_answer_is_shown_as_unknown_whether_or_not_it_arrived(
    post: Post, drop: str, arrived: list[str]
) -> None:
    openid, episode = await talk(post)
    post.clinic.platform.faults.add(CUSTOMER, drop=drop)
    message = await send(post, episode, "明天见")
    assert (message.state, read(post, openid)) == (State.UNKNOWN, arrived)
    await post.pass_by(timedelta(minutes=10))
    await post.deliver()
    await post.clinic.tick()
    assert read(post, openid) == arrived
    assert await post.tasks("check") == []
    assert "不确定" in why_unsent(message)


async def test_a_supervisor_who_takes_over_in_those_seconds_stops_what_was_on_its_way(post: Post) -> None:
    openid, episode = await talk(post)
    chat = post.clinic.app.services.chat
    message = await chat.replies.send(episode.id, "我帮您查", key="k", by=LI, now=post.clinic.now)
    await chat.desk.take_over(episode.id, reason="他在带教", by=WANG, now=post.clinic.now)
    await post.pass_by(HELD)
    await post.deliver()
    assert (read(post, openid), (await post.found(message.key)).reason) == ([], "conversation_owner")
    await chat.replies.send(episode.id, "我是小王，我来帮您", key="k", by=WANG, now=post.clinic.now)
    await post.pass_by(HELD)
    await post.deliver()
    assert read(post, openid) == ["我是小王，我来帮您"]


async def test_a_patient_who_unfollows_in_those_seconds_is_not_written_to(post: Post) -> None:
    openid, episode = await talk(post)
    replies = post.clinic.app.services.chat.replies
    message = await replies.send(episode.id, "明天见", key="k", by=LI, now=post.clinic.now)
    await post.clinic.platform.unfollow(openid)
    await post.pass_by(HELD)
    await post.deliver()
    assert post.calls(CUSTOMER) == 0
    assert why_unsent(await post.found(message.key)) == "患者已取消关注，这条没有发出。"
    assert (await replies.meter(message.contact_id, post.clinic.now)).form is Form.GONE


async def test_after_two_days_a_card_asks_the_patient_to_write_and_their_answer_opens_the_box(post: Post) -> None:
    openid, episode = await talk(post)
    await post.pass_by(PAST_THE_WINDOW)
    chat = post.clinic.app.services.chat
    meter = await chat.replies.meter(episode.contact_id, post.clinic.now)
    assert (meter.form, meter.ways) == (Form.CLOSED, ("template", "phone"))
    await chat.replies.other_ways.invite(episode.id, by=LI, now=post.clinic.now)
    await post.deliver()
    [card] = post.clinic.sent_to(openid, "template")
    assert card.card is not None
    assert card.card["title"] == "咨询回复提醒"
    await post.clinic.say(openid, "我在")
    message = await send(post, episode, "您好，片子出来了", "k3")
    assert message.state is State.ACCEPTED


UPLOAD = "/cgi-bin/media/upload"


async def send_photo(post: Post, episode: Episode) -> Message:
    replies = post.clinic.app.services.chat.replies
    message = await replies.send_photo(episode.id, sample_image(), key="p", by=LI, now=post.clinic.now)
    await post.pass_by(HELD)
    await post.deliver()
    return await post.found(message.key)


async def test_a_photo_is_seen_on_the_patients_phone_and_in_the_thread(post: Post) -> None:
    openid, episode = await talk(post)
    message = await send_photo(post, episode)
    [seen] = post.clinic.sent_to(openid, "customer")
    assert (message.state, seen.kind) == (State.ACCEPTED, "image")
    assert post.clinic.platform.media.get(seen.media_id, post.clinic.platform.now()).data == sample_image()
    thread = await post.clinic.app.services.chat.lists.thread(episode.contact_id, by=LI)
    assert thread.lines[-1].id in thread.media


@pytest.mark.parametrize("trouble", [{"code": -1}, {"drop": "after"}, {"drop": "before"}, {"status": 502}])
async def test_trouble_with_an_upload_is_never_a_message_of_which_nobody_knows(
    post: Post, trouble: dict[str, Any]
) -> None:
    openid, episode = await talk(post)
    post.clinic.platform.faults.add(UPLOAD, **trouble)
    message = await send_photo(post, episode)
    assert (message.state, post.calls(CUSTOMER)) == (State.WAITING, 0)
    await post.pass_by(timedelta(seconds=10))
    await post.deliver()
    assert (await post.found(message.key)).state is State.ACCEPTED
    assert [seen.kind for seen in post.clinic.sent_to(openid, "customer")] == ["image"]


async def test_a_photo_that_the_platform_does_not_take_is_shown_as_not_sent(post: Post) -> None:
    openid, episode = await talk(post)
    post.clinic.platform.faults.add(UPLOAD, code=40005)
    message = await send_photo(post, episode)
    assert (message.state, post.clinic.sent_to(openid, "customer")) == (State.FAILED, [])
    assert await post.tasks("phone") == []


async def test_typing_is_seen_on_the_patients_phone(post: Post) -> None:
    openid, episode = await talk(post)
    replies = post.clinic.app.services.chat.replies
    await post.clinic.app.services.chat.desk.heard(
        episode.contact_id, line_id="m:1", words="在吗", polite=False, question=True, now=post.clinic.now
    )
    await replies.show_typing(episode.id, by=LI, now=post.clinic.now)
    assert post.clinic.platform.people[openid].typing_until is not None
    await replies.show_typing(episode.id, by=LI, now=post.clinic.now)
    assert post.calls(TYPING) == 1


async def test_ledger_and_platform_agree_through_a_random_week_at_the_desk(post: Post) -> None:
    dice, clinic = Random(11), post.clinic
    platform, chat = clinic.platform, clinic.app.services.chat
    talks = [await talk(post, f"患者{number}") for number in range(3)]
    refused_before = sent = 0
    for number in range(90):
        await post.pass_by(timedelta(seconds=dice.choice((1, 5, 40, 90, 3600, 30 * 3600))))
        openid, episode = dice.choice(talks)
        if not platform.people[openid].following:
            await platform.follow(openid)
        match dice.choice(("say", "tap", "scan", "leave", *["send"] * 6)):
            case "say":
                await platform.say(openid, "你好")
            case "tap":
                await platform.say(openid, "诊所信息", menu_id="CLINIC_INFO")
            case "scan":
                await platform.scan(openid, "desk")
            case "leave":
                await platform.unfollow(openid)
            case "send":
                allowed = (await chat.replies.meter(episode.contact_id, clinic.now)).left > 0
                try:
                    message = await send(post, episode, f"第{number}句", f"k{number}")
                except FieldErrors:
                    refused_before += 1
                    assert not allowed
                else:
                    assert (allowed, message.state) == (True, State.ACCEPTED)
                    sent += 1
        for each, _ in talks:
            left, _ = platform.rights(each)
            page = await post.rights(each)
            open_now = page.customer_until is not None and page.customer_until > clinic.now
            assert (page.customer_left if open_now else 0) == left
    refused = {line.code for line in platform.traffic if line.direction == "api" and line.code}
    assert refused <= {42001}  # the platform's time was moved, so its tokens end early
    assert min(sent, refused_before) > 5
