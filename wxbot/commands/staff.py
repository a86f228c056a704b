"""Commands for accounts and the audit: the first administrator, a forgotten password, the proof of the trail."""

import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from wxbot.actors import COMMAND_LINE
from wxbot.commands.frame import complaints, run, screen, settings_to_look
from wxbot.staff.models import ConsultantTeam
from wxbot.staff.permissions import Role

if TYPE_CHECKING:
    from config.settings import Settings
    from wxbot.app import App
    from wxbot.audit.models import Verification

app = typer.Typer()
staff_app = typer.Typer(help="Accounts of the people who work here.", no_args_is_help=True)
audit_app = typer.Typer(help="Who did or saw what.", no_args_is_help=True)
app.add_typer(staff_app, name="staff")
app.add_typer(audit_app, name="audit")

Demo = Annotated[bool, typer.Option("--demo", help="Of the demo's database.")]
Login = Annotated[str, typer.Argument(help="What they sign in with: lower-case letters, digits, . _ -")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the standard input instead of asking.")
]


@staff_app.command("add")
def staff_add(  # noqa: PLR0913, PLR0917 - one option each
    login: Login,
    name: Annotated[str, typer.Option(help="As colleagues know them.")],
    role: Annotated[Role, typer.Option(help="What they work as.")],
    team: Annotated[ConsultantTeam | None, typer.Option(help="For consultants: on site or online.")] = None,
    password_stdin: FromInput = False,
    demo: Demo = False,
) -> None:
    """Create an account, for instance the first administrator's; asks for the password."""
    password = _password(from_input=password_stdin)

    async def work(service: "App") -> None:
        made = await service.services.staff.create(
            by=COMMAND_LINE, login=login, name=name, role=role, team=team, now=service.clock.now(), password=password
        )
        screen.print(f"{made.account.login} may sign in at /console/ as {made.account.role.value}.")

    _in_app(settings_to_look(demo=demo), work)


@staff_app.command("list")
def staff_list(demo: Demo = False) -> None:
    """Everybody who may sign in, and who no longer may."""

    async def work(service: "App") -> None:
        accounts = await service.services.staff.accounts(by=COMMAND_LINE)
        table = Table("login", "name", "role", "state", "second factor")
        for each in accounts:
            state = "disabled" if each.disabled else "must set a password" if each.must_change_password else "active"
            factor = "yes" if each.totp_secret else "no"
            table.add_row(each.login, escape(each.name), each.role.value, state, factor)
        screen.print(table if accounts else "Nobody yet. Create the first administrator with `wxbot staff add`.")

    _in_app(settings_to_look(demo=demo), work)


@staff_app.command("reset")
def staff_reset(
    login: Login,
    password_stdin: FromInput = False,
    demo: Demo = False,
) -> None:
    """Set a new password and take the second factor off; ends their sessions. They must change it at once."""
    password = _password(from_input=password_stdin)

    async def work(service: "App") -> None:
        staff, now = service.services.staff, service.clock.now()
        account = await staff.by_login(login, by=COMMAND_LINE)
        await staff.recovery.reset_password(account.id, by=COMMAND_LINE, now=now, password=password)
        await staff.recovery.reset_codes(account.id, by=COMMAND_LINE, now=now)
        screen.print(f"{account.login} may sign in with the new password and must change it then.")

    _in_app(settings_to_look(demo=demo), work)


@audit_app.command("verify")
def audit_verify(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this local day on; default: from the beginning.")
    ] = None,
    demo: Demo = False,
) -> None:
    """Walk along the chain of the audit; exit code 1 and the first broken entry when it does not hold.

    Exit code 2 when it holds, but nothing outside the database proves it.
    """
    first_day = since.date().isoformat() if since is not None else ""

    async def work(service: "App") -> None:
        with screen.status("Walking along the chain …"):
            found = await service.services.audit.verify(by=COMMAND_LINE, first_day=first_day)
        if found.broken is not None:
            where = f"entry {found.broken.seq} of {found.broken.day}"
            complaints.print(f"[red]✗[/] The audit is broken: {where} is the first ({found.broken.problem.value}).")
            complaints.print(f"  {found.entries} entries before it are as they were written.", highlight=False)
            raise typer.Exit(1)
        screen.print(f"[green]✓[/] {found.entries} entries of {found.days} days hold.", highlight=False)
        if found.entries:
            screen.print(f"  The last is {found.last_seq}, {found.last_hash}", highlight=False, soft_wrap=True)
        for line in _evidence(found):
            screen.print(f"  {line}", highlight=False, soft_wrap=True)
        if not found.proved:
            raise typer.Exit(2)

    _in_app(settings_to_look(demo=demo), work)


def _evidence(found: "Verification") -> Iterator[str]:
    """Against what outside the database the chain was checked, and what is wanting."""
    checked = found.checked
    if found.anchored:
        days = f"{checked.days} days, {checked.first_day} to {checked.last_day}, up to entry {checked.last_seq}"
        yield f"Checked against the anchor file: {days}."
    else:
        yield "Only the chain inside the database was checked: there is no anchor for these days."
    if found.unkeyed:
        yield f"{found.unkeyed} entries are from before the chain was keyed."
    if checked.damaged:
        yield f"{checked.damaged} lines of the anchor file do not count: torn, changed, or under an absent key."
    if checked.lost:
        yield f"{checked.lost} lines of anchor files are not on this machine: on another, or deleted."


def _password(*, from_input: bool) -> str:
    """The password: one line of the standard input, or asked for twice."""
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


def _in_app(settings: "Settings", work: Callable[["App"], Awaitable[None]]) -> None:
    """Run over the rooms, without serving; the indexes that keep logins and numbers unique come first."""
    from wxbot.app import open_app

    async def main() -> None:
        async with open_app(settings) as service:
            await service.database.create_indexes([service.stores.staff, service.stores.audit])
            await work(service)

    run(main())
