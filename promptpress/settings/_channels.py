"""Settings of channels: named ones, each with its account, words and hours."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, SecretStr
from pydantic_settings import BaseSettings

KINDS = ("instagram", "site", "telegram")
"""Kinds of channel; each is also a channel of that name, made from the usual settings."""


def _split(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _lines(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_lines)]


class Channel(BaseModel):
    """One named channel, a table [channel.NAME] of promptpress.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["instagram", "site", "telegram"]
    token_from: str = Field(
        "",
        pattern=r"^([A-Z][A-Z0-9_]{0,63})?$",
        description="variable that holds its token; empty: the usual one",
    )
    account: str = Field("", description="account id, or chat; empty: the usual one")
    caption: str = Field("", description="its captions: {caption}, {prompt} and {link} are filled")
    hashtags: Words = Field((), description="added to those of a post")
    slots: Texts = Field((), description='when it publishes, such as "mon-fri 08:30-09:30"')
    zone: str = Field("UTC", description="of its slots, and of a post's time that names none")
    least_minutes: int = Field(0, ge=0, description="between two posts")
    posts_a_day: int | None = Field(None, ge=1, description="at the most, by its own days")
    missed: str = Field("next", description="slots missed: skip, next, or late N (minutes)")
    review: bool = Field(False, description="its posts wait for a person's yes")
    width: int = Field(1080, ge=320, le=1440, description="of pictures that a store cuts for it")
    height: int = Field(1080, ge=320, le=2560, description="of pictures that a store cuts for it")
    silent: bool = Field(False, description="without a sound (Telegram)")
    topic: int | None = Field(None, ge=1, description="of a group with topics (Telegram)")
    link_text: str = Field("", description="what a link is shown as (Telegram)")
    title: str = Field("", description="of a site; empty: SITE_TITLE")
    url: str = Field("", description="where a site is published; empty: SITE_URL")


class ChannelSettings(BaseSettings):
    """The named channels, and the secrets that they refer to."""

    channel: Mapping[str, Channel] = Field(
        {}, description="named channels: tables [channel.NAME] in promptpress.toml"
    )
    _referenced: dict[str, SecretStr] = PrivateAttr(default_factory=dict)

    def channel_of(self, name: str) -> Channel | None:
        """Return what is set for a channel, by its name; None where there is none such."""
        if name in self.channel:
            return self.channel[name]
        # A kind is the name of a channel as well.
        return Channel.model_validate({"kind": name}) if name in KINDS else None

    @property
    def token_names(self) -> set[str]:
        """The variables that named channels take their tokens from."""
        return {one.token_from for one in self.channel.values() if one.token_from}

    def refer(self, env_file: Path, kept: Mapping[str, str]) -> None:
        """Look up the variables that named channels take their tokens from.

        Args:
            env_file: a file that may hold them, if the environment does not.
            kept: what else may, by their names.
        """
        known: dict[str, Any] = dict(dotenv_values(env_file)) if env_file.exists() else {}
        for name in self.token_names:
            value = os.environ.get(name) or known.get(name) or kept.get(name)
            if value:
                self._referenced[name] = SecretStr(value)
