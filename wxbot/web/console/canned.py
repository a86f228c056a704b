"""设置 > 常用语: shared and private canned replies; and what the reply box proposes while somebody types."""

from aiohttp import web
from pydantic import BaseModel

from wxbot.canned_replies.checks import LONGEST_FOLDER, LONGEST_TEXT, LONGEST_TITLE
from wxbot.canned_replies.filling import VARIABLES
from wxbot.canned_replies.filling import filled as filled_in
from wxbot.canned_replies.models import CannedReply, CannedReplyId, KeptReply
from wxbot.canned_replies.service import EDIT_SHARED
from wxbot.clinic.identifiers import identifier
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId
from wxbot.web.console.canned_values import values_of
from wxbot.web.console.forms import Form, filled, parse
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import NOTHING_SINCE, opened, revision_of, since
from wxbot.web.console.submit import submit

PATH = "/console/settings/canned"
MOST_TYPED = 40  # characters of a query
LABELS = {"title": "标题", "folder": "文件夹", "text": "内容", "shared": "全诊所共用"}


class CannedForm(BaseModel):
    """A canned reply as typed."""

    title: str
    text: str
    folder: str
    shared: bool = False


async def options(request: web.Request) -> web.StreamResponse:
    """What the reply box proposes for `q`, filled for `contact`: a fragment of buttons."""
    query, contact = request.query.get("q", "")[:MOST_TYPED], request.query.get("contact", "")
    values = await values_of(request, ContactId(contact) if contact else None)
    found = services_of(request).canned.search(query.lstrip("/"), values, by=actor_of(request))
    return await fragment(request, "canned/_options.html", options=found, query=query)


async def used(request: web.Request) -> web.StreamResponse:
    """One was put into a reply."""
    return await submit(request, _used)


async def _used(request: web.Request, _: Form) -> web.StreamResponse:
    await services_of(request).canned.use(request.match_info["id"], by=actor_of(request))
    return web.Response(status=204)


async def index(request: web.Request) -> web.StreamResponse:
    """Shared ones and one's own; `q` narrows, `folder` is one folder, `show=archived` the archived ones."""
    canned, actor = services_of(request).canned, actor_of(request)
    query, folder = request.query.get("q", "").strip()[:MOST_TYPED], request.query.get("folder", "")[:MOST_TYPED]
    archived = request.query.get("show") == "archived"
    return await page(
        request,
        "canned/index.html",
        listed=await canned.listed(by=actor, query=query, folder=folder, archived=archived),
        folders=canned.folders(by=actor),
        shown=lambda text: filled_in(text, {}).text,
        folder=folder,
        search=query,
        archived=archived,
        section=PATH,
    )


async def new(request: web.Request) -> web.StreamResponse:
    """An empty form; of whoever may keep shared ones it begins shared."""
    actor_of(request).must("desk:reply:edit")
    shared = "true" if actor_of(request).may(EDIT_SHARED) else ""
    return await _form(
        request, filled({"folder": request.query.get("folder", "")[:MOST_TYPED], "shared": shared}), None
    )


async def add(request: web.Request) -> web.StreamResponse:
    """Keep a new one."""
    return await submit(request, _add, again=lambda request, form: _form(request, form, None))


async def _add(request: web.Request, form: Form) -> web.StreamResponse:
    canned, by = services_of(request).canned, actor_of(request)
    typed = parse(form, CannedForm)
    reply_id = CannedReplyId(identifier(typed.title, await canned.ids()))
    await canned.add(_reply(request, reply_id, typed), by=by, now=now_of(request))
    return see_other(request, PATH, done=f"已添加「{typed.title}」，在会话里输入 / 就能找到")


async def one(request: web.Request) -> web.StreamResponse:
    """One canned reply."""
    kept = await _kept(request)
    return await _form(request, opened(kept.stored, _values(kept.value)), kept)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the changes."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    typed = parse(form, CannedForm)
    reply = _reply(request, CannedReplyId(request.match_info["id"]), typed)
    await services_of(request).canned.save(reply, revision_of(form), by=actor_of(request), now=now_of(request))
    return see_other(request, f"{PATH}/{reply.id}", done="已保存")


async def archive(request: web.Request) -> web.StreamResponse:
    """停用, to be undone on the page that follows."""
    return await submit(request, _archive, overtaken=_changed_meanwhile)


async def _archive(request: web.Request, form: Form) -> web.StreamResponse:
    reply_id = request.match_info["id"]
    canned, by, now = services_of(request).canned, actor_of(request), now_of(request)
    await canned.archive(reply_id, revision_of(form), by=by, now=now)
    return see_other(request, f"{PATH}/{reply_id}", done="已停用，会话里不再出现。可以马上撤销")


async def restore(request: web.Request) -> web.StreamResponse:
    """Undo it."""
    return await submit(request, _restore, again=_again, overtaken=_changed_meanwhile)


async def _restore(request: web.Request, form: Form) -> web.StreamResponse:
    reply_id = request.match_info["id"]
    canned, by, now = services_of(request).canned, actor_of(request), now_of(request)
    await canned.restore(reply_id, revision_of(form), by=by, now=now)
    return see_other(request, f"{PATH}/{reply_id}", done="已恢复使用")


async def _changed_meanwhile(request: web.Request, _: Form) -> web.StreamResponse:
    done = "没有改动：刚刚有同事修改过这一条，请看过再操作"
    return see_other(request, f"{PATH}/{request.match_info['id']}", done=done)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request), stale=True)


async def _kept(request: web.Request) -> KeptReply:
    return await services_of(request).canned.one(request.match_info["id"], by=actor_of(request))


async def _form(request: web.Request, form: Form, kept: KeptReply | None, *, stale: bool = False) -> web.StreamResponse:
    canned, actor = services_of(request).canned, actor_of(request)
    changed = NOTHING_SINCE
    if stale and kept is not None:
        changed = since(form, kept.stored, _values(kept.value), LABELS)
    return await page(
        request,
        "canned/one.html",
        form=form,
        kept=kept,
        since=changed,
        findings=canned.findings(form.values.get("text", "")),
        folders=canned.folders(by=actor),
        may_edit=kept is None or kept.value.owner is not None or actor.may(EDIT_SHARED),
        may_share=actor.may(EDIT_SHARED),
        variables=list(VARIABLES.items()),
        longest=(LONGEST_TITLE, LONGEST_FOLDER, LONGEST_TEXT),
        section=PATH,
    )


def _reply(request: web.Request, reply_id: CannedReplyId, typed: CannedForm) -> CannedReply:
    owner = None if typed.shared else AccountId(actor_of(request).id)
    return CannedReply(id=reply_id, title=typed.title, text=typed.text, folder=typed.folder, owner=owner)


def _values(value: CannedReply) -> dict[str, str]:
    return {
        "title": value.title,
        "text": value.text,
        "folder": value.folder,
        "shared": "true" if value.owner is None else "",
    }
