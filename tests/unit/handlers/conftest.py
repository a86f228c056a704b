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
from tests.nobody_waits import NobodyWaits
from wxbot.booking.models import Appointment, AppointmentId, Day, Slot
from wxbot.care.answers import Asked
from wxbot.care.questions import is_danger, tapped
from wxbot.care.records import CareAnswer
from wxbot.clinic.models import Clinic
from wxbot.conversations.models import Episode, EpisodeId
from wxbot.conversations.rules import DeskRules
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply, met
from wxbot.dispatch.dialogs import WAITING, Dialog, after_reply
from wxbot.dispatch.router import first_match
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind, PatientWords
from wxbot.history.models import ContactId, Interaction, PatientId
from wxbot.installation import common_variables
from wxbot.outbox.models import Message, State
from wxbot.patients.birthday_words import check_birthday
from wxbot.patients.consents import kept_on, resumed, stopped, withheld
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

    async def withhold_marketing(self, contact: Contact, now: datetime, source: str, *, wording: str) -> Contact:
        self.asked.append(("withhold", (source, wording)))
        self.contact = replace(contact, consents=withheld(contact.consents, now, source, wording))
        return self.contact

    async def keep_messages(self, contact: Contact, now: datetime, source: str, *, wording: str) -> Contact:
        self.asked.append(("keep", (source, wording)))
        self.contact = replace(contact, consents=kept_on(contact.consents, now, source, wording))
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
    """Keeps what was opened, and the words that were added."""

    opened: list[Mapping[str, Any]] = field(default_factory=list)
    tasks: dict[str, FollowUp] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    async def open(self, **facts: Any) -> FollowUp:
        self.opened.append(facts)
        topic = facts.get("topic", "")
        kept = next((each for each in self.tasks.values() if topic and each.topic == topic), None)
        if kept is None or kept.id in self.closed:
            told = {name: value for name, value in facts.items() if name != "now"}
            kept = FollowUp(id=FollowUpId(f"t{len(self.opened)}"), opened_at=facts["now"], **told)
        else:
            kept = replace(kept, words=(*kept.words, *facts.get("words", ())), count=kept.count + 1)
        self.tasks[kept.id] = kept
        return kept

    async def open_of(self, _patients: object, _contacts: object) -> list[FollowUp]:
        return [each for each in self.tasks.values() if each.id not in self.closed]

    async def add_words(self, followup_id: FollowUpId, *words: PatientWords) -> FollowUp | None:
        kept = self.tasks.get(followup_id)
        if kept is None or followup_id in self.closed:
            return None
        self.tasks[followup_id] = replace(kept, words=(*kept.words, *words))
        return self.tasks[followup_id]

    async def is_open(self, followup_id: FollowUpId) -> bool:
        return followup_id in self.tasks and followup_id not in self.closed

    async def withdraw(self, followup_id: FollowUpId, now: datetime) -> bool:
        del now
        self.closed.add(followup_id)
        return True


@dataclass
class FakeOutbox:
    """Keeps receipts and answers."""

    noted: list[tuple[Any, ...]] = field(default_factory=list)
    cared_at: datetime | None = None  # when a care message last left
    messages: list[Message] = field(default_factory=list)

    @property
    def rights(self) -> "FakeOutbox":
        return self

    async def cared_for(self, contact_id: ContactId) -> datetime | None:  # noqa: ARG002 - the room's signature
        return self.cared_at

    async def of_contacts(self, contact_ids: Sequence[ContactId], states: Sequence[State], limit: int) -> list[Message]:
        del contact_ids
        return [each for each in self.messages if each.state in states][:limit]

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

    async def is_arrival(self, scene: str) -> bool:
        return scene == "arrival"


@dataclass
class FakeAccount:
    """The Official Account's room, as far as handlers enter it."""

    scenes: FakeScenes = field(default_factory=FakeScenes)


@dataclass
class FakeDesk:
    """The episode of the one contact, and what the desk was told."""

    episode: Episode | None = None
    opened: list[Mapping[str, Any]] = field(default_factory=list)

    async def open(self, **facts: Any) -> Episode:
        self.opened.append(facts)
        if self.episode is None:
            self.episode = Episode(
                id=EpisodeId(f"e{len(self.opened)}"),
                key=facts["key"],
                contact_id=facts["contact_id"],
                cause=facts["cause"],
                reason=facts["reason"],
                opened_at=facts["now"],
                opened_by=facts["by"].by,
                followup_id=facts["followup_id"],
                patient_at=facts["now"],
                latest_at=facts["now"],
            )
        self.episode = replace(self.episode, priority=min(self.episode.priority, facts["priority"]))
        return self.episode

    async def end_by_patient(self, contact_id: ContactId, *, line_ids: tuple[str, ...], now: datetime) -> bool:
        del contact_id, line_ids, now
        self.episode = None
        return True


@dataclass
class FakeChatDesk:
    """The chat desk's room."""

    desk: FakeDesk = field(default_factory=FakeDesk)
    rules: DeskRules = field(default_factory=DeskRules)


@dataclass
class FakeBooking:
    """The contact's appointments that are coming; every hour is taken."""

    standing: list[Appointment] = field(default_factory=list)
    confirmed: list[AppointmentId] = field(default_factory=list)

    async def upcoming(self, contact_id: ContactId, now: datetime) -> list[Appointment]:
        del contact_id
        return [each for each in self.standing if each.end > now]

    async def days(self, *_: Any, **__: Any) -> list[Day]:
        return []

    async def slots(self, *_: Any, **__: Any) -> list[Slot]:
        return []

    async def confirm(self, appointment_id: AppointmentId, **_: Any) -> Appointment:
        self.confirmed.append(appointment_id)
        return next(each for each in self.standing if each.id == appointment_id)


