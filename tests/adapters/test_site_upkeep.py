"""The site's upkeep: what a repeat, a large site, damage and a bad disk come to."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from promptpress.adapters.site import SitePublisher, disk, paging
from promptpress.adapters.site.publisher import RULES
from promptpress.errors import InvalidPost, SetupError, TransientError
from promptpress.model import Post
from promptpress.ports import Picture
from tests.adapters.sites import (
    PUBLICATION,
    broken_links,
    cards,
    in_memory,
    page_of,
    picture,
    put,
    rendition,
    site,
    snapshot,
)

OPENED: list[str] = []
"""What is opened or listed while `_watch` is on."""
_watched: list[str] = []


def _listen(event: str, args: tuple[Any, ...]) -> None:
    if _watched and event in ("open", "os.listdir", "os.scandir"):
        path = str(args[0])
        if path.startswith(_watched[0]):
            OPENED.append(f"{event} {path}")


sys.addaudithook(_listen)


@contextmanager
def _watch(folder: Path) -> Iterator[list[str]]:
    """Collect what is opened or listed below a folder."""
    OPENED.clear()
    _watched.append(str(folder))
    try:
        yield OPENED
    finally:
        _watched.clear()


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


@pytest.fixture
def publisher(tmp_path: Path) -> SitePublisher:
    return site(tmp_path)


def test_publishing_again_changes_nothing(tmp_path: Path, publisher: SitePublisher) -> None:
    """The same post again writes no file and gives the same receipt."""
    receipts = [put(publisher, 1), put(publisher, 2)]
    before = snapshot(tmp_path)

    assert receipts == [put(publisher, 1), put(publisher, 2)]
    assert before == snapshot(tmp_path)


def test_a_new_caption_and_picture_replace_the_old(tmp_path: Path) -> None:
    """Published again with another caption and picture, a post keeps its place and address."""
    publisher = site(tmp_path)
    first = put(publisher, 1, caption="old words")
    put(publisher, 2)

    again = put(publisher, 1, picture("red"), prompt="another prompt", caption="new words")

    assert first == again
    assert cards(tmp_path) == ["posts/2-prompt-number-2.html", "posts/1-prompt-number-1.html"]
    everything = "".join(f.read_text() for f in (*tmp_path.rglob("*.html"), tmp_path / "feed.xml"))
    assert "old words" not in everything
    assert (tmp_path / "feed.xml").read_text().count("<item>") == 2
    shown = [f.read_bytes() for f in (tmp_path / "media").glob("1-*")]
    assert shown == [picture("red").content]
    assert broken_links(tmp_path) == []


def _grow(folder: Path, count: int) -> SitePublisher:
    """Make the memory of a site of so many posts, as if each had been published."""
    publisher = site(folder)
    put(publisher, 1, hashtags=("sea",))
    ours = folder / ".site"
    record = (ours / "posts/1.json").read_text()
    for number in range(2, count + 1):
        own = record.replace('"id": 1,', f'"id": {number},')
        (ours / f"posts/{number}.json").write_text(own.replace("number-1", f"number-{number}"))
    for order in ("order.txt", "lists/tags/sea.txt", "lists/month/2026-11.txt"):
        (ours / order).write_text("".join(f"{n}\n" for n in range(1, count + 1)))
    for name, text in (("lists.json", ", 1]"), ("state.json", '"listed": 1')):
        whole = (ours / name).read_text()
        (ours / name).write_text(whole.replace(text, text.replace("1", str(count))))
    return publisher


@pytest.mark.parametrize("count", [100, 1_000, 10_000])
def test_a_post_costs_the_same_on_a_site_of_any_size(tmp_path: Path, count: int) -> None:
    """One more post writes the same few files and reads as little, at 100 and at 10,000 posts."""
    publisher = _grow(tmp_path, count)
    put(publisher, count + 1, hashtags=("sea",))
    before = snapshot(tmp_path)

    with _watch(tmp_path) as opened:
        put(publisher, count + 2, hashtags=("sea",))

    after = snapshot(tmp_path)
    written = sorted(path for path in after if before.get(path) != after[path])
    assert written == sorted(
        [
            ".site/lists.json",
            ".site/lists/month/2026-11.txt",
            ".site/lists/tags/sea.txt",
            ".site/order.txt",
            f".site/posts/{count + 2}.json",
            ".site/state.json",
            "atom.xml",
            "feed.xml",
            "index.html",
            f"media/{count + 2}-{picture().sha256[:16]}.jpg",
            "month/2026-11/index.html",
            "month/index.html",
            f"posts/{count + 1}-prompt-number-{count + 1}.html",
            f"posts/{count + 2}-prompt-number-{count + 2}.html",
            f"search/{count // paging.PER_SHARD + 1}.json",
            "tags/index.html",
            "tags/sea/index.html",
        ]
    )
    assert len(opened) <= paging.PER_SHARD + 100
    listed = [what for what in opened if not what.startswith("open ")]
    assert all(what.endswith(".site/tmp") for what in listed)


def test_the_order_is_rebuilt_from_the_records(tmp_path: Path) -> None:
    """Without the list of its order, or with a damaged one, the site is whole after one post."""
    publisher = site(tmp_path)
    for number in range(1, 5):
        put(publisher, number)
    whole = (tmp_path / ".site/order.txt").read_bytes()

    for damage in (None, b"1\n2\nx", b"1\n2\n2\n", b"1\n\0\0\0\0"):
        (tmp_path / ".site/order.txt").unlink()
        if damage is not None:
            (tmp_path / ".site/order.txt").write_bytes(damage)
        assert publisher.settle(rendition(4).post, PUBLICATION) is None
        put(publisher, 4)

        assert whole == (tmp_path / ".site/order.txt").read_bytes()
        assert len(cards(tmp_path)) == 4


def test_a_damaged_memory_stops_nobody(tmp_path: Path) -> None:
    """A damaged record costs its post the card, and a damaged state costs nothing."""
    publisher = site(tmp_path)
    for number in range(1, 4):
        put(publisher, number)
    (tmp_path / ".site/posts/2.json").write_text('{"id": 2, "shots": 7}')
    (tmp_path / ".site/state.json").write_text("[not json")

    put(publisher, 4)

    assert [link.split("-")[0] for link in cards(tmp_path)] == ["posts/4", "posts/3", "posts/1"]
    assert broken_links(tmp_path) == []
    put(publisher, 2)
    assert len(cards(tmp_path)) == 4


def test_another_title_renews_every_page(tmp_path: Path) -> None:
    """When what all pages share has changed, the next publication writes all of them anew."""
    for number in range(1, 4):
        put(site(tmp_path), number)

    put(site(tmp_path, title="Lanterns"), 4)

    for file in tmp_path.rglob("*.html"):
        assert "Lanterns" in file.read_text()
        assert "Promptpress</span>" not in file.read_text()


def test_settle_says_sent_only_when_all_of_it_is_there(tmp_path: Path) -> None:
    """A post is settled as sent when its page and the lists are there, else to be repeated."""
    publisher = site(tmp_path)
    post = Post(id=1, prompt="prompt number 1")
    assert publisher.settle(post, PUBLICATION) is None

    receipt = put(publisher, 1)
    for asked in (publisher, site(tmp_path)):
        assert receipt == asked.settle(post, PUBLICATION)
    assert publisher.settle(Post(id=2, prompt="x"), PUBLICATION) is None

    page_of(tmp_path, 1).unlink()
    assert publisher.settle(post, PUBLICATION) is None


@pytest.mark.parametrize(
    "pictures",
    [
        (),
        (picture(kind="PNG"),),
        (picture(width=RULES.max_side + 1, height=1000),),
        (picture(width=500, height=100),),
        tuple(picture() for _ in range(RULES.max_pictures + 1)),
    ],
    ids=["none", "format", "side", "ratio", "number"],
)
def test_pictures_outside_the_rules_are_refused(
    tmp_path: Path, publisher: SitePublisher, pictures: tuple[Picture, ...]
) -> None:
    """A post whose pictures are none or not within the rules is refused; nothing is written."""
    whole = rendition(1)

    with pytest.raises(InvalidPost):
        publisher.publish(type(whole)(post=whole.post, pictures=pictures), PUBLICATION)

    assert [*tmp_path.iterdir()] == []


def test_check_leaves_nothing(tmp_path: Path) -> None:
    """A check of a folder that is not there yet passes and does not make it."""
    site(tmp_path / "data" / "site").check()

    assert [*tmp_path.iterdir()] == []


def test_check_names_a_wrong_address(tmp_path: Path) -> None:
    """An address that is none is told by its setting."""
    with pytest.raises(SetupError, match="SITE_URL must begin with https://"):
        site(tmp_path, url="example.org").check()


@pytest.mark.parametrize("name", ["/sys/promptpress", "a file"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    """Check and publish name the folder and what to do when it cannot be written."""
    (tmp_path / "a file").touch()
    publisher = site(tmp_path / name / "site")

    for act in (publisher.check, lambda: put(publisher, 1)):
        with pytest.raises(SetupError, match=r"cannot use the folder .*site: .*DATA_DIR"):
            act()


def test_a_full_disk_leaves_the_site_whole(tmp_path: Path, publisher: SitePublisher) -> None:
    """When the disk is full the error says so, nothing half is left, and a repeat succeeds."""
    put(publisher, 1)
    before = snapshot(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(SetupError, match="make room"):
            put(publisher, 2)
        with pytest.raises(SetupError, match="make room"):
            publisher.check()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert before == snapshot(tmp_path)
    put(publisher, 2)
    assert len(cards(tmp_path)) == 2


def test_a_writer_that_never_ends_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits too long for another writer is told to come again later."""
    monkeypatch.setattr(disk, "PATIENCE", 0.1)
    slow, waiting = site(tmp_path), site(tmp_path)

    with disk.open_desk(tmp_path, slow._turn, "site"):
        for publisher in (slow, waiting):
            with pytest.raises(TransientError, match="again later"):
                put(publisher, 1)

    put(waiting, 1)
    assert len(cards(tmp_path)) == 1
