"""Invented patients, visits and conversations, to try things at size. Nobody invented can be reached."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from wxbot.actors import SYSTEM
from wxbot.errors import DomainError
from wxbot.history.models import By, ContactId, Direction, Interaction, Kind
from wxbot.patients.models import Birthday, Calendar, Contact
from wxbot.services import Services

NOT_A_FOLLOWER = 43004  # the platform's code for it: policy then sends them nothing
FAMILY_NAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN_NAMES = ("子涵", "欣怡", "浩然", "雨桐", "思远", "佳宁", "明哲", "若曦", "一诺", "建国", "秀英", "志强")
ASKED = ("预约", "请问周六上班吗", "洗牙要多久", "拔牙后能喝酒吗", "谢谢", "我的预约", "下午还有号吗")
ANSWERED = ("您好，请问您想预约哪个项目？", "我们周六上班的，上午九点开始。", "一般三十分钟左右。", "好的，祝您健康。")
GROUP = 500  # lines written at once


async def seed(services: Services, *, patients: int, lines_each: int, now: datetime) -> dict[str, int]:
    """Make that many people with a name, a birthday, a conversation and for every second one a visit."""
    chance = random.Random(patients)  # noqa: S311 - the same people every time
    made = {"patients": 0, "visits": 0, "lines": 0}
    for number in range(patients):
        openid = f"oSeed{number:023d}"
        contact, _ = await services.patients.follow(openid, now - timedelta(days=chance.randrange(1, 400)))
        patient = await services.patients.self_patient(contact, now)
        name = chance.choice(FAMILY_NAMES) + chance.choice(GIVEN_NAMES)
        await services.patients.set_name(patient.id, name, now=now, by=By.SYSTEM)
        birthday = Birthday(
            calendar=chance.choice(list(Calendar)),
            year=chance.randrange(1945, 2008),
            month=chance.randrange(1, 13),
            day=chance.randrange(1, 29),
        )
        await services.patients.set_birthday(patient.id, birthday, now=now, by=By.SYSTEM)
        if number % 2 == 0:
            made["visits"] += await _visit(services, contact, openid, now, chance)
        lines = list(_conversation(contact.id, number, lines_each, now, chance))
        for start in range(0, len(lines), GROUP):
            await services.history.append(*lines[start : start + GROUP])
        await services.patients.mark_unreachable(contact.id, NOT_A_FOLLOWER, now)
        made["patients"] += 1
        made["lines"] += len(lines)
    return made


async def _visit(services: Services, contact: Contact, openid: str, now: datetime, chance: random.Random) -> int:
    patient = await services.patients.self_patient(contact, now)
    offered = [kind for kind in services.clinic.visit_types if services.clinic.who_offers(kind.id)]
    if not offered:
        return 0
    kind = chance.choice(offered)
    days = await services.booking.days(kind.id, None, now)
    if not days:
        return 0
    slots = await services.booking.slots(kind.id, None, chance.choice(days).date, now)
    if not slots:
        return 0
    slot = chance.choice(slots)
    try:
        await services.booking.book(
            request_key=f"seed:{openid}",
            contact_id=contact.id,
            patient_id=patient.id,
            visit_type_id=kind.id,
            practitioner_id=slot.practitioner_id,
            start=slot.start,
            now=now,
            by=SYSTEM,
        )
    except DomainError:
        return 0  # the diary filled up meanwhile
    return 1


def _conversation(
    contact_id: ContactId, number: int, lines: int, now: datetime, chance: random.Random
) -> Iterator[Interaction]:
    at = now - timedelta(days=chance.randrange(1, 300))
    for line in range(lines):
        at += timedelta(minutes=chance.randrange(1, 240))
        asked = line % 2 == 0
        yield Interaction(
            id=f"seed:{number}:{line}",
            at=at,
            kind=Kind.MESSAGE_RECEIVED if asked else Kind.MESSAGE_SENT,
            direction=Direction.IN if asked else Direction.OUT,
            contact_id=contact_id,
            by=By.PATIENT if asked else By.BOT,
            text=chance.choice(ASKED if asked else ANSWERED),
            payload={} if asked else {"channel": "passive"},
        )
