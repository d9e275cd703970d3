"""Finding posts by what a person types."""

from promptpress.errors import InvalidPost
from promptpress.model import Post
from promptpress.ports import PromptQueue

PAGE = 500
"""Posts read from the queue at once."""


def get_post(queue: PromptQueue, post_id: int) -> Post:
    """Return the post; InvalidPost names an unknown one."""
    post = queue.get(post_id) if abs(post_id) < 2**63 else None  # no database counts further
    if post is None:
        raise InvalidPost(f"there is no post {post_id}: `list` shows which there are")
    return post
