"""质检: the talks that were drawn, one talk with its score, what its colleague answers, and incidents."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.actors import STAFF, Actor
from wxbot.conversations.evaluation.corrections import wrong
from wxbot.conversations.evaluation.rating import LONGEST
from wxbot.conversations.evaluation.reporting import RATE
from wxbot.conversations.evaluation.scoring import LEVELS, Mark, RubricItem
from wxbot.conversations.evaluation.self_scores import may_give
from wxbot.conversations.models import EpisodeId
from wxbot.conversations.reading.lists import Thread
from wxbot.conversations.standards import SCORE
from wxbot.errors import FieldErrors
from wxbot.history.models import Interaction
from wxbot.outbox.hold_effects import Occasion, hold_against
from wxbot.patients.models import HoldKind, Patient
from wxbot.services import Services
from wxbot.web.console.desk_figures import PATH
from wxbot.web.console.desk_view import Item, items_of
from wxbot.web.console.forms import Form, parse, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

DRAWN_DAYS = 30  # talks closed longer ago are not rated any more
MARK, LINE = "mark.", "line."  # before an item's key in the form


class IncidentForm(BaseModel):
    """What became of an incident."""

    root_cause: str = Field(default="")
    measures: str = Field(default="")


def _episode_of(request: web.Request) -> EpisodeId:
    return EpisodeId(request.match_info["episode"])


def _here(request: web.Request) -> str:
    return f"{PATH}/talks/{_episode_of(request)}"


async def index(request: web.Request) -> web.StreamResponse:
    """What was drawn in the last month, what waits for this reader's rating in front."""
    services, actor = services_of(request), actor_of(request)
    today = now_of(request).astimezone(services.clinic.timezone).date()
    drawn = await services.review.ratings.drawn(today - timedelta(days=DRAWN_DAYS), today, by=actor)
    return await page(
        request,
        "quality/samples.html",
        drawn=drawn,
        names=await names_of(services, {f"{STAFF}{it.figures.owner}" for it in drawn if it.figures.owner}),
        standard=services.chat.rules.standards[SCORE],
        waiting=sum(it.may_rate for it in drawn),
        may_rate=actor.may(RATE),
    )


async def show(request: web.Request) -> web.StreamResponse:
    """One talk: its lines, its score, its ratings."""
    return await _show(request, Form())


