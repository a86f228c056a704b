"""What stands between bare aiohttp and the whole service, one rung at a time: `python -m tests.bench.rungs RUNG PORT`.

bare: aiohttp answers `success`. body: the same once it has read the body. codec: the service's own web server and
gateway, an answer without a database. claim: the same, and every push is claimed in the database first (one journaled
write shared by those who wait).
"""

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, cast

import uvloop
from aiohttp import web

from wxbot.clock import SystemClock
from wxbot.database import Database
from wxbot.dispatch.dispatcher import Dispatcher
from wxbot.dispatch.replies import TextReply, WireReply
from wxbot.dispatch.stores.inbox import ClaimResult, InboxClaim, InboxStore
from wxbot.dispatch.updates import Update
from wxbot.group_commit import GroupCommit
from wxbot.services import Services
from wxbot.templates.models import Option
from wxbot.unanswered import UnansweredPushes
from wxbot.web.console.keys import ConsoleSettings
from wxbot.web.server import create_app
from wxbot.wechat.codec import Codec
from wxbot.wechat.gateway import Gateway

from .account import AES_KEY, APP_ID, PATH, TOKEN

DATABASE = "bench_rungs"
REPLY = TextReply(
    text="您好，很高兴为您服务。请问需要什么帮助？点选下面的一项，或回复前面的序号：",
    options=tuple(Option(id=str(number), label=label) for number, label in enumerate(("预约", "我的预约", "人工服务"))),
)
LEASE = timedelta(seconds=20)

Claims = GroupCommit[InboxClaim, ClaimResult]


async def success(_request: web.Request) -> web.Response:
    """The least an aiohttp server can do for the platform."""
    return web.Response(text="success")


async def read_first(request: web.Request) -> web.Response:
    """The same, for a server that looks at what it is sent."""
    await request.read()
    return web.Response(text="success")


async def healthy(_request: web.Request) -> web.Response:
    """It runs."""
    return web.Response(text="ok")


class Answerer:
    """Stands where the dispatcher stands and answers everything alike."""

    def __init__(self, claims: Claims | None, clock: SystemClock) -> None:
        self._claims = claims
        self._clock = clock

    async def answer(self, update: Update, xml: bytes, within_seconds: float | None = None) -> WireReply | None:
        del within_seconds  # it never waits
        if self._claims is not None:
            now = self._clock.machine_now()
            await self._claims.add(InboxClaim(update.key, update.openid, xml, now, now + LEASE, busy=True))
        return REPLY


def bare(answer: Callable[[web.Request], Awaitable[web.Response]]) -> web.Application:
    """Bare aiohttp."""
    app = web.Application()
    app.router.add_post(PATH, answer)
    app.router.add_get("/healthz", healthy)
    return app


def served(claims: Claims | None) -> web.Application:
    """The service's web server with an answerer in place of the app."""
    clock = SystemClock()

    async def nothing() -> Mapping[str, Any]:
        return {}

    return create_app(
        gateway=Gateway(Codec(APP_ID, TOKEN, AES_KEY), "safe", clock),
        dispatcher=cast("Dispatcher", Answerer(claims, clock)),
        clock=clock,
        readiness={"nothing": nothing},
        unanswered=UnansweredPushes(clock),
        services=cast("Services", None),  # nobody opens a page of the console here
        console=ConsoleSettings(secret=b"", https=False, public_url="", demo=False),
    )


async def main(rung: str, port: int) -> None:
    """Serve until killed."""
    claims: Claims | None = None
    if rung == "claim":
        database = Database.connect(os.environ["WXBOT_MONGODB_URI"], DATABASE)
        store = InboxStore(database)
        await database.create_indexes([store])
        claims = GroupCommit(store.claim)
    plain = {"bare": success, "body": read_first}
    runner = web.AppRunner(bare(plain[rung]) if rung in plain else served(claims), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    gc.collect()
    gc.freeze()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
