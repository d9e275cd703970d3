"""Records to files for machines: feeds, search, sitemap. Pure, the same bytes every time."""

import json
import uuid
from collections.abc import Sequence

from promptpress.adapters.site.records import Record
from promptpress.adapters.site.rendering import Renderer, assets

APP = ("manifest.webmanifest", "sw.js")
"""What makes the site one that can be installed; at its root, since it speaks for all of it."""


class Feeds:
    """Makes what machines read on one site."""

    def __init__(self, renderer: Renderer) -> None:
        """Keep what fills in the templates."""
        self._renderer = renderer

    def fixed(self) -> dict[str, bytes]:
        """Return the files that are the same whatever is on the site: path to content."""
        return {
            **assets(),
            ".nojekyll": b"",
            "robots.txt": self._robots(),
            **{name: self._renderer.render(f"{name}.j2") for name in APP},
        }

    def feeds(self, newest: Sequence[Record]) -> dict[str, bytes]:
        """Return the RSS 2.0 and the Atom feed, newest first: path to content."""
        url = self._renderer.url
        return {
            "feed.xml": self._renderer.render(
                "feed.xml.j2", root=url, path="feed.xml", posts=newest
            ),
            "atom.xml": self._renderer.render(
                "atom.xml.j2",
                root=url,
                path="atom.xml",
                id=self._urn("site"),
                posts=[(self._urn(f"post-{post.id}"), post) for post in newest],
            ),
        }

    def search(self, posts: Sequence[Record]) -> bytes:
        """Return what the search knows of some posts, newest first."""
        known = [
            {
                "i": post.id,
                "t": post.title,
                "h": post.href,
                "w": post.words,
                "d": post.published[:10],
                "p": post.shots[0].thumb if post.shots else "",
                "g": [tag.name for tag in post.tags],
                "n": [short for _, short in post.notes],
            }
            for post in posts
        ]
        return json.dumps(known, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def sitemap(self, shard: int, posts: Sequence[Record]) -> dict[str, bytes]:
        """Return a part of the sitemap; nothing where the site has no address."""
        if not self._renderer.url:
            return {}
        content = self._renderer.render("sitemap.xml.j2", posts=posts, shard=shard)
        return {f"sitemap/{shard}.xml": content}

    def sitemap_index(self, shards: int) -> dict[str, bytes]:
        """Return what leads to the parts of the sitemap; nothing where the site has no address."""
        if not self._renderer.url:
            return {}
        return {"sitemap.xml": self._renderer.render("sitemaps.xml.j2", shards=shards)}

    def _robots(self) -> bytes:
        url = self._renderer.url
        return f"User-agent: *\nAllow: /\n{f'Sitemap: {url}sitemap.xml' if url else ''}".encode()

    def _urn(self, what: str) -> str:
        """Return a lasting id for a feed, the same on every site of this address and title."""
        whose = self._renderer.url or self._renderer.title
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{whose}#{what}").urn
