"""What the files of config/templates bring into the database: the first version of each, and later ones. Pure."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime

from wxbot.actors import CONFIG_FILES
from wxbot.templates.models import Template
from wxbot.templates.records import Live, Signature, TemplateRecord, Version, content_of, version_id

LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")  # the first version counts from before every message


def digest(template: Template) -> str:
    """A fingerprint of what a file says of a template; its version number and event do not count."""
    said = {
        "name": template.name,
        "purpose": template.purpose.value,
        **{key: value for key, value in asdict(content_of(template)).items() if key != "name"},
    }
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True, default=dict).encode()).hexdigest()[:32]


def first_version(template: Template, now: datetime) -> Version:
    """The version that a file brings when nothing is kept yet."""
    signature = Signature(by=CONFIG_FILES.by, name=CONFIG_FILES.name, at=now)
    return Version(
        id=version_id(template.key, template.version),
        key=template.key,
        number=template.version,
        purpose=template.purpose,
        event=template.event,
        content=content_of(template),
        author=signature,
        approved=signature,
        published=signature,
        effective_from=LONG_AGO,
    )


def first_record(version: Version, file_digest: str) -> TemplateRecord:
    """The template around its first version."""
    return TemplateRecord(
        id=version.key,
        name=version.content.name,
        purpose=version.purpose,
        event=version.event,
        created=version.published,
        live=(Live(number=version.number, effective_from=version.effective_from),),
        last_number=version.number,
        file_digest=file_digest,
    )


def follows_file(record: TemplateRecord) -> bool:
    """Whether the file may still decide: nobody wrote in the console."""
    return not record.edited and record.draft is None
