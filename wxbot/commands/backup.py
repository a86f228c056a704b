"""`wxbot backup` and `wxbot restore`: the database as one file, and back."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, cast

import typer
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from wxbot.actors import COMMAND_LINE
from wxbot.commands.frame import complaints, run, screen, settings_to_look

if TYPE_CHECKING:
    from config.settings import Settings
    from wxbot.app import App
    from wxbot.backup.restoring import Restoration
    from wxbot.backup.service import Backups

app = typer.Typer()

STREAM = "-"  # instead of a file: standard input or output
OWNER_ONLY = 0o600

Demo = Annotated[bool, typer.Option("--demo", help="Of the demo's database.")]


@app.command()
def backup(
    file: Annotated[str, typer.Argument(help="Where to; - is the standard output, for a tool that encrypts.")],
    demo: Demo = False,
) -> None:
    """Write the whole database, as of one moment, into one file that only its owner may read.

    The service may go on meanwhile. The file holds every patient's data: encrypt it. Keys are not in it.
    """
    from wxbot.app import open_app
    from wxbot.backup import archive

    settings = settings_to_look(demo=demo)
    if file == STREAM and sys.stdout.isatty():
        complaints.print("[red]✗[/] The archive is no text: send it into a file or into a tool that encrypts.")
        raise typer.Exit(1)

    async def main() -> None:
        async with open_app(settings) as service:
            await service.preparation.check_whole()
            await service.database.create_indexes([service.stores.audit])
            with _target(file) as target, complaints.status("Reading …") as status:
                manifest = await _backups(service).write(
                    target, by=COMMAND_LINE, now=service.clock.now(), progress=_shown_by(status)
                )
                if file != STREAM:
                    status.update("Reading it back …")
                    archive.verify(target)
            complaints.print(
                f"[green]✓[/] {manifest.documents:,} documents of {len(manifest.parts)} collections, "
                f"as of {manifest.header.taken_at.astimezone(settings.timezone):%Y-%m-%d %H:%M:%S}.",
                highlight=False,
            )

    run(main())


@app.command()
def restore(
    file: Annotated[str, typer.Argument(help="An archive of `wxbot backup`; - is the standard input.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: compare the archive with the database.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Delete what the database holds.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
    demo: Demo = False,
) -> None:
    """Put an archive in the place of the database. The service must be stopped.

    What may have been sent since the backup is not sent again: it is listed for people instead.
    """
    settings = settings_to_look(demo=demo)
    with _source(file, settings) as source:
        if check:
            run(_check(source, settings))
            return
        if replace and not yes:
            _ask(settings)
        run(_restore(source, settings, replace=replace))


async def _check(source: BinaryIO, settings: "Settings") -> None:
    from wxbot.app import open_app

    async with open_app(settings) as service:
        with complaints.status("Comparing …"):
            found = await _backups(service).compare(source, by=COMMAND_LINE, now=service.clock.machine_now())
    table = Table("collection", "only in the archive", "only in the database", "changed", "expired since")
    for each in found:
        cells = (each.missing, each.added, each.changed, each.expired)
        table.add_row(escape(each.collection), *(f"{number:,}" if number else "" for number in cells))
    if found:
        screen.print(table)
    if any(each.counts for each in found):
        raise typer.Exit(1)
    screen.print("[green]✓[/] The archive is whole, and the database holds the same: 0 differences.", highlight=False)


async def _restore(source: BinaryIO, settings: "Settings", *, replace: bool) -> None:
    from wxbot.app import open_app

    async with open_app(settings) as service:
        with complaints.status("Checking the archive, and that no service runs …") as status:
            done = await _restoration(service).restore(
                source, replace_all=replace, by=COMMAND_LINE, progress=_shown_by(status)
            )
    taken_at = done.manifest.header.taken_at.astimezone(settings.timezone)
    screen.print(
        f"[green]✓[/] {done.manifest.documents:,} documents are restored, as of {taken_at:%Y-%m-%d %H:%M:%S}.",
        highlight=False,
    )
    screen.print(
        f"  Not sent again, since they may have been sent: {done.messages + done.care_steps} messages. Cancelled: "
        f"{len(done.broadcasts)} broadcasts in progress; returned to draft: {len(done.returned)}. Pushes closed: "
        f"{done.pushes}. Everybody must sign in again. What people must look at is among the follow-ups.",
        highlight=False,
    )


def _ask(settings: "Settings") -> None:
    """Have the operator type what is going to be deleted."""
    name = settings.mongodb_database
    answer = typer.prompt(f"Everything in the database {name} will be deleted. Type its name to go on")
    if answer != name:
        complaints.print("[red]✗[/] Nothing was changed.")
        raise typer.Exit(1)


def _backups(service: "App") -> "Backups":
    from wxbot.backup.service import Backups

    indexes = [index for store in service.stores.all() for index in store.INDEXES]
    return Backups(service.stores.backups, audit=service.services.audit, indexes=indexes)


def _restoration(service: "App") -> "Restoration":
    from wxbot.backup.restoring import Restoration, Rooms

    stores, services = service.stores, service.services
    rooms = Rooms(
        outbox=services.outbox,
        care=services.care,
        broadcasts=services.broadcasts,
        followups=services.followups,
        patients=services.patients,
        audit=services.audit,
        clinics=services.clinics,
        inbox=stores.inbox,
        locks=stores.locks,
    )
    ring = service.encryption.keys.ring
    known = frozenset() if ring is None else frozenset(key.id for key in ring.active)
    return Restoration(
        stores.backups, rooms, clock=service.clock, prepare=service.preparation.prepare_database, known_keys=known
    )


@contextmanager
def _target(file: str) -> Iterator[BinaryIO]:
    """The file to write: under its name only once it is whole, and readable by its owner alone from its first byte."""
    if file == STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    if path.exists():
        raise FileExistsError(0, f"{file} is there already; nothing was written")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY)
    try:
        with os.fdopen(handle, "w+b") as opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _source(file: str, settings: "Settings") -> Iterator[BinaryIO]:
    """The archive to read, twice: what comes through the standard input waits in a file that has no name."""
    if file != STREAM:
        try:
            with Path(file).open("rb") as opened:
                yield opened
        except FileNotFoundError:
            complaints.print(f"[red]✗[/] There is no file {escape(file)}.", highlight=False)
            raise typer.Exit(1) from None
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.data_dir) as waiting:
        shutil.copyfileobj(sys.stdin.buffer, waiting)
        yield cast("BinaryIO", waiting)


def _shown_by(status: Status) -> Callable[[str, int], None]:
    """What writes on the status line how far the work is."""

    def show(collection: str, documents: int) -> None:
        status.update(f"{collection}: {documents:,} documents")

    return show
