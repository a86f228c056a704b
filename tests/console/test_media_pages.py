"""Photos and voices of patients on the pages: seen, heard, and by nobody else."""

import io
import re
from html import unescape

import aiohttp
import av

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.simulator.media import sample_image
from wxbot.staff.permissions import Role


async def sent(clinic: Clinic) -> str:
    """A contact who has called a person and sent a photo and a voice, both fetched; the contact's page."""
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    assert (await clinic.platform.send_image(openid)).ok
    assert (await clinic.platform.send_voice(openid)).ok
    await clinic.app.runner.run_now("fetch_media")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    return f"/console/contacts/{contact.id}"


def addresses(text: str, tag: str) -> list[str]:
    return [unescape(each) for each in re.findall(rf'<{tag}[^>]* src="(/console/media/[^"]+)"', text)]


async def test_the_photo_is_seen_and_the_voice_heard_where_the_words_are(clinic: Clinic, admin: Browser) -> None:
    contact = await sent(clinic)
    for address in ("/console/followups", contact):
        page = await admin.get(address)
        assert addresses(page.text, "img")
        assert addresses(page.text, "audio")
    photo = await admin.get(addresses(page.text, "img")[0])
    assert (photo.body, photo.headers["Content-Type"]) == (sample_image(), "image/png")
    voice = await admin.get(addresses(page.text, "audio")[0])
    assert voice.headers["Content-Type"] == "audio/mpeg"
    with av.open(io.BytesIO(voice.body), "r") as heard:
        assert sum(frame.samples for frame in heard.decode(audio=0)) > 2 * 16_000
    for answer in (photo, voice):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "private" in answer.headers["Cache-Control"]


async def test_until_it_is_fetched_the_page_says_so(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    await clinic.platform.send_image(openid)
    assert (await admin.get("/console/followups")).shows("正在从微信取回")


async def test_nobody_sees_it_without_an_account(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    page = await admin.get(await sent(clinic))
    (photo,) = set(addresses(page.text, "img"))
    clinician = await sign_in(Role.CLINICIAN)
    assert (await clinician.get(photo)).status == 200
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as stranger,
        stranger.get(clinic.url + photo, allow_redirects=False) as answer,
    ):
        assert answer.status in {302, 303}
        assert await answer.read() != sample_image()


async def test_an_unknown_medium_is_not_found(admin: Browser) -> None:
    assert (await admin.get("/console/media/m:1")).status == 404


async def test_an_erasure_takes_photos_and_voices_along(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.platform.send_image(openid)
    await clinic.app.runner.run_now("fetch_media")
    assert len(await clinic.rows("media")) == 1
    await clinic.platform.unfollow(openid)
    await clinic.move_to("2026-11-27 10:00")
    assert await clinic.rows("media") == []


async def test_a_picture_that_is_none_is_told_of_and_never_served(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    assert (await clinic.platform.send_image(openid, b"<svg onload=alert(1)>")).ok
    await clinic.app.runner.run_now("fetch_media")
    assert (await admin.get("/console/followups")).shows("文件无法显示")
    (row,) = await clinic.rows("media")
    assert (await admin.get(f"/console/media/{row['_id']}")).status == 404


async def test_what_the_platform_forgot_is_told_of(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    await clinic.platform.send_image(openid)
    clinic.platform.media.items.clear()
    await clinic.app.runner.run_now("fetch_media")
    assert (await admin.get("/console/followups")).shows("微信已不再保存")
