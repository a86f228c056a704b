"""Validation and syntax errors in the words of people who edit the files."""

import re
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from config.problems import UnfitValueError

SHOWN = 40  # characters of a wrong value that are quoted back

_SYNTAX_HINTS = (
    ("Expected '=' after a key", "Write each setting as name = value on a line of its own"),
    ("Invalid value", 'Put text between plain double quotes, for instance name = "晨光诊所"'),
    (
        "Illegal character '\\n'",
        'Close the text with a plain double quote "; texts of several lines stand between """ and """',
    ),
    (
        "Unterminated string",
        'Close the text with a plain double quote "; texts of several lines stand between """ and """',
    ),
    ("Cannot overwrite a value", "The same name is given twice: keep one of the two lines"),
    ("Cannot declare", "The same table is opened twice: for several entries of a kind use [[double brackets]]"),
    ("Unclosed array", "Close the list with ] and put commas between its entries"),
    ("Unclosed inline table", "Close the braces } on the same line; inline tables take one line only"),
    ("Expected newline or end of document", "Keep one setting per line; dates are 2027-02-05, times 09:30:00"),
    ("Invalid initial character for a key part", "Names have plain letters, digits, - and _ only"),
)
_RANGE_ERRORS = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal", "multiple_of"})
_SIGNS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}
_FOREIGN_SIGNS = re.compile(r"[“”‘’＝［］｛｝，＂]")
_PLACE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)$")


def syntax_problem(message: str, text: str) -> tuple[int, str, str]:
    """Line, what and fix for a tomllib error; the last line where tomllib says only "end of document"."""
    lines = text.split("\n")
    place = _PLACE.search(message)
    line = int(place[1]) if place is not None and place[1] else max(1, len(text.rstrip().split("\n")))
    said = _PLACE.sub("", message)
    foreign = _FOREIGN_SIGNS.search(re.sub(r'"[^"]*"', "", lines[line - 1])) if line <= len(lines) else None
    if foreign is not None:
        return line, f"{foreign[0]!r} is not a sign TOML knows", "Use the plain half-width signs \" ' = , [ ] { }"
    fix = next(
        (hint for start, hint in _SYNTAX_HINTS if said.startswith(start)),
        "Compare with the shipped example of this file",
    )
    return line, f"not valid TOML: {said}", fix


def telling(errors: list[ErrorDetails], schema: type[BaseModel]) -> list[ErrorDetails]:
    """The errors without those that another one explains: a misspelt name is missing too, a broken entry also lacks."""
    meant = set()
    for error in errors:
        if error["type"] == "extra_forbidden":
            *table, name = error["loc"]
            model = _model_at(schema, tuple(table))
            meant.add((*table, nearest(str(name), list(model.model_fields)) if model is not None else None))
    return [
        error
        for error in errors
        if not (error["type"] == "missing" and error["loc"] in meant)
        and not (error["type"] == "too_short" and any(_is_inside(other["loc"], error["loc"]) for other in errors))
    ]


def _is_inside(path: tuple[str | int, ...], outer: tuple[str | int, ...]) -> bool:
    return len(path) > len(outer) and path[: len(outer)] == outer


def plain_problem(error: ErrorDetails, schema: type[BaseModel]) -> tuple[tuple[str | int, ...], str, str]:
    """Path, what and fix of one pydantic error. `schema` gives examples and the names that are known."""
    path, kind, context = tuple(error["loc"]), error["type"], error.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, UnfitValueError):
        path = (*path, *cause.inside)
        return path, f"{named(path)}: {cause.what}" if path else cause.what, cause.fix
    if kind == "extra_forbidden":
        return path, f"{named(path)} is not known here", _known_names(str(path[-1]), _model_at(schema, path[:-1]))
    field = _field(schema, path)
    example = _example(field)
    if kind == "missing":
        return path, f"{named(path)} is missing", example or f"Add {path[-1]}"
    expected = _range(field) if kind in _RANGE_ERRORS and field is not None else _expected(kind, context)
    return path, f"{named(path)} {expected}, found {shown(error['input'])}", example or "Correct the value"


