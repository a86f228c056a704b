"""`python -m tests.corpus [--held-out] [--no-misses]`: figures, and what was missed of the seven in ten.

Sentences that are held out are counted and never shown, so that no rule is written for one of them; with --held-out
they are shown, for whoever corrects an expectation.
"""

import argparse
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.corpus import appointments, sentences


def main() -> None:
    """Read the arguments, print the tables."""
    words = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    words.add_argument("--held-out", action="store_true", help="show the missed sentences that are held out, too")
    words.add_argument("--no-misses", action="store_true", help="figures only")
    chosen = words.parse_args()
    screen = Console(width=160)
    _files(screen)
    _appointments(screen, held_out=chosen.held_out, misses=not chosen.no_misses)


def _files(screen: Console) -> None:
    """Every file: how many sentences, and how many are misread where its module, `tests/corpus/<file>.py`, says so."""
    table = Table("file", "sentences", "held out", "misread", "misread of those held out", title_justify="left")
    for path in sorted(Path(__file__).parent.glob("*.txt")):
        found = sentences(path.stem)
        held_out = sum(each.held_out for each in found)
        measured = [_misread(path.stem, held_out=each) for each in (False, True)]
        table.add_row(
            path.name, str(len(found)), str(held_out), *("" if each is None else str(each) for each in measured)
        )
    screen.print(table)


def _misread(name: str, *, held_out: bool) -> int | None:
    """How many sentences of that part are misread; None where the file is measured by its tests alone."""
    if find_spec(f"tests.corpus.{name}") is None:
        return None
    misread = getattr(import_module(f"tests.corpus.{name}"), "misread", None)
    return None if misread is None else len(misread(held_out))


def _appointments(screen: Console, *, held_out: bool, misses: bool) -> None:
    table = Table("appointments", "sentences", "right slots", "right intent", "wrong bookings", title_justify="left")
    for name, is_held_out in (("written against", False), ("held out", True)):
        found = appointments.figures(appointments.part(held_out=is_held_out))
        shares = [f"{share:.1%}" for share in (found.right_slots, found.right_intent)]
        table.add_row(name, str(found.sentences), *shares, str(found.wrong_bookings))
    screen.print(table)
    for each in appointments.judgements() if misses else ():
        if each.sentence.held_out and not held_out:
            continue
        faults = [*each.faults, *["intent"] * (each.intent_right is False)]
        if faults or each.wrong_booking:
            mark = "[red]WRONG BOOKING[/red] " if each.wrong_booking else ""
            screen.print(
                f"{each.sentence.line}: {mark}[bold]{escape(each.sentence.text)}[/bold] "
                f"→ {each.reading.intent.value}: {escape('; '.join(faults))}"
            )


if __name__ == "__main__":
    main()
