"""Between the form of a broadcast and what is written of it."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from wxbot.broadcasts.models import Audience, AudienceKind, Broadcast, BroadcastDraft
from wxbot.broadcasts.wording import manual_names
from wxbot.days import DayError, read_moment
from wxbot.errors import FieldErrors, InvalidInputError, NotFoundError
from wxbot.history.models import PatientId
from wxbot.messaging import Purpose
from wxbot.patients.phones import has_letters, spoken
from wxbot.patients.phones import parse as parse_phone
from wxbot.services import Services
from wxbot.templates.models import Template
from wxbot.web.console.forms import Form, filled

TYPED = "%Y-%m-%dT%H:%M"  # as a browser writes a local moment
MOST_LINES_NAMED = 3  # of lines that are no telephone


def empty_form(services: Services, patient_id: str = "") -> Form:
    """A new broadcast; with a patient it is for them alone."""
    form = filled({"audience_kind": AudienceKind.TAG.value, "pace_per_hour": services.clinic.sending.pace_per_hour})
    if patient_id:
        form.values["audience_kind"] = AudienceKind.ONE.value
        form.lists["patient_ids"] = [patient_id]
    return form


def form_of(broadcast: Broadcast, zone: tzinfo) -> Form:
    """What was written, as the form shows it."""
    chosen = broadcast.audience
    return filled(
        {
            "title": broadcast.title,
            "audience_kind": chosen.kind.value,
            "patient_ids": list(chosen.patient_ids),
            "tag": chosen.tag,
            "visit_types": list(chosen.visit_types),
            "first_day": chosen.first_day,
            "last_day": chosen.last_day,
            "month": chosen.month or "",
            "phones": "\n".join(spoken(phone) for phone in chosen.phones),
            "template": broadcast.template,
            "pace_per_hour": broadcast.pace_per_hour,
            "starts_at": broadcast.starts_at.astimezone(zone).strftime(TYPED)
            if broadcast.starts_at is not None
            else "",
            "no_calls": not broadcast.calls,
            "revision": broadcast.revision,
            **{f"var_{name}": value for name, value in broadcast.variables.items()},
        }
    )


def template_of(form: Form, services: Services) -> Template | None:
    """The template that is chosen, if it may be broadcast."""
    try:
        template = services.templates.get(form.get("template"))
    except NotFoundError:
        return None
    return template if template.purpose in {Purpose.CARE, Purpose.MARKETING} else None


def draft_from(form: Form, services: Services) -> BroadcastDraft:
    """What the form says. Raises FieldErrors when part of it cannot be read."""
    template = template_of(form, services)
    if template is None:
        form.fail("template", "请选择一个模板")
    kind = _audience_kind(form)
    phones = _phones(form) if kind is AudienceKind.PHONES else ()
    pace = _number(form, "pace_per_hour", services.clinic.sending.pace_per_hour)
    month = _number(form, "month", 0)
    starts_at = _moment(form, "starts_at", services.clinic.timezone)
    if template is None or kind is None or not form.ok:
        raise FieldErrors(form.errors)
    return BroadcastDraft(
        title=form.get("title"),
        purpose=template.purpose,
        template=template.key,
        audience=_audience(form, kind, phones, month),
        variables=values_of(form, template),
        pace_per_hour=pace,
        starts_at=starts_at,
        calls=form.get("no_calls") != "true",
    )


def _audience(form: Form, kind: AudienceKind, phones: tuple[str, ...], month: int) -> Audience:
    """Only what belongs to the audience kind: the rest of the form does not count."""
    picked = tuple(dict.fromkeys(PatientId(each) for each in form.all("patient_ids") if each))
    dated = kind in {AudienceKind.TREATMENT, AudienceKind.LAST_VISIT}
    return Audience(
        kind=kind,
        patient_ids=picked if kind in {AudienceKind.LIST, AudienceKind.ONE} else (),
        tag=form.get("tag") if kind is AudienceKind.TAG else "",
        visit_types=tuple(form.all("visit_types")) if kind is AudienceKind.TREATMENT else (),
        first_day=form.get("first_day") if dated else "",
        last_day=form.get("last_day") if dated else "",
        month=month if kind is AudienceKind.BIRTHDAY else 0,
        phones=phones,
    )


def values_of(form: Form, template: Template) -> Mapping[str, str]:
    """What was filled in by hand, variable → value."""
    return {name: form.get(f"var_{name}") for name in manual_names(template) if form.get(f"var_{name}")}


def _audience_kind(form: Form) -> AudienceKind | None:
    try:
        return AudienceKind(form.get("audience_kind"))
    except ValueError:
        form.fail("audience_kind", "请选择怎么选人")
        return None


def _phones(form: Form) -> tuple[str, ...]:
    """Every line's telephone, each once; lines that are none are named and nothing is taken."""
    found: dict[str, None] = {}
    strange: list[int] = []
    letters = False
    for number, line in enumerate(form.values.get("phones", "").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found[parse_phone(line)] = None
        except InvalidInputError:
            strange.append(number)
            letters = letters or has_letters(line)
    if strange:
        named = "、".join(f"第 {number} 行" for number in strange[:MOST_LINES_NAMED])
        more = f"等 {len(strange)} 行" if len(strange) > MOST_LINES_NAMED else ""
        hint = "；号码里不能有字母、姓名和 *，字母 O、l 不能代替数字 0、1" if letters else ""
        form.fail("phones", f"{named}{more}不是能拨打的电话号码，每行只写一个号码{hint}")
    return tuple(found)


def _number(form: Form, name: str, otherwise: int) -> int:
    typed = form.get(name)
    if not typed:
        return otherwise
    try:
        return int(typed)
    except ValueError:
        form.fail(name, "请填写整数")
        return otherwise


def _moment(form: Form, name: str, zone: tzinfo) -> datetime | None:
    typed = form.get(name)
    if not typed:
        return None
    try:
        return read_moment(typed, zone)
    except DayError as error:
        form.fail(name, error.sentence)
        return None
