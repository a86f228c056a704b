"""Which fields of a collection's documents are encrypted, and the document with and without. Pure but for the keys."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from wxbot.database import Document, Mapper
from wxbot.encryption.data_keys import DataKeys, key_id_of

T = TypeVar("T")

EACH = "*"  # in a path: every element of a list


class DocumentCipher:
    """Encrypts the texts and bytes at certain paths of a collection's documents, e.g. `phone`, `problems.*.value`.

    Empty texts and None stay as they are. A ciphertext belongs to its collection, path and document.
    """

    def __init__(self, keys: DataKeys, collection: str, paths: Sequence[str]) -> None:
        self.collection = collection
        self.paths = tuple(paths)
        self.keys = keys
        self._steps = [tuple(path.split(".")) for path in paths]

    def encrypted(self, document: Document) -> Document:
        """The document as it is stored. Raises DataKeysNotReadyError when there is something to encrypt."""
        return self._with(document, self.keys.encrypt)

    def decrypted(self, document: Document) -> Document:
        """The document as the mapper reads it. Raises UnknownDataKeyError, CiphertextError."""
        return self._with(document, self.keys.decrypt)

    def encrypted_fields(self, document_id: str, fields: Mapping[str, Any]) -> Document:
        """Single top-level fields of a document as they are stored."""
        stored = self._with({**fields, "_id": document_id}, self.keys.encrypt)
        return {name: stored[name] for name in fields}

    def rewritten(self, document: Document) -> Document:
        """The top-level fields that must be written again so that all is under the current key; empty for none."""
        current = self.keys.current.id
        outdated = False

        def look(value: Any, _place: str) -> Any:
            nonlocal outdated
            outdated = outdated or key_id_of(value) != current
            return value

        self._with(document, look)
        if not outdated:
            return {}
        fresh = self.encrypted(self.decrypted(document))
        return {name: fresh[name] for name in fresh if name not in document or fresh[name] != document[name]}

    def _with(self, document: Document, change: Callable[[Any, str], Any]) -> Document:
        found: Any = dict(document)
        for steps in self._steps:
            found = _changed(found, steps, change, self.collection, document["_id"])
        changed: Document = found
        return changed


class EncryptedMapper(Mapper[T]):
    """A mapper whose documents are encrypted as a cipher says."""

    def __init__(self, kind: type[T], cipher: DocumentCipher) -> None:
        super().__init__(kind)
        self._cipher = cipher

    def document(self, thing: T) -> Document:
        """The document that is stored for `thing`."""
        return self._cipher.encrypted(super().document(thing))

    def thing(self, document: Mapping[str, Any]) -> T:
        """The dataclass that `document` stands for. Raises UnknownDataKeyError, CiphertextError."""
        return super().thing(self._cipher.decrypted(dict(document)))


def _changed(value: Any, steps: Sequence[str], change: Callable[[Any, str], Any], place: str, document_id: str) -> Any:
    """A copy of `value` in which what stands at the end of the steps is changed."""
    if not steps:
        return change(value, f"{place}/{document_id}") if isinstance(value, str | bytes) and value else value
    first, rest = steps[0], steps[1:]
    if first == EACH:
        if not isinstance(value, list | tuple):
            return value
        return [_changed(each, rest, change, f"{place}.{at}", document_id) for at, each in enumerate(value)]
    if not isinstance(value, Mapping) or first not in value:
        return value
    return {**value, first: _changed(value[first], rest, change, f"{place}.{first}", document_id)}
