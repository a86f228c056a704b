"""A pytest plugin for `.ci/test-dates`, for what libfaketime does not move with the rest.

It leaves the monotonic clock real and refuses `time.sleep`; mongod runs without it, so the time that the database
says of itself is moved here.
"""

import os
import select
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import SupportsIndex

from wxbot.diagnostics.models import DatabaseFacts
from wxbot.diagnostics.store import DatabaseProbe

MOVED = timedelta(seconds=int(os.environ.get("FAKETIME", "0")))
_real_facts = DatabaseProbe.facts


def _sleep(seconds: SupportsIndex | float, /) -> None:
    select.select([], [], [], float(seconds))


async def _moved_facts(self: DatabaseProbe, machine_now: Callable[[], datetime]) -> DatabaseFacts:
    facts = await _real_facts(self, machine_now)
    return replace(facts, server_time=facts.server_time + MOVED)


time.sleep = _sleep
DatabaseProbe.facts = _moved_facts  # type: ignore[method-assign]
