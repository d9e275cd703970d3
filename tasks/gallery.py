"""The pictures that a run has made, as its page in Prefect's UI shows them."""

import base64
import threading

from prefect.artifacts import acreate_markdown_artifact

from promptpress import imaging
from promptpress.errors import PromptpressError
from promptpress.model import Media, Post
from promptpress.ports import Picture
from promptpress.wiring import services
from tasks import Pictures
from tasks.looks import looks_of
from tasks.report import shown_if_possible
from tasks.summary import cell, link

THUMBNAIL = 96
"""Pixels of a thumbnail's width."""
MOST = 100
"""Thumbnails on a page at the most: each is a few kilobytes of it."""
HEAD = (
    "| picture | post | prompt | made by | cost | note | kept |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)


class Gallery:
    """Collects rows of a table while the pictures are at hand."""

    def __init__(self) -> None:
        """Begin with nothing to show."""
        self._rows: dict[tuple[int, int], str] = {}
        self._lock = threading.Lock()

    def add(self, post: Post, pictures: Pictures) -> None:
        """Show the pictures just made for a post; from any thread.

        Args:
            post: as it stands now, with its pictures written down.
            pictures: those just made, the last ones of the post.
        """
        made = zip(reversed(pictures), reversed(post.media), strict=False)
        for picture, item in made:
            shown = ""
            if isinstance(picture, Picture) and len(self._rows) < MOST:
                shown = thumbnail(picture)
            cost = "" if item.cost is None else f"${item.cost:.3f}"
            made_by = " ".join(filter(None, (item.generator, item.model)))
            note = looks_of(post.owner).note(item.sha256)
            cells = (cell(post.prompt[:80]), cell(made_by), cost, cell(note), place(item))
            row = f"| {shown} | {post.id} | {' | '.join(cells)} |"
            with self._lock:
                self._rows[post.id, item.position] = row

    def table(self) -> str:
        """Return all rows as a Markdown table, in the order of the posts."""
        return "\n".join([*HEAD, *(self._rows[key] for key in sorted(self._rows)), ""])

    async def show(self) -> None:
        """Put the table on the page of this run; nothing where no picture was made."""
        if self._rows:
            what = "The pictures that this run has made"
            async with shown_if_possible():
                await acreate_markdown_artifact(self.table(), key="gallery", description=what)


def thumbnail(picture: Picture, width: int = THUMBNAIL) -> str:
    """Return a picture as a part of a Markdown page, so many pixels wide."""
    small = imaging.resize(picture, width)
    data = base64.b64encode(small.content).decode("ascii")
    return f"![](data:{imaging.mime(small.format)};base64,{data})"


def place(item: Media) -> str:
    """Return where a picture can be seen: its link, or where it is kept."""
    stores = services().stores
    for name, ref in item.refs.items():
        try:
            found = stores[name].link(ref) if name in stores else ""
        except PromptpressError:
            continue  # the picture is safe; a table is no reason to fail
        if found:
            return link(found)
    return cell(", ".join(f"{name}: {ref}" for name, ref in item.refs.items()))
