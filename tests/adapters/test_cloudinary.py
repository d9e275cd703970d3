"""Cloudinary as store: what lies there, what it is called, and what is cut from it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from promptpress.errors import BadPicture, InvalidPost, PermanentError, SetupError
from promptpress.ports import ShapingStore
from tests.adapters.clouding import (
    OTHER,
    PICTURE,
    SIZE,
    VIDEO,
    fetch,
    looks_of,
    public_id_of,
    put,
    sha,
    store_of,
)
from tests.fakes.cloudinary import Cloudinary, Stored
from tests.fakes.cloudinary.media import Looks


@pytest.fixture
def cloudinary() -> Iterator[Cloudinary]:
    """An account with nothing in it."""
    with Cloudinary() as running:
        yield running


def _calls(cloudinary: Cloudinary) -> list[str]:
    return [entry.call for entry in cloudinary.journal.entries()]


# --- keeping ---


def test_a_picture_is_stored_with_its_cut_in_one_call(cloudinary: Cloudinary) -> None:
    """Original and cut can be opened by anybody, and nothing more was asked."""
    store: ShapingStore = store_of(cloudinary)

    ref = put(store_of(cloudinary))

    assert _calls(cloudinary) == ["upload"]
    assert fetch(store.link(ref)).content == PICTURE
    assert looks_of(store.derive(ref, *SIZE)) == ("JPEG", SIZE)
    assert "explicit" not in _calls(cloudinary)


def test_the_cut_is_that_of_instagram_by_default(cloudinary: Cloudinary) -> None:
    """Without a word of ours it is a JPEG of 1080 x 1080."""
    store = store_of(cloudinary, size=(1080, 1080))

    url = store.derive(put(store), 1080, 1080)

    assert looks_of(url) == ("JPEG", (1080, 1080))
    assert "c_fill,f_jpg,g_auto,h_1080,q_auto,w_1080/" in url
    assert _calls(cloudinary) == ["upload", "deliver"]


def test_a_picture_is_named_by_its_content_in_its_folder(cloudinary: Cloudinary) -> None:
    """The id tells the hash; accounts with free folders are told the folder as well."""
    put(store_of(cloudinary))

    assert cloudinary.only().public_id == public_id_of()
    assert cloudinary.only().folder == "instagram"


@pytest.mark.parametrize("folder", ["art/2026", "/art/", "Art.Work-1", "a"])
def test_the_folder_can_be_chosen(folder: str, cloudinary: Cloudinary) -> None:
    """Folders within folders too."""
    store = store_of(cloudinary, folder=folder)

    ref = put(store)

    assert cloudinary.only().public_id == public_id_of(folder=folder.strip("/") + "/")
    assert store.get(ref) == PICTURE


def test_there_may_be_no_folder(cloudinary: Cloudinary) -> None:
    """Then the id is the name alone."""
    store = store_of(cloudinary, folder="")

    assert store.get(put(store)) == PICTURE
    assert cloudinary.only().public_id == public_id_of(folder="")


UNSAFE = [
    "w_100",
    "art/u_2",
    "v1",
    "v2x",
    "e_x",
    "dpr_2",
    "a b",
    "a?",
    "a//b",
    "ä",
    "../x",
    "x" * 200,
]


@pytest.mark.parametrize("folder", UNSAFE)
def test_a_folder_that_would_be_misread_is_refused(folder: str, cloudinary: Cloudinary) -> None:
    """Parts of an address such as u_2 are read as transformations: nothing is sent."""
    store = store_of(cloudinary, folder=folder)

    with pytest.raises(SetupError, match="CLOUDINARY_FOLDER"):
        put(store)
    with pytest.raises(SetupError, match="CLOUDINARY_FOLDER"):
        store.check()

    assert _calls(cloudinary) == []


@pytest.mark.parametrize("shows", [True, False], ids=["with cuts", "without"])
def test_what_is_there_is_not_stored_again(shows: bool, cloudinary: Cloudinary) -> None:
    """The reference is the same, whether or not Cloudinary shows the cuts it has."""
    cloudinary.shows_cuts_of_existing = shows
    first = put(store_of(cloudinary))

    second = put(store_of(cloudinary))

    assert first == second
    assert len(cloudinary.assets) == 1
    assert _calls(cloudinary) == ["upload", "upload"] + ["explicit"] * (not shows)


def test_many_threads_store_one_picture(cloudinary: Cloudinary) -> None:
    """One store serves them all; there is one picture and one reference."""
    store = store_of(cloudinary)

    with ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(lambda _: put(store), range(16)))

    assert len(set(refs)) == 1
    assert len(cloudinary.assets) == 1


def test_a_wrong_hash_is_refused_before_anything_is_sent(cloudinary: Cloudinary) -> None:
    """Bytes under a name that is not theirs would break every later promise."""
    with pytest.raises(BadPicture):
        store_of(cloudinary).put(PICTURE, sha(OTHER), ".png")

    assert _calls(cloudinary) == []


def test_more_than_one_request_may_carry_is_not_sent(cloudinary: Cloudinary) -> None:
    """Cloudinary takes 100 MB at once."""
    with pytest.raises(InvalidPost, match="make it smaller"):
        put(store_of(cloudinary), bytes(100_000_001))

    assert _calls(cloudinary) == []


def test_a_video_is_stored_as_one_and_not_cut(cloudinary: Cloudinary) -> None:
    """It has an address of its own kind, and its bytes come back."""
    store = store_of(cloudinary)

    ref = put(store, VIDEO, ".mp4")

    assert ("/video/upload/" in store.link(ref), store.link(ref)[-4:]) == (True, ".mp4")
    assert store.get(ref) == VIDEO
    assert put(store_of(cloudinary), VIDEO, ".MP4") == ref
    assert cloudinary.only().derived == {}
    with pytest.raises(InvalidPost, match="video"):
        store.derive(ref, *SIZE)


# --- what is there already is compared ---


def _plant(cloudinary: Cloudinary, content: bytes) -> None:
    """Put something of somebody else's under the name of our picture."""
    there = Stored(public_id_of(), "image", content, Looks("png", 40, 30), 7)
    cloudinary.assets["image", there.public_id] = there


