"""Every refusal has a sentence for staff in Chinese, and the console never shows an error's own message."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import handlers
import jobs
import wxbot
from wxbot.errors import DomainError

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CONSOLE = sorted((ROOT / "wxbot/web/console").rglob("*.py"))
SOURCES = sorted(path for folder in ("wxbot", "handlers", "jobs") for path in (ROOT / folder).rglob("*.py"))


def refusals() -> dict[str, type[DomainError]]:
    """Every subclass of DomainError by its name, with all our modules imported."""
    for package in (wxbot, handlers, jobs):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found: dict[str, type[DomainError]] = {}
    rest: list[type[DomainError]] = [DomainError]
    while rest:
        kind = rest.pop()
        found[kind.__name__] = kind
        rest.extend(kind.__subclasses__())
    return {
        name: kind for name, kind in found.items() if kind.__module__.split(".")[0] in {"wxbot", "handlers", "jobs"}
    }


REFUSALS = refusals()


@pytest.mark.parametrize("kind", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_has_a_sentence_of_its_own_in_chinese(kind: type[DomainError]) -> None:
    assert CHINESE.search(vars(kind).get("sentence", "")) is not None


def test_a_raise_keeps_chinese_for_the_sentence_and_english_for_the_log() -> None:
    detailed = {name for name, kind in REFUSALS.items() if "detail" in inspect.signature(kind).parameters}
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in SOURCES
        for call in calls(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call.func, ast.Name)
        and call.func.id in detailed
        and any(CHINESE.search(ast.unparse(given)) for given in call.args)
    ]
    assert wrong == []


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def messages_shown(tree: ast.AST) -> Iterator[int]:
    """Lines that turn a caught error into text: `str(error)`, an f-string of it, or its `args`."""
    for handler in ast.walk(tree):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
            continue
        for node in ast.walk(handler):
            shown: ast.expr | None = None
            match node:
                case ast.Call(func=ast.Name(id="str" | "repr"), args=[given]):
                    shown = given
                case ast.FormattedValue(value=given) | ast.Attribute(value=given, attr="args"):
                    shown = given
            if isinstance(shown, ast.Name) and shown.id == handler.name:
                yield shown.lineno


@pytest.mark.parametrize("line", ["str(error)", "f'no: {error}'", "error.args[0]"])
def test_the_message_of_an_error_is_found_however_it_is_shown(line: str) -> None:
    shown = f"try:\n    pass\nexcept ValueError as error:\n    form.fail('x', {line})\n"
    assert list(messages_shown(ast.parse(shown))) == [4]
    assert list(messages_shown(ast.parse(shown.replace(line, "error.sentence")))) == []


def test_the_console_shows_sentences_and_never_the_message_of_an_error() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in CONSOLE
        for line in messages_shown(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len(CONSOLE) > 40
    assert found == []
