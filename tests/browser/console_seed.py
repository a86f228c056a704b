"""What stands in the clinic whose pages are looked at: people with awkward names, and something behind every page."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from tests.browser.console_stage import actor
from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import CUSTOMER, Post
from wxbot.account.models import ScenePurpose
from wxbot.actors import COMMAND_LINE, Actor
from wxbot.booking.models import AppointmentId, VisitStage
from wxbot.booking.series_models import SeriesRequest
from wxbot.booking.series_placement import Interval
from wxbot.broadcasts.models import Audience, AudienceKind, Broadcast, BroadcastDraft
from wxbot.care.catch_up import WORDS as CAUGHT_UP
from wxbot.care.catch_up import Fate, Gap
from wxbot.clinic.models import Closure, DatedHours, Device, DeviceId, PractitionerId, VisitTypeId
from wxbot.conversations.models import Cause
from wxbot.followups.models import FollowUpKind
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, MessageId, State
from wxbot.patients.derived import indexed
from wxbot.patients.exports.models import Column, Scope
from wxbot.patients.exports.models import Selection as Whom
from wxbot.patients.imports.models import Choice, Field, Import, ImportState
from wxbot.patients.models import HoldKind, Relation
from wxbot.staff.permissions import Role
from wxbot.visits.models import ArrivalForm
from wxbot.waitlist.models import Need, PartOfDay

SCRIPT = "<script>alert(1)</script>"
LONG_NAME = "阿卜杜勒" * 10
UIGHUR = "阿依古丽·买买提"
WORDS = "{name}您好，最近换季，口腔黏膜容易不舒服。如有不适，请随时在这里告诉我们。"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00"
    b"\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa35\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"
)
HEADER = ("姓名", "手机", "生日", "备注")
COLUMNS = {"0": Field.NAME, "1": Field.PHONE, "2": Field.BIRTHDAY, "3": Field.NOTE}


async def furnished(clinic: Clinic, folder: Path) -> dict[str, str]:
    """Put something behind every page; the ids, by the name that a page's address uses."""
    admin, manager = await actor(clinic), await actor(clinic, Role.MANAGER)
    ids = await _people(clinic, admin)
    ids |= await _visits_and_tasks(clinic, ids)
    ids |= await _talks(clinic, admin)
    ids |= await _templates(clinic, admin, manager)
    ids |= await _plans(clinic, admin, manager)
    ids |= await _gap(clinic, ids)
    ids |= await _broadcasts(clinic, admin, manager)
    ids |= await _files(clinic, admin, folder)
    ids |= await _settings(clinic, admin)
    return ids


# -- people -------------------------------------------------------------------------------------------------------


