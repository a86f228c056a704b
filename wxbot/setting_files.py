"""What was set in the console, back as the files it could have come from: a folder that `wxbot check` accepts."""

import asyncio
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from wxbot.account.menu_words import menu_toml
from wxbot.account.service import Account
from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.canned_replies.export import canned_toml
from wxbot.canned_replies.live import LiveCannedReplies
from wxbot.care.plans.live import LivePlans
from wxbot.care.plans.toml_text import plans_toml
from wxbot.clinic.export import clinic_toml
from wxbot.clinic.service import Clinics
from wxbot.clinic.settings import ClinicSettings
from wxbot.questions.export import questions_toml
from wxbot.questions.live import LiveQuestions
from wxbot.templates.models import Binding
from wxbot.templates.service import Templates
from wxbot.templates.toml_text import toml_of
from wxbot.understanding.vocabulary import ReadingRules
from wxbot.word_lists.service import ClinicWords
from wxbot.word_lists.toml_text import words_toml

RUN = "settings:export:run"
AS_THEY_ARE = (
    "variables.toml",
    "clinic_words.toml",
    "passwords.toml",
    "desk.toml",
    "endings.toml",
    "intake.toml",
    "practice.toml",
    "questionnaire.toml",
    "surveys.toml",
    "visit_day.toml",
    "reception.toml",
    "patient_dates.toml",
    "lexicon/*.toml",
)  # nobody edits these in the console
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class SettingFiles:
    """Writes the settings as files. What the console cannot change is taken along as it is."""

    def __init__(  # noqa: PLR0913 - the parts it gathers from
        self,
        config_dir: Path,
        *,
        clinics: Clinics,
        settings: ClinicSettings,
        templates: Templates,
        account: Account,
        words: ClinicWords,
        audit: AuditTrail,
        questions: LiveQuestions,
        canned: LiveCannedReplies,
        rules: ReadingRules,
        plans: LivePlans,
    ) -> None:
        self._config_dir = config_dir
        self._clinics = clinics
        self._settings = settings
        self._templates = templates
        self._account = account
        self._words = words
        self._audit = audit
        self._questions = questions
        self._canned = canned
        self._rules = rules
        self._plans = plans

    async def files(self, *, by: Actor, now: datetime) -> Mapping[str, bytes]:
        """Path inside the folder → content. Noted in the audit before anything is handed out."""
        by.must(RUN)
        await self._audit.record(AuditAction.EXPORT_EXPORTED, "export:settings", by=by, now=now, summary="导出全部设置")
        await self._clinics.refresh(now, always=True)
        await self._templates.refresh(now, at_once=True)
        await self._words.refresh(now, always=True)
        await self._plans.refresh(now, at_once=True)
        clinic = self._clinics.current
        files = await asyncio.to_thread(_as_they_are, self._config_dir)
        files["clinic.toml"] = clinic_toml(clinic).encode()
        files["menu.toml"] = menu_toml(await self._account.menus.current()).encode()
        files["bindings.toml"] = _bindings(self._templates.bindings.values()).encode()
        files["words.toml"] = words_toml(self._words.current).encode()
        asked = [each.value for each in await self._questions.store.read()]
        files["questions/questions.toml"] = questions_toml(asked, self._rules).encode()
        for name, text in canned_toml(each.value for each in await self._canned.store.read()).items():
            files[f"canned_replies/{name}"] = text.encode()
        for name, text in plans_toml(self._plans.in_force(now)).items():
            files[f"care_plans/{name}"] = text.encode()
        for name, text in toml_of(self._templates.all()).items():
            files[f"templates/{name}"] = text.encode()
        for person in clinic.practitioners:
            photo = await self._settings.photo(person.photo) if person.photo is not None else None
            if photo is not None:
                files[f"photos/{photo.id}.{ENDINGS[photo.content_type]}"] = photo.data
        return dict(sorted(files.items()))


def zip_of(files: Mapping[str, bytes], now: datetime) -> bytes:
    """The folder as one .zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=now.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def write_into(directory: Path, files: Mapping[str, bytes]) -> None:
    """Write the folder. Files of what a folder holds that are no longer there go: two may not give one key."""
    for folder in ("templates", "questions", "canned_replies", "care_plans"):
        for stale in (directory / folder).glob("*.toml"):
            if f"{folder}/{stale.name}" not in files:
                stale.unlink()
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _as_they_are(directory: Path) -> dict[str, bytes]:
    found = (path for pattern in AS_THEY_ARE for path in directory.glob(pattern))
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in found}


def _bindings(bindings: Iterable[Binding]) -> str:
    lines = [f"{each.id} = {json.dumps(each.template_id)}" for each in sorted(bindings, key=lambda each: each.id)]
    return "\n".join(["[ids]", *lines, ""])
