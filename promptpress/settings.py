"""All settings: the only reader of the environment, .env and promptpress.toml.

Everything is optional. Where a name is set several times, the environment wins over .env, and
.env over promptpress.toml. A name in promptpress.toml is the same in small letters.
"""

import difflib
import tomllib
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

EXAMPLE = "change-me"
"""What every secret is in .env.example; a secret left at it counts as missing."""
ENV_FILE = Path(".env")
TOML_FILE = Path("promptpress.toml")

Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """The settings; each name in capitals is a variable of the environment."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(Path("data"), description="everything of ours on disk lies under it")
    queue_url: str = Field(
        "", description="where posts wait: sqlite:///file, postgresql+psycopg://, mysql+pymysql://"
    )
    audit_url: Names = Field(
        (), description="more audit logs beside the queue's own, by the same schemes"
    )
    generators: Names = Field(
        (),
        description="what makes pictures, in order of preference; empty: the services that have "
        "a key here, else sketch, a drawing without AI",
    )
    stores: Names = Field(("local",), description="what keeps pictures; all of them do")
    channels: Names = Field(
        (),
        description="where posts go that name no channel; empty: the site, and the channels that "
        "have a key here",
    )
    concurrency: int = Field(8, ge=1, le=64, description="posts side by side in a run")
    lease_seconds: float = Field(
        300, ge=1, description="how long a claim lives without a sign of life"
    )
    in_doubt: Literal["hold", "resend"] = Field(
        "hold", description="a send whose outcome is unknown: hold it for a person, or send again"
    )
    caption_template: str = Field(
        "{prompt}", description="caption of posts without one; {prompt} and {style} are filled in"
    )
    notify_urls: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="where notices go, as Apprise URLs; empty: only into the log"
    )

    default_image_width: int = Field(1024, ge=64, le=4096, description="pixels")
    default_image_height: int = Field(1024, ge=64, le=4096, description="pixels")
    default_num_images: int = Field(1, ge=1, le=10, description="pictures per post")
    default_style: str = Field("", description="style of posts that name none")
    default_negative_prompt: str = Field("", description="what pictures should not show")
    default_generation_timeout: float = Field(
        180, ge=1, description="seconds after which a generation is given up"
    )
    default_check_interval: float = Field(
        5, gt=0, description="seconds between two questions after a job"
    )
    default_max_attempts: int = Field(40, ge=1, description="questions after a job at the most")

    telegram_token: SecretStr | None = Field(None, description="of the bot, from @BotFather")
    telegram_chat_id: str = Field("", description="@channel, or the number of a chat")
    telegram_api_url: str = Field("https://api.telegram.org", description="or your own server")

    hf_token: SecretStr | None = Field(
        None, description="with the permission to call Inference Providers"
    )
    hf_provider: str = Field("auto", description="an inference provider, or auto")
    hf_model: str = Field("black-forest-labs/FLUX.1-schnell", description="a text-to-image model")
    hf_endpoint: str = Field("https://huggingface.co", description="where models are looked up")
    huggingface_api_url: str = Field(
        "https://router.huggingface.co", description="where pictures are asked for"
    )

    site_title: str = Field("Promptpress", description="title of the site")
    site_url: str = Field("", description="where the site is published, for absolute links")

    @field_validator("audit_url", "generators", "stores", "channels", "notify_urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in value.replace(",", " ").split() if part)
        return value

    @property
    def queue(self) -> str:
        """The URL of the queue; SQLite under `data_dir` where none is set."""
        return self.queue_url or f"sqlite:///{self.data_dir / 'promptpress.db'}"

    def lacks(self, name: str) -> bool:
        """Tell whether a setting (in capitals) is empty or still at its example value."""
        value = getattr(self, name.lower())
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
    return Settings.model_fields[name.lower()].description or ""


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
    """
    problems = _unknown_names(env_file)
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        problems += [
            f"{str(part['loc'][0]).upper()}: {part['msg']}"
            for part in error.errors(include_input=False, include_url=False)
        ]
    if problems:
        raise SetupError("; ".join(problems))
    return settings
