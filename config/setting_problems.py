"""Reads the settings and says in plain words what is wrong with them or missing."""

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from config.plain_words import nearest
from config.problems import ConfigProblem, ContentError, UnfitValueError
from config.setting_rules import MAKE_SECRET
from config.settings import ENV_FILE, PREFIX, Settings

PLATFORM_DOMAIN = ".weixin.qq.com"
DEMO = f"{PREFIX}DEMO"  # no setting any more
NAME_PROXIES = "Write the address the proxy connects from, for instance 127.0.0.1"
_NO = {"", "0", "false", "no", "off"}

_EXPECTED = {
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "string_pattern_mismatch": "may hold letters, digits, - and _ only",
    "string_too_short": "must not be empty",
}
_WHERE = "in the WeChat console: 设置与开发 > 基本配置"


def read_settings() -> Settings:
    """The settings of this process.

    Raises:
        ContentError: a value cannot be used; every such value is named, none that is secret is shown.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise ContentError(
            [_problem(detail) for detail in error.errors(include_url=False, include_input=False)]
        ) from None
    except UnicodeDecodeError:
        raise ContentError(
            [ConfigProblem(where=ENV_FILE, what="the file is not UTF-8 text", fix="Save it again as UTF-8")]
        ) from None


def missing_for_serving(settings: Settings) -> list[ConfigProblem]:
    """What must still be given, or must not be combined, before pushes can be served."""
    needed = [
        ("wechat_app_id", f"Copy AppID, {_WHERE}"),
        ("wechat_app_secret", f"Copy AppSecret, {_WHERE}"),
        ("wechat_token", f"Copy Token, {_WHERE}"),
        ("secret_key", f"It signs the console's cookies and our links; {MAKE_SECRET}"),
    ]
    if settings.wechat_callback_mode == "safe":
        needed.append(("wechat_aes_key", f"Copy EncodingAESKey, {_WHERE}"))
    problems = [
        ConfigProblem(where=name_of(field), what="is not set", fix=fix)
        for field, fix in needed
        if not _given(settings, field)
    ]
    if settings.public_url.startswith("https://") and not settings.trusted_proxies:
        what = "is not set, although WXBOT_PUBLIC_URL begins with https: a proxy must stand before the service"
        problems.append(ConfigProblem(where=name_of("trusted_proxies"), what=what, fix=NAME_PROXIES))
    problems += _demo_settings()
    if settings.clock_shift != timedelta(0) and is_platform(settings.wechat_api_base_url):
        what = "moves the clinic's clock while real patients are served"
        problems.append(
            ConfigProblem(where=name_of("clock_shift"), what=what, fix="Remove it; it is for the demo and tests only")
        )
    return problems


def is_platform(address: str) -> bool:
    """Whether a web address is one of the real platform's."""
    return f".{urlsplit(address).hostname or ''}".rstrip(".").endswith(PLATFORM_DOMAIN)


def _demo_settings(environ: Mapping[str, str] | None = None, env_file: Path = Path(ENV_FILE)) -> list[ConfigProblem]:
    """WXBOT_DEMO switched a service into the demo once. Who still sets it expects what must not happen."""
    from_file = dotenv_values(env_file, encoding="utf-8-sig") if env_file.is_file() else {}
    given = [*(os.environ if environ is None else environ).items(), *from_file.items()]
    asked = [value for name, value in given if name.upper() == DEMO and (value or "").strip().lower() not in _NO]
    what = "is set: the demo's open door and invented people never go together with a service"
    fix = "Remove it; the demo is a command of its own, `wxbot demo`"
    return [ConfigProblem(where=DEMO, what=what, fix=fix)] if asked else []


def stray_names(environ: Mapping[str, str] | None = None, env_file: Path = Path(ENV_FILE)) -> list[ConfigProblem]:
    """Names that begin like ours and are none of ours: most likely a slip, so the setting meant keeps its default."""
    known = [name_of(field) for field in Settings.model_fields]
    from_file = dotenv_values(env_file, encoding="utf-8-sig") if env_file.is_file() else {}
    given: Iterable[tuple[str, str]] = [
        *((name, "the environment") for name in (os.environ if environ is None else environ)),
        *((name, str(env_file)) for name in from_file),
    ]
    problems = []
    for name, place in given:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            meant = nearest(name.upper(), known)
            fix = f"Did you mean {meant}?" if meant else "Remove it"
            problems.append(ConfigProblem(where=name, what=f"is set in {place} and is no setting", fix=fix))
    return problems


def name_of(field: str) -> str:
    """The environment name of a field: `http_port` → `WXBOT_HTTP_PORT`."""
    return PREFIX + field.upper()


def _given(settings: Settings, field: str) -> bool:
    value = getattr(settings, field)
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _problem(detail: ErrorDetails) -> ConfigProblem:
    field = str(detail["loc"][0]) if detail["loc"] else ""
    field = field.lower().removeprefix(PREFIX.lower())
    context = detail.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, UnfitValueError):
        return ConfigProblem(where=name_of(field), what=cause.what, fix=cause.fix)
    known = Settings.model_fields.get(field)
    expected = _EXPECTED.get(detail["type"], f"is not right ({detail['type']})").format_map(context)
    about = (known.description or "").rstrip(".") if known is not None else "See config/example.env"
    return ConfigProblem(where=name_of(field), what=expected, fix=about)
