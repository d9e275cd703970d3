"""restored --complete: what waits for a person although the other audit log has everything."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from promptpress import decisions, steps
from promptpress.cli.app import main
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.dumps import save
from tests.fakes.server import Journal
from tests.flows import test_restored
from tests.flows.conftest import add, post_of, run
from tests.flows.test_restored import Story

pytestmark = pytest.mark.flow
tell = test_restored.tell


def _lose_after(story: Story, folder: Path, do: Callable[[Services], object]) -> None:
    """Back up, do something of which the other audit log hears, and put the backup back."""
    save(story.kind, story.queue, story.url, folder / "backup")
    do(story.services)
    story.services.audits[0].append(story.queue.undelivered(100))
    story.put_back()


def test_what_was_asked_for_and_not_answered_waits_although_the_log_is_complete(
    tell: Callable[..., Story], journal: Journal, tmp_path: Path
) -> None:
    """The pictures may have been paid for, and only the lost queue could tell: a person looks."""
    story = tell(audit_url=f"sqlite:///{tmp_path / 'audit.db'}")
    post_id, other = add(story.services, "a fox", "a lake")

    def ask(services: Services) -> None:
        (post,) = services.queue.claim(1, "a run", (PostState.QUEUED,), [post_id])
        begun = steps.begin_generation(post, services.stamp("a run"), "huggingface", {})
        services.queue.record(begun)

    _lose_after(story, tmp_path, ask)
    story.restored("--complete")

    post = post_of(story.services, post_id)
    assert (post.held, post.generating_by) == (True, "huggingface")
    assert run(daily_post).message == "1 published"
    assert post_of(story.services, other).state is PostState.PUBLISHED
    assert journal.accepted("generate") == ["a lake"]


def test_what_the_log_tells_in_part_waits_although_it_is_complete(
    tell: Callable[..., Story], journal: Journal, tmp_path: Path
) -> None:
    """That a caption was edited is told, the new one is not: without it nothing goes out."""
    story = tell(audit_url=f"sqlite:///{tmp_path / 'audit.db'}", review="true")
    post_id, other = add(story.services, "a fox", "a lake")
    assert run(generate_media).message == "2 review"

    def edit(services: Services) -> None:
        post = post_of(services, post_id)
        change = {"caption": "of a kind"}
        services.queue.record(decisions.edit(post, services.stamp("a person"), change))

    _lose_after(story, tmp_path, edit)
    story.restored("--complete")

    assert [post_of(story.services, one).held for one in (post_id, other)] == [True, False]
    assert main(["approve", str(post_id), str(other)]) == 0
    assert run(daily_post).message == "1 published"
    assert journal.accepted("send") == ["a lake"]
