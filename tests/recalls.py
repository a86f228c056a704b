"""Follow-ups as they are worked through, over the test's database: the shipped rules and clinic, a few people."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.auditing import audit_of
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from wxbot.actors import Actor
from wxbot.database import Database, Store
from wxbot.demo.settings import DemoSettings
from wxbot.errors import NotFoundError
from wxbot.followups.attempt_models import AttemptForm, Outcome
from wxbot.followups.attempts import Attempts
from wxbot.followups.call_plans import CallPlans
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.followups.owners import Owners
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.attempts import AttemptStore
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.followups.stores.owners import OwnerStore
from wxbot.followups.stores.worklist import WorklistStore
from wxbot.followups.worklist import Worklist
from wxbot.history.models import ContactId, PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.installation import read_installation
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore
from wxbot.staff.models import Account, AccountId, ConsultantTeam
from wxbot.staff.permissions import Role, permissions_of

INSTALLATION = read_installation(DemoSettings())
CLINIC, RULES = INSTALLATION.clinic, INSTALLATION.followups
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CLINIC.timezone)  # a Monday
LI = Actor(id="li", name="咨询师小李", permissions=permissions_of(Role.CONSULTANT))
WEB = Actor(id="web", name="网电小王", permissions=permissions_of(Role.CONSULTANT))
DESK = Actor(id="desk", name="客服小赵", permissions=permissions_of(Role.RECEPTION))
BOSS = Actor(id="boss", name="主管", permissions=permissions_of(Role.MANAGER))
NOBODY = Actor(id="none", name="无权限", permissions=frozenset())
_ROLES = {LI.id: Role.CONSULTANT, WEB.id: Role.CONSULTANT, DESK.id: Role.RECEPTION, BOSS.id: Role.MANAGER}


class Colleagues:
    """Knows who works as what."""

    async def account(self, account_id: AccountId, *, by: Actor) -> Account:
        del by
        if account_id not in _ROLES:
            raise NotFoundError("no such account")
        return Account(
            id=account_id,
            login=account_id,
            name=account_id,
            role=_ROLES[account_id],
            team=ConsultantTeam.ONLINE if account_id == WEB.id else None,
            password_hash="",
            created_at=NOW,
            created_by="system",
            changed_at=NOW,
            changed_by="system",
        )

    async def names(self, ids: Any) -> dict[str, str]:
        return {each: f"同事{each}" for each in ids}


@dataclass
class Sources:
    """Who first spoke with whom."""

    known: dict[str, str] = field(default_factory=dict)

    async def source_of(self, patient_id: PatientId) -> str:
        return self.known.get(patient_id, "")


class Recalls:
    """The room."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = AttemptStore(database, KEYS)
        self.tasks = FollowUpStore(database)
        self.owner_store = OwnerStore(database)
        self.list_store = WorklistStore(database)
        self.patient_store = PatientStore(database, KEYS)
        self.history_store = HistoryStore(database)
        self.history = History(self.history_store)
        self.patients = Patients(self.patient_store, self.history)
        self.sources = Sources()
        clinics, audit, staff = FixedClinic(CLINIC), audit_of(database), Colleagues()
        self.owners = Owners(
            self.owner_store,
            patients=self.patients,
            sources=self.sources,
            staff=staff,  # type: ignore[arg-type]
            clinics=clinics,
            audit=audit,
            rules=RULES,
        )
        self.followups = FollowUps(self.tasks, history=self.history, audit=audit, owners=self.owners, rules=RULES)
        self.plans = CallPlans(self.store, patients=self.patients, clinics=clinics, rules=RULES)
        self.attempts = Attempts(
            self.store,
            self.tasks,
            plans=self.plans,
            owners=self.owners,
            patients=self.patients,
            staff=staff,  # type: ignore[arg-type]
            history=self.history,
            audit=audit,
            clinics=clinics,
            rules=RULES,
        )
        self.worklist = Worklist(self.list_store, self.tasks, patients=self.patients, clinics=clinics)

    async def indexed(self) -> "Recalls":
        """With the indexes of every store."""
        stores: list[Store] = [
            self.store,
            self.tasks,
            self.owner_store,
            self.list_store,
            self.patient_store,
            self.history_store,
        ]
        await self.database.create_indexes(stores)
        return self

    async def patient(self, name: str = "林小满", contact_id: str | None = None, **more: Any) -> Patient:
        """Somebody with a record."""
        patient = Patient(
            id=PatientId(f"p-{name}"),
            name=name,
            created_at=NOW,
            contact_id=ContactId(contact_id) if contact_id else None,
            **more,
        )
        assert await self.patient_store.insert(patient)
        return patient

    async def task(self, key: str = "k", *, now: datetime = NOW, **more: Any) -> FollowUp:
        """A call to make."""
        facts: dict[str, Any] = {
            "kind": FollowUpKind.PHONE,
            "reason": "请回访",
            "contact_id": None,
            "patient_id": None,
            "due_at": now,
        }
        return await self.followups.open(key=f"phone:{key}", now=now, **{**facts, **more})

    async def try_(
        self, task: FollowUp, outcome: Outcome = Outcome.NO_ANSWER, *, now: datetime, by: Actor = LI, **more: Any
    ) -> FollowUp:
        """Record a try with a form of its own."""
        facts = {"key": f"form-{task.id}-{task.revision}", "revision": task.revision, **more}
        return await self.attempts.record(task.id, AttemptForm(outcome=outcome, **facts), by=by, now=now)


class ToldHeads:
    """Heads who are told; what they were told of."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    async def tell_of_overdue(self, task: FollowUp, what: str, now: datetime) -> int:
        del now
        self.told.append((task.key, what))
        return 1
