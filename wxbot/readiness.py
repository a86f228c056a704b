"""The parts of `/readyz`: database, disk, clock, token, platform and channels."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from wxbot.account.refusals import Refusals
from wxbot.clock import Clock
from wxbot.diagnostics.models import Finding, Severity, Subject, of
from wxbot.diagnostics.service import Diagnostics, problems
from wxbot.messaging import Channel
from wxbot.metrics import API_CALLS, API_SECONDS
from wxbot.unanswered import WORTH_A_WARNING, UnansweredPushes
from wxbot.web.keys import Probe
from wxbot.wechat.client import Client
from wxbot.wechat.tokens import TokenKeeper
from wxbot.wechat.wire import NO_ANSWER

NO_DATABASE = "pushes are turned away, messages wait, it is tried again all the time. "
NOT_PREPARED = "the database is being prepared"
UNANSWERED = "{} pushes in five minutes had no proper answer from us; after many WeChat pushes nothing for a minute"
RESTING = "messages wait: channels rest for minutes after a refusal; the health page says what to do: "
SERVER_ERRORS = range(500, 600)  # HTTP; the platform's own codes are far above


class PlatformMonitor:
    """Whether the platform answered when we last called it, and whether we answered it.

    A token in memory says nothing of that.
    """

    def __init__(self, refusals: Refusals, clock: Clock) -> None:
        self.silent = False
        self.unanswered = UnansweredPushes(clock)
        self._refusals = refusals

    def observe(self, endpoint: str, code: int, seconds: float) -> None:
        """Told of every call; see wechat/wire.py."""
        API_CALLS.labels(endpoint, str(code)).inc()
        API_SECONDS.labels(endpoint).observe(seconds)
        self.silent = code == NO_ANSWER or code in SERVER_ERRORS
        self._refusals.observe(endpoint, code)


class Readiness:
    """Answers for each part; the health handler asks all of them at once."""

    def __init__(  # noqa: PLR0913 - what it asks
        self,
        diagnostics: Diagnostics,
        prepared: asyncio.Event,
        tokens: TokenKeeper,
        client: Client,
        *,
        monitor: PlatformMonitor,
        channel_alarms: Callable[[], Mapping[Channel, str]] = dict,
    ) -> None:
        self._diagnostics = diagnostics
        self._prepared = prepared
        self._tokens = tokens
        self._client = client
        self._monitor = monitor
        self._channel_alarms = channel_alarms

    def probes(self) -> dict[str, Probe]:
        """Part → how it is: `ok` is left out when it is true, `problem` says what to do when it is not."""
        return {
            "database": self._database,
            "disk": self._disk,
            "clock": self._clock,
            "token": self._token,
            "platform": self._platform,
            "channels": self._channels,
        }

    async def _database(self) -> Mapping[str, Any]:
        report = await self._diagnostics.database()
        part = _part(report.findings, Subject.DATABASE)
        if report.version:
            part |= {"version": report.version, "checked_seconds_ago": round(report.age_seconds)}
        if "problem" in part:
            return part | {"problem": f"{NO_DATABASE}{part['problem']}"}
        return part if self._prepared.is_set() else {"ok": False, "problem": NOT_PREPARED, **part}

    async def _disk(self) -> Mapping[str, Any]:
        return _part(await self._diagnostics.storage(), Subject.DISK)

    async def _clock(self) -> Mapping[str, Any]:
        return _part((await self._diagnostics.database()).findings, Subject.CLOCK)

    async def _token(self) -> Mapping[str, Any]:
        await self._tokens.current()
        return {}

    async def _platform(self) -> Mapping[str, Any]:
        if self._monitor.silent:
            await self._client.operations.api_addresses()  # raises in words, or shows that the silence is over
        unanswered = self._monitor.unanswered.lately()
        return {"warnings": [UNANSWERED.format(unanswered)]} if unanswered >= WORTH_A_WARNING else {}

    async def _channels(self) -> Mapping[str, Any]:
        """Whether messages leave: a channel rests for minutes after an alarm, and nothing else shows it."""
        resting = [f"{channel.value} ({code})" for channel, code in self._channel_alarms().items()]
        if not resting:
            return {}
        return {"ok": False, "problem": f"{RESTING}{', '.join(resting)}"}


def _part(findings: list[Finding] | tuple[Finding, ...], subject: Subject) -> dict[str, Any]:
    """What is a problem makes the part not ok; warnings are only told."""
    part: dict[str, Any] = {}
    if problem := problems(findings, subject):
        part |= {"ok": False, "problem": problem}
    if warnings := [each.message for each in of(findings, Severity.WARNING, subject)]:
        part["warnings"] = warnings
    return part
