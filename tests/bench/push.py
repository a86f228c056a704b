"""An encrypted text push through the whole pipeline, beside the rungs below it; latency; a second process."""

import asyncio
from datetime import timedelta

from .figures import Figure, median_of
from .load import Outcome
from .processes import Server, cpu_seconds, memory_mb
from .stage import Stage

CONNECTIONS = (64, 128, 256)  # tried in the sweep
FASTER = {"bare": 8, "body": 8, "codec": 3, "claim": 3, "push": 1}  # so that every round takes about as long
PLAIN = {"bare", "body"}  # look at nothing: few requests, repeated
IDLE_SECONDS = 10.0
LONG_AGO = timedelta(days=3)
LEAST_ROUNDS = 3


async def measure(stage: Stage) -> list[Figure]:
    """requests/s of every rung, interleaved; then latency at half the highest load; then two processes."""
    size = stage.size
    service = stage.main
    stage.notes["idle_mb"] = memory_mb(service.process.pid)
    idle = await _idle(stage)
    servers = {name: await stage.rung(name) for name in ("bare", "body", "codec", "claim")} | {"push": service}
    await warm_up(stage, servers)
    best = await _sweep(stage, servers)
    before = await _written(stage)
    speeds: dict[str, list[float]] = {name: [] for name in servers}
    busy: dict[str, list[float]] = {"service": [], "mongod": [], "generator": []}
    sent = 0
    for turn in range(size.rounds):
        stage.say(f"push: round {turn + 1} of {size.rounds}")
        for name, server in servers.items():
            pids = (server.process.pid, stage.mongo_pid)
            cpu = [cpu_seconds(pid) for pid in pids]
            outcome = await _one(stage, name, server, best[name], size.pushes * FASTER[name])
            speeds[name].append(outcome.per_second)
            if name == "push":
                sent += outcome.answered
                used = [cpu_seconds(pid) - was for pid, was in zip(pids, cpu, strict=True)]
                busy["service"].append(used[0] / outcome.answered * 1e6)
                busy["mongod"].append(used[1] / outcome.answered * 1e6)
                busy["generator"].append(outcome.generator_share)
    claimed, unfinished, lines = (now - was for now, was in zip(await _written(stage), before, strict=True))
    stage.notes["loaded_mb"] = memory_mb(service.process.pid)
    stage.notes["mongod_mb"] = memory_mb(stage.mongo_pid)
    known = await _known(stage, servers["bare"], best)
    first = await _first_for_days(stage, servers["bare"], best)
    for name in ("bare", "body", "codec", "claim"):
        await servers[name].stop()
    ratios = {name: [a / b for a, b in zip(speeds[name], speeds["bare"], strict=True)] for name in servers}
    figures = [
        median_of("bare aiohttp, `success`", speeds["bare"], unit="/s", note=f"{best['bare']} connections"),
        median_of("bare that reads the body", ratios["body"], unit="%", note=_per_second(speeds["body"])),
        median_of("codec in the same web server", ratios["codec"], unit="%", note=_per_second(speeds["codec"])),
        median_of("and one durable claim each", ratios["claim"], unit="%", note=_per_second(speeds["claim"])),
        median_of("push: the whole pipeline", speeds["push"], unit="/s", note=f"{best['push']} connections"),
        median_of("push ÷ bare", ratios["push"], unit="%", goal=0.12),
        median_of(
            "push ÷ bare that reads the body",
            [a / b for a, b in zip(speeds["push"], speeds["body"], strict=True)],
            unit="%",
        ),
        *known,
        first,
        median_of("service processor time a push", busy["service"], unit="µs"),
        median_of("mongod processor time a push", busy["mongod"], unit="µs"),
        median_of("load generator, of one core", busy["generator"], unit="%"),
        Figure(
            name="answered pushes not in the database",
            value=sent - claimed + unfinished + max(0, 2 * sent - lines),
            goal=0,
            at_least=False,
            note=f"{sent:,} sent, {lines:,} lines of transcript",
        ),
    ]
    stage.connections = best["push"]
    half = max(speeds["push"]) / 2
    figures.append(await _latency(stage, half))
    figures += idle
    figures += await _wishes(stage, service, best["push"])
    figures.append(await _two(stage))
    return figures


async def _idle(stage: Stage) -> list[Figure]:
    """What a service with nothing to do uses, and its mongod."""
    stage.say("push: idle")
    pids = {"service": stage.main.process.pid, "mongod": stage.mongo_pid}
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    await asyncio.sleep(IDLE_SECONDS)
    return [
        Figure(
            name=f"{name} with nothing to do, of one core",
            value=(cpu_seconds(pid) - before[name]) / IDLE_SECONDS,
            unit="%",
            goal=0.01,
            at_least=False,
        )
        for name, pid in pids.items()
    ]


