"""The posts on the site that readers visit: kind and unkind ones."""

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from promptpress.adapters.site import SitePublisher
from promptpress.article import Article, Section
from promptpress.imaging import make_copies
from promptpress.model import Media, Post, Publication
from promptpress.ports import Picture, Rendition

COUNT = 52
"""Posts on the site: the index and one archive page."""
START = datetime(2026, 10, 31, 12, tzinfo=UTC)
"""Of the oldest; each other is an hour younger, so that there are two months."""
EVIL = "<script>document.title='run'</script><img src=x onerror=document.title='run'>"
MARKUP = f"{EVIL}<b>bold</b>"
TEXT = """Water takes the *red* out of light, and [more](https://example.org/more) is known.

- one
- two

> said by somebody

| a | b |
|---|---|
| 1 | 2 |
"""
HOSTILE_TEXT = f"""{EVIL}

<style>body {{ display: none }}</style><iframe src="https://example.org"></iframe>

[one](javascript:document.title='run') [two](data:text/html,<script>1</script>)
[three](vbscript:x) <javascript:alert(1)> ![four](https://example.org/track.png "x")

<a href="https://example.org" onclick="document.title='run'" style="position:fixed">five</a>
<svg onload="document.title='run'"><use href="data:x"/></svg> <math><mtext>6</mtext></math>

    </code></pre>{EVIL}

# {EVIL}
"""
ARTICLE = Article(
    title="Why the sea is never the same blue twice",
    summary="What water does to light.",
    cover="the sea",
    cover_alt="Waves",
    sections=(
        Section(heading="Light", text=TEXT, picture="light", alt_text="Light in water"),
        Section(heading="Depth", text=TEXT),
    ),
    tags=("art", "blue sea"),
    language="en",
)
HOSTILE = Article(
    title=MARKUP,
    summary=EVIL,
    cover="x",
    cover_alt='" onload="document.title=1',
    sections=(Section(heading=EVIL, text=HOSTILE_TEXT, picture="x", alt_text=EVIL),),
    tags=(EVIL, "../../../evil", "javascript:alert(1)"),
    language='"><script>',
)
WORDS: dict[int, dict[str, Any]] = {
    52: {"prompt": "The newest of all", "hashtags": ("art",)},
    51: {
        "prompt": MARKUP,
        "caption": f"{MARKUP}\njavascript:alert(3)\n</style><style>*{{display:none}}",
        "alt_text": '" onload="x',
        "hashtags": (EVIL, "../../evil", "#..", "art"),
    },
    50: {"prompt": "x" * 10_000, "caption": f"{'y' * 10_000}\n{'z' * 10_000}"},
    49: {"prompt": "منارة عند الفجر في يوم هادئ", "hashtags": ("فن",)},
    48: {"prompt": "two of a kind", "caption": "Two of a kind\n\nwith more to say"},
    47: {"prompt": "article", "kind": "article", "article": ARTICLE, "alt_text": "Waves"},
    46: {"prompt": MARKUP, "kind": "article", "article": HOSTILE},
    45: {"prompt": "../../../../etc/passwd", "caption": "%2e%2e%2f..\\..\\evil\x00.html"},
    44: {"prompt": "夜明けの静かな灯台", "hashtags": ("海",)},
}
PICTURES = {48: 2, 47: 2, 46: 2}
"""Where there is more than one."""


@cache
def picture(number: int) -> Picture:
    """Return a small picture, one of three shapes."""
    size = [(96, 96), (128, 72), (72, 128)][number % 3]
    image = Image.linear_gradient("L").resize(size)
    colour = Image.merge("RGB", [image.point(lambda v, s=s: (v * s) % 256) for s in (1, 2, 3)])
    paper = Image.new("RGB", size, (number * 5 % 256, 90, 140))
    file = BytesIO()
    Image.blend(colour, paper, 0.6).save(file, "JPEG")
    content = file.getvalue()
    digest = sha256(content).hexdigest()
    return Picture(content=content, format="JPEG", width=size[0], height=size[1], sha256=digest)


def rendition(number: int) -> Rendition:
    """Return a post with its pictures, and copies of them where it is one of the newest."""
    words: dict[str, Any] = {"prompt": f"prompt number {number}", **WORDS.get(number, {})}
    pictures = tuple(picture(number + step) for step in range(PICTURES.get(number, 1)))
    media = tuple(
        Media(
            sha256=one.sha256,
            format="JPEG",
            width=one.width,
            height=one.height,
            size=len(one.content),
            refs={},
            position=position,
            generator="sketch",
            seed=number,
            source="trainedAlgorithmicMedia",
        )
        for position, one in enumerate(pictures)
    )
    copies = tuple(make_copies(one, (48,)) for one in pictures) if number > 46 else ()
    post = Post(id=number, media=media, **words)
    return Rendition(post=post, pictures=pictures, copies=copies)


def publish(folder: Path, first: int, last: int = COUNT) -> None:
    """Put posts onto a site, an hour apart."""
    hours = iter(range(first, last + 1))
    publisher = SitePublisher(folder, clock=lambda: START + timedelta(hours=next(hours)))
    for number in range(first, last + 1):
        publisher.publish(rendition(number), Publication(channel="site"))


def pages(folder: Path, *numbers: int) -> list[str]:
    """Return the pages of posts."""
    return [f"posts/{f.name}" for n in numbers for f in (folder / "posts").glob(f"{n}[-.]*")]
