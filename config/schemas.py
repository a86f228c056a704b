"""The shape of every .toml file. Field for field what the rooms' dataclasses hold, so a dump fits into them."""

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from config.local_hours import clock_time, local_spans, special_days, weekly_blocks
from config.problems import UnfitValueError

PurposeName = Literal["service", "reminder", "care", "marketing"]
RoleName = Literal["admin", "manager", "consultant", "reception", "clinician"]  # as wxbot/staff/permissions.py
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]
DottedKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=64)]
LONGEST_COURSE = 700  # days from the first visit to the last: what staff may book ahead
LocalTime = Annotated[time, BeforeValidator(clock_time)]


class Entry(BaseModel):
    """What all entries share: nothing unknown, nothing guessed, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


# -- clinic.toml --------------------------------------------------------------------------------------------------


class BookingWindowEntry(Entry):
    """When patients may book a visit type; what is left out keeps the clinic's own rule."""

    lead_minutes: int | None = Field(default=None, ge=0, le=10080, examples=[120])
    horizon_days: int | None = Field(default=None, ge=1, le=365, examples=[14])
    same_day_until: LocalTime | None = Field(default=None, examples=["16:00"])


class CourseEntry(Entry):
    """疗程: how often a visit is repeated, and at what interval."""

    every_days: int = Field(ge=1, le=366, examples=[28])
    within_days: int = Field(default=0, ge=0, le=30, examples=[3])
    times: int = Field(ge=2, le=24, examples=[6])

    @model_validator(mode="after")
    def of_a_span(self) -> "CourseEntry":
        """Refuse an interval shorter than its play, and a course that goes on longer than staff may book ahead."""
        if self.within_days >= self.every_days:
            what = f"within_days ({self.within_days}) is not less than every_days ({self.every_days})"
            raise UnfitValueError(what, "Write a shorter play", ("within_days",))
        if (self.times - 1) * (self.every_days + self.within_days) > LONGEST_COURSE:
            what = f"the course takes more than {LONGEST_COURSE} days"
            raise UnfitValueError(what, "Write fewer visits or a shorter interval", ("times",))
        return self


class VisitTypeEntry(Entry):
    """项目. Of a bundle (`parts`), `minutes` and what it needs follow from its parts."""

    id: Identifier = Field(examples=["cleaning"])
    name: Text = Field(examples=["洁牙"])
    minutes: int = Field(ge=5, le=480, multiple_of=5, examples=[35])
    aftercare: Identifier | None = Field(default=None, examples=["surgery"])
    bring: str = Field(default="", examples=["请带上既往片子"])
    also: tuple[Text, ...] = Field(default=(), examples=['["洗牙"]'])
    retired: bool = Field(default=False, examples=[False])
    price_from: int | None = Field(default=None, ge=0, le=1_000_000, examples=[180])  # yuan
    price_to: int | None = Field(default=None, ge=0, le=1_000_000, examples=[320])
    price_until: date | None = Field(default=None, examples=["2027-12-31"])
    price_by: tuple[RoleName, ...] = Field(default=(), examples=[["manager", "consultant"]])
    before_minutes: int = Field(default=0, ge=0, le=120, multiple_of=5, examples=[10])
    after_minutes: int = Field(default=0, ge=0, le=120, multiple_of=5, examples=[15])
    room_kind: str = Field(default="", max_length=40, examples=["手术室"])
    devices: tuple[Text, ...] = Field(default=(), examples=['["激光仪"]'])
    window: BookingWindowEntry = Field(default_factory=BookingWindowEntry)
    new_window: BookingWindowEntry | None = Field(default=None, examples=["{ lead_minutes = 1440 }"])
    parts: tuple[Identifier, ...] = Field(default=(), max_length=5, examples=['["cleaning", "checkup"]'])
    course: CourseEntry | None = Field(default=None, examples=["{ every_days = 28, within_days = 3, times = 6 }"])

    @model_validator(mode="before")
    @classmethod
    def of_parts(cls, value: Any) -> Any:
        """Take a bundle without `minutes`: they follow from its parts."""
        return {"minutes": 5, **value} if isinstance(value, dict) and value.get("parts") else value

    @model_validator(mode="after")
    def of_a_range(self) -> "VisitTypeEntry":
        """Refuse a range that ends before it begins."""
        if self.price_from is not None and self.price_to is not None and self.price_to < self.price_from:
            what = f"price_to ({self.price_to}) is less than price_from ({self.price_from})"
            raise UnfitValueError(what, "Write the lowest usual price first", ("price_to",))
        return self


