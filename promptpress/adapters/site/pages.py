"""Records to pages: the only place that knows the templates. Pure, the same bytes every time."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from promptpress.adapters.site.paging import archives, positions_of
from promptpress.adapters.site.records import Record, clean

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; img-src 'self' file:; style-src 'self' file:; "
    "base-uri 'none'; form-action 'none'"
)
"""Of every page (w3.org/TR/CSP3): no script at all, nothing from elsewhere. `file:` is for pages
opened from the disk, where Firefox takes nothing for 'self'; a page from the web may not load it
anyway."""
EAGER = 3
"""Pictures at the top of a list that do not wait for the reader to scroll: a row of cards."""


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(day=_day, rfc822=_rfc822)
    return environment


def _day(at: datetime) -> str:
    """Return a date for a reader: 21 November 2026."""
    return f"{at.day} {at:%B %Y}"


def _rfc822(at: datetime) -> str:
    """Return a date as RSS 2.0 has it (RFC 822)."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


@functools.cache
def _sources() -> Mapping[str, bytes]:
    files = [*(HERE / "templates").iterdir(), *(HERE / "assets").iterdir()]
    return {f"{f.parent.name}/{f.name}": f.read_bytes() for f in sorted(files) if f.is_file()}


def assets() -> dict[str, bytes]:
    """Return the files that stand on the site as they are: path to content."""
    return {path: content for path, content in _sources().items() if path.startswith("assets/")}


class Pages:
    """Makes the pages of one site."""

    def __init__(self, title: str, url: str) -> None:
        """Keep what all pages have in common.

        Args:
            title: of the site.
            url: where it is published; empty: nowhere, all links are relative.
        """
        self._title = clean(title)
        self._url = f"{url.rstrip('/')}/" if url else ""

    @functools.cached_property
    def look(self) -> str:
        """A digest of all that pages are made from beside records: when it changes, all are."""
        parts = [self._title.encode(), self._url.encode(), POLICY.encode()]
        for path, content in _sources().items():
            parts += [path.encode(), content]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]

    def address(self, record: Record, folder: Path) -> str:
        """Return where a post's page is: on the web, or else on this machine."""
        if self._url:
            return self._url + record.href
        return (folder / record.path).absolute().as_uri()

    def post(self, record: Record, older: Record | None, newer: Record | None) -> bytes:
        """Return the page of one post, which leads on to its neighbours."""
        return self._render(
            "post.html.j2", root="../", path=record.href, post=record, older=older, newer=newer
        )

    def index(self, newest: Sequence[Record], count: int) -> bytes:
        """Return the first page, with the newest posts first."""
        last = archives(count)
        older = f"page/{last}.html" if last else ""
        return self._render(
            "index.html.j2", root="", path="", posts=newest, count=count, older=older
        )

    def archive(self, page: int, posts: Sequence[Record], count: int) -> bytes:
        """Return an archive page, its newest posts first."""
        numbers = positions_of(page)
        newer = f"page/{page + 1}.html" if page < archives(count) else "index.html"
        older = f"page/{page - 1}.html" if page > 1 else ""
        return self._render(
            "archive.html.j2",
            root="../",
            path=f"page/{page}.html",
            posts=posts,
            first=numbers[0],
            last=numbers[-1],
            newer=newer,
            older=older,
        )

    def feed(self, newest: Sequence[Record]) -> bytes:
        """Return the RSS 2.0 feed, newest first."""
        return self._render("feed.xml.j2", root=self._url, path="feed.xml", posts=newest)

    def _render(self, template: str, **values: object) -> bytes:
        page = _environment().get_template(template)
        text = page.render(
            site=self._title,
            url=self._url,
            policy=POLICY,
            look=self.look,
            eager=EAGER,
            **values,
        )
        return text.encode()
