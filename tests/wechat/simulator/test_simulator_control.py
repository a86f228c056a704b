"""The control API, the event stream, and keeping a platform as JSON."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from aiohttp import web

from wxbot.simulator.menu import checked
from wxbot.simulator.platform import Platform


async def ask(world, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    async with world.session.request(method, world.url + path, data=data) as response:
        return response.status, await response.json()


async def act(world, openid, gesture, body=None):
    return await ask(world, "POST", f"/sim/people/{openid}/{gesture}", body or {})


async def test_a_person_is_made_follows_and_talks(world):
    status, made = await ask(world, "POST", "/sim/people", {"name": "小林"})
    assert status == 200
    openid = made["openid"]
    status, followed = await act(world, openid, "follow")
    assert (status, followed["status"], followed["attempts"], followed["ok"]) == (200, 200, 1, True)
    world.answer = lambda heard: world.reply(heard, {"MsgType": "text", "Content": "您好"})
    _, said = await act(world, openid, "say", {"text": "你好"})
    assert said["reply"]["text"] == "您好"
    _, state = await ask(world, "GET", "/sim/state")
    assert state["people"][0]["unread"] == 1
    assert state["people"][0]["last"]["text"] == "您好"
    _, chat = await ask(world, "GET", f"/sim/people/{openid}/messages")
    assert [(line["direction"], line["text"]) for line in chat["messages"]] == [("in", "你好"), ("out", "您好")]
    assert chat["person"]["rights"]["left"] == 5
    _, state = await ask(world, "GET", "/sim/state")
    assert state["people"][0]["unread"] == 0


async def test_every_gesture_has_its_path(world):
    world.platform.menu = checked({"button": [{"type": "click", "name": "预约", "key": "BOOK"}]})
    world.platform.add_notice_template("N1", "复诊提醒", "事项:{{thing1.DATA}}")
    person = await world.follower()
    gestures = {
        "image": {},
        "voice": {},
        "video": {},
        "location": {},
        "link": {},
        "menu": {"key": "BOOK"},
        "scan": {"scene": "doc_7"},
        "notice": {"template_id": "N1", "accept": True},
        "notice-off": {"template_id": "N1"},
        "refuse": {"refuse": True},
        "unfollow": {},
    }
    for gesture, body in gestures.items():
        status, answer = await act(world, person.openid, gesture, body)
        assert (gesture, status, answer["ok"]) == (gesture, 200, True)
    assert (person.following, person.refusing) == (False, True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/sim/people", {"name": " "}, 400),
        ("POST", "/sim/people", {}, 400),
        ("POST", "/sim/people", [], 400),
        ("POST", "/sim/people/oNobody/follow", {}, 404),
        ("GET", "/sim/people/oNobody/messages", None, 404),
        ("POST", "/sim/people/$/dance", {}, 404),
        ("POST", "/sim/people/$/say", {"text": ""}, 400),
        ("POST", "/sim/people/$/follow", {}, 400),
        ("POST", "/sim/people/$/menu", {"key": "none"}, 400),
        ("POST", "/sim/people/$/notice", {"template_id": "N9", "accept": True}, 400),
        ("POST", "/sim/people/$/notice", {"template_id": "N9"}, 400),
        ("POST", "/sim/people/$/refuse", {"refuse": "yes"}, 400),
        ("POST", "/sim/people/$/scan", {}, 400),
        ("GET", "/sim/traffic?after=x", None, 400),
        ("POST", "/sim/clock", {}, 400),
        ("POST", "/sim/clock", {"advance_seconds": -1}, 400),
        ("POST", "/sim/clock", {"advance_seconds": 1e15}, 400),
        ("POST", "/sim/clock", {"to": "soon"}, 400),
        ("POST", "/sim/faults", {"code": 1}, 400),
        ("POST", "/sim/faults", {"path": "/x", "code": "1"}, 400),
        ("POST", "/sim/faults", {"path": "/x", "drop": "during"}, 400),
        ("POST", "/sim/faults", {"path": "/x", "colour": "red"}, 400),
        ("GET", "/sim/qr?scene=none", None, 404),
    ],
)
async def test_what_is_not_valid_is_answered_with_a_sentence(world, method, path, body, status):
    person = await world.follower()
    got, answer = await ask(world, method, path.replace("$", person.openid), body)
    assert got == status
    assert answer["error"]


async def test_a_body_that_is_no_json_is_answered_with_a_sentence(world):
    async with world.session.post(world.url + "/sim/people", data=b"{") as response:
        assert (response.status, (await response.json())["error"]) == (400, "the body is not JSON")


async def test_the_clock_moves_forward_by_seconds_or_to_a_moment(world):
    _, moved = await ask(world, "POST", "/sim/clock", {"advance_seconds": 3600})
    assert (moved["shift_seconds"], moved["clinic"]) == (3600.0, None)
    _, moved = await ask(world, "POST", "/sim/clock", {"to": "2026-11-21T02:00:00+00:00"})
    assert moved["now"] == "2026-11-21T02:00:00+00:00"


async def test_the_clinic_is_told_when_the_clock_moves(open_world):
    async with AsyncExitStack() as stack:
        told = []
        app = web.Application()

        async def hook(request):
            told.append(await request.json())
            return web.json_response({"jobs": 3})

        app.router.add_post("/clock", hook)
        runner = web.AppRunner(app)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        world = await open_world(clock_hook=f"http://127.0.0.1:{runner.addresses[0][1]}/clock")
        _, moved = await ask(world, "POST", "/sim/clock", {"advance_seconds": 60})
        assert (told, moved["clinic"]) == ([{"advance_seconds": 60.0}], {"jobs": 3})
        assert (await ask(world, "GET", "/sim/state"))[1]["clock_hook"] is True


async def test_a_clinic_that_does_not_answer_leaves_the_clock_moved(open_world):
    world = await open_world(clock_hook="http://127.0.0.1:9/clock")
    status, moved = await ask(world, "POST", "/sim/clock", {"advance_seconds": 60})
    assert (status, moved["shift_seconds"], moved["clinic"]) == (200, 60.0, None)


async def test_traffic_is_read_from_a_number_on(world):
    person = await world.follower()
    await world.say_to(person.openid, "好")
    _, all_lines = await ask(world, "GET", "/sim/traffic")
    names = [line["name"] for line in all_lines["lines"]]
    assert names == ["subscribe", "/cgi-bin/stable_token", "/cgi-bin/message/custom/send"]
    last = all_lines["lines"][-1]
    assert (last["direction"], last["openid"], last["code"], last["status"]) == ("api", person.openid, 0, 200)
    _, newer = await ask(world, "GET", f"/sim/traffic?after={last['n'] - 1}")
    assert newer["lines"] == [last]
    assert (await ask(world, "GET", f"/sim/traffic?after={last['n']}"))[1]["lines"] == []


async def test_faults_and_tokens_are_reached_over_http(world):
    person = await world.follower()
    path = "/cgi-bin/message/custom/send"
    assert (await ask(world, "POST", "/sim/faults", {"path": path, "code": 45047, "times": 2}))[1] == {"waiting": 1}
    assert await world.say_to(person.openid, "好") == 45047
    assert (await ask(world, "DELETE", "/sim/faults"))[1] == {"waiting": 0}
    token = await world.token()
    await ask(world, "POST", "/sim/token/revoke", {})
    assert (await world.get("/cgi-bin/getcallbackip", token=token))["errcode"] == 40001


async def test_a_code_is_drawn_as_svg(world):
    world.platform.scenes.add("doc_7", 0, world.platform.now(), life=None)
    async with world.session.get(f"{world.url}/sim/qr?scene=doc_7") as response:
        assert (response.content_type, (await response.text())[:4]) == ("image/svg+xml", "<svg")


async def test_the_stream_tells_of_every_change_and_ends_with_the_platform(world):
    async with world.session.get(f"{world.url}/sim/events") as stream:
        assert stream.content_type == "text/event-stream"
        assert await stream.content.readline() == b": connected\n"
        await stream.content.readline()
        person = world.platform.create_person("小林")
        lines = [await stream.content.readline() for _ in range(3)]
        assert lines[0] == b"event: changed\n"
        assert json.loads(lines[1].removeprefix(b"data: ")) == {"what": "people", "openid": person.openid}
        world.platform.listeners.close()
        async with asyncio.timeout(60):
            assert await stream.content.read() == b""


async def test_the_phone_page_is_served(world):
    async with world.session.get(world.url + "/") as response:
        assert (response.status, response.content_type) == (200, "text/html")


async def test_a_browser_remembers_whose_phone_it_is(world):
    person = await world.follower()
    async with world.session.get(f"{world.url}/sim/people/{person.openid}/messages") as response:
        assert response.cookies["sim_openid"].value == person.openid


async def test_a_platform_survives_as_json(world):
    platform = world.platform
    platform.menu = checked({"button": [{"type": "click", "name": "预约", "key": "BOOK"}]})
    platform.add_template("T1", "就诊提醒", "就诊人:{{thing3.DATA}}", choices={"const1": ["是"]})
    platform.add_notice_template("N1", "复诊提醒", "事项:{{thing1.DATA}}", type=3)
    person = platform.create_person("小林")
    await platform.scan(person.openid, "doc_7")
    await platform.answer_notice(person.openid, "N1")
    await platform.switch_off_notice(person.openid, "N1")
    await platform.send_location(person.openid)
    await world.say_to(person.openid, '<a href="weixin://bizmsgmenu?msgmenucontent=预约&msgmenuid=1">约</a>')
    await world.post("/cgi-bin/tags/create", {"tag": {"name": "儿童"}})
    platform.clock.move(timedelta(hours=1))
    kept = json.loads(json.dumps(platform.snapshot(), ensure_ascii=False))
    again = Platform.restore(platform.account, kept)
    assert again.snapshot() == kept
    assert again.people[person.openid] == person
    assert again.clock.shift == platform.clock.shift
    assert again.scenes.by_scene["doc_7"] == platform.scenes.by_scene["doc_7"]
    assert (again.templates, again.notice_templates) == (platform.templates, platform.notice_templates)


def test_a_snapshot_of_another_version_is_refused(world):
    with pytest.raises(ValueError, match="version 9"):
        Platform.restore(world.platform.account, {"version": 9})


async def test_memory_stays_bounded(world):
    for number in range(2100):
        world.platform.traffic.add(world.platform.now(), "api", str(number))
    assert len(world.platform.traffic) == 2000
    assert [line.n for line in world.platform.traffic.after(2098)] == [2099, 2100]
    assert len(world.platform.traffic.after(0)) == 2000
