"""The wording of the house: look up, fill, check; and keep up with what is published while the service runs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from wxbot.actors import CONFIG_FILES
from wxbot.errors import ConfigurationError, NotFoundError, StaleError
from wxbot.logs import get_logger
from wxbot.messaging import Purpose
from wxbot.templates import fields
from wxbot.templates.compiling import Compiled, CompiledCard, compiled
from wxbot.templates.models import Binding, FilledCard, LeftOut, Option, Rendered, Template
from wxbot.templates.records import Signature, TemplateRecord, Version, content_of, template_of, version_id
from wxbot.templates.rendering import WordingError
from wxbot.templates.seeds import digest, first_record, first_version, follows_file
from wxbot.templates.store import TemplateStore

log = get_logger(__name__)

# A reply holds 2048 bytes of UTF-8 in all (reference §1.6); values and entries to tap need room beside the wording.
WORDING_BYTES = 1400


class Templates:
    """All templates, compiled. `common` fills what every message may name, e.g. clinic_name and clinic_phone.

    They begin as the files say, which works while the database is away; `refresh` swaps in what is published.
    Without `bindings` a card's name is taken for the account's id.

    Raises:
        ConfigurationError: every template that is malformed or given twice, at once.
    """

    def __init__(
        self,
        templates: Iterable[Template],
        common: Mapping[str, str] | None = None,
        *,
        bindings: Iterable[Binding] | None = None,
        store: TemplateStore | None = None,
    ) -> None:
        self._common: Mapping[str, str] = {} if common is None else common  # read each time: the clinic may change
        self._store = store
        self._file_bindings = None if bindings is None else {each.id: each for each in bindings}
        self._bindings: Mapping[str, Binding] | None = self._file_bindings
        self._files: dict[str, Template] = {}
        self._compiled: dict[str, Compiled] = {}
        self._retired: frozenset[str] = frozenset()
        self._revision = -1  # of what is kept, when it was read last
        self._next_change: datetime | None = None  # when a version that is known already begins to be said
        problems: list[str] = []
        for template in templates:
            if template.key in self._files:
                problems.append(f"The template {template.key!r} is given twice.")
            self._files[template.key] = template
            try:
                self._compiled[template.key] = compiled(template, self._bindings)
            except WordingError as error:
                problems.append(f"The template {template.key!r} is malformed: {error}.")
        if problems:
            raise ConfigurationError(problems)

    @property
    def keys(self) -> frozenset[str]:
        """Every key there is."""
        return frozenset(self._compiled)

    @property
    def retired(self) -> frozenset[str]:
        """Keys that are offered no more; what was planned with them is still said."""
        return self._retired

    @property
    def bindings(self) -> Mapping[str, Binding]:
        """The cards' names and what they stand for."""
        return self._bindings or {}

    @property
    def common(self) -> Mapping[str, str]:
        """What every message may say of the clinic."""
        return self._common

    def get(self, key: str) -> Template:
        """The template of that key, in the version that is said now.

        Raises:
            NotFoundError: there is none.
        """
        return self._find(key).template

    def all(self) -> list[Template]:
        """Every template in the version that is said now, by key."""
        return [self._compiled[key].template for key in sorted(self._compiled)]

    def file_template(self, key: str) -> Template | None:
        """What the files say of that key, whatever is said now."""
        return self._files.get(key)

    def name_of(self, key: str) -> str:
        """What staff call the template; the key itself when nobody gave it a name."""
        found = self._compiled.get(key)
        return (found.template.name if found is not None else "") or key

    def render(self, key: str, variables: Mapping[str, Any], options: Iterable[Option] = ()) -> Rendered:
        """Fill a template for one patient.

        A card that is not bound to a platform template, or has a field that cannot fit, is left out; the latter is
        told in `left_out`.

        Raises:
            NotFoundError: there is no such template.
            WordingError: a variable the text needs is missing.
        """
        found = self._find(key)
        template = found.template
        known = {**self._common, **variables}
        left_out: list[LeftOut] = []
        return Rendered(
            key=template.key,
            version=template.version,
            text=found.text.fill(known),
            options=tuple(options),
            template_card=_filled(found.template_card, known, left_out),
            notice_card=_filled(found.notice_card, known, left_out),
            left_out=tuple(left_out),
        )

    def check(self, examples: Mapping[str, str] | None = None) -> list[str]:
        """What should be mended, in sentences. With `examples` (variable → value) cards are filled and measured too."""
        problems: list[str] = []
        for found in self._compiled.values():
            problems += _content_problems(found)
            if examples is not None:
                problems += _field_problems(found, {**self._common, **examples})
        return problems

    # -- keeping up ----------------------------------------------------------------------------------------

    def replace(self, templates: Iterable[Template], bindings: Mapping[str, Binding] | None = None) -> None:
        """Say these from now on, in one step; what cannot be filled keeps its earlier wording."""
        if bindings is not None:
            self._bindings = bindings
        said = {each.key: each for each in templates}
        fresh: dict[str, Compiled] = {}
        for key, template in {**self._files, **said}.items():
            try:
                fresh[key] = compiled(template, self._bindings)
            except WordingError:  # publishing refuses such a thing; whatever stands in the database, we go on talking
                log.exception("template_malformed", template=key, version=template.version)
                fresh[key] = self._compiled.get(key) or compiled(self._files[key], self._bindings)
        self._compiled = fresh

    async def seed(self, now: datetime) -> int:
        """Bring what the files say into the database and read what is said; the number of templates that are new.

        Several processes may do so at once. A file that changed becomes a new version unless somebody wrote in the
        console: then the console's wording stays, and `of_file` tells what the file would say.
        """
        if self._store is None:
            return 0
        known = {each.id: each for each in await self._store.all()}
        new = [template for key, template in self._files.items() if key not in known]
        versions = [first_version(template, now) for template in new]
        record = [first_record(version, digest(self._files[version.key])) for version in versions]
        bound = {each.id: each for each in await self._store.bindings()}
        new_bindings = [each for each in (self._file_bindings or {}).values() if each.id not in bound]
        added = await self._store.add_new(record, versions, new_bindings)
        for key, template in self._files.items():
            if key in known and known[key].file_digest != digest(template) and follows_file(known[key]):
                await self._adopt_file(known[key], template, now)
        for binding in (self._file_bindings or {}).values():
            there = bound.get(binding.id)
            if there is not None and not there.edited and there.template_id != binding.template_id:
                await self._adopt_file_binding(there, binding)
        await self.refresh(now, at_once=True)
        return added

    async def refresh(self, now: datetime, *, at_once: bool = False) -> bool:
        """Say what is published and in force at `now`; whether anything was read anew. Usually one small read."""
        if self._store is None:
            return False
        revision = await self._store.revision()  # before what it tells of: news in between are read next time
        early = self._next_change is None or now < self._next_change
        if revision == self._revision and early and not at_once:
            return False
        records = await self._store.all()
        current = {each.id: live.number for each in records if (live := each.in_force(now)) is not None}
        versions = await self._store.versions_by_id(version_id(key, number) for key, number in current.items())
        self.replace(
            (_template(version) for version in versions.values()),
            {each.id: each for each in await self._store.bindings()} if self._file_bindings is not None else None,
        )
        self._retired = frozenset(each.id for each in records if each.retired_at is not None)
        coming = [live.effective_from for each in records for live in each.scheduled(now)]
        self._revision, self._next_change = revision, min(coming, default=None)
        return True

    async def _adopt_file(self, record: TemplateRecord, template: Template, now: datetime) -> None:
        """The file changed and nobody wrote in the console: its wording is the next version."""
        if self._store is None:
            return
        number = max(record.last_number + 1, template.version)
        signature = Signature(by=CONFIG_FILES.by, name=CONFIG_FILES.name, at=now)
        version = replace(
            first_version(replace(template, version=number), now),
            published=signature,
            author=signature,
            effective_from=now,
        )
        changed = replace(
            record,
            name=template.name,
            purpose=template.purpose,
            event=template.event,
            live=record.followed_by(number, now, now),
            last_number=number,
            file_digest=digest(template),
        )
        try:
            await self._store.publish(changed, version)
        except StaleError:  # another process started with the same files in the same moment
            log.info("template_taken_over_elsewhere", template=record.id)

    async def _adopt_file_binding(self, there: Binding, binding: Binding) -> None:
        if self._store is None:
            return
        try:
            await self._store.save_binding(replace(there, template_id=binding.template_id, fields=()))
        except StaleError:
            log.info("binding_taken_over_elsewhere", binding=there.id)

    def _find(self, key: str) -> Compiled:
        found = self._compiled.get(key)
        if found is None:
            raise NotFoundError(f"no template {key!r}")
        return found


