"""What is left out of `make test` exists, and something of its kind stays."""

from pathlib import Path

import pytest

from tests.full_length import ONLY_AT_FULL_LENGTH

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("line", ONLY_AT_FULL_LENGTH)
def test_every_line_names_tests_that_are_there(line: str) -> None:
    path, _, rest = line.partition("::")
    name, bracket, _ = rest.partition("[")
    functions = [each.split("(")[0] for each in (ROOT / path).read_text(encoding="utf-8").split("def ")[1:]]
    assert name in functions if bracket else any(each.startswith(name) for each in functions)
