"""Commands about patients without a browser: timelines, follow-ups, visits."""

from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from wxbot.actors import COMMAND_LINE
from wxbot.commands.frame import complaints, run, screen, settings_to_look

app = typer.Typer()
visits_app = typer.Typer(help="What became of a visit.", no_args_is_help=True)
app.add_typer(visits_app, name="visit")


@app.command()
def timeline(
    contact: Annotated[str, typer.Argument(help="A contact id, an openid, or a patient's name.")],
    limit: Annotated[int, typer.Option(help="How many lines, the newest.")] = 50,
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo's patients.")] = False,
) -> None:
    """Show a contact's timeline, oldest line first."""
    from wxbot.app import open_app
    from wxbot.history.kinds import sentence

    settings = settings_to_look(demo=demo)

    async def main() -> None:
        async with open_app(settings) as service:
            found = await service.services.patients.look_up(contact)
            if not found:
                complaints.print(f"Nobody is known as {contact!r}.")
                raise typer.Exit(1)
            for person in found:
                lines = await service.services.history.timeline(person.id, limit=limit)
                screen.print(f"\n[bold]{person.alias}[/] ({person.id}), {len(lines)} lines")
                for line in reversed(lines):
                    local = line.at.astimezone(service.services.clinic.timezone)
                    words = f"  {local:%Y-%m-%d %H:%M:%S}  {sentence(line, service.services.templates.name_of)}"
                    screen.print(words, highlight=False, markup=False, soft_wrap=True)

    run(main())


@app.command()
def followups(
    limit: Annotated[int, typer.Option(help="How many, the most urgent first.")] = 50,
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo's patients.")] = False,
) -> None:
    """List what people have to do: whom to phone, who asked for a person, what to look at."""
    from wxbot.app import open_app

    settings = settings_to_look(demo=demo)

    async def main() -> None:
        async with open_app(settings) as service:
            open_ones = await service.services.followups.open_ones(by=COMMAND_LINE, limit=limit)
            table = Table("id", "due", "kind", "contact", "reason")
            for task in open_ones:
                local = task.due_at.astimezone(service.services.clinic.timezone)
                reason = escape(task.reason) + (f" ({task.repeated})" if task.repeated else "")
                table.add_row(task.id, f"{local:%m-%d %H:%M}", task.kind.value, task.contact_id or "", reason)
            screen.print(table if open_ones else "Nothing to do.")

    run(main())


@app.command("close-followup")
def close_followup(
    followup: Annotated[str, typer.Argument(help="The follow-up's id, as `wxbot followups` shows it.")],
    outcome: Annotated[str, typer.Argument(help="What came of it, in a few words.")],
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo's patients.")] = False,
) -> None:
    """Note that a follow-up is done."""
    from wxbot.app import open_app
    from wxbot.conversations.episodes.handoff_tasks import refuse_while_open
    from wxbot.followups.models import FollowUpId
    from wxbot.workflow import NotNowError

    settings = settings_to_look(demo=demo)

    async def main() -> None:
        async with open_app(settings) as service:
            followups, desk = service.services.followups, service.services.chat.desk
            try:
                await refuse_while_open(followups, desk, FollowUpId(followup))
            except NotNowError as error:
                complaints.print(f"{followup} is done with its conversation, which is open at /console/desk.")
                raise typer.Exit(1) from error
            close, now = followups.close, service.clock.now()
            closed = await close(FollowUpId(followup), outcome, by=COMMAND_LINE, now=now)
            screen.print(f"{closed.id} is done: {escape(outcome)}")

    run(main())


@visits_app.command("list")
def visit_list(
    day: Annotated[
        datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="A local day such as 2026-11-24; default: today.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo's patients.")] = False,
) -> None:
    """The appointments of a day, whatever became of them."""
    from wxbot.app import open_app

    settings = settings_to_look(demo=demo)

    async def main() -> None:
        async with open_app(settings) as service:
            await service.runner.run_now("refresh_settings")  # names as staff set them
            clinic = service.services.clinic
            wanted = (day or service.clock.now().astimezone(clinic.timezone)).date()
            found = await service.services.booking.on_day(wanted)
            people = await service.services.patients.patients([each.patient_id for each in found])
            table = Table("id", "time", "patient", "visit", "practitioner", "state")
            for each in found:
                kind, doctor = clinic.visit_type(each.visit_type_id), clinic.practitioner(each.practitioner_id)
                person = people.get(each.patient_id)
                table.add_row(
                    each.id,
                    f"{each.start.astimezone(clinic.timezone):%H:%M}",
                    escape(person.name or "") if person else "",
                    kind.name if kind else each.visit_type_id,
                    doctor.name if doctor else each.practitioner_id,
                    each.state.value,
                )
            screen.print(table if found else f"Nothing on {wanted}.")

    run(main())


@visits_app.command("no-show")
def visit_no_show(
    appointment: Annotated[str, typer.Argument(help="The appointment's id, as `wxbot visit list` shows it.")],
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo's patients.")] = False,
) -> None:
    """The patient did not come: aftercare is not sent."""
    from wxbot.app import open_app
    from wxbot.booking.models import AppointmentId

    settings = settings_to_look(demo=demo)

    async def main() -> None:
        async with open_app(settings) as service:
            mark_no_show, now = service.services.booking.mark_no_show, service.clock.now()
            changed = await mark_no_show(AppointmentId(appointment), by=COMMAND_LINE, now=now)
            screen.print(f"{changed.id} is now {changed.state.value}.")

    run(main())
