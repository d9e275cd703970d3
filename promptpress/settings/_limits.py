"""Settings that keep a run from asking or spending too much."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

Numbers = Annotated[Mapping[str, Annotated[int, Field(ge=1)]], NoDecode]
"""A number by name, written as name=number."""


class LimitSettings(BaseSettings):
    """How much at once, in a minute, in a run, in a day."""

    generator_concurrency: Numbers = Field(
        {},
        description="pictures that a generator is asked for at once, such as leonardo=20; "
        "else as many as there are posts in hand",
    )
    generator_rates: Numbers = Field(
        {},
        description="pictures that a generator is asked for in a minute, such as leonardo=60; "
        "kept over all workers of one Prefect server",
    )
    max_images_per_day: int | None = Field(
        None, ge=0, description="pictures asked for in a day (UTC), counted from the audit"
    )
    max_images_per_run: int | None = Field(None, ge=0, description="pictures asked for in one run")
    max_cost_per_day: float | None = Field(
        None, ge=0, description="US dollars a day (UTC), where services tell their prices"
    )

    @field_validator("generator_concurrency", "generator_rates", mode="before")
    @classmethod
    def _pair(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.partition("=") for part in value.replace(",", " ").split()]
        return {name: number for name, _, number in parts}
