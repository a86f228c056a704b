"""质检 · 校准: sessions in which several raters score one talk blind, and how far they agree."""

from aiohttp import web

from wxbot.conversations.evaluation.rating import LONGEST
from wxbot.conversations.evaluation.scoring import LEVELS, RubricItem
from wxbot.conversations.models import EpisodeId
from wxbot.web.console.desk_quality import lines_of_talk, marks_of
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit

PATH = "/console/quality/calibrations"


def _episode_of(request: web.Request) -> EpisodeId:
    return EpisodeId(request.match_info["episode"])


def _here(request: web.Request) -> str:
    return f"{PATH}/{_episode_of(request)}"


async def index(request: web.Request) -> web.StreamResponse:
    """The sessions, the latest first."""
    sessions = await services_of(request).review.calibrations.listed(by=actor_of(request))
    return await page(request, "quality/calibrations.html", sessions=sessions, path_here=PATH)


async def show(request: web.Request) -> web.StreamResponse:
    """One session: the talk, and the form or the scores."""
    return await _show(request, Form())


async def _show(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    session = await services.review.calibrations.one(_episode_of(request), by=actor)
    lines = await services.review.figures.talk(_episode_of(request), by=actor)
    return await page(
        request,
        "quality/calibration.html",
        session=session,
        lines=await lines_of_talk(services, lines, by=actor),
        items=list(RubricItem),
        levels=LEVELS,
        longest=LONGEST,
        form=form,
        here=_here(request),
    )


async def begin(request: web.Request) -> web.StreamResponse:
    """Open one for a talk."""
    return await submit(request, _begin)


async def _begin(request: web.Request, form: Form) -> web.StreamResponse:
    del form
    await services_of(request).review.calibrations.begin(
        _episode_of(request), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, _here(request), done="校准已开始：每人各自评分，结束后一起看")


async def score(request: web.Request) -> web.StreamResponse:
    """Score it, blind."""
    return await submit(request, _score, again=_show)


async def _score(request: web.Request, form: Form) -> web.StreamResponse:
    await services_of(request).review.calibrations.score(
        _episode_of(request), marks_of(form), form.get("comment"), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, _here(request), done="已记下您的评分")


async def close(request: web.Request) -> web.StreamResponse:
    """Show everybody's scores."""
    return await submit(request, _close, again=_show)


async def _close(request: web.Request, form: Form) -> web.StreamResponse:
    del form
    await services_of(request).review.calibrations.close(
        _episode_of(request), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, _here(request), done="校准已结束")
