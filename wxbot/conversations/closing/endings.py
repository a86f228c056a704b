"""Which of the four endings it is, with the lines that show it (A0-09 … A0-14, A2-25, A2-33, A2-53). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wxbot.actors import STAFF
from wxbot.clinic.models import Clinic
from wxbot.conversations.closing.ending_words import EVENTS, EndingWords, asks
from wxbot.conversations.closing.farewells import Sentences
from wxbot.conversations.models import Ending, EndingKind, Episode
from wxbot.history.models import By, Direction, Interaction, Kind

WARNINGS = 2  # before an abusive patient's talk may be ended (A2-33)
POLITE_END = "礼貌劝结"  # A2-32: somebody who only chats was asked to leave the line to others


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What a close comes to before it is made, and what the wizard proposes to send first."""

    ending: Ending
    needs_reason: bool  # 主动结束: a supervisor's
    ask_more: str = ""  # the sentence to send first, where it was not asked
    farewell: str = ""  # the sentence for today (A2-30)
    ask_contact: str = ""  # before that, where neither a booking nor a contact is there (A0-11)
    why: str = ""  # for staff: what makes it this ending
    wait_until: datetime | None = None  # asked for more, and the patient may still answer until then


@dataclass(frozen=True, kw_only=True)
class Talk:
    """The lines of an episode as an ending sees them: what people wrote. The bot's lines answer nobody."""

    lines: tuple[Interaction, ...]  # the patient's and colleagues', oldest first
    words: EndingWords

    @property
    def open_question(self) -> Interaction | None:
        """The latest words of the patient that nobody answered and that are no mere courtesy."""
        asked: Interaction | None = None
        for line in self.lines:
            if is_patients(line):
                text = line.text or ""
                if not self.words.nothing_more(text):
                    asked = line
            elif not self.words.only_holds(line.text or "") and not self._warns(line):
                asked = None
        return asked

    @property
    def asked_more(self) -> Interaction | None:
        """Where a colleague last asked for more, if the patient has brought up nothing new since."""
        return self._staff_says("ask_more")

    @property
    def farewell(self) -> Interaction | None:
        """Where a colleague said goodbye, if the patient has brought up nothing new since."""
        return self._staff_says("farewell")

    @property
    def polite_end(self) -> Interaction | None:
        """Where a colleague asked somebody who only chats to leave, if nothing was asked since (A2-32)."""
        found: Interaction | None = None
        for line in self.lines:
            if is_patients(line):
                found = None if asks(line.text or "") else found
            elif self.words.says("polite_end", line.text or ""):
                found = line
        return found

    @property
    def declined(self) -> bool:
        """Whether the patient would leave no contact and book nothing for now (A0-11)."""
        return any(is_patients(line) and self.words.says("declined", line.text or "") for line in self.lines)

    def after(self, line: Interaction) -> tuple[Interaction, ...]:
        """What people wrote after that line."""
        return self.lines[self.lines.index(line) + 1 :]

    def warnings(self) -> tuple[Interaction, ...]:
        """The two warnings in their order, the second only after the patient went on (A2-27, A2-33)."""
        first: Interaction | None = None
        went_on = False
        for line in self.lines:
            text = line.text or ""
            if is_patients(line):
                went_on = went_on or first is not None
            elif first is None and (self.words.says("warning_first", text) or self.words.says("warning_last", text)):
                first = line
            elif went_on and first is not None and self.words.says("warning_last", text):
                return (first, line)
        return () if first is None else (first,)

    def _warns(self, line: Interaction) -> bool:
        text = line.text or ""
        return self.words.says("warning_first", text) or self.words.says("warning_last", text)

    def _staff_says(self, key: str) -> Interaction | None:
        found: Interaction | None = None
        for line in self.lines:
            if not is_patients(line):
                found = line if self.words.says(key, line.text or "") else found
            elif not self.words.nothing_more(line.text or ""):
                found = None
        return found


def is_patients(line: Interaction) -> bool:
    """Whether the patient wrote, sent or tapped that."""
    return line.kind is Kind.MESSAGE_RECEIVED


def is_staffs(line: Interaction) -> bool:
    """Whether a colleague wrote that to the patient."""
    return line.kind is Kind.MESSAGE_SENT and line.direction is Direction.OUT and line.by.startswith(STAFF)


def talk_of(lines: Sequence[Interaction], words: EndingWords) -> Talk:
    """What people wrote among those lines, oldest first."""
    said = (line for line in lines if is_staffs(line) or (is_patients(line) and line.text not in EVENTS))
    return Talk(lines=tuple(said), words=words)


