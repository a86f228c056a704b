"""A message as tokens in clauses, with what their neighbours make of them: the ground that intents are read on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from wxbot.understanding.doubtful_phrases import AFTER, BEFORE
from wxbot.understanding.lexer import lex
from wxbot.understanding.relations import name_at
from wxbot.understanding.tokens import Kind, Token, uncovered
from wxbot.understanding.vocabulary import ReadingContext

PARTICULARS = frozenset({Kind.DAY, Kind.TIME, Kind.VISIT_TYPE, Kind.PRACTITIONER, Kind.ANYONE})
CLAUSE_MARKS = frozenset(",.;!?\n:")
VERBS = frozenset({Kind.BOOK, Kind.MOVE_TO, Kind.MOVE, Kind.CANCEL, Kind.WISH, Kind.ABLE, Kind.CORRECTION})
ASKABLE = frozenset(
    {
        Kind.AVAILABLE,
        Kind.ABLE,
        Kind.BOOK,
        Kind.WISH,
        Kind.VISIT_TYPE,
        Kind.PAST,
        Kind.LOOK_UP,
        Kind.COMING,
        Kind.STANDING,
    }
)
TAGS = frozenset({"不", "没", "没有", "否", "无", "冇"})  # 有号没? 行不? 满了没?
LONGEST_PERSON = 3  # signs of a doctor's name before their title
GREETINGS = ("在吗", "在么", "在不", "在没", "有人吗", "有人在吗")
WORKING = frozenset({"上班", "值班", "当班"})
WITH = frozenset({"跟", "和", "与"})
RATHER = frozenset({"还是"})
MOVING = frozenset({Kind.MOVE, Kind.SHIFT})
ADJUSTED = frozenset({Kind.NEGATION, Kind.CANCEL, Kind.FILLER, Kind.COMPARISON})  # by their neighbours
ADJUSTED_WORDS = WORKING | WITH | RATHER
NO_NAMES = frozenset({"女", "男", "老", "小"})
TO = frozenset({"到", "成", "至", "在"})  # 改周五的预约到周六


@dataclass(frozen=True)
class Sentence:
    """The tokens of a message, each in a clause; `gaps` are the stretches that no token covers."""

    text: str
    tokens: tuple[Token, ...]
    clauses: tuple[int, ...]  # the number of the clause of each token
    names: dict[int, str]  # written beside a relation, by the place where they start
    unknown_people: tuple[str, ...]  # before 医生, and no doctor of the clinic
    leftover: tuple[str, ...]
    torn: bool  # a day or a time was read only in part

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of token that there are."""
        return frozenset(token.kind for token in self.tokens)

    @cached_property
    def rules(self) -> frozenset[str]:
        """The rules that applied."""
        return frozenset(token.rule for token in self.tokens)

    def has(self, *kinds: Kind) -> bool:
        """Whether there is a token of one of these kinds."""
        return not self.kinds.isdisjoint(kinds)

    def first(self, *kinds: Kind) -> int | None:
        """The place of the first token of one of these kinds."""
        return next((place for place, token in enumerate(self.tokens) if token.kind in kinds), None)

    def particulars(self) -> list[int]:
        """The places of the tokens that name a particular."""
        return [place for place, token in enumerate(self.tokens) if token.kind in PARTICULARS]

    @property
    def read_whole(self) -> bool:
        """Whether tokens cover every word."""
        return not self.leftover

    def refused(self) -> frozenset[int]:
        """The places of the particulars that a refusal or an obstacle is about."""
        found: set[int] = set()
        for place, token in enumerate(self.tokens):
            if token.kind is Kind.NEGATION and token.rule.endswith(AFTER):
                found.update(self._run(place, 1, lambda each: each.kind in VERBS or each.words == "是"))
            elif token.kind is Kind.OBSTACLE or (token.kind is Kind.NEGATION and token.rule.endswith(BEFORE)):
                found.update(self._run(place, -1, lambda each: each.kind in VERBS - {Kind.WISH, Kind.ABLE}))
        return frozenset(found) | self._taken_back()

    def _taken_back(self) -> frozenset[int]:
        """The places before a correction of what is named again after it: 周五，不对，周六."""
        corrected = [place for place, token in enumerate(self.tokens) if token.kind is Kind.CORRECTION]
        if not corrected:
            return frozenset()
        again = {token.kind for token in self.tokens[corrected[-1] :]}
        return frozenset(
            place for place in self.particulars() if place < corrected[-1] and self.tokens[place].kind in again
        )

    def missed(self) -> frozenset[int]:
        """The places of the particulars of a visit that somebody cannot come to."""
        found: set[int] = set()
        for place, token in enumerate(self.tokens):
            if token.kind in {Kind.CANNOT_COME, Kind.CANCEL}:
                found.update(self._run(place, -1, lambda each: each.kind in {Kind.MOVE_TO, Kind.CORRECTION}))
        return frozenset(found)

    def followed_by_standing(self, place: int) -> bool:
        """Whether a particular is of an appointment that stands: 周五的, 周五那个, 周五的预约."""
        for token in self.tokens[place + 1 :]:
            if token.kind in PARTICULARS:
                continue
            if token.kind is Kind.POSSESSIVE:
                return True
            return token.kind is Kind.STANDING
        return False

    def _run(self, place: int, step: int, ends: Callable[[Token], bool]) -> list[int]:
        """The particulars beside a token, in its clause, up to where something else begins."""
        found = []
        near = place + step
        while 0 <= near < len(self.tokens) and self.clauses[near] == self.clauses[place]:
            token = self.tokens[near]
            if ends(token):
                break
            if token.kind in PARTICULARS:
                found.append(near)
            near += step
        return found


