"""The shape of desk.toml: when the chat desk answers, how long is long, who is told. Times are whole seconds."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from config.checks import Finding
from config.local_hours import weekly_blocks
from config.schemas import BlockEntry, Entry, Identifier, Text

A_DAY = 86_400  # seconds
RESERVED = ("hold", "hold_supervisor", "promise", "promise_late")  # rungs that the desk itself fires
LONGEST_TAG = 20  # characters, as of every tag of a patient
LONGEST_WORD = 40  # characters; a longer one is a sentence that nobody writes twice

Measure = Annotated[float, Field(ge=0, le=A_DAY, allow_inf_nan=False)]
Seconds = Annotated[int, Field(ge=1, le=A_DAY)]


class ClocksEntry(Entry):
    """How long is long."""

    ring_after: Seconds = Field(default=15, examples=[15])
    first_reply: Seconds = Field(default=30, examples=[30])
    next_reply: Seconds = Field(default=120, examples=[120])
    hold_limit: Seconds = Field(default=120, examples=[120])
    offer_for: Seconds = Field(default=20, examples=[20])
    silent_after: Seconds = Field(default=120, examples=[120])
    take_back: int = Field(default=3, ge=0, le=5, examples=[3])
    close_silent_after: Seconds = Field(default=1200, examples=[1200])
    nudges: tuple[Seconds, ...] = Field(default=(180, 600), max_length=2, examples=[[180, 600]])
    promise_warning: int = Field(default=600, ge=0, le=A_DAY, examples=[600])
    promise_vague: Seconds = Field(default=1800, examples=[1800])


class RungEntry(Entry):
    """One rung of the ladder of escalation."""

    name: Identifier = Field(examples=["supervisor"])
    after: Seconds = Field(examples=[120])
    tell: tuple[Literal["owner", "desk", "supervisor", "wechat"], ...] = Field(min_length=1, examples=[["supervisor"]])


LADDER = (
    RungEntry(name="owner", after=30, tell=("owner",)),
    RungEntry(name="desk", after=60, tell=("desk",)),
    RungEntry(name="supervisor", after=120, tell=("supervisor",)),
    RungEntry(name="wechat", after=300, tell=("supervisor", "wechat")),
)


class PeopleEntry(Entry):
    """How much one person takes on."""

    capacity: int = Field(default=5, ge=1, le=50, examples=[5])
    trainee_capacity: int = Field(default=2, ge=1, le=50, examples=[2])
    pause_after_missed: int = Field(default=2, ge=1, le=20, examples=[2])
    no_new_before_end: int = Field(default=1800, ge=0, le=4 * 3600, examples=[1800])


class DeskWordsEntry(Entry):
    """Words that mean something to the desk."""

    emergency_line: Text = Field(default="120", max_length=20, examples=["120"])
    hold: tuple[Text, ...] = Field(default=("请稍等", "稍等一下", "请您稍候"), examples=[["请稍等"]])
    high_intent: tuple[Text, ...] = Field(default=(), examples=[["多少钱"]])
    tags: tuple[Annotated[Text, Field(max_length=LONGEST_TAG)], ...] = Field(default=(), examples=[["怕疼"]])


class ContactBlocksEntry(Entry):
    """Blocking somebody who goes on insulting after two warnings (A2-33)."""

    usual_days: int = Field(default=7, ge=1, le=366, examples=[7])
    most_days: int = Field(default=90, ge=1, le=366, examples=[90])


Pair = Annotated[tuple[Measure, Measure], Field(examples=[[80, 95]])]


class StandardsEntry(Entry):
    """Two standards per figure, basic and excellent (A0-03): percent, seconds (first_p90, next_p90), points (score)."""

    on_time: Pair = (80, 95)
    first_p90: Pair = (60, 30)
    next_p90: Pair = (120, 60)
    human_answer: Pair = (85, 95)
    ending_greeting: Pair = (50, 80)
    ending_agent: Pair = (5, 1)
    unanswered: Pair = (5, 1)
    first_contact: Pair = (70, 85)
    low_effort: Pair = (10, 3)
    one_sided: Pair = (20, 5)
    rude: Pair = (1, 0)
    goal_phone: Pair = (20, 40)
    goal_wechat: Pair = (10, 30)
    goal_invited: Pair = (20, 40)
    score: Pair = (80, 95)


LESS_IS_BETTER = frozenset({"first_p90", "next_p90", "ending_agent", "unanswered", "low_effort", "one_sided", "rude"})


class DeskFile(Entry):
    """desk.toml. Whatever it leaves out is as shipped."""

    hours: Annotated[tuple[BlockEntry, ...], BeforeValidator(weekly_blocks)] = Field(
        default=(), examples=['{ mon = ["08:30-12:00", "13:30-23:00"] }']
    )
    clocks: ClocksEntry = Field(default=ClocksEntry(), examples=[{"first_reply": 30}])
    ladder: tuple[RungEntry, ...] = Field(default=LADDER, min_length=1, examples=["[[ladder]]"])
    people: PeopleEntry = Field(default=PeopleEntry(), examples=[{"capacity": 5}])
    words: DeskWordsEntry = Field(default=DeskWordsEntry(), examples=[{"emergency_line": "120"}])
    blocks: ContactBlocksEntry = Field(default=ContactBlocksEntry(), examples=[{"usual_days": 7}])
    standards: StandardsEntry = Field(default=StandardsEntry(), examples=[{"on_time": [80, 95]}])


def desk_findings(file: DeskFile) -> Iterator[Finding]:
    """Hours that overlap, rungs that repeat or go down, a bell after it is late, nudges out of order, odd words."""
    for before, after in zip(file.hours, file.hours[1:], strict=False):
        if before.day == after.day and after.start < before.end:
            what = f"the hours of {after.day} overlap: {before.start:%H:%M}-{before.end:%H:%M} and {after.start:%H:%M}"
            yield Finding(path=("hours", after.day), what=what, fix="Let each stretch begin after the one before it")
    clocks = file.clocks
    if clocks.ring_after > clocks.first_reply:
        what = f"it rings after {clocks.ring_after} s, when the first reply is late already ({clocks.first_reply} s)"
        yield Finding(path=("clocks", "ring_after"), what=what, fix="Let ring_after be at most first_reply")
    if any(later <= earlier for earlier, later in zip(clocks.nudges, clocks.nudges[1:], strict=False)):
        what = "the second nudge is not after the first"
        yield Finding(path=("clocks", "nudges"), what=what, fix="Write them in order, for instance [180, 600]")
    if file.people.trainee_capacity > file.people.capacity:
        what = "somebody in training would take more than everybody else"
        yield Finding(path=("people", "trainee_capacity"), what=what, fix="Let trainee_capacity be at most capacity")
    if file.blocks.usual_days > file.blocks.most_days:
        what = f"a block would usually last longer ({file.blocks.usual_days} days) than it may"
        yield Finding(path=("blocks", "usual_days"), what=what, fix="Let usual_days be at most most_days")
    yield from _ladder_findings(file.ladder)
    yield from _word_findings(file.words)
    yield from _standard_findings(file.standards)


def _ladder_findings(ladder: tuple[RungEntry, ...]) -> Iterator[Finding]:
    names: set[str] = set()
    reached = 0
    for position, rung in enumerate(ladder):
        if rung.name in names:
            what = f"another rung is called {rung.name!r} too"
            yield Finding(path=("ladder", position, "name"), what=what, fix="Choose another name")
        if rung.name in RESERVED:
            what = f"{rung.name!r} is a rung of the desk's own"
            yield Finding(path=("ladder", position, "name"), what=what, fix="Choose another name")
        if rung.after <= reached:
            what = f"the rung {rung.name!r} is not later than the one before it ({reached} s)"
            yield Finding(path=("ladder", position, "after"), what=what, fix="Write the rungs from short to long")
        names.add(rung.name)
        reached = max(reached, rung.after)


def _word_findings(words: DeskWordsEntry) -> Iterator[Finding]:
    for name in ("hold", "high_intent", "tags"):
        seen: set[str] = set()
        for word in getattr(words, name):
            if word in seen:
                fix = "Keep one of the two"
                yield Finding(path=("words", name), what=f"{word!r} is given twice", fix=fix, text=f'"{word}"')
            if len(word) > LONGEST_WORD:
                what = f"{word[:12]!r}… has {len(word)} characters"
                fix = f"Keep words under {LONGEST_WORD}"
                yield Finding(path=("words", name), what=what, fix=fix, text=f'"{word[:12]}')
            seen.add(word)


def _standard_findings(standards: StandardsEntry) -> Iterator[Finding]:
    for name, (basic, excellent) in standards:
        better, worse = ("below", "above") if name in LESS_IS_BETTER else ("above", "below")
        if excellent == basic or (excellent < basic) is not (name in LESS_IS_BETTER):
            what = f"of {name} the excellent standard ({excellent:g}) is not {better} the basic one ({basic:g})"
            fix = f"Write the basic standard first, {worse} the excellent one"
            yield Finding(path=("standards", name), what=what, fix=fix)
