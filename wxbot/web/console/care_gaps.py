"""After the service was down, or a plan paused: what waits for a decision, and the report of a gap."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from wxbot.care.catch_up import gap_words
from wxbot.care.catch_ups import DECIDE
from wxbot.care.gaps import LISTED
from wxbot.errors import FieldErrors
from wxbot.outbox.models import Message, State
from wxbot.outbox.reasons import reason_sentence, reason_words
from wxbot.outbox.stores.reading import GapTally
from wxbot.patients.models import Patient
from wxbot.services import Services
from wxbot.templates.rendering import WordingError
from wxbot.web.console.forms import WHOLE, Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.task_rows import GAPS, UNNAMED

CHOOSE = "请选择补发还是不补发"
LEFT = frozenset({State.ACCEPTED, State.DELIVERED})


@dataclass(frozen=True, kw_only=True)
class StepOfGap:
    """One step that fell due in the gap: how many messages, until when, and how the first of them reads."""

    plan: str
    name: str  # of its wording
    tallies: tuple[GapTally, ...]
    text: str = ""  # as the first patient of the list would read it
    calls: bool = False  # a colleague rings up: nobody reads it

    @property
    def messages(self) -> int:
        """How many there are."""
        return sum(each.messages for each in self.tallies)


@dataclass(frozen=True, kw_only=True)
class LineOfGap:
    """One message with whom it is for, and how it stands."""

    message: Message
    patient: Patient | None
    name: str
    plan: str
    says: str  # how it stands; empty while it waits for the decision


async def question(request: web.Request) -> web.StreamResponse:
    """What waits: which steps, their wording, how many patients, until when; what was decided, once it is."""
    return await _question(request, Form())


async def decide(request: web.Request) -> web.StreamResponse:
    """Send what waits, or leave it."""
    return await submit(request, _decide, again=_question, overtaken=_overtaken)


async def report(request: web.Request) -> web.StreamResponse:
    """One gap: its figures, its questions, and what was not sent."""
    services, by = services_of(request), actor_of(request)
    found = await services.care.gaps.report(request.match_info["gap"], by=by)
    after = request.query.get("after", "")
    rows = await services.care.gaps.messages(found.id, by=by, asked="", after=after)
    unasked = [each for each in found.tallies if not each.asked]
    return await page(
        request,
        "care/gap.html",
        report=found,
        what=gap_words(found.id),
        titles=_titles(services),
        steps=_steps(services, unasked, ()),
        totals=[(each, _standing(each.tallies)) for each in found.questions],
        lines=await _lines(services, rows),
        template_name=services.templates.name_of,
        older=f"{GAPS}/{found.id}?after={rows[-1].key}" if len(rows) == LISTED else "",
    )


async def _decide(request: web.Request, form: Form) -> web.StreamResponse:
    choice = form.get("choice")
    if choice not in {"send", "skip"}:
        raise FieldErrors({WHOLE: CHOOSE})
    asked = _id(request)
    await services_of(request).care.catch_ups.decide(
        asked, send=choice == "send", by=actor_of(request), now=now_of(request)
    )
    done = "已决定补发，马上开始发送" if choice == "send" else "已决定不补发，这些关怀不再发送"
    return see_other(request, f"{GAPS}/{asked}", done=done)


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    """A colleague was faster: the page says who decided what."""
    found = await services_of(request).care.gaps.question(_id(request), by=actor_of(request))
    if found.decision is not None:
        said = "补发" if found.decision.send else "不补发"
        form.fail(WHOLE, f"{found.decision.by_name}已经决定{said}，您的选择没有生效。")
    return await _question(request, form)


async def _question(request: web.Request, form: Form) -> web.StreamResponse:
    services, by, now = services_of(request), actor_of(request), now_of(request)
    found = await services.care.gaps.question(_id(request), by=by)
    after = request.query.get("after", "")
    rows = await services.care.gaps.messages(found.gap, by=by, asked=found.id, after=after)
    ends = [each.last_end for each in found.tallies]
    return await page(
        request,
        "care/gap_question.html",
        form=form,
        question=found,
        what=gap_words(found.gap),
        title=_titles(services).get(found.plan, found.plan),
        steps=_steps(services, found.tallies, rows),
        lines=await _lines(services, rows),
        template_name=services.templates.name_of,
        standing=_standing(found.tallies),
        first_end=min((each.first_end for each in found.tallies), default=None),
        last_end=max(ends, default=None),
        too_late=bool(ends) and max(ends) <= now,
        may_decide=by.may(DECIDE),
        older=f"{GAPS}/{found.id}?after={rows[-1].key}" if len(rows) == LISTED else "",
    )


def _id(request: web.Request) -> str:
    names = request.match_info
    return f"{names['gap']}/{names['plan']}/{names['day']}"


def _titles(services: Services) -> Mapping[str, str]:
    """What staff call each plan, by key."""
    return {each.key: each.title for each in services.care.plans}


def _steps(services: Services, tallies: Iterable[GapTally], rows: Sequence[Message]) -> list[StepOfGap]:
    found: dict[tuple[str, str], list[GapTally]] = {}
    for each in tallies:
        found.setdefault((each.plan, each.step), []).append(each)
    titles, steps = _titles(services), []
    for (plan, step), theirs in found.items():
        first = next((each for each in rows if each.precondition.get("step") == step), None)
        steps.append(
            StepOfGap(
                plan=titles.get(plan, plan),
                name=services.templates.name_of(theirs[0].template),
                tallies=tuple(theirs),
                text=_text(services, first) if first is not None else "",
                calls=first is not None and bool(first.call),
            )
        )
    return steps


def _text(services: Services, message: Message) -> str:
    """How it reads; of one that cannot be filled, or was erased, the wording itself."""
    if message.template not in services.templates.keys:
        return ""
    try:
        return services.templates.render(message.template, message.variables).text
    except WordingError:
        return services.templates.get(message.template).text


async def _lines(services: Services, rows: Sequence[Message]) -> list[LineOfGap]:
    people = await services.patients.patients({each.patient_id for each in rows if each.patient_id is not None})
    titles = _titles(services)
    return [
        LineOfGap(
            message=each,
            patient=(patient := people.get(each.patient_id) if each.patient_id is not None else None),
            name=(patient.name if patient is not None else "") or UNNAMED,
            plan=titles.get(str(each.precondition.get("plan")), ""),
            says=_says(each),
        )
        for each in rows
    ]


def _says(message: Message) -> str:
    if message.state in LEFT:
        return "已发出"
    return "" if message.state is State.WAITING and not message.explanation else reason_sentence(message)


def _standing(tallies: Sequence[GapTally]) -> list[tuple[str, int]]:
    """How the messages stand, in words with their number, the most first."""
    found: Counter[str] = Counter()
    for each in tallies:
        if each.state in LEFT:
            words = "已发出"
        elif each.state in {State.WAITING, State.CLAIMED}:
            words = f"等待：{reason_words(each.reason)}" if each.reason else "等待发送"
        else:
            words = reason_words(each.reason)
        found[words] += each.messages
    return found.most_common()
