"""The embedded mongod of a data folder, shared by every process that uses the folder.

Who uses it holds a shared lock on `users.lock`; who starts, adopts, restarts or stops the mongod holds `start.lock`
alone. So whoever comes first starts it, whoever comes later adopts it, any of them starts it again when it dies, and
the last to leave stops it. A process that is killed loses its locks with it; a mongod without users is adopted by the
next start. It runs as a replica set of one, so transactions work.
"""

import asyncio
import faulthandler
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from wxbot.background import beside
from wxbot.database import Database, PyMongoError
from wxbot.embedded_mongo.binary import find_mongod
from wxbot.embedded_mongo.credentials import Credentials, read_credentials
from wxbot.embedded_mongo.folder import make_private
from wxbot.embedded_mongo.locks import FileLock
from wxbot.embedded_mongo.note import Note
from wxbot.embedded_mongo.ports import free_port
from wxbot.embedded_mongo.process import POLL_SECONDS, MongodProcess
from wxbot.embedded_mongo.readiness import KeyRefusedError, NotReadyError, make_ready
from wxbot.embedded_mongo.watcher import WATCH_SECONDS, watch
from wxbot.errors import ConfigurationError
from wxbot.logs import get_logger

log = get_logger(__name__)

TURN_SECONDS = 60.0  # for others who are starting or stopping the same mongod
LEAVE_SECONDS = 1.0  # for the same when we leave: who starts it then is a user and stops it later
END_SECONDS = 20.0  # for the rest of the process to end in order, once the mongod was given up
ANSWER_SECONDS = 5.0  # for a ping; a busy mongod takes milliseconds
ATTEMPTS = 5  # at a start: one that is found may be about to end, and its port may be taken for a moment
TAKEN_SECONDS = 1.0  # between attempts where something else had the port


