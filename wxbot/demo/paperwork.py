"""What the demo's staff do with files, wordings, broadcasts and the Official Account, by the console's use cases."""

import asyncio
import csv
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from wxbot.account.models import Scene, ScenePurpose
from wxbot.actors import SYSTEM, Actor
from wxbot.broadcasts.models import Audience, AudienceKind, BroadcastDraft
from wxbot.clinic.models import Closure
from wxbot.clock import Clock
from wxbot.demo.people import Person
from wxbot.errors import DomainError
from wxbot.logs import get_logger
from wxbot.messaging import Purpose
from wxbot.patients.exports.models import Column, Scope
from wxbot.patients.exports.models import Selection as ExportSelection
from wxbot.patients.imports.models import Choice, Field, ImportState
from wxbot.services import Services
from wxbot.staff.permissions import Role

log = get_logger(__name__)

LIST_NAME = "老客户名单.csv"
LIST_HEADER = ("姓名", "手机", "性别", "生日", "病历号", "标签", "备注")
LIST_FIELDS = (
    *(Field.NAME, Field.PHONE, Field.GENDER, Field.BIRTHDAY, Field.RECORD_NUMBER),
    *(Field.TAGS, Field.NOTE),
)
UNREADABLE = (  # lines of the old list that nobody can use: the import says why
    ("钱多多", "12345", "女", "1990-01-01", "X0001", "", ""),
    ("孔令", "19900009991", "男", "1985年13月40日", "X0002", "", ""),
    ("", "19900009992", "女", "", "X0003", "", "没有姓名"),
)


