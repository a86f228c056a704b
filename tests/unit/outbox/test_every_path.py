"""Whatever sends to a patient goes through the outbox's gate, and nothing leaves against the table of holds and topics.

The ways are read from the source: every place that makes a message of the outbox is a way, with the facts that it
sets; what it works out can be anything. A new way is among them without anybody's doing.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.content import load_content
from tests.unit.outbox.test_hold_effects import TABLE
from wxbot.clinic.models import SendingRules
from wxbot.errors import NotFoundError
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.contact_history import ContactHistory, SentMessage
from wxbot.outbox.models import Message, MessageId, Rights
from wxbot.outbox.preparation import Facts, Preparation, Ready
from wxbot.patients.models import Consent, ConsentTopic, Contact, Hold, HoldKind, Mark, Patient, Relation
from wxbot.templates.models import Rendered

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [path for part in ("wxbot", "handlers", "jobs") for path in sorted((ROOT / part).rglob("*.py"))]
NOT_PATIENTS = ("wxbot/simulator/", "wxbot/demo/")  # they stand in for WeChat and for people
ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZONE).astimezone(UTC)
DAY = timedelta(days=1)
YES, NO = True, False
FLAGS = ("answer", "greeting", "survey", "optional", "unsolicited", "photo")


# -- the ways, as the source has them --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """A place that makes messages. `sets` are the facts it sets to something known, `open` those it works out."""

    place: str
    sets: Mapping[str, Any]
    open: frozenset[str]

    def __str__(self) -> str:
        """For the test's name."""
        return self.place


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def place_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def makes_message(call: ast.Call) -> bool:
    """`outbox.message(…)`, `Message(…)`: told from others by the purpose that only such a message has."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return name in {"message", "Message"} and any(each.arg == "purpose" for each in call.keywords)


def ways() -> Iterator[Way]:
    for path in SOURCES:
        if place_of(path) == "wxbot/outbox/service.py":
            continue  # where `message` is defined
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not makes_message(node):
                continue
            sets: dict[str, Any] = {}
            worked_out: set[str] = set()
            for keyword in node.keywords:
                match keyword.arg, keyword.value:
                    case "purpose", ast.Attribute(attr=name) if name in Purpose.__members__:
                        sets["purpose"] = Purpose[name]
                    case str(arg), ast.Constant(value=value) if arg in FLAGS or arg == "to_staff":
                        sets[arg] = value
                    case str(arg), _ if arg in {*FLAGS, "purpose", "author", "patient_id", "to_staff"}:
                        worked_out.add(arg)
            yield Way(f"{place_of(path)}:{node.lineno}", sets, frozenset(worked_out))


EVERY_WAY = tuple(ways())
PLACES = {way.place.partition(":")[0] for way in EVERY_WAY}
WAYS = {(tuple(sorted(way.sets.items())), way.open): way for way in EVERY_WAY}.values()  # those alike once


def test_the_ways_are_found() -> None:
    known = {
        "wxbot/care/messages.py",  # steps of care plans, reminders among them
        "wxbot/broadcasts/messages.py",
        "wxbot/conversations/replies/sending.py",  # a colleague's words
        "wxbot/conversations/replies/other_ways.py",
        "wxbot/conversations/escalation/silent_patients.py",
        "wxbot/surveys/asking.py",
        "wxbot/dispatch/answers.py",
        "wxbot/visits/visit_messages.py",  # while waiting, the farewell
        "wxbot/waitlist/messages.py",
        "wxbot/dangers/alerts.py",
        "wxbot/outbox/test_sends.py",
    }
    assert known <= PLACES
    assert all("purpose" in {*way.sets, *way.open} for way in EVERY_WAY)


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Every call as `a.b.c`, with its line."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def callers(*ends: str) -> set[str]:
    return {place_of(path) for path in SOURCES for name, _ in calls(path) if name.endswith(ends)}


def test_nobody_but_the_sender_sends_by_the_platform_and_nobody_but_the_outbox_calls_the_sender() -> None:
    outgoing = (".messages.send", ".notices.send", ".templates.send")
    assert {each for each in callers(*outgoing) if not each.startswith(NOT_PATIENTS)} == {"wxbot/wechat/sender.py"}
    assert callers("_sender.send", "sender.send") == {"wxbot/outbox/attempt.py"}
    paths = {"/cgi-bin/message/custom/send", "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"}
    named = {
        place_of(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in paths
    }
    assert {each for each in named if not each.startswith(NOT_PATIENTS)} <= {
        "wxbot/account/health.py",  # asks how much of their quota is left
        "wxbot/wechat/api/messages.py",
        "wxbot/wechat/api/notices.py",
        "wxbot/wechat/api/templates.py",
    }
    assert not callers("mass.send", "mass.sendall", "mass.preview")


def test_what_is_kept_to_be_sent_comes_from_a_way_and_is_judged_before_every_attempt() -> None:
    enqueuing = {each for each in callers("outbox.enqueue") if not each.startswith(NOT_PATIENTS)}
    hands_on = {  # what messages.py beside them made
        "wxbot/broadcasts/runner.py",
        "wxbot/care/service.py",
        "wxbot/waitlist/telling.py",
    }
    assert enqueuing <= PLACES | hands_on
    assert callers("_attempts.carry") == {"wxbot/outbox/delivery.py"}
    assert callers("_preparation.prepare") == {"wxbot/outbox/delivery.py"}


def test_no_wording_of_a_passive_answer_is_an_offer() -> None:
    """What leaves with the answer to a push passes by no outbox: only words of service may."""
    texts = {
        node.value
        for path in SOURCES
        if place_of(path).startswith(("handlers/", "wxbot/dispatch/"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    answers = [each for each in load_content().templates if each.key in texts]
    assert len(answers) > 50
    assert [each.key for each in answers if each.purpose == "marketing"] == []


# -- whoever it may be for -------------------------------------------------------------------------------------------


MOMENTS = st.integers(0, 100).map(lambda days: NOON - days * DAY)
HOLDS = st.builds(
    Hold,
    id=st.just("h1"),
    kind=st.sampled_from(HoldKind),
    reason=st.just("测试"),
    since=MOMENTS,
    by=st.just("staff:1"),
    until=st.none() | st.sampled_from([NOON - DAY, NOON + timedelta(hours=5), NOON + 9 * DAY]),
    lifted_at=st.none() | st.just(NOON - DAY),
)
TOPICS = st.lists(st.sampled_from([each for each in ConsentTopic if each is not ConsentTopic.HEALTH]), max_size=2)
NARROWED = st.builds(
    lambda hold, topics: (
        replace(hold, topics=tuple(dict.fromkeys(topics))) if hold.kind is HoldKind.OPTED_OUT else hold
    ),
    HOLDS,
    TOPICS,
)


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """The usual seven times of eight: where everything is drawn evenly, something else always stands in the way."""
    return st.sampled_from([usual] * 7 * len(others) + list(others))


def word(topic: ConsentTopic) -> st.SearchStrategy[Consent | None]:
    said = [Consent(topic=topic, granted=yes, at=NOON - 50 * DAY, source="page", wording="w") for yes in (True, False)]
    return mostly(said[0], said[1], None)


def patients(patient_id: str) -> st.SearchStrategy[Patient]:
    return st.builds(
        Patient,
        id=st.just(PatientId(patient_id)),
        name=st.just("小安"),
        created_at=st.just(NOON - 200 * DAY),
        contact_id=st.just(ContactId("c1")),
        relation=st.just(Relation.SELF if patient_id == "self" else Relation.CHILD),
        holds=st.lists(NARROWED, max_size=1).map(tuple),
        recovered=st.none() | st.builds(Mark, reason=st.just("好了"), by=st.just("staff:1"), at=MOMENTS),
        offers_declined_at=mostly(None, NOON - DAY, NOON - 91 * DAY),
    )


CONSENTS = st.tuples(*(word(topic) for topic in ConsentTopic)).map(
    lambda words: tuple(each for each in words if each is not None)
)
CONTACTS = st.builds(
    Contact,
    id=st.just(ContactId("c1")),
    openid=mostly("o1", None),
    alias=st.just("访客"),
    created_at=st.just(NOON - 200 * DAY),
    following=mostly(YES, NO),
    refuses_messages=mostly(NO, YES),
    consents=CONSENTS,
)
CARED = [SentMessage(purpose=Purpose.CARE, at=NOON - days * DAY) for days in range(2, 16)]  # one each day
SENT = st.builds(
    lambda care, others: (*care, *others),
    mostly(CARED, [], CARED[:1], CARED[:2], CARED[9:]),
    st.lists(
        st.builds(
            SentMessage,
            purpose=st.sampled_from([Purpose.REMINDER, Purpose.MARKETING]),
            at=st.sampled_from([NOON - 3 * DAY, NOON - 31 * DAY, NOON - 60 * DAY]),
            greeting=st.booleans(),
        ),
        max_size=2,
    ),
)
HOURS = mostly(NOON, *(NOON + timedelta(hours=hours) for hours in (-6, -4, -3, 8, 9, 10, 12)))


class Wordings:
    """One wording per purpose, always complete."""

    def get(self, key: str) -> Any:
        if key not in Purpose.__members__:
            raise NotFoundError(key)
        return SimpleNamespace(purpose=Purpose[key])

    def render(self, key: str, *_: object) -> Rendered:
        return Rendered(key=key, version=1, text="您好")


GATE = Preparation(
    store=SimpleNamespace(rights=None, reading=None),  # type: ignore[arg-type]
    patients=None,  # type: ignore[arg-type]
    templates=Wordings(),  # type: ignore[arg-type]
    clinics=SimpleNamespace(current=SimpleNamespace(timezone=ZONE, sending=SendingRules())),
)


def made(way: Way, draw: st.DataObject) -> Message:
    """A message as that way could make it."""

    def fact(name: str, otherwise: Any, could_be: st.SearchStrategy[Any]) -> Any:
        return draw.draw(could_be, name) if name in way.open else way.sets.get(name, otherwise)

    purpose = fact("purpose", None, st.sampled_from(Purpose))
    wording = draw.draw(mostly(purpose.name, Purpose.MARKETING.name, "forgotten"), "wording")
    created = draw.draw(st.sampled_from([NOON - DAY, NOON - 3 * DAY]), "created")
    return Message(
        id=MessageId("m1"),
        key="k",
        contact_id=ContactId("c1"),
        patient_id=fact("patient_id", None, st.sampled_from([None, PatientId("self"), PatientId("child")])),
        purpose=purpose,
        template=wording,
        variables={},
        created_at=created,
        due_at=created,
        expires_at=draw.draw(mostly(NOON + 3 * DAY, NOON + timedelta(hours=2), NOON - DAY), "expires"),
        to_staff=fact("to_staff", NO, st.booleans()),
        author="staff:1" if "author" in way.open else "",
        **{flag: fact(flag, NO, st.booleans()) for flag in FLAGS},
    )


def column(it: Message) -> int:
    """Which column of the hand-written table a message belongs to, said once more in the test's own words."""
    if it.purpose is Purpose.MARKETING:
        return 6
    if it.survey:
        return 5
    if it.greeting:
        return 4
    if it.purpose is Purpose.CARE:
        return 3
    if it.purpose is Purpose.REMINDER:
        return 2
    return 0 if it.author or (it.answer and it.patient_id is None) else 1


