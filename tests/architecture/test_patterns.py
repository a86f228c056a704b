"""Every regular expression of the code, on 64 KB of the characters it has most trouble with: none may take long.

The patterns are found in the syntax tree, so that a new one is tried without anybody thinking of it. For each
repetition in a pattern a text is made that reaches it, feeds it 64 KB, and then disappoints it: a pattern that
backtracks needs time as the square of the length or worse, which is minutes here; a linear one needs milliseconds.
"""

import ast
import importlib
import re
import re._constants as kinds  # type: ignore[import-not-found] # what the standard library reads in a pattern
import re._parser as reader  # type: ignore[import-not-found]
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from config.content import load_content
from tests.corpus.reading import shipped_vocabulary
from tests.processor_time import TooSlowError, no_longer_than
from wxbot.conversations.closing import leads
from wxbot.diagnostics.store import BY_TEXT
from wxbot.patients import birthday_words
from wxbot.quality.patterns import PatternError, compile_pattern
from wxbot.understanding import consents, requests
from wxbot.understanding.lexicon import lexicon_of
from wxbot.understanding.words import WordList, WordLists

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("wxbot", "handlers", "jobs", "config")
TRUSTED = {
    "wxbot/simulator/": "a stand-in for the platform, for demo and tests, that nobody from outside reaches",
    "config/toml_lines.py": "reads the operator's own files, line by line, once tomllib has read them",
}
LONG = 64 * 1024  # characters; a push has at most so many
LIMIT_SECONDS = 0.5  # of this process's own time, however busy the machine is; a linear pattern needs a fiftieth
MANY = 16  # a repetition that may go on so often is fed
METHODS = ("fullmatch", "match", "search", "sub", "split", "finditer")
SAME = {"findall": "finditer", "subn": "sub"}
POOL = " \t\n1aA中一.-_<>![({\"'/:,x\u3000\x00"  # one of each kind of character


@dataclass(frozen=True)
class Used:
    """A pattern of the code: where it stands, and by which methods it is used."""

    place: str
    pattern: "re.Pattern[Any]"
    methods: tuple[str, ...]


def _lexicon() -> Iterator["re.Pattern[str]"]:
    """What the shipped lexicon is compiled to; a clinic's own words are compiled the same way."""
    for path in sorted((ROOT / "config/lexicon").rglob("*.toml")):
        for entries in tomllib.loads(path.read_text()).values():
            for entry in entries if isinstance(entries, list) else ():
                for words in entry.get("words", ()):
                    try:
                        compiled = compile_pattern(words).rest
                    except PatternError:
                        continue
                    if compiled is not None:
                        yield compiled


def _requests() -> list["re.Pattern[Any]"]:
    """The rules of who wants a person, made of the shipped word lists."""
    lists = load_content().words.lists
    words = WordLists(tuple(WordList(**each.model_dump()) for each in lists))
    lexicon = requests.lexicon_of(words)
    return [*(rule.pattern for rule in lexicon.person), lexicon.at_us, lexicon.alone, lexicon.unrelated]


# Patterns that are put together while the program runs, by their file.
BUILT: dict[str, Callable[[], list["re.Pattern[Any]"]]] = {
    "wxbot/quality/patterns.py": lambda: list({each.pattern: each for each in _lexicon()}.values()),
    "wxbot/patients/birthday_words.py": lambda: list(birthday_words._FORMS),
    "wxbot/diagnostics/store.py": lambda: [re.compile(words) for words, _ in BY_TEXT],
    "wxbot/understanding/lexicon.py": lambda: [pattern for pattern, _ in lexicon_of(shipped_vocabulary()).parted],
    "wxbot/understanding/requests.py": _requests,
    "wxbot/understanding/consents.py": lambda: [
        consents.any_of(shipped_vocabulary().words.of(key)) for key in ("stop", "resume")
    ],
    "wxbot/understanding/screening.py": list,  # alternatives of patterns that are tried where they stand
    "wxbot/understanding/questions.py": lambda: shipped_vocabulary().question_index.compiled,
    "wxbot/conversations/closing/leads.py": lambda: list(leads.patterns(shipped_vocabulary().words)),
    "config/setting_rules.py": list,  # the operator's own settings, each pattern without repetition
}


# -- which patterns there are -------------------------------------------------------------------------------------


