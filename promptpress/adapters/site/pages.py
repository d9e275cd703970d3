"""Records to pages for people, by the templates. Pure, the same bytes every time."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from promptpress.adapters.site.ledger import Listing
from promptpress.adapters.site.paging import archives, page_path, positions_of
from promptpress.adapters.site.records import Record
from promptpress.adapters.site.rendering import POLICY, Renderer, month

EAGER = 3
"""Pictures at the top of a list that do not wait for the reader to scroll: a row of cards."""
COMMONEST = 12
"""Tags on the first page."""
MOST_TAGS, MOST_MONTHS = 300, 1200
"""On the pages of tags and of months: what a phone loads at once, and a hundred years; posts and
the search lead to the other tags."""
LANGUAGE = "en"
"""Of the site's own words."""
TAGS, MONTHS, SEARCH = "tags/index.html", "month/index.html", "search.html"
"""Where all lists are listed, and the search."""
ALL = Listing(key="", name="")
"""The list of all posts."""


class Pages:
    """Makes the pages of one site."""

    def __init__(self, renderer: Renderer) -> None:
        """Keep what fills in the templates."""
        self._renderer = renderer

    def address(self, record: Record, folder: Path) -> str:
        """Return where a post's page is: on the web, or else on this machine."""
        if self._renderer.url:
            return self._renderer.url + record.href
        return (folder / record.path).absolute().as_uri()

    def post(self, record: Record, older: Record | None, newer: Record | None) -> bytes:
        """Return the page of one post, which leads on to its neighbours."""
        return self._page(
            "article.html.j2" if record.article else "post.html.j2",
            record.path,
            language=record.language or LANGUAGE,
            post=record,
            older=older,
            newer=newer,
        )

    def index(
        self, newest: Sequence[Record], places: int, count: int, tags: Sequence[Listing]
    ) -> bytes:
        """Return the site's first page, with the newest posts first.

        Args:
            newest: the posts to show.
            places: positions of all posts.
            count: posts on the site.
            tags: the commonest.
        """
        last = archives(places)
        older = f"page/{last}.html" if last else ""
        return self._page(
            "index.html.j2", "index.html", posts=newest, count=count, older=older, tags=tags
        )

    def list_page(self, listing: Listing, page: int, posts: Sequence[Record], places: int) -> bytes:
        """Return a page of a list, its newest posts first.

        Args:
            listing: the list.
            page: numbered from the oldest.
            posts: to show.
            places: positions on the list.
        """
        last = archives(places) + 1
        is_first = page == last
        newer = "" if is_first else page_path(listing.key, page + 1, places)
        older = page_path(listing.key, page - 1, places) if page > 1 else ""
        return self._page(
            "list.html.j2",
            page_path(listing.key, page, places),
            heading=_heading(listing, page),
            kind=listing.kind,
            posts=posts,
            # Other pages keep their posts for ever: they must not name what still changes.
            count=listing.count if is_first else len(posts),
            page=page,
            pages=last if is_first else 0,
            newer=quote(newer),
            older=quote(older),
        )

    def tags(self, listings: Sequence[Listing]) -> bytes:
        """Return the page of tags, in their order."""
        return self._page("tags.html.j2", TAGS, tags=listings)

    def months(self, listings: Iterable[Listing]) -> bytes:
        """Return the page of all months, newest first."""
        found = sorted(listings, key=lambda one: one.name, reverse=True)
        return self._page("months.html.j2", MONTHS, months=found)

    def search(self, shards: int) -> bytes:
        """Return the page that searches in so many files."""
        return self._page("search.html.j2", SEARCH, shards=shards)

    def fixed(self) -> dict[str, bytes]:
        """Return the pages that are the same whatever is on the site."""
        root = self._renderer.url or "/"  # a server shows it in place of any page that is missing
        return {
            "offline.html": self._page("offline.html.j2", "offline.html"),
            "404.html": self._page("missing.html.j2", "404.html", root=root),
        }

    def _page(self, template: str, path: str, **values: object) -> bytes:
        common: dict[str, object] = {
            "root": "../" * path.count("/"),
            "path": "" if path == "index.html" else quote(path),
            "policy": POLICY,
            "eager": EAGER,
            "language": LANGUAGE,
        }
        return self._renderer.render(template, **{**common, **values})


def _heading(listing: Listing, page: int) -> str:
    if listing.kind == "tag":
        return f"#{listing.name}"
    if listing.kind == "month":
        return month(listing.name)
    numbers = positions_of(page)
    return f"Posts {numbers[0]} to {numbers[-1]}"