COLUMN_TOPICS = {
    2: ConsentTopic.REMINDER,
    3: ConsentTopic.CARE,
    4: ConsentTopic.FESTIVAL,
    5: ConsentTopic.SURVEY,
    6: ConsentTopic.MARKETING,
}


def breaches(it: Message, contact: Contact, people: dict[str, Patient], history: ContactHistory, now: datetime) -> str:  # noqa: PLR0911
    """What stands against a message that leaves now; empty when nothing does. Knows nothing of the policy's code."""
    if contact.openid is None or not contact.following or contact.refuses_messages or now >= it.expires_at:
        return "out of reach or out of time"
    if it.to_staff:
        return ""
    asked = column(it)
    spoken = {each.topic: each.granted for each in contact.consents}
    topic = COLUMN_TOPICS.get(asked)
    if topic is not None and spoken.get(topic) is False:
        return "a topic that was stopped"
    if asked in {3, 6} and not spoken.get(COLUMN_TOPICS[asked]):
        return "no consent"
    concerned = [people[it.patient_id]] if it.patient_id is not None else [people["self"]]
    if asked == 6:
        concerned = list(people.values())
    for hold in (hold for each in concerned for hold in each.holds):
        if hold.lifted_at is not None or (hold.until is not None and hold.until <= now):
            continue
        if (topic in hold.topics) if hold.topics else TABLE[hold.kind][asked] == "x":
            return f"a hold: {hold.kind.value}"
    local = now.astimezone(ZONE).time()
    unasked = asked == 6 or not (it.answer or it.author)
    if unasked and (local >= time(21) or local < time(8, 30)):
        return "the night"
    return _offered_too_much(people, history, now) if asked == 6 else ""


