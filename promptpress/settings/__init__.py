"""All settings: the only reader of the environment, .env and promptpress.toml.

Everything is optional. Where a name is set several times, the environment wins over .env, and
.env over promptpress.toml. A name in promptpress.toml is the same in small letters. Secrets that
are set in none of them are asked of the keepers that whatever runs us has named.
"""

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from promptpress.errors import SetupError
from promptpress.settings._channels import Channel, ChannelSettings
from promptpress.settings._generators import GeneratorSettings
from promptpress.settings._keeping import KeepingSettings
from promptpress.settings._limits import LimitSettings
from promptpress.settings._places import PlaceSettings
from promptpress.settings._secrets import KEEPERS, ask_keepers, secret_names
from promptpress.settings._words import WordSettings

__all__ = ["EXAMPLE", "KEEPERS", "Channel", "Settings", "describe", "load_settings"]

EXAMPLE = "change-me"
"""What every secret is in .env.example; a secret left at it counts as missing."""
ENV_FILE = Path(".env")
TOML_FILE = Path("promptpress.toml")

Names = Annotated[tuple[str, ...], NoDecode]


class Settings(
    GeneratorSettings,
    LimitSettings,
    KeepingSettings,
    WordSettings,
    PlaceSettings,
    ChannelSettings,
):
    """The settings; each name in capitals is a variable of the environment."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(Path("data"), description="everything of ours on disk lies under it")
    queue_url: str = Field(
        "",
        description="where posts wait: sqlite:///file, postgresql+psycopg://, mysql+pymysql://, or "
        "gsheets:// and the id or title of a Google Sheet",
    )
    audit_url: Names = Field(
        (), description="more audit logs beside the queue's own, by the same schemes"
    )
    migrations: Literal["automatic", "by-hand"] = Field(
        "automatic",
        description="who brings the tables of a database up to date: whoever uses it first, or a "
        "person with `python -m promptpress migrate`, where several machines share it",
    )
    generators: Names = Field(
        (),
        description="what makes pictures, in order of preference; empty: the services that have "
        "a key here, else sketch, a drawing without AI",
    )
    fall_back_on: Names = Field(
        ("outage", "quota"),
        description="when the next of GENERATORS is asked: outage, quota (no credit left), refusal "
        "(of the prompt)",
    )
    stores: Names = Field(("local",), description="what keeps pictures; all of them do")
    channels: Names = Field(
        (),
        description="where posts go that name no channel; empty: the site, and the channels that "
        "have a key here",
    )
    concurrency: int | None = Field(
        None,
        ge=1,
        le=64,
        description="posts side by side in a run; empty: 8, and 25 with a Google Sheet as queue, "
        "because the writes of posts side by side go to Google in one call",
    )
    lease_seconds: float = Field(
        300, ge=1, description="how long a claim lives without a sign of life"
    )
    late_seconds: float = Field(
        90_000,
        ge=1,
        description="how long after its due time a post is overdue, of which a person is told: a "
        "little more than a day, because with a run a day a day is usual",
    )
    in_doubt: Literal["hold", "resend"] = Field(
        "hold", description="a send whose outcome is unknown: hold it for a person, or send again"
    )
    review: bool = Field(
        False,
        description="posts whose pictures are made wait for a person's yes before they go out",
    )
    notify_urls: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="where notices go, as Apprise URLs; empty: only into the log"
    )

    default_image_width: int = Field(1024, ge=64, le=4096, description="pixels")
    default_image_height: int = Field(1024, ge=64, le=4096, description="pixels")
    default_num_images: int = Field(1, ge=1, le=10, description="pictures per post")
    default_carousel_images: int = Field(
        3, ge=2, le=10, description="pictures of a carousel, at the least"
    )
    default_article_images: int = Field(
        3, ge=1, le=10, description="pictures of an article that a language model writes"
    )
    default_style: str = Field("", description="style of posts that name none")
    default_negative_prompt: str = Field("", description="what pictures should not show")
    default_generation_timeout: float = Field(
        180, ge=1, description="seconds after which a generation is given up"
    )
    default_check_interval: float = Field(
        5, gt=0, description="seconds between two questions after a job"
    )
    default_max_attempts: int = Field(40, ge=1, description="questions after a job at the most")

    c2pa_certificate: Path | None = Field(
        None, description="a file with your certificate and its chain: pictures are signed with it"
    )
    c2pa_key: Path | None = Field(None, description="the file with the key of that certificate")
    alike_days: int | None = Field(
        None,
        ge=0,
        description="pictures of how many days a new one is compared with; 0: only with those of "
        "its own post; empty: 30, and 0 with a Google Sheet as queue, where it costs a call",
    )

    github_step_summary: Path | None = Field(
        None, description="set by GitHub Actions: where a run tells what it did"
    )

    @field_validator(
        "audit_url",
        "generators",
        "fall_back_on",
        "stores",
        "channels",
        "notify_urls",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in value.replace(",", " ").split() if part)
        return value

    @property
    def queue(self) -> str:
        """The URL of the queue; SQLite under `data_dir` where none is set."""
        return self.queue_url or f"sqlite:///{self.data_dir / 'promptpress.db'}"

    @property
    def is_sheet(self) -> bool:
        """True when posts wait in a Google Sheet."""
        return self.queue.startswith("gsheets://")

    @property
    def side_by_side(self) -> int:
        """Posts side by side in a run."""
        return self.concurrency or (25 if self.is_sheet else 8)

    @property
    def compared_days(self) -> int:
        """Days whose pictures a new one is compared with."""
        default = 0 if self.is_sheet else 30
        return default if self.alike_days is None else self.alike_days

    def asks_before(self, channels: Iterable[str]) -> bool:
        """Tell whether a post for these channels waits for a person's yes."""
        named = (self.channel_of(name) for name in channels)
        return self.review or any(one is not None and one.review for one in named)

    def site_url_of(self, name: str) -> str:
        """Return where a channel's site is published; empty where nobody said, or it is none."""
        channel = self.channel_of(name)
        return channel.url or self.site_url if channel and channel.kind == "site" else ""

    def secret(self, name: str) -> str:
        """Return a secret by its name (in capitals); empty where it is not set."""
        value = self._value(name)
        return "" if self.lacks(name) else str(value.get_secret_value())

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The names (in capitals) of all secrets, those that named channels refer to included."""
        return (*secret_names(type(self).model_fields), *sorted(self.token_names))

    def plain(self, name: str) -> str:
        """Return a secret, of several parts too, as it would stand in .env; empty if not set."""
        value = self._value(name)
        parts = value if isinstance(value, tuple) else (value,)
        texts = [p.get_secret_value() if isinstance(p, SecretStr) else p or "" for p in parts]
        return "" if self.lacks(name) else " ".join(texts)

    def _value(self, name: str) -> Any:
        referenced = self._referenced.get(name)
        return getattr(self, name.lower(), None) if referenced is None else referenced

    def lacks(self, name: str) -> bool:
        """Tell whether a setting (in capitals) is empty or still at its example value."""
        value = self._value(name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        return not value or value == EXAMPLE

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  pydantic names it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment first, then .env, then promptpress.toml."""
        toml = InitSettingsSource(settings_cls, init_kwargs=_read_toml(TOML_FILE))
        return init_settings, env_settings, dotenv_settings, toml


