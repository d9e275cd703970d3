"""promptpress.decisions and wiring.edits: what a person says about a post that waits for a yes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promptpress import decisions, fence, steps
from promptpress.errors import InvalidPost
from promptpress.model import AuditEvent, Post
from promptpress.model import PostState as S
from promptpress.settings import Settings
from promptpress.wiring import Services
from promptpress.wiring.edits import read_edit
from tests.unit.posts import ARTICLE, AT, PICTURE, STAMP, post_in

WAITING = replace(post_in(S.REVIEW, media=(PICTURE,)), owner="", lease_until=None)


def services(folder: Path, **changes: Any) -> Services:
    """Return services with embedded defaults, or other settings."""
    return Services(Settings(_env_file=None, data_dir=folder, **changes))


def event(action: str, **detail: object) -> AuditEvent:
    """Return an event of the post."""
    return AuditEvent(
        id=action, at=AT, run="r", post_id=1, action=action, outcome="done", detail=detail
    )


def test_a_post_that_waits_is_nobody_s() -> None:
    """The step into review gives the lease back; an article without its text is refused."""
    step = steps.await_review(post_in(S.GENERATED), STAMP)

    assert (step.to, step.frees) == (S.REVIEW, True)
    with pytest.raises(InvalidPost, match="no text"):
        steps.await_review(post_in(S.GENERATED, kind="article"), STAMP)


@pytest.mark.parametrize("state", S)
def test_only_what_waits_is_approved(state: S) -> None:
    """A second yes is harmless; any other state is told, with what to do."""
    post = post_in(state)
    if state in decisions.APPROVED:
        assert decisions.approve(post, STAMP) is None
    elif state is S.REVIEW:
        step = decisions.approve(post, STAMP)
        assert step is not None
        assert (step.to, step.owner, step.event.action) == (S.READY, None, "approve")
    else:
        with pytest.raises(InvalidPost, match=f"is {state} and cannot be approved: "):
            decisions.approve(post, STAMP)


@pytest.mark.parametrize("state", S)
def test_only_what_waits_is_rejected(state: S) -> None:
    """A second no is harmless; what somebody approved stays approved."""
    post = post_in(state, media=(PICTURE,))
    if state is S.REJECTED:
        assert decisions.reject(post, STAMP, "dull") is None
    elif state is S.REVIEW:
        step = decisions.reject(post, STAMP, "dull")
        assert step is not None
        rejected = fence.apply_step(step, post)
        assert (rejected.state, rejected.reason, rejected.media) == (S.REJECTED, "dull", (PICTURE,))
    else:
        with pytest.raises(InvalidPost, match=f"is {state} and cannot be rejected: "):
            decisions.reject(post, STAMP, "dull")


def test_an_edit_of_words_keeps_the_pictures() -> None:
    """The post goes on waiting, with the new words."""
    step = decisions.edit(WAITING, STAMP, {"caption": "Snow", "hashtags": ("fox",)})
    edited = fence.apply_step(step, WAITING)

    assert (edited.state, edited.media) == (S.REVIEW, (PICTURE,))
    assert (edited.caption, edited.hashtags) == ("Snow", ("fox",))
    assert step.event.detail == {"changed": ["caption", "hashtags"], "again": False}


@pytest.mark.parametrize("field", decisions.DRAWN)
def test_what_a_picture_was_made_from_means_a_new_one(field: str) -> None:
    """The post is queued again without pictures, and words written for the old ones go."""
    post = replace(WAITING, caption="a fox", alt_text="mine", attempts=3, repeats=1)
    step = decisions.edit(post, STAMP, {field: "new"}, written={"caption"})
    edited = fence.apply_step(step, post)

    assert (edited.state, edited.media, getattr(edited, field)) == (S.QUEUED, (), "new")
    assert (edited.caption, edited.alt_text) == ("", "mine")
    assert (edited.attempts, edited.repeats) == (0, 0)
    assert step.event.detail["again"] is True


@pytest.mark.parametrize(
    ("post", "again", "said"),
    [
        (replace(WAITING, media_links=("https://a.example/b.png",)), True, "were given"),
        (replace(WAITING, generator="library"), True, "were given"),
        (replace(WAITING, kind="article", article=ARTICLE), True, "order another"),
        (replace(WAITING, kind="article", article=ARTICLE), False, "order another"),
        (post_in(S.READY), False, "hold it to stop it"),
        (post_in(S.QUEUED), True, "only one that waits in review"),
    ],
)
def test_edits_that_make_no_sense_are_told(post: Post, again: bool, said: str) -> None:
    """Given pictures cannot be made anew, nor an article's, nor what does not wait."""
    with pytest.raises(InvalidPost, match=said):
        decisions.edit(post, STAMP, {"prompt": "x"}, again=again)