def _filled(card: CompiledCard | None, known: Mapping[str, Any], left_out: list[LeftOut]) -> FilledCard | None:
    """The card filled; None where there is none that could be sent, and then `left_out` says why."""
    if card is None or not card.template_id:
        return None
    try:
        filled = {key: fields.fit(key, wording.fill(known, plain=True)) for key, wording in card.fields.items()}
    except fields.FieldError as error:
        left_out.append(LeftOut(field=error.key, problems=tuple(error.problems)))
        return None
    except WordingError:
        left_out.append(LeftOut(field="", problems=("a variable is missing",)))
        return None
    return FilledCard(template_id=card.template_id, title=card.title, fields=filled)


def _template(version: Version) -> Template:
    return template_of(version.key, version.purpose, version.event, version.content, version.number)


def differs(template: Template, other: Template) -> bool:
    """Whether two templates say different things."""
    return replace(content_of(template), name="") != replace(content_of(other), name="")


def _content_problems(found: Compiled) -> list[str]:
    template, problems = found.template, []
    size = len(template.text.encode())
    if size > WORDING_BYTES:
        problems.append(f"{template.key}: the text has {size} bytes, keep it below {WORDING_BYTES}.")
    if template.purpose is Purpose.MARKETING and template.template_card is not None:
        problems.append(f"{template.key}: WeChat forbids marketing as template message.")
    for card in found.cards:
        for key in card.fields:
            if fields.type_of(key) is None:
                problems += [f"{template.key}: {problem}." for problem in fields.check(key, "")]
    return problems


def _field_problems(found: Compiled, examples: Mapping[str, str]) -> list[str]:
    """Fields of known type that the example values do not fit."""
    problems = []
    for card in found.cards:
        for key, wording in card.fields.items():
            if fields.type_of(key) is None:
                continue
            try:
                told = fields.check(key, wording.fill(examples, plain=True))
            except WordingError as error:
                told = [str(error)]
            problems += [f"{found.template.key}: {key} {problem}." for problem in told]
    return problems
