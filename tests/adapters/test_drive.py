"""Google Drive as store: put, get, links, and the pictures that people put there."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from promptpress.adapters.google import drive
from promptpress.errors import BadPicture, PermanentError, SetupError, TransientError
from tests.adapters.driving import FOLDER_ID, SMALL, put, running_drive, sha, store_of
from tests.adapters.googling import account_of
from tests.fakes.google import ADDRESS, FOLDER, SHEET, File, Google
from tests.fakes.server import Answer, Fault


@pytest.fixture
def google() -> Iterator[Google]:
    """Drive with a folder in a Shared Drive."""
    with running_drive() as running:
        yield running


def calls(google: Google) -> list[str]:
    """Return the calls so far, tokens left out."""
    return [entry.call for entry in google.journal.entries() if entry.call != "token"]


def test_a_picture_lies_in_the_folder_and_says_whose_it_is(google: Google) -> None:
    """Under an id that was made beforehand, with its hash in its properties."""
    ref = put(store_of(google))

    (file,) = google.pictures()
    assert (file.id, file.parent, file.content) == (ref, FOLDER_ID, SMALL)
    assert ref in google.generated
    assert file.properties == {"app": "promptpress", "sha256": sha(SMALL)}
    assert (file.name, file.mime) == (f"{sha(SMALL)[:16]}.png", "image/png")
    assert not file.public


def test_a_second_process_finds_what_the_first_one_stored(google: Google) -> None:
    """It has no memory of its own; the hash in the properties tells."""
    first = put(store_of(google))
    second = put(store_of(google))

    assert first == second
    assert len(google.pictures()) == 1
    assert calls(google).count("upload") == 1


def test_pictures_side_by_side_share_one_call_for_ids(google: Google) -> None:
    """Twenty ids come at a time."""
    store = store_of(google)
    contents = [f"picture {number}".encode() for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        refs = set(pool.map(lambda content: put(store, content), contents))

    assert len(refs) == len(google.pictures()) == 12
    assert calls(google).count("generateIds") == 1


def test_what_was_changed_by_a_person_is_stored_anew(google: Google) -> None:
    """A file whose bytes are others by now does not pass for the picture."""
    ref = put(store_of(google))
    google.files[ref].content = b"painted over"

    other = put(store_of(google))

    assert other != ref
    assert google.files[other].content == SMALL


def test_what_lies_in_the_bin_is_stored_anew(google: Google) -> None:
    """A file in the bin is deleted some day."""
    store = store_of(google)
    ref = put(store)
    google.files[ref].trashed = True

    assert put(store_of(google)) != ref
    with pytest.raises(PermanentError, match="no longer in Drive: restore it"):
        store.get(ref)


def test_a_file_that_is_gone_is_told(google: Google) -> None:
    """Nobody can bring it back but the person who deleted it."""
    store = store_of(google)
    ref = put(store)
    del google.files[ref]

    with pytest.raises(PermanentError, match="no longer in Drive"):
        store.get(ref)


def test_a_file_that_was_changed_is_not_taken_for_the_picture(google: Google) -> None:
    """Its hash is kept with it."""
    store = store_of(google)
    ref = put(store)
    google.files[ref].content = b"painted over"

    with pytest.raises(BadPicture, match="was changed since it was stored"):
        store.get(ref)


def test_a_public_picture_has_a_link(google: Google) -> None:
    """Anybody with the link may see it; the right is given each time, and harmless to repeat."""
    store = store_of(google, public=True)
    ref = put(store)
    put(store)

    assert google.files[ref].public
    assert store.link(ref) == f"https://drive.google.com/file/d/{ref}/view"
    assert store_of(google).link(ref) == ""


# --- the folder ---


def test_a_service_account_with_a_folder_of_somebodys_own_is_told(google: Google) -> None:
    """It has no storage there: the message says what to do."""
    google.files[FOLDER_ID].drive = ""

    with pytest.raises(SetupError, match=r"no storage of its own.*Shared Drive") as caught:
        store_of(google).check()
    assert "authorized_user" in str(caught.value)


def test_a_user_keeps_pictures_in_a_folder_of_their_own(google: Google) -> None:
    """A refresh token instead of a service account owns storage."""
    google.acts_as_user = True
    google.files[FOLDER_ID].drive = ""
    store = store_of(google, account=account_of(google, user=True))
    store.check()

    assert store.get(put(store)) == SMALL


def test_a_folder_that_is_not_shared_names_the_address(google: Google) -> None:
    """Drive says the same of a folder that is not there."""
    with pytest.raises(SetupError, match="no such folder, or it is not shared") as caught:
        store_of(google, folder_id="another").check()
    assert ADDRESS in str(caught.value)


@pytest.mark.parametrize(
    "folder",
    [
        "https://drive.google.com/drive/folders/the-folder",
        "the-folder?usp=sharing",
        "the-folder/x",
        "o'clock",
        "back\\slash'",
    ],
)
def test_what_is_no_id_of_a_folder_is_told(folder: str, google: Google) -> None:
    """Check and put agree on it: a pasted address is none, even where it begins with one."""
    store = store_of(google, folder_id=folder)
    with pytest.raises(SetupError, match="correct its id"):
        store.check()
    with pytest.raises(SetupError, match="correct its id"):
        put(store)

    assert list(store.pictures()) == []


@pytest.mark.parametrize(("mime", "trashed"), [(SHEET, False), (FOLDER, True)])
def test_what_is_no_folder_is_told(google: Google, mime: str, trashed: bool) -> None:
    """Neither a spreadsheet nor a folder in the bin takes pictures."""
    google.add(File("odd", "Odd", mime, drive="shared", trashed=trashed))

    with pytest.raises(SetupError, match="no folder, or in the bin"):
        store_of(google, folder_id="odd").check()


def test_a_folder_we_may_only_read_is_told(google: Google) -> None:
    """The message names the address to share it with."""
    google.files[FOLDER_ID].can_add = False

    with pytest.raises(SetupError, match="may not add files") as caught:
        store_of(google).check()
    assert ADDRESS in str(caught.value)


# --- pictures that people put there ---


def test_pictures_of_a_large_folder_come_page_by_page(
    google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, once each; what is no picture is left out."""
    monkeypatch.setattr(drive, "PAGE", 3)
    for number in range(8):
        name = f"holiday {number}.jpg"
        content = name.encode()
        google.add(File(f"p{number}", name, "image/jpeg", FOLDER_ID, "shared", content))
    google.add(File("notes", "notes.txt", "text/plain", FOLDER_ID, "shared", b"words"))
    ours = put(store_of(google))

    found = list(store_of(google).pictures())

    assert sorted(one.ref for one in found) == sorted([f"p{n}" for n in range(8)] + [ours])
    assert [one.ref for one in found if one.is_ours] == [ours]
    assert calls(google).count("list") >= 3


