"""No test under tests/unit needs a mongod: none asks for a fixture over one, none starts or reaches one."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
OVER_A_MONGOD = frozenset({"database", "mongo_uri"})
STARTS_A_MONGOD = frozenset({"wxbot.embedded_mongo", "wxbot.embedded_mongo.server"})
FOLDERS_OVER_A_MONGOD = ("tests.store", "tests.scenarios", "tests.console", "tests.processes", "tests.browser")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def asked_for(function: Function) -> set[str]:
    """The fixtures a test or fixture names in its parameters."""
    return {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}


def is_fixture(function: Function) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in function.decorator_list)


def fixtures_over_a_mongod(conftest: ast.AST) -> set[str]:
    """The fixtures of a conftest that need a mongod, also through one another."""
    needs = {function.name: asked_for(function) for function in functions(conftest) if is_fixture(function)}
    found = set(OVER_A_MONGOD)
    while more := {name for name, asked in needs.items() if asked & found} - found:
        found |= more
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def faults(source: str, over_a_mongod: set[str]) -> list[str]:
    """What of a test file needs a mongod, named."""
    tree = ast.parse(source)
    asked = [f"{each.name} asks for {name}" for each in functions(tree) for name in asked_for(each) & over_a_mongod]
    marks = [
        f"usefixtures or getfixturevalue of {argument.value}"
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in {"usefixtures", "getfixturevalue"}
        for argument in call.args
        if isinstance(argument, ast.Constant) and argument.value in over_a_mongod
    ]
    shared = [f"imports {name}" for name in imported(tree) if name.startswith(FOLDERS_OVER_A_MONGOD)]
    starts = [f"imports {name}" for name in imported(tree) if name in STARTS_A_MONGOD]
    connects = [
        "connects to a database"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "connect" and getattr(node.value, "id", "") == "Database"
    ]
    return asked + marks + shared + starts + connects


def test_no_unit_test_needs_a_mongod() -> None:
    over_a_mongod = fixtures_over_a_mongod(ast.parse((TESTS / "conftest.py").read_text()))
    found: Mapping[str, list[str]] = {
        str(path.relative_to(TESTS)): wrong
        for path in sorted((TESTS / "unit").rglob("*.py"))
        if (wrong := faults(path.read_text(), over_a_mongod))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "async def test_it(database): ...",
        "@pytest.fixture\ndef room(mongo_uri): ...",
        "@pytest.mark.usefixtures('database')\ndef test_it(): ...",
        "pytestmark = pytest.mark.usefixtures('database')",
        "def test_it(request): request.getfixturevalue('mongo_uri')",
        "from tests.store.test_staff import Room, room",
        "from wxbot.embedded_mongo import EmbeddedMongo",
        "there = Database.connect(uri, 'x')",
        "def test_it(indexed): ...",
    ],
)
def test_the_check_sees_a_test_that_needs_one(source: str) -> None:
    conftest = "@pytest.fixture\ndef indexed(database): ...\n@pytest.fixture\ndef clock(): ..."
    assert len(faults(source, fixtures_over_a_mongod(ast.parse(conftest)))) == 1
    assert faults("def test_it(clock): ...", fixtures_over_a_mongod(ast.parse(conftest))) == []
