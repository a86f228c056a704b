"""The data keys: the first encrypts, the others still decrypt; a retired one only verifies the audit. Pure."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hmac import digest
from secrets import token_bytes
from typing import Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32  # AES-256
ID_BYTES = 8  # of a key's id, which is derived from the key and so also proves that it is the right one
TOKEN_BYTES = 12  # of a blind index: 96 bits, so that two values with one token do not occur


@dataclass(frozen=True)
class DataKey:
    """One data key, by what is derived from it. `secret` is None once it is retired."""

    id: str
    audit_key: bytes = field(repr=False)
    secret: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """The key of those 32 bytes."""
        return cls(derived(secret, "key id", ID_BYTES).hex(), derived(secret, "audit chain"), secret)

    @property
    def retired(self) -> bool:
        """Whether nothing can be decrypted with it any more."""
        return self.secret is None

    @cached_property
    def fields(self) -> AESGCM:
        """The cipher of fields. Raises ValueError for a retired key."""
        return AESGCM(derived(self._secret, "field encryption"))

    def token(self, label: str, text: str) -> str:
        """The blind index of a text: HMAC-SHA256, shortened to 96 bits, in 16 characters. Raises ValueError."""
        whole = digest(self._index_key, f"{label}\n{text}".encode(), "sha256")
        return base64.urlsafe_b64encode(whole[:TOKEN_BYTES]).decode()

    @cached_property
    def _index_key(self) -> bytes:
        return derived(self._secret, "blind index")

    @property
    def _secret(self) -> bytes:
        if self.secret is None:
            raise ValueError("a retired data key does not encrypt")
        return self.secret


@dataclass(frozen=True)
class KeyRing:
    """Every data key that is known, the current one first."""

    keys: tuple[DataKey, ...]

    @property
    def current(self) -> DataKey:
        """What encrypts."""
        return self.keys[0]

    @property
    def active(self) -> tuple[DataKey, ...]:
        """What decrypts, and what look-ups must try."""
        return tuple(key for key in self.keys if not key.retired)

    def find(self, key_id: str) -> DataKey | None:
        """The key of that id."""
        return next((key for key in self.keys if key.id == key_id), None)


def derived(secret: bytes, label: str, length: int = KEY_BYTES) -> bytes:
    """A key for one purpose, by HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=f"wxbot {label}".encode()).derive(secret)


def new_secret() -> bytes:
    """A fresh data key, 32 random bytes."""
    return token_bytes(KEY_BYTES)


def written(secret: bytes) -> str:
    """A secret as settings and the key file have it: base64, 44 characters."""
    return base64.b64encode(secret).decode()


def read_secret(text: str) -> bytes:
    """The secret that `written` wrote. Raises ValueError."""
    try:
        secret = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(secret) != KEY_BYTES:
        raise ValueError(f"not {KEY_BYTES} bytes")
    return secret


def ring_of(secrets: Sequence[str]) -> KeyRing:
    """The ring of written secrets, the current one first. Raises ValueError."""
    return KeyRing(tuple(DataKey.of(read_secret(each)) for each in secrets))
