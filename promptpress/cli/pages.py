"""site: what a person does with the pages of a site, beside publishing to it."""

from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from promptpress import wiring
from promptpress.cli.output import complain, say
from promptpress.cli.posts import get_post
from promptpress.errors import SetupError
from promptpress.model import Post, PostState
from promptpress.ports import LastingPublisher

_Ids = Annotated[int, Parameter(required=True)]

site = App(
    name="site",
    help="Write the site anew, bring posts on it up to date, or take them off it.",
    version_flags=(),
    sort_key=99,  # after the commands for posts
)


def _publisher(channel: str) -> LastingPublisher:
    services = wiring.services()
    services.require_channels((channel,))
    publisher = services.publishers[channel]
    if not isinstance(publisher, LastingPublisher):
        raise SetupError("it keeps no pages of ours: name a site with --channel", channel)
    return publisher


@site.command
def rebuild(*, channel: str = "site") -> int:
    """Write all pages anew from what the site keeps of its posts.

    Args:
        channel: The site, where there are several.
    """
    publisher = _publisher(channel)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(channel, total=None)
        publisher.rebuild(lambda done, total: bar.update(task, completed=done, total=total))
    say(f"{channel}: written anew")
    return 0


@site.command
def update(*ids: _Ids, channel: str = "site") -> int:
    """Bring the words of posts on the site up to date; their pictures stay.

    Args:
        ids: Ids of the posts.
        channel: The site, where there are several.
    """
    publisher, queue = _publisher(channel), wiring.services().queue
    code = 0
    for post_id in dict.fromkeys(ids):
        post = get_post(queue, post_id)
        receipt = None if post.state is PostState.DELETED else publisher.revise(post)
        if receipt:
            say(f"{post_id}: {receipt.url}")
        else:
            complain(f"post {post_id} is not on {channel}: publish it there first")
            code = 1
    return code


@site.command
def remove(*ids: _Ids, channel: str = "site") -> int:
    """Take posts off the site; they stay in the queue.

    Args:
        ids: Ids of the posts.
        channel: The site, where there are several.
    """
    publisher = _publisher(channel)
    for post_id in dict.fromkeys(ids):
        publisher.withdraw(Post(id=post_id, prompt=""))
        say(f"{post_id}: not on {channel}")
    return 0
