"""`wxbot serve` as the process tests start it: the same command, with a place to die and shorter waits.

Everything is chosen by the environment, see `Knobs`. The service itself is the real one: this file only wraps
single methods and shortens rhythms, then runs the command line.
"""

import asyncio
import contextlib
import functools
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from aiohttp import ClientTimeout

JOBS_OFTEN = timedelta(milliseconds=150)
LOOK_SECONDS = 0.01  # between looks whether the gate is open
JOBS_NEVER = timedelta(hours=1)


LEASES = (  # of messages and job locks; that of pushes is an argument
    "wxbot.outbox.records:LEASE",
    "wxbot.outbox.delivery:LEASE",
    "wxbot.outbox.recovery:LEASE",
    "wxbot.scheduler.runner:LOCK_FOR",
)


@dataclass(frozen=True)
class Step:
    """A moment at which a process may die: before or after one call of one method."""

    method: str  # module:Class.method
    before: bool
    counts: Callable[[Any], bool] = lambda _: True  # of its result: whether this call was one of those meant
    awaited: bool = True  # it is, or answers, something to wait for


STEPS = {
    # a push
    "claimed": Step("wxbot.dispatch.arrivals:Arrivals.arrive", before=False),
    "in_transaction": Step("wxbot.booking.stores.appointments:BookingStore._claim", before=False),
    "hour_taken": Step("wxbot.booking.stores.appointments:BookingStore.book", before=False),
    "handled": Step("wxbot.dispatch.worker:Worker._handle", before=False),
    "noted": Step("wxbot.dispatch.answers:Answers.note_action", before=False),
    "written_down": Step("wxbot.dispatch.inbox:Inbox.done", before=True, awaited=False),
    "finished": Step("wxbot.dispatch.inbox:Inbox.done", before=False, awaited=False),
    # a message
    "message_claimed": Step(
        "wxbot.outbox.stores.claims:ClaimStore.claim", before=False, counts=lambda it: bool(it.messages)
    ),
    "right_spent": Step("wxbot.outbox.records:DeliveryRecords.mark_sending", before=True),
    "marked": Step("wxbot.wechat.sender:WeChatSender.send", before=True),
    "sent": Step("wxbot.wechat.sender:WeChatSender.send", before=False),
    "in_transcript": Step("wxbot.outbox.records:DeliveryRecords.tell_author", before=True),
    "told": Step("wxbot.outbox.records:DeliveryRecords.note_accepted", before=True),
}


@dataclass(frozen=True)
class Knobs:
    """What a test may change; the names of the environment are these in capitals, with TEST_ in front."""

    crash_at: str = ""  # a name of STEPS
    crash_signal: str = "SIGKILL"  # SIGSTOP: it stands still instead, until SIGCONT
    crash_armed: str = ""  # a file: the crash waits for it, and takes it away
    trace: str = ""  # a file that is told when a push is claimed and handled
    handler_seconds: float = 0.0  # every handler takes so much longer
    handler_gate: str = ""  # a file: while it is there, handlers wait; the first who waits writes into it
    handler_holds: str = ""  # a text: its handler writes into the gate, holds the loop and never ends
    lease_seconds: float = 0.0  # of pushes, messages and job locks; 0: the real ones
    reply_within_seconds: float = 0.0  # 0: the real 4.5
    call_seconds: float = 0.0  # how long the platform is waited for; 0: the real 10
    back_off: float = 1.0  # the outbox's pauses, multiplied
    often: str = ""  # jobs that run every 150 ms, by name, with commas
    never: str = ""  # jobs that do not run
    clock_file: str = ""  # a file by which the clinic's clock is moved while it runs (tests/desk_day/moved_clock.py)

    @classmethod
    def from_environment(cls) -> "Knobs":
        """Read them."""
        given = {name: os.environ.get(f"TEST_{name.upper()}", "") for name in cls.__dataclass_fields__}
        return cls(**{name: type(getattr(cls, name))(value) for name, value in given.items() if value})


def change(place: str, make: Callable[[Any], Any]) -> None:
    """Replace `module:name` or `module:Class.method`; a name that is not there any more is an error."""
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    setattr(owner, name, make(getattr(owner, name)))


def dying(step: Step, armed: Path | None, by: signal.Signals = signal.SIGKILL) -> Callable[[Any], Any]:
    """Wrap a method so that the process dies there."""

    def die_if_armed() -> None:
        if armed is not None:
            if not armed.exists():
                return
            armed.unlink()
        os.kill(os.getpid(), by)

    def wrap(method: Any) -> Any:
        @functools.wraps(method)
        async def waited_for(*args: Any, **more: Any) -> Any:
            if step.before:
                die_if_armed()
            result = await method(*args, **more)
            if not step.before and step.counts(result):
                die_if_armed()
            return result

        @functools.wraps(method)
        def at_once(*args: Any, **more: Any) -> Any:
            if step.before:
                die_if_armed()
            result = method(*args, **more)
            if not step.before and step.counts(result):
                die_if_armed()
            return result

        return waited_for if step.awaited else at_once

    return wrap


