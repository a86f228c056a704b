"""设置 over HTTP: every page, wrong input, two editors, and what follows."""

import html
import io
import re
import zipfile
from dataclasses import replace
from datetime import date, time, timedelta
from urllib.parse import quote

import pytest
from openpyxl import Workbook

from tests.console.conftest import Browser, Clinic, Page, SignIn
from tests.workbooks import STYLES, before, changed
from wxbot.actors import COMMAND_LINE
from wxbot.clinic.models import BookingWindow, DatedHours, VisitTypeId
from wxbot.staff.permissions import Role

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200
S = "/console/settings"
PAGES = [
    S,
    *(
        f"{S}/{name}"
        for name in (
            "clinic",
            "booking",
            "sending",
            "export",
            "closures",
            "devices",
            "holidays",
            "hours",
            "rooms",
            "words",
        )
    ),
    f"{S}/practitioners",
    f"{S}/practitioners/new",
    f"{S}/practitioners/chen",
    f"{S}/rooms/new",
    f"{S}/rooms/{quote('1诊室')}",
    f"{S}/devices/new",
    f"{S}/visit-types",
    f"{S}/visit-types/new",
    f"{S}/visit-types/cleaning",
    f"{S}/hours/chen",
    f"{S}/hours/chen/dates",
    f"{S}/closures/2027-03-12.2027-03-14.zhou",
    f"{S}/holidays?year=2027",
]