def test_a_picture_that_is_adopted_is_ours(google: Google) -> None:
    """Putting its bytes gives its reference, and nothing is uploaded."""
    google.add(File("p1", "holiday.jpg", "image/jpeg", FOLDER_ID, "shared", SMALL))
    store = store_of(google)
    (picture,) = store.pictures()

    store.adopt(picture)
    store.adopt(picture)

    assert [one.is_ours for one in store.pictures()] == [True]
    assert put(store, SMALL, ".jpg") == "p1"
    assert "upload" not in calls(google)


def test_a_picture_whose_hash_is_not_told_is_fetched_for_it(google: Google) -> None:
    """Drive does not give the SHA-256 of every file."""
    google.add(File("p1", "holiday.jpg", "image/jpeg", FOLDER_ID, "shared", SMALL))
    store = store_of(google)
    (picture,) = store.pictures()
    store.adopt(replace(picture, sha256=""))

    assert google.files["p1"].properties["sha256"] == sha(SMALL)
    assert "download" in calls(google)


@pytest.mark.parametrize("fault", [Fault("before"), Fault("after"), Fault("before", Answer(503))])
def test_an_adoption_whose_answer_is_lost_is_repeated(fault: Fault, google: Google) -> None:
    """It is a passing failure, and twice is once."""
    google.add(File("p1", "holiday.jpg", "image/jpeg", FOLDER_ID, "shared", SMALL))
    store = store_of(google)
    (picture,) = store.pictures()
    google.fail("file", fault)
    with pytest.raises(TransientError):
        store.adopt(picture)
    store.adopt(picture)

    assert google.files["p1"].properties == {"app": "promptpress", "sha256": sha(SMALL)}
