"""Whose a push is: keys with their sender, pushes claimed before an upgrade, and senders that are nobody."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.dispatch.former_keys import REPEATED_WITHIN
from wxbot.dispatch.stores.inbox import InboxClaim
from wxbot.wechat.message_kinds import key_of

SYSTEM_SENDER = "mphelper"


def text(number: int, words: str) -> dict[str, Any]:
    return {"MsgType": "text", "Content": words, "MsgId": number}


async def contacts(clinic: Clinic) -> int:
    return len(await clinic.rows("contacts"))


# -- keys --------------------------------------------------------------------------------------------------------


async def test_two_patients_with_the_same_message_id_both_get_their_answer(clinic: Clinic):
    one, other = await clinic.person("林女士"), await clinic.person("老王")
    first = await clinic.platform.push_raw(one, text(77, "预约"))
    second = await clinic.platform.push_raw(other, text(77, "你好"))
    assert first.reply is not None
    assert second.reply is not None
    assert first.reply["text"] != second.reply["text"]
    assert "你好" in [line.text for line in await clinic.story(other)]


async def test_no_key_names_its_sender(clinic: Clinic):
    openid = await clinic.person()
    await clinic.platform.push_raw(openid, text(78, "你好"))
    assert openid not in {row["_id"] for row in await clinic.rows("inbox")}
    assert not any(openid in row["_id"] for row in await clinic.rows("interactions"))


@pytest.mark.parametrize("state", ["done", "working"])
async def test_a_push_claimed_before_the_upgrade_and_repeated_after_it_is_not_handled_twice(
    open_clinic: OpenClinic, state: str
):
    before = await open_clinic()
    openid = await before.person()
    push = await before.platform.push_raw(openid, text(79, "预约"))
    assert push.reply is not None
    await as_before_the_upgrade(before, openid, 79, state)
    after = await open_clinic(beside=before)
    before.platform.account.callback_url = f"{after.url}/wechat/callback"
    if state == "working":  # its process ended before it was done; the sweep of the new one finishes it
        after.app.dispatcher._reply_within = 0.1
        repeated = await before.platform.redeliver(push)
        assert repeated.ok
        moved = after.app.clock.machine_now() + timedelta(seconds=30)
        after.app.clock.machine_now = lambda: moved  # type: ignore[method-assign]
        assert await after.app.dispatcher.finish() == 1
    else:
        repeated = await before.platform.redeliver(push)
        assert repeated.reply == push.reply
    assert [line.text for line in await before.story(openid)].count("预约") == 1
    assert [row["_id"] for row in await after.rows("inbox", {"openid": openid, "_id": {"$regex": "^m:"}})] == ["m:79"]
    assert {row["state"] for row in await after.rows("inbox")} == {"done"}


async def as_before_the_upgrade(clinic: Clinic, openid: str, number: int, state: str) -> None:
    """The claim and the lines of a push as the version before kept them."""
    key, former = key_of(openid, str(number)), f"m:{number}"
    inbox, lines = (clinic.app.database.collection(name) for name in ("inbox", "interactions"))
    await clinic.marked()
    row = await inbox.find_one({"_id": key})
    assert row is not None
    await inbox.delete_one({"_id": key})
    now = clinic.app.clock.machine_now()
    if state == "working":
        xml = (
            f"<xml><ToUserName>gh</ToUserName><FromUserName>{openid}</FromUserName><CreateTime>1790000000</CreateTime>"
            f"<MsgType>text</MsgType><Content>预约</Content><MsgId>{number}</MsgId></xml>"
        ).encode()
        await lines.delete_many({"_id": {"$regex": f"^{key}"}})
        await clinic.app.stores.inbox.claim(
            [InboxClaim(former, openid, xml, now, now + timedelta(seconds=20), busy=False)]
        )
        return
    await inbox.insert_one({**row, "_id": former})
    for line in await lines.find({"_id": {"$regex": f"^{key}"}}).to_list(None):
        await lines.delete_one({"_id": line["_id"]})
        await lines.insert_one({**line, "_id": line["_id"].replace(key, former)})


async def test_a_message_id_of_another_patient_before_the_upgrade_keeps_nobody_from_being_heard(
    open_clinic: OpenClinic,
):
    before = await open_clinic()
    one, other = await before.person("林女士"), await before.person("老王")
    await before.platform.push_raw(one, text(80, "预约"))
    await as_before_the_upgrade(before, one, 80, "done")
    after = await open_clinic(beside=before)
    before.platform.account.callback_url = f"{after.url}/wechat/callback"
    assert (await before.platform.push_raw(other, text(80, "你好"))).reply is not None


async def test_former_keys_are_looked_for_only_where_there_are_some_and_only_for_a_while(open_clinic: OpenClinic):
    clinic = await open_clinic()
    openid = await clinic.person()
    await clinic.platform.push_raw(openid, text(81, "你好"))
    looked = clinic.app.dispatcher._former_keys
    assert looked._there_are is False
    await as_before_the_upgrade(clinic, openid, 81, "done")
    looked._there_are = None
    assert await looked.claimed_as(key_of(openid, "81"), openid) == "m:81"
    looked._until = clinic.app.clock.monotonic() - 1
    assert await looked.claimed_as(key_of(openid, "81"), openid) is None
    assert timedelta(minutes=5) < REPEATED_WITHIN


# -- nobody's ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"Event": "MASSSENDJOBFINISH", "MsgID": 5, "Status": "send success", "TotalCount": 9, "SentCount": 9},
        {"Event": "MASSSENDJOBFINISH", "MsgID": 6, "Status": "err(20013)", "TotalCount": 9, "SentCount": 0},
        {"Event": "PUBLISHJOBFINISH", "PublishEventInfo": {"publish_id": 1, "publish_status": 0}},
        {"Event": "verify_expired", "ExpiredTime": 1_790_000_000},
        {"Event": "user_info_modified", "openid": "oSomebodyElse", "appid": "wx"},
        {"Event": "user_authorization_cancellation", "OpenID": "oSomebodyElse", "RevokeInfo": "1"},
        {"Event": "user_authorization_revoke", "OpenID": "oSomebodyElse", "RevokeInfo": "206"},
        {"Event": "TEMPLATESENDJOBFINISH", "MsgID": 7, "Status": "success"},
        {"Event": "something_of_next_year", "New": "x"},
        {"Event": "unsubscribe", "EventKey": ""},
    ],
)
async def test_a_sender_that_nobody_is_becomes_no_contact(clinic: Clinic, fields: dict[str, Any]):
    await clinic.person()
    before = await contacts(clinic)
    push = await clinic.platform.push_raw(SYSTEM_SENDER, {**fields, "CreateTime": 1_790_000_000})
    assert push.ok
    assert await contacts(clinic) == before
    assert {row["state"] for row in await clinic.rows("inbox")} == {"done"}
    lines = await clinic.rows("interactions", {"payload.event": fields["Event"]})
    assert {line["contact_id"] for line in lines} <= {None}


async def test_the_accounts_own_reports_are_handled_although_they_are_nobodys(clinic: Clinic):
    fields = {"Event": "MASSSENDJOBFINISH", "MsgID": 6, "Status": "err(20013)", "TotalCount": 9, "SentCount": 0}
    assert (await clinic.platform.push_raw(SYSTEM_SENDER, fields)).ok
    assert ["群发结果：err(20013)" in row["reason"] for row in await clinic.rows("followups")] == [True]
    (line,) = await clinic.rows("interactions", {"payload.type": "MassSettled"})
    assert (line["contact_id"], line["payload"]["status"], line["payload"]["total"]) == (None, "err(20013)", 9)


async def test_of_somebody_unknown_nothing_is_kept_that_could_never_be_erased(clinic: Clinic):
    push = await clinic.platform.push_raw("oStranger", {"Event": "user_get_card", "UserCardCode": "12312312"})
    assert push.ok
    (line,) = await clinic.rows("interactions", {"payload.event": "user_get_card"})
    assert "12312312" not in str(line)
    assert "oStranger" not in str(line)


async def test_an_event_about_a_user_reaches_whom_it_names_in_lower_case(clinic: Clinic):
    openid = await clinic.person()
    push = await clinic.platform.push_raw(
        SYSTEM_SENDER, {"Event": "user_authorization_cancellation", "openid": openid, "CreateTime": 1_790_000_000}
    )
    assert push.ok
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert not contact.following


async def test_a_receipt_is_no_sign_that_a_patient_takes_messages_again(clinic: Clinic):
    openid = await clinic.person()
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    await clinic.app.services.patients.mark_unreachable(contact.id, 48002, clinic.now)
    receipt = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": 7, "Status": "failed:user block"}
    assert (await clinic.platform.push_raw(openid, receipt)).ok
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert contact.refuses_messages
    assert await clinic.say(openid, "你好")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert not contact.refuses_messages


async def test_an_unknown_events_own_type_and_event_do_not_take_the_place_of_ours(clinic: Clinic):
    openid = await clinic.person()
    odd = {"Event": "of_next_year", "type": "theirs", "event": "theirs too", "status": "x"}
    assert (await clinic.platform.push_raw(openid, odd)).ok
    (line,) = await clinic.rows("interactions", {"payload.event": "of_next_year"})
    assert line["payload"] == {
        "type": "UnknownEvent",
        "event": "of_next_year",
        "details": {"type": "theirs", "event": "theirs too", "status": "x"},
    }


async def test_what_wechat_heard_in_a_voice_is_kept(clinic: Clinic):
    openid = await clinic.person()
    voice = {"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": "我想改约", "MsgId": 82}
    assert (await clinic.platform.push_raw(openid, voice)).ok
    (line,) = await clinic.rows("interactions", {"payload.type": "VoiceMessage"})
    assert line["payload"]["recognition"] == "我想改约"
