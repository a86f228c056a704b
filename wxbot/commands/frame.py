"""What every command shares: the screen, the settings, the loop, and how errors become sentences."""

import asyncio
import errno
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from config.settings import Settings
from wxbot import logs
from wxbot.errors import ClinicError, ConfigurationError

T = TypeVar("T")

SWITCH_SECONDS = 0.001  # the driver's threads wait for the interpreter at each step; by default 5 ms each time

screen = Console()
complaints = Console(stderr=True)


def settings_for(*, serving: bool, quiet: bool = False) -> Settings:
    """Read the settings and set up logging; say what is wrong and leave otherwise."""
    from wxbot.checkup import read_settings

    try:
        settings = read_settings(serving=serving)
    except ConfigurationError as error:
        _complain(error.problems)
        raise typer.Exit(1) from error
    logs.configure("WARNING" if quiet and settings.log_level == "INFO" else settings.log_level, settings.log_format)
    return settings


def settings_to_look(*, demo: bool) -> Settings:
    """The settings for a look into the database: the clinic's own, or that of the demo (running or not)."""
    from wxbot.demo.service import SIMULATOR_PORT, demo_settings

    settings = settings_for(serving=False, quiet=True)
    return demo_settings(settings, SIMULATOR_PORT) if demo else settings


def run(work: Awaitable[T]) -> T:
    """Run to the end on the fastest loop there is; errors raised on purpose become sentences and exit code 1."""
    from wxbot.database import PyMongoError
    from wxbot.diagnostics import failures
    from wxbot.diagnostics.store import failure_of

    try:
        import uvloop
    except ImportError:
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    else:
        loop_factory = uvloop.new_event_loop

    async def whole() -> T:
        return await work

    sys.setswitchinterval(SWITCH_SECONDS)

    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(whole())
    except ConfigurationError as error:
        _complain(error.problems)
    except ClinicError as error:
        _complain([str(error)])
    except PyMongoError as error:  # its own words name hosts and timeouts, which helps nobody here
        _complain([failures.finding(failure_of(error), type(error).__name__).message])
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        about = ": is another service using the port?" if taken else f": {error.filename}" if error.filename else ""
        _complain([f"{error.strerror or error}{about}"])
    raise typer.Exit(1)


def _complain(problems: Sequence[str]) -> None:
    for problem in problems:
        complaints.print(f"[red]✗[/] {escape(problem)}", highlight=False)