def fields_of(page: Page, **typed: str) -> dict[str, str]:
    """What the browser would send of the form that has a `revision`, with some fields changed."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page.text):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag, re.DOTALL)
        kind = re.search(r'type="([^"]+)"', tag)
        if name is None or name[1] in {"csrf", "q"} or (kind and kind[1] in {"checkbox", "file"}):
            continue
        found.setdefault(name[1], html.unescape(value[1]) if value else "")
    return {**found, **typed}


async def book(clinic: Clinic, *choices: str) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *choices)


async def test_every_page_of_the_settings_opens(admin: Browser) -> None:
    answered = {path: (await admin.get(path)).status for path in PAGES}
    assert answered == dict.fromkeys(PAGES, 200)


async def test_what_does_not_exist_leads_back(admin: Browser) -> None:
    missing = [f"{S}/practitioners/x", f"{S}/rooms/x", f"{S}/hours/x", f"{S}/closures/x", f"{S}/photos/x"]
    assert {(await admin.get(path)).status for path in missing} == {404}


async def test_a_manager_reads_and_only_the_admin_changes(clinic: Clinic, sign_in: SignIn) -> None:
    manager = await sign_in(Role.MANAGER)
    page = await manager.get(f"{S}/clinic")
    assert page.shows("修改需要管理员的权限")
    assert (await manager.post(f"{S}/clinic", fields_of(page, name="别的"))).status == 403
    assert clinic.app.services.clinic.name == "晨光口腔与皮肤诊所"
    assert (await manager.get(f"{S}/closures")).shows("设置休诊")


async def test_a_saved_profile_is_shown_with_who_changed_it(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(f"{S}/clinic")
    saved = await admin.post(f"{S}/clinic", fields_of(page, name="晨光诊所"))
    assert saved.shows("已保存", "上次由", "管理员小周", f"{S.rsplit('/', 1)[0]}/audit?subject=clinic%3Aprofile")
    assert clinic.app.services.clinic.name == "晨光诊所"


async def test_a_wrong_field_is_told_beside_it_and_nothing_is_lost(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(f"{S}/clinic")
    again = await admin.post(f"{S}/clinic", fields_of(page, phone="打前台", name="<b>新</b>名字", address=""))
    assert again.shows("请填写这一项", "还有 1 处需要修改")
    assert "&lt;b&gt;新&lt;/b&gt;名字" in again.text
    assert "<b>新</b>" not in again.text
    assert clinic.app.services.clinic.name == "晨光口腔与皮肤诊所"


async def test_the_second_editor_sees_what_the_first_one_changed(clinic: Clinic, admin: Browser) -> None:
    mine = await admin.get(f"{S}/clinic")
    await admin.post(f"{S}/clinic", fields_of(mine, phone="010-1111-1111"))
    late = await admin.post(f"{S}/clinic", fields_of(mine, address="我写的地址"))
    assert late.shows("您编辑期间", "<ins>010-1111-1111</ins>", "我写的地址")
    assert clinic.app.services.clinic.address != "我写的地址"
    await admin.post(f"{S}/clinic", fields_of(late, address="我写的地址", phone="010-1111-1111"))
    assert (clinic.app.services.clinic.address, clinic.app.services.clinic.phone) == ("我写的地址", "010-1111-1111")


async def test_rules_of_sending_are_checked_and_kept(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(f"{S}/sending")
    wrong = await admin.post(f"{S}/sending", fields_of(page, care_per_day="0", quiet_start="25:00"))
    assert wrong.shows("请填写时间")
    wrong = await admin.post(f"{S}/sending", fields_of(page, care_per_day="0"))
    assert wrong.shows("每天关怀消息在 1 到 20 条之间")
    await admin.post(f"{S}/sending", fields_of(page, care_per_day="3", quiet_start="22:00"))
    rules = clinic.app.services.clinic.sending
    assert (rules.care_per_day, f"{rules.quiet_start:%H:%M}") == (3, "22:00")


async def test_an_unticked_box_is_a_no(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(f"{S}/booking")
    await admin.post(f"{S}/booking", fields_of(page))
    assert clinic.app.services.clinic.closed_on_statutory_holidays is False


# -- people, rooms, visit types ---------------------------------------------------------------------------------------


async def test_a_new_practitioner_is_added_given_hours_and_offered(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(f"{S}/practitioners/new")
    person = {"name": "苏禾", "title": "医师", "speciality": "口腔内科", "room": "1诊室", "visit_types": "cleaning"}
    added = await admin.post(f"{S}/practitioners/new", fields_of(page, **person))
    assert added.path == f"{S}/hours/su_he"
    pairs = [(name, value) for name, value in fields_of(added).items() if name in {"revision", "seen"}]
    rows = [("start.mon", "09:00"), ("end.mon", "12:00"), ("start.mon", "13:30"), ("end.mon", "18:00")]
    await admin.post(added.path, [*pairs, *rows])
    found = clinic.app.services.clinic.practitioner("su_he")  # type: ignore[arg-type]
    assert found is not None
    assert [f"{each.start:%H:%M}" for each in found.hours] == ["09:00", "13:30"]


async def test_an_incomplete_practitioner_is_told_what_is_missing(admin: Browser) -> None:
    page = await admin.get(f"{S}/practitioners/new")
    again = await admin.post(f"{S}/practitioners/new", fields_of(page, name="苏禾"))
    assert again.shows("请填写职称", "请选择一间诊室", "请至少选择一个项目", 'value="苏禾"')


async def test_hours_that_overlap_or_lack_an_end_are_told_under_their_day(admin: Browser) -> None:
    page = await admin.get(f"{S}/hours/chen")
    pairs = [(name, value) for name, value in fields_of(page).items() if name in {"revision", "seen"}]
    rows = [("start.mon", "09:00"), ("end.mon", "12:00"), ("start.mon", "11:00"), ("end.mon", "13:00")]
    assert (await admin.post(page.path, [*pairs, *rows])).shows("重叠了")
    assert (await admin.post(page.path, [*pairs, ("start.tue", "09:00"), ("end.tue", "")])).shows("没有填完整")


async def test_mondays_hours_are_copied_inside_the_form_and_kept_only_when_saved(
    clinic: Clinic, admin: Browser
) -> None:
    before = clinic.app.services.clinic
    page = await admin.get(f"{S}/hours/chen")
    pairs = [(name, value) for name, value in fields_of(page).items() if name in {"revision", "seen"}]
    copied = await admin.post(
        page.path, [*pairs, ("start.mon", "08:15"), ("end.mon", "12:00"), ("copy", "mon:workdays")]
    )
    assert copied.text.count('value="08:15"') == 5
    assert clinic.app.services.clinic == before


async def test_a_row_is_added_and_removed_by_htmx(admin: Browser) -> None:
    row = await admin.get(f"{S}/hours/row?day=tue", htmx=True)
    assert row.shows('name="start.tue"', 'name="end.tue"')
    assert (await admin.get(f"{S}/hours/row", htmx=True)).text == ""


async def test_a_photo_is_shown_on_the_card_and_a_wrong_file_is_refused(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(f"{S}/practitioners/chen")
    revision = fields_of(page)["revision"]
    wrong = await admin.upload(f"{page.path}/photo", "photo", "a.png", b"<svg onload=x>", revision=revision)
    assert wrong.shows("这不是 JPG、PNG 或 WebP 照片")
    done = await admin.upload(f"{page.path}/photo", "photo", "a.png", PNG, revision=revision)
    photo = clinic.app.services.clinic.practitioners[0].photo
    assert done.shows("照片已更新", f"{S}/photos/{photo}")
    served = await admin.get(f"{S}/photos/{photo}")
    assert (served.headers["Content-Type"], served.headers["X-Content-Type-Options"], served.body) == (
        "image/png",
        "nosniff",
        PNG,
    )


async def test_a_photo_of_half_a_megabyte_passes_and_a_larger_one_is_told(admin: Browser) -> None:
    page = await admin.get(f"{S}/practitioners/chen")
    revision = fields_of(page)["revision"]
    large = PNG + b"0" * (512 * 1024 - len(PNG))
    assert (await admin.upload(f"{page.path}/photo", "photo", "a.png", large, revision=revision)).shows("照片已更新")
    page = await admin.get(f"{S}/practitioners/chen")
    revision = fields_of(page)["revision"]
    assert (await admin.upload(f"{page.path}/photo", "photo", "a.png", large + b"0", revision=revision)).shows(
        "最多 512 KB"
    )


async def test_a_practitioner_with_appointments_is_not_removed_and_the_page_offers_to_retire(
    clinic: Clinic, admin: Browser
) -> None:
    await book(clinic, "洁牙", "11月24日", "上午9:00")
    revision = fields_of(await admin.get(f"{S}/practitioners/chen"))["revision"]
    refused = await admin.post(f"{S}/practitioners/chen/remove", {"revision": revision})
    assert refused.shows("现在还不能删除", "还有 1 个预约", "洁牙", "停用")
    retired = await admin.post(f"{S}/practitioners/chen/retire", {"revision": revision, "retired": "true"})
    assert retired.shows("已停用")
    assert clinic.app.services.clinic.practitioners[0].retired is True


async def test_rooms_and_visit_types_are_added_changed_and_removed(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(f"{S}/rooms/new")
    assert (await admin.post(f"{S}/rooms/new", fields_of(page, name="6诊室", note="备用"))).shows("6诊室", "备用")
    assert (await admin.post(f"{S}/rooms/new", fields_of(page, name="6诊室"))).shows("已有名为「6诊室」的诊室")
    room = clinic.app.services.clinic.rooms[-1]
    gone = await admin.post(f"{S}/rooms/{room.id}/remove", {"revision": "1"})
    assert gone.shows("已删除")
    page = await admin.get(f"{S}/visit-types/new")
    added = await admin.post(f"{S}/visit-types/new", fields_of(page, name="涂氟", minutes="20", also="氟 涂氟化物"))
    assert added.shows("涂氟", "没有医生开展")
    kind = clinic.app.services.clinic.visit_types[-1]
    assert (kind.id, kind.also) == ("tu_fu", ("氟", "涂氟化物"))
    wrong = await admin.post(f"{S}/visit-types/new", fields_of(page, name="另一项", minutes="7"))
    assert wrong.shows("5 的倍数")


async def test_prices_have_an_end_and_may_be_one_roles_to_say(clinic: Clinic, admin: Browser) -> None:
    path = f"{S}/visit-types/cleaning"
    typed = fields_of(await admin.get(path), price_until="2027-12-31", price_by="manager")
    assert (await admin.post(path, typed)).shows("已保存")
    kind = next(each for each in clinic.app.services.clinic.visit_types if each.id == "cleaning")
    assert (kind.price_until, kind.price_by) == (date(2027, 12, 31), ("manager",))
    again = await admin.get(path)
    assert again.shows('value="2027-12-31"')
    assert re.search(r'value="manager"[^>]*checked', again.text)
    wrong = await admin.post(path, fields_of(again, price_from="", price_to="", price_by="clinician"))
    assert wrong.shows("先填写价格，再填有效期")


async def test_a_device_is_added_changed_retired_and_removed(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(f"{S}/devices/new")
    assert (await admin.post(page.path, fields_of(page, name="光子仪A"))).shows("请填写这一项", 'value="光子仪A"')
    added = await admin.post(page.path, fields_of(page, name="光子仪A", kind="光子仪", note="靠窗"))
    assert added.shows("光子仪A", "靠窗", "已添加设备")
    device = clinic.app.services.clinic.devices[-1]
    path = f"{S}/devices/{device.id}"
    saved = await admin.post(path, fields_of(await admin.get(path), name="光子仪B"))
    assert saved.shows("光子仪B", "已保存")
    late = await admin.post(path, fields_of(page, name="光子仪C", kind="光子仪", revision="1"))
    assert late.shows("您编辑期间", "光子仪C")
    retired = await admin.post(f"{path}/retire", {"revision": "2", "retired": "true"})
    assert retired.shows("已停用")
    assert (await admin.post(f"{path}/remove", {"revision": "3"})).shows("已删除")
    assert device.id not in {each.id for each in clinic.app.services.clinic.devices}


async def test_a_visit_type_says_what_it_needs_and_when_patients_may_book(clinic: Clinic, admin: Browser) -> None:
    await admin.post(f"{S}/devices/new", {"name": "光子仪A", "kind": "光子仪"})
    room = f"{S}/rooms/{quote('3诊室')}"
    await admin.post(room, fields_of(await admin.get(room), kinds="手术室，正畸诊室"))
    assert clinic.app.services.clinic.room("3诊室").kinds == ("手术室", "正畸诊室")  # type: ignore[union-attr]
    path = f"{S}/visit-types/cleaning"
    page = await admin.get(path)
    assert page.shows("光子仪", "手术室", "现在来约，患者最早可约")
    rules = {
        "before_minutes": "5",
        "after_minutes": "15",
        "room_kind": "手术室",
        "devices": "光子仪",
        "window_lead_minutes": "120",
        "window_same_day_until": "16:00",
        "new_differs": "true",
        "new_lead_minutes": "1440",
        "new_horizon_days": "14",
    }
    saved = await admin.post(path, fields_of(page, **rules))
    assert saved.shows("已保存", "初诊患者最早可约")
    kind = clinic.app.services.clinic.visit_type(VisitTypeId("cleaning"))
    assert kind is not None
    assert (kind.before_minutes, kind.after_minutes, kind.room_kind, kind.devices) == (5, 15, "手术室", ("光子仪",))
    assert kind.window == BookingWindow(lead_minutes=120, same_day_until=time(16))
    assert kind.new_window == BookingWindow(lead_minutes=1440, horizon_days=14)
    again = await admin.get(path)
    assert again.shows('value="16:00"', 'value="1440"')
    assert re.search(r'name="devices"\s+value="光子仪"[^>]*checked', again.text)
    back = await admin.post(path, fields_of(again, new_differs=""))
    assert back.shows("已保存")
    assert clinic.app.services.clinic.visit_type(VisitTypeId("cleaning")).new_window is None  # type: ignore[union-attr]


async def test_needs_and_windows_that_cannot_be_met_are_told_beside_their_field(admin: Browser) -> None:
    path = f"{S}/visit-types/cleaning"
    page = await admin.get(path)
    assert (await admin.post(path, fields_of(page, after_minutes="7"))).shows("要是 5 的倍数")
    assert (await admin.post(path, fields_of(page, room_kind="无菌室"))).shows("没有一间诊室是「无菌室」")
    assert (await admin.post(path, fields_of(page, devices="CT"))).shows("还没有这种设备：CT")
    nobody = await admin.post(path, fields_of(page, window_lead_minutes="3000", window_horizon_days="2"))
    assert nobody.shows("这样谁也约不到", 'value="3000"')


async def test_what_the_rules_as_typed_mean_is_shown_before_they_are_kept(clinic: Clinic, admin: Browser) -> None:
    before, path = clinic.app.services.clinic, f"{S}/visit-types/cleaning"
    typed = fields_of(await admin.get(path), window_horizon_days="2")
    shown = await admin.post(f"{path}/earliest", typed, htmx=True)
    assert shown.shows("现在来约，患者最早可约", "最远到11月25日 周三")
    assert "患者最早" not in (await admin.post(f"{path}/earliest", {**typed, "minutes": "x"}, htmx=True)).text
    assert clinic.app.services.clinic == before


async def test_a_room_and_a_practitioner_keep_what_their_forms_do_not_show(clinic: Clinic, admin: Browser) -> None:
    settings, now = clinic.app.services.clinic_settings, clinic.now
    stored = await settings.stored(by=COMMAND_LINE)
    chen = next(each for each in stored.practitioners if each.id == "chen")
    dated = (DatedHours(day=date(2026, 12, 5), spans=((time(9), time(11)),), reason="加班"),)
    await settings.save_practitioner(replace(chen.value, dated=dated), chen.revision, by=COMMAND_LINE, now=now)
    page = await admin.get(f"{S}/practitioners/chen")
    await admin.post(page.path, fields_of(page, bio="您好", visit_types="cleaning", room="1诊室"))
    found = clinic.app.services.clinic.practitioner(chen.value.id)
    assert found is not None
    assert (found.bio, found.dated) == ("您好", dated)


# -- closures and holidays --------------------------------------------------------------------------------------------


async def test_a_closure_shows_whose_appointments_it_touches_before_it_counts(clinic: Clinic, admin: Browser) -> None:
    await book(clinic, "洁牙", "11月24日", "上午9:00")
    await admin.get(f"{S}/closures")
    typed = {"first": "2026-11-24", "last": "", "reason": "学习", "practitioner_id": "chen"}
    asked = await admin.post(f"{S}/closures", typed)
    assert asked.shows("已有 1 个预约", "陈晓晴医生 洁牙", "仍要休诊")
    before = len(clinic.app.services.clinic.closures)
    done = await admin.post(f"{S}/closures", {**typed, "sure": "true"})
    assert done.shows("已设置休诊", "学习")
    assert len(clinic.app.services.clinic.closures) == before + 1
    (kept,) = [row for row in await clinic.rows("closures") if row["value"]["reason"] == "学习"]
    one = await admin.get(f"{S}/closures/{kept['_id']}")
    assert one.shows("1 个预约还在", "修改记录")
    assert (await admin.post(f"{S}/closures/{kept['_id']}/remove", {"revision": "1"})).shows("已取消休诊")
    assert len(clinic.app.services.clinic.closures) == before


async def test_a_single_day_is_entered_warned_of_changed_and_removed(clinic: Clinic, sign_in: SignIn) -> None:
    manager = await sign_in(Role.MANAGER)
    await book(clinic, "洁牙", "11月24日", "上午9:00")
    path = f"{S}/hours/chen/dates"
    page = await manager.get(path)
    assert page.shows("没有个别安排")
    typed = [("revision", "1"), ("day", "2026-11-24"), ("reason", "上午开会"), ("start", "13:30"), ("end", "18:00")]
    asked = await manager.post(path, typed)
    assert asked.shows("这一天有 1 个预约不在这些时间里", "陈晓晴医生 洁牙", "仍要保存", 'value="13:30"')
    assert not clinic.app.services.clinic.practitioners[0].dated
    done = await manager.post(path, [*typed, ("sure", "true")])
    assert done.shows("已保存", "13:30–18:00", "上午开会")
    late = await manager.post(path, [("revision", "1"), ("day", "2026-11-27"), ("off", "true")])
    assert late.shows("您编辑期间", 'value="2026-11-27"')
    one = await manager.get(f"{path}/2026-11-24")
    assert one.shows("修改这一天", 'value="13:30"', 'value="上午开会"')
    off = await manager.post(f"{path}/2026-11-24", [("revision", "2"), ("day", "2026-11-25"), ("off", "true")])
    assert off.shows("不出诊")
    assert [each.day for each in clinic.app.services.clinic.practitioners[0].dated] == [date(2026, 11, 25)]
    gone = await manager.post(f"{path}/2026-11-25/remove", {"revision": "3"})
    assert gone.shows("没有个别安排")
    assert (await manager.get(f"{path}/2026-11-25")).status == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ([("day", "2026-11-27")], "请填写这一天的出诊时间"),
        ([("day", "2026-11-27"), ("start", "09:00"), ("end", "")], "没有填完整"),
        ([("day", "2026-11-27"), ("off", "true"), ("start", "09:00"), ("end", "10:00")], "已勾选不出诊"),
        ([("day", "2026-11-22"), ("off", "true")], "已经过去"),
        ([("day", "x"), ("off", "true")], "请填写日期"),
        ([("day", ""), ("off", "true")], "请填写这一项"),
    ],
)
async def test_an_impossible_single_day_is_told(admin: Browser, typed: list[tuple[str, str]], words: str) -> None:
    await admin.get(f"{S}/hours/chen/dates")
    assert (await admin.post(f"{S}/hours/chen/dates", [("revision", "1"), *typed])).shows(words)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"first": "", "reason": "学习"}, "请填写这一项"),
        ({"first": "2026-11-24", "last": "2026-11-23", "reason": "学习"}, "结束日期不能早于开始日期"),
        ({"first": "不是日期", "reason": "学习"}, "请填写日期"),
        ({"first": "2026-11-24", "last": "2029-01-01", "reason": "学习"}, "最长一年"),
    ],
)
async def test_an_impossible_closure_is_told(admin: Browser, typed: dict[str, str], words: str) -> None:
    await admin.get(f"{S}/closures")
    assert (await admin.post(f"{S}/closures", typed)).shows(words)


async def test_the_next_years_holidays_are_warned_of_imported_and_taken_back(clinic: Clinic, admin: Browser) -> None:
    assert (await admin.get(S)).shows("2027年的法定节假日和调休安排还没有录入")
    lines = "2027-02-06 休 春节\n2027-02-20 班"
    shown = await admin.post(f"{S}/holidays/preview?year=2027", {"days": lines})
    assert shown.shows("1 天放假、1 天调休上班", "应用")
    assert clinic.app.services.clinic.year_table(2027) is None
    done = await admin.post(f"{S}/holidays/apply?year=2027", {"days": lines, "revision": "0"})
    assert done.shows("已生效", "由诊所录入")
    assert not (await admin.get(S)).shows("还没有录入")
    back = await admin.post(f"{S}/holidays/2027/forget", {"revision": "1"})
    assert back.shows("已撤回", "按惯例推算")


async def test_a_wrong_table_is_told_with_its_line(admin: Browser) -> None:
    await admin.get(f"{S}/holidays")
    wrong = await admin.post(f"{S}/holidays/preview?year=2027", {"days": "2027-02-30 休"})
    assert wrong.shows("没有 2027-02-30 这一天", "2027-02-30 休")
    file = await admin.upload(f"{S}/holidays/preview?year=2027", "file", "a.pdf", b"%PDF", days="")
    assert file.shows("收到的是 .pdf")


async def test_a_years_table_comes_out_of_a_workbook(admin: Browser) -> None:
    await admin.get(f"{S}/holidays")
    book = Workbook(write_only=True)
    book.create_sheet("空")
    sheet = book.create_sheet("2027")
    for row in (["日期", "安排", "名称"], [date(2027, 2, 6), "休", "春节"], ["2027-02-20", "班", None]):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    path = f"{S}/holidays/preview?year=2027"
    shown = await admin.upload(path, "file", "2027.xlsx", content.getvalue(), days="")
    assert shown.shows("1 天放假、1 天调休上班", "应用")
    broken = await admin.upload(path, "file", "2027.xlsx", b"no zip at all", days="")
    assert broken.shows("其实是一个文本文件")


async def test_a_hostile_table_holds_nobody_up(admin: Browser) -> None:
    await admin.get(f"{S}/holidays")
    content = changed(STYLES, before(b"</cellXfs>", b"<xf/>" * 1_500_000))
    refused = await admin.upload(f"{S}/holidays/preview?year=2027", "file", "2027.xlsx", content, days="")
    assert refused.shows("样式、名称或空白单元格太多")


# -- export and scale -------------------------------------------------------------------------------------------------


async def test_the_zip_holds_the_folder_and_is_noted(clinic: Clinic, admin: Browser) -> None:
    await admin.get(f"{S}/export")
    answer = await admin.post(f"{S}/export")
    names = zipfile.ZipFile(io.BytesIO(answer.body)).namelist()
    assert {"clinic.toml", "menu.toml", "bindings.toml", "variables.toml"} <= set(names)
    assert [row["subject"] for row in await clinic.rows("audit", {"action": "export:exported"})] == ["export:settings"]


async def test_ten_years_of_closures_are_no_burden(clinic: Clinic, admin: Browser) -> None:
    rows = [
        {
            "_id": f"old{number}",
            "revision": 1,
            "by": "staff:x",
            "by_name": "旧",
            "at": clinic.now,
            "position": number,
            "value": {
                "first": (date(2016, 1, 1) + timedelta(days=number)).isoformat(),
                "last": (date(2016, 1, 1) + timedelta(days=number)).isoformat(),
                "reason": "旧",
                "practitioner_id": None,
            },
        }
        for number in range(1000)
    ]
    await clinic.app.database.collection("closures").insert_many(rows)
    page = await admin.get(f"{S}/closures")
    assert page.status == 200
    assert "旧" not in page.text