@cache
def _trees() -> tuple[tuple[Path, ast.Module], ...]:
    paths = chain.from_iterable(sorted((ROOT / folder).rglob("*.py")) for folder in FOLDERS)
    return tuple(
        (path, ast.parse(path.read_text()))
        for path in paths
        if not str(path.relative_to(ROOT)).startswith(tuple(TRUSTED))
    )


@cache
def _methods(name: str, file: Path) -> tuple[str, ...]:
    """By which methods something of that name is used, anywhere or for a private name in its file; all, if unseen."""
    used = {
        SAME.get(node.attr, node.attr)
        for path, tree in _trees()
        if path == file or not name.startswith("_")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and name in {getattr(node.value, "id", None), getattr(node.value, "attr", None)}
    }
    return tuple(method for method in METHODS if method in used) or METHODS


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str, str]]:
    """Each call of `re` with a pattern: the call, the function's name, and the name the pattern is given."""
    names: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names[id(node.value)] = node.targets[0].id
        if isinstance(node, ast.keyword) and node.arg:
            names[id(node.value)] = node.arg
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if (
            isinstance(node, ast.Call)
            and isinstance(called, ast.Attribute)
            and getattr(called.value, "id", None) == "re"
            and called.attr in {"compile", *METHODS, *SAME}
        ):
            yield node, called.attr, names.get(id(node), "")


@cache
def _found() -> tuple[tuple[Used, ...], frozenset[str]]:
    """Every pattern that can be read where it stands, and the files of those that cannot."""
    used, unread = [], set()
    for path, tree in _trees():
        file = str(path.relative_to(ROOT))
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for call, function, name in _calls(tree):
            flags = [word.value for word in call.keywords if word.arg == "flags"]
            parts = [call.args[0], *(call.args[1:2] if function == "compile" else []), *flags]
            there = vars(importlib.import_module(module))
            try:
                pattern = re.compile(*(eval(ast.unparse(part), there) for part in parts))  # noqa: S307 - our own code
            except NameError:
                unread.add(file)
            else:
                methods = (SAME.get(function, function),) if function != "compile" else _methods(name, path)
                used.append(Used(f"{file}:{call.lineno}", pattern, methods))
    return tuple(used), frozenset(unread)


def _all() -> list[Used]:
    built = [
        Used(f"{file} {number}", pattern, METHODS[:3])
        for file, patterns in BUILT.items()
        for number, pattern in enumerate(patterns())
    ]
    return [*_found()[0], *built]


# -- texts that a pattern may have trouble with -------------------------------------------------------------------


def _fits(character: str, items: list[tuple[Any, Any]]) -> bool:
    """Whether a character is of a class, as the reader tells of it."""
    negated = bool(items) and items[0][0] is kinds.NEGATE
    tests: dict[Any, Callable[[Any], bool]] = {
        kinds.LITERAL: lambda code: ord(character) == code,
        kinds.RANGE: lambda ends: ends[0] <= ord(character) <= ends[1],
        kinds.CATEGORY: lambda kind: _of_category(character, str(kind)),
    }
    return negated != any(tests[kind](value) for kind, value in items if kind is not kinds.NEGATE)


def _of_category(character: str, kind: str) -> bool:
    shorthand = {"SPACE": r"\s", "DIGIT": r"\d", "WORD": r"\w"}[kind.rpartition("_")[2]]
    return (re.fullmatch(shorthand, character) is None) == ("NOT" in kind)


def _characters(items: list[tuple[Any, Any]]) -> str:
    """Some characters of a class."""
    own = [chr(value) for kind, value in items if kind is kinds.LITERAL]
    own += [chr(end) for kind, value in items if kind is kinds.RANGE for end in value]
    return "".join(dict.fromkeys(each for each in (*own, *POOL) if _fits(each, items)))


def _example(nodes: Any, groups: dict[int, str]) -> str:
    """A short text that the nodes match, lookarounds apart."""
    text = ""
    for kind, value in nodes:
        if kind is kinds.LITERAL:
            text += chr(value)
        elif kind is kinds.NOT_LITERAL:
            text += next(each for each in POOL if ord(each) != value)
        elif kind is kinds.ANY:
            text += "a"
        elif kind is kinds.IN:
            text += _characters(value)[:1]
        elif kind is kinds.BRANCH:
            text += _example(value[1][0], groups)
        elif kind is kinds.SUBPATTERN:
            inner = _example(value[3], groups)
            groups[value[0] or 0] = inner
            text += inner
        elif kind in REPEATS:
            text += _example(value[2], groups) * value[0]
        elif kind is kinds.ATOMIC_GROUP:
            text += _example(value, groups)
        elif kind is kinds.GROUPREF:
            text += groups.get(value, "")
    return text


