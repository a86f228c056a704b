"""How patients' documents are encrypted: telephone and identity number, and the blind indexes they are found by.

Exact look-ups use `phone_index` and `identity_index`. Among the search keys each prefix of the telephone's digits that
a query may be stands as a token of its own, so the search by tail stays one exact look-up in the same index.
"""

from collections.abc import Sequence

from wxbot.database import Document
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher
from wxbot.patients.holds import upgraded
from wxbot.patients.search_keys import HEAD, TAIL, is_phone_key, phone_keys, phone_prefixes

NUMBERS = ("phone", "identity")  # fields of a patient that are encrypted
_INDEXES = tuple(f"{name}_index" for name in NUMBERS)
_SEARCH = "search"  # label of the search tokens


class PatientCipher(DocumentCipher):
    """Of the collection `patients`."""

    def __init__(self, keys: DataKeys) -> None:
        super().__init__(keys, "patients", NUMBERS)

    def encrypted(self, document: Document) -> Document:
        """The document as it is stored, with its blind indexes."""
        stored = super().encrypted(document)
        for name in NUMBERS:
            value = document.get(name)
            stored[f"{name}_index"] = self.keys.current.token(name, value) if value else None
        if "search_keys" in document:
            stored["search_keys"] = self.stored_keys(document["search_keys"])
        return stored

    def decrypted(self, document: Document) -> Document:
        """The document as the mapper reads it."""
        found = super().decrypted(document)
        _restore_keys(found)
        return upgraded({name: value for name, value in found.items() if name not in _INDEXES})

    def stored_keys(self, search_keys: Sequence[str]) -> list[str]:
        """Search keys as they are stored."""
        plain = [key for key in search_keys if not is_phone_key(key)]
        prefixes = [prefix for key in search_keys if is_phone_key(key) for prefix in phone_prefixes(key)]
        if not prefixes:
            return plain
        current = self.keys.current
        return [*plain, *(prefix[0] + current.token(_SEARCH, prefix) for prefix in prefixes)]

    def search_tokens(self, prefix: str) -> list[str]:
        """What the prefix of a telephone's key is stored as."""
        return [prefix[0] + token for token in self.keys.tokens(_SEARCH, prefix)]

    def tokens(self, name: str, values: Sequence[str]) -> list[str]:
        """What values of `phone` or `identity` are found by."""
        return [token for value in values for token in self.keys.tokens(name, value)]


class CopiesCipher(DocumentCipher):
    """Of documents that keep whole patients inside, whom nobody looks for: no blind indexes, no keys of telephones."""

    def __init__(self, keys: DataKeys, collection: str, copies: Sequence[str], paths: Sequence[str] = ()) -> None:
        super().__init__(keys, collection, [*(f"{copy}.{name}" for copy in copies for name in NUMBERS), *paths])
        self._copies = tuple(copies)

    def encrypted(self, document: Document) -> Document:
        """The document as it is stored: that there were keys of a telephone is kept, the keys are not."""
        stored = super().encrypted(document)
        for name in self._copies:
            copy = stored.get(name)
            if copy is not None:
                keys = copy.get("search_keys", ())
                kept = [key[0] if is_phone_key(key) else key for key in keys]
                stored[name] = {**copy, "search_keys": kept}
        return stored

    def decrypted(self, document: Document) -> Document:
        """The document as the mapper reads it."""
        found = super().decrypted(document)
        for name in self._copies:
            if found.get(name) is not None:
                found[name] = upgraded(found[name])
                _restore_keys(found[name])
        return found


def _restore_keys(patient: Document) -> None:
    """Put the keys of the telephone back among the search keys of a decrypted patient, where there were any."""
    keys = patient.get("search_keys") or ()
    plain = [key for key in keys if not key.startswith((TAIL, HEAD))]
    if len(plain) < len(keys) and patient.get("phone"):
        patient["search_keys"] = sorted([*plain, *phone_keys(patient["phone"])])
    elif len(plain) < len(keys):
        patient["search_keys"] = plain
