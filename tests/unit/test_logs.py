"""What is written down, and what never is."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from wxbot import logs
from wxbot.errors import InvalidInputError
from wxbot.logs import redact, trace


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def test_a_trace_names_places_and_kinds_but_repeats_no_words_of_a_patient():
    told = trace(raised(ValueError("昨天拔牙以后一直肿着")))
    assert told.splitlines()[-1] == "ValueError"
    assert "test_logs.py" in told
    assert "拔牙" not in told


def test_words_about_code_and_our_own_are_repeated():
    assert trace(raised(TypeError("unsupported operand"))).endswith("TypeError: unsupported operand")
    assert trace(raised(InvalidInputError("no such day"))).endswith("InvalidInputError: no such day")


def test_a_trace_tells_what_it_came_of():
    told = trace(raised(TypeError("later"), raised(KeyError("13800138000"))))
    assert told.splitlines()[-1] == "KeyError"
    assert "TypeError: later\nwhich came of:" in told
    assert "13800138000" not in told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET /x?access_token=74_abc&y=1", "GET /x?access_token=***&y=1"),
        ("to onui6fChU2UAq_SSoFE_2Hzg6iD7 now", "to o*** now"),
        ("POST /console/patients/imports?csrf=Yx_7-a", "POST /console/patients/imports?csrf=***"),
        ("at mongodb://wxbot:s3cr-et_@127.0.0.1:1/?x=1", "at mongodb://wxbot:***@127.0.0.1:1/?x=1"),
        ("at mongodb+srv://u:p%40@h/", "at mongodb+srv://u:***@h/"),
        ("at http://127.0.0.1:8080/a@b", "at http://127.0.0.1:8080/a@b"),
        ("call 13800138000", "call 1**********"),
        ("id 1a20621af016d1f0478f043", "id 1a20621af016d1f0478f043"),
    ],
)
def test_what_looks_like_a_secret_a_person_or_a_phone_is_masked(text: str, expected: str):
    assert redact(text) == expected


@pytest.fixture
def as_before() -> Iterator[None]:
    """What a test sets up for the process does not stay."""
    before, handlers = structlog.get_config(), logging.root.handlers[:]
    yield
    structlog.configure(**before)
    logging.root.handlers[:] = handlers


@pytest.mark.usefixtures("as_before")
def test_a_log_on_a_full_disk_stops_nobody(monkeypatch: pytest.MonkeyPatch):
    with Path("/dev/full").open("w", encoding="utf-8", buffering=1) as full:  # takes nothing, ever
        monkeypatch.setattr(sys, "stderr", full)
        logs.configure()
        for _ in range(3):
            logs.get_logger("test").error("something_happened")
        monkeypatch.undo()
        with contextlib.suppress(OSError):
            full.close()
