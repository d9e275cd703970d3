"""Articles that people, other runs and lost answers come between."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.write_articles import write_articles
from promptpress import steps
from promptpress.article import Article, Section
from promptpress.errors import TransientError
from promptpress.model import CLAIMABLE, Order, Post, PostState, Step
from tests.fakes.chat import Chat
from tests.fakes.server import Journal
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow
ARTICLE = Article(
    title="T",
    summary="S.",
    sections=(Section(heading="H", text="Of it.", picture="a lamp"),),
    cover="a light",
)


@pytest.fixture
def chat(journal: Journal) -> Iterator[Chat]:
    """A language model."""
    with Chat(journal=journal) as running:
        yield running


def test_a_picture_whose_storing_got_no_answer_is_there_once(
    make_services: MakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The try after it finds the picture written down, and the article goes on to its next."""
    services = make_services(generators="sketch", channels="site")
    (post_id,) = add(services, "the moon", kind="article", article=ARTICLE)
    record, lost = services.queue.record, [True]

    def record_in_silence(step: Step) -> Post:
        post = record(step)
        if step.event.action == "store" and lost:
            lost.clear()
            raise TransientError("no answer", "queue")
        return post

    monkeypatch.setattr(services.queue, "record", record_in_silence)
    assert run(write_articles).message == "1 ready"
    post = post_of(services, post_id)
    assert [item.position for item in post.media] == [0, 1]
    assert len({item.sha256 for item in post.media}) == 2


def test_an_article_that_rests_keeps_no_other_from_the_run(
    make_services: MakeServices, chat: Chat, journal: Journal
) -> None:
    """Nor does one that another run has; topics are the same whatever blanks stand around them."""
    services = make_services(generators="sketch", channels="site", **chat.environment())
    resting, taken, free = add(services, "one", "two", "three", kind="article", article=ARTICLE)
    (post,) = services.queue.claim(1, "before", CLAIMABLE, [resting])
    later = datetime.now(UTC) + timedelta(hours=1)
    services.queue.record(steps.hand_back(post, services.stamp(), TransientError("busy"), later))
    services.queue.claim(1, "another", CLAIMABLE, [taken])
    assert run(write_articles).message == "1 ready"
    assert post_of(services, free).state is PostState.READY

    run(write_articles, topics=[" the moon\n"])
    run(write_articles, topics=["the moon"])
    assert journal.accepted("outline") == ["the moon"]


def test_the_outline_asked_about_is_the_current_one(
    make_services: MakeServices, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's new outline is what gets its text, and the text they wrote stays."""
    services = make_services(generators="sketch", channels="site", **chat.environment())
    mine = Section(heading="Mine", text="By hand.")
    outline = replace(ARTICLE, sections=(*ARTICLE.sections, Section(heading="New")))
    edited = replace(outline, sections=(mine, Section(heading="Newer")))
    (post_id,) = services.queue.add(
        [Order(prompt="the moon", kind="article", article=outline)], "test"
    )
    record = services.queue.record

    def record_after_edit(step: Step) -> Post:
        if step.event.action == "write" and step.event.outcome == "begun":
            step = replace(step, changes={**step.changes, "article": edited})
        return record(step)

    monkeypatch.setattr(services.queue, "record", record_after_edit)
    assert run(write_articles).message == "1 ready"
    assert post_id is not None
    article = post_of(services, post_id).article
    assert article is not None
    texts = {one.heading: one.text for one in article.sections}
    assert texts == {"Mine": "By hand.", "Newer": "All of **Newer**.\n\nAnd more."}
