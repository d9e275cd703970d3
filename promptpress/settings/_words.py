"""Settings of what writes words, and what looks at them."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode


class WordSettings(BaseSettings):
    """Captions, prompts, and what may be published."""

    captions: Literal["prompt", "template", "written"] = Field(
        "template",
        description="caption of posts without one: the prompt itself, CAPTION_TEMPLATE, or written "
        "by TEXT_MODEL, with hashtags and alt text",
    )
    caption_template: str = Field(
        "{prompt}", description="caption of posts without one; {prompt} and {style} are filled in"
    )
    text_api_url: str = Field(
        "",
        description="a server that speaks OpenAI's chat API, up to /v1; empty: OPENAI_BASE_URL, "
        "else OpenAI",
    )
    text_api_key: SecretStr | None = Field(
        None, description="of the server in TEXT_API_URL; without one there, OPENAI_API_KEY is used"
    )
    text_model: str = Field("gpt-6-luna", description="what writes prompts, captions and articles")
    text_language: str = Field("en", description="in which texts are written, such as en or pt-BR")
    themes: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="what write-prompts thinks of pictures for, and write-articles of topics, "
        "divided by semicolons",
    )
    prompt_stock: int = Field(
        30, ge=1, description="posts that may wait for pictures: write-prompts adds none beyond"
    )
    low_stock: int = Field(
        3, ge=0, description="posts still to be published, below which a person is told; 0: never"
    )
    moderation: Literal["none", "openai"] = Field(
        "none",
        description="what looks at prompts before money is spent, and at pictures before they are "
        "published: openai, with OPENAI_API_KEY",
    )
    moderation_api_url: str = Field(
        "", description="where it is asked, up to /v1; empty: OPENAI_BASE_URL, else OpenAI"
    )

    @field_validator("themes", mode="before")
    @classmethod
    def _split_themes(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(";") if part.strip())
        return value
