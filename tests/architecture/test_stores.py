"""Who may speak the driver's language: stores that read do not write, and no operator stands outside the stores."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ROOT / "wxbot"

READ_ONLY = {
    "reading",
    "finding",
    "failed_messages",
    "visits",
}  # modules of a room's stores/ that answer questions only
WRITES = re.compile(r"(insert|update|replace|delete)_(one|many)|find_one_and_\w+|bulk_write|drop|rename")
OPERATOR = re.compile(r"\$[a-zA-Z]")
LABELS = {"TransientTransactionError", "UnknownTransactionCommitResult"}


def stores() -> list[Path]:
    """The modules that may know the driver."""
    return sorted([*ROOMS.rglob("store.py"), *ROOMS.rglob("stores/*.py"), ROOMS / "database.py"])


def others() -> list[Path]:
    """Every other module of ours, jobs and handlers included."""
    known = set(stores())
    folders = (ROOMS, ROOT / "handlers", ROOT / "jobs", ROOT / "config")
    return sorted(path for folder in folders for path in folder.rglob("*.py") if path not in known)


def read_only() -> list[Path]:
    return [path for path in stores() if path.parent.name == "stores" and path.stem in READ_ONLY]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The string constants of a module, with their lines; parts of f-strings among them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def writes(source: str) -> list[tuple[int, str]]:
    """Which attributes of a module are named like a write of the driver."""
    named = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
    return [(node.lineno, node.attr) for node in named if WRITES.fullmatch(node.attr)]


def test_a_write_is_recognised() -> None:
    source = "async def f(self): await self._rows.update_one({}, {}); self._rows.find_one({})"
    assert writes(source) == [(1, "update_one")]


def test_the_reading_stores_are_found() -> None:
    assert {path.stem for path in read_only()} == READ_ONLY


@pytest.mark.parametrize("path", read_only(), ids=lambda path: str(path.relative_to(ROOMS)))
def test_a_store_that_reads_does_not_write(path: Path) -> None:
    assert writes(path.read_text()) == []


def test_operators_of_the_driver_stand_in_stores_only() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in others()
        for line, text in texts(path)
        if OPERATOR.match(text)
    ]
    assert found == []


def test_transactions_are_repeated_in_one_place() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in [*stores(), *others()]
        for _, text in texts(path)
        if text in LABELS
    }
    assert found == {"wxbot/database.py"}


@pytest.mark.parametrize("path", sorted(ROOMS.rglob("stores")), ids=lambda path: str(path.relative_to(ROOMS)))
def test_a_room_has_one_store_module_or_a_package_of_several(path: Path) -> None:
    assert not (path.parent / "store.py").exists()
    assert len(list(path.glob("*.py"))) > 2
