"""Our ledger of rights and the platform's own agree, whatever happens."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import CARE_CARD, VISIT_CARD, Post
from wxbot.database import Database
from wxbot.history.models import ContactId
from wxbot.outbox.ledger import Action
from wxbot.outbox.stores.rights import RightsStore
from wxbot.simulator.people import Person
from wxbot.simulator.rights import FOLLOW, MESSAGE, SCAN, TAP, Budget


@pytest.fixture
def post(clinic: Clinic) -> Post:
    return Post(clinic)


BUDGETS: dict[Action, Budget] = {
    Action.MESSAGE: MESSAGE,
    Action.MENU_TAP: TAP,
    Action.FOLLOW: FOLLOW,
    Action.SCAN: SCAN,
}
PAUSES = (0, 1, 5, 20, 59, 61, 300, 3600, 12 * 3600, 47 * 3600, 49 * 3600)  # seconds
PEOPLE = 25
ROUNDS = 400  # with the people above: 10,000 steps


async def step(store: RightsStore, person: Person, what: str, dice: int, now: datetime) -> None:
    """The same thing for the ledger and for the platform; both must decide alike."""
    contact_id = ContactId(person.openid)
    if what in BUDGETS:
        action = Action(what)
        person.rights.open(BUDGETS[action], now)
        await store.note(contact_id, action, now)
    elif what == "send":
        allowed = person.rights.refusal(now) is None
        if allowed:
            person.rights.spend()
        assert await store.spend_customer(contact_id, f"{dice}", now) is allowed
    elif what == "accept":
        person.grants["NTC"] = person.grants.get("NTC", 0) + 1
        await store.grant(contact_id, "NTC", accepted=True)
    elif what == "switch off":
        person.grants.pop("NTC", None)
        await store.grant(contact_id, "NTC", accepted=False)
    elif what == "notify":
        allowed = person.grants.get("NTC", 0) > 0
        if allowed:
            person.grants["NTC"] -= 1
        assert await store.spend_grant(contact_id, "NTC", f"{dice}") is allowed


async def test_ledger_and_platform_agree_through_ten_thousand_random_steps(database: Database):
    dice = Random(20261123)
    store = RightsStore(database)
    people = [Person(openid=f"o{number}", name="") for number in range(PEOPLE)]
    steps = [*BUDGETS, *["send"] * 6, "accept", "accept", "switch off", *["notify"] * 3]
    now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    sent = 0
    for _ in range(ROUNDS):
        now += timedelta(seconds=dice.choice(PAUSES))
        chosen = [(person, str(dice.choice(steps)), dice.getrandbits(60)) for person in people]
        sent += sum(1 for person, what, _ in chosen if what == "send" and person.rights.refusal(now) is None)
        await asyncio.gather(*(step(store, person, what, number, now) for person, what, number in chosen))
        pages = await store.of([ContactId(person.openid) for person in people])
        for person in people:
            page = pages[ContactId(person.openid)]
            open_now = page.customer_until is not None and page.customer_until > now
            assert (page.customer_left if open_now else 0) == person.rights.remaining(now)
            assert page.grants.get("NTC", 0) == person.grants.get("NTC", 0)
    assert sent > ROUNDS  # the sequence was no silence


async def test_ledger_and_platform_agree_through_a_random_week_of_real_messages(post: Post):
    dice = Random(7)
    clinic, platform = post.clinic, post.clinic.platform
    openids = [await clinic.person(f"患者{number}") for number in range(3)]

    async def do(openid: str) -> None:
        person = platform.people[openid]
        if not person.following:
            await platform.follow(openid)
            return
        match dice.choice(("say", "tap", "scan", "accept", "off", "send", "send", "send", "visit", "leave")):
            case "say":
                await platform.say(openid, "你好")
            case "tap":
                await platform.say(openid, "诊所信息", menu_id="CLINIC_INFO")
            case "scan":
                await platform.scan(openid, "desk")
            case "accept":
                await platform.answer_notice(openid, ["NTC_CARE", "NTC_VISIT"])
            case "off":
                await platform.switch_off_notice(openid, "NTC_CARE")
            case "send":
                await post.send(openid, CARE_CARD)
            case "visit":
                await post.send(openid, VISIT_CARD)
            case "leave":
                await platform.unfollow(openid)

    for _ in range(80):
        await post.pass_by(timedelta(seconds=dice.choice((1, 5, 40, 90, 3600, 30 * 3600))))
        hour = clinic.now.astimezone(clinic.app.services.clinic.timezone).hour
        if not 9 <= hour < 20:
            await post.pass_by(timedelta(hours=12))
        openid = dice.choice(openids)
        await do(openid)
        for each in openids:
            left, _ = platform.rights(each)
            page = await post.rights(each)
            open_now = page.customer_until is not None and page.customer_until > clinic.now
            assert (page.customer_left if open_now else 0) == left
            granted = {name: number for name, number in platform.people[each].grants.items() if number}
            assert {name: number for name, number in page.grants.items() if number} == granted
    refused = {line.code for line in platform.traffic if line.direction == "api" and line.code}
    assert refused <= {42001}  # the platform's time was moved, so its tokens end early; nothing else was refused
    assert {row["state"] for row in await clinic.rows("outbox")} <= {"accepted", "delivered"}


async def test_a_push_that_is_handled_late_does_not_allow_again_what_has_left_since(post: Post):
    platform = post.clinic.platform
    openid = await post.talks()
    await post.pass_by(timedelta(minutes=1))
    await post.send(openid, CARE_CARD)  # after the patient wrote again, but before that push is handled
    late = timedelta(seconds=20)
    platform.clock.move(-late)  # the push says when it was
    await platform.say(openid, "你好")
    platform.clock.move(late)
    platform.people[openid].rights.left = 5 - 1  # as the platform counts: opened, then one message
    assert (await post.rights(openid)).customer_left == platform.rights(openid)[0]
