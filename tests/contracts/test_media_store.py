"""What every MediaStore promises, and how the one on disk behaves when the disk does not.

A new store joins the contract by one line in FACTORIES.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

import pytest

from promptpress.adapters.local import LocalStore
from promptpress.adapters.site.store import SiteStore
from promptpress.errors import BadPicture, PermanentError
from promptpress.ports import MediaStore, RemovingStore
from tests.adapters import bucketing, clouding
from tests.adapters.driving import running_drive, store_of
from tests.fakes.cloudinary import Cloudinary
from tests.fakes.s3 import S3


@contextmanager
def _cloudinary(_: Path) -> Iterator[MediaStore]:
    with Cloudinary(delivers_at="https://res.cloudinary.com") as running:
        yield clouding.store_of(running, delivery_url=running.url)


@contextmanager
def _drive(_: Path) -> Iterator[MediaStore]:
    with running_drive() as google:
        yield store_of(google)


@contextmanager
def _s3(_: Path) -> Iterator[MediaStore]:
    with S3() as running:
        yield bucketing.store_of(running, public_url="https://pictures.example.org")


FACTORIES: Mapping[str, Callable[[Path], AbstractContextManager[MediaStore]]] = {
    "cloudinary": _cloudinary,
    "drive": _drive,
    "local": lambda folder: nullcontext(LocalStore(folder / "media")),
    "s3": _s3,
    "site": lambda folder: nullcontext(SiteStore(folder / "site", "https://example.org/art/")),
}
CONTENT = clouding.PICTURE  # a true one: Cloudinary looks
SHA = hashlib.sha256(CONTENT).hexdigest()
NOBODY = 65_534
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=sorted(FACTORIES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MediaStore]:
    with FACTORIES[request.param](tmp_path) as made:
        yield made


# --- every store ---


def test_it_has_a_name_and_would_work(store: MediaStore) -> None:
    """The name is not blank and the check passes."""
    store.check()

    assert store.name


def test_bytes_come_back_identical(store: MediaStore) -> None:
    """What is put is what is got."""
    assert store.get(store.put(CONTENT, SHA, ".png")) == CONTENT


def test_storing_twice_gives_the_same_reference(store: MediaStore) -> None:
    """The same bytes have one reference, however often they are put."""
    first, second = store.put(CONTENT, SHA, ".png"), store.put(CONTENT, SHA, ".png")

    assert first == second
    assert store.get(first) == CONTENT


def test_other_bytes_have_another_reference(store: MediaStore) -> None:
    """Two pictures never share a reference."""
    other = CONTENT + b"!"

    refs = {
        store.put(CONTENT, SHA, ".png"),
        store.put(other, hashlib.sha256(other).hexdigest(), ".png"),
    }
    assert len(refs) == 2


def test_an_unknown_reference_is_gone_for_good(store: MediaStore) -> None:
    """A picture that is not there is a permanent error: no repeat brings it."""
    ref = store.put(CONTENT, SHA, ".png")

    with pytest.raises(PermanentError):
        store.get(ref.replace(SHA[2:], "0" * 62) if SHA[2:] in ref else ref[::-1])


def test_a_wrong_hash_is_refused(store: MediaStore) -> None:
    """Bytes under a name that is not theirs would break every later promise."""
    with pytest.raises(BadPicture):
        store.put(CONTENT, "0" * 64, ".png")


def _removing(store: MediaStore) -> RemovingStore:
    assert isinstance(store, RemovingStore)
    return store


def test_what_is_removed_is_gone_and_what_is_not_stays(store: MediaStore) -> None:
    """Its reference gives nothing any more, another picture's still does; twice is once."""
    removing = _removing(store)
    other = CONTENT + b"!"
    ref = store.put(CONTENT, SHA, ".png")
    kept = store.put(other, hashlib.sha256(other).hexdigest(), ".png")

    removing.remove(ref)
    removing.remove(ref)

    with pytest.raises(PermanentError):
        store.get(ref)
    assert store.get(kept) == other
    # What comes back later is kept as if it had never been there.
    assert store.get(store.put(CONTENT, SHA, ".png")) == CONTENT


def test_nothing_is_removed_by_a_reference_that_is_none(store: MediaStore) -> None:
    """A name that leads elsewhere is refused, or means nothing there."""
    removing = _removing(store)
    ref = store.put(CONTENT, SHA, ".png")

    for none in ("../secret", "", "queue.db"):
        with suppress(PermanentError):
            removing.remove(none)

    assert store.get(ref) == CONTENT


def test_a_link_is_an_address_or_nothing(store: MediaStore) -> None:
    """A link is empty or can be fetched over HTTPS."""
    link = store.link(store.put(CONTENT, SHA, ".png"))

    assert link == "" or link.startswith("https://")
