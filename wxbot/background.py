"""Work that runs beside something else and must not die unnoticed."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` during the body and cancel it afterwards. When it raises, the body is cancelled and the error raised.

    Unlike with `asyncio.TaskGroup`, the errors of the body and of `work` arrive as they are, not in a group.
    """
    body = asyncio.current_task()
    if body is None:
        raise RuntimeError("only a task can have work beside it")
    before = body.cancelling()
    task = asyncio.create_task(work)

    def give_up(ended: asyncio.Task[None]) -> None:
        if not ended.cancelled() and ended.exception() is not None:
            body.cancel()

    task.add_done_callback(give_up)
    try:
        yield
    except asyncio.CancelledError:
        if not _failed(task) or body.uncancel() > before:
            raise
    finally:
        task.remove_done_callback(give_up)
        task.cancel()
        await asyncio.wait({task})
    if _failed(task):
        task.result()


def _failed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None