class EmbeddedMongo:
    """One process's use of the mongod of a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._home = self._data_dir / "mongo"
        self._note = Note(self._home / "mongod.json")
        self._users = FileLock(self._home / "users.lock")
        self._turn = FileLock(self._home / "start.lock")
        self._credentials: Credentials | None = None
        self._port: int | None = None
        self._mongod: MongodProcess | None = None

    @property
    def uri(self) -> str:
        """Where the running mongod answers. It carries a password: never log it."""
        if self._credentials is None or self._port is None:
            raise RuntimeError("the embedded database was not started")
        return self._credentials.uri(self._port)

    @property
    def process(self) -> MongodProcess | None:
        """The mongod in use, also one that was started by another process; None before `start` and after `stop`."""
        return self._mongod

    async def start(self) -> str:
        """Start or adopt the mongod, wait until it takes writes, and answer with its URI (see `uri`).

        Raises ConfigurationError when it cannot.
        """
        try:
            make_private(self._data_dir)
            make_private(self._home)
            async with asyncio.timeout(TURN_SECONDS):
                while True:
                    await self._take_turn()
                    if self._join():
                        break
                    self._turn.release()  # its users know the port and start it again
                    await asyncio.sleep(WATCH_SECONDS)
        except TimeoutError:
            self._leave()
            raise ConfigurationError(
                [f"Another process has been starting or stopping the database in {self._home} for a minute."]
            ) from None
        except OSError as error:
            self._leave()
            raise ConfigurationError([_unusable(self._home, error)]) from error
        except BaseException:
            self._leave()
            raise
        try:
            self._credentials = await self._start_or_adopt()
        except BaseException as error:
            await self._stop_unless_used()
            if isinstance(error, OSError):
                raise ConfigurationError([_unusable(self._home, error)]) from error
            if isinstance(error, NotReadyError):
                raise ConfigurationError([str(error)]) from error
            raise
        finally:
            self._turn.release()
        return self.uri

    @asynccontextmanager
    async def kept_running(self) -> AsyncIterator[None]:
        """Start the mongod again whenever it dies during the body; the port stays, so the driver reconnects.

        When it cannot be brought back in time, the body is cancelled and ConfigurationError raised; see `watch`. A
        process that has not ended `END_SECONDS` later, because something in it is stuck, is ended with exit code 1.
        """
        async with beside(self._watch()):
            yield

    async def stop(self) -> None:
        """Leave; the last to leave stops the mongod."""
        self._users.release()
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._take_turn()
        except OSError:  # also TimeoutError
            self._leave()  # who has the turn uses it, or is stopping it
            return
        try:
            await self._stop_unless_used()
        finally:
            self._turn.release()

    async def _take_turn(self) -> None:
        while not self._turn.try_exclusive():
            await asyncio.sleep(POLL_SECONDS)

    def _join(self) -> bool:
        """Become a user and settle the port. False when others use a port that we cannot know. Needs the turn."""
        running, noted = MongodProcess.find(self._home), self._note.port()
        alone = self._users.try_exclusive()
        if running is not None:
            self._port = running.port
        elif alone:
            self._port = free_port(preferred=noted)
        elif noted is not None:
            self._port = noted
        else:
            return False
        return self._users.try_shared()

    def _leave(self) -> None:
        self._users.release()
        self._turn.release()
        self._forget()

    def _forget(self) -> None:
        if self._mongod is not None:
            self._mongod.leave_running()
            self._mongod = None

    async def _stop_unless_used(self) -> None:
        """Stop the mongod if nobody else uses it. Needs the turn."""
        self._users.release()
        try:
            if self._users.try_exclusive():
                mongod = self._mongod if self._mongod and self._mongod.alive() else MongodProcess.find(self._home)
                if mongod is not None:
                    await mongod.stop()
                self._note.remove()
        except OSError as error:
            log.warning("mongod_left_running", error=error)  # the next start adopts it
        finally:
            self._users.release()
            self._forget()

    async def _start_or_adopt(self) -> Credentials:
        """See that a mongod runs and takes writes. Needs the turn.

        Raises OSError, NotReadyError and ConfigurationError.
        """
        port = self._port
        if port is None:
            raise RuntimeError("the port is settled by `_join`")
        if self._credentials is None:
            credentials = read_credentials(self._home)
        else:
            credentials = self._credentials  # what our driver knows; a file that went missing meanwhile comes back
            credentials.write(self._home)
        for attempt in range(1, ATTEMPTS + 1):
            mongod, launched = await self._find_or_launch(port)
            try:
                await make_ready(mongod, credentials)
            except NotReadyError as error:
                again = await self._may_try_again(mongod, launched, error)
                if attempt == ATTEMPTS or not again:
                    raise
            except asyncio.CancelledError:  # whoever gave up waiting stops it, or leaves it to its other users
                self._mongod = mongod
                raise
            else:
                self._mongod = mongod
                if launched:
                    log.info("mongod_started", pid=mongod.pid, port=mongod.port)
                else:
                    log.info("mongod_adopted", pid=mongod.pid, port=mongod.port)
                return credentials
        raise AssertionError("unreachable")

    async def _may_try_again(self, mongod: MongodProcess, launched: bool, error: NotReadyError) -> bool:
        """End what is not ready; whether another attempt may be better."""
        if isinstance(error, KeyRefusedError):
            await mongod.stop()
        elif mongod.alive():
            await mongod.kill()
        if mongod.port_was_taken():
            await asyncio.sleep(TAKEN_SECONDS)  # other users know no other port
            return True
        return not launched or MongodProcess.find(self._home) is not None

    async def _find_or_launch(self, port: int) -> tuple[MongodProcess, bool]:
        """The mongod that runs on the folder, or a new one, and whether it is new."""
        found = MongodProcess.find(self._home)
        if found is not None and found.authenticates and found.port == port:
            self._note.write(pid=found.pid, port=found.port)
            return found, False
        if found is not None:
            log.warning("mongod_replaced", pid=found.pid, port=found.port, authenticates=found.authenticates)
            await found.stop()
        mongod = MongodProcess.launch(find_mongod(self._data_dir), self._home, port)
        self._note.write(pid=mongod.pid, port=mongod.port)
        return mongod, True

    async def _watch(self) -> None:
        try:
            await watch(self)
        except ConfigurationError:
            faulthandler.dump_traceback_later(END_SECONDS, exit=True)  # its thread needs neither the loop nor Python
            raise

    def alive(self) -> bool:
        """Whether the mongod in use still runs."""
        return self._mongod is not None and self._mongod.alive()

    async def answers(self) -> bool:
        """Whether it answers within `ANSWER_SECONDS`."""
        database = Database.connect(self.uri, "admin")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await database.ping()
        except (PyMongoError, TimeoutError):
            return False
        finally:
            database.close()
        return True

    async def restart(self) -> bool:
        """One attempt at a mongod that runs and answers; False when another process is at it.

        Raises OSError, NotReadyError and ConfigurationError.
        """
        if not self._turn.try_exclusive():
            return False
        try:
            if self._mongod is not None and self.alive() and not await self.answers():
                await self._mongod.kill()
            await self._start_or_adopt()
        finally:
            self._turn.release()
        return True


def _unusable(home: Path, error: OSError) -> str:
    what = error.filename or home
    return f"The embedded database cannot use {what}: {error.strerror or type(error).__name__}."
