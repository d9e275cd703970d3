"""A worker whose disk is full: it says so, pays for nothing, and the next worker goes on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.daily_post import daily_post
from promptpress.adapters.local import ROOM
from promptpress.model import PostState
from promptpress.wiring import Services, use_services
from tests import disks
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, run

pytestmark = pytest.mark.flow
SIZE = ROOM + 5_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of its own with a little more room than a run asks for."""
    with disks.small_disk(tmp_path / "small disk", str(SIZE)) as disk:
        yield disk


Workers = tuple[Services, Services]


@pytest.fixture
def workers(
    make_services: MakeServices,
    small_disk: Path,
    tmp_path: Path,
    generator: HuggingFace,
    channel: Telegram,
) -> Workers:
    """Two workers of one queue: one with a small disk, the other with a large one."""
    both = {
        "generators": "huggingface",
        "channels": "telegram",
        "queue_url": f"sqlite:///{tmp_path}/queue.db",
        "concurrency": 1,
        **generator.environment(),
        **channel.environment(),
    }
    large = make_services(**both, data_dir=tmp_path / "large")
    return make_services(**both, data_dir=small_disk / "data"), large


def fill(disk: Path, leave: int = 0) -> None:
    """Let another program write the disk full, but for some bytes."""
    free = shutil.disk_usage(disk).free - leave
    with (disk / "filler").open("ab") as file:
        file.write(bytes(free))


def test_a_worker_without_room_pays_for_nothing(
    workers: Workers, small_disk: Path, journal: Journal
) -> None:
    """The run ends with a sentence before it claims; the other worker takes all posts."""
    small, large = workers
    add(small, "a fox", "a lake")
    fill(small_disk, leave=2_000_000)

    state = run(daily_post)

    assert state.is_failed()
    assert "No space left on device" in str(state.message)
    assert "make room on the disk" in str(state.message)
    assert journal.accepted("generate") == []
    with use_services(large):
        assert run(daily_post).message == "2 published"
    assert sorted(journal.accepted("generate")) == ["a fox", "a lake"]


def test_a_disk_that_fills_up_meanwhile_ends_the_spending(
    workers: Workers, small_disk: Path, generator: HuggingFace, journal: Journal
) -> None:
    """What is paid for still finds room; the next post is handed back before it costs anything."""
    small, large = workers
    add(small, "a fox", "a lake", "a tower", "a ship")

    def filling(call: str) -> None:
        if len(journal.accepted("generate")) == 1 and call == "generate":
            fill(small_disk, leave=ROOM // 2)

    generator.after = filling
    state = run(daily_post)

    assert "make room on the disk" in str(state.message)
    assert journal.accepted("generate") == ["a fox", "a lake"]
    assert small.queue.count() == {PostState.PUBLISHED: 2, PostState.QUEUED: 2}
    assert {post.owner for post in small.queue.find()} == {""}
    with use_services(large):
        assert run(daily_post).message == "2 published"
    assert journal.accepted("generate") == ["a fox", "a lake", "a tower", "a ship"]


def test_a_picture_that_could_not_be_stored_is_paid_for_once_more_at_the_most(
    workers: Workers, small_disk: Path, generator: HuggingFace, journal: Journal
) -> None:
    """However often the full worker tries; the repeat is the other's, and is written down."""
    small, large = workers
    (post_id,) = add(small, "a fox")
    generator.after = lambda call: fill(small_disk) if call == "generate" else None
    for _ in range(3):
        assert "make room on the disk" in str(run(daily_post).message)
    assert journal.accepted("generate") == ["a fox"]

    generator.after = lambda call: None
    with use_services(large):
        assert run(daily_post).message == "1 published"

    assert journal.accepted("generate") == ["a fox", "a fox"]
    told = [e.outcome for e in large.queue.history(post_id) if e.action == "generate"]
    assert told == ["begun", "repeated"]