async def _people(clinic: Clinic, by: Actor) -> dict[str, str]:
    services = clinic.app.services
    records, marks, holds = services.records, services.patient_marks, services.patient_holds
    now, made = clinic.now, []
    for number, (name, typed) in enumerate(
        (
            (SCRIPT, {"note": SCRIPT, "record_number": "MZ-0001"}),
            (LONG_NAME, {"note": "无空格的长备注" * 30}),
            (UIGHUR, {"birthday": "1988-11-23", "identity": "11010519491231002X", "gender": "female"}),
            ("林小满", {"birthday": "1990-05-12", "gender": "female", "note": "怕疼，请轻一点"}),
            (None, {}),
        )
    ):
        fields = {"name": "待改名", "phone": f"138001380{number:02}", **typed}
        patient = await records.create(fields, by=by, now=now, despite_duplicates=True)
        renamed = indexed(replace(patient, name=name))  # the form takes no such names; older data has them
        assert await clinic.app.stores.patients.replace_patient(patient, renamed)
        made.append(patient)
    script, long, uighur, lin, nameless = made
    twin = await records.create({"name": "林晓满", "phone": "13800138003"}, by=by, now=now, despite_duplicates=True)
    long_tag = "很长很长的标签名称共二十个字到此为止了呀"
    for each, tag in ((script, "<b>粗</b>"), (long, "种植"), (uighur, "种植"), (lin, "种植"), (lin, long_tag)):
        await marks.add_tag(each.id, tag[:20], by=by, now=now)
    await holds.set(long.id, HoldKind.PAUSED, f"家属来电，{SCRIPT}", by=by, now=now)
    await holds.set(uighur.id, HoldKind.OBJECTION, "对修复颜色不满意，正在沟通", by=by, now=now)
    await marks.recovered(lin.id, "电话回访，已完全恢复", by=by, now=now)

    contacts: dict[str, str] = {}
    for name, patient in (("小林", lin), ("古丽", uighur)):
        openid = await clinic.person(name)
        await clinic.say(openid, f"你好{SCRIPT}")
        contact = await Post(clinic).contact(openid)
        await clinic.app.services.patient_links.link(patient.id, contact.id, Relation.SELF, by=by, now=now)
        contacts[name] = openid
    for number in range(40):
        await clinic.say(contacts["小林"], f"第{number}句话，说说牙齿的情况")
    newcomer = await clinic.person("新朋友")
    await clinic.say(newcomer, "在吗")
    noted = await services.care.dates.note([lin.id], "discharge", now.date(), "住了三天", by=by, now=now)
    removed = await services.care.dates.note([lin.id], "screening", now.date(), "", by=by, now=now)
    await services.care.dates.remove([lin.id], removed.id, revision=0, by=by, now=now)
    return {
        "noted": noted.id,
        "patient": lin.id,
        "script": script.id,
        "long": long.id,
        "uighur": uighur.id,
        "nameless": nameless.id,
        "twin": twin.id,
        "contact": (await Post(clinic).contact(contacts["小林"])).id,
        "openid": contacts["小林"],
        "openid2": contacts["古丽"],
    }


async def _visits_and_tasks(clinic: Clinic, ids: dict[str, str]) -> dict[str, str]:
    post, followups = Post(clinic), clinic.app.services.followups
    for number, day in enumerate(("今天", "明天", "明天", "后天")):
        openid = await clinic.person(f"预约者{number}")
        await clinic.book(openid, "洁牙", "陈晓晴", day)
        await clinic.say(openid, clinic.offered(openid)[0])
    await clinic.say(ids["openid2"], "人工")
    lin = await post.contact(ids["openid"])
    for kind, hours in (("phone", -2), ("phone", 30), ("check", 0), ("handoff", 1)):
        await followups.open(
            key=f"seed:{kind}:{hours}",
            kind=kind,
            reason=f"拔牙后第 3 天，请问一问出血和疼痛的情况，{SCRIPT}",
            contact_id=ContactId(lin.id),
            patient_id=PatientId(ids["patient"]),
            due_at=clinic.now + timedelta(hours=hours),
            now=clinic.now,
        )
    for trouble in ({"drop": "after"}, {"code": 45015}):
        clinic.platform.faults.add(CUSTOMER, **trouble)
        await post.send(ids["openid"], patient_id=PatientId(ids["patient"]))
        clinic.platform.faults.clear()
    await post.hand_in(ids["openid"], due_at=clinic.now + DAY, expires_at=clinic.now + 3 * DAY)
    patient = PatientId(ids["patient"])
    return {**await _received(clinic), "waiting": await _waiting(clinic, patient), **await _series(clinic, patient)}


async def _series(clinic: Clinic, patient_id: PatientId) -> dict[str, str]:
    """A course of four visits; the page of the whole, and of what follows its first."""
    services = clinic.app.services
    wanted = SeriesRequest(
        patient_id=patient_id,
        contact_id=None,
        visit_type_id=VisitTypeId("cleaning"),
        practitioner_id=PractitionerId("chen"),
        start=datetime(2026, 12, 8, 10, 30, tzinfo=services.clinic.timezone),
        interval=Interval(every_days=28, within_days=3),
        count=4,
    )
    proposal = await services.series.propose(wanted, by=COMMAND_LINE, now=clinic.now)
    starts = {each.number: each.start for each in proposal.visits if each.start is not None}
    booked = await services.series.book(wanted, starts, request_key="seed:series", by=COMMAND_LINE, now=clinic.now)
    assert booked[0].series is not None
    return {"series": str(booked[0].series.id), "visit_of_series": str(booked[0].id)}


