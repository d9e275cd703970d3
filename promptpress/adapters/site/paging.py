"""Which pages a change touches: arithmetic over positions, the same work at any size.

Positions count from 1, the oldest post. Archive page k holds 24 fixed positions for ever; the
index holds what is on no archive page yet, 24 to 47 posts. So a new post touches the index, and
an archive page only once in 24 times.
"""

PER_PAGE = 24
"""Posts of an archive page: a multiple of 2, 3 and 4, so that no row of cards is left ragged."""
FEED_ITEMS = 30
"""Posts in the feed: more than a day of the busiest schedule, and still a small file."""


def archives(count: int) -> int:
    """Return how many archive pages a site of `count` posts has."""
    return max(0, count // PER_PAGE - 1)


def positions_of(page: int) -> range:
    """Return the positions on an archive page, oldest first."""
    return range((page - 1) * PER_PAGE + 1, page * PER_PAGE + 1)


def positions_of_index(count: int) -> range:
    """Return the positions on the index, oldest first."""
    return range(archives(count) * PER_PAGE + 1, count + 1)


def positions_of_feed(count: int) -> range:
    """Return the positions in the feed, oldest first."""
    return range(max(1, count - FEED_ITEMS + 1), count + 1)


def changed_positions(position: int, listed: int, count: int) -> list[int]:
    """Return what a publication changes: its own position and all that no list shows yet.

    Args:
        position: of the post that is published, for the first time or again.
        listed: positions up to here are on all their pages.
        count: posts on the site.
    """
    return sorted({position, *range(listed + 1, count + 1)})


def touched_posts(changed: list[int], count: int) -> list[int]:
    """Return the positions whose own pages show a change: the posts and their neighbours."""
    near = {position + step for position in changed for step in (-1, 0, 1)}
    return sorted(position for position in near if 1 <= position <= count)


def touched_archives(changed: list[int], listed: int, count: int) -> list[int]:
    """Return the archive pages to write, in an order in which no link points at a missing one.

    New ones come before the one that leads on to them, so the newest is first.
    """
    last = archives(count)
    pages = {(position - 1) // PER_PAGE + 1 for position in changed}
    if archives(listed) < last:
        pages.update(range(archives(listed), last + 1))
    return sorted((page for page in pages if 1 <= page <= last), reverse=True)
