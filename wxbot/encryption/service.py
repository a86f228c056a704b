"""Use cases of the data keys: compare them with the database at start, encrypt what is not, change the key."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher
from wxbot.encryption.store import KeysInUse, KeyStore
from wxbot.errors import ConfigurationError
from wxbot.logs import get_logger

log = get_logger(__name__)

GRACE_SECONDS = 30.0  # after the last old ciphertext was found: longer than a write on its way (SOCKET_WAIT_MS) takes
MOST_PASSES = 100  # over everything; each finds only what was written with the old key during the one before


@dataclass(frozen=True)
class Rotation:
    """What a rotation did."""

    documents: int  # encrypted anew
    retired: tuple[str, ...]  # ids of the keys with which nothing is encrypted any more
    current: str  # id


class Encryption:
    """The data keys and the documents they encrypt."""

    def __init__(self, keys: DataKeys, store: KeyStore, ciphers: Sequence[DocumentCipher]) -> None:
        self.keys = keys
        self._store = store
        self._ciphers = tuple(ciphers)

    async def start(self) -> None:
        """Let the keys encrypt, if they are the database's; a new database begins with them. Safe to repeat.

        Raises ConfigurationError when a key the database is encrypted with is not here.
        """
        if self.keys.ready:
            return
        in_use = await self._store.read()
        if self.keys.ring is None:
            if in_use is not None:
                raise ConfigurationError([_lost(in_use.ids, self.keys.source.described)])
            await asyncio.to_thread(self.keys.source.create)
            self.keys.reload()
        ring = self.keys.ring
        if ring is None:
            raise ConfigurationError([f"No data key in {self.keys.source.described}."])
        if in_use is None:
            await self._store.begin(ring.current.id)
            in_use = await self._read()
        missing = in_use.ids - {key.id for key in ring.active}
        if missing:
            raise ConfigurationError([_lost(missing, self.keys.source.described)])
        if ring.current.id not in in_use.ids:
            await self._store.add(ring.current.id)
            log.warning("data_key_added", key=ring.current.id, beside=sorted(in_use.ids))
        self.keys.approve()

    async def migrate(self) -> int:
        """Encrypt what was written before its field was encrypted; how many documents. Safe to repeat and to kill."""
        wanted = {f"{cipher.collection}.{path}" for cipher in self._ciphers for path in cipher.paths}
        if wanted <= (await self._read()).paths:
            return 0
        done = await self._rewrite_all(lambda _: None)
        await self._store.note_paths(sorted(wanted))
        log.info("fields_encrypted", documents=done)
        return done

    async def rotate(
        self, *, grace_seconds: float = GRACE_SECONDS, say: Callable[[str], None] = lambda _: None
    ) -> Rotation:
        """Encrypt everything with a new key and retire the old one; resumes a rotation that was killed.

        Services may run: they see the new key before the first document is written with it.
        Raises ConfigurationError when the key is a setting and no new one has been set.
        """
        old = await self._old_ids()
        if not old:
            await asyncio.to_thread(self.keys.source.add)
            self.keys.reload()
            old = await self._old_ids()
        current = self.keys.current.id
        await self._store.add(current)
        done = await self._rewrite_all(say)
        await asyncio.sleep(grace_seconds)
        done += await self._rewrite_all(say)
        await self._store.remove(sorted(old))
        await asyncio.to_thread(self.keys.source.retire, set(old))
        self.keys.reload()
        log.info("data_key_rotated", documents=done, current=current, retired=sorted(old))
        return Rotation(done, tuple(sorted(old)), current)

    async def _old_ids(self) -> frozenset[str]:
        return (await self._read()).ids - {self.keys.current.id}

    async def _read(self) -> KeysInUse:
        return await self._store.read() or KeysInUse(frozenset(), frozenset())

    async def _rewrite_all(self, say: Callable[[str], None]) -> int:
        done = 0
        for cipher in self._ciphers:
            for _ in range(MOST_PASSES):
                needed = await self._store.rewrite(cipher)
                done += needed
                say(f"{cipher.collection}: {needed} documents")
                if not needed:
                    break
            else:
                raise ConfigurationError(
                    [f"{cipher.collection} is still written with an old data key: restart every process of the service"]
                )
        return done


def _lost(ids: frozenset[str], place: str) -> str:
    return (
        f"The database is encrypted with the data key {', '.join(sorted(ids))}, which is not in {place}. Bring the key "
        "back from its backup, or set WXBOT_DATA_KEY as on the other machines; nothing is written with another key."
    )
