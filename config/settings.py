"""Every setting: type, default, help. Read once at start from the environment (prefix WXBOT_) and from `.env`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from config import setting_rules as rules

PREFIX = "WXBOT_"
ENV_FILE = ".env"

BaseUrl = Annotated[str, AfterValidator(rules.base_url)]
Timezone = Annotated[ZoneInfo, BeforeValidator(rules.timezone)]
Shift = Annotated[timedelta, BeforeValidator(rules.duration)]


class Settings(BaseSettings):
    """The settings of one installation. Secrets are `SecretStr`: they never show in repr or logs."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_file_encoding="utf-8-sig",  # some editors put a byte order mark first
        env_ignore_empty=True,  # `WXBOT_X=` means: the default
        extra="ignore",  # stray names are reported by setting_problems.stray_names, with the nearest known one
        frozen=True,
        hide_input_in_errors=True,
    )

    demo: ClassVar[bool] = False  # no setting: only `wxbot demo` has it otherwise, see wxbot/demo/settings.py

    # -- where things are
    mongodb_uri: Annotated[SecretStr, AfterValidator(rules.mongodb_uri)] = Field(
        default=SecretStr(""),
        description="Address of a MongoDB replica set, mongodb://…; empty: a mongod of our own is started.",
    )
    mongodb_database: str = Field(
        default="wxbot", pattern=r"^[A-Za-z0-9_-]{1,38}$", description="Name of the database."
    )
    data_dir: Path = Field(
        default=Path("data"), description="Folder of the embedded database, its log, and temporary files."
    )
    config_dir: Path = Field(
        default=Path(__file__).resolve().parent,
        description="Folder with clinic.toml, menu.toml, templates/, care_plans/…; default: the shipped ones.",
    )

    # -- how it is reached
    http_host: str = Field(
        default="127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 behind a proxy."
    )
    http_port: int = Field(default=8080, ge=1, le=65535, description="Port to listen on.")
    public_url: BaseUrl = Field(
        default="",
        description="Our own address as patients' phones see it, https://clinic.example.cn; for links and our pages.",
    )

    trusted_proxies: Annotated[str, AfterValidator(rules.trusted_proxies)] = Field(
        default="",
        description="Proxies whose forwarding headers count: addresses or networks with commas; unix for a socket.",
    )

    # -- the clinic
    timezone: Timezone = Field(default=ZoneInfo("Asia/Shanghai"), description="The clinic's time zone, an IANA name.")
    secret_key: Annotated[SecretStr, AfterValidator(rules.secret_key)] = Field(
        default=SecretStr(""), description="Signs cookies and links; at least 32 random characters, kept secret."
    )
    data_key: Annotated[SecretStr, AfterValidator(rules.data_key)] = Field(
        default=SecretStr(""),
        description="Encrypts telephones and secrets, base64 from `wxbot keys new`; empty: a file in the data folder.",
    )
    data_keys_previous: Annotated[SecretStr, AfterValidator(rules.data_keys)] = Field(
        default=SecretStr(""),
        description="Data keys from before the last change, separated by commas; they decrypt and prove the old audit.",
    )
    self_approval: bool = Field(
        default=False,
        description="Authors may approve their own templates and broadcasts (a one-person clinic); the audit says so.",
    )

    require_second_factor: Annotated[str, AfterValidator(rules.roles)] = Field(
        default="",
        description="Roles that cannot work without a second factor, with commas: admin,manager; empty: whoever likes.",
    )

    # -- the Official Account
    wechat_app_id: Annotated[str, AfterValidator(rules.app_id)] = Field(
        default="", description="AppID of the Official Account: wx and 16 digits or letters a-f."
    )
    wechat_app_secret: Annotated[SecretStr, AfterValidator(rules.app_secret)] = Field(
        default=SecretStr(""), description="AppSecret of the Official Account, kept secret."
    )
    wechat_token: Annotated[SecretStr, AfterValidator(rules.token)] = Field(
        default=SecretStr(""),
        description="Token of the message push form: 3 to 32 letters and digits of your own choice.",
    )
    wechat_aes_key: Annotated[SecretStr, AfterValidator(rules.aes_key)] = Field(
        default=SecretStr(""), description="EncodingAESKey of the message push form: 43 letters and digits."
    )
    wechat_aes_key_previous: Annotated[SecretStr, AfterValidator(rules.aes_key)] = Field(
        default=SecretStr(""),
        description="The EncodingAESKey before the last change, accepted as second while both are in use.",
    )
    wechat_account_id: Annotated[str, AfterValidator(rules.account_id)] = Field(
        default="", description="Original id of the Official Account (原始ID): gh_ and 12 digits or letters."
    )
    wechat_api_base_url: BaseUrl = Field(
        default="https://api.weixin.qq.com",
        description="Where the platform's API is; the simulator's address in the demo.",
    )
    wechat_open_base_url: BaseUrl = Field(
        default="https://open.weixin.qq.com", description="Where the platform's consent pages are."
    )
    wechat_callback_mode: Literal["safe", "plain"] = Field(
        default="safe", description="safe: encrypted pushes only; plain: only for test accounts without encryption."
    )

    # -- sending
    send_concurrency: int = Field(default=20, ge=1, le=500, description="Calls to the platform in flight at once.")
    send_rate: float = Field(
        default=20, ge=0, le=10_000, description="Calls to the platform per second at most; 0: no limit of our own."
    )

    # -- running
    clock_shift: Shift = Field(
        default=timedelta(0),
        description="Moves the clinic's clock, an ISO 8601 duration such as P3D; demo and tests only.",
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(rules.upper)] = Field(
        default="INFO", description="Least important kind of log line that is written."
    )
    log_format: Literal["json", "console"] = Field(default="json", description="json for machines, console for people.")
