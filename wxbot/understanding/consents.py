"""Stop and resume, however said; a doubtful stop is told apart.

A stop is a message that asks us not to write: in a word (退订), as a refusal (别再发了), as a wish not to receive
(不想收到), as an order about the messages (把推送关了), as a threat (再发就拉黑). Whoever only complains of many
messages may mean it: doubtful. What else the message says is its rest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from wxbot.understanding.beside_consent import BARE, trimmed, wants_something
from wxbot.understanding.doubtful_stops import doubt, is_annoyed, may_doubt
from wxbot.understanding.message import Message
from wxbot.understanding.models import Evidence, Intent
from wxbot.understanding.resume_wordings import RESUMES, UNDONE
from wxbot.understanding.sending_words import CLAUSE, is_courtesy, repeated, without_courtesies
from wxbot.understanding.stop_wordings import ENGLISH, STOPS, THREAT, WEAKER_THAN_RESUME
from wxbot.understanding.words import WordLists

MEANINGS: Mapping[str, str] = {
    "stop.repeat": "已经退订过，还在收到",
    "stop.word": "退订",
    "stop.homophone": "「退订」的同音错字",
    "stop.refusal": "请别再发",
    "stop.not_receive": "不想收到",
    "stop.not_want": "不要消息",
    "stop.about_messages": "把消息停掉",
    "stop.order": "停止消息",
    "stop.at_once": "马上停",
    "stop.remove": "移出名单",
    "stop.threat": "再发就投诉、拉黑",
    "stop.english": "英文或拼音的退订",
    "stop.complaint_and_bare": "嫌消息多，并说停",
    "stop.doubtful": "嫌消息多，可能想停",
    "stop.annoyed": "只说烦，可能想停",
    "resume.taken_back": "撤回退订",
    "resume.again": "重新接收",
    "resume.for_me": "重新发给我",
    "resume.wants": "想收到消息",
    "resume.wants_again": "想再收到消息",
    "resume.send_me": "请再发给我",
    "resume.bare": "恢复",
    "resume.undone": "退订后想恢复",
}
"""What each rule means, for staff."""

_UNREAD = re.compile(
    "(?:我|都|也|从来|根本|真的?|一?条?都?){0,3}(?:不想|懒得|没空|不)(?:再)?(?:看|理)(?:了|的|啊|完)?"
)  # 有完没完，不看

LONGEST = 600  # characters that are looked at: a full screen


@dataclass(frozen=True, kw_only=True)
class ConsentFound:
    """STOP or RESUME with its evidence, or a doubtful stop; `rest` is what the message wants beside it."""

    intent: Intent
    evidence: tuple[Evidence, ...]
    doubtful: bool = False
    rest: str = ""

    @property
    def alone(self) -> bool:
        """Whether the message says nothing else."""
        return not self.rest


@dataclass(frozen=True)
class _Clause:
    """A part of the message between marks, `text[start:]` of it, and what it was matched by."""

    text: str
    start: int


def find_consent(message: Message, words: WordLists) -> ConsentFound | None:
    """What the message says about being written to; None when nothing."""
    found = _found(message, words)
    if found is None:
        return None
    named = tuple(replace(each, meaning=MEANINGS.get(each.rule, "")) for each in found.evidence)
    return replace(found, evidence=named)


def _found(message: Message, words: WordLists) -> ConsentFound | None:
    text = message.text[:LONGEST]
    if not message.words:
        return None
    listed = _listed(message, words)
    if listed is not None:
        return listed
    clauses = [_Clause(found[0], found.start()) for found in CLAUSE.finditer(text)]
    resumes = _evidence(text, clauses, Intent.RESUME, words) or _undone(text)
    stops = _evidence(text, clauses, Intent.STOP, words) or _by_threat(text) or _in_english(message)
    if resumes and all(each.rule in WEAKER_THAN_RESUME for each in stops):
        return ConsentFound(intent=Intent.RESUME, evidence=resumes, rest=_rest(clauses, resumes))
    doubts = _doubts(clauses) if not stops and may_doubt(text) else ()
    if doubts and any(BARE.fullmatch(each.text) for each in clauses):
        stops, doubts = tuple(_as_stop(each) for each in doubts), ()
    if stops:
        return ConsentFound(intent=Intent.STOP, evidence=stops, rest=_rest(clauses, stops))
    if doubts:
        return ConsentFound(intent=Intent.STOP, evidence=doubts, doubtful=True, rest=_rest(clauses, doubts))
    return None


def _listed(message: Message, words: WordLists) -> ConsentFound | None:
    """The whole message is a word of the clinic's lists, courtesies apart, perhaps several times (退订退订退订)."""
    for key, intent in (("stop", Intent.STOP), ("resume", Intent.RESUME)):
        kept = words.of(key)
        if not _holds(message.words, kept):
            continue
        bare = without_courtesies(message.words)
        half = repeated(bare)
        if message.words in kept or bare in kept or half in kept:
            evidence = Evidence(rule=f"words.{key}", words=message.text, start=0, end=len(message.text))
            return ConsentFound(intent=intent, evidence=(evidence,))
    return None


