"""A small clinic around a handler: real wording, real clinic file, real routes; services that note what is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from cattrs import Converter

from config.content import load_content
from handlers import ROUTERS
from wxbot.clinic.models import Clinic
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog, choose
from wxbot.dispatch.router import first_match
from wxbot.history.models import ContactId, PatientId
from wxbot.installation import common_variables
from wxbot.patients.birthday_words import check_birthday
from wxbot.patients.consents import resumed, stopped
from wxbot.patients.models import Birthday, Contact, Patient
from wxbot.patients.names import clean_name
from wxbot.services import Services
from wxbot.templates.models import Template
from wxbot.templates.service import Templates
from wxbot.understanding.reader import Reader
from wxbot.understanding.words import WordList, WordLists

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)  # 10:30 in the clinic
CONTENT = load_content()


def _shipped() -> tuple[Clinic, Templates]:
    converter = Converter()
    for kind in (date, time, ZoneInfo):
        converter.register_structure_hook(kind, lambda value, _: value)
    clinic = converter.structure({**CONTENT.clinic.model_dump(), "timezone": ZoneInfo("Asia/Shanghai")}, Clinic)
    templates = [converter.structure(template.model_dump(), Template) for template in CONTENT.templates]
    return clinic, Templates(templates, common_variables(clinic))


CLINIC, TEMPLATES = _shipped()
WORDS = WordLists(tuple(WordList(**each.model_dump()) for each in CONTENT.words.lists))


@dataclass
class FakePatients:
    """Remembers people and what was asked of it."""

    contact: Contact
    patient: Patient
    asked: list[tuple[str, Any]] = field(default_factory=list)
    arrives: bool = True

    async def follow(
        self, openid: str, now: datetime, scene: str | None = None, *, wording: str = ""
    ) -> tuple[Contact, bool]:
        self.asked.append(("follow", (openid, scene, wording)))
        if self.arrives:
            self.contact = replace(self.contact, following=True, followed_at=now)
        return self.contact, self.arrives

    async def unfollow(self, contact: Contact, now: datetime) -> Contact:
        self.asked.append(("unfollow", now))
        return replace(contact, following=False)

    async def stop_messages(self, contact: Contact, now: datetime, source: str, *, wording: str) -> Contact:
        self.asked.append(("stop", (source, wording)))
        self.contact = replace(contact, consents=stopped(contact.consents, now, source, wording))
        return self.contact

    async def resume_messages(self, contact: Contact, now: datetime, source: str, *, wording: str) -> Contact:
        self.asked.append(("resume", (source, wording)))
        self.contact = replace(contact, consents=resumed(contact.consents, now, source, wording))
        return self.contact

    async def self_patient(self, contact: Contact, now: datetime) -> Patient:
        del contact, now
        return self.patient

    async def set_name(self, patient_id: PatientId, name: str, now: datetime, by: str) -> Patient:
        self.asked.append(("name", (patient_id, by)))
        del now
        self.patient = replace(self.patient, name=clean_name(name))
        return self.patient

    async def set_birthday(self, patient_id: PatientId, birthday: Birthday, now: datetime, by: str) -> Patient:
        check_birthday(birthday, now.date())
        self.asked.append(("birthday", (patient_id, by)))
        self.patient = replace(self.patient, birthday=birthday)
        return self.patient


@dataclass
class FakeFollowUps:
    """Keeps what was opened."""

    opened: list[Mapping[str, Any]] = field(default_factory=list)

    async def open(self, **facts: Any) -> None:
        self.opened.append(facts)


@dataclass
class FakeOutbox:
    """Keeps receipts and answers."""

    noted: list[tuple[Any, ...]] = field(default_factory=list)
    cared_at: datetime | None = None  # when a care message last left

    @property
    def rights(self) -> "FakeOutbox":
        return self

    async def cared_for(self, contact_id: ContactId) -> datetime | None:  # noqa: ARG002 - the room's signature
        return self.cared_at

    async def settle(self, **receipt: Any) -> bool:
        self.noted.append(("settle", receipt))
        return True

    async def note_notice_answers(
        self, contact_id: ContactId, answers: Sequence[tuple[str, bool]], now: datetime
    ) -> None:
        self.noted.append(("answers", contact_id, list(answers), now))


@dataclass
class FakeScenes:
    """Keeps what was counted."""

    counted: list[tuple[Any, ...]] = field(default_factory=list)

    async def scanned(self, scene: str, push: str, *, now: datetime, newcomer: str | None = None) -> bool:
        del now
        self.counted.append((scene, push, newcomer))
        return True


@dataclass
class FakeAccount:
    """The Official Account's room, as far as handlers enter it."""

    scenes: FakeScenes = field(default_factory=FakeScenes)


@dataclass
class FakeQuestions:
    """Keeps what nobody could answer."""

    unknown: list[str] = field(default_factory=list)

    async def note_unknown(self, text: str, contact_id: ContactId, now: datetime) -> bool:
        del contact_id, now
        self.unknown.append(text)
        return True


@dataclass
class FakeServices:
    """The rooms these handlers enter."""

    patients: FakePatients
    account: FakeAccount = field(default_factory=FakeAccount)
    followups: FakeFollowUps = field(default_factory=FakeFollowUps)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    questions: FakeQuestions = field(default_factory=FakeQuestions)
    templates: Templates = TEMPLATES
    reader: Reader = field(
        default_factory=lambda: Reader(clinic=lambda: CLINIC, words=lambda: WORDS, questions=lambda: ())
    )
    clinic: Clinic = CLINIC


@dataclass
class Chat:
    """One patient's conversation, routed as in the app; the dialog is kept between messages."""

    services: FakeServices
    now: datetime = NOW
    dialog: Dialog | None = None
    count: int = 0
    reply: Reply | None = None
    router: str = ""

    async def send(self, update: Callable[..., u.Update], **details: Any) -> str | None:
        """Let an update in; the text of the answer, None for silence."""
        self.count += 1
        common = {"key": f"k{self.count}", "openid": "oPatient001", "account": "gh_clinic", "created_at": self.now}
        message = update(**common, **details)
        choice = None
        if self.dialog is not None and isinstance(message, u.TextMessage):
            choice = choose(self.dialog.options, message.text, message.menu_id)
        context = Context(
            update=message,
            contact=self.services.patients.contact,
            services=cast("Services", self.services),
            now=self.now,
            dialog=self.dialog,
            choice=choice,
        )
        found = first_match(ROUTERS, context)
        assert found is not None
        self.router = found[0].name
        self.reply = await found[1].handler(context)
        if self.reply is None:
            return None
        self.dialog = self.reply.dialog
        return TEMPLATES.render(self.reply.template, self.reply.variables, self.reply.options).text

    async def say(self, text: str, menu_id: str | None = None) -> str | None:
        """The patient writes, or taps an entry."""
        return await self.send(u.TextMessage, text=text, menu_id=menu_id)

    async def tap(self, key: str) -> str | None:
        """The patient taps the account's menu."""
        return await self.send(u.MenuClicked, name="CLICK", menu_key=key)

    @property
    def template(self) -> str:
        """The key of the latest answer."""
        return self.reply.template if self.reply is not None else ""


@pytest.fixture
def chat() -> Chat:
    contact = Contact(
        id=ContactId("c1"), openid="oPatient001", alias="访客·蓝鲸07", created_at=NOW, following=True, followed_at=NOW
    )
    patient = Patient(id=PatientId("p1"), name=None, created_at=NOW, contact_id=contact.id)
    return Chat(services=FakeServices(patients=FakePatients(contact=contact, patient=patient)))
