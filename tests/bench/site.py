"""What one more post costs a site, and what the whole site costs, as the site grows."""

import json
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from promptpress.adapters.site import SitePublisher
from promptpress.model import Post, Publication
from promptpress.ports import Rendition
from tests.adapters.sites import media, picture

SIZES = (100, 10_000)
MORE = 21
"""Posts published to each site, in turns."""
START = datetime(2020, 1, 1, tzinfo=UTC)


class _Site:
    """A site of so many posts, two of them to a tag."""

    def __init__(self, folder: Path, posts: int) -> None:
        self._publisher = SitePublisher(folder, url="https://example.org/", clock=self._next)
        self._count = 0
        self.publish()
        first = json.loads((folder / ".site/posts/1.json").read_bytes())
        for number in range(2, posts + 1):
            tag = {"name": f"tag{number // 2}", "slug": f"tag{number // 2}"}
            at = (START + timedelta(hours=number)).isoformat()
            record = {**first, "id": number, "published": at, "tags": [tag]}
            (folder / f".site/posts/{number}.json").write_text(json.dumps(record))
        self._count = posts
        begun = time.perf_counter()
        self._publisher.rebuild(lambda done, total: None)
        self.rebuild = time.perf_counter() - begun
        self.publish()  # what only the first one does after a rebuild is none of the others' cost
        self.times: list[float] = []

    def _next(self) -> datetime:
        return START + timedelta(hours=self._count)

    def publish(self) -> float:
        """Publish one more post; return the seconds it took."""
        self._count += 1
        shown = picture()
        post = Post(
            id=self._count,
            prompt=f"prompt number {self._count}",
            hashtags=(f"tag{self._count // 2}",),
            media=(media(shown),),
        )
        begun = time.perf_counter()
        self._publisher.publish(
            Rendition(post=post, pictures=(shown,)), Publication(channel="site")
        )
        return time.perf_counter() - begun


def measure(folder: Path) -> list[str]:
    """Return the rows of the table: both sites are there at once and take turns."""
    sites = {size: _Site(folder / str(size), size) for size in SIZES}
    for _ in range(MORE):
        for site in sites.values():
            site.times.append(site.publish())
    one = [statistics.median(site.times) for site in sites.values()]
    whole = [site.rebuild for site in sites.values()]
    return [
        f"| publish one more post | {one[0] * 1000:.0f} ms | {one[1] * 1000:.0f} ms "
        f"| **{one[1] / one[0]:.2f}** |",
        f"| write the whole site anew | {whole[0]:.1f} s | {whole[1]:.1f} s "
        f"| {whole[1] / whole[0]:.0f} |",
    ]
