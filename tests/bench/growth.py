"""Does a push cost more when there is a long past? Two databases on one mongod, a process for each, in turns."""

import time

from tests.encryption import KEYS
from wxbot.stores import open_stores

from . import filling
from .figures import Figure, median_of
from .processes import cpu_seconds
from .stage import Stage

# People who write while it is measured, known to both. Contact ids are random: theirs lie all over the indexes.
WRITERS = 20_000
ROUNDS = 4


async def measure(stage: Stage) -> list[Figure]:
    """Time and processor time of a push, with a past ÷ without."""
    size = stage.size
    writers = min(WRITERS, size.contacts)
    stage.say(f"growth: making {size.interactions:,} lines of {size.contacts:,} people")
    began = time.monotonic()
    for name, people, lines in (("bench_none", writers, 0), ("bench_past", size.contacts, size.interactions)):
        database = filling.patient(stage.mongo_uri, name)
        await database.create_indexes([open_stores(database, KEYS).patients])
        await filling.contacts(database, range(people), stage.now)
        if lines:
            await filling.past(database, lines, people, stage.now)
        stage.say(f"growth: indexes of {name}")
        await database.create_indexes(open_stores(database, KEYS).all())
        database.close()
    made_in = time.monotonic() - began
    none = await stage.serve("none", database="bench_none")
    past = await stage.serve("past", database="bench_past")
    ratios, processor = [], []
    for turn in range(ROUNDS + 1):
        stage.say("growth: warming up" if turn == 0 else f"growth: round {turn} of {ROUNDS}")
        took, used = {}, {}
        for server in (none, past) if turn % 2 else (past, none):
            pids = (server.process.pid, stage.mongo_pid)
            before = sum(cpu_seconds(pid) for pid in pids)
            outcome = await stage.load([server], size.pushes, people=(0, writers))
            took[server.name] = 1 / outcome.per_second
            used[server.name] = sum(cpu_seconds(pid) for pid in pids) - before
        if turn:
            ratios.append(took["past"] / took["none"])
            processor.append(used["past"] / used["none"])
    await none.stop()
    await past.stop()
    return [
        median_of(
            "time of a push, with a past ÷ without",
            ratios,
            unit="×",
            goal=1.2,
            at_least=False,
            note=f"{size.interactions:,} interactions, {size.contacts:,} contacts",
        ),
        median_of("processor time, with a past ÷ without", processor, unit="×"),
        Figure(name="the past was made in", value=made_in, unit="s"),
    ]
