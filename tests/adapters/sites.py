"""What the tests of the site share: posts to put on it, and readers of what came of them."""

import functools
import io
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from PIL import Image

from promptpress.adapters.site import SitePublisher
from promptpress.article import Article, Section
from promptpress.model import Media, Post, Publication
from promptpress.ports import Copies, Picture, Receipt, Rendition

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PUBLICATION = Publication(channel="site", attempt="a1")
VOID = {"meta", "link", "img", "br", "input", "hr", "source"}


@functools.cache
def picture(colour: str = "teal", width: int = 64, height: int = 48, kind: str = "JPEG") -> Picture:
    """Return a small whole picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind)
    content = file.getvalue()
    digest = sha256(content).hexdigest()
    return Picture(content=content, format=kind, width=width, height=height, sha256=digest)


def media(shown: Picture, **fields: Any) -> Media:
    """Return what the queue knows of a picture."""
    return Media(
        sha256=shown.sha256,
        format=shown.format,
        width=shown.width,
        height=shown.height,
        size=len(shown.content),
        refs={},
        **fields,
    )


@contextmanager
def in_memory() -> Iterator[Path]:
    """Make a folder in memory where there is one: no test hangs on how fast a disk syncs."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def ticking() -> Callable[[], datetime]:
    """Return a clock that is an hour later each time."""
    hours = iter(range(1_000_000))
    return lambda: NOW + timedelta(hours=next(hours))


def site(folder: Path, **changes: Any) -> SitePublisher:
    return SitePublisher(folder, **{"clock": ticking(), **changes})


def rendition(post_id: int, *pictures: Picture, **fields: Any) -> Rendition:
    post = Post(**{"id": post_id, "prompt": f"prompt number {post_id}", **fields})
    return Rendition(post=post, pictures=pictures or (picture(),))


def put(publisher: SitePublisher, post_id: int, *pictures: Picture, **fields: Any) -> Receipt:
    """Publish one post."""
    return publisher.publish(rendition(post_id, *pictures, **fields), PUBLICATION)