class RoomEntry(Entry):
    """诊室. Without any, every room that a practitioner names is one."""

    id: Text = Field(max_length=64, examples=["1诊室"])
    name: Text = Field(examples=["1诊室"])
    note: str = Field(default="", examples=["靠窗，带显微镜"])
    retired: bool = Field(default=False, examples=[False])
    kinds: tuple[Text, ...] = Field(default=(), examples=['["手术室"]'])


class DeviceEntry(Entry):
    """设备: what visit types need beside practitioner and room, by its kind."""

    id: Identifier = Field(examples=["laser1"])
    name: Text = Field(examples=["激光仪1号"])
    kind: Text = Field(max_length=40, examples=["激光仪"])
    note: str = Field(default="", examples=["每月第一个周一保养"])
    retired: bool = Field(default=False, examples=[False])


class BlockEntry(Entry):
    """A stretch of local hours on one weekday."""

    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field(examples=["mon"])
    start: LocalTime = Field(examples=["09:00"])
    end: LocalTime = Field(examples=["12:00"])


class DatedHoursEntry(Entry):
    """One local day with other hours than the weekly ones: `spans = ["09:00-12:00"]`; none is a day off."""

    day: date = Field(examples=["2027-02-05"])
    spans: Annotated[tuple[tuple[time, time], ...], BeforeValidator(local_spans)] = Field(
        default=(), examples=['["09:00-12:00"]']
    )
    reason: str = Field(default="", max_length=40, examples=["加班"])


class PractitionerEntry(Entry):
    """医生. `hours` is written compactly: `{ mon = ["09:00-12:00", "13:30-18:00"] }`."""

    id: Identifier = Field(examples=["chen"])
    name: Text = Field(examples=["陈医生"])
    title: Text = Field(examples=["主治医师"])
    speciality: Text = Field(examples=["口腔内科"])
    room: Text = Field(examples=["1诊室"])
    visit_types: tuple[Identifier, ...] = Field(min_length=1, examples=[["cleaning"]])
    hours: Annotated[tuple[BlockEntry, ...], BeforeValidator(weekly_blocks)] = Field(
        examples=['{ mon = ["09:00-12:00", "13:30-18:00"] }']
    )
    photo: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["chen"])
    bio: str = Field(default="", examples=["从医十二年，擅长儿童口腔。"])
    retired: bool = Field(default=False, examples=[False])
    dated: tuple[DatedHoursEntry, ...] = ()


class ClosureEntry(Entry):
    """Days without reception, of the clinic or of one practitioner. `last` may be left out for a single day."""

    first: date = Field(examples=["2027-02-05"])
    last: date = Field(examples=["2027-02-12"])
    reason: Text = Field(examples=["春节放假"])
    practitioner_id: Identifier | None = Field(default=None, examples=["chen"])

    @model_validator(mode="before")
    @classmethod
    def single_day(cls, value: Any) -> Any:
        """Take a closure without `last` as one day."""
        return {"last": value["first"], **value} if isinstance(value, dict) and "first" in value else value


class SendingEntry(Entry):
    """When and how much may be sent. Equal bounds mean no quiet hours."""

    quiet_start: LocalTime = Field(default=time(21, 0), examples=["21:00"])
    quiet_end: LocalTime = Field(default=time(8, 30), examples=["08:30"])
    marketing_share_percent: int = Field(default=25, ge=0, le=100, examples=[25])
    marketing_per_30_days: int = Field(default=1, ge=0, le=30, examples=[1])
    care_per_day: int = Field(default=2, ge=1, le=20, examples=[2])
    recovery_days: int = Field(default=30, ge=0, le=365, examples=[30])
    decline_days: int = Field(default=90, ge=0, le=730, examples=[90])
    pace_per_hour: int = Field(default=60, ge=1, le=3600, examples=[60])


class SpecialDayEntry(Entry):
    """A statutory day off (休) or a 调休 workday (班), written as one line: "2027-02-06 休 春节"."""

    day: date = Field(examples=["2027-02-06"])
    off: bool = Field(examples=[True])
    name: str = Field(default="", max_length=20, examples=["春节"])


