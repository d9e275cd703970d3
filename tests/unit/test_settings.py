"""Settings: what wins, what is refused, what stays secret, and the example file."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from promptpress.errors import SetupError
from promptpress.settings import EXAMPLE, Settings, load_settings

EXAMPLE_FILE = Path(__file__).parents[2] / ".env.example"
SECRETS = (
    "TELEGRAM_TOKEN",
    "HF_TOKEN",
    "FUSION_BRAIN_API_KEY",
    "FUSION_BRAIN_SECRET_KEY",
    "LEONARDO_API_KEY",
    "OPENAI_API_KEY",
    "STABILITY_API_KEY",
    "TEXT_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "INSTAGRAM_ACCESS_TOKEN",
    "INSTAGRAM_APP_SECRET",
    "CLOUDINARY_API_KEY",
    "CLOUDINARY_API_SECRET",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
)
CANARY = "canary-73c1e0"


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


def test_nothing_needs_to_be_set() -> None:
    """Without environment, .env and promptpress.toml there are defaults, and no complaint."""
    settings = load_settings()

    assert settings.model_dump() == {
        name: field.get_default() for name, field in Settings.model_fields.items()
    }
    assert settings.queue == "sqlite:///data/promptpress.db"


def test_the_environment_wins_over_env_file_over_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three places that set a name the environment counts, then .env, then the toml file."""
    write("promptpress.toml", 'site_title = "toml"\nconcurrency = 3\nin_doubt = "resend"\n')
    write(".env", "SITE_TITLE=dotenv\nCONCURRENCY=4\n")
    monkeypatch.setenv("SITE_TITLE", "environment")

    settings = load_settings()

    assert (
        settings.site_title,
        settings.concurrency,
        settings.in_doubt,
    ) == ("environment", 4, "resend")


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that a workflow sets to nothing leaves the next place its say."""
    write(".env", "GENERATORS=huggingface\n")
    monkeypatch.setenv("GENERATORS", "")

    assert load_settings().generators == ("huggingface",)


@pytest.mark.parametrize("text", ["telegram,site", "telegram, site", " telegram site "])
def test_names_are_divided_by_commas_or_blanks(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Several names are one variable, however they are divided."""
    monkeypatch.setenv("CHANNELS", text)

    assert load_settings().channels == ("telegram", "site")


def test_names_are_a_list_in_toml() -> None:
    """The toml file writes several names as a list."""
    write("promptpress.toml", 'channels = ["telegram", "site"]\n')

    assert load_settings().channels == ("telegram", "site")


def test_everything_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown names and unreadable values of all three places stand in one message."""
    write("promptpress.toml", "colour = 1\nlease_seconds = 0\n")
    write(".env", "TELEGRAM_TOKNE=x\nPATH_OF_SOMEBODY_ELSE=y\n")
    monkeypatch.setenv("CONCURRENCY", "many")
    monkeypatch.setenv("IN_DOUBT", "guess")

    with pytest.raises(SetupError) as caught:
        load_settings()

    message = str(caught.value)
    assert "promptpress.toml: unknown setting 'colour'; valid: " in message
    assert all(name in message for name in Settings.model_fields)
    assert ".env: unknown setting TELEGRAM_TOKNE; did you mean TELEGRAM_TOKEN?" in message
    assert "CONCURRENCY: " in message
    assert "LEASE_SECONDS: " in message
    assert "IN_DOUBT: Input should be 'hold' or 'resend'" in message
    assert "PATH_OF_SOMEBODY_ELSE" not in message


def test_a_wrong_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret pasted into the wrong variable does not reach the message."""
    monkeypatch.setenv("CONCURRENCY", CANARY)

    with pytest.raises(SetupError) as caught:
        load_settings()

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("content", [b"concurrency = ", b"\xff\xfe"])
def test_a_broken_toml_file_is_a_clear_error(content: bytes) -> None:
    """A file that is no TOML is named with what is wrong."""
    Path("promptpress.toml").write_bytes(content)

    with pytest.raises(SetupError, match=r"promptpress\.toml cannot be read"):
        load_settings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither repr nor str nor a dump as JSON shows a secret."""
    for name in (*SECRETS, "NOTIFY_URLS"):
        monkeypatch.setenv(name, f"{CANARY}-{name}")

    settings = load_settings()

    assert CANARY not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize("value", ["", EXAMPLE])
def test_a_secret_at_its_example_value_is_missing(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """A secret that nobody filled in counts as not set."""
    monkeypatch.setenv("TELEGRAM_TOKEN", value)

    assert load_settings().lacks("TELEGRAM_TOKEN")


def test_a_secret_that_is_filled_in_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other value counts."""
    monkeypatch.setenv("TELEGRAM_TOKEN", "123:abc")

    assert not load_settings().lacks("TELEGRAM_TOKEN")


def test_the_example_file_names_every_setting_once() -> None:
    """.env.example has a line for each setting, after a comment that says what it is for."""
    names = re.findall(
        r"^(?:# )?([A-Z0-9_]+)=", EXAMPLE_FILE.read_text(encoding="utf-8"), re.MULTILINE
    )

    assert sorted(name.upper() for name in Settings.model_fields) == sorted(names)


def test_the_example_file_shows_the_defaults() -> None:
    """With every comment sign taken off, all but the secrets is what it would be anyway."""
    text = EXAMPLE_FILE.read_text(encoding="utf-8")
    write(".env", re.sub(r"^# (?=[A-Z0-9_]+=)", "", text, flags=re.MULTILINE))

    there, default = load_settings(), Settings()

    assert {name: getattr(default, name) for name in Settings.model_fields} == {
        name: None if name.upper() in SECRETS else getattr(there, name)
        for name in Settings.model_fields
    }


def test_the_example_file_unchanged_is_like_none() -> None:
    """Copied and left as it is, it sets secrets to their example value and nothing else."""
    write(".env", EXAMPLE_FILE.read_text(encoding="utf-8"))

    there, default = load_settings(), Settings()

    assert all(there.lacks(name) for name in SECRETS)
    assert {name.lower() for name in SECRETS} == {
        name for name in Settings.model_fields if getattr(there, name) != getattr(default, name)
    }


def test_every_secret_stands_at_the_example_value() -> None:
    """A single secret is not commented out, so that it is seen and filled in."""
    single = {
        name.upper()
        for name, field in Settings.model_fields.items()
        if field.annotation == SecretStr | None
    }
    lines = EXAMPLE_FILE.read_text(encoding="utf-8").splitlines()

    assert single == {line.removesuffix(f"={EXAMPLE}") for line in lines if EXAMPLE in line[1:]} - {
        line for line in lines if line.startswith("#")
    }


def test_no_line_of_the_example_file_is_without_a_word() -> None:
    """Each setting follows a comment, or another setting of the same comment."""
    lines = EXAMPLE_FILE.read_text(encoding="utf-8").splitlines()
    settings = [i for i, line in enumerate(lines) if re.match(r"(# )?[A-Z0-9_]+=", line)]

    assert all(lines[index - 1].startswith("# ") for index in settings)
