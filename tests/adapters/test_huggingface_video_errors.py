"""Videos by Hugging Face when something goes wrong: a video is paid for once, or nobody knows."""

import json
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.huggingface._video_answers import PROVIDERS, parse_outcome
from promptpress.errors import (
    BadCredentials,
    ContentRefused,
    InvalidPost,
    OutcomeUnknown,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.generating import (
    PROMPT,
    VIDEO_PROVIDERS,
    refused_video,
    video_generator_of,
    wish,
)
from tests.fakes.huggingface import TOKEN, HuggingFace, refusal
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
POLICY = Answer.json(
    {"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation"}]}, 422
)


@pytest.fixture
def hub() -> Iterator[HuggingFace]:
    with HuggingFace(provider="fal-ai") as stand_in:
        yield stand_in


REFUSALS: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "bad token": (refusal(401, "Invalid credentials"), BadCredentials, "HF_TOKEN"),
    "no credit": (refusal(402, "exceeded your credits"), QuotaExhausted, "settings/billing"),
    "no permission": (refusal(403, "Forbidden"), BadCredentials, "Make calls to Inference Prov"),
    "no such model": (refusal(404, "Not Found"), SetupError, "HF_VIDEO_MODEL or HF_VIDEO_PROV"),
    "unserved": (refusal(400, "Model not supported by provider x"), SetupError, "HF_VIDEO_MODEL"),
    "moved": (Answer(308, headers={"Location": "/x"}), SetupError, "HUGGINGFACE_API_URL"),
    "policy": (POLICY, ContentRefused, "change the prompt"),
    "malformed": (refusal(422, "aspect_ratio"), InvalidPost, "correct the post"),
    "throttled": (Answer(429, headers={"Retry-After": "17"}), RateLimited, "when it allows"),
    "broken": (Answer(500), TransientError, "answers 500"),
    "gateway": (Answer(504, b"<html><title>Time-out</title></html>"), TransientError, "Time-out"),
    "echoed token": (refusal(400, f"bad header Bearer {TOKEN}"), InvalidPost, "Bearer ***"),
}


@pytest.mark.parametrize("provider", ["fal-ai", "novita"])
@pytest.mark.parametrize(("answer", "kind", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refused_order(
    hub: HuggingFace, provider: str, answer: Answer, kind: type[PromptpressError], words: str
) -> None:
    """Every answer that is no video says what to do, and nothing was paid for."""
    hub.fail("generate", Fault("before", answer))

    error = refused_video(video_generator_of(hub, provider=provider).submit, wish())

    assert type(error) is kind
    assert words in str(error)
    assert error.retry_after == (17.0 if kind is RateLimited else None)
    assert hub.journal.accepted("generate") == []


def test_a_post_is_told_when_its_own_model_is_unknown(hub: HuggingFace) -> None:
    """What a post asks for does not stop the others."""
    error = refused_video(video_generator_of(hub).submit, wish(model="nobody/nothing"))

    assert type(error) is InvalidPost
    assert "change the model of the post" in str(error)


NO_VIDEOS: dict[str, Answer] = {
    "page": PAGE,
    "nothing": Answer(200),
    "null": Answer.json(None),
    "words": Answer(200, b"error code: 1015"),
    "list": Answer.json([]),
    "other": Answer.json({"video": {"url": "ftp://x", "video_url": 5}, "id": 5, "output": {}}),
    "no path": Answer.json({"response_url": "https://queue.fal.run/", "status": "IN_QUEUE"}),
}


@pytest.mark.parametrize("provider", VIDEO_PROVIDERS)
@pytest.mark.parametrize("answer", NO_VIDEOS.values(), ids=NO_VIDEOS.keys())
def test_something_else_in_a_good_answer(hub: HuggingFace, provider: str, answer: Answer) -> None:
    """It may hide the number of a job that goes on and costs: nobody knows, a person decides."""
    hub.fail("generate", Fault("after", answer))

    error = refused_video(video_generator_of(hub, provider=provider).submit, wish())

    assert type(error) is OutcomeUnknown
    assert "something else came than a video" in str(error)
    assert hub.calls().count("generate") == 1


LOST = {
    "cut": Fault("after"),
    "cut in the body": Fault("after", cut_at=30),
    "silent": Fault("after", hang=True),
    "dripping": Fault("after", drip=0.1),
}


@pytest.mark.parametrize("provider", ["fal-ai", "novita"])
@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_lost_answer(hub: HuggingFace, provider: str, fault: Fault) -> None:
    """When the answer to an order is lost nobody knows, and it ends by its deadline."""
    generator = video_generator_of(hub, provider=provider, timeout=0.5)
    generator.check()
    hub.fail("generate", fault)
    begun = time.monotonic()

    error = refused_video(generator.submit, wish())

    assert type(error) is OutcomeUnknown
    assert "the video may have been made and paid for" in str(error)
    assert time.monotonic() - begun < 3
    assert hub.journal.accepted("generate") == [PROMPT]


def test_a_router_that_is_not_there(hub: HuggingFace) -> None:
    """Nothing left this machine, so nothing is paid for."""
    with socket.create_server(("127.0.0.1", 0)) as gone_soon:
        away = f"http://127.0.0.1:{gone_soon.getsockname()[1]}"

    for url, kind in ((away, TransientError), ("nonsense", SetupError)):
        generator = video_generator_of(hub, api_url=url)
        assert type(refused_video(generator.submit, wish())) is kind


@pytest.mark.parametrize("token", ["", " ", "hf_a b", "hf_é"])
def test_a_token_that_is_none(hub: HuggingFace, token: str) -> None:
    """It is told before anything is sent."""
    generator = video_generator_of(hub, token=token)

    assert type(refused_video(generator.submit, wish())) is BadCredentials
    assert hub.calls() == []


@pytest.mark.parametrize("fault", [Fault("before"), Fault("before", PAGE)])
def test_a_hub_that_does_not_answer(hub: HuggingFace, fault: Fault) -> None:
    """Without knowing who serves the model nothing is ordered."""
    hub.fail("lookup", fault)

    assert type(refused_video(video_generator_of(hub).submit, wish())) is TransientError
    assert "generate" not in hub.calls()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["video", "url", "video_url", "output", "outputs", "status", "urls", "get", "id",
             "error", "error_type", "message", "response_url", "data", "seed", "input",
             "has_nsfw_concepts", "has_nsfw_contents"]
        ),
        inner | st.sampled_from(["COMPLETED", "completed", "failed", "https://x.org/a", "//["]),
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())
ASKED = st.sampled_from(["", "/a/status?_subdomain=queue", "/a?_subdomain=queue", "/v2/videos/1"])


@given(provider=st.sampled_from(PROVIDERS), body=BODIES, asked=ASKED)
def test_any_good_answer_can_be_read(provider: str, body: bytes, asked: str) -> None:
    """Whatever bytes come, reading them is never an accident."""
    outcome = parse_outcome(provider, body, asked)

    assert outcome.seed is None or isinstance(outcome.seed, int)
    assert not outcome.url or outcome.url.startswith("http")
    assert not outcome.poll or outcome.poll.startswith("/")
