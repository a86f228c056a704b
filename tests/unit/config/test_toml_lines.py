"""Where things stand in a TOML text."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from config.toml_lines import key_lines, line_of

TEXT = '''\
# a comment = 1
title = "x"   # [not.a.table]
words = """
name = "inside a text"
[[visit_types]]
"""
many = [
  "a = 1",   # ]
  { b = 2 },
]
"quoted key" = 1

[[people]]
name = "a"
hours.mon = ["09:00-12:00"]

[[people]]
name = \'\'\'
[people]
\'\'\'
[people.hours]
mon = 1
[[people.pets]]
kind = "cat"
[[people.pets]]
kind = "dog"
[last]
key = true
'''


def test_keys_are_found_on_their_lines_and_not_inside_texts() -> None:
    assert key_lines(TEXT) == {
        ("title",): 2,
        ("words",): 3,
        ("many",): 7,
        ("quoted key",): 11,
        ("people", 0): 13,
        ("people", 0, "name"): 14,
        ("people", 0, "hours"): 15,
        ("people", 0, "hours", "mon"): 15,
        ("people", 1): 17,
        ("people", 1, "name"): 18,
        ("people", 1, "hours"): 21,
        ("people", 1, "hours", "mon"): 22,
        ("people", 1, "pets", 0): 23,
        ("people", 1, "pets", 0, "kind"): 24,
        ("people", 1, "pets", 1): 25,
        ("people", 1, "pets", 1, "kind"): 26,
        ("last",): 27,
        ("last", "key"): 28,
    }


def test_every_path_found_is_really_there() -> None:
    data: Any = tomllib.loads(TEXT)
    for path in key_lines(TEXT):
        found = data
        for part in path:
            found = found[part]


def test_what_is_not_written_has_the_line_of_what_is_around_it() -> None:
    lines = key_lines(TEXT)
    assert line_of(lines, ("people", 1, "pets", 1, "age")) == 25
    assert line_of(lines, ("people", 1, "hours", "mon", 0)) == 22
    assert line_of(lines, ("nothing",)) == 1


@given(st.lists(st.text(alphabet="ab=[]{}\"'#\n", max_size=12), max_size=4))
def test_any_value_that_toml_can_hold_leaves_the_next_key_on_its_line(values: list[str]) -> None:
    escaped = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    text = "list = [\n" + "".join(f'  """{value}""",\n' for value in escaped) + "]\nnext = 1\n"
    assert tomllib.loads(text)["next"] == 1
    assert key_lines(text) == {("list",): 1, ("next",): text.count("\n")}
