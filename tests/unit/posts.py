"""Posts in every state of their way, made in memory, for tests of pure functions."""

from datetime import UTC, datetime, timedelta

from promptpress.article import Article, Section
from promptpress.model import Media, Post, PostState, Publication, PublicationState, Stamp

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
STAMP = Stamp(id="event-1", at=AT, run="run")
PICTURE = Media(
    sha256="a" * 64, format="PNG", width=64, height=64, size=100, refs={"local": "aa/a.png"}
)

ARTICLE = Article(
    title="T",
    summary="s",
    sections=(Section(heading="H", picture="a lamp"), Section(heading="I")),
    cover="a light",
)


def post_in(state: PostState, *publications: PublicationState, **fields: object) -> Post:
    """Return a claimed post in a state, with a publication per state given: c0, c1, ..."""
    made = tuple(
        Publication(channel=f"c{number}", state=its, attempt="attempt-1", attempts=1)
        for number, its in enumerate(publications)
    )
    leased = {"owner": "me", "lease_until": AT + timedelta(seconds=300), **fields}
    return Post(id=1, prompt="a fox", state=state, publications=made, **leased)  # type: ignore[arg-type]  # named by callers here
