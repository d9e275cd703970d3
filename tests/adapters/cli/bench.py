"""What the tests of the command line share: services, results, and posts brought on their way."""

from collections.abc import Callable
from dataclasses import dataclass

from promptpress import steps, wiring
from promptpress.errors import ContentRefused, OutcomeUnknown
from promptpress.model import CLAIMABLE, Media, Post, Stamp

SHA = "ab" * 32


@dataclass
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Cli = Callable[..., Result]


class Hooked(wiring.Services):
    """Services over which something else may happen between a look and a decision."""

    meanwhile: Callable[[], None] | None = None

    def stamp(self, run: str = "") -> Stamp:
        if self.meanwhile:
            self.meanwhile()
        return super().stamp(run)


def get(services: wiring.Services, post_id: int) -> Post:
    post = services.queue.get(post_id)
    assert post is not None
    return post


def claim(services: wiring.Services, post_id: int) -> Post:
    [post] = services.queue.claim(1, services.new_id(), CLAIMABLE, only=[post_id])
    return post


def fail(services: wiring.Services, post_id: int, reason: str = "the prompt: change it") -> None:
    post = claim(services, post_id)
    services.queue.record(
        steps.set_aside(post, services.stamp(), ContentRefused(reason, "huggingface"))
    )


def send(services: wiring.Services, post_id: int, *channels: str) -> Post:
    """Bring a post on its way until a send to the first of its channels has begun."""
    queue = services.queue
    post = claim(services, post_id)
    post = queue.record(steps.begin_generation(post, services.stamp(), "sketch", {"num_images": 1}))
    media = Media(
        sha256=SHA,
        format="PNG",
        width=640,
        height=480,
        size=12_345,
        refs={"local": f"{SHA}.png"},
        generator="sketch",
        model="sketch-1",
        seed=7,
        cost=0.003,
    )
    post = queue.record(steps.keep_media(post, services.stamp(), (media,)))
    post = queue.record(steps.make_ready(post, services.stamp(), channels))
    return queue.record(steps.begin_send(post, services.stamp(), channels[0]))


def doubt(services: wiring.Services, post_id: int, *channels: str) -> None:
    """Leave a post in doubt on the first of its channels, refused by the others."""
    post = send(services, post_id, *channels)
    lost = OutcomeUnknown("the answer was lost: look", channels[0])
    services.queue.record(steps.in_doubt(post, services.stamp(), channels[0], lost))