async def _show(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    rated = await services.review.ratings.one(_episode_of(request), by=actor)
    lines = await services.review.figures.talk(_episode_of(request), by=actor)
    own_score = await services.review.self_scores.beside(rated, by=actor)
    correction = await services.review.corrections.of(_episode_of(request))
    doers = () if correction is None else (f"{STAFF}{correction.owner}", correction.by)
    return await page(
        request,
        "quality/talk.html",
        rated=rated,
        lines=await lines_of_talk(services, lines, by=actor),
        names=await names_of(services, {*doers, f"{STAFF}{rated.figures.owner}"}),
        form=form,
        items=list(RubricItem),
        levels=LEVELS,
        longest=LONGEST,
        standard=services.chat.rules.standards[SCORE],
        correction=correction,
        own_score=own_score,
        may_score_oneself=may_give(rated.figures, rated, own_score, actor),
        wrong=wrong(rated.ratings) is not None,
        is_own=rated.figures.owner == actor.id,
        here=_here(request),
        may_rate=actor.may(RATE),
    )


async def lines_of_talk(services: Services, lines: Sequence[Interaction], *, by: Actor) -> list[Item]:
    """The lines of a talk that has ended, as the desk shows them."""
    media = await services.media.described([line.id for line in lines])
    return await items_of(services, Thread(lines=tuple(lines), notes=(), unsettled=(), media=media, older=""), by=by)


async def rate(request: web.Request) -> web.StreamResponse:
    """Rate it."""
    return await submit(request, _rate, again=_show)


async def _rate(request: web.Request, form: Form) -> web.StreamResponse:
    marks = marks_of(form)
    rating = await services_of(request).review.ratings.rate(
        _episode_of(request), marks, form.get("comment"), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, _here(request), done=f"已评分：{rating.points} 分")


def marks_of(form: Form) -> list[Mark]:
    """The marks that a rater chose, in the order of the rubric."""
    marks = []
    for item in RubricItem:
        level = whole_number(form.get(MARK + item.value), 0)
        if level in LEVELS:
            marks.append(Mark(item=item, level=level, line_id=form.get(LINE + item.value)[:80]))
    return marks


async def score_oneself(request: web.Request) -> web.StreamResponse:
    """The colleague scores their own talk."""
    return await submit(request, _score_oneself, again=_show)


async def _score_oneself(request: web.Request, form: Form) -> web.StreamResponse:
    kept = await services_of(request).review.self_scores.give(
        _episode_of(request), marks_of(form), form.get("comment"), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, _here(request), done=f"已自评：{kept.points} 分")


async def correct(request: web.Request) -> web.StreamResponse:
    """Ask for a correction of what was told wrongly."""
    return await submit(request, _correct, again=_show)


async def _correct(request: web.Request, form: Form) -> web.StreamResponse:
    del form
    await services_of(request).review.corrections.open(_episode_of(request), by=actor_of(request), now=now_of(request))
    return see_other(request, _here(request), done="已开纠正任务，在「待办」里")


async def answer(request: web.Request) -> web.StreamResponse:
    """The colleague says how it was, or does not agree."""
    return await submit(request, _answer, again=_show)


async def _answer(request: web.Request, form: Form) -> web.StreamResponse:
    ratings, actor, now = services_of(request).review.ratings, actor_of(request), now_of(request)
    rating_id = _rating_of(request, form)
    if form.get("kind") == "appeal":
        await ratings.appeal(rating_id, form.get("appeal"), by=actor, now=now)
        return see_other(request, _here(request), done="已提交申诉")
    await ratings.answer(rating_id, form.get("answer"), by=actor, now=now)
    return see_other(request, _here(request), done="已记下您的说明")


async def decide(request: web.Request) -> web.StreamResponse:
    """Settle an appeal."""
    return await submit(request, _decide, again=_show)


async def _decide(request: web.Request, form: Form) -> web.StreamResponse:
    points = whole_number(form.get("points"), -1)
    if points < 0:
        raise FieldErrors({"points": "请填写 0 到 100 的整数"})
    await services_of(request).review.ratings.decide(
        _rating_of(request, form), points, form.get("decision"), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, _here(request), done="申诉已处理")


def _rating_of(request: web.Request, form: Form) -> str:
    return f"{_episode_of(request)}:{whole_number(form.get('number'), 1)}"


async def incidents(request: web.Request) -> web.StreamResponse:
    """Open ones by when they are due; the latest settled ones."""
    return await _incidents(request, Form())


async def _incidents(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    open_ones = await services.review.incidents.listed(by=actor)
    settled = await services.review.incidents.listed(settled=True, by=actor, limit=50)
    agents = {f"{STAFF}{each.agent}" for each in (*open_ones, *settled) if each.agent}
    patients = await services.patients.of_contacts({each.contact_id for each in open_ones if each.contact_id})
    return await page(
        request,
        "quality/incidents.html",
        open_ones=open_ones,
        settled=settled,
        names=await names_of(services, agents),
        levels=LEVELS,
        held={
            contact_id: all(_rests(each, now_of(request)) for each in those)
            for contact_id, those in patients.items()
            if those
        },
        form=form,
        may_rate=True,
    )


async def take(request: web.Request) -> web.StreamResponse:
    """Look into it oneself."""
    return await submit(request, _take)


async def _take(request: web.Request, form: Form) -> web.StreamResponse:
    revision = whole_number(form.get("revision"), 0)
    await services_of(request).review.incidents.take(
        _episode_of(request), revision, by=actor_of(request), now=now_of(request)
    )
    return see_other(request, f"{PATH}/incidents", done="由您处理")


async def hold(request: web.Request) -> web.StreamResponse:
    """Automatic care rests for whom the talk was with, until it is settled (A0-36)."""
    return await submit(request, _hold, again=_incidents)


async def _hold(request: web.Request, form: Form) -> web.StreamResponse:
    del form
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    incident = await services.review.incidents.one(_episode_of(request), by=actor)
    patients = (await services.patients.of_contacts([incident.contact_id])).get(incident.contact_id, [])
    if not patients:
        raise FieldErrors({"": "这位联系人还没有档案，没有自动关怀可以暂停"})
    for patient in patients:
        if not _rests(patient, now):  # another reason stays
            reason = f"服务事故处理中：{incident.what}"
            cause = f"incident:{incident.id}"
            await services.patient_holds.set(patient.id, HoldKind.DISPUTE, reason, cause=cause, by=actor, now=now)
    return see_other(request, f"{PATH}/incidents", done="已暂停自动关怀，处理完请在患者页面恢复")


def _rests(patient: Patient, now: datetime) -> bool:
    """Whether care already rests for them."""
    return hold_against([patient], Occasion.CARE, now) is not None


async def settle(request: web.Request) -> web.StreamResponse:
    """Close it with its root cause."""
    return await submit(request, _settle, again=_incidents)


async def _settle(request: web.Request, form: Form) -> web.StreamResponse:
    form.values["episode"] = _episode_of(request)
    typed = parse(form, IncidentForm)
    await services_of(request).review.incidents.settle(
        _episode_of(request),
        whole_number(form.get("revision"), 0),
        root_cause=typed.root_cause,
        measures=typed.measures,
        by=actor_of(request),
        now=now_of(request),
    )
    return see_other(request, f"{PATH}/incidents", done="事故已处理完")
