"""Notes for colleagues have no way to a patient: what keeps them cannot send, and what sends cannot read them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ROOT / "wxbot"

NOTE_MODULES = ("wxbot.conversations.reading.notes", "wxbot.conversations.reading.stores.notes")
SENDS = (
    "wxbot.outbox",
    "wxbot.wechat",
    "wxbot.conversations.replies.service",
    "wxbot.conversations.replies.other_ways",
    "handlers",
)


def imported(source: str) -> Iterator[str]:
    """Every module that a source imports, and every name that it imports from one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def within(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def modules(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def reached(path: Path, seen: set[str]) -> set[str]:
    """Every module of ours that a module imports, directly or through others."""
    for name in imported(path.read_text()):
        found = ROOT / (name.replace(".", "/") + ".py")
        if name.startswith("wxbot.") and found.is_file() and name not in seen:
            seen.add(name)
            reached(found, seen)
    return seen


@pytest.mark.parametrize("name", NOTE_MODULES)
def test_what_keeps_notes_can_reach_nothing_that_sends(name: str) -> None:
    found = reached(ROOT / (name.replace(".", "/") + ".py"), set())
    assert "wxbot.history.models" in found
    assert [each for each in sorted(found) if within(each, SENDS)] == []


def sending() -> list[Path]:
    """What writes to patients or hands over what is written: the rooms, the edges and the desk's replies."""
    rooms = [ROOMS / "outbox", ROOMS / "wechat", ROOMS / "templates", ROOMS / "conversations/replies"]
    return modules(*rooms, ROOT / "handlers", ROOT / "jobs")


def test_what_sends_reads_no_notes() -> None:
    assert len(sending()) > 60
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sending()
        for name in imported(path.read_text())
        if within(name, NOTE_MODULES)
    ]
    assert found == []


def test_the_collection_of_notes_is_read_by_its_own_store_and_watched_for_the_console() -> None:
    opened = {
        path.relative_to(ROOT).as_posix()
        for path in modules(ROOMS)
        if path.parent.name == "stores" or path.name == "store.py"
        if within("wxbot.conversations.reading.stores.notes", tuple(imported(path.read_text())))
        or '"notes"' in path.read_text()
    }
    watching = "wxbot/conversations/reading/stores/changes.py"  # tells open consoles the ids of what changed
    assert opened == {"wxbot/conversations/reading/stores/notes.py", watching}


def test_an_import_of_notes_would_be_found() -> None:
    for source in (
        "from wxbot.conversations.reading import notes",
        "from wxbot.conversations.reading.notes import Notes",
    ):
        assert any(within(name, NOTE_MODULES) for name in imported(source))
    assert not any(
        within(name, NOTE_MODULES) for name in imported("from wxbot.conversations.replies import reply_rules")
    )
    assert any(within(each, SENDS) for each in reached(ROOMS / "conversations/replies/service.py", set()))
