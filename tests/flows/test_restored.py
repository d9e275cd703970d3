"""A queue restored from a backup: nothing that was done since is paid for or sent again."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import create_engine, text

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.recover import recover
from promptpress.adapters.sql import SqlQueue
from promptpress.cli.app import main
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.databases import DATABASES, fresh_database
from tests.dumps import put_back, save
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow

PROMPTS = tuple(f"picture {n} of a lake" for n in range(10))
MADE, SENT = 2, 4
"""Posts whose pictures were made before the backup; posts that were sent after it."""


class Story:
    """A queue that is backed up, worked on, lost, and put back."""

    def __init__(self, kind: str, url: str, folder: Path, make: Callable[[], Services]) -> None:
        self.kind, self.url, self.folder, self._make = kind, url, folder, make
        self.services = make()
        self.moment = self.services.now()

    @property
    def queue(self) -> SqlQueue:
        return cast("SqlQueue", self.services.queue)

    def until_the_loss(self) -> None:
        """Order ten posts, make two, back up, send four, and put the backup back."""
        add(self.services, *PROMPTS)
        assert run(generate_media, limit=MADE).is_completed()
        save(self.kind, self.queue, self.url, self.folder / "backup")
        self.moment = self.services.now()
        state = run(daily_post, limit=SENT)
        assert state.message == f"{SENT} published"
        self.put_back()

    def put_back(self) -> None:
        """Lose the queue, and put the backup in its place."""
        self.queue.close()
        put_back(self.kind, self.url, self.folder / "backup")
        self.services = self._make()

    def restored(self, *more: str) -> int:
        return main(["restored", "--from", f"{self.moment:%Y-%m-%dT%H:%M:%SZ}", *more])

    def count(self) -> dict[PostState, int]:
        return self.queue.count()


@pytest.fixture
def tell(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    make_services: MakeServices,
    generator: HuggingFace,
    channel: Telegram,
) -> Iterator[Callable[..., Story]]:
    """Makes a story over a new database of each kind."""
    with ExitStack() as stack:

        def make(**more: str) -> Story:
            kind = getattr(request, "param", "sqlite")
            url = stack.enter_context(fresh_database(kind, tmp_path))
            settings = {
                "generators": "huggingface",
                "channels": "telegram",
                "queue_url": url,
                **generator.environment(),
                **channel.environment(),
                **more,
            }
            story = Story(kind, url, tmp_path, lambda: make_services(**settings))
            stack.callback(lambda: story.queue.close())  # noqa: PLW0108  the queue of then
            return story

        yield make


def _twice(journal: Journal, kind: str) -> list[str]:
    return [value for value, times in Counter(journal.accepted(kind)).items() if times > 1]


@pytest.mark.parametrize("tell", DATABASES, indirect=True)
def test_without_another_log_each_post_waits_for_a_person(
    tell: Callable[..., Story], journal: Journal
) -> None:
    """Nobody can know which four went out: all wait and say why, until a person has looked."""
    story = tell()
    story.until_the_loss()

    assert story.restored() == 0
    state = run(daily_post, limit=10)

    assert state.name == "NothingToDo"
    assert story.count() == {PostState.IN_DOUBT: MADE, PostState.QUEUED: len(PROMPTS) - MADE}
    posts = story.queue.find()
    assert all(post.reason.startswith("restored from a backup of 20") for post in posts)
    assert [post.held for post in posts] == [post.state is PostState.QUEUED for post in posts]
    assert len(journal.accepted("send")) == SENT
    assert len(journal.accepted("generate")) == SENT

    main(["resolve", "1", "--channel", "telegram", "--sent"])
    main(["resolve", "2", "--channel", "telegram", "--sent"])
    main(["delete", "3", "4"])
    main(["release", "--all-restored"])

    assert run(daily_post, limit=10).message == "6 published"
    assert len(journal.accepted("send")) == len(PROMPTS)
    assert (_twice(journal, "send"), _twice(journal, "generate")) == ([], [])
    # A new post gets a number that no lost one can have had.
    assert add(story.services, "a new one") == [2 * len(PROMPTS) + 1_001]


@pytest.mark.parametrize("tell", DATABASES, indirect=True)
def test_another_log_tells_what_was_sent(
    tell: Callable[..., Story], journal: Journal, tmp_path: Path
) -> None:
    """The four are known as sent, with address and pictures; the others go on, each once."""
    story = tell(audit_url=f"sqlite:///{tmp_path / 'audit.db'}")
    story.until_the_loss()

    assert story.restored("--complete") == 0

    published = story.queue.find((PostState.PUBLISHED,))
    assert [post.id for post in published] == [1, 2, 3, 4]
    assert all(post.publication("telegram").url and post.media for post in published)
    state = run(daily_post, limit=10)
    assert state.message == "6 published"
    assert (_twice(journal, "send"), _twice(journal, "generate")) == ([], [])
    assert len(journal.accepted("send")) == len(PROMPTS) == len(journal.accepted("generate"))


def test_a_run_notices_that_the_queue_is_older_than_another_log(
    tell: Callable[..., Story], journal: Journal, tmp_path: Path
) -> None:
    """A run that nobody has told of the restore refuses; told, it leaves alone what may be lost."""
    story = tell(audit_url=f"sqlite:///{tmp_path / 'audit.db'}")
    story.until_the_loss()

    state = run(daily_post, limit=10)

    assert state.is_failed()
    assert "python -m promptpress restored --from" in str(state.message)
    assert len(journal.accepted("send")) == SENT == len(journal.accepted("generate"))

    # The events of the last run may not have been delivered: without --complete they may lack.
    story.restored()

    assert story.count() == {PostState.PUBLISHED: SENT, PostState.QUEUED: len(PROMPTS) - SENT}
    assert run(daily_post, limit=10).name == "NothingToDo"
    before = story.queue.find()
    assert story.restored() == 0
    assert story.queue.find() == before


def test_posts_to_a_site_alone_go_on(
    tell: Callable[..., Story], journal: Journal, tmp_path: Path
) -> None:
    """The site itself tells what it has; to publish there again what was made changes nothing."""
    story = tell(channels="site")
    story.until_the_loss()

    story.restored()

    assert story.count() == {
        PostState.PUBLISHED: SENT,
        PostState.QUEUED: len(PROMPTS) - SENT,
    }
    assert post_of(story.services, 3).publication("site").url


def test_a_post_whose_time_is_to_come_goes_on(tell: Callable[..., Story], tmp_path: Path) -> None:
    """No run can have claimed it, so nobody need be asked."""
    story = tell(audit_url=f"sqlite:///{tmp_path / 'audit.db'}")
    add(story.services, "tomorrow's", due_at=story.moment + timedelta(days=1))
    add(story.services, "today's")

    story.restored()

    assert [post.held for post in story.queue.find()] == [False, True]


@pytest.mark.parametrize("log", [False, True], ids=["no other log", "another log"])
def test_a_time_that_was_moved_up_is_no_second_send(
    log: bool, tell: Callable[..., Story], journal: Journal, tmp_path: Path
) -> None:
    """A post of tomorrow's that a person had sent today stays as it was, or waits for a person."""
    audit = {"audit_url": f"sqlite:///{tmp_path / 'audit.db'}"} if log else {}
    story = tell(**audit)
    (post_id,) = add(story.services, "a fox", due_at=story.moment + timedelta(days=1))
    save(story.kind, story.queue, story.url, tmp_path / "backup")
    engine = create_engine(story.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE posts SET due_at = NULL"))
    engine.dispose()
    assert run(daily_post).message == "1 published"
    story.put_back()

    story.restored()

    post = post_of(story.services, post_id)
    assert post.state is PostState.PUBLISHED if log else post.held
    assert len(journal.accepted("send")) == 1


def test_what_runs_first_does_not_hide_that_the_queue_is_old(
    tell: Callable[..., Story], journal: Journal, tmp_path: Path
) -> None:
    """A new order and the runs that only care deliver nothing: daily-post still refuses."""
    story = tell(audit_url=f"sqlite:///{tmp_path / 'audit.db'}")
    story.until_the_loss()
    add(story.services, "a new prompt")

    cared = run(recover)
    state = run(daily_post, limit=10)

    assert cared.is_failed()
    assert "restored --from" in str(cared.message)
    assert state.is_failed()
    assert len(journal.accepted("send")) == SENT == len(journal.accepted("generate"))


def test_nothing_goes_out_without_a_yes_because_of_a_restore(
    reviewed: Services, journal: Journal
) -> None:
    """A post with its pictures and without a yes is held, and not brought on its way."""
    (post_id,) = add(reviewed, "a fox")
    run(generate_media)
    engine = create_engine(reviewed.settings.queue)
    with engine.begin() as connection:  # as after a moderator's no and a person's retry
        connection.execute(text("UPDATE posts SET state = 'generated'"))
    engine.dispose()

    assert main(["restored", "--from", "2026-01-01T00:00:00Z"]) == 0

    post = post_of(reviewed, post_id)
    assert (post.held, post.publications) == (True, ())
    assert run(daily_post).name == "NothingToDo"
    assert journal.accepted("send") == []


def test_it_is_refused_while_a_run_is_at_work(tell: Callable[..., Story]) -> None:
    """A lease that holds means a run: it has to end first."""
    story = tell()
    add(story.services, "a fox")
    story.queue.claim(1, "a run", (PostState.QUEUED,))

    assert story.restored() == 1
    assert not any(post.held for post in story.queue.find())
