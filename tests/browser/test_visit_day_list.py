"""今日 · 确认 in Chromium: who comes by the code at reception, and who is unwell, stands there without a reload."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.console_stage import DESK, standing, window
from tests.scenarios.conftest import Clinic
from wxbot.actors import COMMAND_LINE, PATIENT
from wxbot.booking.models import Booker, VisitStage
from wxbot.clinic.models import PractitionerId, VisitTypeId

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_visit_day_list", tmp_path_factory.mktemp("visits")) as clinic:
        yield clinic


async def test_the_list_of_today_draws_itself_again(chromium: Browser, clinic: Clinic) -> None:
    services, now = clinic.app.services, clinic.now
    made = await services.records.create({"name": "赵小满"}, by=COMMAND_LINE, now=now)
    kind, who = VisitTypeId("cleaning"), PractitionerId("chen")
    (slot, *_) = await services.booking.next_free(kind, who, now + timedelta(minutes=1), now, booker=Booker.STAFF)
    visit = await services.booking.book(
        request_key="test:live",
        contact_id=None,
        patient_id=made.id,
        visit_type_id=kind,
        practitioner_id=who,
        start=slot.start,
        by=COMMAND_LINE,
        now=now,
    )
    zone = services.clinic.timezone
    assert visit.start.astimezone(zone).date() == now.astimezone(zone).date()
    async with window(chromium, clinic.url, DESK) as screen:
        await screen.sign_in()
        assert await screen.open("/console/today/visits") == 200
        row = screen.page.locator(f"#visit-{visit.id}")
        await expect(row).to_contain_text("赵小满")
        await expect(row.get_by_text("待登记")).to_have_count(0)

        await services.visit_stages.advance(
            visit.id, VisitStage.ARRIVED, seen=VisitStage.EXPECTED, by=PATIENT, now=clinic.now
        )
        await expect(row.get_by_text("待登记")).to_be_visible(timeout=30_000)
        await services.visit_room.unwell.report(visit.id, by=COMMAND_LINE, now=clinic.now)
        badge = row.locator(".mark", has_text="不适")  # the list connects anew after it was drawn again
        await expect(badge).to_be_visible(timeout=30_000)
