"""What the channel tests share: handing messages in, and looking where they went."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from tests.scenarios.conftest import Clinic
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, Rights
from wxbot.patients.models import Contact
from wxbot.simulator.people import Seen

CUSTOMER = "/cgi-bin/message/custom/send"
NOTICE = "/cgi-bin/message/subscribe/bizsend"
TEMPLATE = "/cgi-bin/message/template/send"
TOKEN = "/cgi-bin/stable_token"

CARE_CARD = "care.month_1"  # travels on TPL_CARE and NTC_CARE
VISIT_CARD = "care.appointment_tomorrow"  # travels on TPL_APPOINTMENT and NTC_VISIT
NO_CARD = "fallback.greeting"
WISH = "birthday.wish"  # has a notice, never a template card
FACTS = {
    "name": "小林",
    "patient": "小林",
    "time_field": "2026年11月24日 14:30",
    "date": "11月24日",
    "time": "14:30",
    "practitioner": "陈晓晴",
    "title": "主治医师",
}
PAST_THE_WINDOW = timedelta(hours=48, minutes=1)


@dataclass
class Post:
    """Hands messages in and looks where they went."""

    clinic: Clinic

    def __post_init__(self) -> None:
        self._numbers = count(1)

    async def contact(self, openid: str) -> Contact:
        found = await self.clinic.app.services.patients.contact_by_openid(openid)
        assert found is not None
        return found

    async def hand_in(self, openid: str, template: str = CARE_CARD, **more: Any) -> str:
        """Enqueue one message; its key."""
        contact = await self.contact(openid)
        key, now = f"test:{next(self._numbers)}", self.clinic.now
        facts: dict[str, Any] = {"purpose": Purpose.REMINDER, "expires_at": now + timedelta(days=3), **more}
        outbox = self.clinic.app.services.outbox
        message = outbox.message(key=key, contact_id=contact.id, template=template, variables=FACTS, now=now, **facts)
        assert await outbox.enqueue([message]) == 1
        return key

    async def deliver(self) -> None:
        """Send what is due, and let the receipts come."""
        await self.clinic.app.runner.run_now("deliver_outbox")
        await self.clinic.platform.settled()

    async def send(self, openid: str, template: str = CARE_CARD, **more: Any) -> Message:
        """Hand in, deliver, and look."""
        key = await self.hand_in(openid, template, **more)
        await self.deliver()
        return await self.found(key)

    async def found(self, key: str) -> Message:
        message = await self.clinic.app.services.outbox.find(key)
        assert message is not None
        return message

    async def pass_by(self, by: timedelta) -> None:
        """Time passes for everybody; no job runs on its own."""
        self.clinic.platform.clock.move(by)
        self.clinic.app.clock.move(by)

    async def talks(self, name: str = "小林") -> str:
        """Somebody whose 48 hours have just begun."""
        openid = await self.clinic.person(name)
        await self.clinic.say(openid, "你好")
        return openid

    async def quiet(self, name: str = "小林") -> str:
        """A follower with no window open."""
        openid = await self.clinic.person(name)
        person = self.clinic.platform.people[openid]
        person.rights.close()
        rights = self.clinic.app.database.collection("rights")
        await rights.delete_one({"_id": (await self.contact(openid)).id})
        return openid

    async def rights(self, openid: str) -> Rights:
        return await self.clinic.app.services.outbox.rights.of((await self.contact(openid)).id)

    async def tasks(self, kind: str) -> list[dict[str, Any]]:
        return await self.clinic.rows("followups", {"kind": kind})

    def calls(self, path: str) -> int:
        return sum(1 for line in self.clinic.platform.traffic if line.name == path)


def vias(seen: list[Seen]) -> list[str | None]:
    return [each.via for each in seen]