def sentence_of(text: str, context: ReadingContext) -> Sentence:
    """The sentence that a normalised text is."""
    lexed = lex(text, context)
    tokens = _adjusted(lexed.tokens)
    gaps = uncovered(text, tokens)
    names = {}
    relations = {token.end for token in tokens if token.kind is Kind.RELATION}
    titles = {token.start for token in tokens if token.kind is Kind.TITLE}
    unknown: list[str] = []
    leftover: list[str] = []
    for start, end in gaps:
        name = name_at(text, start, end) if start in relations else ""
        if name:
            names[start] = name
            continue
        if end in titles and end - start <= LONGEST_PERSON and text[start:end] not in NO_NAMES:
            unknown.append(text[start:end])
        leftover.append(text[start:end])
    return Sentence(text, tokens, _clauses(tokens), names, tuple(unknown), tuple(leftover), lexed.torn)


def _clauses(tokens: Sequence[Token]) -> tuple[int, ...]:
    number, found = 0, []
    for token in tokens:
        if token.kind is Kind.MARK and token.words in CLAUSE_MARKS:
            number += 1
        found.append(number)
    return tuple(found)


def _adjusted(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens, with what their neighbours make of them: 有号没 asks, 明天，不，后天 corrects, 改…到 moves."""
    found: list[Token] = []
    asked = any(token.kind is Kind.QUESTION for token in tokens)
    for place, token in enumerate(tokens):
        if token.kind not in ADJUSTED and token.words not in ADJUSTED_WORDS:
            found.append(token)
            continue
        before = tokens[place - 1] if place else None
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        adjusted = token
        if token.kind is Kind.NEGATION and token.words in TAGS:
            adjusted = _tag(token, before, after)
        elif token.kind is Kind.CANCEL and before is not None and before.words in TAGS:
            adjusted = token._replace(kind=Kind.NEGATION, rule=f"negation.{AFTER}")  # 我不取消了
        elif token.kind is Kind.FILLER and token.words.startswith(GREETINGS) and not _begins(tokens[:place]):
            adjusted = token._replace(kind=Kind.QUESTION, rule="question.ends")  # 周医生周五在吗
        elif token.words in WORKING and not asked:
            adjusted = token._replace(kind=Kind.OBSTACLE, rule="obstacle")  # 周五上班: their own work
        elif token.words in WITH and after is not None and after.kind is Kind.PRACTITIONER:
            doctors = sum(each.kind is Kind.PRACTITIONER for each in tokens)
            adjusted = token._replace(kind=Kind.FILLER, rule="filler") if doctors == 1 else token  # 跟周医生约的
        elif token.words in RATHER and not _between_alike(tokens, place):
            adjusted = token._replace(kind=Kind.FILLER, rule="filler")  # 还是周六吧
        elif token.kind is Kind.COMPARISON and token.words in TO and any(each.kind in MOVING for each in found):
            adjusted = token._replace(kind=Kind.MOVE_TO, rule="move.to")  # 改周五的预约到周六
        found.append(adjusted)
    return tuple(found)


def _tag(token: Token, before: Token | None, after: Token | None) -> Token:
    """没 of 有号没, or 不 of 明天，不，后天; else the refusal that it is."""
    if after is not None and after.kind not in {Kind.MARK, Kind.QUESTION} and after.words not in {"啊", "呀", "了"}:
        return token
    if before is None or before.kind is Kind.MARK:
        return token if after is None else token._replace(kind=Kind.CORRECTION, rule="correction")
    asks = before.kind in ASKABLE or before.words == "了"
    return token._replace(kind=Kind.QUESTION, rule="question.tag") if asks else token


def _begins(before: Sequence[Token]) -> bool:
    """Whether what follows opens a clause, after no more than a greeting: 周医生在吗, and not 周六医生在吗."""
    for token in reversed(before):
        if token.kind is Kind.MARK:
            return True
        if token.kind not in {Kind.FILLER, Kind.TITLE}:
            return False
    return True


def _between_alike(tokens: Sequence[Token], place: int) -> bool:
    """Whether particulars of one kind stand on both sides: 周五还是周六."""
    sides = [{token.kind for token in side} & PARTICULARS for side in (tokens[:place], tokens[place + 1 :])]
    return not sides[0].isdisjoint(sides[1])
