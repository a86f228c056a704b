"""What must be true when a day at the desk has come to rest."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from tests.desk_day.consoles import NOTE
from tests.desk_day.day import Day
from tests.processes.harness import Row, key_of_push
from wxbot.conversations.escalation.ladder import WECHAT
from wxbot.history.models import ContactId
from wxbot.outbox.stores.rights import RightsStore
from wxbot.simulator.people import Person

SAME_MOMENT = timedelta(seconds=2)  # the platform tells whole seconds, and a call takes a while on a busy machine

Span = tuple[datetime, datetime | None, Row]


async def faults(day: Day) -> list[str]:
    """Everything that went wrong, a sentence each; empty when nothing did."""
    return [
        *day.watch.faults(),
        *day.wrong,
        *await _unseen(day),
        *await _answers(day),
        *await _drafts(day),
        *await _rights(day),
        *await _told(day),
    ]


async def spans(day: Day) -> dict[str, list[Span]]:
    """Episodes by contact, from when to when."""
    found: dict[str, list[Span]] = defaultdict(list)
    for row in await day.world.rows("episodes"):
        found[row["contact_id"]].append((row["opened_at"], row["closed_at"], row))
    return found


async def _unseen(day: Day) -> list[str]:
    """Each line a patient wrote while an episode was open is counted in it, and stood on a colleague's screen.

    Of a close it is enough that its line was on a screen at all: the owner read the talk before it was ended.
    """
    found, by_contact = [], await spans(day)
    received = await day.world.rows("interactions", {"kind": "message:received"})
    lines = {row["_id"] for row in received}
    acknowledged = {key_of_push(push) for push in day.pushes if push.ok}
    found += [f"lost: {each} was acknowledged and is not in the transcript" for each in sorted(acknowledged - lines)]
    for line in received:
        if line["contact_id"] not in day.openids:
            continue
        for opened, closed, row in by_contact[line["contact_id"]]:
            known = line["_id"] in row["counted"] or any(line["_id"] in key for key in row["keys"])
            within = opened < line["at"] and (closed is None or line["at"] < closed)
            if within and not known:
                found.append(f"uncounted: {line['_id']} in {row['_id']}")
            if known and line["_id"] not in day.seen.lines:
                found.append(f"unseen: {line['_id']} ({line['text']}) of {row['_id']}, {row['ending']}")
    missing = set(day.openids) - set(by_contact)
    return found + [f"unseen: {contact} asked for a person and has no episode" for contact in sorted(missing)]


async def _answers(day: Day) -> list[str]:
    """What a colleague sent reached its patient once, or nobody, as the outbox says; notes and drafts nobody."""
    found, states = [], {}
    for row in await day.world.rows("outbox", {"author": {"$ne": ""}}):
        states[str(row["key"]).rpartition("/")[2].removeprefix("k")] = row["state"]
    on_phones: dict[str, Counter[str]] = defaultdict(Counter)
    for openid in day.world.platform.people:
        for seen in day.world.on_the_phone(openid):
            on_phones[seen.text][openid] += 1
            if NOTE in seen.text or seen.text.startswith("稿"):
                found.append(f"told: {seen.text} reached {openid}")
    for words, contact in day.seen.asked.items():
        reached, state = on_phones[words], states.get(words, "refused")
        at_least, at_most = {"accepted": (1, 1), "unknown": (0, 1)}.get(state, (0, 0))
        if set(reached) - {day.openids[contact]}:
            found.append(f"wrong: {words} for {contact} reached {dict(reached)}")
        if not at_least <= reached.total() <= at_most:
            found.append(f"times: {words} is {state} and was read {reached.total()} times")
        if words in day.seen.sent and state == "refused":
            found.append(f"lost: {words} was shown as sent and is not in the outbox")
        if state in {"waiting", "claimed"}:
            found.append(f"stuck: {words} is {state}")
    return found


async def _drafts(day: Day) -> list[str]:
    """Every draft is what the server said last that it keeps."""
    by_login = {each.login: each for each in day.colleagues}
    found = []
    for (login, contact), words in day.seen.drafts.items():
        kept = await by_login[login].draft_of(contact)
        if kept != words:
            found.append(f"lost: {login} typed {words!r} to {contact}, kept is {kept!r}")
    return found


async def _rights(day: Day) -> list[str]:
    """Our ledger and the platform's own agree; after an interrupted send ours may have less.

    A message that the platform took in the same moment as the patient's own may have been noted as sent before it.
    """
    contacts = [ContactId(each) for each in day.openids]
    pages, now = await RightsStore(day.world.database).of(contacts), day.clock.now()
    unknown = {row["contact_id"] for row in await day.world.rows("outbox", {"state": "unknown"})}
    found = []
    for contact in contacts:
        page = pages[contact]
        open_now = page.customer_until is not None and page.customer_until > now
        ours = page.customer_left if open_now else 0
        person = day.world.platform.people[day.openids[contact]]
        theirs = person.rights.remaining(now)
        if ours > theirs + _taken_as_they_wrote(person) or (ours < theirs and contact not in unknown):
            found.append(f"ledger: {contact} has {ours} here and {theirs} there")
    return found


def _taken_as_they_wrote(person: Person) -> int:
    """How many of our messages the platform took within `SAME_MOMENT` after one of the patient's."""
    written = [seen.at for seen in person.messages if seen.direction == "in"]
    taken = [seen.at for seen in person.messages if seen.via == "customer"]
    return sum(any(timedelta(0) <= at - own <= SAME_MOMENT for own in written) for at in taken)


async def _told(day: Day) -> list[str]:
    """Every close is told once; the supervisor was told on WeChat of each wait that came so far, once."""
    closed = await day.world.rows("interactions", {"kind": "conversation:closed"})
    found = [f"told: {ref} was closed {n} times" for ref, n in Counter(row["ref"] for row in closed).items() if n > 1]
    wechat = {each.name for each in day.watch.rules.ladder if WECHAT in each.tell}
    keys = [str(row["key"]) for row in await day.world.rows("outbox", {"key": {"$regex": "^waiting/"}})]
    told = {tuple(key.split("/")[1:4]) for key in keys}
    for episode, since, name in day.watch.fired:
        if name in wechat and (episode, str(int(since.timestamp() * 1000)), name) not in told:
            found.append(f"untold: rung {name} of {episode} since {since}")
    return found
