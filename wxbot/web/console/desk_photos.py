"""A photo that a colleague sends: a file out of the box, or one that did not leave, once more."""

import asyncio
from typing import Any

from aiohttp import web

from wxbot.conversations.replies.sending import TOO_LARGE
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.ids import new_id
from wxbot.media.models import MOST_SENT_BYTES
from wxbot.outbox.lines import sent_id
from wxbot.web.console.desk_form import MOST_KEY, action, episode_of, perform
from wxbot.web.console.desk_thread import MOST_ID, contact_of
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, services_of
from wxbot.web.console.uploads import NoFileError, TooLargeError, uploaded

NO_FILE = "请先选一张图片。"
GONE = "这张图片已被删除，请重新选一张。"


async def send(request: web.Request) -> web.StreamResponse:
    """Take a file in and send it. `key` and `after` stand in the address: the file is read as it comes."""
    form = Form(values={"key": request.query.get("key", ""), "after": request.query.get("after", "")[:MOST_ID]})
    return await perform(request, form, _send)


async def _send(request: web.Request, form: Form) -> str | dict[str, Any]:
    try:
        async with uploaded(request, "photo", MOST_SENT_BYTES) as file:
            data = await asyncio.to_thread(file.path.read_bytes)
    except NoFileError:
        raise FieldErrors({"photo": NO_FILE}) from None
    except TooLargeError:
        raise FieldErrors({"photo": TOO_LARGE}) from None
    return await _sent(request, data, form.get("key")[:MOST_KEY])


async def _again(request: web.Request, form: Form) -> str | dict[str, Any]:
    """Send one that did not leave once more, under a key of its own."""
    replies, actor = services_of(request).chat.replies, actor_of(request)
    unsent = await replies.unsettled(contact_of(request))
    message = next((each for each in unsent if each.key == form.get("again") and each.author == actor.by), None)
    if message is None or not message.photo:
        raise NotFoundError("no such photo")
    data = await services_of(request).media.photo(sent_id(message.id))
    if data is None:
        raise FieldErrors({"photo": GONE})
    done = await _sent(request, data, form.get("key")[:MOST_KEY])
    await replies.put_away(message.key, contact_id=message.contact_id, by=actor)
    return done


async def _sent(request: web.Request, data: bytes, key: str) -> dict[str, Any]:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    episode = await episode_of(request)
    await services.chat.replies.send_photo(episode.id, data, key=key or new_id(now), by=actor, now=now)
    return {"photo_sent": True}


again = action(_again)