def traced(what: str, key_of: Callable[..., str], file: int) -> Callable[[Any], Any]:
    """Wrap an async method so that its beginning and end are told, on the clock that all processes share."""

    def wrap(method: Any) -> Any:
        @functools.wraps(method)
        async def wrapped(self: Any, thing: Any, *more: Any) -> Any:
            began = monotonic()
            result = await method(self, thing, *more)
            told = getattr(thing, "update", thing)  # the handling is given its context
            note = {"what": what, "key": key_of(told), "openid": told.openid, "began": began, "ended": monotonic()}
            os.write(file, json.dumps({**note, "result": str(getattr(result, "result", result))[:20]}).encode() + b"\n")
            return result

        return wrapped

    return wrap


def slow(seconds: float, gate: Path | None) -> Callable[[Any], Any]:
    """Wrap the handling so that it takes longer, or as long as a test wants."""

    def wrap(method: Any) -> Any:
        @functools.wraps(method)
        async def wrapped(*args: Any) -> Any:
            await asyncio.sleep(seconds)
            while gate is not None and gate.exists():  # noqa: ASYNC240 - a look, not a read
                # not made again by somebody who looks while it is taken away
                with contextlib.suppress(FileNotFoundError), gate.open("r+b") as file:
                    file.write(b"waiting")
                await asyncio.sleep(LOOK_SECONDS)
            return await method(*args)

        return wrapped

    return wrap


def holding(text: str, gate: Path) -> Callable[[Any], Any]:
    """Wrap the handling so that one text keeps the event loop busy for ever, once it has written into the gate."""

    def wrap(method: Any) -> Any:
        @functools.wraps(method)
        async def wrapped(self: Any, context: Any) -> Any:
            if getattr(context.update, "text", "") == text:
                gate.write_bytes(b"holding")  # noqa: ASYNC240 - the loop is to be held
                while True:
                    pass
            return await method(self, context)

        return wrapped

    return wrap


def moved_by(file: Path) -> Callable[[Any], Any]:
    """Wrap the clinic's clock so that a file moves it."""
    moved_clock = importlib.import_module("tests.desk_day.moved_clock")
    memory = moved_clock.mapped(file)

    def wrap(now: Any) -> Any:
        return lambda self: now(self) + moved_clock.shift_of(memory)

    return wrap


def turn(knobs: Knobs) -> None:
    """Make the service so."""
    handle = "wxbot.dispatch.worker:Worker._handle"
    if knobs.handler_holds:
        change(handle, holding(knobs.handler_holds, Path(knobs.handler_gate)))
    elif knobs.handler_seconds or knobs.handler_gate:
        change(handle, slow(knobs.handler_seconds, Path(knobs.handler_gate) if knobs.handler_gate else None))
    if knobs.trace:
        file = os.open(knobs.trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        change(handle, traced("handled", lambda update: str(update.key), file))
        change("wxbot.dispatch.arrivals:Arrivals.arrive", traced("claimed", lambda arrival: str(arrival.key), file))
    if knobs.crash_at:
        step = STEPS[knobs.crash_at]
        by = signal.Signals[knobs.crash_signal]
        change(step.method, dying(step, Path(knobs.crash_armed) if knobs.crash_armed else None, by))
    if knobs.lease_seconds:
        lease = timedelta(seconds=knobs.lease_seconds)
        change("wxbot.app:Dispatcher", lambda real: functools.partial(real, lease=lease))
        for place in LEASES:
            change(place, lambda _: lease)
    if knobs.clock_file:
        change("wxbot.clock:SystemClock.now", moved_by(Path(knobs.clock_file)))
    # the platform is the demo account, with its template ids; `serve` itself has no way there
    change("wxbot.app:open_app", lambda real: lambda settings, **more: real(as_demo(settings), **more))
    if knobs.reply_within_seconds:
        within = knobs.reply_within_seconds
        change("wxbot.app:open_app", lambda real: functools.partial(real, reply_within_seconds=within))
    if knobs.call_seconds:
        patience = ClientTimeout(total=knobs.call_seconds, connect=knobs.call_seconds / 2)
        change("wxbot.wechat.wire:TIMEOUT", lambda _: patience)
    change("wxbot.outbox.reactions:BACK_OFF", lambda real: tuple(pause * knobs.back_off for pause in real))
    change("wxbot.app:JOBS", lambda jobs: tuple(replace(job, every=_rhythm(job, knobs)) for job in jobs))


def as_demo(settings: Any) -> Any:
    """The same settings for an account that is the demo's."""
    return importlib.import_module("wxbot.demo.settings").DemoSettings.model_construct(**dict(settings))


def _rhythm(job: Any, knobs: Knobs) -> timedelta:
    if job.name in knobs.never.split(","):
        return JOBS_NEVER
    return JOBS_OFTEN if job.name in knobs.often.split(",") else job.every


if __name__ == "__main__":
    turn(Knobs.from_environment())
    sys.argv = ["wxbot", "serve"]
    importlib.import_module("wxbot.__main__").main()
