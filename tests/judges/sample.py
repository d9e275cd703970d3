"""A site as somebody might have it: drawings, two articles, words of several scripts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from promptpress.adapters.site import SitePublisher
from promptpress.adapters.site.publisher import RULES
from promptpress.adapters.sketch import SketchGenerator
from promptpress.article import Article, Section
from promptpress.imaging import inspect, make_copies
from promptpress.model import Media, Post, Publication
from promptpress.ports import Copies, ImageRequest, Picture, Rendition

START = datetime(2026, 9, 24, 7, 30, tzinfo=UTC)
SQUARE, WIDE, TALL = (1024, 1024), (1344, 768), (832, 1216)
POSTS: tuple[tuple[str, str, str, tuple[int, int]], ...] = (
    ("a mountain and its reflection in a lake", "Still water", "lake mountains", SQUARE),
    ("a large white yacht tossed about in a stormy sea", "", "sea storm", WIDE),
    ("an old-fashioned windmill surrounded by flowers", "Wind and petals", "garden", SQUARE),
    ("a whale breaching near a mountain", "Up for air", "sea animals", TALL),
    ("sunset over the skyline of a city", "Last light", "city", SQUARE),
    ("sand dunes under a violet evening sky", "Where the wind writes", "desert", SQUARE),
    ("an aerial photo of a sandy island in the ocean", "", "sea islands", SQUARE),
    ("tall trunks in morning mist, a deer", "Before anybody is up", "forest animals", TALL),
    ("music flowing like silk", "Slow movement", "abstract", SQUARE),
    ("a wooden cabin under snow mountains", "Smoke from the chimney", "mountains winter", SQUARE),
    ("منارة عند الفجر في يوم هادئ", "منارة عند الفجر في يوم هادئ", "بحر", SQUARE),
    ("夜明けの静かな灯台", "夜明けの静かな灯台と、遠くの船", "海", SQUARE),
    ("a lighthouse in a storm, waves over the rocks", "Hold fast", "sea storm", SQUARE),
    ("a fox looking at the stars", "Counting", "animals night", SQUARE),
    ("an orchid on paper", "", "garden", TALL),
    ("a teapot and two cups by the window", "Company", "kitchen", SQUARE),
    ("hills at daybreak, layer upon layer of blue", "Seven shades of morning", "mountains", SQUARE),
    (
        "a sailing boat on a calm sea at dawn, soft light",
        "The boat that left before breakfast\n\nNobody saw it go. By the time the harbour woke"
        " there was only a white mark on the water, and then not even that.",
        "sea morning boats",
        SQUARE,
    ),
)
"""Prompt, caption, tags and size."""
LONG = """The sea looks blue for the same reason that deep ice does: water swallows red light first.
A glass of it is too little to notice. *Ten metres* are enough to turn a red fish grey.

Closer to the shore other things mix in:

- **plankton**, which eats light at both ends and leaves green;
- sand and clay, which scatter everything and make it milky;
- the sky, as long as the surface is calm.

> The sea is never one colour, and never for long.

Painters knew it long before there were spectrometers. [Turner](https://example.org/turner) is said
to have been tied to a mast for four hours to see it.
"""
ARTICLES = (
    Article(
        title="Why the sea is never the same blue twice",
        summary="Water takes the red out of light, the sky adds its own, and what lives in between"
        " decides the rest. A short walk from the beach into the deep.",
        cover="a calm sea under a wide evening sky",
        cover_alt="A calm sea in the evening, drawn by a program",
        sections=(
            Section(heading="What water does to light", text=LONG),
            Section(
                heading="Ten metres down",
                text=LONG,
                picture="deep ocean waves in dark blue",
                alt_text="Dark waves, drawn by a program",
            ),
            Section(
                heading="And at night", text="Sometimes it glows.\n\n1. Wait.\n2. Stir.\n\n" + LONG
            ),
        ),
        tags=("sea", "colour"),
        language="en",
    ),
    Article(
        title="Small gardens for people without one",
        summary="A window sill, a jar and a handful of seeds: what grows where there is hardly room"
        " for it, and what to leave to those who have a field.",
        cover="flowers on a window sill in spring",
        cover_alt="Flowers, drawn by a program",
        sections=(Section(heading="Start with what you eat", text=LONG),),
        tags=("garden", "spring"),
        language="en",
    ),
)


def _draw(prompt: str, size: tuple[int, int], seed: int) -> tuple[Picture, Media, Copies]:
    request = ImageRequest(prompt=prompt, width=size[0], height=size[1], seed=seed)
    generator = SketchGenerator()
    made = generator.submit(request).pictures[0]
    picture = inspect(made.content)
    media = Media(
        sha256=picture.sha256,
        format=picture.format,
        width=picture.width,
        height=picture.height,
        size=len(picture.content),
        refs={},
        generator="sketch",
        seed=seed,
        source=made.source,
    )
    return picture, media, make_copies(picture, RULES.widths)


def _render(post_id: int, drawn: list[tuple[Picture, Media, Copies]], **fields: Any) -> Rendition:
    pictures, media, copies = zip(*drawn, strict=True)
    numbered = tuple(replace(one, position=at) for at, one in enumerate(media))
    post = Post(id=post_id, media=numbered, **fields)
    return Rendition(post=post, pictures=pictures, copies=copies)


def renditions() -> Iterator[Rendition]:
    """Draw all posts, the oldest first; some seconds of one core."""
    for number, (prompt, caption, tags, size) in enumerate(POSTS, 1):
        if number in (5, 14):
            yield _render_article(100 + number, ARTICLES[number // 14])
        drawn = [_draw(prompt, size, number + step) for step in range(3 if number == 16 else 1)]
        words: dict[str, Any] = {"caption": caption, "hashtags": tuple(tags.split())}
        yield _render(
            number, drawn, prompt=prompt, alt_text=f"{prompt}, drawn by a program", **words
        )


def _render_article(post_id: int, article: Article) -> Rendition:
    drawn = [_draw(prompt, WIDE, post_id) for prompt, _ in article.pictures]
    return _render(
        post_id,
        drawn,
        prompt=article.title,
        kind="article",
        article=article,
        alt_text=article.cover_alt,
    )


def build_site(folder: Path, url: str = "") -> None:
    """Publish all posts into a folder, a few hours apart."""
    days = iter(range(1000))
    publisher = SitePublisher(
        folder, title="Promptpress", url=url, clock=lambda: START + timedelta(hours=61 * next(days))
    )
    for rendition in renditions():
        publisher.publish(rendition, Publication(channel="site"))
