"""会话 over HTTP: every form and part of the desk, who may use it, and what stands there when it is refused."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.actors import COMMAND_LINE, Actor
from wxbot.conversations.models import AgentStatus, Cause, EndingKind, Episode, EpisodeState
from wxbot.history.models import ContactId
from wxbot.patients.models import Relation
from wxbot.staff.permissions import Role

DESK = "/console/desk"
SCRIPT = "<script>alert(1)</script>"


async def contact_of(clinic: Clinic, openid: str) -> ContactId:
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    return contact.id


async def waiting(clinic: Clinic, name: str = "小林", words: str = "种植牙大概要多久") -> ContactId:
    """A patient who wrote and waits for a person."""
    openid = await clinic.person(name)
    await clinic.say(openid, words)
    contact_id = await contact_of(clinic, openid)
    await clinic.app.services.chat.desk.open(
        key=f"test:{contact_id}",
        contact_id=contact_id,
        cause=Cause.ASKED,
        reason="患者请求人工服务",
        words=words,
        now=clinic.now,
    )
    return contact_id


async def actor(clinic: Clinic, login: str) -> Actor:
    return (await clinic.app.services.staff.by_login(login, by=COMMAND_LINE)).actor


async def episode_of(clinic: Clinic, contact_id: ContactId) -> Episode | None:
    return await clinic.app.services.chat.desk.of_contact(contact_id)


async def taken(browser: Browser, contact_id: ContactId) -> None:
    page = await browser.get(f"{DESK}/{contact_id}")
    assert page.status == 200
    page = await browser.post(f"{DESK}/{contact_id}/take")
    assert page.shows("我在接待"), page.text[:2000]


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', text)
    assert found, name
    return unescape(found[1])


async def test_who_waits_is_in_the_list_with_their_words_and_the_page_escapes_them(
    clinic: Clinic, admin: Browser
) -> None:
    contact_id = await waiting(clinic, words=f"牙疼{SCRIPT}")
    page = await admin.get(DESK)
    assert page.status == 200
    assert page.shows("待回复", f'data-open="{contact_id}"', "牙疼&lt;script&gt;")
    assert SCRIPT not in page.text
    page = await admin.get(f"{DESK}/{contact_id}")
    assert page.shows("say-in", "牙疼&lt;script&gt;", "下次就诊", "还可回复")
    assert SCRIPT not in page.text


async def test_take_answer_note_and_close(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await taken(admin, contact_id)
    page = await admin.post(f"{DESK}/{contact_id}/reply", {"text": "您好，一般三到六个月。", "key": "k1"}, htmx=True)
    assert page.shows('data-part="outcome"', "data-sent", "一般三到六个月")
    (message,) = await clinic.app.services.chat.replies.unsettled(contact_id)
    assert message.author == (await actor(clinic, "admin")).by
    page = await admin.post(f"{DESK}/{contact_id}/note", {"text": "怕疼，先约检查", "key": "k2"}, htmx=True)
    assert page.shows("data-noted", "say-note", "怕疼，先约检查")
    assert len(await clinic.app.services.chat.replies.unsettled(contact_id)) == 1  # the note went nowhere
    page = await admin.get(f"{DESK}/{contact_id}/ask/close", htmx=True)
    assert page.shows("现在结束会记为")
    page = await admin.post(f"{DESK}/{contact_id}/close", {"note": "已答复疗程", "reason": "患者已电话说清"}, htmx=True)
    assert page.shows("data-closed"), page.text
    assert await episode_of(clinic, contact_id) is None


async def test_a_text_that_may_not_leave_stays_in_the_box_with_its_findings(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await taken(admin, contact_id)
    text = "我们保证治好，百分之百没有风险"
    page = await admin.post(f"{DESK}/{contact_id}/check", {"text": text}, htmx=True)
    assert page.shows("finding-block", "data-instead")
    page = await admin.post(f"{DESK}/{contact_id}/reply", {"text": text, "key": "k1"}, htmx=True)
    assert page.status == 200
    assert page.shows("data-refused", "finding-block")
    assert await clinic.app.services.chat.replies.unsettled(contact_id) == []
    page = await admin.post(f"{DESK}/{contact_id}/reply", {"text": text, "key": "k1"})  # without scripts
    assert page.status == 422
    assert page.shows("finding-block", text)


async def test_taking_back_puts_the_words_into_the_box(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await taken(admin, contact_id)
    page = await admin.post(f"{DESK}/{contact_id}/reply", {"text": "您好，请讲。", "key": "k1"}, htmx=True)
    assert page.shows("data-countdown", "收回（Esc）")
    page = await admin.post(f"{DESK}/{contact_id}/take-back", {"key": "k1"}, htmx=True)
    assert page.shows('data-box="您好，请讲。"')
    assert "data-countdown" not in page.text


async def test_the_same_answer_sent_twice_is_sent_once(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await taken(admin, contact_id)
    for _ in range(2):
        await admin.post(f"{DESK}/{contact_id}/reply", {"text": "您好，请讲。", "key": "k1"}, htmx=True)
    assert len(await clinic.app.services.chat.replies.unsettled(contact_id)) == 1


async def test_who_is_too_late_reads_why_and_sees_how_it_stands(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await waiting(clinic)
    first, second = await sign_in(Role.ADMIN), await sign_in(Role.RECEPTION)
    await second.get(f"{DESK}/{contact_id}")
    await taken(first, contact_id)
    page = await second.post(f"{DESK}/{contact_id}/take", htmx=True)
    assert page.status == 200
    assert page.shows("data-refused", "在接待", 'data-stands="theirs"')
    page = await second.post(f"{DESK}/{contact_id}/reply", {"text": "您好，请讲。", "key": "k1"}, htmx=True)
    assert page.shows("data-refused", 'data-box="theirs"')
    assert await clinic.app.services.chat.replies.unsettled(contact_id) == []


async def test_a_supervisor_reads_along_whispers_and_takes_over(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await waiting(clinic)
    desk, lead, other = await sign_in(Role.RECEPTION), await sign_in(Role.MANAGER), await sign_in(Role.CONSULTANT)
    await taken(desk, contact_id)
    page = await lead.get(f"{DESK}/{contact_id}")
    assert page.shows("静默查看", "data-silently", "接管", "悄悄话")
    assert not (await other.get(f"{DESK}/{contact_id}")).shows("静默查看")
    await lead.post(f"{DESK}/{contact_id}/note", {"text": "先安抚再约", "key": "w1", "whisper": "yes"}, htmx=True)
    assert (await desk.get(f"{DESK}/{contact_id}/lines", htmx=True)).shows("say-whisper", "先安抚再约")
    assert not (await other.get(f"{DESK}/{contact_id}/lines", htmx=True)).shows("先安抚再约")
    page = await lead.post(f"{DESK}/{contact_id}/take-over", {"reason": ""}, htmx=True)
    assert page.shows("data-refused", "请写下接管的原因")
    page = await lead.post(f"{DESK}/{contact_id}/take-over", {"reason": "患者在投诉"}, htmx=True)
    assert page.shows('data-stands="mine"')
    assert (await other.post(f"{DESK}/{contact_id}/take-over", {"reason": "我来"}, htmx=True)).status == 403


async def test_a_talk_is_put_off_with_a_reason_and_goes_on(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await taken(admin, contact_id)
    page = await admin.get(f"{DESK}/{contact_id}/ask/snooze", htmx=True)
    assert page.shows("等什么", "患者一回复就提醒")
    page = await admin.post(f"{DESK}/{contact_id}/snooze", {"minutes": "30", "why": "", "wakes": "reply"}, htmx=True)
    assert page.shows("data-refused", "等什么")
    await admin.post(f"{DESK}/{contact_id}/snooze", {"minutes": "30", "why": "等片子", "wakes": "reply"}, htmx=True)
    assert (await admin.get(f"{DESK}/list?list=later", htmx=True)).shows("10:30 等片子")
    page = await admin.post(f"{DESK}/{contact_id}/wake", htmx=True)
    assert page.shows('data-stands="mine"')


async def test_a_talk_is_handed_over_with_a_summary_that_the_next_person_reads(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await waiting(clinic)
    first, second = await sign_in(Role.ADMIN), await sign_in(Role.RECEPTION)
    them = await actor(clinic, "reception")
    await clinic.app.services.chat.presence.beat(device="d2", looking_at=None, writes=False, by=them)
    await clinic.app.services.chat.presence.set_status(AgentStatus.AVAILABLE, by=them, now=clinic.now)
    await taken(first, contact_id)
    page = await first.get(f"{DESK}/{contact_id}/ask/hand-over", htmx=True)
    assert page.shows(them.name, "为什么转交")
    card = {
        "to": them.id,
        "reason": "我要去开会",
        "asked": "疗程多久",
        "promised": "下午回电",
        "still_open": "报价",
        "revision": field(page.text, "revision"),
    }
    page = await first.post(f"{DESK}/{contact_id}/hand-over", {**card, "reason": ""}, htmx=True)
    assert page.shows("data-refused", "为什么转交")
    page = await first.post(f"{DESK}/{contact_id}/hand-over", card, htmx=True)
    assert "data-refused" not in page.text
    page = await second.get(f"{DESK}/list", htmx=True)
    assert page.shows('data-bell="offer"')
    page = await second.get(f"{DESK}/{contact_id}")
    assert page.shows("派给您", "我要去开会", "疗程多久", "下午回电", "报价")


async def test_a_draft_is_kept_per_person_and_a_stale_window_is_told(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await waiting(clinic)
    first, second = await sign_in(Role.ADMIN), await sign_in(Role.RECEPTION)
    await first.get(f"{DESK}/{contact_id}")
    await second.get(f"{DESK}/{contact_id}")
    page = await first.post(f"{DESK}/{contact_id}/draft", {"text": "写到一半", "note": "", "edit": "0"})
    assert page.status == 200
    assert (await first.get(f"{DESK}/{contact_id}")).shows(">写到一半</textarea>")
    assert not (await second.get(f"{DESK}/{contact_id}")).shows("写到一半")
    page = await first.post(f"{DESK}/{contact_id}/draft", {"text": "旧窗口", "note": "", "edit": "0"})
    assert json.loads(page.text) == {"edit": 1, "text": "写到一半", "note": False, "stale": True}
    await first.post(f"{DESK}/{contact_id}/draft", {"text": "记一笔", "note": "yes", "edit": "1"})
    assert (await first.get(f"{DESK}/{contact_id}")).shows('data-mode="note"', ">记一笔</textarea>")


async def test_what_another_window_typed_later_is_still_there_when_this_one_sends(
    clinic: Clinic, admin: Browser
) -> None:
    contact_id = await waiting(clinic)
    await taken(admin, contact_id)
    await admin.get(f"{DESK}/{contact_id}")
    await admin.post(f"{DESK}/{contact_id}/draft", {"text": "在前台写", "note": "", "edit": "0"})
    await admin.post(f"{DESK}/{contact_id}/draft", {"text": "另一台电脑上的一大段", "note": "", "edit": "1"})
    sent = {"text": "您好，可以的", "key": "k1", "typed_in": "box", "edit": "1"}
    assert (await admin.post(f"{DESK}/{contact_id}/reply", sent, htmx=True)).shows("data-sent")
    assert (await admin.get(f"{DESK}/{contact_id}")).shows(">另一台电脑上的一大段</textarea>")
    noted = {"text": "备注", "key": "k2", "typed_in": "box", "edit": "1"}
    assert (await admin.post(f"{DESK}/{contact_id}/note", noted, htmx=True)).shows("data-noted")
    assert (await admin.get(f"{DESK}/{contact_id}")).shows(">另一台电脑上的一大段</textarea>")
    sent |= {"text": "另一台电脑上的一大段，写完了", "key": "k3"}
    assert (await admin.post(f"{DESK}/{contact_id}/reply", sent, htmx=True)).shows("data-sent")
    page = await admin.get(f"{DESK}/{contact_id}")
    assert page.shows('data-edit="3"')
    assert ">另一台电脑上的一大段" not in page.text.partition('aria-label="回复患者"')[2].partition("</textarea>")[0]


async def test_the_thread_on_paper_has_no_notes(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await admin.get(f"{DESK}/{contact_id}")
    await admin.post(f"{DESK}/{contact_id}/note", {"text": "内部的话", "key": "k1"}, htmx=True)
    page = await admin.get(f"{DESK}/{contact_id}/print")
    assert page.shows("种植牙大概要多久", "不含内部备注")
    assert "内部的话" not in page.text


async def test_the_thread_on_paper_bears_who_printed_it_and_when(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    page = await admin.get(f"{DESK}/{contact_id}/print")
    mark = page.text.split('class="watermark"')[1].split("</div>")[0]
    who = (await actor(clinic, "admin")).name
    assert mark.count(f"{who} 11月23日 10:00 打印") > 10
    assert 'aria-hidden="true"' in mark


async def test_a_tag_and_a_task_are_noted_from_the_talk(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await admin.get(f"{DESK}/{contact_id}")
    page = await admin.post(f"{DESK}/{contact_id}/tag", {"name": "怕疼"}, htmx=True)
    assert page.shows("data-refused", "还没有档案")
    patient = await clinic.app.services.records.record_for(contact_id, by=await actor(clinic, "admin"), now=clinic.now)
    proposed = [f'<option value="{each}">' for each in clinic.app.services.chat.rules.tags]
    assert proposed
    dialog = await admin.get(f"{DESK}/{contact_id}/ask/tag", htmx=True)
    assert all(each in dialog.text for each in proposed)
    page = await admin.post(f"{DESK}/{contact_id}/tag", {"name": "怕疼"}, htmx=True)
    assert '<option value="怕疼">' not in (await admin.get(f"{DESK}/{contact_id}/ask/tag", htmx=True)).text
    assert page.shows("已加标签")
    assert (await admin.get(f"{DESK}/{contact_id}/side", htmx=True)).shows("怕疼")
    page = await admin.post(f"{DESK}/{contact_id}/task", {"reason": "下午回电", "kind": "phone"}, htmx=True)
    assert page.shows("已记到待办")
    tasks = await clinic.app.services.followups.open_of([patient.id], [contact_id])
    (task,) = [task for task in tasks if "下午回电" in task.reason]
    assert (await admin.get(f"{DESK}/{contact_id}/side", htmx=True)).shows(f"#task-{task.id}")
    listed = await admin.get("/console/followups?kind=phone")
    assert listed.shows(f'id="task-{task.id}"', f'href="{DESK}/{contact_id}"', "打开会话")  # and back again


async def test_a_visit_is_booked_from_the_talk(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    patient = await clinic.app.services.records.record_for(contact_id, by=COMMAND_LINE, now=clinic.now)
    await admin.get(f"{DESK}/{contact_id}")
    page = await admin.get(f"{DESK}/{contact_id}/ask/book", htmx=True)
    slot = re.search(r'name="slot"\s+value="([^"]+)"', page.text)
    kind = re.search(r'<option value="([^"]+)" selected>', page.text)
    assert slot
    assert kind
    fields = {"slot": slot[1], "kind": kind[1], "key": field(page.text, "key")}
    page = await admin.post(f"{DESK}/{contact_id}/book", {**fields, "slot": ""}, htmx=True)
    assert page.shows("data-refused", "请选一个时间")
    for _ in range(2):
        page = await admin.post(f"{DESK}/{contact_id}/book", fields, htmx=True)
        assert page.shows("已约")
    assert len(await clinic.app.services.booking.of_patients([patient.id])) == 1


async def test_who_is_mentioned_finds_the_note(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await waiting(clinic)
    record = await clinic.app.services.records.record_for(contact_id, by=COMMAND_LINE, now=clinic.now)
    await clinic.app.services.records.edit(
        record.id, {"name": "张桂兰"}, revision=record.revision, by=COMMAND_LINE, now=clinic.now
    )
    first, second = await sign_in(Role.ADMIN), await sign_in(Role.RECEPTION)
    await first.get(f"{DESK}/{contact_id}")
    note = {"text": f"@前台客服小周 请看片子{SCRIPT}", "key": "m1"}
    await first.post(f"{DESK}/{contact_id}/note", note, htmx=True)
    page = await second.get(f"{DESK}/mentions", htmx=True)
    assert page.shows("请看片子&lt;script&gt;", f'data-open="{contact_id}"', "<strong>张桂兰</strong>")
    assert not (await first.get(f"{DESK}/mentions", htmx=True)).shows("请看片子")


async def test_a_sign_of_life_shows_who_looks_and_writes(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await waiting(clinic)
    first, second = await sign_in(Role.ADMIN), await sign_in(Role.RECEPTION)
    await first.get(DESK)
    await second.get(DESK)
    page = await second.post(f"{DESK}/here", {"device": "d1", "contact": contact_id, "writes": "yes"})
    assert page.status == 204
    assert (await first.get(f"{DESK}/list", htmx=True)).shows("✎ 前台客服小周")
    assert (await first.get(f"{DESK}/{contact_id}/lines", htmx=True)).shows("前台客服小周正在写")
    await second.post(f"{DESK}/here", {"device": "d1", "left": "yes"})
    assert not (await first.get(f"{DESK}/list", htmx=True)).shows("✎ 前台客服小周")


async def test_the_status_is_chosen_and_a_made_up_one_is_refused(clinic: Clinic, admin: Browser) -> None:
    await admin.get(DESK)
    page = await admin.post(f"{DESK}/status", {"status": "available"}, htmx=True)
    assert re.search(r'value="available"\s+aria-pressed="true"', page.text)
    me = await actor(clinic, "admin")
    assert (await clinic.app.services.chat.presence.agents())[me.id].status is AgentStatus.AVAILABLE  # type: ignore[index]
    page = await admin.post(f"{DESK}/status", {"status": "asleep"}, htmx=True)
    assert page.shows("请选择在线")


async def test_an_erased_contact_is_told_to_who_has_them_open(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await taken(admin, contact_id)
    (openid,) = clinic.platform.people
    await clinic.platform.unfollow(openid)
    assert (await admin.get(f"{DESK}/{contact_id}/lines", htmx=True)).shows("已取消关注", 'data-box="gone"')
    await clinic.app.services.patients.erase(contact_id, keep=frozenset(), now=clinic.now)
    page = await admin.get(f"{DESK}/{contact_id}/lines", htmx=True)
    assert page.shows("已按要求删除", 'data-box="gone"')
    assert (await admin.get(f"{DESK}/{contact_id}")).status == 404


async def test_the_search_marks_what_was_sought(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic, words=f"托槽掉了{SCRIPT}")
    page = await admin.get(f"{DESK}/found?q=托槽", htmx=True)
    assert page.shows("<mark>托槽</mark>", f'data-open="{contact_id}"')
    assert SCRIPT not in page.text
    assert (await admin.get(f"{DESK}/found?q=没有这句", htmx=True)).shows("没有找到")


@pytest.mark.parametrize("list_name", ["waiting", "mine", "all", "later", "no-such-list"])
async def test_every_list_says_what_to_do_when_it_is_empty(clinic: Clinic, admin: Browser, list_name: str) -> None:
    del clinic
    page = await admin.get(f"{DESK}/list?list={list_name}", htmx=True)
    assert page.status == 200
    assert page.shows("nothing-title")


async def test_without_scripts_every_step_works(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await taken(admin, contact_id)
    page = await admin.post(f"{DESK}/{contact_id}/reply", {"text": "您好，请讲。", "key": "k1"})
    assert (page.path, page.status) == (f"{DESK}/{contact_id}", 200)
    assert page.shows("您好，请讲。")
    page = await admin.get(f"{DESK}/{contact_id}/ask/snooze")
    assert page.shows("<h1>稍后再看</h1>", f'action="{DESK}/{contact_id}/snooze"')
    page = await admin.post(f"{DESK}/{contact_id}/snooze", {"minutes": "30", "why": "等片子", "wakes": "never"})
    assert page.shows("已设为稍后")
    found = await episode_of(clinic, contact_id)
    assert found is not None
    assert found.state is EpisodeState.SNOOZED


async def test_an_end_over_an_open_question_is_the_supervisors(clinic: Clinic, sign_in: SignIn) -> None:
    contact_id = await waiting(clinic)
    desk = await sign_in(Role.RECEPTION)
    await taken(desk, contact_id)
    page = await desk.get(f"{DESK}/{contact_id}/ask/close", htmx=True)
    assert page.shows(EndingKind.AGENT.label, "需要主管来结束")
    page = await desk.post(f"{DESK}/{contact_id}/close", {"note": "不想聊了", "reason": "我说了算"}, htmx=True)
    assert page.shows("data-refused", "需要主管")
    assert await episode_of(clinic, contact_id) is not None


async def test_a_supervisor_sees_who_was_paused_and_which_talk_came_back(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    contact_id = await waiting(clinic)
    reception = await sign_in(Role.RECEPTION)
    await reception.get(DESK)
    await reception.post(f"{DESK}/status", {"status": "available"}, htmx=True)
    desk, now = clinic.app.services.chat.desk, clinic.now
    for step in range(6):
        await desk.assign(now + timedelta(seconds=20 * step))
    page = await admin.get(f"{DESK}/list", htmx=True)
    assert page.shows("连续 2 次没有接，已转为小休")
    assert not (await reception.get(f"{DESK}/list", htmx=True)).shows("连续 2 次没有接")
    await reception.post(f"{DESK}/status", {"status": "available"}, htmx=True)
    assert not (await admin.get(f"{DESK}/list", htmx=True)).shows("连续 2 次没有接")
    await taken(reception, contact_id)
    await desk.assign(clinic.now + timedelta(minutes=5))
    page = await admin.get(f"{DESK}/list", htmx=True)
    assert page.shows("没人回复，退回", 'data-mark="lost:')
    assert 'data-mark="lost:' not in (await reception.get(f"{DESK}/list", htmx=True)).text


async def test_a_talk_is_pinned_on_top_of_its_owners_list_alone(clinic: Clinic, sign_in: SignIn) -> None:
    first, other = await sign_in(Role.RECEPTION), await sign_in(Role.CONSULTANT)
    one = await waiting(clinic)
    await taken(first, one)
    page = await first.get(f"{DESK}/{one}")
    assert page.shows('data-action="置顶"')
    episode = await episode_of(clinic, one)
    assert episode is not None
    assert (await other.post(f"{DESK}/{one}/pin", {"pinned": "yes"}, htmx=True)).shows("data-refused")
    page = await first.post(f"{DESK}/{one}/pin", {"pinned": "yes"}, htmx=True)
    assert page.shows("已置顶", 'data-action="取消置顶"')
    later = await waiting(clinic, "小周")
    await taken(first, later)
    rows = (await first.get(f"{DESK}/list?list=mine", htmx=True)).text
    assert rows.index(f'data-open="{one}"') < rows.index(f'data-open="{later}"')
    assert "置顶" not in (await other.get(f"{DESK}/list?list=all", htmx=True)).text
    pinned = await episode_of(clinic, one)
    assert pinned is not None
    assert pinned.revision == episode.revision  # a dialog that is open stays good
    page = await first.post(f"{DESK}/{one}/pin", {"pinned": ""}, htmx=True)
    assert page.shows("已取消置顶")
    assert "置顶" not in (await first.get(f"{DESK}/list?list=mine", htmx=True)).text


async def test_of_several_patients_the_dialogs_name_none_and_keep_the_one_that_was_chosen(
    clinic: Clinic, admin: Browser
) -> None:
    contact_id = await waiting(clinic)
    by, records = await actor(clinic, "admin"), clinic.app.services.records
    mother = await records.record_for(contact_id, by=by, now=clinic.now)
    child = await records.create({"name": "林小宝"}, by=by, now=clinic.now)
    await clinic.app.services.patient_links.link(child.id, contact_id, Relation.CHILD, by=by, now=clinic.now)
    await taken(admin, contact_id)
    for name in ("book", "tag"):
        page = await admin.get(f"{DESK}/{contact_id}/ask/{name}", htmx=True)
        assert page.shows("请选择", mother.id, child.id), name
        assert "selected>林小宝" not in page.text
    page = await admin.get(f"{DESK}/{contact_id}/ask/book?patient_id={child.id}", htmx=True)
    assert page.shows(f'value="{child.id}" selected')
    page = await admin.post(f"{DESK}/{contact_id}/book", {"patient_id": "", "slot": "1~2"}, htmx=True)
    assert page.shows("data-refused", "请选择为谁预约")


async def test_a_close_proposes_nothing_that_the_platform_would_refuse(clinic: Clinic, sign_in: SignIn) -> None:
    desk = await sign_in(Role.RECEPTION)
    contact_id = await waiting(clinic)
    await taken(desk, contact_id)
    await desk.post(f"{DESK}/{contact_id}/reply", {"text": "您好，一般三到六个月。", "key": "k1"}, htmx=True)
    await clinic.move(timedelta(seconds=10))
    await clinic.app.runner.run_now("deliver_outbox")
    assert (await desk.get(f"{DESK}/{contact_id}/ask/close", htmx=True)).shows("asked-say")
    await clinic.move(timedelta(hours=49))
    page = await desk.get(f"{DESK}/{contact_id}/ask/close", htmx=True)
    assert "asked-say" not in page.text
    assert page.shows("现在发不出去")
