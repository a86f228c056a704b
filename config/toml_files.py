"""One .toml file: read, parsed, held against its schema, and every problem given its line."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from config.checks import Finding
from config.plain_words import plain_problem, syntax_problem, telling
from config.problems import ConfigProblem
from config.schemas import Entry
from config.toml_lines import key_lines, line_of

MAX_BYTES = 1_000_000  # a content file larger than this is a mistake, not wording

F = TypeVar("F", bound=Entry)


class _UnreadableError(Exception):
    """Why a file has no text."""

    def __init__(self, what: str, fix: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what, self.fix, self.line = what, fix, line


@dataclass(frozen=True, kw_only=True)
class FileRead(Generic[F]):
    """A file as far as it could be read. `parsed` is None when it could not."""

    name: str
    text: str = ""
    parsed: F | None = None
    problems: tuple[ConfigProblem, ...] = ()
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def report(self, findings: Iterable[Finding]) -> Iterator[ConfigProblem]:
        """Findings about this file as problems with their lines."""
        for found in findings:
            line = line_of(self.lines, found.path)
            if found.text:
                below = (
                    n for n, words in enumerate(self.text.split("\n")[line - 1 :], start=line) if found.text in words
                )
                line = next(below, line)
            yield ConfigProblem(where=self.name, line=line, what=found.what, fix=found.fix)


def read_file(directory: Path, name: str, schema: type[F]) -> FileRead[F]:
    """Read `name` inside `directory`. Never raises for what the file holds: see `problems`."""
    try:
        text = _text(directory, name)
        data = _data(text)
    except _UnreadableError as error:
        return FileRead(
            name=name, problems=(ConfigProblem(where=name, line=error.line, what=error.what, fix=error.fix),)
        )
    lines = key_lines(text)
    try:
        return FileRead(name=name, text=text, parsed=schema.model_validate(_tuples(data)), lines=lines)
    except ValidationError as error:
        found = [plain_problem(detail, schema) for detail in telling(error.errors(include_url=False), schema)]
        problems = [
            ConfigProblem(where=name, line=line_of(lines, path), what=what, fix=fix) for path, what, fix in found
        ]
        return FileRead(name=name, text=text, lines=lines, problems=tuple(sorted(problems, key=lambda p: p.line or 0)))


def _text(directory: Path, name: str) -> str:
    try:
        raw = (directory / name).read_bytes()
    except FileNotFoundError:
        fix = f"Put it into {directory}, or take the shipped one as a start"
        raise _UnreadableError("the file does not exist", fix) from None
    except OSError as error:
        raise _UnreadableError(f"the file cannot be read: {error.strerror}", "Check the file's permissions") from error
    if len(raw) > MAX_BYTES:
        raise _UnreadableError(f"the file has {len(raw)} bytes", "Check that it is the right file")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")  # editors on Windows add both
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _UnreadableError("the file is not UTF-8 text", "Save it again with the encoding UTF-8", line) from error


def _data(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line, what, fix = syntax_problem(str(error), text)
        raise _UnreadableError(what, fix, line) from error


def _tuples(value: Any) -> Any:
    """TOML lists as tuples: the schemas are strict and frozen."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return {key: _tuples(item) for key, item in value.items()} if isinstance(value, dict) else value
