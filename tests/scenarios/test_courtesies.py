"""A greeting or thanks while a question is open: answered, and the question stays; nobody has missed anything."""

import pytest

from tests.auditing import RECEPTION
from tests.scenarios.conftest import Clinic

GREETED, WELCOME, STILL_OPEN = "您好！", "不客气", "刚才的问题还等着您"


@pytest.mark.parametrize(
    "courtesies", [("谢谢", "你好"), ("你好", "你好"), ("谢谢您啦[玫瑰]", "谢谢医生", "您好", "在吗")]
)
@pytest.mark.parametrize("opening", ["预约", "请问周末可以洗牙吗", "我想约周明远医生"])
async def test_courtesies_inside_a_booking_are_no_misses(
    clinic: Clinic, opening: str, courtesies: tuple[str, ...]
) -> None:
    openid = await clinic.person()
    await clinic.say(openid, opening)
    offered = clinic.offered(openid)
    for courtesy in courtesies:
        answer = await clinic.say(openid, courtesy)
        assert answer.startswith(WELCOME if "谢谢" in courtesy else GREETED)
        assert STILL_OPEN in answer
        assert clinic.offered(openid) == offered
    assert await clinic.app.services.followups.open_ones(by=RECEPTION) == []
    assert "没有看懂" in await clinic.say(openid, "咕噜咕噜")  # the first miss


async def test_courtesies_inside_the_list_of_appointments_are_no_misses(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "口腔检查", "周医生", "明天", "上午10:00")
    await clinic.tap_menu(openid, "MY_APPOINTMENTS")
    offered = clinic.offered(openid)
    for courtesy in ("谢谢", "你好", "谢谢医生"):
        answer = await clinic.say(openid, courtesy)
        assert STILL_OPEN in answer
        assert clinic.offered(openid) == offered
    assert await clinic.app.services.followups.open_ones(by=RECEPTION) == []


async def test_courtesies_at_the_read_back_book_nothing(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert (await clinic.say(openid, "我想约周医生明天上午十点口腔检查")).startswith("请您核对")
    for _ in range(3):
        assert STILL_OPEN in await clinic.say(openid, "谢谢")
    assert await clinic.rows("appointments") == []
    assert (await clinic.say(openid, "可以")).startswith("约好了！")


async def test_courtesies_while_the_name_is_asked_are_no_misses(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.tap_menu(openid, "PROFILE")
    for _ in range(3):
        for courtesy in ("谢谢", "你好"):
            assert "同事" not in await clinic.say(openid, courtesy)
    assert await clinic.app.services.followups.open_ones(by=RECEPTION) == []
