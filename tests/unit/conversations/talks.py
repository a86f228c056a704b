"""Talks for tests, as the transcript keeps them: ("p", …) of the patient, ("a", …) of a colleague, ("b", …) the bot."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from config.content import load_content
from wxbot.conversations.closing.closings import EndingLists
from wxbot.conversations.models import Cause, Episode, EpisodeId
from wxbot.history.models import By, ContactId, Direction, Interaction, Kind
from wxbot.installation import ending_lists
from wxbot.staff.models import AccountId

ANN = ContactId("ann")
LI = "staff:li"
OPENED = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in China


def talk(*said: tuple[str, str] | tuple[str, str, int], every: int = 20) -> list[Interaction]:
    """Lines `every` seconds apart; a third value is the seconds since the line before."""
    lines: list[Interaction] = []
    at = OPENED
    for number, each in enumerate(said):
        at += timedelta(seconds=each[2] if len(each) > 2 else every)
        theirs = each[0] == "p"
        lines.append(
            Interaction(
                id=f"l{number}",
                at=at,
                kind=Kind.MESSAGE_RECEIVED if theirs else Kind.MESSAGE_SENT,
                direction=Direction.IN if theirs else Direction.OUT,
                contact_id=ANN,
                by={"p": By.PATIENT, "b": By.BOT, "a": LI}.get(each[0], f"staff:{each[0]}"),
                text=each[1],
            )
        )
    return lines


def episode(**fields: object) -> Episode:
    """An open episode of Ann's, owned by Li."""
    values: dict[str, object] = {
        "id": EpisodeId("e1"),
        "key": "asked:1",
        "contact_id": ANN,
        "cause": Cause.ASKED,
        "reason": "患者请求人工",
        "opened_at": OPENED,
        "opened_by": "patient",
        "latest_at": OPENED,
        "owner": AccountId("li"),
        **fields,
    }
    return Episode(**values)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def shipped() -> EndingLists:
    """The lists of config/endings.toml."""
    return ending_lists(load_content())
