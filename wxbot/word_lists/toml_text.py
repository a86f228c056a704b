"""The word lists as config/words.toml has them, so that what was set in the console can go back to files. Pure."""

import json

from wxbot.understanding.words import WordLists

HEAD = (
    "# 患者怎么说，由控制台导出。每个词单是同一个意思的不同说法，整句相符才算（标点、空格、繁简、全角半角不影响）。",
    "# 改好后运行 `wxbot check`，它会用大白话说明哪里不对。",
)


def words_toml(lists: WordLists) -> str:
    """The whole file. Reading it gives the same lists again."""
    lines = list(HEAD)
    for each in lists.lists:
        words = ", ".join(_quoted(word) for word in each.words)
        lines += ["", "[[lists]]", f"key = {_quoted(each.key)}", f"name = {_quoted(each.name)}"]
        lines += [f"about = {_quoted(each.about)}", f"words = [{words}]"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