class YearTableEntry(Entry):
    """A year's published arrangement, where the built-in one is missing or wrong."""

    year: int = Field(ge=2000, le=2200, examples=[2027])
    days: Annotated[tuple[SpecialDayEntry, ...], BeforeValidator(special_days)] = Field(
        min_length=1, examples=['["2027-02-06 休 春节", "2027-02-20 班"]']
    )

    @model_validator(mode="after")
    def of_one_year(self) -> "YearTableEntry":
        """Refuse days of another year and days given twice."""
        seen: set[date] = set()
        for each in self.days:
            if each.day.year != self.year:
                fix = "Move it to the table of its year"
                raise UnfitValueError(f"{each.day} is not in {self.year}", fix, ("days",))
            if each.day in seen:
                raise UnfitValueError(f"{each.day} is given twice", "Keep one of the two", ("days",))
            seen.add(each.day)
        return self


class ClinicFile(Entry):
    """clinic.toml (the time zone is a setting)."""

    name: Text = Field(examples=["晨光诊所"])
    address: Text = Field(examples=["示例市示例路1号"])
    phone: Text = Field(max_length=20, examples=["010-0000-0000"])
    privacy_contact: Text = Field(examples=["privacy@example.com"])
    horizon_days: int = Field(default=30, ge=1, le=365, examples=[30])
    lead_minutes: int = Field(default=60, ge=0, le=10080, examples=[60])
    slot_minutes: int = Field(default=30, ge=5, le=120, multiple_of=5, examples=[30])
    closed_on_statutory_holidays: bool = Field(default=True, examples=[True])
    assume_attended_after_minutes: int = Field(default=120, ge=0, le=10080, examples=[120])
    visit_types: tuple[VisitTypeEntry, ...] = Field(min_length=1)
    practitioners: tuple[PractitionerEntry, ...] = Field(min_length=1)
    closures: tuple[ClosureEntry, ...] = ()
    rooms: tuple[RoomEntry, ...] = ()
    devices: tuple[DeviceEntry, ...] = ()
    sending: SendingEntry = Field(default_factory=SendingEntry)
    holidays: tuple[YearTableEntry, ...] = ()


# -- templates/*.toml ---------------------------------------------------------------------------------------------


class CardEntry(Entry):
    """How a template fills a platform template or subscription notice; `template_id` stays empty until bound."""

    template_id: str = Field(default="", pattern=r"^[A-Za-z0-9_-]*$", max_length=128, examples=["TPL_ID_FROM_WECHAT"])
    fields: dict[str, str] = Field(min_length=1, examples=['{ thing1 = "{visit_type}" }'])
    title: str = Field(default="", examples=["预约成功通知"])


class TemplateEntry(Entry):
    """模板: a wording by key; `{name}` marks a variable of variables.toml."""

    key: DottedKey = Field(examples=["welcome.first"])
    purpose: PurposeName = Field(examples=["service"])
    text: Text = Field(examples=["您好，{name}。"])
    fallbacks: dict[str, str] = Field(default_factory=dict, examples=['{ name = "您" }'])
    template_card: CardEntry | None = None
    notice_card: CardEntry | None = None
    version: int = Field(default=1, ge=1, examples=[1])
    name: str = Field(default="", max_length=40, examples=["预约确认"])
    event: str = Field(default="", max_length=40, examples=["聊天预约"])


class TemplateFile(Entry):
    """A file of templates/: `[[templates]]` tables."""

    templates: tuple[TemplateEntry, ...] = Field(min_length=1)


class VariableEntry(Entry):
    """A name that wording may use in braces: what it stands for and how it may look."""

    meaning: Text = Field(examples=["the patient's name"])
    example: Text = Field(examples=["张三"])
    shortest: str = Field(default="", examples=["王"])
    longest: str = Field(default="", examples=["阿依古丽·买买提江"])
    may_be_empty: bool = Field(default=False, examples=[True])
    by_hand: bool = Field(default=False, examples=[True])  # in a broadcast, its author fills this in


class VariablesFile(Entry):
    """variables.toml: every name the service can fill."""

    variables: dict[Identifier, VariableEntry] = Field(min_length=1)


# -- bindings.toml ------------------------------------------------------------------------------------------------


class BindingsFile(Entry):
    """bindings.toml: the names that cards use for the account's templates, and the account's own ids."""

    ids: dict[str, Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]*$", max_length=128)]]