def describe(name: str) -> str:
    """Return what a setting (in capitals) is for."""
    field = Settings.model_fields.get(name.lower())
    return "a channel of promptpress.toml names it" if field is None else field.description or ""


def _read_toml(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"{file} cannot be read: {error}") from None


def _unknown_names(env_file: Path) -> list[str]:
    valid = sorted(Settings.model_fields)
    found = [
        f"{TOML_FILE}: unknown setting {key!r}; valid: {', '.join(valid)}"
        for key in _read_toml(TOML_FILE)
        if key not in valid
    ]
    for key in dotenv_values(env_file) if env_file.exists() else ():
        near = difflib.get_close_matches(key.lower(), valid, n=1, cutoff=0.85)
        if near and key.lower() not in valid:
            found.append(f"{env_file}: unknown setting {key}; did you mean {near[0].upper()}?")
    return found


def load_settings(env_file: Path = ENV_FILE) -> Settings:
    """Read all settings.

    Raises:
        SetupError: names everything that is unknown or cannot be read, at once; no values.
        TransientError: what keeps secrets does not answer.
    """
    settings = _read(env_file, {}, _unknown_names(env_file))
    settings.refer(env_file, {})
    missing = [name for name in settings.secret_names if settings.lacks(name)]
    kept = ask_keepers(missing)
    if kept:
        known = {
            name.lower(): kept[name] for name in kept if name.lower() in type(settings).model_fields
        }
        settings = _read(env_file, known, [])
        settings.refer(env_file, kept)
    return settings


def _read(env_file: Path, kept: dict[str, Any], problems: list[str]) -> Settings:
    try:
        settings = Settings(_env_file=env_file, **kept)
    except ValidationError as error:
        problems += [
            f"{'.'.join(map(str, part['loc'])).upper()}: {part['msg']}"
            for part in error.errors(include_input=False, include_url=False)
        ]
    if problems:
        raise SetupError("; ".join(problems))
    return settings
