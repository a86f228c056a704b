"""The shape of visit_day.toml: what reception asks on the day of a visit, and how long is long. Times are minutes."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from config.checks import Finding
from config.schemas import Entry, Identifier, Text

LONGEST_NAME = 20  # characters: what fits on a button

Minutes = Annotated[int, Field(ge=1, le=240)]
Points = Annotated[int, Field(ge=-3, le=5)]
Name = Annotated[Text, Field(max_length=LONGEST_NAME)]
LISTS = ("channels", "classes", "complaints", "needs", "no_next", "offers", "education")


class VisitTimesEntry(Entry):
    """How long is long."""

    late_call: Minutes = Field(default=10, examples=[10])
    late_red: Minutes = Field(default=15, examples=[15])
    confirm_before_closing: Minutes = Field(default=30, examples=[30])
    recheck_after_opening: Minutes = Field(default=15, examples=[15])
    cancel_contact: Minutes = Field(default=15, examples=[15])
    wait_first: Minutes = Field(default=15, examples=[15])
    wait_returning: Minutes = Field(default=20, examples=[20])
    comfort_first: Minutes = Field(default=3, examples=[3])
    scan_before: Minutes = Field(default=120, examples=[120])
    update_every: Minutes = Field(default=10, examples=[10])
    farewell_after: Minutes = Field(default=5, examples=[5])
    survey_after: Minutes = Field(default=120, examples=[120])


class ChoiceEntry(Entry):
    """One thing that reception may choose."""

    key: Identifier = Field(examples=["elderly"])
    name: Name = Field(examples=["老人"])


class ChannelEntry(ChoiceEntry):
    """Where a first visit came from. `scenes` are words in the labels of scene QR codes that mean it."""

    scenes: tuple[Text, ...] = Field(default=(), examples=[["点评", "美团"]])


class ComplaintTopicEntry(ChoiceEntry):
    """A complaint and who treats it: words of a practitioner's speciality, or practitioners by id; none: everybody."""

    group: Name = Field(examples=["基础治疗"])
    specialities: tuple[Text, ...] = Field(default=(), examples=[["口腔内科"]])
    practitioners: tuple[Identifier, ...] = Field(default=(), examples=[["chen"]])


class NoNextEntry(ChoiceEntry):
    """Why somebody leaves without a next visit. `words`: only with a sentence of one's own."""

    words: bool = Field(default=False, examples=[True])
    undecided: bool = Field(default=False, examples=[True])


class RiskPointsEntry(Entry):
    """What each factor of the no-show risk counts, until an administrator accepts others in the console."""

    missed: Points = Field(default=3, examples=[3])
    missed_again: Points = Field(default=2, examples=[2])
    late_cancel: Points = Field(default=1, examples=[1])
    new: Points = Field(default=1, examples=[1])
    week_ahead: Points = Field(default=1, examples=[1])
    month_ahead: Points = Field(default=1, examples=[1])
    long_ago: Points = Field(default=1, examples=[1])
    reliable: Points = Field(default=-1, examples=[-1])


class RiskEntry(Entry):
    """Whom a person calls before the confirmation deadline."""

    call_points: int = Field(default=4, ge=1, le=40, examples=[4])
    calls_per_day: int = Field(default=5, ge=0, le=100, examples=[5])
    call_ahead: Minutes = Field(default=240, examples=[240])
    points: RiskPointsEntry = Field(default=RiskPointsEntry(), examples=[{"missed": 3}])


class OfferEntry(ChoiceEntry):
    """What may be offered once at checkout, and only to who wishes it. `words` is what reception says."""

    words: Annotated[Text, Field(max_length=200)] = Field(examples=["这是我们最近在做的一个活动，您看下，需要吗？"])


class EducationEntry(ChoiceEntry):
    """预防宣教: what a patient may read while they wait. `visit_types` by id; none: for everybody."""

    visit_types: tuple[Identifier, ...] = Field(default=(), examples=[["cleaning", "checkup"]])
    words: Annotated[Text, Field(max_length=500)] = Field(examples=["刷牙每次两分钟，每天用一次牙线。"])


class VisitDayFile(Entry):
    """visit_day.toml."""

    times: VisitTimesEntry = Field(default=VisitTimesEntry(), examples=[{"late_call": 10}])
    risk: RiskEntry = Field(default=RiskEntry(), examples=[{"call_points": 4}])
    channels: tuple[ChannelEntry, ...] = Field(min_length=1, max_length=30)
    classes: tuple[ChoiceEntry, ...] = Field(min_length=1, max_length=10)
    complaints: tuple[ComplaintTopicEntry, ...] = Field(min_length=1, max_length=60)
    needs: tuple[ChoiceEntry, ...] = Field(default=(), max_length=30)
    no_next: tuple[NoNextEntry, ...] = Field(min_length=1, max_length=30)
    offers: tuple[OfferEntry, ...] = Field(default=(), max_length=10)
    education: tuple[EducationEntry, ...] = Field(default=(), max_length=30)


def visit_day_findings(file: VisitDayFile) -> Iterator[Finding]:
    """Keys and names given twice in a list, a scene's word that means two channels, red before it is late."""
    for name in LISTS:
        for part in ("key", "name"):
            seen: set[str] = set()
            for position, each in enumerate(getattr(file, name)):
                value = getattr(each, part)
                if value in seen:
                    what = f"another of the {name} has the {part} {value!r} too"
                    yield Finding(path=(name, position, part), what=what, fix=f"Choose another {part}")
                seen.add(value)
    words: dict[str, str] = {}
    for position, channel in enumerate(file.channels):
        for word in channel.scenes:
            if word in words:
                what = f"the word {word!r} means the channel {words[word]!r} already"
                fix = "Keep it with one of the two"
                yield Finding(path=("channels", position, "scenes"), what=what, fix=fix, text=f'"{word}"')
            words.setdefault(word, channel.key)
    times = file.times
    if times.late_red <= times.late_call:
        what = f"a late patient is red after {times.late_red} minutes, but called after {times.late_call}"
        yield Finding(path=("times", "late_red"), what=what, fix="Let late_red be more than late_call")
    if times.comfort_first >= times.wait_first:
        what = (
            f"comfort comes after {times.comfort_first} minutes, when the goal ({times.wait_first}) is missed already"
        )
        yield Finding(path=("times", "comfort_first"), what=what, fix="Let comfort_first be less than wait_first")
