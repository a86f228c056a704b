"""The command line. No logic: each command reads its arguments, calls one use case and prints the answer."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from wxbot.commands import backup, config, keys, patients, staff
from wxbot.commands.frame import complaints, run, screen, settings_for
from wxbot.days import DayError, read_moment

app = typer.Typer(
    help="The clinic's WeChat service.", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
jobs_app = typer.Typer(help="Run one job by hand.", no_args_is_help=True)
menu_app = typer.Typer(help="The Official Account's menu.", no_args_is_help=True)
app.add_typer(patients.app)
app.add_typer(staff.app)
app.add_typer(backup.app)
app.add_typer(config.app, name="config")
app.add_typer(keys.app, name="keys")
app.add_typer(jobs_app, name="job")
app.add_typer(menu_app, name="menu")


@app.command()
def serve() -> None:
    """Run the service until interrupted."""
    from wxbot.app import open_app
    from wxbot.stopping import stop_on_signals

    settings = settings_for(serving=True)

    async def main() -> None:
        stop = stop_on_signals()
        async with open_app(settings) as service, service.serving():
            await stop.wait()

    run(main())


@app.command()
def demo(
    simulator_port: Annotated[int, typer.Option(help="Port of the simulated WeChat and its phone page.")] = 8090,
) -> None:
    """Run the service and a simulated WeChat; open the page it prints."""
    from wxbot import logs
    from wxbot.demo.service import Demo, run_demo

    settings = settings_for(serving=False, quiet=True)

    def announce(demo: Demo) -> None:
        logs.configure("WARNING" if settings.log_level == "INFO" else settings.log_level, settings.log_format)
        screen.print(f"\n  The clinic is open. Take the phone in hand:  [bold green]{demo.phone_url}[/]")
        screen.print(f"  The console of its staff:  [bold green]{demo.clinic_url}/console/[/]")
        screen.print(f"  Service health: {demo.clinic_url}/readyz   Stop with Ctrl-C.\n")

    def announce_past(demo: Demo) -> None:
        logs.configure("ERROR", settings.log_format)  # some trouble is part of what is played
        screen.print("\n  The first start plays a fortnight of clinic life, about 200 patients …")
        screen.print(f"  The page is there already and fills: {demo.phone_url}")

    run(run_demo(settings, simulator_port, announce, announce_past))


@app.command()
def simulator(
    callback_url: Annotated[str, typer.Option(help="Where pushes go.")] = "http://127.0.0.1:8080/wechat/callback",
    port: Annotated[int, typer.Option(help="Port of the simulated WeChat and its phone page.")] = 8090,
) -> None:
    """Run only the simulated WeChat, for a service started by hand with the same account settings."""
    from wxbot.demo.service import run_simulator

    settings = settings_for(serving=True)
    run(run_simulator(settings, callback_url, port, lambda url: screen.print(f"Simulated WeChat: {url}")))


@app.command()
def check(
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Look at settings and files only, connect to nothing.")
    ] = False,
) -> None:
    """Say in plain words what is missing or wrong: settings, files, disk, database, clock."""
    from wxbot import logs
    from wxbot.checkup import examine

    logs.configure("CRITICAL", "console")  # what is wrong is said below, once
    findings = run(examine(offline=offline))
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
def seed(
    patients: Annotated[int, typer.Option(help="How many invented patients.")] = 200,
    lines: Annotated[int, typer.Option(help="How many lines of transcript each.")] = 20,
) -> None:
    """Fill the database with invented patients, visits and conversations, to try things at size."""
    from wxbot.app import open_app
    from wxbot.seeding import seed

    settings = settings_for(serving=False)

    async def main() -> None:
        async with open_app(settings) as service:
            await service.prepare()
            with screen.status("Sowing …"):
                made = await seed(service.services, patients=patients, lines_each=lines, now=service.clock.now())
            screen.print(", ".join(f"{number:,} {what}" for what, number in made.items()))

    run(main())


@jobs_app.command("run")
def job_run(
    name: Annotated[str, typer.Argument(help="The job's name; see `wxbot job list`.")],
    at: Annotated[str | None, typer.Option(help="Pretend it is this moment, ISO 8601 with offset.")] = None,
) -> None:
    """Run one job to its end and print its counts."""
    from wxbot.app import open_app

    settings = settings_for(serving=False)

    async def main() -> None:
        async with open_app(settings) as service:
            if at is not None:
                service.clock.move(_moment(at) - service.clock.now())
            await service.preparation.check_whole()
            await service.runner.run_now("refresh_settings")  # what staff set counts here too
            try:
                counts = await service.runner.run_now(name)
            except KeyError:
                complaints.print(f"There is no job {name!r}; see `wxbot job list`.")
                raise typer.Exit(1) from None
            screen.print(dict(counts))

    run(main())


@jobs_app.command("list")
def job_list() -> None:
    """Every job and its rhythm."""
    from jobs import JOBS

    table = Table("job", "every", "alone")
    for job in JOBS:
        table.add_row(job.name, str(job.every), "yes" if job.alone else "no")
    screen.print(table)


@menu_app.command("push")
def menu_push() -> None:
    """Send the menu to the Official Account: the console's, or config/menu.toml while nobody has edited it there."""
    from wxbot.actors import COMMAND_LINE
    from wxbot.app import open_app

    settings = settings_for(serving=True)

    async def main() -> None:
        async with open_app(settings) as service:
            await service.prepare()
            menus, now = service.services.account.menus, service.clock.now()
            draft = await menus.draft(by=COMMAND_LINE, now=now)
            version = await menus.push(draft.revision, by=COMMAND_LINE, now=now)
            whose = "the console's" if draft.revision else "menu.toml's"
            screen.print(f"The menu ({whose}, version {version.number}) is set. Phones show it within five minutes.")

    run(main())


def _moment(text: str) -> datetime:
    try:
        return read_moment(text, UTC)
    except DayError:
        raise typer.BadParameter(f"{text!r} is no moment; write for instance 2026-11-24T10:00+08:00") from None