REPEATS = {kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT}


def _repetitions(nodes: Any, before: str) -> Iterator[tuple[str, Any]]:
    """Every repetition that may go on, with a text that leads to it."""
    for kind, value in nodes:
        inner: list[Any] = []
        if kind in REPEATS:
            if value[1] is kinds.MAXREPEAT or value[1] >= MANY:
                yield before, value[2]
            inner = [value[2]]
        elif kind is kinds.SUBPATTERN:
            inner = [value[3]]
        elif kind is kinds.ATOMIC_GROUP:
            inner = [value]
        elif kind is kinds.BRANCH:
            inner = list(value[1])
        elif kind in {kinds.ASSERT, kinds.ASSERT_NOT}:
            inner = [value[1]]
        for each in inner:
            yield from _repetitions(each, before)
        before += _example([(kind, value)], {})


def _alphabet(nodes: Any) -> Iterator[str]:
    """Characters that occur in a pattern, a few of each class."""
    for kind, value in nodes:
        if kind is kinds.LITERAL:
            yield chr(value)
        elif kind is kinds.IN:
            yield from _characters(value)[:3]
        elif kind is kinds.BRANCH:
            for each in value[1]:
                yield from _alphabet(each)
        elif kind in REPEATS:
            yield from _alphabet(value[2])
        elif kind is kinds.SUBPATTERN:
            yield from _alphabet(value[3])
        elif kind is kinds.ATOMIC_GROUP:
            yield from _alphabet(value)
        elif kind in {kinds.ASSERT, kinds.ASSERT_NOT}:
            yield from _alphabet(value[1])


def _texts(pattern: "re.Pattern[Any]") -> Iterator[str]:
    """64 KB each: what leads to a repetition, what it takes, and what it does not end with."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = reader.parse(source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)
    characters = "".join(dict.fromkeys([*list(dict.fromkeys(_alphabet(tree)))[:8], *" 1中"]))
    whole = _example(tree, {}) or "a"
    starts = {"", *(before for before, _ in _repetitions(tree, ""))}
    feeds = {*characters, whole, *(before for before in starts if before)}
    feeds |= {example for _, body in _repetitions(tree, "") if (example := _example(body, {}))}
    for start in sorted(starts):
        for feed in sorted(feeds):
            for end in ("", "\x001"):
                yield start + feed * (LONG // len(feed)) + end


def _use(pattern: "re.Pattern[Any]", method: str, text: Any) -> None:
    if method == "sub":
        pattern.sub(text[:0], text)
    elif method == "finditer":
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, method)(text)


def slow_text(pattern: "re.Pattern[Any]", methods: tuple[str, ...]) -> str | None:
    """A text that the pattern takes too long for, in short; None when there is none."""
    for text in _texts(pattern):
        for method in methods:
            given = text.encode() if isinstance(pattern.pattern, bytes) else text
            try:
                with no_longer_than(LIMIT_SECONDS):
                    _use(pattern, method, given)
            except TooSlowError:
                return f"{method} of {text[:20]!r}…{text[-4:]!r}"
    return None


@pytest.mark.parametrize("used", _all(), ids=lambda used: used.place)
def test_a_pattern_is_quick_on_the_worst_that_may_come(used: Used):
    assert slow_text(used.pattern, used.methods) is None


def test_patterns_put_together_at_run_time_are_named_here():
    assert set(BUILT) == set(_found()[1])


@pytest.mark.parametrize(
    "pattern",
    [
        r"\s*(?:我叫)\s*[:：]?\s*([a-z]{2,20})\s*[。.]?\s*",
        r"(a+)+b",
        r"<(Latitude|Longitude)>.*?</\1>",
        r"\d+\d+x",
        r"(?:的|在线|再|的再)*预约",
    ],
)
def test_a_slow_pattern_is_recognised(pattern: str):
    assert slow_text(re.compile(pattern, re.DOTALL), ("search", "fullmatch")) is not None
