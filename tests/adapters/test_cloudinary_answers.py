"""Cloudinary as store: answers that are lost, broken, slow or not to be believed."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from promptpress.adapters.cloudinary import CloudinaryStore
from promptpress.errors import (
    PermanentError,
    PromptpressError,
    RateLimited,
    SetupError,
    TransientError,
)
from tests.adapters.clouding import PICTURE, put, sha, store_of
from tests.fakes import raw
from tests.fakes.cloudinary import Cloudinary, refusal
from tests.fakes.server import Answer, Fault
from tests.unit.pictures import encode, paint

Ask = Callable[[CloudinaryStore, str], object]


@pytest.fixture
def cloudinary() -> Iterator[Cloudinary]:
    """An account with nothing in it."""
    with Cloudinary() as running:
        yield running


PAGE = b"<html>sign in</html>"

# --- answers that are lost ---

LOST = {
    "cut before": Fault("before"),
    "cut": Fault("after"),
    "cut in the middle": Fault("after", cut_at=20),
    "500": Fault("after", refusal(500, "oh")),
    "502 page": Fault("after", Answer(502, b"<html>Bad Gateway</html>")),
    "page": Fault("after", Answer(200, PAGE)),
    "huge": Fault("after", Answer(200, b"[" * 2_000_000)),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_lost_answer_is_met_by_sending_again(fault: Fault, cloudinary: Cloudinary) -> None:
    """Whether or not the upload had its effect there is one picture in the end."""
    cloudinary.fail("upload", fault)
    store = store_of(cloudinary)

    with pytest.raises(TransientError):
        put(store)
    ref = put(store)

    assert len(cloudinary.assets) == 1
    assert store.get(ref) == PICTURE


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_lost_cut_is_met_by_asking_again(fault: Fault, cloudinary: Cloudinary) -> None:
    """The same for a cut of another size."""
    store = store_of(cloudinary)
    ref = put(store)
    cloudinary.fail("explicit", fault)

    with pytest.raises(TransientError):
        store.derive(ref, 20, 30)

    assert "w_20" in store.derive(ref, 20, 30)


ASKS: dict[str, tuple[str, Ask]] = {
    "check": ("ping", lambda store, ref: store.check()),
    "put": ("upload", lambda store, ref: put(store)),
    "derive": ("explicit", lambda store, ref: store.derive(ref, 5, 5)),
    "get": ("deliver", lambda store, ref: store.get(ref)),
}


@pytest.mark.parametrize(("call", "ask"), ASKS.values(), ids=ASKS.keys())
@pytest.mark.parametrize("drip", [0.0, 0.02], ids=["silent", "slow"])
def test_every_call_ends_in_time(drip: float, call: str, ask: Ask, cloudinary: Cloudinary) -> None:
    """A server that is silent, and one that sends a byte now and then."""
    ref = put(store_of(cloudinary))
    slow = Answer(200, b" " * 1_000)
    cloudinary.fail(call, Fault("after", slow, hang=not drip, drip=drip))
    begun = time.monotonic()

    with pytest.raises(TransientError, match="again"):
        ask(store_of(cloudinary, timeout=0.2), ref)

    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(("call", "ask"), ASKS.values(), ids=ASKS.keys())
def test_every_call_tells_a_service_that_is_away(
    call: str, ask: Ask, cloudinary: Cloudinary
) -> None:
    """A refused connection and one that is cut before a word are tried again later."""
    ref = put(store_of(cloudinary))
    with raw.server() as address:
        dead = f"http://{address}"
    store = store_of(cloudinary, api_url=dead, delivery_url=dead)

    with pytest.raises(TransientError, match="no answer"):
        ask(store, ref)


def test_a_picture_that_breaks_off_is_fetched_again(cloudinary: Cloudinary) -> None:
    """Half of it is no picture, and no reason to give the post up."""
    store = store_of(cloudinary)
    ref = put(store)
    cloudinary.fail("deliver", Fault("before", Answer(200, PICTURE), cut_at=50))

    with pytest.raises(TransientError, match="only in part"):
        store.get(ref)


def test_a_picture_without_end_is_not_read_to_it(cloudinary: Cloudinary) -> None:
    """We store 100 MB at the most, so more is none of ours."""
    store = store_of(cloudinary)
    ref = put(store)
    cloudinary.fail("deliver", Fault("before", Answer(200, bytes(100_000_005))))

    with pytest.raises(PermanentError, match="never stored"):
        store.get(ref)


DELIVERED: dict[str, tuple[Answer, type[PromptpressError], str]] = {
    "401": (Answer(401, b""), SetupError, "security settings"),
    "403": (Answer(403, b"", {"X-Cld-Error": "ACL deny"}), SetupError, "ACL deny"),
    "404": (Answer(404, b"", {"X-Cld-Error": "Resource not found - x"}), PermanentError, "restore"),
    "410": (Answer(410, b""), PermanentError, "restore"),
    "420": (Answer(420, b""), RateLimited, "when it allows"),
    "423": (Answer(423, b""), TransientError, "at work"),
    "302": (Answer(302, b"", {"Location": "/x"}), SetupError, "CLOUDINARY_DELIVERY_URL"),
    "500": (Answer(500, b""), TransientError, "later"),
    "204": (Answer(204, b""), TransientError, "later"),
}


@pytest.mark.parametrize(("answer", "kind", "words"), DELIVERED.values(), ids=DELIVERED.keys())
def test_each_refusal_of_delivery_says_what_to_do(
    answer: Answer, kind: type[PromptpressError], words: str, cloudinary: Cloudinary
) -> None:
    """Gone for good, forbidden, or later."""
    store = store_of(cloudinary)
    ref = put(store)
    cloudinary.fail("deliver", Fault("before", answer))

    with pytest.raises(PromptpressError) as caught:
        store.get(ref)

    assert (type(caught.value), words in str(caught.value)) == (kind, True), caught.value


# --- answers that are not to be believed ---


def _shown(cloudinary: Cloudinary, **changes: object) -> Answer:
    """Return the answer to an upload that was, with changes."""
    shown = cloudinary._show(cloudinary.only(), [])
    return Answer.json({**shown, "existing": True, **changes})


HALF: dict[str, dict[str, object]] = {
    "no id": {"public_id": None},
    "no hash": {"etag": None},
    "no version": {"version": 0},
    "a version in words": {"version": "7"},
    "no size": {"bytes": None},
    "no address": {"secure_url": ""},
    "an address in a list": {"secure_url": ["https://x.test"]},
}


@pytest.mark.parametrize("changes", HALF.values(), ids=HALF.keys())
def test_half_an_answer_is_none(changes: dict[str, object], cloudinary: Cloudinary) -> None:
    """What does not tell id, version, hash, size and address is asked for again."""
    put(store_of(cloudinary))
    cloudinary.fail("upload", Fault("after", _shown(cloudinary, **changes)))

    with pytest.raises(TransientError, match="not whole"):
        put(store_of(cloudinary))


NOT_OURS: dict[str, tuple[dict[str, object], str]] = {
    "signed by somebody else": ({"signature": "0" * 40}, "not signed with our secret"),
    "of another version": ({"version": 1}, "not signed with our secret"),
    "of another picture": ({"public_id": "x"}, "not under the name we gave"),
    "at a strange address": ({"secure_url": "https://x.test/a.png"}, "unknown kind"),
}


@pytest.mark.parametrize(("changes", "words"), NOT_OURS.values(), ids=NOT_OURS.keys())
def test_an_answer_that_is_not_ours_is_not_believed(
    changes: dict[str, object], words: str, cloudinary: Cloudinary
) -> None:
    """An answer is signed too: whoever stands between cannot tell us what is stored."""
    put(store_of(cloudinary))
    cloudinary.fail("upload", Fault("after", _shown(cloudinary, **changes)))

    with pytest.raises(SetupError, match=words):
        put(store_of(cloudinary))


def test_an_answer_without_a_signature_is_compared_by_hash(cloudinary: Cloudinary) -> None:
    """Where Cloudinary signs nothing the hash and the size have to do."""
    first = put(store_of(cloudinary))
    cloudinary.fail("upload", Fault("after", _shown(cloudinary, signature=None)))

    assert put(store_of(cloudinary)) == first


def test_threads_do_not_mix_their_errors(cloudinary: Cloudinary) -> None:
    """Sixteen pictures at once through one store, each third of them lost once."""
    store = store_of(cloudinary)
    pictures = [encode(paint((20 + n, 30))) for n in range(16)]
    cloudinary.fail("upload", Fault("after"), times=5)

    def keep(content: bytes) -> str:
        for _ in range(6):
            try:
                return put(store, content)
            except TransientError:
                continue
        raise AssertionError(content)

    with ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(keep, pictures))

    assert [store.get(ref) for ref in refs] == pictures
    assert len(cloudinary.assets) == 16
    assert all(sha(content) in ref for content, ref in zip(pictures, refs, strict=True))