async def _waiting(clinic: Clinic, patient_id: PatientId) -> str:
    """Somebody waits for every doctor on every weekday, first, for the longest of reasons, and has an offer."""
    services, today = clinic.app.services, clinic.now.date()
    kind = next(each for each in services.clinic.visit_types if services.clinic.who_offers(each.id))
    need = Need(
        visit_type_id=kind.id,
        first=today,
        last=today + timedelta(days=30),
        practitioners=tuple(each.id for each in services.clinic.who_offers(kind.id)),
        weekdays=tuple(range(7)),
        parts=tuple(PartOfDay),
    )
    entry = await services.waitlist.entries.join(
        need=need, contact_id=None, patient_id=patient_id, by=COMMAND_LINE, now=clinic.now
    )
    await services.waitlist.entries.put_first(entry.id, "先" * 200, by=COMMAND_LINE, now=clinic.now)
    await clinic.app.runner.run_now("offer_freed_hours")
    return str(entry.id)


async def _received(clinic: Clinic) -> dict[str, str]:
    """Today's patient is here, and somebody noted the longest of everything; one of tomorrow is expected."""
    services = clinic.app.services
    rows = sorted(await clinic.rows("appointments"), key=lambda row: row["start"])
    today, tomorrow = AppointmentId(rows[0]["_id"]), AppointmentId(rows[1]["_id"])
    said = ArrivalForm(
        first_visit=True,
        channel="outreach",
        visit_class="c",
        complaint="orthodontics",
        keep_practitioner="指" * 200,
        needs=("elderly", "frail", "disabled", "pregnant", "small_child", "anxious"),
        remarks=f"无空格的长句子{SCRIPT}" * 5,
        social_status="W" * 200,
    )
    await services.visit_day.arrive(today, said, seen=VisitStage.EXPECTED, by=COMMAND_LINE, now=clinic.now)
    await _at_the_front_desk(clinic, PatientId(rows[0]["patient_id"]))
    return {"visit": tomorrow, "visit_here": today}


async def _at_the_front_desk(clinic: Clinic, patient_id: PatientId) -> None:
    """A first contact, a tick, and an arrival that was drawn and waits for its second label."""
    reception, day = clinic.app.services.reception, clinic.now.astimezone(clinic.app.services.clinic.timezone).date()
    await reception.contacts.note(patient_id, "phone", "m_a", by=COMMAND_LINE, now=clinic.now)
    await reception.checklists.tick("greeting", done=True, by=COMMAND_LINE, now=clinic.now)
    await reception.classes.draw(day, day, by=COMMAND_LINE, now=clinic.now)


async def _talks(clinic: Clinic, by: Actor) -> dict[str, str]:
    """A talk in which the administrator answers, one that waits, and a note in each."""
    chat, now, found = clinic.app.services.chat, clinic.now, []
    for name, words in (("在聊的人", f"托槽掉了{SCRIPT}"), ("在等的人", "无空格的长句子" * 20)):
        openid = await clinic.person(name)
        await clinic.say(openid, words)
        contact = await Post(clinic).contact(openid)
        await clinic.app.services.records.record_for(contact.id, by=by, now=now)
        await chat.desk.open(
            key=f"seed:{contact.id}",
            contact_id=contact.id,
            cause=Cause.ASKED,
            reason=f"患者请求人工服务{SCRIPT}",
            words=words,
            now=now,
        )
        await chat.notes.write(contact.id, f"怕疼，{SCRIPT}", key=f"seed:{contact.id}", by=by, now=now)
        found.append(contact.id)
    await chat.desk.start(found[0], by=by, now=now)
    canned = clinic.app.services.canned.search("", {}, by=by)
    return {"desk_contact": found[0], "canned": str(canned[0].reply.id)}


