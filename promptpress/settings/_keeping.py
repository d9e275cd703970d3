"""Settings of how long what is over is kept."""

from pydantic import Field
from pydantic_settings import BaseSettings


class KeepingSettings(BaseSettings):
    """Days; nothing goes where none are named."""

    keep_media_days: int | None = Field(
        None, ge=1, description="pictures of finished posts are kept so long; empty: for ever"
    )
    keep_audit_days: int | None = Field(
        None,
        ge=1,
        description="events of finished posts are kept so long, or longer where slots or the "
        "comparison of pictures look back further; empty: for ever",
    )