class Paperwork:
    """Each method is one thing that somebody does, at the clinic's present moment."""

    def __init__(self, services: Services, clock: Clock, actors: Mapping[Role, Actor]) -> None:
        self._services = services
        self._clock = clock
        self._actors = actors
        self.scenes: list[Scene] = []
        self.refused: list[str] = []

    def _by(self, role: Role) -> tuple[Actor, datetime]:
        return self._actors.get(role, SYSTEM), self._clock.now()

    async def attempt(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do it; what the clinic's rules refuse is noted and left, as in life."""
        try:
            await work()
        except DomainError as error:
            self.refused.append(f"{type(error).__name__}: {error}")
            log.info("demo_step_refused", error=type(error).__name__)

    async def import_list(self, people: Sequence[Person]) -> None:
        """The manager imports the old list, after its dry run."""
        by, now = self._by(Role.MANAGER)
        imports = self._services.imports
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / LIST_NAME
            await asyncio.to_thread(_write_list, path, people)
            it = await imports.upload(path, LIST_NAME, by=by, now=now)
        columns = {str(number): field for number, field in enumerate(LIST_FIELDS)}
        choice = Choice(sheet=0, header_row=1, columns=columns)
        it = await imports.choose(it.id, it.revision, choice, by=by, now=now)
        await self._worked_through()
        it = await imports.get(it.id, by=by)
        if it.state is ImportState.CHECKED:
            await imports.run(it.id, it.revision, by=by, now=now)
            await self._worked_through()

    async def _worked_through(self) -> None:
        while await self._services.imports.work(self._clock.now()):
            pass

    # -- wordings, broadcasts, files --------------------------------------------------------------------------

    async def write_template(self, name: str, text: str, *, approved: bool) -> None:
        """The manager writes a template; the administrator approves and publishes it, or it waits."""
        by, now = self._by(Role.MANAGER)
        editor = self._services.template_editor
        it = await editor.create(name=name, purpose=Purpose.CARE, by=by, now=now)
        content = replace(editor.content_now(it), text=text)
        it = await editor.save(it.id, content, revision=it.revision, by=by, now=now)
        it = await editor.submit(it.id, revision=it.revision, by=by, now=now)
        if approved:
            by, now = self._by(Role.ADMIN)
            it = await editor.approve(it.id, revision=it.revision, by=by, now=now, comment="语气合适")
            await editor.publish(it.id, revision=it.revision, by=by, now=now)

    async def begin_template(self, name: str, text: str) -> None:
        """The administrator begins a template and leaves it a draft."""
        by, now = self._by(Role.ADMIN)
        editor = self._services.template_editor
        it = await editor.create(name=name, purpose=Purpose.CARE, by=by, now=now)
        content = replace(editor.content_now(it), text=text)
        await editor.save(it.id, content, revision=it.revision, by=by, now=now)

    async def write_broadcast(self, title: str, tag: str, topic: str, *, approved: bool) -> None:
        """The consultant writes a broadcast; the manager approves it, or it waits."""
        by, now = self._by(Role.CONSULTANT)
        broadcasts = self._services.broadcasts
        drafts = broadcasts.drafts
        fitting = (
            template
            for template in broadcasts.templates_for(Purpose.CARE)
            if [variable.name for variable in drafts.manual_variables(template)] == ["topic"]
        )
        template = next(fitting, None)
        if template is None:
            return
        draft = BroadcastDraft(
            title=title,
            purpose=Purpose.CARE,
            template=template.key,
            audience=Audience(kind=AudienceKind.TAG, tag=tag),
            variables={"topic": topic},
            pace_per_hour=600,
        )
        it = await drafts.create(draft, by=by, now=now)
        it = await drafts.preview(it.id, by=by, now=now)
        it = await drafts.submit(it.id, by=by, now=now)
        if approved and it.preview is not None:
            by, now = self._by(Role.MANAGER)
            await broadcasts.approve(it.id, it.preview.fingerprint, by=by, now=now)

    async def export(self, tag: str, reason: str) -> None:
        """The manager asks for a spreadsheet, and it is written."""
        by, now = self._by(Role.MANAGER)
        chosen = ExportSelection(scope=Scope.TAG, tag=tag)
        columns = (Column.NAME, Column.MASKED_PHONE, Column.BIRTHDAY, Column.TAGS)
        await self._services.exports.ask(chosen, columns, reason, by=by, now=now)
        while await self._services.exports.work(self._clock.now()):
            pass

    # -- the clinic and its account ---------------------------------------------------------------------------

    async def print_codes(self) -> None:
        """The manager makes codes for the desk, a poster and a doctor's card; the administrator sets the menu."""
        by, now = self._by(Role.MANAGER)
        scenes, people = self._services.account.scenes, self._services.clinic.practitioners
        wanted = [("前台立牌", ScenePurpose.DESK, "", None), ("秋冬义诊海报", ScenePurpose.CHANNEL, "", 30)]
        if people:
            wanted.append((f"{people[0].name}的名片", ScenePurpose.PRACTITIONER, people[0].id, None))
        for number, (label, purpose, practitioner_id, days) in enumerate(wanted):
            scene = await scenes.create(
                label,
                purpose,
                request=f"demo{number:028}",
                by=by,
                now=now,
                practitioner_id=practitioner_id,
                lasts_days=days,
            )
            self.scenes.append(await scenes.generate(scene.id, by=by, now=now))
        by, now = self._by(Role.ADMIN)
        menu = await self._services.account.menus.draft(by=by, now=now)
        await self._services.account.menus.push(menu.revision, by=by, now=now)

    async def close_clinic(self, day: date, reason: str) -> None:
        """The manager enters a day on which one practitioner does not receive."""
        by, now = self._by(Role.MANAGER)
        practitioner = next(iter(self._services.clinic.practitioners), None)
        if practitioner is not None:
            closure = Closure(first=day, last=day, reason=reason, practitioner_id=practitioner.id)
            await self._services.closures.add(closure, by=by, now=now)

    async def hire(self, login: str, name: str) -> None:
        """The administrator makes an account for somebody new, and closes it again for now."""
        by, now = self._by(Role.ADMIN)
        made = await self._services.staff.create(login=login, name=name, role=Role.RECEPTION, by=by, now=now)
        account = made.account
        await self._services.staff.disable(account.id, by=by, revision=account.revision, now=now)

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._services.clinic.timezone).date()


def _write_list(path: Path, people: Sequence[Person]) -> None:
    genders = {"female": "女", "male": "男"}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(LIST_HEADER)
        rows.writerows(
            (
                person.name,
                person.phone,
                genders[person.gender],
                person.birthday,
                person.record_number,
                "、".join(person.tags),
                person.note,
            )
            for person in people
        )
        rows.writerows(UNREADABLE)