# -- wordings and broadcasts -----------------------------------------------------------------------------------------


async def _templates(clinic: Clinic, writer: Actor, approver: Actor) -> dict[str, str]:
    editor, made = clinic.app.services.template_editor, []
    for name in ("换季口腔提醒", "等待审批的提醒", f"名字里有 {SCRIPT}"[:30]):
        kept = await editor.create(by=writer, name=name, purpose=Purpose.CARE, now=clinic.now)
        content = replace(editor.content_now(kept), text=WORDS)
        kept = await editor.save(kept.id, content, by=writer, revision=kept.revision, now=clinic.now)
        made.append(await editor.submit(kept.id, by=writer, revision=kept.revision, now=clinic.now))
    published, waiting, script = made
    for text in (WORDS, WORDS + "祝您一切安好。"):
        kept = await editor.get(published.id, by=writer)
        if kept.draft is None:
            content = replace(editor.content_now(kept), text=text)
            kept = await editor.save(kept.id, content, by=writer, revision=kept.revision, now=clinic.now)
            kept = await editor.submit(kept.id, by=writer, revision=kept.revision, now=clinic.now)
        kept = await editor.approve(kept.id, by=approver, revision=kept.revision, now=clinic.now)
        await editor.publish(kept.id, by=approver, revision=kept.revision, now=clinic.now)
    return {"template": published.id, "waiting_template": waiting.id, "script_template": script.id}


async def _plans(clinic: Clinic, writer: Actor, approver: Actor) -> dict[str, str]:
    """A plan without steps, one that waits for approval, and a shipped one whose change may be published."""
    editor, now = clinic.app.services.plans.editor, clinic.now
    empty = await editor.create(by=writer, now=now, title=f"空的计划 {SCRIPT}"[:30], anchor="treatment")
    copied = await editor.create(by=writer, now=now, title="种植术后关怀", copy_of="aftercare_surgery")
    await editor.submit(copied.id, by=writer, now=now, revision=copied.revision)
    kept = await editor.get("aftercare_laser", by=writer)
    plan = await editor.content(kept, by=writer)
    changed = replace(plan, steps=(replace(plan.steps[1], grace_hours=12), *plan.steps[2:]))
    kept = await editor.save(kept.id, changed, by=writer, now=now, revision=kept.revision)
    kept = await editor.submit(kept.id, by=writer, now=now, revision=kept.revision)
    kept = await editor.approve(kept.id, by=approver, now=now, revision=kept.revision)
    return {"plan_empty": empty.id, "plan_waiting": copied.id, "plan_approved": kept.id}


async def _gap(clinic: Clinic, ids: dict[str, str]) -> dict[str, str]:
    """A gap with one question to decide, and one step that was skipped."""
    services, now = clinic.app.services, clinic.now
    gap = Gap(now - 6 * HOUR, now)
    question = f"{gap.id}/aftercare_laser/2026-11-24"
    common = {"gap": gap.id, "plan": "aftercare_laser", "ref": "treatment:seed"}
    facts: dict[str, Any] = {"contact_id": ContactId(ids["contact"]), "patient_id": PatientId(ids["patient"])}
    facts |= {"purpose": Purpose.CARE, "created_at": now, "due_at": now - 3 * HOUR, "expires_at": now + 9 * HOUR}
    waits, skipped = (
        Message(
            id=MessageId(f"gap-{step}"),
            key=f"aftercare_laser/{step}/treatment:seed",
            template=f"care.laser_{step}",
            variables={"name": "林小满"},
            precondition={**common, "step": step, **more},
            **facts,
        )
        for step, more in (("day_1", {"asked": question}), ("day_3", {}))
    )
    await services.outbox.enqueue([waits])
    reason, words = CAUGHT_UP[Fate.SKIP]
    ended = replace(skipped, state=State.DROPPED, reason=reason, explanation=words, settled_at=now)
    await services.outbox.planned.keep_ended([ended])
    for key, said in (
        (f"care_ask:{question}", "请决定补发还是跳过：林小满。"),
        (f"care_gap:{gap.id}", "系统没有运行。"),
    ):
        await services.followups.open(
            key=key, kind=FollowUpKind.CHECK, reason=said, contact_id=None, patient_id=None, due_at=now, now=now
        )
    return {"gap": gap.id, "gap_question": question}


