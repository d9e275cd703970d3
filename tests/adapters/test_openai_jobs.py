"""OpenAI's jobs: pictures that lie elsewhere are fetched, and never ordered again."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.openai import OpenAIGenerator
from promptpress.errors import (
    BadPicture,
    PermanentError,
    PromptpressError,
    RateLimited,
    TransientError,
)
from tests.adapters.calling import Echo
from tests.adapters.generating import NOW, PROMPT, finish, openai_of, wish
from tests.fakes.openai import KEY, OpenAI
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
LARGE = Answer(200, b"\xff\xd8\xff" + bytes(60_000_000))


def moved(to: str) -> Answer:
    return Answer(302, headers={"Location": to})


DOWNLOADS: dict[str, tuple[Fault, type[PromptpressError]]] = {
    "gone": (Fault("before", Answer(404)), PermanentError),
    "expired": (Fault("before", Answer(403, b"<Error>AccessDenied</Error>")), PermanentError),
    "refused": (Fault("before", Answer(401)), PermanentError),
    "unpaid": (Fault("before", Answer(402)), PermanentError),
    "malformed": (Fault("before", Answer(422)), PermanentError),
    "slow": (Fault("before", Answer(408)), TransientError),
    "throttled": (Fault("before", Answer(429)), RateLimited),
    "broken": (Fault("before", Answer(500)), TransientError),
    "away": (Fault("before", Answer(503)), TransientError),
    "page": (Fault("before", PAGE), TransientError),
    "json": (Fault("before", Answer.json({"error": "x"})), TransientError),
    "nothing": (Fault("before", Answer(200)), TransientError),
    "no answer": (Fault("before"), TransientError),
    "cut": (Fault("after", cut_at=100), TransientError),
    "silent": (Fault("before", hang=True), TransientError),
    "dripping": (Fault("after", drip=0.1), TransientError),
    "elsewhere": (Fault("before", moved("http://elsewhere.example/1.png")), PermanentError),
    "to a file": (Fault("before", moved("file:///etc/hosts")), PermanentError),
    "large": (Fault("before", LARGE), BadPicture),
}


@pytest.fixture
def server() -> Iterator[OpenAI]:
    with OpenAI(answers="url") as stand_in:
        yield stand_in


@pytest.mark.parametrize(("fault", "kind"), DOWNLOADS.values(), ids=DOWNLOADS.keys())
def test_a_failed_download(server: OpenAI, fault: Fault, kind: type[PromptpressError]) -> None:
    """A download that fails is tried again with the same job, and never pays anew."""
    patient = openai_of(server)
    generation = patient.submit(wish())
    server.fail("download", fault)
    seconds = 0.5 if fault.hang or fault.drip else 10

    with pytest.raises(PromptpressError) as caught:
        openai_of(server, timeout=seconds).collect(generation.job)

    assert type(caught.value) is kind
    assert finish(patient, generation)
    assert server.journal.accepted("generate") == [PROMPT]


def test_a_store_without_a_wait_is_never_waited_for_within_a_call(server: OpenAI) -> None:
    """A picture that does not come is asked for once per call: the caller's deadline ends it."""
    job = openai_of(server).submit(wish()).job
    server.fail("download", Fault("before", Answer(503, headers={"Retry-After": "7"})), times=3)

    for _ in range(3):
        with pytest.raises(TransientError) as caught:
            openai_of(server).collect(job)
        assert caught.value.retry_after == 7

    assert server.calls().count("download") == 3


def test_pictures_that_are_left_are_taken(server: OpenAI) -> None:
    """When one of several is gone the others are what was made; with none left it is an error."""
    job = openai_of(server).submit(wish(count=3)).job
    server.fail("download", Fault("before", Answer(404)))

    made = openai_of(server).collect(job).pictures

    assert [one.content for one in made] == [server.picture(PROMPT, 1), server.picture(PROMPT, 2)]
    server.forget_files()
    with pytest.raises(PermanentError, match=r"no longer has the picture \(status 404\)"):
        openai_of(server).collect(job)


def test_the_key_stays_with_its_server(server: OpenAI, echo: Echo) -> None:
    """Neither a download nor a redirect takes it anywhere, and no job holds it."""
    job = openai_of(server).submit(wish()).job
    server.fail("download", Fault("before", moved(f"{echo.url}/1.png")))

    with pytest.raises(PermanentError, match="status 302"):
        openai_of(server).collect(job)

    assert echo.requests == []
    assert KEY not in job


def test_a_redirected_order_is_not_followed(server: OpenAI, echo: Echo) -> None:
    """Key and prompt go to the address that is set, and to no other."""
    for call in ("models", "generate"):
        server.fail(call, Fault("before", Answer(307, headers={"Location": echo.url})))

    with pytest.raises(PromptpressError, match="OPENAI_BASE_URL"):
        openai_of(server).check()
    with pytest.raises(PromptpressError, match="OPENAI_BASE_URL"):
        openai_of(server).submit(wish())

    assert echo.requests == []


def test_a_redirect_on_the_same_host_is_followed(server: OpenAI) -> None:
    """A few times, not for ever."""
    generation = openai_of(server).submit(wish())
    (url,) = json.loads(generation.job)["urls"]
    server.fail("download", Fault("before", moved(f"{url}?again")))
    assert openai_of(server).collect(generation.job).pictures

    server.fail("download", Fault("before", moved("?again")), times=99)
    with pytest.raises(PermanentError, match="status 302"):
        openai_of(server).collect(generation.job)
    assert server.calls().count("download") < 10


@given(job=st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_text_as_a_job_is_refused_in_words(job: str) -> None:
    """A job that somebody changed by hand is no accident."""
    with pytest.raises(PermanentError, match="retry the post"):
        OpenAIGenerator("sk-x", clock=lambda: NOW).collect(job)


@pytest.mark.parametrize(
    "change",
    [{"urls": []}, {"urls": "x"}, {"urls": [5]}, {"urls": ["file:///etc/hosts"]}, {"model": 5},
     {"seed": "x"}, {"cost": "x"}],
)  # fmt: skip
def test_a_job_with_a_wrong_part_is_refused_in_words(change: dict[str, object]) -> None:
    """Nothing but web addresses is fetched."""
    good = {"model": "m", "urls": ["https://example.org/1.png"], "seed": 1, "cost": 0.5}

    with pytest.raises(PermanentError, match="retry the post"):
        OpenAIGenerator("sk-x", clock=lambda: NOW).collect(json.dumps({**good, **change}))
