"""The anchor file: places of the chain, appended outside the database, so that rewriting it there is noticed.

One JSON object per line, durable before the call returns, each with a message authentication code over its words and
over the code of the line before. Opened for appending only, so `chattr +a` may protect it. The first line says from
which entry on the chain is keyed.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from fcntl import LOCK_SH
from hmac import compare_digest, digest
from pathlib import Path
from typing import Any

from wxbot.audit.chain import KeyOf
from wxbot.audit.models import Anchor, Anchors, Head
from wxbot.file_locks import locked

FILE_NAME = "audit-anchors.log"
ID_LENGTH = 16  # hex digits of the first line's code, which no other file has
_LABEL = b"anchor\n"  # what is authenticated here is no entry of the chain


class AnchorFile:
    """The file of one machine; safe for several processes. All calls block: use them in a thread."""

    def __init__(self, path: Path, key_of: KeyOf) -> None:
        self.path = path
        self._key_of = key_of

    def read(self) -> Anchors:
        """Every line that is ours; nothing where there is no file. Raises OSError."""
        try:
            with locked(self.path, how=LOCK_SH) as handle:
                return self._parsed(_all_of(handle))[0]
        except FileNotFoundError:
            return Anchors()

    def append(self, heads: Sequence[Head], *, keyed_from: int, key_id: str, at: str) -> tuple[Anchor, ...]:
        """Write those places down that lie beyond the last one written; which.

        A file without a valid line begins with one that says from which entry on the chain is keyed. `at` is ISO 8601.
        Raises OSError.
        """
        key = self._key_of(key_id)
        if key is None:
            raise ValueError("the key is not here")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT) as handle:
            text = _all_of(handle)
            there, code = self._parsed(text)
            newest = there.anchors[-1].seq if there.anchors else -1
            fresh = [_anchor(head) for head in sorted(heads, key=lambda head: head.seq) if head.seq > newest]
            if not there.anchors and fresh:
                fresh[0] = replace(fresh[0], keyed_from=keyed_from)
            lines = []
            for anchor in fresh:
                words = {**_words(anchor), "key": key_id, "at": at}
                code = _code(key, code, words)
                lines.append(json.dumps({**words, "mac": code}, sort_keys=True) + "\n")
            if lines:
                torn = "\n" if text and not text.endswith("\n") else ""  # a machine that died in the middle of a line
                os.write(handle, (torn + "".join(lines)).encode("ascii"))
                os.fsync(handle)
            return tuple(fresh)

    def _parsed(self, text: str) -> tuple[Anchors, str]:
        """The valid lines, and the code of the last one."""
        anchors: list[Anchor] = []
        code, file_id, damaged = "", "", 0
        for line in text.splitlines():
            anchor, found = self._line(line, code)
            if anchor is None or (anchors and anchor.seq <= anchors[-1].seq):
                damaged += 1
                continue
            anchors.append(anchor)
            code = found
            file_id = file_id or code[:ID_LENGTH]
        return Anchors(anchors=tuple(anchors), lines=len(anchors), damaged=damaged, file_id=file_id), code

    def _line(self, line: str, before: str) -> tuple[Anchor | None, str]:
        try:
            words: dict[str, Any] = json.loads(line)
            found, key = str(words.pop("mac")), self._key_of(str(words["key"]))
            if key is None or not compare_digest(found.encode(), _code(key, before, words).encode()):
                return None, ""
            anchor = Anchor(
                id=str(words["day"]),
                seq=int(words["seq"]),
                hash=str(words["hash"]),
                keyed_from=int(words.get("keyed_from", 0)),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return None, ""
        return anchor, found


def _anchor(head: Head) -> Anchor:
    return Anchor(id=head.id, seq=head.seq, hash=head.hash)


def _words(anchor: Anchor) -> dict[str, Any]:
    words: dict[str, Any] = {"day": anchor.id, "seq": anchor.seq, "hash": anchor.hash}
    return {**words, "keyed_from": anchor.keyed_from} if anchor.keyed_from else words


def _code(key: bytes, before: str, words: dict[str, Any]) -> str:
    spelled = json.dumps(words, sort_keys=True, separators=(",", ":"))
    return digest(key, _LABEL + f"{before}\n{spelled}".encode("utf-8", "surrogatepass"), "sha256").hex()


def _all_of(handle: int) -> str:
    with os.fdopen(os.dup(handle), "rb") as file:
        file.seek(0)
        return file.read().decode("utf-8", "replace")
