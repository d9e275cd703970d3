"""Secrets that are set nowhere else are asked of whoever keeps them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from promptpress.errors import TransientError
from promptpress.settings import KEEPERS, load_settings

CANARY = "canary-19ab3c"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a keeper has; no other is asked."""
    values: dict[str, str] = {}

    def keeper(names: Sequence[str]) -> Mapping[str, str]:
        return {name: values[name] for name in names if name in values}

    for name in list(KEEPERS):
        monkeypatch.delitem(KEEPERS, name)
    monkeypatch.setitem(KEEPERS, "test", keeper)
    return values


def test_a_secret_that_is_set_nowhere_is_asked_for(kept: dict[str, str]) -> None:
    """Tokens, URLs with passwords and lists of them come from the keeper, read as from .env."""
    kept |= {
        "TELEGRAM_TOKEN": CANARY,
        "QUEUE_URL": f"postgresql+psycopg://me:{CANARY}@host/db",
        "NOTIFY_URLS": "json://a json://b",
    }
    settings = load_settings()

    assert settings.secret("TELEGRAM_TOKEN") == CANARY
    assert settings.queue.startswith("postgresql")
    assert [url.get_secret_value() for url in settings.notify_urls] == ["json://a", "json://b"]
    assert settings.plain("NOTIFY_URLS") == "json://a json://b"


def test_the_environment_and_env_file_win(
    kept: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper is not asked for what is set; a secret left at its example counts as not set."""
    kept |= {"HF_TOKEN": "kept", "TELEGRAM_TOKEN": "kept", "OPENAI_API_KEY": "kept"}
    monkeypatch.setenv("HF_TOKEN", "environment")
    Path(".env").write_text("TELEGRAM_TOKEN=dotenv\nOPENAI_API_KEY=change-me\n")
    settings = load_settings()

    told = [settings.secret(n) for n in ("HF_TOKEN", "TELEGRAM_TOKEN", "OPENAI_API_KEY")]
    assert told == ["environment", "dotenv", "kept"]


def test_the_token_of_a_named_channel_may_be_kept(kept: dict[str, str]) -> None:
    """A variable that only promptpress.toml names is asked for too."""
    kept["NEWS_TOKEN"] = CANARY
    Path("promptpress.toml").write_text(
        '[channel.news]\nkind = "telegram"\ntoken_from = "NEWS_TOKEN"'
    )
    settings = load_settings()

    assert "NEWS_TOKEN" in settings.secret_names
    assert settings.secret("NEWS_TOKEN") == CANARY
    assert CANARY not in repr(settings)


def test_plain_settings_are_not_asked_for(
    kept: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is a secret, or may hold one, is kept elsewhere."""
    asked: list[str] = []

    def keeper(names: Sequence[str]) -> Mapping[str, str]:
        asked.extend(names)
        return {}

    monkeypatch.setitem(KEEPERS, "test", keeper)
    load_settings()

    assert {"TELEGRAM_TOKEN", "NOTIFY_URLS", "QUEUE_URL", "AUDIT_URL"} <= set(asked)
    assert not {"TELEGRAM_CHAT_ID", "GENERATORS", "DATA_DIR", "HF_MODEL"} & set(asked)


def test_a_keeper_that_does_not_answer_is_no_missing_secret(
    kept: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as what it is: nobody is sent to look for a token that is there."""

    def keeper(names: Sequence[str]) -> Mapping[str, str]:
        raise TransientError("the server is away", "settings")

    monkeypatch.setitem(KEEPERS, "test", keeper)

    with pytest.raises(TransientError, match="away"):
        load_settings()
