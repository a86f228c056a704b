"""Every reason a message can have is in the one table and in docs/reasons.md; none is there in vain."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.outbox.test_policy import message
from wxbot.messaging import Channel
from wxbot.outbox.hold_effects import HOLD_REASONS, STOPPED, Occasion
from wxbot.outbox.models import State
from wxbot.outbox.reasons import REASONS, reason_of, reason_sentence, reason_words
from wxbot.patients.holding import LEAD, LIFTED_WITH
from wxbot.patients.models import HoldKind

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "wxbot").rglob("*.py"))
TABLE = ROOT / "docs" / "reasons.md"
DECIDES = {"Drop": 0, "Wait": 1, "Retry": None, "Finish": None, "Verdict": None, "unwanted": 0, "drop": None}
"""The calls that give a message a reason, and the place of it where it is no keyword."""
ROOMS = ("outbox", "care", "broadcasts", "conversations", "visits", "waitlist", "dispatch")


def given(call: ast.Call) -> ast.expr | None:
    """The expression of the reason that a call gives."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name not in DECIDES:
        return None
    keyword = next((each.value for each in call.keywords if each.arg == "reason"), None)
    place = DECIDES[name]
    if keyword is None and place is not None and len(call.args) > place:
        return call.args[place]
    return keyword


def values(expression: ast.expr, module: ModuleType) -> Iterator[str]:
    """The texts it can be, as far as they stand in the source; what is worked out is somebody else's text."""
    match expression:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) if isinstance(found := getattr(module, name, None), str):
            yield found
        case ast.IfExp(body=one, orelse=other):
            yield from values(one, module)
            yield from values(other, module)


def produced() -> dict[str, set[str]]:
    """Reason → the files that give it."""
    found: dict[str, set[str]] = {}
    for path in SOURCES:
        place = path.relative_to(ROOT)
        if place.parts[1] not in ROOMS:
            continue
        module = importlib.import_module(".".join(place.with_suffix("").parts).removesuffix(".__init__"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            expression = given(node) if isinstance(node, ast.Call) else None
            for text in values(expression, module) if expression is not None else ():
                found.setdefault(text, set()).add(str(place))
    return found


def test_whatever_decides_about_a_message_gives_a_reason_of_the_table() -> None:
    found = produced()
    assert len(found) > 30  # the look finds them at all
    unknown = {reason: places for reason, places in found.items() if reason and reason not in REASONS}
    assert not unknown


def test_no_reason_of_the_table_is_there_in_vain() -> None:
    texts = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES if path.name != "reasons.py")
    own = {"planned", "sending", "sent_customer", "sent_notice", "sent_template", "not_delivered"}
    used = set(re.findall(r'"([a-z_:. ]+)"', texts)) | set(HOLD_REASONS.values()) | own
    assert set(REASONS) <= used


def test_the_paper_lists_every_reason_with_its_words() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == dict(REASONS)
    assert len(rows) == len(REASONS)


@pytest.mark.parametrize("kind", HoldKind)
def test_the_paper_says_what_each_hold_stops_and_who_lifts_it(kind: HoldKind) -> None:
    (row,) = re.findall(rf"^\| {kind.label} \|(.*)\|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    *cells, lifts = [each.strip() for each in row.split("|")]
    assert [occasion for occasion, cell in zip(Occasion, cells, strict=True) if cell == "x"] == [
        occasion for occasion in Occasion if occasion in STOPPED[kind]
    ]
    assert lifts == ("who set it, or a lead" if LIFTED_WITH[kind] == LEAD else "whoever may set one")


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("channel", [None, *Channel])
@pytest.mark.parametrize("reason", ["", "hold", "45047"])
def test_every_message_has_exactly_one_reason_and_one_sentence(
    state: State, channel: Channel | None, reason: str
) -> None:
    it = replace(message(), state=state, channel=channel, reason=reason)
    code = reason_of(it)
    assert code in REASONS or code == "45047"
    assert reason_words(code) != "其他原因"
    assert reason_sentence(it)
    assert reason_sentence(replace(it, explanation="原话")) == "原话"
