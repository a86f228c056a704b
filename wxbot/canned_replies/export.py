"""The shared canned replies as config/canned_replies has them, so that what was set can go back. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping

from wxbot.canned_replies.models import CannedReply

HEAD = "# 常用语，由控制台导出。写法见 docs/canned-replies.md。"
NAMES = ("id", "title", "text", "source")


def canned_toml(replies: Iterable[CannedReply]) -> Mapping[str, str]:
    """File name → content, a file a folder in the order given. Reading them gives the same shared replies again.

    Private ones belong to a person and stay in the database; archived ones are not proposed any more.
    """
    folders: dict[str, list[CannedReply]] = {}
    for each in replies:
        if each.owner is None and not each.archived:
            folders.setdefault(each.folder, []).append(each)
    return {
        f"folder_{number:02}.toml": "\n".join([HEAD, "", f"folder = {_value(folder)}", *_lines(kept), ""])
        for number, (folder, kept) in enumerate(folders.items(), 1)
    }


def _lines(replies: Iterable[CannedReply]) -> Iterator[str]:
    for each in replies:
        yield from ("", "[[replies]]")
        for name in NAMES:
            if value := getattr(each, name):
                yield f"{name} = {_value(value)}"


def _value(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
