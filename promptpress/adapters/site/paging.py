"""Which pages a change touches: arithmetic over positions, the same work at any size.

Every list (all posts, those of a tag, those of a month) is an order that only grows at its end.
Positions count from 1, the oldest post. Page k of a list holds 24 fixed positions for ever; its
first page holds what is on no other yet, 24 to 47 posts. So a new post touches the first page,
and another only once in 24 times. Who leaves a list leaves a gap, and nobody moves up.
"""

from collections.abc import Iterable, Sequence

PER_PAGE = 24
"""Posts of an archive page: a multiple of 2, 3 and 4, so that no row of cards is left ragged."""
FEED_ITEMS = 30
"""Posts in the feed: more than a day of the busiest schedule, and still a small file."""
PER_SHARD = 200
"""Posts in a file of the search, and of the sitemap: only the newest of them grows."""
GAP = 0
"""What stands in an order where a post was."""


def archives(count: int) -> int:
    """Return how many archive pages a list of `count` positions has."""
    return max(0, count // PER_PAGE - 1)


def page_path(key: str, page: int, count: int) -> str:
    """Return where a page of a list lies, below the folder of the site.

    Args:
        key: of the list.
        page: numbered from the oldest; the one after the archive pages is the list's first.
        count: positions on the list.
    """
    folder = f"{key}/" if key else ""
    return f"{folder}page/{page}.html" if page <= archives(count) else f"{folder}index.html"


def positions_of(page: int) -> range:
    """Return the positions on an archive page, oldest first."""
    return range((page - 1) * PER_PAGE + 1, page * PER_PAGE + 1)


def positions_of_index(count: int) -> range:
    """Return the positions on the first page, oldest first."""
    return range(archives(count) * PER_PAGE + 1, count + 1)


def newest(order: Sequence[int], positions: range, least: int) -> list[int]:
    """Return the posts at these positions, newest first, without gaps.

    Args:
        order: of the list.
        positions: some of it.
        least: how many posts are wanted; where gaps leave fewer, older ones follow.
    """
    found = [order[position - 1] for position in reversed(positions)]
    found = [post_id for post_id in found if post_id != GAP]
    for position in range(positions.start - 1, 0, -1):
        if len(found) >= least:
            break
        if order[position - 1] != GAP:
            found.append(order[position - 1])
    return found


def positions_of_feed(count: int) -> range:
    """Return the positions in the feed, oldest first."""
    return range(max(1, count - FEED_ITEMS + 1), count + 1)


def shards(count: int) -> int:
    """Return how many files the search, and the sitemap, have."""
    return -(-count // PER_SHARD)


def positions_of_shard(shard: int, count: int) -> range:
    """Return the positions in a file of the search, or of the sitemap, oldest first."""
    return range((shard - 1) * PER_SHARD + 1, min(shard * PER_SHARD, count) + 1)


def touched_shards(changed: Iterable[int]) -> list[int]:
    """Return the files of the search to write."""
    return sorted({(position - 1) // PER_SHARD + 1 for position in changed})


def touched_archives(changed: Iterable[int], count: int) -> list[int]:
    """Return the archive pages to write, in an order in which no link points at a missing one.

    New ones come before the one that leads on to them, so the newest is first.
    """
    pages = set()
    for position in changed:
        page = (position - 1) // PER_PAGE + 1
        pages.add(page)
        if position % PER_PAGE == 0:
            # It makes an archive page of the positions before its own; the next older one links it.
            pages |= {page - 1, page - 2}
    return sorted((page for page in pages if 1 <= page <= archives(count)), reverse=True)
