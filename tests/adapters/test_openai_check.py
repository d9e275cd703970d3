"""OpenAI's check: what it says of key, address and model, and of a model's end."""

import logging
from collections.abc import Iterator

import pytest

from promptpress.adapters.openai import OpenAIGenerator
from promptpress.adapters.openai._models import find_end, openai_name
from promptpress.errors import BadCredentials, PromptpressError, SetupError, TransientError
from tests.adapters.generating import NOW, openai_of, wish
from tests.fakes.openai import MODEL, OWN_MODEL, OpenAI
from tests.fakes.server import Answer, Fault

LAST_DAY = NOW.replace(month=12, day=1)


@pytest.fixture
def server() -> Iterator[OpenAI]:
    with OpenAI() as stand_in:
        yield stand_in


def test_a_check_costs_nothing(server: OpenAI, log: pytest.LogCaptureFixture) -> None:
    """The list of models is asked for, and nobody is warned of a model that lives on."""
    openai_of(server).check()

    assert server.calls() == ["models"]
    assert [record for record in log.records if record.levelno >= logging.WARNING] == []


def test_a_check_warns_before_the_end_of_a_model(
    server: OpenAI, log: pytest.LogCaptureFixture
) -> None:
    """Sixty days before a shut-down it is said, and it still passes."""
    openai_of(server, model="gpt-image-1.5", clock=lambda: NOW.replace(month=9)).check()
    assert "shut down" not in log.text

    openai_of(server, model="gpt-image-1.5").check()
    assert "gpt-image-1.5 is shut down on 2026-12-01: change OPENAI_IMAGE_MODEL" in log.text


def test_a_check_refuses_a_model_that_is_shut_down(server: OpenAI) -> None:
    """From its last day on, whether the server still lists it or not."""
    with pytest.raises(SetupError, match=r"was shut down on 2026-12-01: change OPENAI_IMAGE_MODEL"):
        openai_of(server, model="gpt-image-1.5", clock=lambda: LAST_DAY).check()
    with pytest.raises(SetupError, match=r"dall-e-3, OpenAI shut it down on 2026-05-12"):
        openai_of(server, model="dall-e-3").check()


def test_openai_itself_is_known_to_shut_models_down(
    server: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where OpenAI's own list keeps silent, what it announced holds; nowhere else."""
    server.models = {"gpt-image-1": None}
    openai_of(server, model="gpt-image-1").check()

    monkeypatch.setenv("http_proxy", server.url)
    with pytest.raises(SetupError, match="was shut down on 2026-10-23"):
        openai_of(server, model="gpt-image-1", api_url="http://api.openai.com/v1").check()


@pytest.mark.parametrize("told", [None, 5, "soon", [], {}, "2026-13-01"])
def test_a_date_that_cannot_be_read_is_none(told: object) -> None:
    """The server's own word counts where it is a date; else what is known."""
    assert find_end(MODEL, told, official=True) is None
    assert str(find_end("gpt-image-1", told, official=True)) == "2026-10-23"
    assert str(find_end(MODEL, "2027-01-31T00:00:00Z", official=False)) == "2027-01-31"


def test_a_model_is_found_by_its_name_without_tag() -> None:
    """Ollama lists x/z-image-turbo:latest and takes x/z-image-turbo; it asks for no key."""
    with OpenAI(key="", model=OWN_MODEL) as home:
        home.models = {"x/z-image-turbo:latest": None}

        openai_of(home, model="x/z-image-turbo").check()
        with pytest.raises(SetupError, match="it knows x/z-image-turbo:latest"):
            openai_of(home).check()


def test_an_address_may_end_in_a_slash(server: OpenAI) -> None:
    """And one that leads nowhere is the setting's fault, with a key or without."""
    openai_of(server, api_url=f"{server.url}/v1/").check()

    for address in ("http://[", "nonsense", ""):
        with pytest.raises(SetupError, match="OPENAI_BASE_URL"):
            openai_of(server, api_url=address, key="").check()


def test_only_names_of_openai_are_taken_for_its_models() -> None:
    """A proxy may put a route before the name; anything else is somebody's own."""
    assert openai_name("gpt-image-2") == openai_name("azure/gpt-image-2-2026-04-21") == MODEL
    assert openai_name("my-gpt-image-2") == openai_name("flux") == ""


CHECKS: dict[str, tuple[Fault, type[PromptpressError], str]] = {
    "key": (Fault("before", Answer(401)), BadCredentials, "OPENAI_API_KEY"),
    "address": (Fault("before", Answer.json({"detail": "Not Found"}, 404)), SetupError, "/v1"),
    "moved": (Fault("before", Answer(301, headers={"Location": "/x"})), SetupError, "it leads"),
    "throttled": (Fault("before", Answer(429)), TransientError, "429"),
    "broken": (Fault("before", Answer(502)), TransientError, "again later"),
    "away": (Fault("before"), TransientError, "again later"),
    "page": (Fault("before", Answer(200, b"<html>")), TransientError, "OPENAI_BASE_URL"),
    "no list": (Fault("before", Answer.json({"data": 5})), TransientError, "OPENAI_BASE_URL"),
    "cut": (Fault("after", cut_at=20), TransientError, "OPENAI_BASE_URL"),
    "empty": (Fault("before", Answer.json({"data": []})), SetupError, "it knows none"),
}


@pytest.mark.parametrize(("fault", "kind", "words"), CHECKS.values(), ids=CHECKS.keys())
def test_a_check_says_what_is_wrong(
    server: OpenAI, fault: Fault, kind: type[PromptpressError], words: str
) -> None:
    """Refused and offline are told apart, and nothing is ordered."""
    server.fail("models", fault)

    with pytest.raises(PromptpressError, match=words) as caught:
        openai_of(server).check()

    assert isinstance(caught.value, kind)
    assert server.calls() == ["models"]


@pytest.mark.parametrize("key", ["sk-a b", "sk-é", "sk-a\nb"])
def test_a_key_that_is_none(server: OpenAI, key: str) -> None:
    """It is told before anything is sent."""
    for call in (
        openai_of(server, key=key).check,
        lambda: openai_of(server, key=key).submit(wish()),
    ):
        with pytest.raises(BadCredentials, match="OPENAI_API_KEY"):
            call()

    assert server.calls() == []


def test_openai_itself_needs_a_key() -> None:
    """Only a server of one's own may do without; no call goes out to learn that."""
    with pytest.raises(BadCredentials, match="OPENAI_API_KEY"):
        OpenAIGenerator("", clock=lambda: NOW).check()
