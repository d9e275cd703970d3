"""Cloudinary as store: references, what is fetched by them, and what is cut to size."""

import hashlib
import json
from collections.abc import Iterator

import pytest

from promptpress.errors import PermanentError, SetupError, TransientError
from promptpress.ports import MediaStore
from tests.adapters.clouding import (
    OTHER,
    PICTURE,
    SIZE,
    looks_of,
    public_id_of,
    put,
    store_of,
)
from tests.fakes.cloudinary import Cloudinary, Stored
from tests.fakes.cloudinary.media import Looks
from tests.fakes.server import Answer, Fault
from tests.unit.pictures import encode, paint


@pytest.fixture
def cloudinary() -> Iterator[Cloudinary]:
    """An account with nothing in it."""
    with Cloudinary() as running:
        yield running


def _calls(cloudinary: Cloudinary) -> list[str]:
    return [entry.call for entry in cloudinary.journal.entries()]


# --- references ---


def test_a_reference_works_in_another_process(cloudinary: Cloudinary) -> None:
    """A store with another folder and size, and no memory, finds all by it."""
    store = store_of(cloudinary)
    ref = put(store)
    later = store_of(cloudinary, folder="elsewhere", size=(10, 10))

    assert later.get(ref) == PICTURE
    assert later.link(ref) == store.link(ref)
    assert later.derive(ref, *SIZE) == store.derive(ref, *SIZE)
    assert looks_of(later.derive(ref, 30, 20)) == ("JPEG", (30, 20))


def test_a_reference_is_short(cloudinary: Cloudinary) -> None:
    """One line without the cut's whole address in it, which is most of the original's."""
    store = store_of(cloudinary)

    ref = put(store)

    assert ref.endswith(" 54x54 c_fill,f_jpg,g_auto,h_54,q_auto,w_54")
    assert ref.split()[0] == store.link(ref)
    assert ref.split()[1] == hashlib.md5(PICTURE).hexdigest()


def test_an_address_of_a_cut_that_is_built_otherwise_is_kept_whole(
    cloudinary: Cloudinary,
) -> None:
    """The address is Cloudinary's word: whatever it is, `derive` gives it back."""
    given = Fault("after", _eager(cloudinary, secure_url="https://x.test/a/b.jpg?v=1"))
    cloudinary.fail("upload", given)
    store = store_of(cloudinary)

    ref = put(store)

    assert store.derive(ref, *SIZE) == "https://x.test/a/b.jpg?v=1"
    assert store.link(ref).startswith(cloudinary.url)


def _eager(cloudinary: Cloudinary, **changes: object) -> Answer:
    """Return the answer to an upload of the picture, with another cut in it."""
    looks = Looks("png", 96, 64)
    shown = cloudinary._show(Stored(public_id_of(), "image", PICTURE, looks, 7), [])
    cut = {"width": 54, "height": 54, "format": "jpg", "secure_url": "https://x.test/y.jpg"}
    return Answer.json({**shown, "eager": [{**cut, **changes}]})


FOREIGN = [
    "",
    "abc",
    "https://example.com/x.png",
    "https://res.cloudinary.com/demo/image/upload/v1/sample.jpg",
    "https://res.cloudinary.com/demo/image/upload/v1/sample.jpg " + "0" * 32,
    f"https://res.cloudinary.com/d/raw/upload/v1/x-{'0' * 64}.png {'0' * 32}",
    f"ftp://res.cloudinary.com/d/image/upload/v1/x-{'0' * 64}.png {'0' * 32}",
    f"https://res.cloudinary.com/d/image/upload/v1/x-{'0' * 64}.png {'0' * 32} 1x1",
]


@pytest.mark.parametrize("ref", FOREIGN)
def test_a_foreign_reference_is_refused(ref: str, cloudinary: Cloudinary) -> None:
    """Nothing is asked for a text that is no reference of this store."""
    store = store_of(cloudinary)

    for ask in (store.get, store.link, lambda text: store.derive(text, 10, 10)):
        with pytest.raises(PermanentError, match="no picture of this store"):
            ask(ref)

    assert _calls(cloudinary) == []


# --- getting ---


def test_a_picture_that_is_gone_is_gone_for_good(cloudinary: Cloudinary) -> None:
    """Deleted over there: no repeat brings it."""
    store = store_of(cloudinary)
    ref = put(store)
    cloudinary.assets.clear()

    with pytest.raises(PermanentError, match="no longer at Cloudinary"):
        store.get(ref)
    with pytest.raises(PermanentError, match="no longer at Cloudinary"):
        store.derive(ref, 20, 20)


def test_a_picture_that_was_replaced_is_not_handed_out(cloudinary: Cloudinary) -> None:
    """Neither its bytes nor a new cut of it: somebody put another picture there."""
    store = store_of(cloudinary)
    ref = put(store)
    cloudinary.only().content = OTHER

    with pytest.raises(PermanentError, match="no longer what was stored"):
        store.get(ref)
    with pytest.raises(PermanentError, match="something else lies"):
        store.derive(ref, 20, 20)


