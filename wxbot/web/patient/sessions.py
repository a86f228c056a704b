"""What stands in a patient's cookies: a session that names the contact, and a login that is under way. Pure.

Both are signed. The session lives two hours: the login behind it is silent, so a new one costs the patient nothing.
"""

import base64
import binascii
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from wxbot.history.models import ContactId

SESSION_LIFE = timedelta(hours=2)
LOGIN_LIFE = timedelta(minutes=10)  # a code lives five minutes (reference §7.8); the patient may hesitate before it
MOST_LOGINS = 2  # a code that was used already is asked for once more, never for ever

AREA = "/w/"
HOME = AREA
_OWN_ADDRESS = re.compile(r"/w/[A-Za-z0-9_/.?=&:-]{0,300}")  # no percent signs: what they hide is not followed

# The same key signs other things too: a signature is good for one purpose only.
_SESSION, _LOGIN, _FORM = b"patient-session", b"patient-login", b"patient-form"


@dataclass(frozen=True, kw_only=True)
class Login:
    """A login under way: what the platform must bring back, and where the patient wanted to go."""

    state: str  # 32 hex digits; the platform allows letters and digits (reference §7.8)
    target: str
    number: int = 1  # how many logins in a row


def own_address(wanted: str) -> str:
    """The address if it is one of these pages, else the first page: nobody is sent anywhere else by a link."""
    return wanted if _OWN_ADDRESS.fullmatch(wanted) and "//" not in wanted and ".." not in wanted else HOME


def new_login(target: str, number: int = 1) -> Login:
    """A login with a state that nobody can guess."""
    return Login(state=secrets.token_hex(16), target=own_address(target), number=number)


def login_cookie(secret: bytes, login: Login, now: datetime) -> str:
    """The login as it is kept by the browser that began it."""
    target = base64.urlsafe_b64encode(login.target.encode()).decode()
    return _signed(secret, _LOGIN, f"{login.state}~{login.number}~{_ends(now, LOGIN_LIFE)}~{target}")


def read_login(secret: bytes, cookie: str, now: datetime) -> Login | None:
    """The login that this browser began; None when there is none, it is too old or the cookie is not ours."""
    text = _checked(secret, _LOGIN, cookie)
    if text is None:
        return None
    state, number, ends, target = text.split("~")
    if int(ends) <= now.timestamp():
        return None
    try:
        wanted = base64.urlsafe_b64decode(target.encode()).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Login(state=state, target=own_address(wanted), number=int(number))


def session_cookie(secret: bytes, contact_id: ContactId, now: datetime) -> str:
    """A session of that contact."""
    return _signed(secret, _SESSION, f"{contact_id}~{_ends(now, SESSION_LIFE)}~{secrets.token_hex(8)}")


def read_session(secret: bytes, cookie: str, now: datetime) -> ContactId | None:
    """Whose session it is; None when it has ended or the cookie is not ours."""
    text = _checked(secret, _SESSION, cookie)
    if text is None:
        return None
    contact_id, ends, _ = text.split("~")
    return ContactId(contact_id) if int(ends) > now.timestamp() else None


def form_token(secret: bytes, session: str) -> str:
    """The token in the forms of a session: only our secret derives it from the cookie."""
    return _signature(secret, _FORM, session)


def same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _ends(now: datetime, life: timedelta) -> int:
    return int((now + life).timestamp())


def _signed(secret: bytes, purpose: bytes, text: str) -> str:
    return f"{text}~{_signature(secret, purpose, text)}"


def _checked(secret: bytes, purpose: bytes, cookie: str) -> str | None:
    text, _, signature = cookie.rpartition("~")
    return text if text and same(signature, _signature(secret, purpose, text)) else None


def _signature(secret: bytes, purpose: bytes, text: str) -> str:
    return hmac.new(secret, purpose + b"\n" + text.encode("utf-8", "replace"), sha256).hexdigest()
