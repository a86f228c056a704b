"""Template messages, their receipts and their management (reference §5)."""

import asyncio
from datetime import timedelta

import pytest

SEND = "/cgi-bin/message/template/send"
VISIT = "就诊人:{{thing3.DATA}}\n就诊时间:{{time5.DATA}}"


def visit(openid, **changes):
    data = {"thing3": {"value": "林女士"}, "time5": {"value": "2026年11月20日 14:30"}}
    return {"touser": openid, "template_id": "T1", "url": "https://e.cn/a", "data": data, **changes}


@pytest.fixture
async def person(world):
    world.platform.add_template("T1", "就诊提醒", VISIT)
    return await world.follower()


async def test_an_accepted_card_is_shown_and_its_receipt_says_success(world, person):
    answer = await world.post(SEND, visit(person.openid))
    assert answer["errcode"] == 0
    await world.platform.settled()
    receipt = world.last()
    assert (receipt["Event"], receipt["Status"]) == ("TEMPLATESENDJOBFINISH", "success")
    assert (receipt["MsgID"], receipt["FromUserName"]) == (str(answer["msgid"]), person.openid)
    assert person.messages[-1].card == {
        "title": "就诊提醒",
        "fields": [["就诊人", "林女士"], ["就诊时间", "2026年11月20日 14:30"]],
        "url": "https://e.cn/a",
    }


async def test_it_needs_no_open_window(world, person):
    world.platform.clock.move(timedelta(days=30))
    assert (await world.post(SEND, visit(person.openid)))["errcode"] == 0


async def test_a_patient_who_refuses_is_accepted_and_reported(world, person):
    await world.platform.refuse_messages(person.openid)
    assert (await world.post(SEND, visit(person.openid)))["errcode"] == 0
    await world.platform.settled()
    assert world.last()["Status"] == "failed:user block"
    assert person.messages == []


async def test_a_failure_after_acceptance_can_be_arranged(world, person):
    world.platform.faults.add("TEMPLATESENDJOBFINISH", code=1)
    assert (await world.post(SEND, visit(person.openid)))["errcode"] == 0
    await world.platform.settled()
    assert world.last()["Status"] == "failed: system failed"
    assert person.messages == []


async def test_a_receipt_can_be_lost(world, person):
    world.platform.faults.add("TEMPLATESENDJOBFINISH", drop="before")
    await world.post(SEND, visit(person.openid))
    await world.platform.settled()
    assert world.events() == ["subscribe"]
    assert person.messages[-1].kind == "template"


async def test_the_same_client_id_is_delivered_once_for_ten_minutes(world, person):
    body = visit(person.openid, client_msg_id="rem-1")
    first = await world.post(SEND, body)
    world.platform.clock.move(timedelta(minutes=9, seconds=59))
    second = await world.post(SEND, body)
    assert first["msgid"] == second["msgid"]
    world.platform.clock.move(timedelta(seconds=1))
    third = await world.post(SEND, body)
    assert third["msgid"] != first["msgid"]
    await world.platform.settled()
    assert [seen.kind for seen in person.messages] == ["template", "template"]
    assert world.events().count("TEMPLATESENDJOBFINISH") == 2


async def test_the_same_client_id_to_two_people_is_two_messages(world, person):
    other = await world.follower("小周")
    answers = [await world.post(SEND, visit(each.openid, client_msg_id="rem-1")) for each in (person, other)]
    assert answers[0]["msgid"] != answers[1]["msgid"]


async def test_the_mini_program_wins_over_the_url(world, person):
    await world.post(SEND, visit(person.openid, miniprogram={"appid": "wx1", "pagepath": "pages/a"}))
    await world.platform.settled()
    assert person.messages[-1].card["url"] == "weapp://wx1/pages/a"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"touser": "oNobody"}, 40003),
        ({"template_id": "T9"}, 40037),
        ({"template_id": ""}, 40036),
        ({"template_id": "x" * 65}, 40036),
        ({"url": "https://e.cn/" + "a" * 1024}, 40039),
        ({"miniprogram": {"pagepath": "a"}}, 40013),
        ({"data": {"thing3": {"value": "林女士"}, "time5": {"value": ""}}}, 40250),
        ({"data": {"thing3": {"value": "字" * 21}, "time5": {"value": "15:01"}}}, 47003),
        ({"data": {"thing3": {"value": "林女士"}}}, 47003),
    ],
)
async def test_a_faulty_card_gets_its_code_and_nothing_is_sent(world, person, change, code):
    assert (await world.post(SEND, visit(person.openid, **change)))["errcode"] == code
    await world.platform.settled()
    assert world.platform.sent == []
    assert world.events() == ["subscribe"]


async def test_strangers_and_the_blacklist_get_no_cards(world, person):
    stranger = world.platform.create_person("陌生人")
    person.blacklisted = True
    codes = [(await world.post(SEND, visit(each.openid)))["errcode"] for each in (stranger, person)]
    assert codes == [43004, 43019]


async def test_many_receipts_arrive_after_many_sends(world, person):
    answers = await asyncio.gather(*[world.post(SEND, visit(person.openid)) for _ in range(40)])
    await world.platform.settled()
    receipts = {heard["MsgID"] for heard in world.heard if heard.root.findtext("Event") == "TEMPLATESENDJOBFINISH"}
    assert receipts == {str(answer["msgid"]) for answer in answers}


async def test_a_template_is_chosen_from_the_library_in_the_order_asked(world):
    body = {"template_id_short": "47123", "keyword_name_list": ["就诊时间", "就诊人"]}
    added = await world.post("/cgi-bin/template/api_add_template", body)
    rows = (await world.get("/cgi-bin/template/get_all_private_template"))["template_list"]
    assert [row["template_id"] for row in rows] == [added["template_id"]]
    assert rows[0]["content"] == "就诊时间:{{time5.DATA}}\n就诊人:{{thing3.DATA}}\n"
    assert set(rows[0]) == {"template_id", "title", "primary_industry", "deputy_industry", "content", "example"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"template_id_short": "TM00015", "keyword_name_list": ["就诊人"]}, 40247),
        ({"template_id_short": "47123", "keyword_name_list": ["别的"]}, 40246),
        ({"template_id_short": "47123", "keyword_name_list": []}, 40246),
        ({"template_id_short": "1", "keyword_name_list": ["就诊人"]}, 40037),
    ],
)
async def test_a_choice_the_library_does_not_offer_is_refused(world, body, code):
    assert (await world.post("/cgi-bin/template/api_add_template", body))["errcode"] == code


async def test_twenty_five_templates_are_enough(world):
    for number in range(25):
        world.platform.add_template(f"T{number}", "t", "x:{{thing1.DATA}}")
    body = {"template_id_short": "47123", "keyword_name_list": ["就诊人"]}
    assert (await world.post("/cgi-bin/template/api_add_template", body))["errcode"] == 45026


async def test_a_deleted_template_is_gone(world, person):
    body = {"template_id": "T1"}
    codes = [(await world.post("/cgi-bin/template/del_private_template", body))["errcode"] for _ in range(2)]
    assert codes == [0, 40037]
    assert (await world.post(SEND, visit(person.openid)))["errcode"] == 40037
