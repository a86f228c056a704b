"""下班: what somebody still has to hand over, a note for each open chat; then they are away (A0-18)."""

from dataclasses import dataclass

from aiohttp import web

from wxbot.conversations.episodes.signing_off import MOST_NOTE, HandedOver, HandoverNote, Remaining
from wxbot.conversations.models import AgentStatus, Episode, EpisodeId
from wxbot.conversations.names import ContactNames
from wxbot.conversations.states import REPLY
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId
from wxbot.web.console.forms import WHOLE, Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.workflow import NotNowError

PATH = "/console/desk/sign-off"
REASON = "下班交接"


@dataclass(frozen=True)
class Chat:
    """One chat to be handed over, with the names of its fields."""

    episode: Episode
    name: str
    waits: bool
    promised: str

    @property
    def field(self) -> str:
        """Where its note is typed."""
        return f"open.{self.episode.id}"


async def show(request: web.Request) -> web.StreamResponse:
    """What remains to be done."""
    return await _form(request, Form())


async def leave(request: web.Request) -> web.StreamResponse:
    """Hand everything over, each with its note, and be away."""
    return await submit(request, _leave, again=_form, refused=(NotNowError,))


async def _leave(request: web.Request, form: Form) -> web.StreamResponse:
    chat, by, now = services_of(request).chat, actor_of(request), now_of(request)
    by.must(REPLY)
    remaining = await chat.signing_off.remaining(AccountId(by.id))
    colleagues = {each for each, _ in await _colleagues(request)}
    notes: dict[EpisodeId, HandoverNote] = {}
    for each in remaining.episodes:
        to = form.get(f"to.{each.id}")
        notes[each.id] = HandoverNote(
            still_open=form.get(f"open.{each.id}"),
            promised=_promised(remaining, each)[:MOST_NOTE],
            asked=each.preview if each.preview_by == "patient" else "",
            to=AccountId(to) if to in colleagues else None,
        )
    done = await chat.signing_off.hand_over_all(notes, reason=REASON, by=by, now=now)
    if done.refused:
        _complain(form, done)
        return await _form(request, form)
    await chat.presence.set_status(AgentStatus.AWAY, by=by, now=now)
    words = f"已交接 {len(done.moved)} 个会话，您已离线。辛苦了" if done.moved else "您已离线。辛苦了"
    return see_other(request, "/console/", done=words)


def _complain(form: Form, done: HandedOver) -> None:
    form.fail(WHOLE, "有的会话刚刚有了变化，没有交接成功，请看看下面再试一次。")
    for episode_id, sentence in done.refused.items():
        form.fail(f"open.{episode_id}", sentence)


async def _form(request: web.Request, form: Form) -> web.StreamResponse:
    chat, by = services_of(request).chat, actor_of(request)
    remaining = await chat.signing_off.remaining(AccountId(by.id))
    for episode_id in [each.id for each in remaining.episodes if each.id in form.errors]:
        form.errors[f"open.{episode_id}"] = form.errors.pop(episode_id)
    return await page(
        request,
        "desk_shifts/sign_off.html",
        form=form,
        chats=await _chats(request, remaining),
        others=[each for each in remaining.promises if each.contact_id not in _contacts(remaining)],
        colleagues=await _colleagues(request),
        most=MOST_NOTE,
        section=PATH,
    )


async def _chats(request: web.Request, remaining: Remaining) -> list[Chat]:
    names = await ContactNames(services_of(request).patients).of(_contacts(remaining))
    return [
        Chat(each, names[each.contact_id], each.waiting_since is not None, _promised(remaining, each))
        for each in remaining.episodes
    ]


def _promised(remaining: Remaining, episode: Episode) -> str:
    return "；".join(each.words for each in remaining.promises if each.contact_id == episode.contact_id)


def _contacts(remaining: Remaining) -> set[ContactId]:
    return {each.contact_id for each in remaining.episodes}


async def _colleagues(request: web.Request) -> list[tuple[str, str]]:
    """Who is there to take it over: (account, name)."""
    chat, by = services_of(request).chat, actor_of(request)
    agents = await chat.presence.agents()
    there = [
        each.account_id for each in agents.values() if each.status is AgentStatus.AVAILABLE and each.account_id != by.id
    ]
    names = await services_of(request).staff.names(there)
    return sorted(names.items(), key=lambda each: each[1])
