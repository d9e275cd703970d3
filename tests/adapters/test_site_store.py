"""The store on the site: where its files lie, beside the pages, and what is refused."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from promptpress.adapters.site.store import SHOWS_AFTER, SiteStore
from promptpress.errors import BadPicture, MissingSetting, PermanentError, SetupError
from promptpress.ports import DeployedStore, MediaStore
from promptpress.settings import Settings
from promptpress.wiring import Services

CONTENT = b"\x89PNG not really, but a store does not look" * 50
SHA = hashlib.sha256(CONTENT).hexdigest()
URL = "https://me.example.org/art"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "site"


def shown_below(folder: Path) -> list[str]:
    """Return what a web server shows: all but what begins with a dot."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if not str(path).startswith("."))


@pytest.mark.parametrize("url", [URL, f"{URL}/"])
def test_a_picture_lies_where_its_address_says(folder: Path, url: str) -> None:
    """Below the site's address as below its folder, and nothing else lies there."""
    store = SiteStore(folder, url)
    link = store.link(store.put(CONTENT, SHA, ".png"))

    assert link == f"{URL}/media/kept/{SHA}.png"
    assert shown_below(folder) == [f"media/kept/{SHA}.png"]
    assert (folder / link.removeprefix(f"{URL}/")).read_bytes() == CONTENT


@pytest.mark.parametrize("damage", [b"", CONTENT[:-1], b"x" * len(CONTENT)])
def test_a_damaged_file_is_noticed_and_repaired(folder: Path, damage: bytes) -> None:
    """Reading refuses a file that changed; putting the bytes again mends it."""
    store = SiteStore(folder, URL)
    ref = store.put(CONTENT, SHA, ".png")
    (folder / "media" / "kept" / ref).write_bytes(damage)

    with pytest.raises(PermanentError, match="changed or damaged"):
        store.get(ref)
    store.put(CONTENT, SHA, ".png")

    assert store.get(ref) == CONTENT


@pytest.mark.parametrize(
    "ref", ["../secret", "/etc/passwd", f"../{SHA}.png", "", "\0", f"{SHA}.png\n", f"{SHA}.png/.."]
)
def test_a_reference_cannot_leave_the_folder(folder: Path, ref: str) -> None:
    """Only names the store gives are read."""
    with pytest.raises(PermanentError, match="no picture of this store"):
        SiteStore(folder, URL).get(ref)


@pytest.mark.parametrize("suffix", ["", "./../x", ".PNG", ".png/..", "." * 9])
def test_a_strange_suffix_is_refused(folder: Path, suffix: str) -> None:
    """A file's name cannot be steered by its suffix."""
    with pytest.raises(BadPicture):
        SiteStore(folder, URL).put(CONTENT, SHA, suffix)

    assert not folder.exists()


@pytest.mark.parametrize("url", ["", "me.example.org", "file:///srv"])
def test_an_address_that_is_none_is_a_matter_of_set_up(folder: Path, url: str) -> None:
    """Nobody could fetch anything there."""
    with pytest.raises(SetupError, match="SITE_URL"):
        SiteStore(folder, url).check()


def test_the_check_leaves_nothing(folder: Path) -> None:
    """It proves that the folder can be written, and makes none."""
    SiteStore(folder, URL).check()

    assert not folder.exists()


def test_many_writers_of_many_pictures_get_along(folder: Path) -> None:
    """Each picture is whole, and no half one is left aside."""
    contents = [bytes([n]) * 5_000 for n in range(6)]

    def put(content: bytes) -> str:
        return SiteStore(folder, URL).put(content, hashlib.sha256(content).hexdigest(), ".jpg")

    with ThreadPoolExecutor(4) as pool:
        refs = list(pool.map(put, contents * 3))

    assert [SiteStore(folder, URL).get(ref) for ref in refs] == contents * 3
    assert len(shown_below(folder)) == len(contents)
    assert list((folder / ".site" / "tmp").iterdir()) == []


def test_it_says_that_its_files_show_later(folder: Path) -> None:
    """Longer than a run waits with a post in hand: a later run looks."""
    from tasks.policy import MAX_WAIT

    store: MediaStore = SiteStore(folder, URL)

    assert isinstance(store, DeployedStore)
    assert store.shows_after == SHOWS_AFTER > MAX_WAIT


def test_it_lies_in_the_folder_of_the_channel_site(tmp_path: Path) -> None:
    """What is published with the pages is there for those who fetch it."""
    settings = Settings(_env_file=None, data_dir=tmp_path, stores=("site",), site_url=URL)
    store = Services(settings).stores["site"]
    ref = store.put(CONTENT, SHA, ".png")

    assert shown_below(tmp_path / "site") == [f"media/kept/{ref}"]
    assert store.link(ref).startswith(URL)


def test_without_an_address_it_is_no_store() -> None:
    """What is missing is told before anything is made."""
    with pytest.raises(MissingSetting, match=r"SITE_URL is missing .*site needs it"):
        Services(Settings(_env_file=None, stores=("local", "site")))