async def _broadcasts(clinic: Clinic, writer: Actor, approver: Actor) -> dict[str, str]:
    broadcasts, ids = clinic.app.services.broadcasts, {}

    async def one(name: str, title: str) -> Broadcast:
        chosen = Audience(kind=AudienceKind.TAG, tag="种植")
        draft = BroadcastDraft(
            title=title, purpose=Purpose.CARE, template="care.month_1", audience=chosen, pace_per_hour=600
        )
        broadcast = await broadcasts.drafts.create(draft, by=writer, now=clinic.now)
        ids[name] = str(broadcast.id)
        return await broadcasts.drafts.preview(broadcast.id, by=writer, now=clinic.now)

    async def approved(name: str, title: str) -> Broadcast:
        broadcast = await one(name, title)
        broadcast = await broadcasts.drafts.submit(broadcast.id, by=writer, now=clinic.now)
        assert broadcast.preview is not None
        twins = [twin.id for twin in await broadcasts.twins(broadcast, by=approver)]
        seen = broadcast.preview.fingerprint
        return await broadcasts.approve(broadcast.id, seen, twice=twins, by=approver, now=clinic.now)

    await approved("broadcast_done", "种植一个月回访")
    for _ in range(3):
        await clinic.app.runner.run_now("run_broadcasts")
        await Post(clinic).deliver()
        await Post(clinic).pass_by(timedelta(minutes=1))
    await clinic.app.runner.run_now("run_broadcasts")
    await one("broadcast", f"草稿 {SCRIPT}"[:40])
    waiting = await one("broadcast_waiting", "等待审批的推送")
    await broadcasts.drafts.submit(waiting.id, by=writer, now=clinic.now)
    paused = await approved("broadcast_paused", "暂停了的推送")
    await broadcasts.pause(paused.id, by=writer, now=clinic.now)
    cancelled = await approved("broadcast_cancelled", "取消了的推送")
    await broadcasts.cancel(cancelled.id, by=writer, now=clinic.now)
    return ids


# -- files ----------------------------------------------------------------------------------------------------------


def sheet(path: Path, *rows: tuple[object, ...]) -> Path:
    """An .xlsx of those rows below the usual header."""
    book = Workbook(write_only=True)
    page = book.create_sheet("名单")
    for row in (HEADER, *rows):
        page.append(list(row))
    book.save(path)
    return path


async def _files(clinic: Clinic, by: Actor, folder: Path) -> dict[str, str]:
    rows = (
        ("王五", "13700000001", "1985-01-02", "=1+1"),
        (SCRIPT, "123", "不详", SCRIPT),
        ("赵六", "13700000002", "", ""),
    )
    file = sheet(folder / "名单.xlsx", *rows)
    done = await _imported(clinic, by, file, "老客户名单.xlsx", ImportState.DONE)
    file = sheet(folder / "b.xlsx", ("钱七", "13700000009", "", ""))
    undone = await _imported(clinic, by, file, "试一试.xlsx", ImportState.DONE)
    undone = await clinic.app.services.imports.undo(undone.id, undone.revision, by=by, now=clinic.now)
    await _worked(clinic)
    file = sheet(folder / "c.xlsx", ("孙八", "13700000010", "", ""), *rows)
    checked = await _imported(clinic, by, file, f"{SCRIPT}.xlsx", ImportState.CHECKED)
    uploaded = await _imported(clinic, by, file, "刚上传的很长很长很长很长很长很长的文件名.xlsx", ImportState.UPLOADED)
    checking = await _imported(clinic, by, file, "正在试算.xlsx", ImportState.CHECKING)
    exports, columns = clinic.app.services.exports, (Column.NAME, Column.MASKED_PHONE, Column.TAGS)
    export = await exports.ask(Whom(scope=Scope.ALL), columns, f"周年回访用的名单{SCRIPT}", by=by, now=clinic.now)
    await clinic.app.runner.run_now("write_exports")
    waiting = await exports.ask(Whom(scope=Scope.TAG, tag="种植"), columns, "核对种植名单", by=by, now=clinic.now)
    return {
        "import": done.id,
        "import_undone": undone.id,
        "import_checked": checked.id,
        "import_uploaded": uploaded.id,
        "import_working": checking.id,
        "export": export.id,
        "export_waiting": waiting.id,
    }


