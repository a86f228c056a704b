"""练习: the cases, one go at a case, and who must pass before they answer patients."""

from aiohttp import web

from wxbot.actors import SYSTEM
from wxbot.conversations.evaluation.practice import LONGEST
from wxbot.conversations.evaluation.reporting import RATE
from wxbot.conversations.states import REPLY
from wxbot.errors import FieldErrors
from wxbot.staff.models import AccountId
from wxbot.web.console.desk_figures import PATH
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit

HERE = f"{PATH}/practice"


async def index(request: web.Request) -> web.StreamResponse:
    """The cases and the latest results; for supervisors, who is in training."""
    return await _index(request, Form())


async def _index(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    practices = services.review.practices
    agent = await services.chat.presence.agent(AccountId(actor.id))
    agents = await services.chat.presence.agents() if actor.may(RATE) else {}
    answering = await _who_answer(request) if actor.may(RATE) else {}
    return await page(
        request,
        "quality/practice.html",
        form=form,
        rules=practices.rules,
        titles={each.id: each.title for each in practices.rules.cases},
        passed=await practices.passed(AccountId(actor.id)),
        results=await practices.results(by=actor),
        in_training=agent.in_training,
        colleagues=sorted(
            (name, each, each in agents and agents[each].in_training) for each, name in answering.items()
        ),
        may_rate=actor.may(RATE),
    )


async def _who_answer(request: web.Request) -> dict[AccountId, str]:
    """Everybody whose role answers patients, also who was never at the desk: they practise first of all."""
    everybody = await services_of(request).staff.accounts(by=SYSTEM)
    return {each.id: each.name for each in everybody if not each.disabled and each.actor.may(REPLY)}


async def begin(request: web.Request) -> web.StreamResponse:
    """Play a case."""
    return await submit(request, _begin)


async def _begin(request: web.Request, form: Form) -> web.StreamResponse:
    practices = services_of(request).review.practices
    practice = await practices.begin(form.get("case"), by=actor_of(request), now=now_of(request))
    return see_other(request, f"{HERE}/{practice.id}")


async def show(request: web.Request) -> web.StreamResponse:
    """One go: what was said so far, and its score when it is over."""
    return await _show(request, Form())


async def _show(request: web.Request, form: Form) -> web.StreamResponse:
    practices = services_of(request).review.practices
    practice = await practices.one(request.match_info["id"], by=actor_of(request))
    case = next((each for each in practices.rules.cases if each.id == practice.case_id), None)
    return await page(
        request,
        "quality/practice_one.html",
        practice=practice,
        case=case,
        form=form,
        longest=LONGEST,
        is_own=practice.account_id == actor_of(request).id,
        here=f"{HERE}/{practice.id}",
    )


async def reply(request: web.Request) -> web.StreamResponse:
    """Answer the patient of the case."""
    return await submit(request, _reply, again=_show)


async def _reply(request: web.Request, form: Form) -> web.StreamResponse:
    practice_id = request.match_info["id"]
    practices, actor, now = services_of(request).review.practices, actor_of(request), now_of(request)
    await practices.reply(practice_id, form.get("text"), by=actor, now=now)
    return see_other(request, f"{HERE}/{practice_id}")


async def finish(request: web.Request) -> web.StreamResponse:
    """End the talk; it is scored."""
    return await submit(request, _finish)


async def _finish(request: web.Request, _form: Form) -> web.StreamResponse:
    practice_id = request.match_info["id"]
    practices, actor, now = services_of(request).review.practices, actor_of(request), now_of(request)
    done = await practices.finish(practice_id, by=actor, now=now)
    return see_other(request, f"{HERE}/{practice_id}", done=f"通过了，{done.points} 分" if done.passed else "")


async def require(request: web.Request) -> web.StreamResponse:
    """A colleague gets no live chats until they pass."""
    return await submit(request, _require, again=_index)


async def _require(request: web.Request, form: Form) -> web.StreamResponse:
    services, account = services_of(request), AccountId(form.get("account"))
    if account not in await _who_answer(request):
        raise FieldErrors({"account": "请选择一位同事"})
    await services.review.practices.require(account, by=actor_of(request), now=now_of(request))
    return see_other(request, HERE, done="已设为先练习，通过后才会分到患者")
