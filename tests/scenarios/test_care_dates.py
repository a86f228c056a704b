"""What hangs on dates that a colleague noted, through the front door: discharge and screening; and festivals."""

from datetime import date, timedelta
from typing import Any

from tests.auditing import RECEPTION
from tests.scenarios.conftest import Clinic
from tests.scenarios.test_care_plans import ZONE, arrivals, pass_through
from wxbot.history.models import PatientId

MONDAY = date(2026, 11, 23)


async def noted(clinic: Clinic, kind: str, name: str = "林小满") -> str:
    """A patient, of whom the front desk notes that date today; their openid."""
    openid = await clinic.person()
    await clinic.say(openid, f"我叫{name}")
    (patient,) = [each for each in await clinic.rows("patients") if each["name"] == name]
    ids = [PatientId(patient["_id"])]
    await clinic.app.services.care.dates.note(ids, kind, MONDAY, "", by=RECEPTION, now=clinic.now)
    return openid


async def calls(clinic: Clinic) -> list[tuple[str, str]]:
    """The calls that plans asked for: the local day, and the script."""
    found: list[dict[str, Any]] = await clinic.rows("followups", {"kind": "recall"})
    return sorted((f"{each['due_at'].astimezone(ZONE):%Y-%m-%d %H:%M}", each["script"]) for each in found)


async def test_a2_66_a_discharge_brings_a_call_within_a_month_after_three_and_after_six(clinic: Clinic) -> None:
    await noted(clinic, "discharge")
    await pass_through(clinic, *(f"2026-12-{day:02d} 09:31" for day in range(1, 22)))
    assert await calls(clinic) == [("2026-12-07 09:30", "discharge")]
    await pass_through(clinic, "2027-02-23 09:31", "2027-05-23 09:31", "2027-08-23 09:31")
    assert await calls(clinic) == [
        ("2026-12-07 09:30", "discharge"),
        ("2027-02-23 09:30", "discharge"),
        ("2027-05-23 09:30", "discharge"),
    ]
    reasons = [each["reason"] for each in await clinic.rows("followups", {"kind": "recall"})]
    assert all("林小满，11月23日 周一出院" in each and "效果好的，才请他介绍" in each for each in reasons)


async def test_a2_67_who_is_not_well_after_a_discharge_is_called_the_next_day(clinic: Clinic) -> None:
    openid = await noted(clinic, "discharge")
    await clinic.move_to("2026-11-25 19:00")
    await clinic.say(openid, "在吗")
    await clinic.move_to("2026-11-26 10:00")
    asked = clinic.sent_to(openid, "customer")[-1]
    for words in ("林小满您好", "路上和家里都还平安吗", "请点选下面的一项", "康复训练"):
        assert words in asked.text
    assert clinic.offered(openid) == ["挺好的", "还可以", "不太舒服"]
    assert "已经替您记下" in await clinic.tap(openid, "不太舒服")
    await clinic.move_to("2026-11-27 09:31")
    assert await calls(clinic) == [("2026-11-27 09:30", "discharge")]


async def test_a2_67_who_is_well_after_a_discharge_is_not_called_for_it(clinic: Clinic) -> None:
    openid = await noted(clinic, "discharge")
    await clinic.move_to("2026-11-25 19:00")
    await clinic.say(openid, "在吗")
    await clinic.move_to("2026-11-26 10:00")
    await clinic.tap(openid, "挺好的")
    await pass_through(clinic, "2026-11-27 09:31", "2026-11-28 09:31")
    assert await calls(clinic) == []
    assert (await clinic.keys("dropped"))["discharge/unwell"] == "condition"


async def test_a2_68_a_screening_is_followed_on_day_3_and_15_and_in_months_1_3_and_6(clinic: Clinic) -> None:
    openid = await noted(clinic, "screening")
    for day in ("2026-11-25", "2026-12-07", "2026-12-22"):  # the patient is in touch the evening before
        await clinic.move_to(f"{day} 19:00")
        await clinic.say(openid, "在吗")
        after = date.fromisoformat(day) + timedelta(days=1)
        await pass_through(clinic, f"{after} 10:00", f"{after} 10:30")
    got = [(at[:5], words) for at, words in arrivals(clinic, openid, "customer")]
    assert [(at, words.partition("，")[2][:6]) for at, words in got if "检查" in words] == [
        ("11-26", "谢谢您前几天"),
        ("12-08", "检查过去半个"),
        ("12-23", "检查过去一个"),
    ]
    await pass_through(clinic, "2027-02-23 09:31", "2027-05-23 09:31")
    assert await calls(clinic) == [("2027-02-23 09:30", "screening"), ("2027-05-23 09:30", "screening")]


async def test_a2_69_a_screening_asks_how_it_was_what_is_clear_and_when_they_come(clinic: Clinic) -> None:
    openid = await noted(clinic, "screening")
    await clinic.move_to("2026-11-25 19:00")
    await clinic.say(openid, "在吗")
    await clinic.move_to("2026-11-26 10:00")
    assert "请直接回复 0～10 之间的一个数字" in clinic.sent_to(openid, "customer")[-1].text
    assert "已经替您记下" in await clinic.say(openid, "4分")
    await clinic.move_to("2026-11-27 09:31")
    assert await calls(clinic) == [("2026-11-27 09:30", "screening")]  # not content
    await clinic.move_to("2026-12-07 19:00")
    await clinic.say(openid, "在吗")
    await clinic.move_to("2026-12-08 10:00")
    await clinic.tap(openid, "都清楚了")
    await clinic.move_to("2026-12-09 09:31")
    assert len(await calls(clinic)) == 1
    await clinic.move_to("2026-12-22 19:00")
    await clinic.say(openid, "在吗")
    await clinic.move_to("2026-12-23 10:30")
    assert "您打算哪一天过来" in clinic.sent_to(openid, "customer")[-1].text
    await clinic.say(openid, "等孩子放了寒假吧")
    answers = {each["step"]: each["value"] for each in await clinic.rows("care_answers")}
    assert answers == {"day_3": "4", "day_15": "都清楚了", "month_1": "等孩子放了寒假吧"}


async def test_a_festival_is_greeted_once_and_with_a_birthday_it_is_one_message(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    other = await clinic.person("小王")
    await clinic.say(other, "生日 1990-01-01")
    await clinic.move_to("2026-12-31 19:00")
    for each in (openid, other):
        await clinic.say(each, "在吗")
    before = {each: len(clinic.sent_to(each)) for each in (openid, other)}
    await pass_through(
        clinic, *(f"2027-01-01 {hour}" for hour in ("09:30", "10:59", "11:00", "11:30", "20:00")), "2027-01-02 11:00"
    )
    greeted = {each: [seen.text.partition("\n")[0] for seen in clinic.sent_to(each)[before[each] :]] for each in before}
    assert greeted == {openid: ["林小满，元旦好！"], other: ["祝您生日快乐！"]}
    assert (await clinic.keys("dropped"))["festival_new_year/on_the_day"] == "greeted_today"
