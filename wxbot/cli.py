"""The command line. No logic: each command reads its arguments, calls one use case and prints the answer."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from config.settings import Settings
from wxbot import logs
from wxbot.errors import ClinicError, ConfigurationError

T = TypeVar("T")

app = typer.Typer(
    help="The clinic's WeChat service.", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
jobs_app = typer.Typer(help="Run one job by hand.", no_args_is_help=True)
visits_app = typer.Typer(help="What became of a visit.", no_args_is_help=True)
menu_app = typer.Typer(help="The Official Account's menu.", no_args_is_help=True)
app.add_typer(jobs_app, name="job")
app.add_typer(visits_app, name="visit")
app.add_typer(menu_app, name="menu")

screen = Console()
complaints = Console(stderr=True)


@app.command()
def serve() -> None:
    """Run the service until interrupted."""
    from wxbot.app import open_house

    settings = _settings(serving=True)

    async def main() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        async with open_house(settings) as house, house.serving():
            await stop.wait()

    _run(main())


@app.command()
def demo(
    simulator_port: Annotated[int, typer.Option(help="Port of the simulated WeChat and its phone page.")] = 8090,
) -> None:
    """Run the service and a simulated WeChat; open the page it prints."""
    from wxbot.demo import Demo, run_demo

    settings = _settings(serving=False, quiet=True)

    def announce(demo: Demo) -> None:
        screen.print(f"\n  The clinic is open. Take the phone in hand:  [bold green]{demo.phone_url}[/]")
        screen.print(f"  Service health: {demo.clinic_url}/readyz   Stop with Ctrl-C.\n")

    _run(run_demo(settings, simulator_port, announce))


@app.command()
def simulator(
    callback_url: Annotated[str, typer.Option(help="Where pushes go.")] = "http://127.0.0.1:8080/wechat/callback",
    port: Annotated[int, typer.Option(help="Port of the simulated WeChat and its phone page.")] = 8090,
) -> None:
    """Run only the simulated WeChat, for a service started by hand with the same account settings."""
    from wxbot.demo import run_simulator

    settings = _settings(serving=True)
    _run(run_simulator(settings, callback_url, port, lambda url: screen.print(f"Simulated WeChat: {url}")))


@app.command()
def check() -> None:
    """Say in plain words what is missing or wrong in the configuration."""
    from wxbot.checkup import examine

    findings = examine()
    for line in findings.fine:
        screen.print(f"[green]✓[/] {escape(line)}")
    for line in findings.warnings:
        screen.print(f"[yellow]![/] {escape(line)}")
    for line in findings.problems:
        screen.print(f"[red]✗[/] {escape(line)}")
    for plan in findings.plans:
        table = Table(title=escape(plan.title), title_justify="left")
        for column in ("step", "when", "template", "purpose", "worth sending for"):
            table.add_column(column)
        for row in plan.rows:
            table.add_row(*(escape(cell) for cell in row))
        screen.print(table)
    if findings.problems:
        raise typer.Exit(1)


@app.command()
def timeline(
    contact: Annotated[str, typer.Argument(help="A contact id, an openid, or a patient's name.")],
    limit: Annotated[int, typer.Option(help="How many lines, the newest.")] = 50,
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo's patients.")] = False,
) -> None:
    """Show a contact's story, oldest line first."""
    from wxbot.app import open_house
    from wxbot.history.kinds import sentence

    settings = _looking_at(demo=demo)

    async def main() -> None:
        async with open_house(settings) as house:
            found = await house.services.patients.look_up(contact)
            if not found:
                complaints.print(f"Nobody is known as {contact!r}.")
                raise typer.Exit(1)
            for person in found:
                lines = await house.services.history.timeline(person.id, limit=limit)
                screen.print(f"\n[bold]{person.alias}[/] ({person.id}), {len(lines)} lines")
                for line in reversed(lines):
                    local = line.at.astimezone(house.services.clinic.timezone)
                    screen.print(f"  {local:%Y-%m-%d %H:%M:%S}  {sentence(line)}", highlight=False, markup=False)

    _run(main())


@app.command()
def followups(
    limit: Annotated[int, typer.Option(help="How many, the most urgent first.")] = 50,
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo's patients.")] = False,
) -> None:
    """List what people have to do: whom to phone, who asked for a person, what to look at."""
    from wxbot.app import open_house

    settings = _looking_at(demo=demo)

    async def main() -> None:
        async with open_house(settings) as house:
            open_ones = await house.services.followups.open_list(limit)
            table = Table("id", "due", "kind", "contact", "reason")
            for task in open_ones:
                local = task.due_at.astimezone(house.services.clinic.timezone)
                reason = escape(task.reason)
                table.add_row(task.id, f"{local:%m-%d %H:%M}", task.kind.value, task.contact_id or "", reason)
            screen.print(table if open_ones else "Nothing to do.")

    _run(main())


