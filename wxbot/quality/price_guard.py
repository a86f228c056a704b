"""What is promised about prices, held against the one price list (A3-03, A3-08, A2-07). Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from wxbot.quality.amounts import Amount, amounts
from wxbot.quality.facts import ClinicFacts, Price
from wxbot.quality.models import Finding, Severity
from wxbot.quality.sentences import sentence_around

CATEGORY, NAME, LABEL = "prices", "价格", "私自许价"
SOURCE = "服务规范：以价目表为准，无权自行许价（A3-03、A3-08）"
LOOK_BACK = 8  # characters before an amount in which other charges are named

_OTHER_CHARGES = re.compile(
    r"押金|定金|订金|挂号费|挂号|检查费|拍片|片子|麻药|停车|打车|车费|退|报销|医保|已付|付了|交了|收据|发票|余额|欠|罚|药费|药|刷卡|材料"
)
_LESS = re.compile(r"减|省|便宜|优惠|少收|少|抵|返|送")
_QUANTITY = re.compile(r"一共|总共|合计|加起来|全部|两|三|四|五|六|七|八|九|十|[2-9] ?(?:颗|次|个|支|针|面|边)")


def price_findings(
    text: str, facts: ClinicFacts, *, patient_words: Sequence[str], today: date, role: str
) -> Iterator[Finding]:
    """Amounts near a visit type that the list does not have, or that the author may not say."""
    found = amounts(text)
    if not found or not facts.prices:
        return
    mentions = _mentions(text, facts.prices)
    asked = None if mentions else _asked(patient_words, facts.prices)
    for amount in found:
        if _OTHER_CHARGES.search(text[max(0, amount.start - LOOK_BACK) : amount.start]):
            continue
        price = _nearest(text, amount, mentions) or (asked if amount.sure else None)
        if price is None:
            continue
        if _LESS.search(text[max(0, amount.start - 3) : amount.start]):
            yield _finding(text, amount, price, Severity.BLOCK, "价目表里没有这项减免，许了就要兑现", sentence=True)
            continue
        wrong = _wrong(text, amount, price, today, role)
        if wrong is not None:
            yield _finding(text, amount, price, *wrong)


def _wrong(  # noqa: PLR0911 - one line a reason
    text: str, amount: Amount, price: Price, today: date, role: str
) -> tuple[Severity, str] | None:
    if price.low is None and price.high is None:
        return Severity.WARN, f"价目表里没有「{price.names[0]}」的价格，面诊后由医生告知"
    if price.until is not None and price.until < today:
        return Severity.BLOCK, f"「{price.names[0]}」的价格只到 {price.until:%Y-%m-%d} 有效，要先请管理员更新价目表"
    if role and price.said_by and role not in price.said_by:
        return Severity.BLOCK, f"「{price.names[0]}」的价格由{price.said_by_words or '有权限的同事'}来说"
    if price.low is not None and amount.low < price.low:
        return Severity.BLOCK, f"比价目表低：「{price.names[0]}」是 {price.words}"
    if price.high is not None and amount.high > price.high:
        first, last = sentence_around(text, amount.start, amount.end)
        if _QUANTITY.search(text, first, last):
            return None  # several together; nobody can tell
        return Severity.BLOCK, f"比价目表高：「{price.names[0]}」是 {price.words}"
    return None


def _finding(  # noqa: PLR0913 - one fact each
    text: str, amount: Amount, price: Price, severity: Severity, reason: str, *, sentence: bool = False
) -> Finding:
    known = price.low is not None or price.high is not None
    start, end = sentence_around(text, amount.start, amount.end) if sentence else (amount.start, amount.end)
    listed = f"{price.words}（以面诊为准）" if known else "费用面诊后由医生告诉您"
    wording = (
        f"{price.names[0]}的参考价格是 {price.words}，以面诊为准。"
        if known
        else f"{price.names[0]}的费用面诊后由医生告诉您。"
    )
    return Finding(
        severity=severity,
        start=amount.start,
        end=amount.end,
        words=text[amount.start : amount.end],
        category=CATEGORY,
        name=NAME,
        reason=reason,
        instead=wording,
        source=SOURCE,
        label=LABEL,
        grade=2,
        replacement=wording if sentence or not known else listed,
        replace_start=start if known or sentence else sentence_around(text, amount.start, amount.end)[0],
        replace_end=end if known or sentence else sentence_around(text, amount.start, amount.end)[1],
    )


def _mentions(text: str, prices: Sequence[Price]) -> list[tuple[int, int, Price]]:
    """Where visit types are named, the longest name first, none inside another."""
    spans: list[tuple[int, int, Price]] = []
    for name, price in sorted(((name, each) for each in prices for name in each.names), key=lambda each: -len(each[0])):
        at = text.find(name)
        while at >= 0 and name:
            end = at + len(name)
            if all(end <= start or at >= last for start, last, _ in spans):
                spans.append((at, end, price))
            at = text.find(name, end)
    return sorted(spans, key=lambda each: each[0])


def _nearest(text: str, amount: Amount, mentions: Sequence[tuple[int, int, Price]]) -> Price | None:
    """The visit type of the same sentence: the last before the amount, else the first after it."""
    first, last = sentence_around(text, amount.start, amount.end)
    inside = [each for each in mentions if first <= each[0] < last]
    before = [each for each in inside if each[1] <= amount.start]
    if before:
        return before[-1][2]
    return inside[0][2] if inside else None


def _asked(patient_words: Sequence[str], prices: Sequence[Price]) -> Price | None:
    """The one visit type that the patient's latest words name."""
    for words in reversed(patient_words[-3:]):
        named = {id(price): price for _, _, price in _mentions(words, prices)}
        if named:
            return next(iter(named.values())) if len(named) == 1 else None
    return None
