"""会话: a photo to the patient, chosen, pasted or dropped, in a real Chromium; kind and size are told first."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.console_stage import PHONE, standing
from tests.browser.desk_stage import BOX, at_the_desk, take, until, waiting
from tests.scenarios.conftest import Clinic
from wxbot.media.formats import photo_type
from wxbot.media.models import MOST_SENT_BYTES
from wxbot.simulator.media import sample_image

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
FILE = "[data-photo-file]"
WORDS = "[data-photo-words]"
SEND = "[data-photo-send]"

# A picture that no compression makes small, as large as asked for, given to the box as that event.
GIVE = """async ([event, side, kind, name]) => {
  const canvas = new OffscreenCanvas(side, side);
  const on = canvas.getContext('2d');
  const noise = on.createImageData(side, side);
  let seed = 7;
  for (let at = 0; at < noise.data.length; at += 1) {
    seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5;
    noise.data[at] = at % 4 === 3 ? 255 : seed & 255;
  }
  on.putImageData(noise, 0, 0);
  const data = await canvas.convertToBlob({ type: kind });
  const carried = new DataTransfer();
  carried.items.add(new File([data], name, { type: kind }));
  const area = document.querySelector('.box-reply [data-text]');
  const given = { bubbles: true, cancelable: true };
  if (event === 'paste') area.dispatchEvent(new ClipboardEvent('paste', { ...given, clipboardData: carried }));
  else area.dispatchEvent(new DragEvent('drop', { ...given, dataTransfer: carried }));
  return data.size;
}"""


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_desk_photos", tmp_path_factory.mktemp("photos")) as found:
        yield found


async def choose(page: Page, data: bytes, name: str = "片子.png", kind: str = "image/png") -> None:
    await page.locator(FILE).set_input_files({"name": name, "mimeType": kind, "buffer": data})


async def on_the_phone(clinic: Clinic, openid: str) -> bytes:
    """The photo that the patient has got."""

    async def there() -> bool:
        await clinic.app.runner.run_now("deliver_outbox")
        return any(seen.kind == "image" for seen in clinic.sent_to(openid, "customer"))

    await until(there, "the photo arrives")
    [seen] = [each for each in clinic.sent_to(openid, "customer") if each.kind == "image"]
    return clinic.platform.media.get(seen.media_id, clinic.platform.now()).data


async def test_a_photo_is_seen_before_it_is_sent_then_on_the_phone_and_in_the_thread(
    chromium: Browser, clinic: Clinic
) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.locator(BOX).fill("您看这张片子")
        await choose(page, sample_image())
        await expect(page.locator(WORDS)).to_contain_text("片子.png")
        await expect(page.locator(SEND)).to_be_focused()
        await screen.shoot("desk/photo_chosen")
        assert await clinic.app.services.chat.replies.unsettled(contact_id) == []
        await page.keyboard.press("Enter")
        await expect(page.locator(".say-held img.photo")).to_have_count(1)
        await expect(page.locator("[data-photo]")).to_be_hidden()
        await expect(page.locator(BOX)).to_have_value("您看这张片子")  # what was typed is another answer
        await screen.shoot("desk/photo_held")
        assert await on_the_phone(clinic, openid) == sample_image()
        await expect(page.locator(".thread-lines .say-out img.photo")).to_have_attribute("alt", "发给患者的图片")
        await expect(page.locator(".thread-unsettled li")).to_have_count(0)
        assert await screen.faults() == []


async def test_a_photo_that_is_taken_back_leaves_no_words_in_the_box(chromium: Browser, clinic: Clinic) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await choose(page, sample_image())
        await page.locator(SEND).click()
        await expect(page.locator(".say-held img.photo")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(page.locator(".thread-unsettled li")).to_have_count(0)
        await expect(page.locator(BOX)).to_have_value("")
        assert clinic.sent_to(openid, "customer") == []
        assert await screen.faults() == []


@pytest.mark.parametrize(("event", "kind"), [("paste", "image/png"), ("drop", "image/jpeg"), ("drop", "image/webp")])
async def test_what_is_too_large_or_of_another_kind_is_made_fit_before_it_is_sent(
    chromium: Browser, clinic: Clinic, event: str, kind: str
) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        size = await page.evaluate(GIVE, [event, 1800, kind, "大图"])
        assert size > MOST_SENT_BYTES or kind == "image/webp"
        await expect(page.locator(WORDS)).to_contain_text("已转成 JPG")
        await page.locator(SEND).click()
        data = await on_the_phone(clinic, openid)
        assert photo_type(data) == "image/jpeg"
        assert len(data) <= MOST_SENT_BYTES
        assert await screen.faults() == []


async def test_what_is_no_picture_is_refused_before_the_upload(chromium: Browser, clinic: Clinic) -> None:
    _, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/photo" in request.url else None)
        await choose(page, b"%PDF-1.7", "报告.pdf", "application/pdf")
        await expect(page.locator(WORDS)).to_contain_text("「报告.pdf」不是图片")
        await expect(page.locator(SEND)).to_be_hidden()
        await choose(page, b"not a picture", "坏的.png")
        await expect(page.locator(WORDS)).to_contain_text("「坏的.png」打不开")
        await expect(page.locator(SEND)).to_be_hidden()
        assert asked == []
        await page.locator("[data-photo-drop]").click()
        await expect(page.locator("[data-photo]")).to_be_hidden()
        await expect(page.locator(BOX)).to_be_focused()
        assert await screen.faults() == []


async def test_a_photo_chosen_for_one_patient_is_not_there_for_the_next(chromium: Browser, clinic: Clinic) -> None:
    _, one = await waiting(clinic, "小林")
    _, other = await waiting(clinic, "小周")
    async with at_the_desk(chromium, clinic) as screen:
        page = await take(screen, one)
        await choose(page, sample_image())
        await expect(page.locator(SEND)).to_be_visible()
        await page.locator(f'.desk-row [data-open="{other}"]').click()
        await expect(page.locator('[data-part="thread"]')).to_have_attribute("data-contact", other)
        await expect(page.locator("[data-photo]")).to_be_hidden()


async def test_a_photo_that_did_not_leave_is_sent_again_as_the_photo(chromium: Browser, clinic: Clinic) -> None:
    openid, contact_id = await waiting(clinic)
    async with at_the_desk(chromium, clinic, size=PHONE) as screen:
        page = await take(screen, contact_id)
        clinic.platform.faults.add("/cgi-bin/media/upload", code=40005)
        await choose(page, sample_image())
        await page.locator(SEND).click()

        async def failed() -> bool:
            await clinic.app.runner.run_now("deliver_outbox")
            return await page.locator(".say-failed").count() == 1

        await until(failed, "it is shown as not sent")
        await expect(page.locator(".say-failed img.photo")).to_have_count(1)
        await expect(page.locator(".say-failed").get_by_text("改一改再发")).to_have_count(0)
        await screen.shoot("desk/photo_failed")
        await page.locator(".say-failed").get_by_text("重发").click()
        assert await on_the_phone(clinic, openid) == sample_image()
        assert [seen.kind for seen in clinic.sent_to(openid, "customer")] == ["image"]
        await expect(page.locator(".say-failed")).to_have_count(0)
        assert await screen.faults() == []