def _offered_too_much(people: dict[str, Patient], history: ContactHistory, now: datetime) -> str:
    treated = history.treated
    for each in people.values():
        lately = each.id in treated and treated[each.id] > now - 30 * DAY
        if lately and (each.recovered is None or each.recovered.at < treated[each.id]):
            return "before recovery (A1-31)"
        if each.offers_declined_at is not None and each.offers_declined_at > now - 90 * DAY:
            return "after a no (A4-20)"
    window = [each for each in history.sent if now - 90 * DAY <= each.at <= now]
    care = [each.at for each in window if each.purpose is Purpose.CARE and not each.greeting]
    offers = [each.at for each in window if each.purpose is Purpose.MARKETING]
    since = max((at for at in treated.values() if at <= now), default=now - 90 * DAY)
    if not any(at >= since for at in care):
        return "no care since the last treatment (A1-29)"
    if any(at > now - 30 * DAY for at in offers):
        return "a second offer within a month"
    if offers and sum(1 for at in care if at > max(offers)) < 3:
        return "fewer than three care contacts since the last offer (A1-39)"
    return ""


@pytest.mark.parametrize("way", WAYS, ids=str)
@settings(max_examples=100)
@given(draw=st.data())
def test_nothing_leaves_by_any_way_against_holds_topics_consent_or_the_rules_of_offers(
    way: Way, draw: st.DataObject
) -> None:
    message = GATE.permitted(made(way, draw))
    contact = draw.draw(CONTACTS, "contact")
    people = {each: draw.draw(patients(each), each) for each in ("self", "child")}
    treated = {
        PatientId(each): draw.draw(MOMENTS, f"{each} treated")
        for each in people
        if draw.draw(mostly(NO, YES), f"was {each} treated")
    }
    history = ContactHistory(patients=tuple(people.values()), treated=treated, sent=draw.draw(SENT, "sent"))
    now = draw.draw(HOURS, "now")
    facts = Facts(
        contacts={contact.id: contact},
        patients={each.id: each for each in people.values()},
        selves={contact.id: [people["self"]]},
        rights={contact.id: Rights(contact_id=contact.id)},
        verdicts={},
        histories={contact.id: history},
    )
    result = GATE.judge(message, facts, now)
    if isinstance(result, Ready):
        assert breaches(message, contact, people, history, now) == ""
        assert message.template != Purpose.MARKETING.name or message.purpose is Purpose.MARKETING


