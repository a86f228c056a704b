"""The line of each key of a TOML text, which tomllib does not keep, for messages about files."""

import re
from collections.abc import Mapping, Sequence

Path = tuple[str | int, ...]

_TABLE = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=\s*(.*)$"""
)
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")
_PIECE = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]""", re.DOTALL
)


def key_lines(text: str) -> dict[Path, int]:
    """Where each table and key of a valid TOML text begins: path → 1-based line.

    Paths are as pydantic names them: `("practitioners", 1, "room")`. Keys inside inline tables are not listed;
    `line_of` gives the line of what holds them.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    at, number = 0, 1
    while at < len(text):
        end = text.find("\n", at)
        line = text[at : end if end >= 0 else len(text)]
        key, header = _KEY.match(line), _TABLE.match(line)
        after = at + len(line)
        if key is not None:
            path = table
            for part in _parts(key[1]):
                path = (*path, part)
                lines.setdefault(path, number)
            after = _value_end(text, at + key.start(2))
        elif header is not None:
            table = _inside_arrays(_parts(header[2]), counts, opens=header[1] == "[[")
            lines.setdefault(table, number)
        number += text.count("\n", at, after) + 1
        at = after + 1
    return lines


def line_of(lines: Mapping[Path, int], path: Sequence[str | int]) -> int:
    """The line of `path`, or of the nearest thing around it; 1 when nothing of it is written."""
    for length in range(len(path), 0, -1):
        found = lines.get(tuple(path[:length]))
        if found is not None:
            return found
    return 1


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(next(part for part in found if part) for found in _PART.findall(dotted) if any(found))


def _inside_arrays(names: tuple[str, ...], counts: dict[Path, int], *, opens: bool) -> Path:
    """The path of a table header, with the position inside each array of tables on the way."""
    path: Path = ()
    for depth, name in enumerate(names):
        path = (*path, name)
        if opens and depth == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _value_end(text: str, start: int) -> int:
    """Where the line ends on which the value that begins at `start` is complete: quotes and brackets are closed."""
    depth = 0
    for piece in _PIECE.finditer(text, start):
        if piece[0] in "[{":
            depth += 1
        elif piece[0] in "]}":
            depth -= 1
        elif piece[0] == "\n" and depth <= 0:
            return piece.start()
    return len(text)
