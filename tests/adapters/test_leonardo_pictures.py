"""Leonardo's pictures: each is fetched from where the job says, and never paid for again."""

import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from promptpress import imaging
from promptpress.adapters.leonardo._answers import MAX_PICTURE
from promptpress.errors import (
    BadPicture,
    PermanentError,
    PromptpressError,
    RateLimited,
    TransientError,
)
from tests.adapters.calling import Echo
from tests.adapters.generating import PROMPT, finish, leonardo_of, wish
from tests.fakes.leonardo import KEY, Leonardo
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")
LARGE = Answer(200, b"\xff\xd8\xff" + bytes(MAX_PICTURE - 3))


def done(*images: dict[str, object]) -> Answer:
    return Answer.json({"generations_by_pk": {"status": "COMPLETE", "generated_images": images}})


def moved(to: str) -> Answer:
    return Answer(302, headers={"Location": to})


@pytest.fixture
def service() -> Iterator[Leonardo]:
    with Leonardo(polls=0) as stand_in:
        yield stand_in


def collected(service: Leonardo, job: str, **changes: Any) -> PromptpressError:
    """Collect a job and return the error; it must show no secret."""
    with pytest.raises(PromptpressError) as caught:
        leonardo_of(service, **changes).collect(job)
    assert KEY not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


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
    "nowhere": (Fault("before", moved("http://[")), TransientError),
    "large": (Fault("before", LARGE), BadPicture),
}


@pytest.mark.parametrize(("fault", "kind"), DOWNLOADS.values(), ids=DOWNLOADS.keys())
def test_a_failed_download(service: Leonardo, fault: Fault, kind: type[PromptpressError]) -> None:
    """A download that fails is tried again with the same job, and never pays anew."""
    generation = leonardo_of(service).submit(wish())
    service.fail("download", fault)

    error = collected(service, generation.job, timeout=0.8 if fault.hang or fault.drip else 30)

    assert type(error) is kind
    assert finish(leonardo_of(service), generation)
    assert service.journal.accepted("generate") == [PROMPT]


def test_a_large_picture_that_breaks_off(service: Leonardo) -> None:
    """Some of its bytes are no picture, however they begin."""
    service.picture_bytes = 100_000
    generation = leonardo_of(service).submit(wish())
    service.fail("download", Fault("after", cut_at=50_000))

    assert type(collected(service, generation.job)) is TransientError
    (made,) = finish(leonardo_of(service), generation)
    assert len(made.content) > 100_000


def test_a_store_that_asks_to_wait_is_heard(service: Leonardo) -> None:
    """The wait that it names is carried, and the call itself never waits."""
    job = leonardo_of(service).submit(wish()).job
    service.fail("download", Fault("before", Answer(503, headers={"Retry-After": "7"})))

    assert collected(service, job).retry_after == 7
    assert service.calls().count("download") == 1


def test_pictures_that_are_left_are_taken(service: Leonardo) -> None:
    """When one of several is gone the others are what was made; with none left it is an error."""
    job = leonardo_of(service).submit(wish(count=3, seed=0)).job
    service.fail("download", Fault("before", Answer(404)))

    made = leonardo_of(service).collect(job).pictures

    assert [one.content for one in made] == [service.picture(PROMPT, 0, n) for n in (1, 2)]
    service.fail("download", Fault("before", Answer(404)), times=3)
    assert "no longer has the picture" in str(collected(service, job))


def test_no_more_pictures_are_taken_than_were_ordered(service: Leonardo) -> None:
    """Whatever else lies with the job."""
    job = json.loads(leonardo_of(service).submit(wish(count=3)).job)

    made = leonardo_of(service).collect(json.dumps({**job, "count": 2})).pictures

    assert len(made) == 2


def test_the_key_stays_with_its_server(service: Leonardo, echo: Echo) -> None:
    """Neither a download nor a redirect takes it anywhere."""
    job = leonardo_of(service).submit(wish()).job
    service.fail("download", Fault("before", moved(f"{echo.url}/1.png")))
    assert "status 302" in str(collected(service, job))
    assert echo.requests == []

    service.fail("poll", Fault("before", done({"url": f"{echo.url}/1.png", "nsfw": False})))
    collected(service, job)

    (request,) = echo.requests
    assert "authorization" not in request.headers
    assert KEY not in str(request)


def test_a_redirect_on_the_same_host_is_followed(service: Leonardo) -> None:
    """A few times, not for ever."""
    generation = leonardo_of(service).submit(wish())
    service.fail("download", Fault("before", moved("?again")))
    assert leonardo_of(service).collect(generation.job).pictures

    service.fail("download", Fault("before", moved("?again")), times=99)
    assert "status 302" in str(collected(service, generation.job))
    assert service.calls().count("download") < 10


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda content: content[:-30],
    "half": lambda content: content[: len(content) // 2],
    "noise": lambda content: bytes(range(256)) * 4,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_broken_picture_is_handed_on(service: Leonardo, damage: Callable[[bytes], bytes]) -> None:
    """Whether it is whole is found by who looks at it; the bytes are as they came."""
    job = leonardo_of(service).submit(wish()).job
    broken = damage(service.picture(PROMPT))
    service.fail("download", Fault("before", Answer(200, broken)))

    (made,) = leonardo_of(service).collect(job).pictures

    assert made.content == broken
    with pytest.raises(BadPicture):
        imaging.inspect(made.content)


@pytest.mark.parametrize("kind", ["text/html", "", "image/jpeg"])
def test_a_wrong_content_type_does_no_harm(service: Leonardo, kind: str) -> None:
    """What counts is what the bytes are."""
    job = leonardo_of(service).submit(wish()).job
    answer = Answer(200, service.picture(PROMPT), {"Content-Type": kind})
    service.fail("download", Fault("before", answer))

    assert leonardo_of(service).collect(job).pictures


@pytest.mark.parametrize("flag", [True, "true", 1, {"any": "thing"}])
def test_whatever_may_mean_flagged_does(service: Leonardo, flag: object) -> None:
    """A flagged picture must not pass for a harmless one."""
    job = leonardo_of(service).submit(wish()).job
    url = f"{service.url}/cdn/{json.loads(job)['id']}/0.png"
    service.fail("poll", Fault("before", done({"url": url, "nsfw": flag})))

    (made,) = leonardo_of(service).collect(job).pictures

    assert made.unsafe