def test_the_look_would_see_a_breach() -> None:
    """The oracle itself: each rule broken once is named, and a message against which nothing stands is not."""
    yes = tuple(Consent(topic=each, granted=True, at=NOON, source="page", wording="w") for each in ConsentTopic)
    contact = Contact(id=ContactId("c1"), openid="o1", alias="访客", created_at=NOON, following=True, consents=yes)
    well = Patient(id=PatientId("self"), name="小安", created_at=NOON)
    care = SentMessage(purpose=Purpose.CARE, at=NOON - 2 * DAY)
    offer = replace(care, purpose=Purpose.MARKETING, at=NOON - 40 * DAY)
    it = Message(
        id=MessageId("m1"),
        key="k",
        contact_id=contact.id,
        patient_id=PatientId("self"),
        purpose=Purpose.MARKETING,
        template="t",
        variables={},
        created_at=NOON,
        due_at=NOON,
        expires_at=NOON + DAY,
    )

    def seen(  # what differs from a message against which nothing stands
        patient: Patient = well, *sent: SentMessage, who: Contact = contact, treated: datetime | None = None
    ) -> str:
        history = ContactHistory(sent=sent or (care,), treated={} if treated is None else {patient.id: treated})
        return breaches(it, who, {"self": patient}, history, NOON)

    dead = Hold(id="h", kind=HoldKind.DECEASED, reason="r", since=NOON, by="staff:1")
    assert seen() == ""
    assert seen(replace(well, holds=(dead,))) == "a hold: deceased"
    assert seen(who=replace(contact, following=False)) == "out of reach or out of time"
    assert seen(who=replace(contact, consents=())) == "no consent"
    assert seen(treated=NOON - 9 * DAY).startswith("before recovery")
    assert seen(well, replace(care, greeting=True)).startswith("no care")
    assert seen(well, care, replace(offer, at=NOON - DAY)) == "a second offer within a month"
    assert seen(well, care, offer).startswith("fewer than three")
    assert (
        breaches(it, contact, {"self": well}, ContactHistory(sent=(care,)), NOON + timedelta(hours=10)) == "the night"
    )
