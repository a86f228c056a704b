"""待办 and a contact's page in Chromium: the photo is seen, the voice plays, urgent ones are red; on both screens."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.console_stage import SIZES, standing, window
from tests.scenarios.conftest import Clinic
from wxbot.followups.models import FollowUpKind, PatientWords

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

RED = "rgb(179, 38, 30)"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_task_pages", tmp_path_factory.mktemp("tasks")) as clinic:
        yield clinic


async def written(clinic: Clinic, name: str) -> str:
    """Somebody has called a person, written, and sent a photo and a voice; the address of their page."""
    openid = await clinic.person(name)
    await clinic.say(openid, "人工")
    await clinic.say(openid, "我上周做的牙套，右边下面有一根钢丝翘起来扎嘴，吃饭说话都疼，能不能先告诉我怎么处理一下")
    await clinic.platform.send_image(openid)
    await clinic.platform.send_voice(openid)
    await clinic.app.runner.run_now("fetch_media")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    await clinic.app.services.followups.open(
        key=f"danger:{contact.id}",
        kind=FollowUpKind.DANGER,
        reason="患者写到拔牙后出血不止，请立即致电。",
        contact_id=contact.id,
        patient_id=None,
        due_at=clinic.now,
        now=clinic.now,
        urgent=True,
        about="智齿拔除（11月22日，1天前）",
        words=(PatientWords(at=clinic.now, text="拔牙后一直出血怎么办", line_id="m:0"),),
    )
    return f"/console/contacts/{contact.id}"


@pytest.mark.parametrize("size", SIZES)
async def test_words_photo_and_voice_are_there_for_staff(chromium: Browser, clinic: Clinic, size: str) -> None:
    contact = await written(clinic, f"小林{size}")
    async with window(chromium, clinic.url, SIZES[size]) as screen:
        await screen.sign_in()
        page = screen.page
        for address in ("/console/followups", contact, "/console/"):
            await screen.open(address)
            urgent = page.locator(".urgent").first
            await expect(urgent).to_contain_text("拔牙后一直出血怎么办")
            await expect(urgent).to_have_css("border-left-color", RED)
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await page.evaluate(wide) <= 0
            photo = page.locator("img.photo").first
            await photo.scroll_into_view_if_needed()
            await expect(photo).to_have_js_property("naturalWidth", 96)
        await screen.open(contact)
        voice = page.locator("audio.voice").first
        seconds = await voice.evaluate(
            "audio => new Promise((known) => {"
            " audio.addEventListener('loadedmetadata', () => known(audio.duration));"
            " audio.addEventListener('error', () => known(-1));"
            " audio.preload = 'metadata'; audio.load(); })"
        )
        assert 2 < seconds < 4
        assert screen.complaints == []


async def test_the_list_says_when_it_is_no_longer_the_newest(chromium: Browser, clinic: Clinic) -> None:
    async with window(chromium, clinic.url) as screen:
        await screen.sign_in()
        await screen.open("/console/followups")
        notice = screen.page.locator("#changed")
        await clinic.say(await clinic.person("后来的人"), "人工")
        await expect(notice).to_contain_text("待办有变化")
        await notice.get_by_text("刷新列表").click()
        await expect(screen.page.locator("#changed")).to_have_text("")
        assert screen.complaints == []
