"""What Instagram takes: the rules of each kind of post. Pure.

Limits are those of developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/
ig-user/media, where sizes are in MB; the smaller reading of MB is used.
"""

from collections.abc import Mapping

from promptpress.errors import InvalidPost
from promptpress.ports import PictureRules, Rendition, VideoRules

MIN_CHILDREN, MAX_CHILDREN = 2, 10
"""Pictures of a carousel by the API; the app itself takes 20."""
MAX_BYTES = 8_000_000
MIN_WIDTH = 320
MAX_WIDTH = 1_440
"""Pixels; a wider picture is only scaled down there."""
TALL = (0.56, 0.565)
"""Width over height of 9:16, for sizes in whole pixels."""

REEL = VideoRules(max_bytes=300_000_000, min_seconds=3, max_seconds=900)
STORY = VideoRules(max_bytes=100_000_000, min_seconds=3, max_seconds=60)


def _rules(
    *,
    max_pictures: int = 1,
    min_aspect: float = 0.8,
    max_aspect: float = 1.91,
    max_side: int = MAX_WIDTH,
    video: VideoRules | None = None,
) -> PictureRules:
    return PictureRules(
        formats=("JPEG",),
        max_bytes=MAX_BYTES,
        max_side=max_side,
        max_pictures=max_pictures,
        min_aspect=min_aspect,
        max_aspect=max_aspect,
        min_width=MIN_WIDTH,
        wants_links=True,
        video=video,
    )


RULES: Mapping[str, PictureRules] = {
    "photo": _rules(),
    "carousel": _rules(max_pictures=MAX_CHILDREN),
    "story": _rules(min_aspect=TALL[0], max_aspect=TALL[1], max_side=1_920, video=STORY),
    "reel": _rules(
        min_aspect=TALL[0],
        max_aspect=TALL[1],
        max_side=1_920,
        max_pictures=MAX_CHILDREN,
        video=REEL,
    ),
    "article": _rules(),
}
"""A reel's pictures are those that a video is made of; of an article the cover is shown."""


def rules_for(kind: str, channel: str) -> PictureRules:
    """Return what Instagram takes for a post of this kind; InvalidPost where it has none such."""
    if kind not in RULES:
        raise InvalidPost(
            f"Instagram has no posts of kind {kind!r}: set the post's kind to one of "
            f"{', '.join(RULES)}, or take this channel from it",
            channel,
        )
    return RULES[kind]


def has_video(rendition: Rendition) -> bool:
    """Tell whether a video goes out in place of the pictures."""
    takes = rendition.post.kind in ("reel", "story")
    return takes and (rendition.video is not None or bool(rendition.video_link))


def require_whole(rendition: Rendition, channel: str) -> None:
    """Raise InvalidPost unless there is what a post of its kind is made of."""
    kind, pictures = rendition.post.kind, len(rendition.pictures)
    rules_for(kind, channel)
    if kind == "reel" and not has_video(rendition):
        raise InvalidPost("a reel is a video, and the post has none: give it one", channel)
    if kind == "carousel" and pictures < MIN_CHILDREN:
        raise InvalidPost(
            f"a carousel has {MIN_CHILDREN} to {MAX_CHILDREN} pictures, and the post has "
            f"{pictures}: order more of them, or make it a photo",
            channel,
        )
    if not pictures and not has_video(rendition):
        raise InvalidPost("the post has no picture to send: retry it from its prompt", channel)
