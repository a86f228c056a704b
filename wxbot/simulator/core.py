"""The platform's state and its way of pushing; what patients and API calls do with it stands in other modules."""

import asyncio
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from wxbot.simulator import definitions
from wxbot.simulator.account import AccountConfig
from wxbot.simulator.client_ids import ClientIds
from wxbot.simulator.clock import MovableClock, SimulatorClock
from wxbot.simulator.consent_codes import ConsentCodes
from wxbot.simulator.faults import Faults
from wxbot.simulator.markup import XmlValue
from wxbot.simulator.media import MediaShelf
from wxbot.simulator.passive import Expected, ReplyError, decode
from wxbot.simulator.people import NobodyError, Person, Seen, new_openid
from wxbot.simulator.pushes import ANSWER_SECONDS, MARK_FAIL_AFTER, Courier, Delivery, PushResult
from wxbot.simulator.quotas import Quotas
from wxbot.simulator.scenes import SceneBook
from wxbot.simulator.showing import shown
from wxbot.simulator.tokens import TokenBook
from wxbot.simulator.traffic import Listeners, TrafficLog

T = TypeVar("T")

# Pushes a patient waits for. Everything else takes only an ack, and its failure is never shown (reference §1.6).
ANSWERED_EVENTS = frozenset({"subscribe", "scan", "click", "scancode_waitmsg"})
UNAVAILABLE = "该公众号提供的服务出现故障，请稍后再试"  # the grey line
SENT_KEPT = 200_000  # accepted sends remembered for assertions
REQUESTS_KEPT = 1000  # failed calls remembered for rid/get


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One accepted custom/template/bizsend call. `msgid` is "" for customer-service messages, which have none."""

    at: datetime
    path: str
    openid: str
    body: dict[str, Any]
    msgid: str = ""


@dataclass
class Tag:
    """A tag of the account; 0-2 belong to the system."""

    number: int
    name: str


class PlatformCore:
    """Everything the platform keeps, in memory, and the delivery of pushes."""

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        account: AccountConfig,
        clock: MovableClock | None = None,
        *,
        base_url: str = "",
        answer_seconds: float = ANSWER_SECONDS,
        retry_pause: float = 0.0,
        receipt_delay: float = 0.05,
        mark_fail_after: int = MARK_FAIL_AFTER,
    ) -> None:
        self.account = account
        self.clock: MovableClock = SimulatorClock() if clock is None else clock
        self.base_url = base_url  # where this platform is reached; learned from the first request when empty
        self.receipt_delay = receipt_delay  # seconds between accepting a message and pushing its receipt
        self.people: dict[str, Person] = {}
        self.faults = Faults()
        self.tokens = TokenBook()
        self.quotas = Quotas()
        self.media = MediaShelf()
        self.scenes = SceneBook()
        self.consents = ConsentCodes()
        self.menu: dict[str, Any] | None = None
        self.menu_id = 400_000_000
        self.templates: dict[str, dict[str, Any]] = {}
        self.notice_templates: dict[str, dict[str, Any]] = {}
        self.tags: dict[int, Tag] = {2: Tag(2, "星标组")}
        self.tickets: dict[str, tuple[str, datetime]] = {}
        self.traffic = TrafficLog()
        self.listeners = Listeners()
        self.sent: list[Sent] = []
        self.failed_requests: dict[str, dict[str, Any]] = {}
        self.client_ids = ClientIds()
        self._courier = Courier(
            account,
            self.clock,
            answer_seconds=answer_seconds,
            retry_pause=retry_pause,
            mark_fail_after=mark_fail_after,
        )
        self._tasks: set[asyncio.Task[Any]] = set()
        self._serial = 0

    async def start(self) -> None:
        """Open the client session for pushes; a second call does nothing."""
        await self._courier.start()

    async def stop(self) -> None:
        """Cancel what is in flight and close the session."""
        self.listeners.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._courier.stop()

    async def settled(self) -> None:
        """Wait until no push and no receipt is in flight."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def now(self) -> datetime:
        """The platform's time, aware UTC."""
        return self.clock.now()

    def create_person(self, name: str, *, openid: str | None = None) -> Person:
        """Somebody with a phone who does not follow yet. Raises ValueError for an openid that is taken."""
        chosen = openid or new_openid()
        if chosen in self.people:
            raise ValueError(f"openid {chosen} is taken")
        person = Person(openid=chosen, name=name)
        self.people[chosen] = person
        self.listeners.tell("people", chosen)
        return person

    def person(self, openid: str) -> Person:
        """The person. Raises NobodyError when nobody has this openid."""
        found = self.people.get(openid)
        if found is None:
            raise NobodyError(f"nobody has the openid {openid}")
        return found

    def rights(self, openid: str) -> tuple[int, datetime | None]:
        """How many customer-service messages are left at this moment, and until when (None: never or over)."""
        rights, now = self.person(openid).rights, self.now()
        open_now = rights.until is not None and now < rights.until
        return rights.remaining(now), rights.until if open_now else None

    def add_template(self, template_id: str, title: str, content: str, **more: Any) -> str:
        """Define a message template; `content` names its fields, e.g. `就诊时间:{{time5.DATA}}`."""
        self.templates[template_id] = definitions.template(template_id, title, content, **more)
        return template_id

    def add_notice_template(self, template_id: str, title: str, content: str, **more: Any) -> str:
        """Define a subscription notice; `type=3` makes it long-term (one accept allows many)."""
        self.notice_templates[template_id] = definitions.notice(template_id, title, content, **more)
        self.listeners.tell("notices")
        return template_id

    def revoke_token(self) -> None:
        """Void every access_token at once: calls with them get 40001."""
        self.tokens.revoke()

    def expire_token(self) -> None:
        """End the life of every access_token: calls with them get 42001."""
        self.tokens.expire(self.now())

    def new_number(self) -> str:
        """A fresh 64-bit number for MsgId and msgid, greater than all before, also after a restart."""
        self._serial = max(self._serial + 1, int(self.now().timestamp() * 1000) * 10_000)
        return str(self._serial)

    def new_rid(self) -> str:
        """A request id as errors carry it."""
        return f"{int(self.now().timestamp()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"

    def note_sent(self, path: str, openid: str, body: dict[str, Any], msgid: str = "") -> None:
        """Remember an accepted send."""
        if len(self.sent) >= SENT_KEPT:
            del self.sent[: SENT_KEPT // 2]
        self.sent.append(Sent(at=self.now(), path=path, openid=openid, body=body, msgid=msgid))

    def note_failure(self, rid: str, request: dict[str, Any]) -> None:
        """Remember a failed call for rid/get."""
        self.failed_requests[rid] = request
        if len(self.failed_requests) > REQUESTS_KEPT:
            del self.failed_requests[next(iter(self.failed_requests))]

    def show(self, person: Person, seen: Seen) -> None:
        """Put a line into a chat and tell the phone page."""
        person.show(seen)
        self.listeners.tell("message", person.openid)

    async def verify_callback(self) -> bool:
        """Check the callback URL as the console does when its form is saved."""
        return await self._courier.verify()

    async def push(self, openid: str, fields: Mapping[str, XmlValue]) -> PushResult:
        """Deliver one push (own fields; the common ones are added) and show what came back."""
        common: dict[str, XmlValue] = {
            "ToUserName": self.account.account_id,
            "FromUserName": openid,
            "CreateTime": int(self.now().timestamp()),
        }
        return await asyncio.shield(self.run(self._push(openid, {**common, **fields})))

    async def redeliver(self, earlier: PushResult) -> PushResult:
        """Send an earlier push once more, byte for byte, as the platform does when an answer got lost."""
        fields = dict(earlier.fields or {})
        return await asyncio.shield(self.run(self._push(str(fields["FromUserName"]), fields, earlier.body)))

    def run(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start background work that `settled` waits for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _push(self, openid: str, fields: Mapping[str, XmlValue], body: bytes = b"") -> PushResult:
        delivery = await (self._courier.again(openid, body) if body else self._courier.deliver(openid, fields))
        result = self._understood(openid, fields, delivery)
        name = str(fields.get("Event") or fields.get("MsgType", ""))
        note = result.problem or (f"reply {result.reply['kind']}" if result.reply else "")
        if delivery.attempts > 1:
            note = f"{note} ({delivery.attempts} tries)".strip()
        self.traffic.add(
            self.now(),
            "push",
            name,
            openid=openid,
            status=delivery.status,
            elapsed_ms=round(delivery.elapsed * 1000, 2),
            note=note,
        )
        self.listeners.tell("traffic")
        person = self.people.get(openid)
        if person is not None and self._awaited(fields):
            if result.reply is not None:
                for seen in shown(result.reply, self.now()):
                    self.show(person, seen)
            elif not result.ok:
                self.show(person, Seen(at=self.now(), direction="system", kind="service_unavailable", text=UNAVAILABLE))
        return result

    def _understood(self, openid: str, fields: Mapping[str, XmlValue], delivery: Delivery) -> PushResult:
        result = PushResult(
            status=delivery.status,
            attempts=delivery.attempts,
            ok=not delivery.problem,
            elapsed=delivery.elapsed,
            problem=delivery.problem,
            fields=fields,
            body=delivery.body,
            answer=delivery.answer,
        )
        if delivery.problem or not self._awaited(fields):
            return result
        expected = Expected(
            openid, str(fields.get("MsgType", "")), lambda media_id: self.media.has(media_id, self.now())
        )
        try:
            return replace(result, reply=decode(delivery.answer, self.account, expected))
        except ReplyError as error:
            return replace(result, ok=False, problem=str(error))

    @staticmethod
    def _awaited(fields: Mapping[str, XmlValue]) -> bool:
        return fields.get("MsgType") != "event" or str(fields.get("Event", "")).lower() in ANSWERED_EVENTS
