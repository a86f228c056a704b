"""The clinic written as clinic.toml reads back as the same clinic."""

from dataclasses import replace
from datetime import date, time
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.content import SHIPPED
from wxbot.clinic.export import clinic_toml
from wxbot.clinic.models import (
    BookingWindow,
    Clinic,
    Closure,
    DatedHours,
    Device,
    DeviceId,
    PhotoId,
    Room,
    RoomId,
    SendingRules,
    SpecialDay,
    YearTable,
)
from wxbot.demo.settings import DemoSettings
from wxbot.installation import read_installation


def installed(directory: Path) -> Clinic:
    options = DemoSettings.model_construct(config_dir=directory, timezone=ZoneInfo("Asia/Shanghai"))
    return read_installation(options).clinic


def again(clinic: Clinic, directory: Path) -> Clinic:
    """The clinic after a trip through the file."""
    target = directory / "config"
    if not target.exists():
        copytree(SHIPPED, target, ignore=lambda _, names: [name for name in names if name.endswith((".py", "cache__"))])
    (target / "clinic.toml").write_text(clinic_toml(clinic))
    return installed(target)


SHIPPED_CLINIC = installed(SHIPPED)


def test_the_shipped_clinic_survives_the_trip(tmp_path: Path) -> None:
    assert again(SHIPPED_CLINIC, tmp_path) == SHIPPED_CLINIC


def test_everything_that_may_be_set_survives_the_trip(tmp_path: Path) -> None:
    chen, *others = SHIPPED_CLINIC.practitioners
    cleaning, *kinds = SHIPPED_CLINIC.visit_types
    full = replace(
        SHIPPED_CLINIC,
        visit_types=(
            replace(
                cleaning,
                price_until=date(2027, 12, 31),
                price_by=("manager", "consultant"),
                before_minutes=10,
                after_minutes=15,
                room_kind="手术室",
                devices=("激光仪", "牙片机"),
                window=BookingWindow(lead_minutes=0, horizon_days=14, same_day_until=time(16)),
                new_window=BookingWindow(),
            ),
            *kinds,
        ),
        practitioners=(
            replace(
                chen,
                photo=PhotoId("abc123"),
                bio="第一行\n“第二行”\t\\",
                retired=True,
                dated=(
                    DatedHours(
                        day=date(2027, 2, 5), spans=((time(9), time(12)), (time(14), time(17, 30))), reason="加班"
                    ),
                    DatedHours(day=date(2027, 2, 6)),
                ),
            ),
            *others,
        ),
        rooms=(
            *SHIPPED_CLINIC.rooms,
            Room(id=RoomId("x"), name='带"引号"的', note="备注", kinds=("手术室",), retired=True),
        ),
        devices=(
            Device(id=DeviceId("laser"), name="激光仪1号", kind="激光仪", note="周一保养"),
            Device(id=DeviceId("xray"), name="牙片机", kind="牙片机", retired=True),
        ),
        closures=(Closure(first=date(2027, 1, 4), last=date(2027, 1, 5), reason="# 不是注释"),),
        sending=SendingRules(quiet_start=time(22), quiet_end=time(7, 45), care_per_day=3, pace_per_hour=10),
        holidays=(
            YearTable(
                year=2027,
                days=(
                    SpecialDay(day=date(2027, 2, 6), off=True, name="春节"),
                    SpecialDay(day=date(2027, 2, 20), off=False),
                ),
            ),
        ),
    )
    assert again(full, tmp_path) == full


LINES = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters='\t"\\'), min_size=1, max_size=30)


@given(
    name=LINES.filter(lambda text: text.strip() == text),
    note=st.text(max_size=40).map(lambda t: t.encode("utf-8", "ignore").decode()),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
def test_any_name_survives_the_trip(tmp_path: Path, name: str, note: str) -> None:
    clinic = replace(
        SHIPPED_CLINIC, name=name, rooms=(*SHIPPED_CLINIC.rooms, Room(id=RoomId("x"), name="x", note=note))
    )
    assert again(clinic, tmp_path) == clinic
