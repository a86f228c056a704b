"""Names that the field's words replaced stay replaced: in what the code defines, and in what the papers quote."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("wxbot", "handlers", "jobs", "config")
PAPERS = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md"])
REPLACED: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("replaced_names.toml").read_text(encoding="utf-8")
)
ANOTHER_MEANING = {  # the same name where it is the field's own word
    "wxbot/conversations/episodes/desk.py": "the chat desk, as helpdesk software calls it",
    "wxbot/web/console/desk.py": "the same",
    "wxbot/web/console/routes/desk.py": "the same",
    "wxbot/simulator/pushes.py": "what the platform posts to a callback is a push",
    "wxbot/wechat/push.py": "the same",
    "wxbot/wechat/api/contents.py": "a voice message",
}
IN_PAPERS = {  # the same
    "Voice": "a kind of message of the platform",
    "desk": "the chat desk, in its permissions",
    "Desk": "its use cases",
    "kept": "what an undone import did with a row",
    "own": "templates made in the console; what a patient calls their own",
    "visit": "`wxbot visit list`, the command",
    "pushes": "what the platform posts",
}


def modules() -> Iterator[Path]:
    """Every module of the product."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def definitions(source: str) -> Iterator[tuple[str, str, int]]:
    """(kind, name, line) of every class, function and class field that a module defines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield "class", node.name, node.lineno
            for line in node.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    yield "field", line.target.id, line.lineno
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield "function", node.name, node.lineno


def replaced_in(source: str) -> list[str]:
    """What a module defines under a replaced name, with what stands for it now."""
    return [
        f"line {line}: {kind} {name} is now {REPLACED[kind][name]}"
        for kind, name, line in definitions(source)
        if name in REPLACED[kind]
    ]


def test_a_replaced_name_is_found_where_it_is_defined() -> None:
    source = "class House:\n    wish: bool\n    async def give_back(self): ...\n"
    assert [each.split(" is now ")[0] for each in replaced_in(source)] == [
        "line 1: class House",
        "line 2: field wish",
        "line 3: function give_back",
    ]


def test_no_definition_bears_a_replaced_name() -> None:
    found = {str(path.relative_to(ROOT)): replaced_in(path.read_text()) for path in modules()}
    assert {path: names for path, names in found.items() if names and path not in ANOTHER_MEANING} == {}


def test_no_module_bears_a_replaced_name() -> None:
    found = {str(path.relative_to(ROOT)) for path in modules() if path.stem in REPLACED["module"]}
    assert found - ANOTHER_MEANING.keys() == set()


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_no_paper_quotes_a_replaced_name(path: Path) -> None:
    words = {word for quoted in re.findall(r"`([^`\n]+)`", path.read_text()) for word in re.findall(r"\w+", quoted)}
    replaced = {name for names in REPLACED.values() for name in names}
    assert words & replaced - IN_PAPERS.keys() == set()
