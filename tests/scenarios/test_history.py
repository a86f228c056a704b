"""Every word is in Mongo: each message in and out exactly once, in order, and a command that tells the story."""

import asyncio
import os
import re
import sys
from collections import Counter
from typing import Any

from tests.durations import iso_duration
from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.history.models import Kind
from wxbot.simulator.links import links_of

SURGERY = ("智齿拔除", "明天", "上午10:00")  # Tuesday the 24th


async def a_busy_week(clinic: Clinic, openid: str) -> None:
    await clinic.say(openid, "您好")
    await clinic.say(openid, "我叫林小满")
    await clinic.say(openid, "生日 1990-11-25")
    await clinic.book(openid, *SURGERY)
    await clinic.tick()
    await clinic.tap_menu(openid, "MY_APPOINTMENTS")
    await clinic.tap(openid, "不用了")
    await clinic.platform.send_image(openid)
    await clinic.platform.send_voice(openid)
    await clinic.platform.send_location(openid)
    await clinic.say(openid, "牙有点疼 <b>&</b> 😀")
    await clinic.platform.answer_notice(openid, "NTC_CARE")
    for moment in ("24 08:31", "24 15:00", "25 09:30", "25 10:00", "27 10:00", "28 10:00"):
        await clinic.move_to(f"2026-11-{moment}")
    await clinic.say(openid, "退订")


def what_the_phone_shows(clinic: Clinic, openid: str) -> tuple[Counter[str], Counter[str]]:
    """The words that went in, and the words that came out (entries left off, cards by their values)."""
    said, shown = Counter[str](), Counter[str]()
    for seen in clinic.phone(openid):
        if seen.direction == "in":
            said[seen.text if seen.kind == "text" else seen.kind] += 1
        elif seen.card is not None:
            shown["\n".join(value for _, value in seen.card["fields"])] += 1
        else:
            lines = links_of(seen.text).plain.split("\n")
            while lines and any(lines[-1].endswith(str(entry["text"])) for entry in seen.options):
                lines.pop()  # entries stand below the words, or beside them
            shown["\n".join(lines)] += 1
    return said, shown


async def test_each_word_in_and_out_stands_in_the_transcript_exactly_once(clinic: Clinic) -> None:
    openid = await clinic.person()
    await a_busy_week(clinic, openid)
    story = await clinic.story(openid)
    said, shown = what_the_phone_shows(clinic, openid)
    words = {"[图片]": "image", "[语音]": "voice", "[位置]": "location"}
    received = [line for line in story if line.kind is Kind.MESSAGE_RECEIVED and line.direction == "in"]
    gestures = {"[关注]", "[点击菜单]"}
    assert Counter(words.get(str(line.text), str(line.text)) for line in received if line.text not in gestures) == said
    assert Counter(line.text for line in received if line.text in gestures) == {"[关注]": 1, "[点击菜单]": 1}
    sent = [line for line in story if line.kind is Kind.MESSAGE_SENT]
    assert Counter(as_shown(line.text or "", line.payload) for line in sent) == shown
    assert {str(line.payload["channel"]) for line in sent} == {"passive", "customer", "notice", "template"}
    assert [line.at for line in story] == sorted(line.at for line in story)


def as_shown(text: str, payload: Any) -> str:
    return "\n".join(payload["fields"].values()) if "fields" in payload else re.sub(r"</?a\b[^>]*>", "", text)


