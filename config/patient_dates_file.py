"""The shape of patient_dates.toml: the clinic's own kinds of dates that care plans count from."""

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from config.care_plan_file import CarePlanFile
from config.checks import Finding
from config.schemas import Entry, Identifier, Text

BUILT_IN = ("discharge", "screening")  # 出院 and 普查: every clinic has them


class DateKindEntry(Entry):
    """One kind of date."""

    key: Identifier = Field(examples=["review"])
    name: Annotated[Text, Field(max_length=12, examples=["复查日"])]


class PatientDatesFile(Entry):
    """patient_dates.toml."""

    kinds: tuple[DateKindEntry, ...] = Field(default=(), max_length=20)


def patient_date_findings(file: PatientDatesFile) -> Iterator[Finding]:
    """Keys and names given twice, or to the kinds that every clinic has."""
    keys, names = set(BUILT_IN), {"出院", "普查"}
    for position, kind in enumerate(file.kinds):
        for field, value, taken in (("key", kind.key, keys), ("name", kind.name, names)):
            if value in taken:
                what = f"another kind of date has the {field} {value!r}"
                yield Finding(path=("kinds", position, field), what=what, fix="Choose another")
            taken.add(value)


def date_plan_findings(plan: CarePlanFile, kinds: Collection[str]) -> Iterator[Finding]:
    """A plan for a kind of date that patient_dates.toml does not name."""
    if plan.anchor == "date" and plan.treatment is not None and plan.treatment not in kinds:
        what = f"patient_dates.toml has no kind {plan.treatment!r}"
        fix = f"Write one of {', '.join(sorted(kinds))}" if kinds else "Add it to patient_dates.toml"
        yield Finding(path=("treatment",), what=what, fix=fix)
