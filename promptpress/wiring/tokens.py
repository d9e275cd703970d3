"""What keeps and renews tokens that die."""

from collections.abc import Callable

from promptpress.errors import SetupError
from promptpress.ports import TokenKeeper, TokenStore
from promptpress.settings import Channel, Settings

OFFICIAL = {
    "facebook": "https://graph.facebook.com",
    "instagram": "https://graph.instagram.com",
}
"""Where tokens of each login are good."""


def _file(settings: Settings) -> TokenStore:
    from promptpress.adapters.tokens import FileTokens

    return FileTokens(settings.tokens_file or settings.data_dir / "tokens.json")


STORES: dict[str, Callable[[Settings], TokenStore]] = {"file": _file}
"""How each kind of store is made; what runs us may add its own."""


def instagram_url(settings: Settings) -> str:
    """Return where the Graph API is asked."""
    return settings.instagram_api_url or OFFICIAL[settings.instagram_login]


def keeper(settings: Settings, name: str, channel: Channel) -> TokenKeeper:
    """Make what looks after the token of an Instagram channel.

    Raises:
        SetupError: the store that TOKENS names is not at hand here.
    """
    from promptpress.adapters.instagram.tokens import InstagramTokens

    if settings.tokens not in STORES:
        message = f"TOKENS={settings.tokens} works in flows only: run python -m flows.…, not this"
        raise SetupError(message, name)
    return InstagramTokens(
        STORES[settings.tokens](settings),
        settings.secret(channel.token_from or "INSTAGRAM_ACCESS_TOKEN"),
        login=settings.instagram_login,
        api_url=instagram_url(settings),
        version=settings.instagram_api_version,
        app_id=settings.instagram_app_id,
        app_secret=settings.secret("INSTAGRAM_APP_SECRET"),
        name=name,
    )
