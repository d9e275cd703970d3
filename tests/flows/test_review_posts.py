"""review-posts: nothing goes out before a yes, and what a person decides is done once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.publish_due import publish_due
from flows.review_posts import review_posts
from promptpress.cli import main
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.fakes.server import Journal
from tests.flows.conftest import MakeServices, add, post_of, run, states

pytestmark = pytest.mark.flow
S = PostState


def page() -> str:
    """Return what the newest run of review-posts shows."""

    async def read() -> str:
        async with get_client() as client:
            (newest,) = await client.read_artifacts(
                artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=["review"])),
                sort=ArtifactSort.CREATED_DESC,
                limit=1,
            )
        return str(newest.data)

    return asyncio.run(read())


def test_nothing_goes_out_before_a_yes(
    reviewed: Services, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    """Each picture is made once, a notice names what waits, and only a yes sends it."""
    ids = add(reviewed, "a fox", "a lake", "an owl")
    assert run(daily_post).message == "3 review"
    assert caplog.text.count("3 posts wait for a yes: ") == 1
    assert run(daily_post).name == run(publish_due).name == "NothingToDo"
    assert journal.accepted("send") == []

    state = run(review_posts, approve=ids[:1], reject=ids[1:2], reason="too wet")
    assert state.message == (
        f"rejected: {ids[1]}; approved: {ids[0]}; 1 waiting for a yes"
    )  # fmt: skip
    run(daily_post)

    assert states(reviewed, ids) == [S.PUBLISHED, S.REJECTED, S.REVIEW]
    assert journal.accepted("send") == ["a fox"]
    assert sorted(journal.accepted("generate")) == ["a fox", "a lake", "an owl"]
    assert post_of(reviewed, ids[1]).reason == "too wet"


def test_the_page_shows_what_waits(reviewed: Services) -> None:
    """Pictures, words and channels of each; whatever a prompt holds stays text."""
    (first, _) = add(reviewed, "a <b>fox</b> | pipe", "a lake", hashtags=("wild",))
    run(generate_media)
    state = run(review_posts, limit=1)

    assert state.message == "2 waiting for a yes"
    shown = page()
    assert shown.count("## Post ") == shown.count(f"## Post {first}\n\n![](data:image/jpeg;") == 1
    assert "- **prompt:** a &lt;b&gt;fox&lt;/b&gt; \\| pipe\n" in shown
    assert "- **hashtags:** \\#wild\n" in shown
    assert "- **goes to:** telegram, site\n" in shown
    assert "1 more wait" in shown


def test_nothing_to_review_is_a_clean_end(make_services: MakeServices) -> None:
    """The page says so."""
    make_services()

    assert run(review_posts).name == "NothingToDo"
    assert page() == "Nothing waits for a yes."


def test_a_decision_that_is_refused_keeps_no_other_from_being_done(reviewed: Services) -> None:
    """A sentence for each; deciding twice is harmless, and a no beside a yes is a no."""
    ids = add(reviewed, "a fox", "a lake", "an owl")
    run(generate_media)
    (other,) = add(reviewed, "a tower")
    run(review_posts, reject=ids[:1])
    state = run(review_posts, approve=[ids[0], ids[1], other, 999], reject=[ids[0]])

    assert state.name == "PartlyDone"
    assert state.message is not None
    for said in (
        f"post {ids[0]} is rejected and cannot be approved: retry it first",
        f"post {other} is queued and cannot be approved",
        "there is no post 999",
    ):
        assert said in state.message
    assert run(review_posts, approve=[ids[1], ids[1]]).name == "Completed"
    assert states(reviewed, [*ids, other]) == [S.REJECTED, S.READY, S.REVIEW, S.QUEUED]
    assert run(review_posts, approve=[ids[2]], reject=[ids[2]]).name == "PartlyDone"
    assert states(reviewed, ids[2:]) == [S.REJECTED]


def test_of_two_people_at_once_each_post_hears_one(reviewed: Services, journal: Journal) -> None:
    """The first decision about a post holds, and whoever came second is told."""
    ids = add(reviewed, "a fox", "a lake", "an owl")
    run(generate_media)
    wishes: list[dict[str, Any]] = [{"approve": ids}, {"reject": [*reversed(ids)]}]
    with ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(copy_context().run, partial(run, review_posts, **wish)) for wish in wishes
        ]
        told = " ".join(str(call.result().message) for call in calls)
    run(daily_post)

    for post_id in ids:
        (said,) = [
            event.action
            for event in reviewed.queue.history(post_id)
            if event.action in ("approve", "reject")
        ]
        post = post_of(reviewed, post_id)
        assert post.state is (S.PUBLISHED if said == "approve" else S.REJECTED)
        assert f"post {post_id} is {'ready' if said == 'approve' else 'rejected'} and " in told
    out = [one for one in map(partial(post_of, reviewed), ids) if one.state is S.PUBLISHED]
    assert sorted(post.prompt for post in out) == sorted(journal.accepted("send"))


def test_edited_words_are_what_goes_out(reviewed: Services, journal: Journal) -> None:
    """An edit and a yes in one run; the picture stays the one that was seen."""
    (post_id,) = add(reviewed, "a fox")
    run(generate_media)
    seen = post_of(reviewed, post_id).media
    state = run(review_posts, edits=[{"post": post_id, "caption": "Snow"}], approve=[post_id])
    run(publish_due)

    post = post_of(reviewed, post_id)
    assert state.message == f"edited: {post_id}; approved: {post_id}; nothing waits"
    assert (post.state, post.media) == (S.PUBLISHED, seen)
    assert journal.accepted("send") == ["Snow"]
    assert journal.accepted("generate") == ["a fox"]


def test_another_prompt_is_drawn_and_asked_for_again(reviewed: Services, journal: Journal) -> None:
    """It cannot be approved before it is seen; its words are written anew."""
    (post_id,) = add(reviewed, "a fox")
    run(generate_media)
    wish = {"post": post_id, "prompt": "a red fox"}
    state = run(review_posts, edits=[wish], approve=[post_id])
    assert state.name == "PartlyDone"
    assert f"edited, its pictures are made anew: {post_id}" in str(state.message)

    assert run(daily_post).message == "1 review"
    assert post_of(reviewed, post_id).caption == "a red fox"
    run(review_posts, approve_all=True)
    run(daily_post)
    assert journal.accepted("generate") == ["a fox", "a red fox"]
    assert journal.accepted("send") == ["a red fox"]


def test_all_that_waits_but_what_is_named_is_approved(reviewed: Services) -> None:
    """Those edited or rejected in the same run are left out."""
    ids = add(reviewed, "a fox", "a lake", "an owl")
    run(generate_media)
    run(review_posts, approve_all=True, reject=ids[:1], edits=[{"post": ids[1], "caption": "x"}])

    assert states(reviewed, ids) == [S.REJECTED, S.REVIEW, S.READY]


def test_the_shell_says_the_same(
    reviewed: Services, capsys: pytest.CaptureFixture[str], journal: Journal
) -> None:
    """review, edit, approve and reject decide as the flow does."""
    ids = add(reviewed, "a fox", "a lake")
    run(generate_media)

    def say(*arguments: Any) -> tuple[int, str, str]:
        code = main([str(one) for one in arguments])
        return code, *capsys.readouterr()

    capsys.readouterr()
    assert f"Post {ids[0]}\n  prompt: a fox" in say("review")[1]
    assert say("edit", ids[0], "--caption", "Snow", "--hashtags", "none")[:2] == (
        0, f"{ids[0]}: edited\n"
    )  # fmt: skip
    assert say("edit", ids[0], "--channels", "pigeon")[0] == 1
    assert say("approve", ids[0])[1] == f"{ids[0]}: approved, ready\n"
    assert say("edit", ids[1], "--again")[1] == f"{ids[1]}: its pictures are made anew\n"
    assert say("reject", ids[1])[0] == 1
    run(generate_media)
    capsys.readouterr()
    assert say("reject", ids[1], "--reason", "dull")[1] == f"{ids[1]}: rejected\n"
    assert say("retry", ids[1])[1] == f"{ids[1]}: review again\n"
    assert say("reject", ids[0])[2] == (
        f"promptpress: post {ids[0]} is ready and cannot be rejected: hold it to stop it\n"
    )
    assert sorted(journal.accepted("generate")) == ["a fox", "a lake", "a lake"]