@dataclass
class FakeHistory:
    """The transcript."""

    lines: list[Interaction] = field(default_factory=list)

    async def timeline(self, contact_id: ContactId, *, limit: int) -> list[Interaction]:
        del contact_id
        return self.lines[:limit]


@dataclass
class FakeQuestions:
    """Keeps what nobody could answer."""

    unknown: list[str] = field(default_factory=list)

    async def note_unknown(self, text: str, contact_id: ContactId, now: datetime) -> bool:
        del contact_id, now
        self.unknown.append(text)
        return True


@dataclass
class FakeCareAnswers:
    """The question that was the last care message, and what was kept."""

    asked: Asked | None = None
    kept: list[CareAnswer] = field(default_factory=list)

    @property
    def choice_words(self) -> frozenset[str]:
        return frozenset(self.asked.question.choices) if self.asked is not None else frozenset()

    async def last_asked(self, contact_id: ContactId, since: datetime) -> Asked | None:
        del contact_id
        return self.asked if self.asked is not None and self.asked.sent_at >= since else None

    async def tapped(self, menu_id: str, contact_id: ContactId) -> tuple[Asked, str] | None:
        del contact_id
        named = tapped(menu_id)
        if self.asked is None or named is None or named[0] != self.asked.message.id:
            return None
        return self.asked, self.asked.question.choices[named[1]]

    async def note(self, asked: Asked, value: str, line_id: str, now: datetime) -> CareAnswer:
        answer = CareAnswer(
            id=asked.message.key,
            plan=asked.course.plan,
            step=asked.course.step,
            ref=asked.course.ref,
            enrolment=asked.course.enrolment,
            kind=asked.question.kind,
            value=value,
            at=now,
            line_id=line_id,
            contact_id=asked.message.contact_id,
            danger=is_danger(asked.question, value),
        )
        self.kept.append(answer)
        return answer


@dataclass
class FakeCare:
    """The care room, as far as handlers enter it."""

    answers: FakeCareAnswers = field(default_factory=FakeCareAnswers)


@dataclass
class FakeDangerSigns:
    """Opens what was reported."""

    followups: FakeFollowUps

    async def report_answer(
        self, contact: Contact, patient_id: PatientId | None, question: str, words: PatientWords, now: datetime
    ) -> FollowUp:
        del contact, patient_id
        return await self.followups.open(
            key=f"danger:{words.line_id}",
            kind=FollowUpKind.DANGER,
            reason=f"{question}：{words.text}",
            contact_id=ContactId("c1"),
            patient_id=None,
            due_at=now,
            now=now,
            urgent=True,
            words=(words,),
        )


@dataclass
class FakeServices:
    """The rooms these handlers enter."""

    patients: FakePatients
    account: FakeAccount = field(default_factory=FakeAccount)
    followups: FakeFollowUps = field(default_factory=FakeFollowUps)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    booking: FakeBooking = field(default_factory=FakeBooking)
    history: FakeHistory = field(default_factory=FakeHistory)
    questions: FakeQuestions = field(default_factory=FakeQuestions)
    chat: FakeChatDesk = field(default_factory=FakeChatDesk)
    care: FakeCare = field(default_factory=FakeCare)
    waitlist: NobodyWaits = field(default_factory=NobodyWaits)
    templates: Templates = TEMPLATES
    reader: Reader = field(
        default_factory=lambda: Reader(clinic=lambda: CLINIC, words=lambda: WORDS, questions=lambda: ())
    )
    clinic: Clinic = CLINIC

    @property
    def danger_signs(self) -> FakeDangerSigns:
        return FakeDangerSigns(self.followups)


@dataclass
class Chat:
    """One patient's conversation, routed as in the app; the dialog is kept between messages."""

    services: FakeServices
    now: datetime = NOW
    dialog: Dialog | None = None
    count: int = 0
    reply: Reply | None = None
    router: str = ""

    def context(self, text: str) -> Context:
        """What a handler receives with these words."""
        return self._context(u.TextMessage, text=text)

    def _context(self, update: Callable[..., u.Update], **details: Any) -> Context:
        self.count += 1
        common = {"key": f"k{self.count}", "openid": "oPatient001", "account": "gh_clinic", "created_at": self.now}
        context = Context(
            update=update(**common, **details),
            contact=self.services.patients.contact,
            services=cast("Services", self.services),
            now=self.now,
            episode=self.services.chat.desk.episode,
        )
        return met(context, self.dialog)

    async def send(self, update: Callable[..., u.Update], **details: Any) -> str | None:
        """Let an update in; the text of the answer, None for silence."""
        waiting = self.dialog
        if waiting is not None and waiting.task and self.services.chat.desk.episode is None:
            self.dialog = None if waiting.name == WAITING else replace(waiting, task="")
        context = self._context(update, **details)
        found = first_match(ROUTERS, context)
        assert found is not None
        self.router = found[0].name
        self.reply = await found[1].handler(context)
        if self.reply is None:
            return None
        self.dialog = after_reply(self.reply.dialog, self.dialog, person_needed=self.reply.needed)
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
