"""设置 > 用语识别: the word lists, one of them to edit, and a sentence to try."""

from http import HTTPStatus

from aiohttp import web

from wxbot.understanding.explaining import Explanation, explain
from wxbot.web.console.forms import Form, filled, read_form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import NOTHING_SINCE, opened, revision_of, since
from wxbot.web.console.submit import submit
from wxbot.word_lists.checks import LONGEST_WORD, MOST_WORDS
from wxbot.word_lists.models import ShownList

HERE = "/console/settings/words"
MOST_TRIED = 500  # characters of a sentence to try


async def index(request: web.Request) -> web.StreamResponse:
    """Every list, and the box to try a sentence in."""
    return await _index(request, filled({}), None)


async def try_words(request: web.Request) -> web.StreamResponse:
    """How a sentence is read now; nothing is kept of it."""
    form = await read_form(request)
    text = form.get("text").strip()[:MOST_TRIED]
    if not text:
        form.fail("text", "请写一句话。")
        return await _index(request, form, None)
    services = services_of(request)
    today = now_of(request).astimezone(services.clinic.timezone).date()
    return await _index(request, form, explain(services.reader.read(text, today=today), services.reader.vocabulary))


async def one(request: web.Request) -> web.StreamResponse:
    """One list."""
    shown = await _shown(request)
    return await _editor(request, shown, opened(shown.kept, _values(shown)))


async def save(request: web.Request) -> web.StreamResponse:
    """Keep its words; the next message is read by them."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def reset(request: web.Request) -> web.StreamResponse:
    """The words that the files bring."""
    return await submit(request, _reset, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    key, by, now = request.match_info["key"], actor_of(request), now_of(request)
    await services_of(request).word_lists.save(key, form.get("words"), revision_of(form), by=by, now=now)
    return see_other(request, f"{HERE}/{key}", done="已保存，患者的下一句话就按新的词单来读")


async def _reset(request: web.Request, form: Form) -> web.StreamResponse:
    key, by, now = request.match_info["key"], actor_of(request), now_of(request)
    await services_of(request).word_lists.reset(key, revision_of(form), by=by, now=now)
    return see_other(request, f"{HERE}/{key}", done="已还原为原来的词单")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    shown = await _shown(request)
    if "words" not in form.values:  # what was refused is the reset, which sends no words
        form.values.update(opened(shown.kept, _values(shown)).values)
    return await _editor(request, shown, form)


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    shown = await _shown(request)
    if "words" not in form.values:
        return see_other(request, f"{HERE}/{shown.key}", done="没有还原：刚刚有同事改过，请核对后再还原")
    return await _editor(request, shown, form, stale=True)


async def _shown(request: web.Request) -> ShownList:
    return await services_of(request).word_lists.one(request.match_info["key"], by=actor_of(request))


async def _index(request: web.Request, form: Form, read: Explanation | None) -> web.StreamResponse:
    lists = await services_of(request).word_lists.shown(by=actor_of(request))
    status = HTTPStatus.OK if form.ok else HTTPStatus.UNPROCESSABLE_ENTITY
    return await page(
        request, "settings/words.html", status=status, form=form, read=read, lists=lists, section=HERE, most=MOST_TRIED
    )


async def _editor(request: web.Request, shown: ShownList, form: Form, *, stale: bool = False) -> web.StreamResponse:
    changed = since(form, shown.kept, _values(shown)) if stale else NOTHING_SINCE
    return await page(
        request,
        "settings/word_list.html",
        status=HTTPStatus.OK if form.ok else HTTPStatus.UNPROCESSABLE_ENTITY,
        form=form,
        shown=shown,
        since=changed,
        section=HERE,
        longest=LONGEST_WORD,
        most=MOST_WORDS,
    )


def _values(shown: ShownList) -> dict[str, str]:
    return {"words": "\n".join(shown.kept.words)}
