"""A pytest plugin for `.ci/test-dates`: mongod runs without libfaketime, so the time that it says is moved here."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.diagnostics.models import DatabaseFacts
from wxbot.diagnostics.store import DatabaseProbe

MOVED = timedelta(seconds=int(os.environ.get("FAKETIME", "0")))
_real_facts = DatabaseProbe.facts


async def _moved_facts(self: DatabaseProbe, machine_now: Callable[[], datetime]) -> DatabaseFacts:
    facts = await _real_facts(self, machine_now)
    return replace(facts, server_time=facts.server_time + MOVED)


DatabaseProbe.facts = _moved_facts  # type: ignore[method-assign]
