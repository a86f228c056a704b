"""What each setting must look like. Raises UnfitValueError in plain words; never repeats a secret."""

import ipaddress
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from config.problems import UnfitValueError

SECRET_KEY_LENGTH = 32  # characters; enough that guessing is hopeless
MAKE_SECRET = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"  # noqa: S105 - a hint

MAKE_DATA_KEY = "Make one with: wxbot keys new"
_DATA_KEY = "[0-9A-Za-z+/]{43}="  # base64 of 32 bytes
UNIX = "unix"  # among trusted proxies: whoever connects by a Unix socket
ROLES = ("admin", "manager", "consultant", "reception", "clinician")  # as wxbot/staff/permissions.py names them

_DURATION = re.compile(r"([+-]?)P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
MAX_SHIFT = timedelta(days=3660)  # ten years; beyond it is a slip


def app_id(value: str) -> str:
    """AppID: `wx` and 16 hex digits."""
    return _matching(
        value,
        r"wx[0-9a-f]{16}",
        "is not an AppID (wx and 16 digits or letters a-f)",
        "Copy it from 设置与开发 > 基本配置",
    )


def account_id(value: str) -> str:
    """原始ID: `gh_` and letters or digits."""
    return _matching(
        value,
        r"gh_[0-9A-Za-z_]{1,32}",
        "is not an account id (gh_ and 12 digits or letters)",
        "Copy 原始ID from 设置与开发 > 账号设置",
    )


def token(value: SecretStr) -> SecretStr:
    """Token: 3 to 32 letters and digits (reference §1.1)."""
    return _secret(value, r"[0-9A-Za-z]{3,32}", "3 to 32 letters and digits", "Use the Token of the message push form")


def aes_key(value: SecretStr) -> SecretStr:
    """EncodingAESKey: 43 letters and digits (reference §1.1)."""
    return _secret(
        value, r"[0-9A-Za-z]{43}", "43 letters and digits", "Use the EncodingAESKey of the message push form"
    )


def app_secret(value: SecretStr) -> SecretStr:
    """AppSecret: letters and digits without spaces; its length is the platform's business."""
    return _secret(value, r"[0-9A-Za-z]{16,64}", "16 to 64 letters and digits", "Copy it from 设置与开发 > 基本配置")


def secret_key(value: SecretStr) -> SecretStr:
    """Our own signing key."""
    return _secret(
        value,
        rf"\S{{{SECRET_KEY_LENGTH},}}",
        f"at least {SECRET_KEY_LENGTH} characters without spaces",
        MAKE_SECRET.capitalize(),
    )


def data_key(value: SecretStr) -> SecretStr:
    """A data key: 32 bytes in base64."""
    return _secret(value, rf"{_DATA_KEY}", "32 bytes in base64 (44 characters)", MAKE_DATA_KEY)


def data_keys(value: SecretStr) -> SecretStr:
    """Data keys, separated by commas."""
    return _secret(
        value, rf"{_DATA_KEY}(\s*,\s*{_DATA_KEY})*", "keys of 32 bytes in base64, separated by commas", MAKE_DATA_KEY
    )


def mongodb_uri(value: SecretStr) -> SecretStr:
    """A MongoDB address (it may hold a password, so it is a secret)."""
    return _secret(
        value,
        r"mongodb(\+srv)?://\S+",
        "an address that begins with mongodb://",
        "Write for instance mongodb://127.0.0.1:27017/?replicaSet=rs0",
    )


def base_url(value: str) -> str:
    """An http(s) address without query; a closing slash is dropped."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or parts.username or any(sign.isspace() for sign in value):
        raise UnfitValueError(
            f"{value!r} is not a web address", "Write for instance https://clinic.example.cn, without ? and #"
        )
    return value.rstrip("/")


def trusted_proxies(value: str) -> str:
    """Addresses, networks in CIDR notation and `unix`, with commas; in one spelling."""
    named = [each.strip().lower() for each in value.split(",") if each.strip()]
    for each in named:
        try:
            wide = each != UNIX and ipaddress.ip_network(each, strict=False).prefixlen == 0
        except ValueError:
            raise UnfitValueError(
                f"{each!r} is neither an address nor a network", "Write for instance 127.0.0.1,10.0.0.0/24"
            ) from None
        if wide:
            raise UnfitValueError(f"{each!r} is everybody", "Name your own proxies only")
    return ",".join(named)


def roles(value: str) -> str:
    """Roles of staff by name, with commas; in one spelling."""
    named = [each.strip().lower() for each in value.split(",") if each.strip()]
    for each in named:
        if each not in ROLES:
            raise UnfitValueError(f"{each!r} is not a role", f"Name some of {', '.join(ROLES)}, with commas")
    return ",".join(named)


def timezone(value: Any) -> Any:
    """An IANA time zone by name."""
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise UnfitValueError(f"{value!r} is not a time zone", "Write for instance Asia/Shanghai") from None


def duration(value: Any) -> Any:
    """An ISO 8601 duration in weeks, days, hours, minutes and seconds; months and years have no fixed length."""
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value.strip().upper())
    if found is None:
        raise UnfitValueError(f"{value!r} is not a duration", "Write for instance P3D (three days), PT36H or -PT90M")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    length = min(weeks * 604_800 + days * 86_400 + hours * 3_600 + minutes * 60 + seconds, 10**12)
    if length > MAX_SHIFT.total_seconds():
        raise UnfitValueError(f"{value!r} is more than ten years", "Write for instance P3D")
    return timedelta(seconds=-length if found[1] == "-" else length)


def upper(value: Any) -> Any:
    """Names of log levels may be written small."""
    return value.upper() if isinstance(value, str) else value


def _matching(value: str, pattern: str, what: str, fix: str) -> str:
    if value and re.fullmatch(pattern, value) is None:
        raise UnfitValueError(f"{value!r} {what}", fix)
    return value


def _secret(value: SecretStr, pattern: str, form: str, fix: str) -> SecretStr:
    given = value.get_secret_value()
    if given and re.fullmatch(pattern, given) is None:
        raise UnfitValueError(f"has {len(given)} characters; it must be {form}", fix)
    return value
