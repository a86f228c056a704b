"""`python -m tests.pictures [FOLDER]`: play the demo's fortnight on free ports and take every picture of the papers.

Exits with 1 and says why when a page answers an error, is empty, complains in the browser's console, fails to load
something or is wider than its window. The pictures of the other pages are taken all the same.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

from playwright.async_api import Browser

from config.settings import Settings
from tests.browser.console_stage import DESK, PHONE, launched
from tests.pictures.camera import Camera, Picture, camera
from tests.ports import free_port
from wxbot import logs
from wxbot.actors import SYSTEM
from wxbot.clinic.hours import openings
from wxbot.conversations.reading.lists import ListName
from wxbot.demo.accounts import PASSWORD
from wxbot.demo.phones import WORRIES
from wxbot.demo.service import Demo, open_demo
from wxbot.history.models import ContactId, PatientId
from wxbot.installation import read_installation
from wxbot.staff.permissions import Role

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
TIME_OF_DAY = time(10, 20)  # a morning with visits behind and before it
WORKING = 2  # Wednesday


def moved_to_a_working_day(settings: Settings) -> timedelta:
    """How far ahead the next Wednesday morning is on which the clinic receives."""
    clinic = read_installation(settings).clinic
    now = datetime.now(settings.timezone)
    for ahead in range(1, 60):
        day = now.date() + timedelta(days=ahead)
        if day.weekday() == WORKING and any(openings(clinic, person, day) for person in clinic.practitioners):
            return datetime.combine(day, TIME_OF_DAY, settings.timezone) - now
    raise RuntimeError("the clinic receives on no Wednesday")


async def console_pictures(demo: Demo) -> Sequence[Picture]:
    """The console at a desk, as the administrator sees it."""
    services, at = demo.app.services, f"{demo.clinic_url}/console"
    (broadcast,) = await services.broadcasts.waiting(by=SYSTEM)
    template = next(each for each in await services.template_editor.waiting(by=SYSTEM))
    patient = await patient_of(demo, chatting(demo))
    return (
        Picture(name="console-patient", url=f"{at}/patients/{patient}", rows="#timeline *", at_least=10),
        Picture(
            name="console-broadcast", url=f"{at}/broadcasts/{broadcast.id}", rows="main table tbody tr", at_least=5
        ),
        Picture(name="console-template", url=f"{at}/templates/{template.id}", rows="#preview *", at_least=3),
    )


def chatting(demo: Demo) -> str:
    """The openid of the latest who answered an aftercare message with a question; a colleague may have answered."""
    asked = {
        person.openid: max(each.at for each in person.messages if each.text in WORRIES)
        for person in demo.platform.people.values()
        if any(each.text in WORRIES for each in person.messages)
    }
    if not asked:
        raise RuntimeError("nobody answered an aftercare message")
    return max(asked, key=lambda openid: (asked[openid], openid))


async def waiting_longest(demo: Demo) -> ContactId:
    """Who is first in 待回复."""
    rows = await demo.app.services.chat.lists.rows(ListName.WAITING, by=SYSTEM, now=demo.app.clock.now())
    if not rows:
        raise RuntimeError("nobody waits for a person")
    return rows[0].episode.contact_id


async def patient_of(demo: Demo, openid: str) -> PatientId:
    """The record of the person with that phone."""
    patients = demo.app.services.patients
    contact = await patients.contact_by_openid(openid)
    if contact is None:
        raise RuntimeError("nobody knows them")
    return (await patients.of_contacts([contact.id]))[contact.id][0].id


async def signed_in(screen: Camera, clinic_url: str, role: Role) -> None:
    """Sign in as that role, through the form."""
    await screen.page.goto(f"{clinic_url}/console/sign-in")
    await screen.page.fill("[name=login]", role.value)
    await screen.page.fill("[name=password]", PASSWORD)
    await screen.page.locator("main form button.btn-primary").first.click()
    await screen.page.wait_for_url("**/console/")


async def take_all(demo: Demo, chromium: Browser, folder: Path) -> dict[str, list[str]]:
    """Every picture; by name, what was wrong with those that were not taken."""
    found: dict[str, list[str]] = {}
    at = f"{demo.clinic_url}/console/"
    for name, size in (("console-today", DESK), ("console-today-small", PHONE)):
        async with camera(chromium, size) as screen:
            await signed_in(screen, demo.clinic_url, Role.RECEPTION)
            picture = Picture(name=name, url=at, rows="main .list-plain .line", at_least=8)
            found[name] = await screen.take(picture, folder)
    async with camera(chromium, DESK) as screen:
        await signed_in(screen, demo.clinic_url, Role.RECEPTION)
        talk = f"{at}desk/{await waiting_longest(demo)}"
        picture = Picture(name="console-desk", url=talk, rows="[data-line]", at_least=3)
        found[picture.name] = await screen.take(picture, folder)
    async with camera(chromium, DESK) as screen:
        await signed_in(screen, demo.clinic_url, Role.ADMIN)
        for picture in await console_pictures(demo):
            found[picture.name] = await screen.take(picture, folder)
    chat = {"phone.chosen": chatting(demo)}
    for name, size in (("phone", DESK), ("phone-small", PHONE)):
        async with camera(chromium, size, stored=chat) as screen:
            picture = Picture(name=name, url=demo.phone_url, rows=".bubble", at_least=3)
            found[name] = await screen.take(picture, folder)
    return {name: problems for name, problems in found.items() if problems}


async def main(folder: Path) -> int:
    """Take them; the number of pictures that could not be taken."""
    logs.configure("WARNING", "console")
    with tempfile.TemporaryDirectory(prefix="pictures-") as home:
        settings = Settings.model_construct(data_dir=Path(home), http_port=free_port())
        settings = settings.model_copy(update={"clock_shift": moved_to_a_working_day(settings)})
        async with open_demo(settings, free_port(), with_past=True) as demo, launched() as chromium:
            await demo.play()
            wrong = await take_all(demo, chromium, folder)
    for name, problems in wrong.items():
        for problem in problems:
            print(f"{name}.png not taken: {problem}", file=sys.stderr)  # noqa: T201 - a command speaks to a person
    return len(wrong)


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)) else 0)