def copies(colour: str = "teal", width: int = 960) -> Copies:
    """Return the copies of a picture twice as wide as the narrowest of them."""
    narrow, height = width // 2, width * 3 // 4
    kinds = ("AVIF", "WEBP")
    smaller = [picture(colour, narrow, height // 2, kind) for kind in (*kinds, "JPEG")]
    whole = [picture(colour, width, height, kind) for kind in kinds]
    return Copies(pictures=(*smaller, *whole), colour="#008080")


def essay(**fields: Any) -> Article:
    """Return a whole article with a cover and two sections, the second with a picture."""
    sections = (
        Section(heading="Light", text="The first *section*."),
        Section(heading="Water", text="The second.", picture="a wave", alt_text="a green wave"),
    )
    return Article(
        **{
            "title": "On Lighthouses",
            "summary": "Why they stand where they stand.",
            "sections": sections,
            "tags": ("deep sea", "Light"),
            "language": "en-GB",
            "cover": "a tower",
            "cover_alt": "a white tower",
            **fields,
        }
    )


@dataclass
class Element:
    """One element of a page."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    within: tuple[str, ...] = ()
    """Classes of the elements around it."""


@dataclass
class Page(HTMLParser):
    """A page, read as a browser would."""

    source: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        around = tuple(element.attributes.get("class", element.tag) for element in self._open)
        element = Element(tag, {name: value or "" for name, value in attrs}, within=around)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements of a name, with attributes of these values."""
        return [
            element
            for element in self.elements
            if element.tag == tag and attributes.items() <= element.attributes.items()
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        (element,) = self.all(tag, **attributes)
        return element

    def cards(self) -> list[str]:
        """Return the pages that its cards lead to."""
        return [a.attributes["href"] for a in self.all("a") if "card" in " ".join(a.within).split()]


def read(folder: Path, path: str) -> Page:
    return Page((folder / path).read_text(encoding="utf-8"))


def page_of(folder: Path, post_id: int) -> Path:
    """Return the page of a post."""
    (found,) = (folder / "posts").glob(f"{post_id}-*.html")
    return found


def html_files(folder: Path) -> Iterator[Path]:
    return folder.rglob("*.html")


def broken_links(folder: Path) -> list[str]:
    """Return every link of every page that leads to nothing on the site."""
    broken = []
    for file in html_files(folder):
        for link in _links(file.read_text(encoding="utf-8")):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                broken.append(f"{file.name}: {link} leads away")
            elif parts.path and not _target(folder, file, unquote(parts.path)).is_file():
                broken.append(f"{file.name}: {link} leads nowhere")
    return broken


@functools.lru_cache(1000)
def _links(source: str) -> set[str]:
    """Return every address in a page; whatever people wrote has its quotes escaped."""
    found = re.findall(r"<(?!link itemprop)[a-z]+ [^>]*?(?:href|src)=\"([^\"]*)\"", source)
    copies = [
        one.split()[0]
        for line in re.findall(r"srcset=\"([^\"]*)\"", source)
        for one in line.split(",")
    ]
    return {unescape(link) for link in (*found, *copies)}


def _target(folder: Path, file: Path, path: str) -> Path:
    """Return what a link leads to; that of a page for missing pages begins at the site's root."""
    return folder / path[1:] if path.startswith("/") else file.parent / path


def cards(folder: Path) -> list[str]:
    """Return the pages that the lists lead to, newest first, over all of them."""
    found = read(folder, "index.html").cards()
    archive = sorted((folder / "page").glob("*.html"), key=lambda f: int(f.stem), reverse=True)
    for file in archive:
        found += [link.removeprefix("../") for link in read(folder, f"page/{file.name}").cards()]
    return found


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Return inode and time of every file: a file that was written again has others."""
    return {
        str(file.relative_to(folder)): (file.stat().st_ino, file.stat().st_mtime_ns)
        for file in folder.rglob("*")
        if file.is_file()
    }


WRITES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir"}


def die_at(number: int, act: Callable[[], object]) -> int | None:
    """Do something in a child that is killed before its n-th change to the disk.

    Returns:
        The signal it died of, or None if it came to its end before.
    """
    child = os.fork()
    if child == 0:
        seen = 0

        def count(event: str, args: tuple[Any, ...]) -> None:
            nonlocal seen
            writes = event == "open" and isinstance(args[2], int) and args[2] & 3
            if writes or event in WRITES:
                seen += 1
                if seen == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else None


def change(publisher: SitePublisher, act: str, post_id: int) -> None:
    """Do to a post what is tried out: put it, change all of it, take it away, or renew the site."""
    if act == "renew":
        publisher.rebuild(lambda *_: None)
    elif act == "take":
        publisher.withdraw(Post(id=post_id, prompt="whatever"))
    elif act == "edit":
        put(publisher, post_id, picture("red"), caption="killed", hashtags=("sky", "sun"))
    else:
        put(publisher, post_id, caption="killed", hashtags=("sea", "new"))


def die_everywhere(root: Path, act: str, post_id: int) -> None:
    """For every change to the disk that an act makes, leave a site killed just before it.

    `root/base` is the site before; `root/1`, `root/2`, ... are made from it.
    """
    change(site(root / "warm"), act, post_id)  # what is loaded here need not be in every child
    put(site(root / "warm"), 1)
    shutil.rmtree(root / "warm")
    for number in range(1, 200):
        folder = root / str(number)
        shutil.copytree(root / "base", folder)
        publisher = site(folder)
        died = die_at(number, lambda p=publisher: change(p, act, post_id))  # type: ignore[misc]  # mypy infers no default of a lambda
        if died is None:
            shutil.rmtree(folder)
            return


if __name__ == "__main__":
    die_everywhere(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
