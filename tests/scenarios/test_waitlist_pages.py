"""The waitlist on the pages inside WeChat: join, take the hour that is held, pass it on, leave."""

from tests.scenarios.conftest import Clinic
from tests.scenarios.phones import OpenPhone
from tests.scenarios.test_waitlist import TUESDAY, booked, freed, full, waits
from wxbot.waitlist.models import PartOfDay

PARTS = {each.value for each in PartOfDay}


async def test_the_pages_join_take_and_leave(clinic: Clinic, phone_of: OpenPhone) -> None:
    clinic.stand_still()
    visits = await full(clinic)
    openid = await clinic.person()
    phone = await phone_of(openid)
    hours = await phone.open(f"/w/book/time?type=checkup&doctor=zhou&day={TUESDAY}")
    (link,) = hours.links("/w/waitlist/join")
    asked = await phone.open(f"{link}&day={TUESDAY}")
    fields, _ = asked.form("/w/waitlist")
    wish = {**{name: fields[name] for name in fields if name not in PARTS}, "morning": "1"}
    joined = await phone.send("/w/waitlist", wish)
    assert (joined.status, joined.query) == (200, "done=joined")
    assert "口腔检查 · 周明远医生 · 11月24日 周二，上午" in joined.text
    assert (await phone.send("/w/waitlist", wish)).status == 200
    (entry,) = await clinic.rows("waitlist")  # sent twice: one entry

    await freed(clinic, visits[0])
    mine = await phone.open("/w/waitlist")
    assert "空出一个号" in mine.text
    assert await booked(clinic, openid) == []  # looking took nothing
    fields, _ = mine.form(f"/w/waitlist/{entry['_id']}/take")
    taken = await phone.send(f"/w/waitlist/{entry['_id']}/take", fields)
    assert taken.query == "done=booked"
    assert len(await booked(clinic, openid)) == 1
    again = await phone.send(f"/w/waitlist/{entry['_id']}/take", fields)
    assert again.path == taken.path  # the back button: the same visit
    assert len(await booked(clinic, openid)) == 1


async def test_the_pages_pass_an_hour_on_and_leave(clinic: Clinic, phone_of: OpenPhone) -> None:
    clinic.stand_still()
    visits = await full(clinic)
    openid = await waits(clinic)
    phone = await phone_of(openid)
    await freed(clinic, visits[0])
    (entry,) = await clinic.rows("waitlist")
    base = f"/w/waitlist/{entry['_id']}"
    mine = await phone.open("/w/waitlist")
    passed = await phone.send(f"{base}/pass", mine.form(f"{base}/pass")[0])
    assert "这个号留给下一位" in passed.text
    assert "空出一个号" not in passed.text
    late = await phone.send(f"{base}/take", {**passed.form(f"{base}/leave")[0], "number": "1"})
    assert (late.status, "保留时间已经过了" in late.text) == (409, True)
    left = await phone.send(f"{base}/leave", passed.form(f"{base}/leave")[0])
    assert "目前没有候补" in left.text
    assert await booked(clinic, openid) == []


async def test_the_pages_show_and_change_nobody_elses_entry(clinic: Clinic, phone_of: OpenPhone) -> None:
    clinic.stand_still()
    visits = await full(clinic)
    await waits(clinic)
    await freed(clinic, visits[0])
    (entry,) = await clinic.rows("waitlist")
    other = await phone_of(await clinic.person("小王"))
    page = await other.open(f"/w/waitlist/join?type=checkup&doctor=zhou&day={TUESDAY}")
    token = page.form("/w/waitlist")[0]
    for deed in ("take", "pass", "leave"):
        refused = await other.send(f"/w/waitlist/{entry['_id']}/{deed}", {**token, "number": "1"})
        assert refused.status == 404
        assert (await other.send(f"/w/waitlist/{entry['_id']}/{deed}", {"number": "1"})).status == 403
    nonsense = await other.send("/w/waitlist", {**token, "first": "2020-01-01", "last": "2020-01-02"})
    assert (nonsense.status, "不能是过去的日子" in nonsense.text) == (422, True)
    assert (await other.open("/w/waitlist/join?type=nonsense")).status == 404
    (unchanged,) = await clinic.rows("waitlist")
    assert unchanged == entry
