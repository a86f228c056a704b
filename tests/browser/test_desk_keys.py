"""会话 and 待办 by the keyboard: hours of a booking, @ in a note, 置顶, a task's talk; what the page tells once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.console_stage import PHONE, SIZES, actor, standing
from tests.browser.desk_stage import BOX, C, at_the_desk, take, until, waiting
from tests.scenarios.conftest import Clinic
from wxbot.actors import COMMAND_LINE
from wxbot.followups.models import FollowUpKind
from wxbot.staff.permissions import Role

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
NOTE = ".box-note [data-text]"
OFFERED = ".box-note [data-complete] [data-insert]"
FOLLOW = """() => {
  const button = () => document.querySelector(".thread-bar [data-key=p]")?.textContent.trim();
  window.stood = [button()];
  new MutationObserver(() => window.stood.push(button())).observe(document.body, { childList: true, subtree: true });
}"""  # every word that the button has had since
BOOK = 'dialog [data-name="book"]'


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_desk_keys", tmp_path_factory.mktemp("keys")) as found:
        yield found


async def hours(page: Page) -> list[str]:
    found = await page.locator(f"{BOOK} [name=slot]").evaluate_all("all => all.map((each) => each.value)")
    return [str(each) for each in found]


async def chosen(page: Page) -> str:
    return str(await page.locator(f"{BOOK} [name=slot]:checked").get_attribute("value"))


async def test_a_digit_chooses_the_hour_and_the_arrows_the_day(chromium: Browser, clinic: Clinic) -> None:
    _, contact_id = await waiting(clinic)
    services = clinic.app.services
    [patient] = (await services.patients.of_contacts([contact_id]))[contact_id]
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.keyboard.press("b")
        await expect(page.locator(BOOK)).to_be_visible()
        today = await hours(page)
        await page.keyboard.press("3")
        assert await chosen(page) == today[2]
        await page.keyboard.press("ArrowRight")
        await expect(page.locator(f"{BOOK} [name=slot]").first).not_to_have_value(today[0])
        tomorrow = await hours(page)
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator(f"{BOOK} [name=slot]").first).to_have_value(today[0])
        await page.keyboard.press("ArrowLeft")  # there is no day before
        await page.keyboard.press("ArrowRight")
        await expect(page.locator(f"{BOOK} [name=slot]").first).to_have_value(tomorrow[0])
        await page.keyboard.press("2")
        await page.keyboard.press("Enter")
        await expect(page.locator(".side-part", has_text="下次就诊").locator("strong")).to_have_count(1)
        [visit] = await services.booking.of_patients([patient.id], limit=5)
        assert f"{int(visit.start.timestamp())}~{visit.practitioner_id}" == tomorrow[1]
        assert await screen.faults() == []


async def test_an_hour_that_went_to_somebody_else_leaves_the_dialog_with_what_is_free(
    chromium: Browser, clinic: Clinic
) -> None:
    _, contact_id = await waiting(clinic)
    _, other = await waiting(clinic, "小周")
    services = clinic.app.services
    [patient] = (await services.patients.of_contacts([other]))[other]
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.keyboard.press("b")
        await expect(page.locator(BOOK)).to_be_visible()
        taken = await chosen(page)
        start, practitioner = taken.split("~")
        day = date.fromisoformat(await page.locator(f"{BOOK} [name=day]").input_value())
        kind = next(each for each in services.clinic.visit_types if not each.retired)
        [slot] = [
            each
            for each in await services.booking.slots(kind.id, None, day, clinic.now)
            if f"{int(each.start.timestamp())}~{each.practitioner_id}" == taken
        ]
        await services.booking.book(
            request_key="quicker",
            contact_id=other,
            patient_id=patient.id,
            visit_type_id=kind.id,
            practitioner_id=slot.practitioner_id,
            start=slot.start,
            by=COMMAND_LINE,
            now=clinic.now,
        )
        await page.keyboard.press("Enter")
        await expect(page.locator(f"{BOOK} [data-errors] .finding-block")).to_have_count(1)
        await expect(page.locator(f'{BOOK} [name=slot][value="{start}~{practitioner}"]')).to_have_count(0)
        await page.keyboard.press("Enter")  # the next one is chosen
        await expect(page.locator(".side-part", has_text="下次就诊").locator("strong")).to_have_count(1)
        assert await screen.faults() == []


async def test_at_in_a_note_offers_colleagues_at_the_caret(chromium: Browser, clinic: Clinic) -> None:
    _, contact_id = await waiting(clinic)
    manager = await actor(clinic, Role.MANAGER)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.keyboard.press("n")
        await page.keyboard.type("片子在 @")
        await expect(page.locator(OFFERED)).to_have_count(3)  # who reads the desk, but oneself
        await screen.shoot("desk/mention")
        await page.keyboard.press("ArrowDown")
        await expect(page.locator(OFFERED).nth(1)).to_have_attribute("aria-selected", "true")
        active = await page.locator(NOTE).get_attribute("aria-activedescendant")
        assert await page.locator(OFFERED).nth(1).get_attribute("id") == active
        await page.keyboard.press("Escape")
        await expect(page.locator(OFFERED)).to_have_count(0)
        await page.keyboard.type("zg")  # 主管
        await expect(page.locator(OFFERED)).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(page.locator(NOTE)).to_have_value(f"片子在 @{manager.name} ")
        await page.keyboard.type("请看 a@b")  # an address is nobody
        await expect(page.locator(OFFERED)).to_have_count(0)
        await page.keyboard.press("Enter")
        await expect(page.locator(".say-note")).to_contain_text(f"@{manager.name} 请看")
        [note] = await clinic.app.services.chat.notes.mentioning(by=manager)
        assert note.mentions == (manager.id,)
        assert await screen.faults() == []


COMPOSED = """([selector, words]) => {
  const area = document.querySelector(selector);
  area.focus();
  area.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
  area.value += words;
  area.dispatchEvent(new InputEvent('input', { bubbles: true, isComposing: true }));
  area.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
  area.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }));
}"""


@pytest.mark.parametrize(("area", "sign", "words"), [(NOTE, "@", "主管"), (BOX, "/", "稍等")])
async def test_what_an_input_method_put_behind_the_sign_is_looked_for_and_its_enter_chooses_nothing(
    chromium: Browser, clinic: Clinic, area: str, sign: str, words: str
) -> None:
    _, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.keyboard.press("n" if sign == "@" else "r")
        await page.keyboard.type(sign)
        first = page.locator(f"{area} + [data-complete] [data-insert]").first
        await expect(first).to_be_visible()
        await page.evaluate(COMPOSED, [area, words])
        await expect(first).to_contain_text(words)
        assert await page.locator(area).input_value() == f"{sign}{words}"
        await page.keyboard.press("Enter")
        await expect(page.locator(area)).not_to_have_value(f"{sign}{words}")
        assert await clinic.app.services.chat.replies.unsettled(contact_id) == []
        assert await clinic.app.services.chat.notes.of(contact_id, by=await actor(clinic)) == []


async def test_on_a_telephone_a_colleague_is_mentioned_with_a_tap(chromium: Browser, clinic: Clinic) -> None:
    _, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic, size=PHONE) as screen:
        page = await take(screen, contact_id)
        await page.locator(".box-reply [data-mode-to=note]").click()
        await page.keyboard.type("@")
        await page.locator(OFFERED).first.click()
        await expect(page.locator(NOTE)).to_be_focused()
        await expect(page.locator(NOTE)).not_to_have_value("@")
        await screen.shoot("desk/mention_phone")
        assert await screen.faults() == []


async def test_p_keeps_a_talk_on_top_of_ones_own_list_and_p_again_lets_it_go(chromium: Browser, clinic: Clinic) -> None:
    _, one = await waiting(clinic, "小林")
    _, other = await waiting(clinic, "小周")
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, one)
        await take(screen, other)
        await page.keyboard.press("2")
        await expect(page.locator(".desk-rows")).to_have_attribute("data-of", "mine")
        rows, button = page.locator(".desk-row"), page.locator(".thread-bar [data-key=p]")
        await expect(rows).to_have_count(2)
        first, last = [str(await rows.nth(each).get_attribute("data-contact")) for each in (0, 1)]
        await rows.nth(1).locator("a").click()
        await expect(page.locator('[data-part="thread"]')).to_have_attribute("data-contact", last)
        await page.keyboard.press("p")
        await expect(rows.first).to_have_attribute("data-contact", last)
        await expect(rows.first).to_contain_text("置顶")
        await expect(button).to_have_text("取消置顶")  # the list may be read before the talk's own buttons
        await page.keyboard.press("p")
        await expect(rows.first).to_have_attribute("data-contact", first)
        await expect(page.locator(".desk-row", has_text="置顶")).to_have_count(0)
        assert await screen.faults() == []


async def test_what_was_read_before_a_form_was_answered_does_not_undo_what_it_changed(
    chromium: Browser, clinic: Clinic
) -> None:
    openid, contact_id = await waiting(clinic)
    read, go = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        read.set()
        await go.wait()
        await route.fulfill(response=answer)

    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        button = page.locator(".thread-bar [data-key=p]")
        await page.route("**/lines?*", late, times=1)
        await clinic.say(openid, "在吗")
        await read.wait()
        await page.keyboard.press("p")
        await expect(button).to_have_text("取消置顶")
        await page.evaluate(FOLLOW)
        go.set()
        await expect(page.locator(".say-in").last).to_contain_text("在吗")  # what it would have shown is shown
        assert "置顶" not in await page.evaluate("window.stood")
        await page.keyboard.press("p")
        await expect(button).to_have_text("置顶")
        assert await screen.faults() == []


async def test_the_focus_stays_where_it_was_when_what_had_it_is_read_anew(chromium: Browser, clinic: Clinic) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.keyboard.press("2")
        row = page.locator(f'.desk-row [data-open="{contact_id}"]')
        await row.focus()
        await clinic.say(openid, "还有一个问题")
        await expect(row).to_contain_text("还有一个问题")  # the list was read anew
        await expect(row).to_be_focused()
        await page.locator(".thread-bar [data-key=p]").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".thread-bar [data-key=p]")).to_have_text("取消置顶")
        await expect(page.locator(".thread-bar [data-key=p]")).to_be_focused()
        await page.locator(".thread-bar [data-key=z]").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator('dialog [data-name="snooze"]')).to_be_visible()
        await clinic.say(openid, "在吗")
        await expect(page.locator(".say-in").last).to_contain_text("在吗")
        await page.keyboard.press("Escape")
        await expect(page.locator(".thread-bar [data-key=z]")).to_be_focused()
        assert await screen.faults() == []


@pytest.mark.parametrize("size", SIZES)
async def test_x_opens_the_talk_of_a_task(chromium: Browser, clinic: Clinic, size: str) -> None:
    _, one = await waiting(clinic, "小林")
    _, other = await waiting(clinic, "小周")
    for number, contact_id in enumerate((one, other)):
        await clinic.app.services.followups.open(
            key=f"task:{contact_id}",
            kind=FollowUpKind.CHECK,
            reason="请核实片子",
            contact_id=contact_id,
            patient_id=None,
            due_at=clinic.now + timedelta(minutes=number),
            now=clinic.now,
        )
    async with at_the_desk(chromium, clinic, size=dict(SIZES[size])) as screen:
        page = screen.page
        await screen.open("/console/followups?kind=check")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await expect(page.locator("[data-task]").nth(1)).to_be_focused()
        await page.keyboard.press("k")
        await page.keyboard.press("j")
        await screen.shoot(f"desk/tasks_{size}")
        await page.keyboard.press("x")
        await page.wait_for_url(f"**{C}/{other}")
        await screen.open("/console/followups?kind=check")
        await page.locator("[data-task] summary").first.click()
        await page.locator("[data-task] textarea").first.press_sequentially("xjk")  # typed, not pressed
        await expect(page.locator("[data-task] textarea").first).to_have_value("xjk")
        assert await screen.faults() == []


async def test_a_patient_in_the_middle_of_several_lines_is_hinted_at_until_nothing_comes(
    chromium: Browser, clinic: Clinic
) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await clinic.move(timedelta(minutes=1))
        await clinic.say(openid, "还有")
        await expect(page.locator(".say-in").last).to_contain_text("还有")
        await expect(page.locator("[data-left]")).to_have_count(0)
        await clinic.say(openid, "右边也疼")
        await expect(page.locator("[data-part=typing]")).to_contain_text("患者可能还在输入")
        await screen.shoot("desk/typing")
        await expect(page.locator("[data-left]")).to_have_count(0, timeout=30_000)


async def test_an_answer_that_did_not_leave_is_told_once(chromium: Browser, clinic: Clinic) -> None:
    _, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        clinic.platform.faults.add("/cgi-bin/message/custom/send", code=45047)
        await page.locator(BOX).fill("您好，请讲")
        await page.keyboard.press("Enter")

        async def failed() -> bool:
            await clinic.app.runner.run_now("deliver_outbox")
            return await page.locator(".say-failed").count() == 1

        await until(failed, "it is shown as not sent")
        told = page.locator(".say-event", has_text="未发送")
        for _ in range(2):
            await expect(page.locator(".say-failed")).to_have_count(1)
            await expect(told).to_be_hidden()
            await screen.shoot("desk/failed")
            await page.reload()
        await page.locator(".say-failed").get_by_text("知道了").click()
        await expect(page.locator(".say-failed")).to_have_count(0)
        await expect(told).to_be_visible()  # the record of it stays
        assert await screen.faults() == []