async def _known(stage: Stage, bare: Server, best: dict[str, int]) -> list[Figure]:
    """Nothing but the few words that everybody sends, whose reading is remembered: the push without the reader."""
    ratios, busy = [], []
    for turn in range(max(LEAST_ROUNDS, stage.size.rounds - 2)):
        stage.say(f"push: known texts, round {turn + 1}")
        plain = await _one(stage, "bare", bare, best["bare"], stage.size.pushes * FASTER["bare"])
        cpu = cpu_seconds(stage.main.process.pid)
        outcome = await stage.load([stage.main], stage.size.pushes, connections=best["push"], texts="known")
        busy.append((cpu_seconds(stage.main.process.pid) - cpu) / outcome.answered * 1e6)
        ratios.append(outcome.per_second / plain.per_second)
    return [
        median_of("push of a text that was read before ÷ bare", ratios, unit="%", goal=0.12),
        median_of("service processor time of such a push", busy, unit="µs"),
    ]


async def _first_for_days(stage: Stage, bare: Server, best: dict[str, int]) -> Figure:
    """Everybody is known and writes for the first time in days: what they may be sent is written for each of them."""
    pages, ratios = stage.database.collection("rights"), []
    for turn in range(max(LEAST_ROUNDS, stage.size.rounds - 2)):
        stage.say(f"push: first for days, round {turn + 1}")
        plain = await _one(stage, "bare", bare, best["bare"], stage.size.pushes * FASTER["bare"])
        await pages.update_many({}, {"$set": {"customer_until": stage.now - LONG_AGO, "customer_left": 0}})
        outcome = await _one(stage, "push", stage.main, best["push"], min(stage.size.pushes, stage.size.people))
        ratios.append(outcome.per_second / plain.per_second)
    return median_of("push of who writes for the first time in days ÷ bare", ratios, unit="%", goal=0.10)


async def _wishes(stage: Stage, service: Server, connections: int) -> list[Figure]:
    """Pushes that each wish to book: read, free hours searched, the next question or a read-back; beside the others."""
    ratios, busy = [], []
    for turn in range(stage.size.rounds):
        stage.say(f"push: wishes to book, round {turn + 1} of {stage.size.rounds}")
        plain = await _one(stage, "push", service, connections, stage.size.pushes)
        cpu = cpu_seconds(service.process.pid)
        wished = await stage.load([service], stage.size.pushes, connections=connections, texts="wishes")
        busy.append((cpu_seconds(service.process.pid) - cpu) / wished.answered * 1e6)
        ratios.append(wished.per_second / plain.per_second)
    return [
        median_of("push with a wish to book ÷ push", ratios, unit="%"),
        median_of("service processor time a wish to book", busy, unit="µs"),
    ]


async def warm_up(stage: Stage, servers: dict[str, Server]) -> None:
    """Everybody writes once, so that nobody is new when it counts."""
    stage.say("push: warming up")
    for name, server in servers.items():
        await _one(stage, name, server, 64, stage.size.people)


async def _one(stage: Stage, name: str, server: Server, connections: int, count: int) -> Outcome:
    if name in PLAIN:
        return await stage.load([server], count, connections=connections, build=1_000, expect="success")
    return await stage.load([server], count, connections=connections)


async def _sweep(stage: Stage, servers: dict[str, Server]) -> dict[str, int]:
    """How many connections suit each rung best."""
    best: dict[str, int] = {}
    for name, server in servers.items():
        stage.say(f"push: how many connections suit {name}")
        count = stage.size.pushes * FASTER[name] // 2
        tried = {each: (await _one(stage, name, server, each, count)).per_second for each in CONNECTIONS}
        best[name] = max(tried, key=lambda each: tried[each])
        stage.notes[f"sweep_{name}"] = {str(each): round(speed) for each, speed in tried.items()}
    return best


async def _latency(stage: Stage, rate: float) -> Figure:
    """An open loop: pushes arrive when they are due, whether or not the service keeps up."""
    p99 = []
    for turn in range(min(3, stage.size.rounds)):
        stage.say(f"push: latency at {rate:,.0f}/s, round {turn + 1}")
        outcome = await stage.load([stage.main], int(rate * stage.size.latency_seconds), connections=64, rate=rate)
        p99.append(outcome.p99)
    return median_of(
        "p99 at half the highest load", p99, unit="ms", goal=50, at_least=False, note=f"open loop, {rate:,.0f}/s"
    )


async def _two(stage: Stage) -> Figure:
    """A second process on the same database, half of the connections to each."""
    second = await stage.serve("second")
    await stage.load([second], stage.size.people)
    ratios = []
    for turn in range(max(LEAST_ROUNDS, stage.size.rounds - 2)):
        stage.say(f"push: two processes, round {turn + 1}")
        one = await stage.load([stage.main], stage.size.pushes)
        two = await stage.load([stage.main, second], stage.size.pushes)
        ratios.append(two.per_second / one.per_second)
    await second.stop()
    return median_of("two processes ÷ one", ratios, unit="×", goal=1.5, note="server, mongod, generator: 2 cores")


async def _written(stage: Stage) -> tuple[int, int, int]:
    """Claims, claims that are not finished, lines of transcript."""
    inbox, lines = stage.database.collection("inbox"), stage.database.collection("interactions")
    return (
        await inbox.estimated_document_count(),
        await inbox.count_documents({"state": {"$ne": "done"}}),
        await lines.estimated_document_count(),
    )


def _per_second(speeds: list[float]) -> str:
    return f"{sorted(speeds)[len(speeds) // 2]:,.0f}/s"
