"""The official account as its owner set it up in the platform's console (reference §1.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MODES = ("safe", "compatible", "plain")


@dataclass(kw_only=True)
class AccountConfig:
    """Identity, secrets and callback of one verified service account (服务号).

    Deliberately changeable: the owner may rotate the key or move the callback while the platform runs.
    Raises ValueError when a value could not be saved in the console.
    """

    app_id: str
    app_secret: str
    token: str  # 3-32 letters and digits, signs callbacks
    aes_key: str  # EncodingAESKey, 43 characters
    account_id: str = "gh_clinic"
    callback_url: str = ""
    name: str = "晨光口腔与皮肤诊所"
    mode: str = "safe"
    oauth_domain: str = ""  # 网页授权域名: a full host; empty means any host may be redirected to
    allowed_ips: Sequence[str] = ()  # calls from elsewhere get 40164; empty means any
    escapes: bool = True  # `]]>` in what somebody typed is escaped inside CDATA; False: it stands as it is
    repeats_on_status: bool = False  # a push is repeated after an HTTP status, too; promised only after no answer

    def __post_init__(self) -> None:
        """Refuse what the console would refuse."""
        if not re.fullmatch(r"[A-Za-z0-9]{3,32}", self.token):
            raise ValueError("token must be 3 to 32 letters or digits")
        if not re.fullmatch(r"[A-Za-z0-9+/]{43}", self.aes_key):
            raise ValueError("aes_key must be 43 characters A-Z a-z 0-9")
        if self.mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}")
