"""retry, hold, release, delete, resolve: decisions, also about posts that move."""

from promptpress import steps
from promptpress.errors import TransientError
from promptpress.model import CLAIMABLE, Post, PostState, PublicationState
from tests.adapters.cli.bench import Cli, Hooked, Result, claim, doubt, fail, get, send


def test_retry_brings_failed_posts_back(services: Hooked, cli: Cli) -> None:
    """Each id has its own line; one that cannot be retried is told and stops no other."""
    for prompt in ("a fox", "a cat", "an owl"):
        cli("add", prompt)
    fail(services, 1)
    fail(services, 3)

    result = cli("retry", "1", "2", "3", "1")

    assert (result.code, result.lines) == (1, ["1: queued again", "3: queued again"])
    assert result.err == "promptpress: post 2 is queued: only a failed one can be retried\n"
    assert services.queue.count() == {PostState.QUEUED: 3}


def test_retry_all_failed(services: Hooked, cli: Cli) -> None:
    """`--all-failed` needs no ids, and is content with nothing to do."""
    for prompt in ("a fox", "a cat", "an owl"):
        cli("add", prompt)
    fail(services, 1)
    fail(services, 3)

    assert cli("retry", "--all-failed") == Result(0, "1: queued again\n3: queued again\n", "")
    assert cli("retry", "--all-failed") == Result(0, "no post has failed\n", "")


def test_a_held_post_is_not_claimed_until_it_is_released(services: Hooked, cli: Cli) -> None:
    """Hold and release do what they say; saying it twice is no failure and no event."""
    cli("add", "a fox")

    assert [cli("hold", "1").out, cli("hold", "1").out] == ["1: held\n", "1: held\n"]
    assert services.queue.claim(1, "worker", CLAIMABLE) == []
    assert [cli("release", "1").code, cli("release", "1").code] == [0, 0]
    assert [event.action for event in services.queue.history(1)] == ["order", "hold", "unhold"]
    assert len(services.queue.claim(1, "worker", CLAIMABLE)) == 1


def test_a_deleted_post_is_off_the_queue(services: Hooked, cli: Cli) -> None:
    """It is never claimed again; its story stays; deleting it twice is no failure."""
    cli("add", "a fox")

    assert [cli("delete", "1"), cli("delete", "1")] == [Result(0, "1: deleted\n", "")] * 2
    assert services.queue.claim(1, "worker", CLAIMABLE) == []
    assert [event.action for event in services.queue.history(1)] == ["order", "delete"]


def test_a_post_that_is_being_sent_is_not_deleted(services: Hooked, cli: Cli) -> None:
    """A send on its way cannot be called back: the person is told what to do."""
    cli("add", "a fox")
    send(services, 1, "site")

    result = cli("delete", "1")

    assert (result.code, result.out) == (1, "")
    assert "is being published just now: hold it and try again" in result.err


def test_resolve_as_sent_keeps_the_link(services: Hooked, cli: Cli) -> None:
    """A person who found the post says so, and it counts as published."""
    cli("add", "a fox")
    doubt(services, 1, "telegram")

    result = cli("resolve", "1", "--channel", "telegram", "--sent", "--url", "https://t.me/c/1")

    post = get(services, 1)
    assert result == Result(0, "1: sent (telegram)\n", "")
    assert (post.state, post.publications[0].state) == (PostState.PUBLISHED, PublicationState.SENT)
    assert post.publications[0].url == "https://t.me/c/1"


def test_resolve_as_not_sent_lets_it_go_out_again(services: Hooked, cli: Cli) -> None:
    """A person who did not find the post says so, and the next run sends it."""
    cli("add", "a fox")
    doubt(services, 1, "telegram")

    result = cli("resolve", "1", "--channel", "telegram", "--not-sent")

    assert result == Result(0, "1: not sent, goes out again (telegram)\n", "")
    assert claim(services, 1).publications[0].state is PublicationState.PENDING


def test_resolve_where_nothing_is_in_doubt_is_told(cli: Cli) -> None:
    """There is nothing to say about a send that did not happen."""
    cli("add", "a fox")

    result = cli("resolve", "1", "--channel", "telegram", "--sent")

    assert result.code == 1
    assert "post 1 is not in doubt on telegram: nothing to resolve" in result.err


def test_a_post_that_moved_meanwhile_is_looked_at_once_more(services: Hooked, cli: Cli) -> None:
    """A worker that takes the post between look and decision does not spoil the decision."""
    cli("add", "a fox")

    def worker() -> None:
        services.meanwhile = None
        post = claim(services, 1)
        services.queue.record(steps.begin_generation(post, services.stamp(), "sketch", {}))

    services.meanwhile = worker
    result = cli("hold", "1")

    assert result == Result(0, "1: held\n", "")
    assert (get(services, 1).held, get(services, 1).state) == (True, PostState.GENERATING)


def test_a_post_that_keeps_moving_is_told(services: Hooked, cli: Cli) -> None:
    """After a second change the person is asked to look, and nothing is decided."""
    cli("add", "a fox")

    def back(post: Post) -> None:
        post = services.queue.record(
            steps.drop_generation(post, services.stamp(), TransientError("busy", "sketch"))
        )
        error = TransientError("busy", "sketch")
        services.queue.record(steps.hand_back(post, services.stamp(), error, services.now()))

    def worker() -> None:
        services.meanwhile = None
        post = get(services, 1)
        if post.state is PostState.GENERATING:
            back(post)
        else:
            post = claim(services, 1)
            services.queue.record(steps.begin_generation(post, services.stamp(), "sketch", {}))
        services.meanwhile = worker

    services.meanwhile = worker
    result = cli("hold", "1")

    assert (result.code, result.out) == (1, "")
    assert "post 1 moves just now: look with `show 1`, then repeat" in result.err
    assert not get(services, 1).held