def _holds(text: str, kept: frozenset[str]) -> bool:
    """Whether one of the words stands somewhere in the text."""
    return any_of(kept).search(text) is not None


@lru_cache(maxsize=8)
def any_of(kept: frozenset[str]) -> re.Pattern[str]:
    """The words as one pattern, compiled once per state of a list; it is found nowhere where there are none."""
    return re.compile("|".join(map(re.escape, sorted(kept))) if kept else r"(?!)")


def _evidence(text: str, clauses: list[_Clause], intent: Intent, words: WordLists) -> tuple[Evidence, ...]:
    """The clauses of the text that say it, each by its first rule."""
    key = intent.value
    kept = words.of(key)
    wordings = STOPS if intent is Intent.STOP else RESUMES
    worded, listed = wordings.possible(text), _holds(text, kept)
    if not worded and not listed:
        return ()
    found = []
    for clause in clauses:
        if listed and _holds(clause.text, kept) and without_courtesies(clause.text) in kept:
            end = clause.start + len(clause.text)
            found.append(Evidence(rule=f"words.{key}", words=clause.text, start=clause.start, end=end))
            continue
        match = wordings.first(clause.text) if worded else None
        if match is not None:
            rule, (start, end) = match
            found.append(
                Evidence(
                    rule=f"{key}.{rule}",
                    words=clause.text[start:end],
                    start=clause.start + start,
                    end=clause.start + end,
                )
            )
    return tuple(found)


def _by_threat(text: str) -> tuple[Evidence, ...]:
    """再发我就投诉: also across a comma."""
    found = THREAT.search(text)
    return (
        () if found is None else (Evidence(rule="stop.threat", words=found[0], start=found.start(), end=found.end()),)
    )


def _undone(text: str) -> tuple[Evidence, ...]:
    found = UNDONE.search(text)
    return (
        () if found is None else (Evidence(rule="resume.undone", words=found[0], start=found.start(), end=found.end()),)
    )


def _in_english(message: Message) -> tuple[Evidence, ...]:
    if not ENGLISH.found_in(message.spaced[:LONGEST]):
        return ()
    return (Evidence(rule="stop.english", words=message.text[:LONGEST], start=0, end=len(message.text)),)


def _doubts(clauses: list[_Clause]) -> tuple[Evidence, ...]:
    found = []
    only_annoyed = all(
        is_annoyed(each.text) or is_courtesy(each.text) or _UNREAD.fullmatch(each.text) for each in clauses
    )
    for clause in clauses:
        hit = doubt(clause.text)
        rule = "stop.doubtful"
        if hit is None and only_annoyed and is_annoyed(clause.text):
            hit, rule = (0, len(clause.text)), "stop.annoyed"
        if hit is not None:
            start, end = hit
            begin = clause.start + start
            found.append(Evidence(rule=rule, words=clause.text[start:end], start=begin, end=clause.start + end))
    return tuple(found)


def _as_stop(doubt: Evidence) -> Evidence:
    return Evidence(rule="stop.complaint_and_bare", words=doubt.words, start=doubt.start, end=doubt.end)


def _rest(clauses: list[_Clause], evidence: tuple[Evidence, ...]) -> str:
    """What is left of the message and wants something: the clauses, and parts of clauses, that no rule accounts for."""
    left = []
    for clause in clauses:
        end = clause.start + len(clause.text)
        parts, at = [], clause.start
        for each in evidence:
            if each.end <= clause.start or each.start >= end:
                continue
            parts.append(clause.text[at - clause.start : max(0, each.start - clause.start)])
            at = max(at, min(each.end, end))
        parts.append(clause.text[at - clause.start :])
        left += [part for part in map(trimmed, parts) if wants_something(part)]
    return ",".join(left)