def named(path: tuple[str | int, ...]) -> str:
    """A path as it is read: visit_types[1].minutes."""
    words = ""
    for part in path:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else str(part)
    return words


def shown(value: Any) -> str:
    """A wrong value, quoted as TOML writes it and not too long."""
    words = str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
    return words if len(words) <= SHOWN else words[:SHOWN] + "…"


def nearest(name: str, known: list[str]) -> str | None:
    """The known name that `name` most likely meant."""
    found = get_close_matches(name, known, n=1, cutoff=0.6)
    return found[0] if found else None


def _expected(kind: str, context: dict[str, Any]) -> str:
    words = {
        "string_type": "must be text in double quotes",
        "string_too_short": "must not be empty",
        "string_too_long": "must have at most {max_length} characters",
        "string_pattern_mismatch": "does not have the form {pattern}",
        "int_type": "must be a whole number",
        "int_from_float": "must be a whole number",
        "float_type": "must be a number",
        "bool_type": "must be true or false",
        "date_type": "must be a day, written without quotes",
        "time_type": "must be an hour of the day",
        "tuple_type": "must be a list in square brackets",
        "dict_type": "must be a table",
        "model_type": "must be a table",
        "too_short": "needs at least {min_length} entries",
        "too_long": "takes at most {max_length} entries",
        "missing_positional_argument": "needs two numbers",
        "literal_error": "must be one of {expected}",
    }.get(kind, f"is not right ({kind})")
    return words.format_map(context)


def _known_names(name: str, model: type[BaseModel] | None) -> str:
    known = list(model.model_fields) if model is not None else []
    meant = nearest(name, known)
    return f"Did you mean {meant}? " * (meant is not None) + (
        f"Known names: {', '.join(known)}" if known else "Remove it"
    )


def _model_at(schema: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model that describes the table at `path`."""
    model: type[BaseModel] | None = schema
    for part in path:
        if isinstance(part, int) or model is None:
            continue
        field = model.model_fields.get(part)
        model = _model_in(field.annotation) if field is not None else model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The first model named in a type such as `tuple[Entry, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)


def _field(schema: type[BaseModel], path: tuple[str | int, ...]) -> tuple[str, FieldInfo] | None:
    """The deepest field the schema knows on the way to `path`, with its name."""
    names = [part for part in path if isinstance(part, str)]
    for depth in range(len(names) - 1, -1, -1):
        model = _model_at(schema, tuple(names[:depth]))
        field = model.model_fields.get(names[depth]) if model is not None else None
        if field is not None:
            return names[depth], field
    return None


def _example(field: tuple[str, FieldInfo] | None) -> str | None:
    if field is None or not field[1].examples:
        return None
    return f"Write for instance {field[0]} = {_as_toml(field[1].examples[0])}"


def _range(field: tuple[str, FieldInfo]) -> str:
    """Everything a number must satisfy, in one phrase: people should not learn the limits one refusal at a time."""
    limits = {name: value for rule in field[1].metadata for name, value in _limits(rule)}
    words = f"must be a multiple of {limits['multiple_of']:g}" if "multiple_of" in limits else "must be a number"
    low, high = limits.get("ge"), limits.get("le")
    if low is not None and high is not None:
        return f"{words} between {low:g} and {high:g}"
    bounds = [f"{sign} {limits[name]:g}" for name, sign in _SIGNS.items() if name in limits]
    return " ".join([words, " and ".join(bounds)]).rstrip()


def _limits(rule: Any) -> list[tuple[str, float]]:
    return [(name, getattr(rule, name)) for name in ("multiple_of", *_SIGNS) if getattr(rule, name, None) is not None]


def _as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_as_toml(item) for item in value)}]"
    bare = isinstance(value, int | float) or value.startswith("{") or value[:4].isdecimal()
    return str(value) if bare else f'"{value}"'
