"""The questions as config/questions has them, so that what was set in the console can go back to files. Pure."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from wxbot.questions.models import Question
from wxbot.understanding.vocabulary import ReadingRules

HEAD = "# 常见问题，由控制台导出。改好后运行 `wxbot check`，它会用大白话说明哪里不对。"
NAMES = ("id", "question", "ways", "patterns", "about", "answer", "answer_named", "button", "reviewed_by")


def questions_toml(questions: Iterable[Question], rules: ReadingRules) -> str:
    """The whole file. Reading it gives the same questions and the same rules for comparing them again."""
    lines = [HEAD, "", f"unanswered = {_value(rules.unanswered)}"]
    lines.append(f"unanswered_ways = {_value(rules.unanswered_ways)}")
    for each in rules.synonyms:
        lines += ["", "[[synonyms]]", f"word = {_value(each.word)}", f"same = {_value(each.same)}"]
    for question in questions:
        lines += ["", "[[questions]]", *_lines(question)]
    return "\n".join(lines) + "\n"


def _lines(question: Question) -> Iterator[str]:
    for name in (*NAMES, "reviewed_until", "retired"):
        value = getattr(question, name)
        if value is not None and value is not False and value not in {"", ()}:
            yield f"{name} = {_value(value)}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case tuple():
            return f"[{', '.join(_value(each) for each in value)}]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