def test_given_pictures_stay_under_another_prompt() -> None:
    """There a prompt is nothing but words."""
    post = replace(WAITING, media_links=("https://a.example/b.png",))

    assert decisions.edit(post, STAMP, {"prompt": "x"}).to is S.REVIEW


def test_words_that_a_person_wrote_since_are_theirs() -> None:
    """What was filled in for a post is known by its audit, up to a person's edit of it."""
    events = [
        event("generate", wrote=["caption", "alt_text"]),
        event("edit", changed=["caption"]),
        event("generate"),
    ]

    assert decisions.find_written(events) == {"alt_text"}
    filled = steps.begin_generation(post_in(S.QUEUED, caption="mine"), STAMP, "sketch", {
        "caption": "x", "alt_text": "y", "num_images": 1,
    })  # fmt: skip
    assert filled.event.detail == {"pictures": 1, "wrote": ["alt_text"]}


def test_typed_cells_become_fields(tmp_path: Path) -> None:
    """Blank cells change nothing, and the word none empties a field."""
    post = replace(WAITING, local_time="2026-12-01 08:30", seed=7, hashtags=("a",))
    cells = {
        "caption": " Snow ",
        "hashtags": "none",
        "local_time": "None",
        "seed": "none",
        "zone": "",
    }

    assert read_edit(services(tmp_path), post, cells) == {
        "caption": "Snow", "hashtags": (), "local_time": "", "seed": None
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"local_time": "soon", "channels": "pigeon"}, "local_time: 'soon' is not.*'pigeon'"),
        ({"caption": "x" * 10_001}, "at most 10,000"),
        ({"prompt": "none"}, "the prompt is blank"),
        ({"zone": "Mars/Base"}, "'Mars/Base' is unknown"),
        ({"link": "javascript:alert(1)"}, "begins with https://"),
    ],
)
def test_bad_edits_are_told_all_at_once(tmp_path: Path, cells: dict[str, str], said: str) -> None:
    """The limits of an order are those of an edit."""
    with pytest.raises(InvalidPost, match=f"post 1: .*{said}"):
        read_edit(services(tmp_path), WAITING, cells)


def test_what_was_wrong_before_keeps_nobody_from_an_edit(tmp_path: Path) -> None:
    """A channel that is gone can be mended, and a caption beside it changed."""
    post = replace(WAITING, channels=("pigeon",))
    chosen = services(tmp_path)

    assert read_edit(chosen, post, {"caption": "Snow"}) == {"caption": "Snow"}
    assert read_edit(chosen, post, {"channels": "site"}) == {"channels": ("site",)}


def test_words_of_a_sheet_are_changed_in_the_sheet(tmp_path: Path) -> None:
    """A cell that a person typed wins over ours: so nothing else is pretended."""
    chosen = services(
        tmp_path, queue_url=f"gsheets://{'s' * 44}", google_application_credentials="key.json"
    )

    with pytest.raises(InvalidPost, match="type over the cells of its row"):
        read_edit(chosen, WAITING, {"caption": "Snow"})
    assert read_edit(chosen, WAITING, {}) == {}


def test_review_needs_pictures_that_are_kept(tmp_path: Path) -> None:
    """With STORES=none nobody could see what they approve."""
    with pytest.raises(Exception, match="REVIEW is on and STORES is none"):
        services(tmp_path, review=True, stores="none")