def test_something_else_under_our_name_is_neither_trusted_nor_overwritten(
    cloudinary: Cloudinary,
) -> None:
    """A person has to move it; until then the post is set aside."""
    _plant(cloudinary, OTHER)

    with pytest.raises(PermanentError, match=r"something else lies .*Media Library"):
        put(store_of(cloudinary))

    assert cloudinary.only().content == OTHER


def test_bytes_of_the_same_number_are_told_apart(cloudinary: Cloudinary) -> None:
    """It is the hash that counts."""
    _plant(cloudinary, OTHER + bytes(len(PICTURE) - len(OTHER)))

    with pytest.raises(PermanentError, match="something else lies"):
        put(store_of(cloudinary))


def test_our_picture_that_somebody_else_put_there_is_ours(cloudinary: Cloudinary) -> None:
    """The very bytes under the very name: its cut is made now."""
    _plant(cloudinary, PICTURE)
    store = store_of(cloudinary)

    ref = put(store)

    assert looks_of(store.derive(ref, *SIZE)) == ("JPEG", SIZE)


def test_an_account_that_changes_pictures_is_found_out(cloudinary: Cloudinary) -> None:
    """An incoming transformation would give other bytes back than were put."""
    cloudinary.incoming = lambda content: OTHER

    with pytest.raises(SetupError, match="incoming transformations"):
        put(store_of(cloudinary))


def test_an_account_that_renames_pictures_is_found_out(cloudinary: Cloudinary) -> None:
    """With a prefix of the account's own, a repeat would not find the picture."""
    cloudinary.prefix = "site/"

    with pytest.raises(SetupError, match="upload presets"):
        put(store_of(cloudinary))


# --- checking ---


def test_a_check_costs_one_question(cloudinary: Cloudinary) -> None:
    """Nothing is stored by it."""
    store_of(cloudinary).check()

    assert _calls(cloudinary) == ["ping"]
    assert cloudinary.assets == {}


def test_the_clock_of_the_store_is_what_is_signed(cloudinary: Cloudinary) -> None:
    """A time given from outside goes into the request; an hour off is too much."""
    then = datetime(2026, 1, 1, tzinfo=UTC)
    cloudinary.now = then.timestamp

    with pytest.raises(SetupError, match="clock is wrong"):
        put(store_of(cloudinary))

    assert put(store_of(cloudinary, clock=lambda: then))
