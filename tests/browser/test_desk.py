"""会话 in a real Chromium: two colleagues and the patient's telephone side by side, keyboard, input method, live."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.console_stage import PHONE, SIZES, standing, window
from tests.browser.desk_stage import BOX, C, arrives, at_the_desk, take, waiting
from tests.scenarios.conftest import Clinic

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
COUNT_KEYS = """
  window.pressed = 0;
  addEventListener('keydown', (event) => { if (event.isTrusted && event.key !== "Alt") window.pressed += 1; }, true);
"""


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_desk_browser", tmp_path_factory.mktemp("desk")) as found:
        yield found


async def test_two_colleagues_and_the_patients_telephone(chromium: Browser, clinic: Clinic) -> None:
    openid, contact_id = await waiting(clinic)
    async with (
        at_the_desk(chromium, clinic) as first,
        at_the_desk(chromium, clinic, "consultant") as second,
        window(chromium, clinic.platform_url) as phone,
    ):
        row = second.page.locator(f'.desk-row[data-contact="{contact_id}"]')
        await expect(row).to_contain_text("种植牙大概要多久")
        await take(first, contact_id)
        await expect(row).to_have_count(0)  # nobody has to answer it any more
        await second.page.locator('[data-list="all"]').click()
        await expect(row).to_contain_text("前台客服小周")
        await row.locator("a").click()
        await expect(second.page.locator(".thread-who")).to_contain_text("前台客服小周在接待")
        await expect(second.page.locator(BOX)).to_be_disabled()
        await first.page.locator(BOX).press_sequentially("您好，一般三到六个月")
        await expect(second.page.locator(".thread-who")).to_contain_text("正在写")
        await first.page.keyboard.press("Enter")
        await expect(first.page.locator(BOX)).to_have_value("")
        await expect(first.page.locator(".say-held")).to_contain_text("一般三到六个月")
        await phone.page.goto(clinic.platform_url)
        await phone.page.locator(f'[data-focus-key="pick-{openid}"]').click()
        await arrives(clinic, openid, "一般三到六个月")
        await expect(phone.page.locator("#chat")).to_contain_text("一般三到六个月")
        for screen in (first, second):
            await expect(screen.page.locator(".thread-lines .say-out")).to_contain_text("一般三到六个月")
            await expect(screen.page.locator(".thread-unsettled li")).to_have_count(0)
        keyboard = phone.page.get_by_role("button", name="切换到键盘")
        if await keyboard.is_visible():
            await keyboard.click()
        await phone.page.get_by_label("发消息给诊所").fill("那疼不疼")
        await phone.page.get_by_label("发消息给诊所").press("Enter")
        for screen in (first, second):
            await expect(screen.page.locator(".say-in").last).to_contain_text("那疼不疼")
            assert await screen.faults() == []


@pytest.mark.parametrize("size", SIZES)
async def test_it_fills_the_window_without_scrolling_and_every_power_is_there(
    chromium: Browser, clinic: Clinic, size: str
) -> None:
    long = "我想问一下种植牙从检查到最后戴牙大概一共要来几次每次间隔多久会不会很疼" * 4
    _, contact_id = await waiting(clinic, "阿卜杜勒" * 4, *[f"第{n}句 {long}" for n in range(12)])
    for number in range(48):
        await waiting(clinic, f"患者{number}")
    async with at_the_desk(chromium, clinic, size=dict(SIZES[size])) as screen:
        page = screen.page
        await screen.shoot(f"desk/{size}_list")
        assert await screen.faults() == []
        await page.locator('[data-list="all"]').click()
        await expect(page.locator('[data-part="rows"]')).to_have_attribute("data-of", "all")
        await take(screen, contact_id)
        await page.locator(BOX).fill("我们保证治好，请您放心")
        await expect(page.locator(".finding-block").first).to_be_visible()
        await screen.shoot(f"desk/{size}_thread")
        assert await screen.faults() == []
        overflow = "document.documentElement.scrollHeight - innerHeight"
        assert await page.evaluate(overflow) <= 0
        box = await page.locator(".box-reply .btn-primary").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= SIZES[size]["height"]
        if size == "phone":
            await page.locator(".thread-info").click()
        for words in ("约一个", "记一笔", "转给", "完成"):
            await expect(page.locator(".side-acts").get_by_text(words)).to_be_visible()
        await screen.shoot(f"desk/{size}_side")
        for name in ("hand-over", "snooze", "tag", "task", "book", "close"):
            await page.evaluate(
                "(url) => window.wxDesk.call(url).then(window.wxDesk.place)", f"{C}/{contact_id}/ask/{name}"
            )
            await expect(page.locator(f'dialog [data-name="{name}"]')).to_be_visible()
            await screen.shoot(f"desk/{size}_{name}")
            assert await screen.faults() == [], name
            await page.keyboard.press("Escape")


async def test_answer_tag_book_and_close_in_twelve_keys(chromium: Browser, clinic: Clinic) -> None:
    """As a receptionist, by the keyboard alone, to the ending that needs no supervisor: 问候结束."""
    openid, contact_id = await waiting(clinic)
    services = clinic.app.services
    [patient] = (await services.patients.of_contacts([contact_id]))[contact_id]
    async with at_the_desk(chromium, clinic) as screen:
        page = screen.page
        await page.evaluate(COUNT_KEYS)
        await page.keyboard.press("j")  # the first of the list
        await expect(page.locator('[data-part="thread"]')).to_have_attribute("data-contact", contact_id)
        await page.keyboard.press("r")
        await page.keyboard.insert_text("您好，一般三到六个月，检查后告诉您准确时间。")  # what an input method puts in
        await page.keyboard.press("Enter")
        await expect(page.locator(BOX)).to_have_value("")
        await page.keyboard.press("Alt+a")
        await expect(page.locator('dialog [data-name="tag"]')).to_be_visible()
        await page.keyboard.insert_text("意向种植")
        await page.keyboard.press("Enter")
        await expect(page.locator(".side-tags")).to_contain_text("意向种植")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        await page.keyboard.press("Alt+b")
        await expect(page.locator('dialog [data-name="book"]')).to_be_visible()
        await page.keyboard.press("Enter")  # the first free hour
        await expect(page.locator(".side-part", has_text="下次就诊").locator("strong")).to_have_count(1)
        [visit] = await services.booking.of_patients([patient.id], limit=5)
        await expect(page.locator(".side-part", has_text="下次就诊")).to_contain_text(
            f"{visit.start.astimezone(services.clinic.timezone):%H:%M}"
        )
        await arrives(clinic, openid, "三到六个月")
        await expect(page.locator(".thread-unsettled li")).to_have_count(0)
        await expect(page.locator("dialog[open]")).to_have_count(0)
        closing = page.locator('dialog [data-name="close"]')
        await page.keyboard.press("Alt+d")
        await expect(closing.get_by_text("先问一句还有没有问题")).to_be_focused()
        asked = await closing.locator(".asked-say textarea").first.input_value()
        await page.keyboard.press("Enter")
        await arrives(clinic, openid, asked)
        await expect(closing).to_be_visible()
        await clinic.say(openid, "没有了，谢谢")  # the dialog follows it
        await expect(closing.get_by_text("发送告别语")).to_be_focused()
        farewell = await closing.locator(".asked-say textarea").first.input_value()
        await page.keyboard.press("Enter")
        await arrives(clinic, openid, farewell)
        await expect(closing.get_by_role("button", name="结束会话")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator('[data-part="bar"]')).to_have_attribute("data-stands", "bot")
        assert await page.evaluate("window.pressed") <= 12
        assert await services.chat.desk.of_contact(contact_id) is None
        [line] = [each for each in clinic.sent_to(openid, "customer") if "已经为您留好" in each.text]
        assert f"{visit.start.astimezone(services.clinic.timezone).day}日" in line.text
        assert await screen.faults() == []


IME = """async ([order, code]) => {
  const area = document.querySelector('.box-reply [data-text]');
  area.focus();
  const key = () => area.dispatchEvent(new KeyboardEvent('keydown',
    { key: 'Enter', keyCode: code, isComposing: order === 'chrome', bubbles: true, cancelable: true }));
  area.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
  area.value = '您好';
  area.dispatchEvent(new InputEvent('input', { bubbles: true, isComposing: true }));
  if (order === 'safari') area.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
  key();
  if (order === 'chrome') area.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
}"""


@pytest.mark.parametrize(("order", "code"), [("chrome", 229), ("chrome", 13), ("safari", 229)])
async def test_enter_that_belongs_to_the_input_method_sends_nothing(
    chromium: Browser, clinic: Clinic, order: str, code: int
) -> None:
    _, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.evaluate(IME, [order, code])
        await page.keyboard.press("Shift+Enter")  # what comes after is handled after it
        await expect(page.locator(BOX)).to_have_value("您好\n")
        await expect(page.locator("[data-saved]").first).to_contain_text("草稿已保存")
        assert await clinic.app.services.chat.replies.unsettled(contact_id) == []
        await page.keyboard.press("Enter")
        await expect(page.locator(BOX)).to_have_value("")
        assert len(await clinic.app.services.chat.replies.unsettled(contact_id)) == 1


async def test_a_draft_and_its_mode_survive_a_reload_and_stay_with_their_patient(
    chromium: Browser, clinic: Clinic
) -> None:
    _, one = await waiting(clinic, "小林")
    _, other = await waiting(clinic, "小周")
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, one)
        await page.locator(BOX).press_sequentially("写到一半的话")
        await page.reload()
        await expect(page.locator(BOX)).to_have_value("写到一半的话")
        await page.locator(f'.desk-row [data-open="{other}"]').click()
        await expect(page.locator('[data-part="thread"]')).to_have_attribute("data-contact", other)
        await expect(page.locator(BOX)).to_have_value("")
        await page.keyboard.press("Alt+n")
        await page.keyboard.insert_text("只给同事看的")
        await page.reload()
        await expect(page.locator(".box")).to_have_attribute("data-mode", "note")
        await expect(page.locator(".box-note [data-text]")).to_have_value("只给同事看的")
        await page.keyboard.press("n")
        await page.keyboard.press("Enter")
        await expect(page.locator(".say-note")).to_contain_text("只给同事看的")
        assert await clinic.app.services.chat.replies.unsettled(other) == []
        await page.locator('[data-list="mine"]').click()
        await page.locator(f'.desk-row [data-open="{one}"]').click()
        await expect(page.locator(BOX)).to_have_value("写到一半的话")
        assert await screen.faults() == []


async def test_esc_takes_back_what_has_not_left(chromium: Browser, clinic: Clinic) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.locator(BOX).fill("写错了的话")
        await page.keyboard.press("Enter")
        await expect(page.locator(".say-held")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(page.locator(BOX)).to_have_value("写错了的话")
        await expect(page.locator(".thread-unsettled li")).to_have_count(0)
        await clinic.move(timedelta(minutes=1))
        assert clinic.sent_to(openid, "customer") == []
        assert await screen.faults() == []


async def test_the_better_sentence_is_one_key_away(chromium: Browser, clinic: Clinic) -> None:
    _, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.locator(BOX).fill("好的😀！我们保证治好")
        await expect(page.locator("[data-instead]").first).to_be_visible()
        instead = await page.locator("[data-instead]").first.get_attribute("data-instead")
        await page.keyboard.press("Enter")  # refused: the text stays
        await expect(page.locator(BOX)).to_have_value("好的😀！我们保证治好")
        await page.locator(BOX).focus()
        await page.keyboard.press("Alt+1")
        assert instead
        assert instead in await page.locator(BOX).input_value()
        assert "😀" in await page.locator(BOX).input_value()


async def test_a_slash_puts_a_canned_reply_at_the_caret(chromium: Browser, clinic: Clinic) -> None:
    _, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.locator(BOX).fill("您好，。再说一句")
        await page.evaluate("document.querySelector('.box-reply [data-text]').setSelectionRange(3, 3)")
        await page.keyboard.type("/sd")
        first = page.locator("[data-canned-list] [data-insert]").first
        await expect(first).to_have_attribute("aria-selected", "true")
        await screen.shoot("desk/canned")
        words = await first.get_attribute("data-insert")
        await page.keyboard.press("Enter")
        await expect(page.locator(BOX)).to_have_value(f"您好，{words}。再说一句")
        await expect(page.locator("[data-canned-list]")).to_be_hidden()
        assert await clinic.app.services.chat.replies.unsettled(contact_id) == []
        assert await screen.faults() == []


async def test_a_lost_connection_is_said_and_nothing_is_missed_or_twice(chromium: Browser, clinic: Clinic) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.locator(BOX).fill("断线时写的")
        await page.context.set_offline(True)
        await expect(page.locator("[data-link]")).to_be_visible()
        await clinic.say(openid, "你们在吗")
        await page.context.set_offline(False)
        await expect(page.locator("[data-link]")).to_be_hidden()
        await expect(page.locator(".say-in", has_text="你们在吗")).to_have_count(1)
        await clinic.say(openid, "还在吗")
        await expect(page.locator(".say-in", has_text="还在吗")).to_have_count(1)
        await expect(page.locator(BOX)).to_have_value("断线时写的")
        ids = await page.locator("[data-line]").evaluate_all("all => all.map((each) => each.dataset.line)")
        assert len(ids) == len(set(ids))
        order = await page.locator("[data-line]").evaluate_all("all => all.map((each) => Number(each.dataset.at))")
        assert order == sorted(order)


async def test_lines_that_come_in_any_order_or_twice_stand_once_and_in_order(chromium: Browser, clinic: Clinic) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        for number in range(8):
            await clinic.say(openid, f"第{number}句")
        await expect(page.locator(".say-in", has_text="第7句")).to_have_count(1)
        shuffled = """() => {
          const list = document.querySelector('[data-part=lines]');
          const lines = [...list.querySelectorAll('[data-line]')].map((each) => each.outerHTML);
          list.replaceChildren();
          const part = (some) => `<ol data-part="lines" data-merge>${some.join('')}</ol>`;
          for (const line of [...lines].reverse()) window.wxDesk.place(part([line]));
          window.wxDesk.place(part([...lines, ...lines]));
          const there = [...list.children].map((each) => each.outerHTML);
          return [lines.length, there.length, lines.join('') === there.join('')];
        }"""
        before, after, same = await page.evaluate(shuffled)
        assert (before, same) == (after, True)


async def test_a_photo_is_seen_and_a_voice_is_played_in_the_thread(chromium: Browser, clinic: Clinic) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await clinic.platform.send_image(openid)
        await clinic.platform.send_voice(openid)
        await clinic.app.runner.run_now("fetch_media")
        await expect(page.locator(".say-in img.photo")).to_have_count(1)
        await expect(page.locator(".say-in audio.voice")).to_have_count(1)


async def test_it_rings_until_touched_but_not_for_the_talk_one_reads(chromium: Browser, clinic: Clinic) -> None:
    openid, contact_id = await waiting(clinic)
    _, other = await waiting(clinic, "小周")
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        desk = page.locator(".desk")
        await clinic.say(openid, "在看这个")
        await expect(page.locator(".say-in").last).to_contain_text("在看这个")
        await page.locator(f'.desk-row [data-open="{other}"]').click()
        await expect(page.locator('[data-part="thread"]')).to_have_attribute("data-contact", other)
        await clinic.say(openid, "没有在看的时候来的")
        await expect(desk).to_have_attribute("data-ringing", "message")
        await expect(page).to_have_title(re.compile(r"^\(2\) "))  # one who waits, one who wrote
        await page.keyboard.press("Shift")
        await expect(desk).to_have_attribute("data-ringing", "")
        await clinic.say(openid, "又来一条")
        await expect(desk).to_have_attribute("data-ringing", "message")


async def test_one_column_on_a_telephone_with_the_same_powers(chromium: Browser, clinic: Clinic) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic, size=PHONE) as screen:
        page = await take(screen, contact_id)
        await expect(page.locator(".desk-left")).to_be_hidden()
        assert await page.locator(".thread-name").evaluate("(name) => name.scrollWidth <= name.clientWidth")
        await page.locator(BOX).fill("您好，请讲")
        await page.locator(".box-reply .btn-primary").click()
        await arrives(clinic, openid, "您好，请讲")
        await page.locator(".thread-info").click()
        await expect(page.locator(".desk-side")).to_be_visible()
        await page.locator(".side-acts").get_by_text("记一笔").click()
        await expect(page.locator(".box-note [data-text]")).to_be_focused()
        await page.locator(".thread-bar [data-show=list]").click()
        await expect(page.locator(".desk-left")).to_be_visible()
        assert await screen.faults() == []


async def test_every_action_is_in_the_palette(chromium: Browser, clinic: Clinic) -> None:
    _, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.locator(BOX).focus()
        await page.keyboard.press("Control+k")
        await expect(page.locator("[data-palette-list] li").first).to_be_visible()
        await screen.shoot("desk/palette")
        await page.keyboard.insert_text("稍后")
        await page.keyboard.press("Enter")
        await expect(page.locator('dialog [data-name="snooze"]')).to_be_visible()


async def test_a_window_in_the_background_still_gives_signs_of_life(chromium: Browser, clinic: Clinic) -> None:
    _, contact_id = await waiting(clinic)
    async with AsyncExitStack() as parts:
        screen = await parts.enter_async_context(at_the_desk(chromium, clinic))
        page = await take(screen, contact_id)
        await page.evaluate("window.setTimeout = () => 0; window.setInterval = () => 0")  # as slow as they ever get
        beats: list[str] = []
        page.on("request", lambda request: beats.append(request.url) if request.url.endswith("/here") else None)
        hidden = await page.context.new_page()
        await hidden.goto("about:blank")
        await hidden.bring_to_front()

        async def heard() -> bool:
            return len(beats) >= 1

        async with asyncio.timeout(40):
            while not await heard():
                await asyncio.sleep(0.2)
        agent = await clinic.app.services.chat.presence.agents()
        assert any(each.seen_at is not None for each in agent.values())
