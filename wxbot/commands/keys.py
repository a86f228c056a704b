"""Commands for the data keys: make one, change the one in use."""

from typing import Annotated

import typer

from wxbot.commands.frame import run, screen, settings_to_look

app = typer.Typer(help="The keys that encrypt telephones, identity numbers and secrets.", no_args_is_help=True)


@app.command("new")
def keys_new() -> None:
    """Print a fresh data key for WXBOT_DATA_KEY."""
    from wxbot.encryption.keys import new_secret, written

    typer.echo(written(new_secret()))


@app.command("rotate")
def keys_rotate(demo: Annotated[bool, typer.Option("--demo", help="Of the demo's database.")] = False) -> None:
    """Encrypt everything with a new data key while the service runs; killed, it goes on where it was when run again."""
    from wxbot.app import open_app

    settings = settings_to_look(demo=demo)

    async def main() -> None:
        async with open_app(settings) as service:
            await service.encryption.start()
            with screen.status("Encrypting …") as status:
                done = await service.encryption.rotate(say=status.update)
            screen.print(f"{done.documents:,} documents encrypted with {done.current}.", highlight=False)
            screen.print(f"Retired: {', '.join(done.retired)}. Back up the keys now.", highlight=False)

    run(main())
