"""sync-library: what is gone from its store is marked, and nothing else."""

from pathlib import Path

import pytest

from flows.generate_media import generate_media
from flows.sync_library import sync_library
from promptpress.model import PostState
from tests.fakes.instagram import Album
from tests.flows.conftest import MakeServices, add, post_of, run, states
from tests.unit.videos import film

pytestmark = pytest.mark.flow

LATER = {"local_time": "2036-01-05 08:30", "zone": "Europe/Berlin"}


def test_a_video_that_waits_is_not_withdrawn(make_services: MakeServices) -> None:
    """A video is in its store as a picture is; the photo whose file is gone waits for a person."""
    services = make_services(channels="site")
    with Album() as album:
        link = album.put(film(3.0, size=(360, 640)))
        reel, photo, lost = (
            *add(services, "a reel", kind="reel", media_links=(link,), **LATER),
            *add(services, "a photo", "a lost photo", **LATER),
        )
        run(generate_media)
    (item,) = post_of(services, lost).media
    (services.settings.data_dir / "media" / item.refs["local"]).unlink()

    run(sync_library)

    assert states(services, [reel, photo, lost]) == [PostState.READY] * 3
    assert [post_of(services, one).held for one in (reel, photo, lost)] == [False, False, True]
    assert "put it back" in post_of(services, lost).reason


def test_what_was_never_to_be_kept_is_not_missed(make_services: MakeServices) -> None:
    """With STORES=none no picture is in a store, and no post is withdrawn for it."""
    services = make_services(channels="site", stores="none")
    (post_id,) = add(services, "a photo", **LATER)
    run(generate_media)
    before = post_of(services, post_id).state

    assert run(sync_library).name == "NothingToDo"

    assert post_of(services, post_id).state is before


def test_a_post_in_a_runs_hands_is_left_to_it(make_services: MakeServices) -> None:
    """A run that has a post notices by itself that its picture is gone."""
    services = make_services(channels="site")
    (post_id,) = add(services, "a photo", **LATER)
    run(generate_media)
    (post,) = services.queue.claim(1, "another run", (PostState.READY,))
    (services.settings.data_dir / "media" / post.media[0].refs["local"]).unlink()

    assert run(sync_library).name == "NothingToDo"

    assert post_of(services, post_id).state is PostState.READY


def test_a_machine_without_the_pictures_touches_no_post(
    make_services: MakeServices, tmp_path: Path
) -> None:
    """A folder of another machine, or one that is not mounted, is told of as what it is."""
    queue = f"sqlite:///{tmp_path / 'queue.db'}"
    services = make_services(channels="site", queue_url=queue)
    ids = add(services, "a photo", "another", "one in a run's hands", **LATER)
    run(generate_media)
    services.queue.claim(1, "another run", (PostState.READY,))
    elsewhere = make_services(channels="site", queue_url=queue, data_dir=tmp_path / "elsewhere")

    state = run(sync_library)

    assert state.is_failed()
    assert "is it the right DATA_DIR" in str(state.message)
    assert states(elsewhere, ids) == [PostState.READY] * 3
    assert not any(post_of(elsewhere, one).held for one in ids)
