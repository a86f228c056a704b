"""Filling a wording: strict `{name}` variables, kind words for empty ones, no markup from patients. Pure.

`{name}` takes a variable; `{{` and `}}` are braces. There is no attribute, index or format access, so a template
can reach nothing but the values it was given.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from wxbot.errors import DomainError

TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
NAME = re.compile(r"[a-z][a-z0-9_]*")

# Not allowed in a value: what XML refuses (reference §1.6), lone surrogates, and signs that turn or hide text.
_VANISH = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff"
_SPECIAL = re.compile(f"[<>&{_VANISH}]")
_VANISHING = re.compile(f"[{_VANISH}]")
_MARKUP = str.maketrans({"<": "＜", ">": "＞", "&": "＆"})  # full-width: reads the same, links nothing


class WordingError(DomainError):
    """A wording cannot be filled: it is malformed, or a variable is missing or of a strange kind.

    The fault is ours, so the patient reads the general apology.
    """

    code = "wording"
    wording = "error.apology"
    sentence = "模板的内容有误，无法填写。请在「模板」里检查它的正文和变量。"


class Address(str):
    """An address of our own for a link in a chat message: its `&` is kept. Never made of what anybody typed."""

    __slots__ = ()


class Wording:
    """A compiled wording. Compile once, fill often (about a microsecond per variable).

    Raises:
        WordingError: the text has a lonely brace or a variable name that is none.
    """

    __slots__ = ("_fallbacks", "_parts", "text", "variables")

    def __init__(self, text: str, fallbacks: Mapping[str, str] | None = None) -> None:
        self.text = text
        self._fallbacks = dict(fallbacks or {})
        self._parts = _compiled(text)
        self.variables = frozenset(part for literal, part in self._parts if not literal)

    def fill(self, variables: Mapping[str, Any], *, plain: bool = False) -> str:
        """The finished text. Values lose control characters and, unless `plain` (for cards), `<`, `>` and `&`.

        An `Address` keeps those.

        Raises:
            WordingError: a variable is missing and has no fallback, or its value is neither text nor number.
        """
        return "".join([part if literal else self._value(part, variables, plain) for literal, part in self._parts])

    def _value(self, name: str, variables: Mapping[str, Any], plain: bool) -> str:
        value = variables.get(name)
        if value is None:
            if name not in self._fallbacks and name not in variables:
                raise WordingError(f"nothing fills {{{name}}}", sentence=f"没有内容可以填入 {{{name}}}")
            return self._fallbacks.get(name, "")
        if not isinstance(value, str):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise WordingError(
                    f"{{{name}}} is a {type(value).__name__}, not text", sentence=f"{{{name}}} 的内容不是文字"
                )
            value = str(value)
        words = clean(value) if plain or isinstance(value, Address) else escaped(value)
        return words if words and not words.isspace() else self._fallbacks.get(name, "")


def escaped(value: str) -> str:
    """A value as it may stand in a chat message: no tag, no entity, no control character; line breaks stay."""
    if _SPECIAL.search(value) is None:
        return value
    return _VANISHING.sub("", value).translate(_MARKUP)


def clean(value: str) -> str:
    """A value without control characters and signs that turn or hide text."""
    return _VANISHING.sub("", value)


@lru_cache(maxsize=2_000)  # of some 900 wordings each is met several times: in the file, as kept, as published
def _compiled(text: str) -> tuple[tuple[bool, str], ...]:
    """(True, literal) and (False, variable) in order."""
    parts: list[tuple[bool, str]] = []
    literal, end = "", 0
    for token in TOKEN.finditer(text):
        literal += text[end : token.start()]
        end = token.end()
        if token[0] in {"{{", "}}"}:
            literal += token[0][0]
            continue
        name = token[1]
        if name is None:
            raise WordingError(f"a lonely {token[0]} in {text[:40]!r}", sentence=f"正文里有单独的 {token[0]}")
        if NAME.fullmatch(name) is None:
            raise WordingError(f"{{{name}}} is not a variable in {text[:40]!r}", sentence=f"{{{name}}} 不是变量")
        if literal:
            parts.append((True, literal))
            literal = ""
        parts.append((False, name))
    literal += text[end:]
    if literal:
        parts.append((True, literal))
    return tuple(parts)
