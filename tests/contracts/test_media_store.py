"""What every MediaStore promises, and how the one on disk behaves when the disk does not.

A new store joins the contract by one line in FACTORIES.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from promptpress.adapters.local import LocalStore
from promptpress.errors import BadPicture, PermanentError
from promptpress.ports import MediaStore

FACTORIES: Mapping[str, Callable[[Path], MediaStore]] = {
    "local": lambda folder: LocalStore(folder / "media"),
}
CONTENT = b"\x89PNG not really, but a store does not look" * 50
SHA = hashlib.sha256(CONTENT).hexdigest()
NOBODY = 65_534
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=sorted(FACTORIES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    return FACTORIES[request.param](tmp_path)


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
        store.get(ref.replace(SHA[2:], "0" * 62))


def test_a_wrong_hash_is_refused(store: MediaStore) -> None:
    """Bytes under a name that is not theirs would break every later promise."""
    with pytest.raises(BadPicture):
        store.put(CONTENT, "0" * 64, ".png")


def test_a_link_is_an_address_or_nothing(store: MediaStore) -> None:
    """A link is empty or can be fetched over HTTPS."""
    link = store.link(store.put(CONTENT, SHA, ".png"))

    assert link == "" or link.startswith("https://")
