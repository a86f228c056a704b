"""Episodes and messages of a desk that has been used for years: each text differs, some words are rare."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from wxbot.conversations.models import Cause, Ending, EndingKind, Episode, EpisodeId, EpisodeState, Priority, Snooze
from wxbot.conversations.reading.stores.search import FORMAT, NAME, STATE
from wxbot.conversations.store import EpisodeStore
from wxbot.database import Database, Document
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

from .filling import BATCH

SMALL = ("desk_agents", "shifts", "staff")  # a document per colleague, read whole on purpose

# A message is one of each, so that pairs are common, rare, and everything between.
WHO = ["我", "我家孩子", "我妈", "我爱人", "您好，我", "请问", "麻烦问一下", "医生您好，我"]
WHEN = ["明天", "后天下午", "下周三", "周末", "这个月底", "国庆以后", "上午十点", "下午三点半", "晚上下班后", "随时"]
WISH = ["想约", "能不能改到", "还要不要来", "可以做", "担心", "需要空腹吗", "要多久", "多少钱", "可以刷医保吗"]
WHAT = [
    "洗牙",
    "补牙",
    "拔智齿",
    "种植牙",
    "正畸复诊",
    "根管治疗",
    "戴牙冠",
    "取模",
    "拍片子",
    "牙周治疗",
    "贴面",
    "拆线",
]
END = ("谢谢", "麻烦了", "急", "等您回复", "好的", "不着急", "请回电", "祝您工作愉快", "")
RARE = ["氟斑牙", "颞下颌关节弹响", "磨牙套丢了", "牙龈瘤", "多生牙", "含牙囊肿"]
RARE_EVERY = 4_001  # messages
SECONDS_EACH = 15  # between two messages: a million in half a year, and a busy desk


async def messages(database: Database, count: int, ids: Sequence[ContactId], now: datetime) -> None:
    """`count` messages, half of patients and half of a colleague, spread over those contacts; made in the server."""
    source = database.collection("bench_numbers")
    portion = 1_000
    seeds = range(-(-count // portion))
    rows = (
        {"_id": seed, "ids": [ids[(seed * portion + each) % len(ids)] for each in range(portion)]} for seed in seeds
    )
    await source.insert_many(rows)

    def one_of(words: Sequence[str], step: int) -> Document:
        return {"$arrayElemAt": [list(words), {"$mod": [{"$floor": {"$divide": ["$n", step]}}, len(words)]}]}

    rare = {"$cond": [{"$eq": [{"$mod": ["$n", RARE_EVERY]}, 0]}, one_of(RARE, RARE_EVERY), ""]}
    parts = [one_of(WHO, 1), one_of(WHEN, 3), one_of(WISH, 7), one_of(WHAT, 11), "，", rare, one_of(END, 17)]
    asked = {"$eq": [{"$mod": [{"$floor": {"$divide": ["$n", len(ids)]}}, 2]}, 0]}
    line = {
        "_id": {"$concat": ["m:desk:", {"$toString": "$n"}]},
        "at": {"$add": [now, {"$multiply": ["$n", -1000 * SECONDS_EACH]}]},
        "kind": {"$cond": [asked, "message:received", "message:sent"]},
        "direction": {"$cond": [asked, "in", "out"]},
        "contact_id": "$contact",
        "patient_id": {"$literal": None},
        "by": {"$cond": [asked, "patient", "staff:bench"]},
        "text": {"$concat": parts},
        "payload": {"$literal": {"type": "text"}},
        "ref": {"$literal": None},
    }
    number = {"$add": [{"$multiply": ["$_id", portion]}, "$line"]}
    steps: list[Document] = [
        {"$unwind": {"path": "$ids", "includeArrayIndex": "line"}},
        {"$project": {"_id": 0, "contact": "$ids", "n": {"$toLong": number}}},
        {"$match": {"n": {"$lt": count}}},
        {"$replaceWith": line},
        {"$merge": {"into": "interactions", "on": "_id"}},
    ]
    await source.aggregate(steps, allowDiskUse=True).to_list(None)
    await source.drop()


async def index(database: Database, now: datetime) -> None:
    """What the search finds them by, cut in the server as grams.py cuts plain Chinese."""
    text = {"$replaceAll": {"input": "$text", "find": "，", "replacement": ""}}
    length = {"$strLenCP": "$plain"}
    pairs = {
        "$map": {"input": {"$range": [0, length]}, "as": "at", "in": {"$substrCP": ["$plain", "$$at", 2]}}
    }  # the last one is the last sign alone
    steps: list[Document] = [
        {"$match": {"_id": {"$regex": "^m:desk:"}}},
        {"$project": {"contact_id": 1, "at": 1, "plain": text}},
        {"$project": {"contact_id": 1, "at": 1, "grams": {"$setUnion": [pairs]}}},
        {"$merge": {"into": NAME, "on": "_id"}},
    ]
    await database.collection("interactions").aggregate(steps, allowDiskUse=True).to_list(None)
    state = {"before": None, "done": True, "checked": now}
    await database.collection(STATE).update_one({"_id": FORMAT}, {"$set": state}, upsert=True)


async def episodes(
    database: Database, ids: Sequence[ContactId], now: datetime, *, open_ones: int, closed: int, owner: str
) -> None:
    """Open ones of the first contacts, a third each waiting, answered by `owner` and put off by them; closed ones."""
    store = EpisodeStore(database)
    mine = AccountId(owner)

    def made(number: int, contact_id: ContactId, at: datetime, **more: Any) -> Episode:
        return Episode(
            id=EpisodeId(f"e{number}"),
            key=f"bench/{number}",
            keys=(f"bench/{number}",),
            contact_id=contact_id,
            cause=Cause.ASKED,
            reason="患者请求人工服务",
            opened_at=at,
            opened_by="patient",
            priority=Priority.NORMAL,
            preview="请问下周三下午还可以约洗牙吗？",
            preview_by="patient",
            latest_at=at,
            **more,
        )

    def opened(number: int) -> Episode:
        at = now - timedelta(seconds=number)
        if number % 3 == 0:
            return made(number, ids[number], at, waiting_since=at, first_waited_at=at)
        if number % 3 == 1:
            owned = {"state": EpisodeState.ASSIGNED, "owner": mine, "owner_since": at}
            return made(number, ids[number], at, waiting_since=at, **owned)
        later = Snooze(until=now + timedelta(hours=1, seconds=number), why="等片子")
        return made(number, ids[number], at, state=EpisodeState.SNOOZED, owner=mine, owner_since=at, snooze=later)

    def ended(number: int) -> Episode:
        at = now - timedelta(minutes=5 * (number + 1))
        ending = Ending(kind=EndingKind.GREETING, by=f"staff:{owner}", at=at)
        contact_id = ids[number % len(ids)]
        return made(open_ones + number, contact_id, at, state=EpisodeState.CLOSED, closed_at=at, ending=ending)

    for make, count in ((opened, open_ones), (ended, closed)):
        for start in range(0, count, BATCH):
            rows = [store._document(make(number)) for number in range(start, min(start + BATCH, count))]
            await database.collection("episodes").insert_many(rows, ordered=False)
