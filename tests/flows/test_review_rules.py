"""REVIEW beside all else: channels, retries, time, budgets, kills, articles and given pictures."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.daily_post import daily_post
from flows.generate_media import generate_media
from flows.publish_due import publish_due
from flows.review_posts import review_posts
from flows.write_articles import write_articles
from promptpress import decisions, steps
from promptpress.article import Article, Section
from promptpress.cli import main
from promptpress.errors import PermanentError
from promptpress.model import PostState, PublicationState
from promptpress.wiring import Services
from tests.fakes.huggingface import HuggingFace
from tests.fakes.instagram import Album
from tests.fakes.server import Journal
from tests.faults import killing
from tests.flows.conftest import MakeServices, add, post_of, run, states
from tests.unit.pictures import encode, noise

pytestmark = pytest.mark.flow
S = PostState
ARTICLE = Article(
    title="T",
    summary="S.",
    sections=(Section(heading="H", text="Of it.", picture="a lamp"),),
    cover="a light",
)


def test_switched_off_what_waits_goes_on_waiting(
    make_services: MakeServices, reviewed: Services, journal: Journal
) -> None:
    """Until somebody decides, or releases all with one word; new posts wait no more."""
    ids = add(reviewed, "a fox", "a lake")
    run(generate_media)
    changes = reviewed.settings.model_dump(exclude={"review"})
    services = make_services(**changes)
    (new,) = add(services, "an owl")
    run(daily_post)
    assert states(services, [*ids, new]) == [S.REVIEW, S.REVIEW, S.PUBLISHED]

    assert main(["approve", "--all"]) == 0
    run(daily_post)
    assert sorted(journal.accepted("send")) == ["a fox", "a lake", "an owl"]


def test_one_channel_may_ask_for_itself(make_services: MakeServices) -> None:
    """A post that goes there waits; one that does not goes out."""
    named = {"art": {"kind": "site", "review": True}, "fun": {"kind": "site"}}
    services = make_services(channels="fun", channel=named)
    (free,) = add(services, "a fox")
    (both,) = add(services, "a lake", channels=("fun", "art"))
    run(daily_post)

    assert states(services, [free, both]) == [S.PUBLISHED, S.REVIEW]


def test_what_was_approved_once_is_not_asked_for_again(
    reviewed: Services, journal: Journal
) -> None:
    """A post that failed on its way and is retried has its yes."""
    (post_id,) = add(reviewed, "a fox", channels=("telegram",))
    run(generate_media)
    run(review_posts, approve=[post_id])
    (post,) = reviewed.queue.claim(1, "run", (S.READY,))
    post = reviewed.queue.record(steps.make_ready(post, reviewed.stamp("run"), ("telegram",)))
    refused = PermanentError("it is too large", "telegram")
    reviewed.queue.record(steps.set_aside(post, reviewed.stamp("run"), refused))
    assert main(["retry", str(post_id)]) == 0
    run(daily_post)

    assert post_of(reviewed, post_id).state is S.PUBLISHED
    assert journal.accepted("send") == ["a fox"]


def _late(services_of: MakeServices, missed: str) -> tuple[Services, int]:
    """Make a post with a time of its own, and approve it two hours after that."""
    services = services_of(
        review=True, channels="art", channel={"art": {"kind": "site", "missed": missed}}
    )
    now = datetime.now(UTC)
    own = (now - timedelta(hours=2)).strftime("%Y-%m-%d %H:%M")
    (post_id,) = add(services, "a fox", local_time=own, zone="UTC")
    services.now = lambda: now - timedelta(hours=3)
    run(generate_media)
    services.now = lambda: now
    assert run(publish_due).name == "NothingToDo"
    run(review_posts, approve=[post_id])
    run(publish_due)
    return services, post_id


@pytest.mark.parametrize(
    ("rule", "state"), [("next", PublicationState.SENT), ("skip", PublicationState.MISSED)]
)
def test_a_yes_after_its_time_is_for_the_rule(
    make_services: MakeServices, rule: str, state: PublicationState
) -> None:
    """Whoever says yes too late sees what the channel's rule makes of missed posts."""
    services, post_id = _late(make_services, rule)

    assert post_of(services, post_id).publication("art").state is state


def test_budgets_are_not_touched_by_decisions(
    make_services: MakeServices, generator: HuggingFace, journal: Journal
) -> None:
    """With the day's pictures used up the approved goes out; another picture waits for tomorrow."""
    services = make_services(
        review=True, generators="huggingface", max_images_per_day=2, **generator.environment()
    )
    noon = services.now().replace(hour=12)
    services.now = lambda: noon
    ids = add(services, "a fox", "a lake")
    run(generate_media)
    run(review_posts, approve=ids[:1], edits=[{"post": ids[1], "again": True}])
    run(daily_post)

    assert states(services, ids) == [S.PUBLISHED, S.QUEUED]
    assert sorted(journal.accepted("generate")) == ["a fox", "a lake"]


def test_killed_after_the_yes_it_goes_out_once(
    tmp_path: Path, project: Path, prefect_server: str
) -> None:
    """A run that dies between a yes and the send loses nothing and sends nothing twice."""
    with killing.scene(tmp_path, project, prefect_server) as one:
        one.environment["REVIEW"] = "true"
        killing.time_whole_run(one)
        posts = one.posts()
        assert {post.state for post in posts} == {S.REVIEW}
        for post in posts:
            step = decisions.approve(post, one.services.stamp("person"))
            assert step is not None
            one.services.queue.record(step)
        died = killing.kill_when(one, lambda: any(post.owner for post in one.posts()))
        verdict = killing.judge(one, died=died)

    assert verdict.died
    assert verdict.holds()
    assert verdict.second_generations == 0


def test_articles_and_given_pictures_wait_too(make_services: MakeServices) -> None:
    """Whatever made them, and in whichever run, a person sees them first."""
    services = make_services(review=True, generators="sketch", channels="site")
    (article,) = add(services, "the moon", kind="article", article=ARTICLE)
    assert run(write_articles).message == "1 review"
    with Album() as album:
        link = album.put(encode(noise((400, 300)), "JPEG"))
        due = {"local_time": "2026-01-05 08:30", "zone": "Europe/Berlin"}
        (given,) = add(services, "a fox", media_links=(link,), **due)
        assert run(publish_due).message == "1 review"
    run(review_posts, approve=[article, given])
    run(publish_due)

    assert states(services, [article, given]) == [S.PUBLISHED, S.PUBLISHED]


def test_the_yes_is_for_the_pictures_that_were_seen(reviewed: Services, journal: Journal) -> None:
    """A post that failed on its way and gets other pictures asks for another yes."""
    (post_id,) = add(reviewed, "a fox", channels=("telegram",))
    run(generate_media)
    run(review_posts, approve=(post_id,))
    queue = reviewed.queue
    (post,) = queue.claim(1, "a run", (PostState.READY,))
    post = queue.record(steps.make_ready(post, reviewed.stamp("a run"), ("telegram",)))
    no = PermanentError("no such chat", "telegram")
    post = queue.record(steps.refused(post, reviewed.stamp("a run"), "telegram", no))
    queue.record(steps.give_up_media(post, reviewed.stamp("prune")))
    queue.record(decisions.retry(post_of(reviewed, post_id), reviewed.stamp("me")))

    run(daily_post)

    assert post_of(reviewed, post_id).state is PostState.REVIEW
    assert len(journal.accepted("generate")) == 2
    assert journal.accepted("send") == []
    run(review_posts, approve=(post_id,))
    run(daily_post)
    assert len(journal.accepted("send")) == 1
