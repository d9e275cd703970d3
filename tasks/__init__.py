"""Tasks: one Prefect task is one policy and one call of a port.

========= ==================================================================
policy    when, how often and how long: the only place with numbers
hand      the post in hand: read again, written down, leases kept alive
extract   out of the queue: check the services, claim posts
claim     which posts a run takes: what can go on now, and is affordable
write     new prompts, none like what there was
whole     whether the queue knows all that other audit logs know
articles  an article gets its words: topics, outline, text, each paid for once
transform caption, check, fetch, render: a post becomes pictures
generate  who makes the pictures, and when: asked once, then waited for
turns     how many pictures one generator is asked for at once and in a minute
looks     which pictures look like others
load      store, make ready, hand back, set aside, tell the audit
desk      one channel's desk: what it has sent, and whether it may send a post now
due       which channels may send now, and which post is next for each
stage     a send made ready: addresses of pictures, what the service makes of them first
review    posts that wait for a person's yes: shown, decided
send      publish once, settle what nobody finished, close a channel
library   pictures that people keep in a store themselves
tokens    tokens that die: renewed in time, kept in Secret blocks where wished
vault     secrets of the settings in Secret blocks, for workers without .env
server    where Prefect's server is, as it may be shown
watch     what in the queue a person should know of, and how they hear of it
notices   what a person is told, in words that can do no harm
fan_out   posts side by side on a pool of threads
report    what a run tells people
summary   how posts ended, in Markdown
prune     what is old goes: pictures, events
signals   SIGTERM and SIGINT ask a run to stop
stopping  what a flow does when it is asked
gallery   the pictures of a run, as its page shows them
========= ==================================================================
"""

import logging
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeVar

from promptpress.ports import Copies, Picture, Video
from tasks import vault  # noqa: F401  wherever tasks run, secrets may lie in Prefect's blocks

R = TypeVar("R")
Way = Generator[float, None, R]
"""What takes a while: it yields the seconds for which it only waits, and returns its end."""

Pictures = tuple[Picture | Video, ...]
"""The pictures of a post, in its order; a video may be among them, or alone."""


@dataclass(frozen=True)
class Rendered:
    """The pictures of a post in the shape that one channel takes."""

    pictures: Pictures = ()
    copies: tuple[Copies, ...] = ()
    """Of each picture, for smaller screens; only where the channel's rules name widths."""


@dataclass(frozen=True)
class Words:
    """What an order left open, filled in."""

    fills: dict[str, object] = field(default_factory=dict)


# Prefect shows and keeps what Promptpress logs, from INFO on; that every single step has finished
# stands with its task run anyway, and a line each would bury the lines that tell something.
logging.getLogger("promptpress").setLevel(logging.INFO)
logging.getLogger("prefect.task_runs").setLevel(logging.WARNING)
