"""What the files of config/care_plans bring into the database: the first version of each, and later ones. Pure."""

import hashlib
import json
from dataclasses import asdict, replace
from datetime import datetime

from wxbot.actors import CONFIG_FILES
from wxbot.care.models import CarePlan
from wxbot.care.plans.records import LiveVersion, PlanRecord, PlanVersion, Running, version_id
from wxbot.templates.records import Signature
from wxbot.templates.seeds import LONG_AGO


def digest(plan: CarePlan) -> str:
    """A fingerprint of what a file says of a plan."""
    said = json.dumps(asdict(plan), ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def first_version(plan: CarePlan, now: datetime) -> PlanVersion:
    """The version that a file brings when nothing is kept yet: as if it had been in force always."""
    signature = _signature(now)
    return PlanVersion(
        id=version_id(plan.key, 1),
        key=plan.key,
        number=1,
        plan=plan,
        running=Running.MIGRATE,
        author=signature,
        approved=signature,
        published=signature,
        effective_from=LONG_AGO,
    )


def first_record(version: PlanVersion) -> PlanRecord:
    """The plan around its first version."""
    plan = version.plan
    return PlanRecord(
        id=plan.key,
        title=plan.title,
        anchor=plan.anchor,
        created=version.published,
        live=(live_of(version),),
        last_number=version.number,
        file_digest=digest(plan),
    )


def next_of_file(record: PlanRecord, plan: CarePlan, now: datetime) -> tuple[PlanRecord, PlanVersion]:
    """A file that changed is the next version, for running patients too, as it was while plans were files alone."""
    number = record.last_number + 1
    version = replace(first_version(plan, now), id=version_id(plan.key, number), number=number, effective_from=now)
    changed = replace(
        record,
        title=plan.title,
        anchor=plan.anchor,
        live=record.followed_by(live_of(version)),
        last_number=number,
        file_digest=digest(plan),
    )
    return changed, version


def live_of(version: PlanVersion) -> LiveVersion:
    """What a plan keeps of a version."""
    return LiveVersion(number=version.number, effective_from=version.effective_from, running=version.running)


def follows_file(record: PlanRecord) -> bool:
    """Whether the file may still decide: nobody wrote in the console."""
    return not record.edited and record.draft is None


def _signature(now: datetime) -> Signature:
    return Signature(by=CONFIG_FILES.by, name=CONFIG_FILES.name, at=now)
