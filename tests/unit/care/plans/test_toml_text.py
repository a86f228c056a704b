"""A plan that goes to a file and comes back is the same plan."""

from datetime import time
from pathlib import Path

import pytest
from cattrs import Converter
from hypothesis import given
from hypothesis import strategies as st

from config.care_plan_file import CarePlanFile
from config.content import load_content
from config.toml_files import read_file
from wxbot.care.models import (
    AnswerKind,
    Audience,
    CarePlan,
    CatchUp,
    Condition,
    Fact,
    Loop,
    Offset,
    Question,
    Step,
    StepKind,
    Until,
)
from wxbot.care.plans.toml_text import plan_toml, plans_toml
from wxbot.messaging import Purpose

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).map(str.strip).filter(bool)
keys = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
offsets = st.one_of(
    st.builds(Offset, hours=st.integers(-900, 900).map(lambda each: each / 4), jitter_minutes=st.integers(0, 240)),
    st.builds(
        Offset,
        days=st.integers(-300, 300),
        weekday=st.none() | st.integers(0, 6),
        working_day=st.booleans(),
    ),
    st.builds(Offset, months=st.integers(-12, 12), working_day=st.booleans()),
    st.builds(
        lambda first, more: Offset(window_days=(first, first + more), best_day=first),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
)
questions = st.one_of(
    st.builds(Question, kind=st.just(AnswerKind.NUMBER), danger_from=st.none() | st.integers(0, 10)),
    st.builds(
        lambda two: Question(kind=AnswerKind.CHOICE, choices=tuple(two), danger=(two[0],)),
        st.lists(texts, min_size=2, max_size=4, unique=True),
    ),
    st.just(Question(kind=AnswerKind.PHOTO)),
)
conditions = st.builds(
    Condition,
    fact=st.sampled_from(Fact),
    of=st.just("") | keys,
    values=st.lists(texts, max_size=3).map(tuple),
    low=st.none() | st.integers(0, 10),
    absent=st.booleans(),
)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    question = draw(st.none() | questions)
    offset = draw(offsets)
    loop = st.none() | st.builds(
        Loop, every_days=st.integers(1, 9), most=st.integers(2, 9), until=st.sampled_from(Until)
    )
    return Step(
        key=draw(keys),
        template=draw(keys),
        purpose=draw(st.sampled_from(Purpose)),
        offset=offset,
        grace_hours=draw(st.integers(1, 400)) / 4,
        at=draw(st.none() | st.times().map(lambda each: time(each.hour, each.minute))),
        audience=draw(st.sampled_from(Audience)),
        answer=draw(st.booleans()),
        greeting=draw(st.booleans()),
        kind=StepKind.QUESTION if question is not None else draw(st.sampled_from([StepKind.MESSAGE, StepKind.CALL])),
        question=question,
        when=tuple(draw(st.lists(conditions, max_size=3))),
        loop=draw(loop) if offset.months is None else None,
        catch_up=draw(st.sampled_from(CatchUp)),
        no_calls=draw(st.booleans()),
    )


plans = st.builds(
    CarePlan,
    key=keys,
    title=texts,
    anchor=st.sampled_from(["booked", "appointment", "treatment", "birthday"]),
    steps=st.lists(steps(), min_size=1, max_size=4).map(tuple),
    treatment=st.none() | keys,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans")


def read(folder: Path, text: str) -> CarePlan:
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    file = read_file(folder, "plan.toml", CarePlanFile)
    assert file.parsed is not None, [str(problem) for problem in file.problems]
    return structured(file.parsed)


def structured(parsed: CarePlanFile) -> CarePlan:
    converter = Converter()
    converter.register_structure_hook(time, lambda value, _: value)
    return converter.structure(parsed.model_dump(), CarePlan)


@given(plan=plans)
def test_a_plan_read_from_its_own_file_is_the_same(folder: Path, plan: CarePlan) -> None:
    assert read(folder, plan_toml(plan)) == plan


def test_the_shipped_plans_come_back_as_they_were(folder: Path) -> None:
    shipped = [structured(each) for each in load_content().plans]
    files = plans_toml(shipped)
    assert set(files) == {f"{plan.key}.toml" for plan in shipped}
    assert [read(folder, files[f"{plan.key}.toml"]) for plan in shipped] == shipped