def test_a_page_in_place_of_a_picture_is_fetched_again(cloudinary: Cloudinary) -> None:
    """A network that wants a log-in answers 200 with a page."""
    store = store_of(cloudinary)
    ref = put(store)
    cloudinary.fail("deliver", Fault("before", Answer(200, b"<html>sign in</html>")))

    with pytest.raises(TransientError, match="page"):
        store.get(ref)

    assert store.get(ref) == PICTURE


@pytest.mark.parametrize("address", ["nonsense", "http://[x", "http://"])
def test_an_address_of_delivery_that_is_none_is_named(address: str, cloudinary: Cloudinary) -> None:
    """It is a mistake in the set-up."""
    ref = put(store_of(cloudinary))

    with pytest.raises(SetupError, match="CLOUDINARY_DELIVERY_URL"):
        store_of(cloudinary, delivery_url=address).get(ref)


def test_pictures_may_be_fetched_elsewhere(cloudinary: Cloudinary) -> None:
    """The link stays Cloudinary's; only `get` goes where it was told."""
    cloudinary.delivers_at = "https://res.cloudinary.com"
    store: MediaStore = store_of(cloudinary, delivery_url=cloudinary.url)

    ref = put(store_of(cloudinary))

    assert store.link(ref).startswith("https://res.cloudinary.com/promptpress-stand-in/image/")
    assert store.get(ref) == PICTURE


# --- cutting ---


def test_another_size_is_made_before_its_address_is_told(cloudinary: Cloudinary) -> None:
    """The network remembers for hours that an address was not there, so it is there."""
    store = store_of(cloudinary)
    ref = put(store)

    url = store.derive(ref, 40, 50)

    assert _calls(cloudinary) == ["upload", "explicit"]
    assert looks_of(url) == ("JPEG", (40, 50))
    assert store.derive(ref, 40, 50) == url


def test_a_cut_that_is_not_ready_is_asked_for_again(cloudinary: Cloudinary) -> None:
    """No address leaves for what is still being made."""
    store = store_of(cloudinary)
    ref = put(store)
    cloudinary.fail("explicit", Fault("after", _eager(cloudinary, status="processing")), times=1)

    with pytest.raises(TransientError, match="has not made the cut"):
        store.derive(ref, 54, 55)

    assert looks_of(store.derive(ref, 54, 55)) == ("JPEG", (54, 55))


ODD: dict[str, dict[str, object]] = {
    "another size": {"width": 55},
    "another format": {"format": "webp"},
    "no address": {"secure_url": None},
    "no number": {"height": "54"},
    "processing": {"status": "processing"},
}


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD.keys())
def test_a_cut_of_another_kind_is_none(changes: dict[str, object], cloudinary: Cloudinary) -> None:
    """Where an upload shows no cut as it was ordered, it is ordered once more."""
    cloudinary.fail("upload", Fault("after", _eager(cloudinary, **changes)))
    store = store_of(cloudinary)

    url = store.derive(put(store), *SIZE)

    assert _calls(cloudinary) == ["upload", "explicit"]
    assert looks_of(url) == ("JPEG", SIZE)


@pytest.mark.parametrize("size", [(0, 10), (10, -1), (100_000, 5)])
def test_a_size_that_cannot_be_is_refused(size: tuple[int, int], cloudinary: Cloudinary) -> None:
    """It is no fault of the post, so nothing goes on until the size is corrected."""
    store, odd = store_of(cloudinary), store_of(cloudinary, size=size)
    ref = put(store)

    with pytest.raises(SetupError, match="CLOUDINARY_SIZE"):
        store.derive(ref, *size)
    with pytest.raises(SetupError, match="CLOUDINARY_SIZE"):
        put(odd, OTHER)

    assert len(cloudinary.assets) == 1


def test_of_two_cuts_of_a_size_ours_is_taken(cloudinary: Cloudinary) -> None:
    """A preset of the account may add its own, with a watermark perhaps."""
    theirs = "c_fill,f_jpg,h_54,l_logo,w_54"
    ours = {"transformation": "w_54,h_54,c_fill,g_auto,f_jpg,q_auto", "format": "png"}
    answer = json.loads(_eager(cloudinary, transformation=theirs).body)
    answer["eager"].append({**answer["eager"][0], **ours, "secure_url": "https://x.test/ours.jpg"})
    cloudinary.fail("upload", Fault("after", Answer.json(answer)))
    store = store_of(cloudinary)

    assert store.derive(put(store), *SIZE) == "https://x.test/ours.jpg"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_format_becomes_a_jpeg(kind: str, cloudinary: Cloudinary) -> None:
    """The original keeps its bytes and its kind."""
    content = encode(paint(mode="RGB"), kind)
    store = store_of(cloudinary)

    ref = put(store, content, f".{kind.lower()}")

    assert store.get(ref) == content
    assert looks_of(store.derive(ref, *SIZE)) == ("JPEG", SIZE)
