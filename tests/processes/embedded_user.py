"""A process that uses the embedded mongod of a folder as the service and the commands do, and nothing else."""

import asyncio
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from wxbot.database import Database, PyMongoError
from wxbot.embedded_mongo import EmbeddedMongo

ATTEMPT_SECONDS = 0.05  # between attempts at a write while the mongod is being started again


def use(data_dir: str, pipe: Connection) -> None:
    """Say "ready", write each number that comes, answer with how many there are; leave in order on SIGTERM."""
    asyncio.run(_use(Path(data_dir), pipe))


async def _use(data_dir: Path, pipe: Connection) -> None:
    stop = asyncio.Event()
    asked: asyncio.Queue[int] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    mongo = EmbeddedMongo(data_dir)
    uri = await mongo.start()
    try:
        async with mongo.kept_running():
            database = Database.connect(uri, "kept")
            loop.add_reader(pipe.fileno(), lambda: asked.put_nowait(pipe.recv()))
            pipe.send("ready")
            serving = asyncio.create_task(_serve(database, asked, pipe))
            await stop.wait()
            serving.cancel()
            loop.remove_reader(pipe.fileno())
            database.close()
    finally:
        await mongo.stop()


async def _serve(database: Database, asked: asyncio.Queue[int], pipe: Connection) -> None:
    things = database.collection("things")
    while True:
        number = await asked.get()
        while True:
            try:
                await things.update_one({"_id": number}, {"$set": {"kept": True}}, upsert=True)
                pipe.send(await things.count_documents({}))
            except PyMongoError:
                await asyncio.sleep(ATTEMPT_SECONDS)
            else:
                break