@app.command()
def seed(
    patients: Annotated[int, typer.Option(help="How many invented patients.")] = 200,
    lines: Annotated[int, typer.Option(help="How many lines of transcript each.")] = 20,
) -> None:
    """Fill the database with invented patients, visits and conversations, to try things at size."""
    from wxbot.app import open_house
    from wxbot.seeding import sow

    settings = _settings(serving=False)

    async def main() -> None:
        async with open_house(settings) as house:
            await house.prepare()
            with screen.status("Sowing …"):
                made = await sow(house.services, patients=patients, lines_each=lines, now=house.clock.now())
            screen.print(", ".join(f"{number:,} {what}" for what, number in made.items()))

    _run(main())


@jobs_app.command("run")
def job_run(
    name: Annotated[str, typer.Argument(help="The job's name; see `wxbot job list`.")],
    at: Annotated[str | None, typer.Option(help="Pretend it is this moment, ISO 8601 with offset.")] = None,
) -> None:
    """Run one job to its end and print its counts."""
    from wxbot.app import open_house

    settings = _settings(serving=False)

    async def main() -> None:
        async with open_house(settings) as house:
            if at is not None:
                house.clock.move(_moment(at) - house.clock.now())
            try:
                counts = await house.runner.run_now(name)
            except KeyError:
                complaints.print(f"There is no job {name!r}; see `wxbot job list`.")
                raise typer.Exit(1) from None
            screen.print(dict(counts))

    _run(main())


@jobs_app.command("list")
def job_list() -> None:
    """Every job and its rhythm."""
    from jobs import JOBS

    table = Table("job", "every", "alone")
    for job in JOBS:
        table.add_row(job.name, str(job.every), "yes" if job.alone else "no")
    screen.print(table)


@visits_app.command("no-show")
def visit_no_show(appointment: Annotated[str, typer.Argument(help="The appointment's id.")]) -> None:
    """The patient did not come: aftercare is not sent."""
    from wxbot.app import open_house
    from wxbot.booking.models import AppointmentId

    settings = _settings(serving=False)

    async def main() -> None:
        async with open_house(settings) as house:
            changed = await house.services.booking.mark_no_show(
                AppointmentId(appointment), now=house.clock.now(), by="staff:cli"
            )
            screen.print(f"{changed.id} is now {changed.state.value}.")

    _run(main())


@menu_app.command("push")
def menu_push() -> None:
    """Send config/menu.toml to the Official Account."""
    from wxbot.app import open_house
    from wxbot.installation import read_installation

    settings = _settings(serving=True)

    async def main() -> None:
        async with open_house(settings) as house:
            await house.client.menus.create(read_installation(settings).menu)
            screen.print("The menu is set. Phones show it within five minutes.")

    _run(main())


def _looking_at(*, demo: bool) -> Settings:
    """The settings for a look into the database: the clinic's own, or that of the demo (running or not)."""
    from wxbot.demo import SIMULATOR_PORT, demo_settings

    settings = _settings(serving=False, quiet=True)
    return demo_settings(settings, SIMULATOR_PORT) if demo else settings


def _settings(*, serving: bool, quiet: bool = False) -> Settings:
    """Read the settings and set up logging; say what is wrong and leave otherwise."""
    from wxbot.checkup import read_settings

    try:
        settings = read_settings(serving=serving)
    except ConfigurationError as error:
        _complain(error.problems)
        raise typer.Exit(1) from error
    logs.configure("WARNING" if quiet and settings.log_level == "INFO" else settings.log_level, settings.log_format)
    return settings


def _run(work: Awaitable[T]) -> T:
    """Run to the end on the fastest loop there is; errors raised on purpose become sentences and exit code 1."""
    from wxbot.database import ConnectionFailure, PyMongoError

    try:
        import uvloop
    except ImportError:
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    else:
        loop_factory = uvloop.new_event_loop

    async def whole() -> T:
        return await work

    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(whole())
    except ConfigurationError as error:
        _complain(error.problems)
    except ClinicError as error:
        _complain([str(error)])
    except ConnectionFailure:  # its own words name hosts and timeouts, which helps nobody here
        _complain(["The database does not answer. Is it running, and is WXBOT_MONGODB_URI right?"])
    except PyMongoError as error:
        _complain([f"The database refuses: {type(error).__name__}. May the user of WXBOT_MONGODB_URI use it?"])
    except OSError as error:
        _complain([f"{error.strerror or error}: is another service using the port?"])
    raise typer.Exit(1)


def _complain(problems: Sequence[str]) -> None:
    for problem in problems:
        complaints.print(f"[red]✗[/] {escape(problem)}", highlight=False)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no moment; write for instance 2026-11-24T10:00+08:00") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