def decide(  # noqa: PLR0911, PLR0913 - one case each; one fact each, all keyword-only
    episode: Episode,
    lines: Sequence[Interaction],
    *,
    by: str,
    now: datetime,
    outage: bool = False,
    words: EndingWords = EndingWords(),  # noqa: B008 - immutable
    sentences: Sentences = Sentences(),  # noqa: B008 - immutable
    clinic: Clinic | None = None,
    may_ask: bool = True,
) -> Closing:
    """The ending of an episode whose lines are given oldest first, closed by `by` at `now`.

    Without the lists of config/endings.toml nothing is told by words; `Closings.decide` has them. `may_ask`: a booking
    or a contact is there, so that one may ask for more and say goodbye (A0-11).
    """
    talk = talk_of(lines, words)
    question = talk.open_question
    unseen = episode.waiting_since is not None and not any(map(is_patients, talk.lines))  # it is in none of the lines
    waits = question is not None or unseen
    if outage:
        return _closing(EndingKind.SYSTEM, by, now, why="系统或网络中断", reason="系统中断")
    if by == By.PATIENT:
        last = next((line for line in reversed(talk.lines) if is_patients(line)), None)
        return _closing(EndingKind.CLIENT, by, now, last, why="患者表示不需要了")
    if (found := _by_warnings(talk, by, now) or _finished(talk, by, now)) is not None:
        return found
    if waits and by == By.SYSTEM:
        return _closing(EndingKind.SYSTEM, by, now, question, why="患者还在等答复，由系统结束")
    if waits:
        return _closing(EndingKind.AGENT, by, now, question, why="患者的问题还没有答复", needs_reason=True)
    if by == By.SYSTEM or not talk.lines:
        why = "患者没有再回复" if talk.lines else "没有对话内容"
        return _closing(EndingKind.CLIENT, by, now, _last(talk), why=why)
    return _unfinished(talk, by=by, now=now, sentences=sentences, clinic=clinic, may_ask=may_ask)


def _by_warnings(talk: Talk, by: str, now: datetime) -> Closing | None:
    """An ending after two warnings, or of somebody who only chats: the agent's, and nobody's fault."""
    warned = talk.warnings()
    if len(warned) >= WARNINGS:
        ending = Ending(
            kind=EndingKind.AGENT, by=by, at=now, evidence=tuple(line.id for line in warned), after_warnings=True
        )
        return Closing(ending=ending, needs_reason=False, why="已两次提醒文明用语")
    if by.startswith(STAFF) and (asked := talk.polite_end) is not None:
        return _closing(EndingKind.AGENT, by, now, asked, why="已礼貌劝结，没有其他业务", reason=POLITE_END)
    return None


def _finished(talk: Talk, by: str, now: datetime) -> Closing | None:
    """An ending that the lines show already: 问候结束, or a patient who said goodbye or nothing more."""
    if talk.open_question is not None:
        return None
    asked, said = talk.asked_more, talk.farewell
    last_words = next((line for line in reversed(talk.lines) if is_patients(line)), None)
    if asked is not None:
        answers = [line for line in talk.after(asked) if is_patients(line)]
        silent = now - asked.at >= talk.words.wait_for
        if said is not None and (answers or silent) and talk.lines.index(said) >= talk.lines.index(asked):
            return _closing(EndingKind.GREETING, by, now, asked, *answers[:1], said, why="问过还有没有疑问，并道别")
        if answers and by == By.SYSTEM:
            return _closing(EndingKind.CLIENT, by, now, asked, answers[-1], why="患者表示没有其他问题")
    if last_words is not None and talk.words.goodbye(last_words.text or ""):
        own = [line for line in talk.lines[: talk.lines.index(last_words)] if line == said]
        if not own:  # the patient said goodbye first
            return _closing(EndingKind.CLIENT, by, now, last_words, why="患者道别")
    return None


def _unfinished(  # noqa: PLR0913 - one fact each
    talk: Talk,
    *,
    by: str,
    now: datetime,
    sentences: Sentences,
    clinic: Clinic | None,
    may_ask: bool,
) -> Closing:
    """Everything is answered: what is still to be said, and what a close without it would be."""
    farewell = sentences.farewell(now, clinic) if clinic is not None else ""
    asked, said, last = talk.asked_more, talk.farewell, _last(talk)
    if asked is not None:
        answers = [line for line in talk.after(asked) if is_patients(line)]
        if answers or now - asked.at >= talk.words.wait_for:  # only the farewell is missing: the patient is done
            why = "患者表示没有其他问题，还没有道别" if answers else "问过还有没有疑问，患者没有再回"
            return _closing(EndingKind.CLIENT, by, now, asked, *answers[-1:], why=why, farewell=farewell)
        return _closing(
            EndingKind.AGENT,
            by,
            now,
            asked,
            why="刚问过还有没有疑问，请等患者回复",
            needs_reason=True,
            farewell=farewell,
            wait_until=asked.at + talk.words.wait_for,
        )
    ready = may_ask or talk.declined
    if said is None and last is not None and not is_patients(last) and now - last.at >= talk.words.silent_after:
        found = _closing(EndingKind.CLIENT, by, now, last, why="已答复，患者没有再回复")
    else:
        why = "还没有问患者是否有其他疑问"
        evidence = said if said is not None else last
        found = _closing(EndingKind.AGENT, by, now, evidence, why=why, needs_reason=True)
    return replace(
        found,
        ask_more=sentences.plain("ask_more", clinic) if ready else "",
        farewell=farewell,
        ask_contact="" if ready else sentences.plain("ask_contact", clinic),
    )


def _last(talk: Talk) -> Interaction | None:
    return talk.lines[-1] if talk.lines else None


def _closing(  # noqa: PLR0913 - one fact each
    kind: EndingKind,
    by: str,
    now: datetime,
    *evidence: Interaction | None,
    why: str,
    reason: str = "",
    needs_reason: bool = False,
    farewell: str = "",
    wait_until: datetime | None = None,
) -> Closing:
    lines = tuple(line.id for line in evidence if line is not None)
    return Closing(
        ending=Ending(kind=kind, by=by, at=now, evidence=lines, reason=reason),
        needs_reason=needs_reason,
        farewell=farewell,
        why=why,
        wait_until=wait_until,
    )
