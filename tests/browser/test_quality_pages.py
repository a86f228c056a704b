"""统计, 质检, 练习 and 事故 in Chromium: the charts are drawn under the page's own rules; nothing is too wide."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.console_stage import SIZES, standing, window
from tests.console.test_figures_pages import close_talks
from tests.scenarios.conftest import Clinic
from tests.surveyed import responses
from tests.visit_follow_ups import called, came
from wxbot.actors import COMMAND_LINE
from wxbot.conversations.evaluation.scoring import Mark, RubricItem
from wxbot.conversations.models import EpisodeId

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DRAWN = """(canvas) => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return data.some((value) => value !== 0);
}"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_quality_pages", tmp_path_factory.mktemp("quality")) as clinic:
        agent = next(row["_id"] for row in await clinic.rows("staff") if row["login"] == "consultant")
        await close_talks(clinic, agent)
        grave = [Mark(item=RubricItem.SHIRKING, level=3)]
        await clinic.app.services.review.ratings.rate(
            EpisodeId("e1"), grave, "推给患者", by=COMMAND_LINE, now=clinic.now
        )
        await compare_raters(clinic)
        await responses(clinic)
        for name in ("called", "left"):
            await came(clinic.app.database, name, clinic.now - timedelta(hours=3))
        await called(clinic.app.database, "called", clinic.now - timedelta(hours=1))
        yield clinic


async def compare_raters(clinic: Clinic) -> None:
    """A session that is open, and one that two raters closed."""
    sessions, other = clinic.app.services.review.calibrations, replace(COMMAND_LINE, id="other", name="主管小陈")
    for episode_id in (EpisodeId("e0"), EpisodeId("e1")):
        await sessions.begin(episode_id, by=COMMAND_LINE, now=clinic.now)
    curt = [Mark(item=RubricItem.CURT, level=2)]
    await sessions.score(EpisodeId("e1"), curt, "生硬", by=COMMAND_LINE, now=clinic.now)
    await sessions.score(EpisodeId("e1"), [], "", by=other, now=clinic.now)
    await sessions.close(EpisodeId("e1"), by=other, now=clinic.now)


@pytest.mark.parametrize("size", SIZES)
async def test_the_pages_are_sound_and_the_charts_are_drawn(chromium: Browser, clinic: Clinic, size: str) -> None:
    async with window(chromium, clinic.url, SIZES[size]) as screen:
        await screen.sign_in()
        await screen.open("/console/quality")
        canvases = screen.page.locator("[data-chart] canvas")
        await expect(canvases).to_have_count(3)
        for canvas in await canvases.all():
            assert await canvas.evaluate(DRAWN)
        await canvases.first.hover()  # the tooltip is drawn, too: HTML with styles inside would be refused
        assert await screen.faults() == []
        await screen.shoot(f"quality-figures-{size}")
        for name, address in (
            ("records", "/console/quality/records?figure=all"),
            ("promises", "/console/quality/promises"),
            ("talks", "/console/quality/talks"),
            ("talk", "/console/quality/talks/e1"),
            ("incidents", "/console/quality/incidents"),
            ("practice", "/console/quality/practice"),
            ("surveys", f"/console/quality/surveys?span=week&day={clinic.now:%Y-%m-%d}"),
            ("survey-records", f"/console/quality/surveys/records?span=week&day={clinic.now:%Y-%m-%d}"),
            ("followed", f"/console/quality/surveys/followed?span=week&day={clinic.now:%Y-%m-%d}&part=came"),
            ("reports", "/console/quality/reports"),
            ("report", f"/console/quality/reports/week/{clinic.now:%Y-%m-%d}"),
            ("calibrations", "/console/quality/calibrations"),
            ("calibration-open", "/console/quality/calibrations/e0"),
            ("calibration", "/console/quality/calibrations/e1"),
        ):
            assert await screen.open(address) == 200
            assert await screen.faults() == [], name
            await screen.shoot(f"quality-{name}-{size}")
        await screen.page.goto(f"{clinic.url}/console/quality/practice")
        await screen.page.locator("main td form button").first.click()
        await screen.page.locator("textarea[name=text]").fill("您好，请问您多大了，检查过吗？")
        await screen.page.get_by_role("button", name="回复").click()
        await expect(screen.page.locator(".talk-line")).to_have_count(3)
        assert await screen.faults() == []
        await screen.shoot(f"quality-practice-one-{size}")
