"""Trouble on request."""

import aiohttp
import pytest

SEND = "/cgi-bin/message/custom/send"


@pytest.fixture
async def person(world):
    person = await world.follower()
    await world.platform.say(person.openid, "在吗")
    await world.token()
    return person


async def test_a_code_is_answered_as_often_as_asked_and_nothing_is_done(world, person):
    world.platform.faults.add(SEND, code=45015, times=2)
    assert [await world.say_to(person.openid, "好") for _ in range(3)] == [45015, 45015, 0]
    assert world.platform.rights(person.openid)[0] == 4


async def test_a_connection_closed_before_means_nothing_was_done(world, person):
    world.platform.faults.add(SEND, drop="before")
    with pytest.raises(aiohttp.ClientError):
        await world.say_to(person.openid, "好")
    assert world.platform.sent == []


async def test_a_connection_closed_after_means_it_was_done(world, person):
    world.platform.faults.add(SEND, drop="after")
    with pytest.raises(aiohttp.ClientError):
        await world.say_to(person.openid, "好")
    assert [sent.openid for sent in world.platform.sent] == [person.openid]
    assert person.messages[-1].text == "好"


async def test_an_http_status_replaces_the_answer_and_nothing_is_done(world, person):
    world.platform.faults.add(SEND, status=502)
    url = f"{world.url}{SEND}?access_token={await world.token()}"
    body = {"touser": person.openid, "msgtype": "text", "text": {"content": "hi"}}
    async with world.session.post(url, json=body) as response:
        assert response.status == 502
    assert world.platform.sent == []


async def test_a_late_answer_is_late_and_right(world, person):
    world.platform.faults.add(SEND, latency=0.05)
    assert await world.say_to(person.openid, "好") == 0
    slow = next(line for line in world.platform.traffic if line.name == SEND)
    assert slow.elapsed_ms >= 50


async def test_any_path_may_be_meant_and_clearing_ends_it(world, person):
    world.platform.faults.add("*", code=-1, times=5)
    answer = await world.get("/cgi-bin/getcallbackip", token="x")
    assert answer["errcode"] == -1
    world.platform.faults.clear()
    assert await world.say_to(person.openid, "好") == 0


@pytest.mark.parametrize(
    "wrong",
    [{}, {"code": 1, "times": 0}, {"latency": -1.0}, {"drop": "during"}, {"status": 7}],
)
def test_trouble_that_cannot_be_had_is_refused(world, wrong):
    with pytest.raises(ValueError, match=r"must|say"):
        world.platform.faults.add(SEND, **wrong)