async def _imported(clinic: Clinic, by: Actor, file: Path, name: str, until: ImportState) -> Import:
    """An import as far as that state."""
    imports = clinic.app.services.imports
    it = await imports.upload(file, name, by=by, now=clinic.now)
    if until is ImportState.UPLOADED:
        return it
    it = await imports.choose(it.id, it.revision, Choice(sheet=0, header_row=1, columns=COLUMNS), by=by, now=clinic.now)
    if until is ImportState.CHECKING:
        return it
    await _worked(clinic)
    it = await imports.get(it.id, by=by)
    if until is ImportState.CHECKED:
        return it
    await imports.run(it.id, it.revision, by=by, now=clinic.now)
    await _worked(clinic)
    return await imports.get(it.id, by=by)


async def _worked(clinic: Clinic) -> None:
    """Until the background has nothing left to do."""
    while (await clinic.app.runner.run_now("run_imports"))["worked"]:
        pass


# -- settings -------------------------------------------------------------------------------------------------------


async def _settings(clinic: Clinic, by: Actor) -> dict[str, str]:
    services, now = clinic.app.services, clinic.now
    today = date(2026, 11, 23)
    closure = Closure(first=today + DAY, last=today + 2 * DAY, reason=f"外出学习{SCRIPT}")
    kept = await services.closures.add(closure, by=by, now=now)
    scenes = services.account.scenes
    made = []
    for number, label in enumerate(("前台立牌", "<b>海报</b>", "很长很长的名称刚好二十个字不多不少就这样")):
        scene = await scenes.create(
            label[:20], ScenePurpose.DESK, request=f"{number:032}", by=by, now=now, lasts_days=None if number else 7
        )
        made.append(await scenes.generate(scene.id, by=by, now=now))
    newcomer = await clinic.person("扫码的人", follow=False)
    assert (await clinic.platform.follow(newcomer, made[0].scene)).ok
    menu = await services.account.menus.draft(by=by, now=now)
    await services.account.menus.push(menu.revision, by=by, now=now)
    person = services.clinic.practitioners[0]
    stored = await services.clinic_settings.stored(by=by)
    revision = next(each.revision for each in stored.practitioners if each.value.id == person.id)
    await services.clinic_settings.save_photo(person.id, PNG, revision, by=by, now=now)
    laser = Device(id=DeviceId("laser1"), name=f"激光仪{SCRIPT}", kind="激光仪")
    await services.clinic_settings.add_device(laser, by=by, now=now)
    extra = DatedHours(day=date(2026, 12, 5), spans=((time(9), time(11)),), reason=f"加班{SCRIPT}")
    await services.dated_days.keep(person.id, extra, revision + 1, by=by, now=now)
    accounts = {each.login: each.id for each in await services.staff.accounts(by=by)}
    (binding, *_) = services.templates.bindings
    (conflict, *_) = await services.clinic_decisions.waiting(by=by, now=now)
    return {
        "conflict": conflict.appointment.id,
        "closure": kept.id,
        "scene": made[0].id,
        "scene_long": made[2].id,
        "staff": accounts["reception"],
        "staff_self": accounts["admin"],
        "binding": binding,
        "practitioner": services.clinic.practitioners[0].id,
        "room": services.clinic.rooms[0].id,
        "device": services.clinic.devices[0].id,
        "visit_type": services.clinic.visit_types[0].id,
    }
