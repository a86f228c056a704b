"""Listens on the HTTP port and hands each connection to the application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from aiohttp import web

from wxbot.open_files import allow_open_files
from wxbot.web.connections import LINGER_SECONDS, Connections

MOST_CONNECTIONS = 2000  # at a time; a clinic's staff and the platform's pushes take some fifty
OPEN_FILES = 8192  # asked of the machine; each connection is one
SPARE = 2  # of the files that may be open, connections take at most one in so many
BACKLOG = 256  # connections that wait to be accepted; as many are accepted in one turn of the event loop
FINISH_SECONDS = 5.0  # how long requests in hand may take after a stop; a push is answered within 4.5


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve the application; yields the address. Leaving accepts nothing more and finishes what is in hand."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    application = cast("web.Server", runner.server)
    connections = Connections(
        application.request_handler,
        most=min(MOST_CONNECTIONS, allow_open_files(OPEN_FILES) // SPARE),
        request_factory=application.request_factory,
        access_log=None,
        lingering_time=LINGER_SECONDS,
        auto_decompress=False,  # nobody compresses what they post here, and a small body could become a large one
    )
    server = None
    try:
        server = await asyncio.get_running_loop().create_server(connections, host, port, backlog=BACKLOG)
        name, number = server.sockets[0].getsockname()[:2]
        yield f"http://{name}:{number}"
    finally:
        if server is not None:
            server.close()
        connections.stopping = True
        await runner.shutdown()  # the live streams end
        await connections.stop(FINISH_SECONDS)
        await runner.cleanup()
