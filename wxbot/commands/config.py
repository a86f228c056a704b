"""`wxbot config`: the settings of the console back into files."""

from pathlib import Path
from typing import Annotated

import typer

from wxbot.commands.frame import run, screen, settings_to_look

app = typer.Typer(help="The settings as files.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """Keep `export` a command of its own."""


@app.command("export")
def export(
    directory: Annotated[Path, typer.Argument(help="Where to; files of the same name are replaced.", file_okay=False)],
    demo: Annotated[bool, typer.Option("--demo", help="Of the demo.")] = False,
) -> None:
    """Write what was set in the console as files that `wxbot check` reads."""
    from wxbot.actors import COMMAND_LINE
    from wxbot.app import open_app
    from wxbot.setting_files import write_into

    settings = settings_to_look(demo=demo)

    async def main() -> None:
        async with open_app(settings) as service:
            await service.prepare()
            files = await service.services.setting_files.files(by=COMMAND_LINE, now=service.clock.now())
            write_into(directory, files)
            screen.print(f"{len(files)} files are in {directory}.")

    run(main())
