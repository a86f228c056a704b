"""Subscription notices and their library (reference §6)."""

import asyncio

import pytest

SEND = "/cgi-bin/message/subscribe/bizsend"


def notice(openid, **changes):
    return {
        "touser": openid,
        "template_id": "N1",
        "page": "https://e.cn",
        "data": {"thing1": {"value": "复诊"}},
        **changes,
    }


@pytest.fixture
async def person(world):
    world.platform.add_notice_template("N1", "复诊提醒", "事项:{{thing1.DATA}}")
    world.platform.add_notice_template("N3", "长期提醒", "事项:{{thing1.DATA}}", type=3)
    return await world.follower()


async def test_each_accept_allows_one_notice_and_its_receipt_follows(world, person):
    await world.platform.answer_notice(person.openid, "N1")
    codes = [(await world.post(SEND, notice(person.openid)))["errcode"] for _ in range(2)]
    assert codes == [0, 43101]
    await world.platform.settled()
    receipt = world.last()
    assert receipt["Event"] == "subscribe_msg_sent_event"
    inside = "SubscribeMsgSentEvent/List"
    assert (receipt[f"{inside}/TemplateId"], receipt[f"{inside}/ErrorCode"]) == ("N1", "0")
    assert receipt[f"{inside}/MsgID"] == world.platform.sent[-1].msgid
    assert person.messages[-1].kind == "notice"


async def test_a_long_term_consent_allows_many(world, person):
    await world.platform.answer_notice(person.openid, "N3")
    codes = [(await world.post(SEND, notice(person.openid, template_id="N3")))["errcode"] for _ in range(3)]
    assert codes == [0, 0, 0]


async def test_it_reaches_somebody_who_left(world, person):
    await world.platform.answer_notice(person.openid, "N1")
    await world.platform.unfollow(person.openid)
    assert (await world.post(SEND, notice(person.openid)))["errcode"] == 0
    await world.platform.settled()
    assert person.messages[-1].kind == "notice"


async def test_switched_off_or_refused_notices_are_not_sent(world, person):
    await world.platform.answer_notice(person.openid, "N1")
    await world.platform.switch_off_notice(person.openid, "N1")
    assert (await world.post(SEND, notice(person.openid)))["errcode"] == 43101
    await world.platform.answer_notice(person.openid, "N1")
    await world.platform.refuse_messages(person.openid)
    assert (await world.post(SEND, notice(person.openid)))["errcode"] == 43101


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"touser": "oNobody"}, 40003),
        ({"template_id": "N9"}, 40037),
        ({"data": {"thing1": {"value": "字" * 21}}}, 47003),
        ({"data": {"thing1": {"value": ""}}}, 40250),
    ],
)
async def test_a_faulty_notice_gets_its_code_and_uses_up_nothing(world, person, change, code):
    await world.platform.answer_notice(person.openid, "N1")
    assert (await world.post(SEND, notice(person.openid, **change)))["errcode"] == code
    assert person.grants == {"N1": 1}


async def test_two_at_once_to_the_same_person_collide(world, person):
    for _ in range(2):
        await world.platform.answer_notice(person.openid, "N1")
    world.platform.faults.add(SEND, latency=0.2, times=2)
    answers = await asyncio.gather(*[world.post(SEND, notice(person.openid)) for _ in range(2)])
    assert sorted(answer["errcode"] for answer in answers) == [0, 43108]


async def test_a_failure_after_acceptance_can_be_arranged(world, person):
    await world.platform.answer_notice(person.openid, "N1")
    world.platform.faults.add("subscribe_msg_sent_event", code=43101)
    await world.post(SEND, notice(person.openid))
    await world.platform.settled()
    assert world.last()["SubscribeMsgSentEvent/List/ErrorCode"] == "43101"
    assert person.messages == []


async def test_a_notice_is_chosen_from_the_library_and_deleted(world):
    categories = (await world.get("/wxaapi/newtmpl/getcategory"))["data"]
    assert {"id", "name"} == set(categories[0])
    titles = await world.get("/wxaapi/newtmpl/getpubtemplatetitles", ids="670", start="0", limit="2")
    assert (len(titles["data"]), titles["count"]) == (2, 4)
    keywords = (await world.get("/wxaapi/newtmpl/getpubtemplatekeywords", tid="47125"))["data"]
    assert [(each["kid"], each["rule"]) for each in keywords] == [(1, "thing"), (2, "date"), (3, "thing")]
    body = {"tid": "47125", "kidList": [2, 1], "sceneDesc": "复诊"}
    added = await world.post("/wxaapi/newtmpl/addtemplate", body)
    rows = (await world.get("/wxaapi/newtmpl/gettemplate"))["data"]
    assert (rows[0]["priTmplId"], rows[0]["type"]) == (added["priTmplId"], 3)
    assert rows[0]["content"] == "复诊日期:{{date2.DATA}}\n复诊事项:{{thing1.DATA}}\n"
    assert (await world.post("/wxaapi/newtmpl/addtemplate", body))["errcode"] == 200022
    deleted = [await world.post("/wxaapi/newtmpl/deltemplate", {"priTmplId": added["priTmplId"]}) for _ in range(2)]
    assert [answer["errcode"] for answer in deleted] == [0, 40037]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"tid": "1", "kidList": [1, 2]}, 200014),
        ({"tid": "47125", "kidList": [1]}, 200020),
        ({"tid": "47125", "kidList": [1, 99]}, 200020),
        ({"tid": "47125", "kidList": [1, 2], "sceneDesc": "字" * 16}, 200021),
    ],
)
async def test_a_choice_the_library_does_not_offer_is_refused(world, body, code):
    assert (await world.post("/wxaapi/newtmpl/addtemplate", body))["errcode"] == code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"ids": "1", "start": "0", "limit": "1"}, 200018),
        ({"ids": "670", "start": "x", "limit": "1"}, 200016),
        ({"ids": "670", "start": "0", "limit": "31"}, 200017),
    ],
)
async def test_titles_need_proper_pages(world, query, code):
    assert (await world.get("/wxaapi/newtmpl/getpubtemplatetitles", **query))["errcode"] == code
