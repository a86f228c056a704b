"""The data keys of a running process, and what is done with them: encrypt a value, decrypt it, index it blindly."""

import base64
import binascii
from secrets import token_bytes
from typing import TypeVar

from cryptography.exceptions import InvalidTag

from wxbot.encryption.errors import CiphertextError, DataKeysNotReadyError, UnknownDataKeyError
from wxbot.encryption.key_file import KeySource
from wxbot.encryption.keys import DataKey, KeyRing

TEXT_MARK = "enc1:"  # before a ciphertext: `enc1:<key id>:<base64 of nonce, ciphertext and tag>`
BYTES_MARK = b"enc1:"  # the same, but nonce, ciphertext and tag as bytes
NONCE_BYTES = 12  # AES-GCM's own length; random, which is safe for 2^32 values of one key (NIST SP 800-38D, 8.3)

V = TypeVar("V", str, bytes)


class DataKeys:
    """The known keys. They decrypt at once; they encrypt only once `approve` said that they fit the database."""

    def __init__(self, source: KeySource, *, approved: bool = False) -> None:
        self.source = source
        self._ring = source.read()
        self._approved = approved

    @property
    def ring(self) -> KeyRing | None:
        """The keys as they are now: another process may have added one."""
        if self.source.changed():
            self.reload()
        return self._ring

    @property
    def ready(self) -> bool:
        """Whether they may encrypt."""
        return self._approved and self._ring is not None

    def approve(self) -> None:
        """They fit the database."""
        self._approved = True

    def reload(self) -> None:
        """Read the keys again."""
        self._ring = self.source.read() or self._ring

    @property
    def current(self) -> DataKey:
        """What encrypts now. Raises DataKeysNotReadyError."""
        ring = self.ring
        if ring is None or not self._approved:
            raise DataKeysNotReadyError
        return ring.current

    def find(self, key_id: str) -> DataKey | None:
        """The key of that id, retired ones among them."""
        found = self._ring.find(key_id) if self._ring is not None else None
        if found is None and self.source.changed():
            self.reload()
            found = self._ring.find(key_id) if self._ring is not None else None
        return found

    def audit_key(self, key_id: str) -> bytes | None:
        """What the audit chain is keyed with under that data key, retired or not; None where it is not here."""
        found = self.find(key_id)
        return found.audit_key if found is not None else None

    def tokens(self, label: str, text: str) -> list[str]:
        """The blind indexes under which a value may be stored: one per key with which anything is encrypted."""
        ring = self.ring
        return [key.token(label, text) for key in ring.active] if ring is not None else []

    def encrypt(self, value: V, place: str) -> V:
        """The ciphertext of a value for one place (collection, field, document), where alone it can be decrypted.

        Raises DataKeysNotReadyError.
        """
        key, nonce = self.current, token_bytes(NONCE_BYTES)
        plain = value.encode() if isinstance(value, str) else value
        sealed = nonce + key.fields.encrypt(nonce, plain, place.encode())
        if isinstance(value, str):
            return f"{TEXT_MARK}{key.id}:{base64.b64encode(sealed).decode()}"
        return BYTES_MARK + key.id.encode() + b":" + sealed

    def decrypt(self, value: V, place: str) -> V:
        """The value of a ciphertext; what was written before there was encryption is returned as it is.

        Raises UnknownDataKeyError, CiphertextError.
        """
        key_id = key_id_of(value)
        if key_id is None:
            return value
        key = self.find(key_id)
        if key is None or key.retired:
            raise UnknownDataKeyError(key_id)
        start = len(TEXT_MARK) + len(key_id) + 1
        try:
            sealed = base64.b64decode(value[start:], validate=True) if isinstance(value, str) else value[start:]
            plain = key.fields.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise CiphertextError(place) from error
        return plain.decode() if isinstance(value, str) else plain


def key_id_of(value: str | bytes) -> str | None:
    """Which key encrypted a stored value; None for what is not encrypted."""
    if isinstance(value, str):
        return value[len(TEXT_MARK) :].partition(":")[0] if value.startswith(TEXT_MARK) else None
    if value.startswith(BYTES_MARK):
        return value[len(BYTES_MARK) :].partition(b":")[0].decode("ascii", "replace")
    return None
