"""Asking whether a language model would work: it costs nothing and says what to fix."""

from collections.abc import Iterator

import pytest

from promptpress.errors import BadCredentials, SetupError, TransientError
from tests.adapters.writing import writer_of
from tests.fakes.chat import MODEL, Chat
from tests.fakes.server import Answer, Fault


@pytest.fixture
def server() -> Iterator[Chat]:
    with Chat() as stand_in:
        yield stand_in


def test_one_that_works(server: Chat) -> None:
    """It is asked for its list of models and nothing else."""
    writer_of(server).check()

    assert server.calls() == ["models"]


def test_a_server_without_a_list_is_taken_to_work() -> None:
    """Not every compatible server has one."""
    with Chat(has_list=False) as server:
        writer_of(server).check()

        assert server.calls() == ["models"]


@pytest.mark.parametrize("listed", [f"{MODEL}:latest", f"models/{MODEL}"])
def test_names_that_servers_write_otherwise(server: Chat, listed: str) -> None:
    """A tag or folder around the name is the same model."""
    server.models = {listed: None, "another": None}

    writer_of(server).check()


def test_an_unknown_model(server: Chat) -> None:
    """The names there are stand in the message."""
    with pytest.raises(SetupError, match=r"knows gpt-4\.1-mini, gpt-6-luna\): change TEXT_MODEL"):
        writer_of(server, model="gpt-9").check()


def test_an_only_model_answers_to_any_name(server: Chat, caplog: pytest.LogCaptureFixture) -> None:
    """llama.cpp's server lists its one file and answers whatever is named: it is only said."""
    server.models = {"/models/qwen.gguf": None}

    writer_of(server).check()

    assert "the server has one model, /models/qwen.gguf" in caplog.text


def test_the_end_of_a_model_is_told(server: Chat, caplog: pytest.LogCaptureFixture) -> None:
    """Sixty days before it a warning begins; after it the model is no use."""
    server.models[MODEL] = "2027-01-21"
    writer_of(server).check()
    assert caplog.text == ""

    server.models[MODEL] = "2027-01-20"
    writer_of(server).check()
    assert "is shut down on 2027-01-20" in caplog.text

    server.models[MODEL] = "2026-11-21"
    with pytest.raises(SetupError, match="was shut down on 2026-11-21: change TEXT_MODEL"):
        writer_of(server).check()


def test_a_refused_key(server: Chat) -> None:
    """A wrong key is told here, not at the first post."""
    with pytest.raises(BadCredentials, match="TEXT_API_KEY"):
        writer_of(server, key="sk-wrong").check()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("before"),
        Fault("before", Answer(503)),
        Fault("before", Answer(200, b"<html><title>hotel</title></html>")),
        Fault("before", Answer.json({"data": "none"})),
        Fault("after", cut_at=20),
        Fault("after", drip=0.1),
    ],
    ids=["cut", "away", "page", "no list", "cut in the body", "dripping"],
)
def test_one_that_does_not_answer(server: Chat, fault: Fault) -> None:
    """Silence and nonsense may pass."""
    server.fail("models", fault)

    with pytest.raises(TransientError):
        writer_of(server, timeout=0.8).check()