async def test_the_story_reads_in_the_order_in_which_it_happened(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await clinic.tick()
    await clinic.move_to("2026-11-24 18:00")
    kinds = [line.kind.value for line in await clinic.story(openid)]
    received, sent = "message:received", "message:sent"
    assert Counter(kinds) == {
        received: 5,  # the follow, 预约 and three answers
        sent: 7,  # what was answered, the confirmation, and the care of the same day
        "contact:followed": 1,
        "consent:changed": 1,
        "appointment:booked": 1,
        "appointment:closed": 1,
        "followup:opened": 1,  # the call of the first 24 hours
        "message:dropped": 1,  # the other one, of a first visit without a treatment
    }
    assert kinds[-7:-3] == ["appointment:booked", sent, sent, "appointment:closed"]
    assert set(kinds[-3:]) == {sent, "followup:opened", "message:dropped"}


async def test_what_the_platform_pushes_again_is_written_down_once(clinic: Clinic) -> None:
    openid = await clinic.person()
    pushes = [await clinic.platform.say(openid, words) for words in ("您好", "预约", "洁牙")]
    await asyncio.gather(*(clinic.platform.redeliver(push) for push in pushes for _ in range(3)))
    texts = Counter(line.text for line in await clinic.story(openid) if line.kind is Kind.MESSAGE_RECEIVED)
    assert texts == {"[关注]": 1, "您好": 1, "预约": 1, "洁牙": 1}
    sent = [line for line in await clinic.story(openid) if line.kind is Kind.MESSAGE_SENT]
    assert len(sent) == 4


async def test_every_answer_names_the_wording_it_came_from(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await clinic.tick()
    sent = [line for line in await clinic.story(openid) if line.kind is Kind.MESSAGE_SENT]
    assert [line.payload["template"] for line in sent] == [
        "welcome.first",
        "booking.choose_type",
        "booking.choose_day",
        "booking.choose_time",
        "booking.booked",
        "care.appointment_confirmed",
    ]
    assert all(line.payload["version"] for line in sent)


async def test_stories_are_found_by_an_index_for_a_contact_a_patient_and_a_day(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    (patient,) = await clinic.rows("patients")
    lines = clinic.app.database.collection("interactions")
    queries: list[dict[str, Any]] = [
        {"contact_id": patient["contact_id"]},
        {"patient_id": patient["_id"]},
        {"at": {"$gte": clinic.now}},
    ]
    for query in queries:
        plan = (await lines.find(query).sort("at", -1).explain())["queryPlanner"]["winningPlan"]
        assert "IXSCAN" in str(plan)
        assert "'SORT'" not in str(plan)


# -- the command -------------------------------------------------------------------------------------------------


async def run(clinic: Clinic, *words: str) -> tuple[int, str]:
    """`wxbot …` in a process of its own, on the clinic's database."""
    settings = clinic.app.settings
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "wxbot",
        *words,
        env={
            **os.environ,
            "WXBOT_MONGODB_URI": settings.mongodb_uri.get_secret_value(),
            "WXBOT_MONGODB_DATABASE": settings.mongodb_database.removesuffix("_demo"),
            "WXBOT_DATA_DIR": str(settings.data_dir),
            "WXBOT_CLOCK_SHIFT": iso_duration(clinic.app.clock.shift),
            "WXBOT_WECHAT_APP_ID": settings.wechat_app_id,
            "WXBOT_WECHAT_TOKEN": settings.wechat_token.get_secret_value(),
            "WXBOT_WECHAT_AES_KEY": settings.wechat_aes_key.get_secret_value(),
            "COLUMNS": "400",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaints = await process.communicate()
    return process.returncode or 0, (out + complaints).decode()


async def test_the_timeline_command_tells_a_contacts_story(clinic: Clinic) -> None:
    openid = await clinic.person()
    await a_busy_week(clinic, openid)
    code, told = await run(clinic, "timeline", "林小满", "--limit", "80")
    assert code == 0
    expected = [
        "关注了公众号",
        "患者：您好",
        "我们（即时回复）：您好！这里是晨光口腔与皮肤诊所",
        "预约：11月24日 周二 上午10:00 周明远医生 智齿拔除",
        "我们（客服消息）：林小满您好，您的预约已经为您留好：",
        "就诊结束：11月24日 周二 上午10:00 周明远医生 智齿拔除",
        "我们（订阅通知）：",
        "平台回执：",
        "我们（模板消息）：",
        "患者：退订",
        "停止接收关怀消息",
    ]
    positions = [told.find(words) for words in expected]
    assert -1 not in positions, dict(zip(expected, positions, strict=True))
    assert positions == sorted(positions)
    assert "2026-11-24 08:3" in told  # the clinic's own time
    assert openid not in told
    by_openid = await run(clinic, "timeline", openid, "--limit", "80")
    assert by_openid == (code, told)


async def test_the_demos_patients_are_found_without_any_setting(
    open_clinic: OpenClinic,
) -> None:
    clinic = await open_clinic(mongodb_database="test_timeline_demo")
    try:
        openid = await clinic.person()
        await clinic.say(openid, "我叫林小满")
        code, told = await run(clinic, "timeline", "林小满", "--demo")
        assert (code, "患者：我叫林小满" in told) == (0, True)
        code, told = await run(clinic, "timeline", "林小满")
        assert code == 1
    finally:
        await clinic.app.database.client.drop_database("test_timeline_demo")


async def test_the_timeline_command_says_when_it_knows_nobody(clinic: Clinic) -> None:
    code, told = await run(clinic, "timeline", "没有这个人")
    assert code == 1
    assert "Nobody is known as '没有这个人'." in told


async def test_a_visit_marked_missed_at_the_desk_is_in_the_story_and_ends_the_aftercare(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await clinic.move_to("2026-11-24 18:00")
    await clinic.move_to("2026-11-24 18:05")
    (appointment,) = await clinic.rows("appointments")
    code, told = await run(clinic, "visit", "no-show", appointment["_id"])
    assert (code, "is now no_show." in told) == (0, True)
    await clinic.move_to("2026-11-25 10:00")
    aftercare = {key for key in await clinic.keys() if key.startswith("aftercare")}
    assert aftercare == {
        "aftercare_extraction/call_1",
        "aftercare_extraction/day_0",
    }  # that left while the visit counted as attended
    closed = [line for line in await clinic.story(openid) if line.kind is Kind.APPOINTMENT_CLOSED]
    assert [line.payload["state"] for line in closed] == ["completed", "no_show"]
    assert closed[-1].by.startswith("staff:")
