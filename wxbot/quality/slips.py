"""Slips of the pen that are certain: a sign or word twice, no partner, a sentence that stops (A0-21). Pure."""

import re
from collections.abc import Collection, Iterator

from wxbot.quality.models import Check, Finding, Severity

SLIPS = Check(category="slips", name="标点与漏字")
SOURCE = "服务规范：不打错字，不让患者猜（A0-21）"

_DOUBLED = re.compile(r"([，。、；：,;:])\1{1,8}")
_ODD_PAIR = re.compile(r"[，、,][。！？!?]|[。！？][，、,。]")
_SPACE_BEFORE = re.compile(r"(?<=[\u4e00-\u9fff]) {1,8}(?=[，。！？；：、])")
_TWICE = re.compile(r"您您|请请|你你|我我们|我我(?!们)|的的(?!确)|帮帮您您")
# A blank that was not filled, or a variable of canned replies that was pasted as it stands (canned_replies/filling.py).
_BLANK = re.compile(
    r"〔[^〔〕]{0,20}〕|\{\?[^{}]{0,40}\}"
    r"|\{(?:patient_name|salutation|doctor(?:_card)?|visit_type|visit_day|visit_time|agent_name|clinic_(?:name|phone|address))\}"
)
_LAST = re.compile(r"[，,、：:]\s{0,8}\Z")
_PAIRS = {"（": "）", "“": "”", "《": "》", "「": "」", "【": "】"}


def slips(text: str, open_ended: Collection[str]) -> Iterator[Finding]:
    """Each slip, with the text that mends it where there is only one way to."""
    for found in _BLANK.finditer(text):
        yield _finding(
            text, *found.span(), "漏填", "这里还是空的，发出去患者看不懂", "把空填上再发", None, Severity.BLOCK
        )
    for found in _DOUBLED.finditer(text):
        yield _finding(text, *found.span(), "标点", "标点打重了", found[1], found[1])
    for found in _ODD_PAIR.finditer(text):
        better = next((sign for sign in found[0] if sign in "。！？!?"), "。")
        yield _finding(text, *found.span(), "标点", "两个标点连在一起", better, better)
    for found in _SPACE_BEFORE.finditer(text):
        yield _finding(text, *found.span(), "标点", "标点前多了空格", "去掉空格", "")
    for found in _TWICE.finditer(text):
        better = found[0][: len(found[0]) // 2] if found[0] != "我我们" else "我们"
        yield _finding(text, *found.span(), "多字", "这个字打了两遍", better, better)
    yield from _unpaired(text)
    yield from _stopped(text, open_ended)


def _unpaired(text: str) -> Iterator[Finding]:
    for opening, closing in _PAIRS.items():
        if text.count(opening) != text.count(closing):
            at = max(text.find(opening), text.find(closing))
            yield _finding(text, at, at + 1, "标点", f"{opening}{closing} 不成对", f"补上{opening}或{closing}", None)


def _stopped(text: str, open_ended: Collection[str]) -> Iterator[Finding]:
    found = _LAST.search(text)
    if found is not None:
        yield _finding(text, *found.span(), "漏字", "话停在半句上，可能漏了后面的字", "写完这一句", "。")
        return
    bare = text.rstrip(" 。！!.\n")
    for word in open_ended:
        if bare.endswith(word):
            why = "这一句没有写完，可能漏了字"
            yield _finding(text, len(bare) - len(word), len(bare), "漏字", why, "写完这一句", None)
            return


def _finding(  # noqa: PLR0913, PLR0917 - one fact each
    text: str,
    start: int,
    end: int,
    label: str,
    reason: str,
    instead: str,
    replacement: str | None,
    severity: Severity = Severity.HINT,
) -> Finding:
    return SLIPS.finding(
        text,
        (start, end),
        label=label,
        reason=reason,
        instead=instead,
        source=SOURCE,
        severity=severity,
        replacement=replacement,
    )
