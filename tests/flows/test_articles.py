"""Articles the whole way: topic, outline, text, pictures, site, and other channels with a link."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.daily_post import daily_post
from flows.publish_due import publish_due
from flows.write_articles import write_articles
from promptpress import imaging, steps
from promptpress.adapters.sql import SqlQueue
from promptpress.markdown import read_markdown
from promptpress.model import CLAIMABLE, Media, Order, PostState
from promptpress.ports import ImageRequest
from promptpress.wiring import Services
from tests.fakes.chat import REFUSED_WORD, TOKENS, Chat
from tests.fakes.huggingface import HuggingFace
from tests.fakes.moderations import Moderations
from tests.fakes.server import Fault, Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow
URL = "https://example.org/blog"
PICTURES = ["the moon, from afar", "the moon, view 1", "the moon, view 2"]
"""What the pictures of an article on the moon are made from."""
MANUSCRIPT = """\
# The moon

A stone that shines.

## Where it is
Above us.

![The whole of it](prompt: a full moon)
"""


@pytest.fixture
def chat(journal: Journal) -> Iterator[Chat]:
    """A language model."""
    with Chat(journal=journal) as running:
        yield running


@pytest.fixture
def services(
    make_services: MakeServices, generator: HuggingFace, channel: Telegram, chat: Chat
) -> Services:
    """A model, pictures from Hugging Face, Telegram and a site with an address."""
    return make_services(
        generators="huggingface",
        channels="telegram,site",
        site_url=URL,
        **generator.environment(),
        **channel.environment(),
        **chat.environment(),
    )


def paid(journal: Journal) -> list[list[str]]:
    """Return what was paid for: outlines, texts, pictures."""
    return [journal.accepted(call) for call in ("outline", "compose", "generate")]


def story(services: Services, post_id: int) -> list[str]:
    """Return what the audit tells of how an article came about."""
    told = ("outline", "write", "cover", "generate", "store", "ready")
    events = services.queue.history(post_id)
    return [f"{one.action} {one.outcome}" for one in events if one.action in told]


def stored(services: Services, prompt: str) -> Media:
    """Have a picture made and kept, as a run does."""
    request = ImageRequest(prompt=prompt, width=128, height=128)
    made = services.generators["huggingface"].submit(request).pictures[0]
    picture = imaging.inspect(made.content)
    suffix = imaging.suffix(picture.format)
    return Media(
        sha256=picture.sha256,
        format=picture.format,
        width=picture.width,
        height=picture.height,
        size=len(picture.content),
        refs={"local": services.stores["local"].put(picture.content, picture.sha256, suffix)},
    )


def die_after(services: Services, reached: str) -> None:
    """Leave an article as a run does that was killed when it had got so far, an hour ago."""
    queue = SqlQueue(
        services.settings.queue,
        lease=timedelta(seconds=300),
        clock=lambda: datetime.now(UTC) - timedelta(hours=1),
        new_id=services.new_id,
    )
    writer = services.article_writer
    (post,) = queue.claim(1, "dead run", CLAIMABLE)
    post = queue.record(steps.begin_writing(post, services.stamp(), writer.name))
    outline = writer.outline(post.prompt, 3).article
    post = queue.record(steps.keep_outline(post, services.stamp(), outline))
    if reached != "outline":
        post = queue.record(steps.begin_writing(post, services.stamp(), writer.name))
        text = writer.compose(post.prompt, outline).article
    if reached in ("text", "first picture"):
        post = queue.record(steps.keep_text(post, services.stamp(), text))
    if reached == "first picture":
        post = queue.record(steps.begin_generation(post, services.stamp(), "huggingface", {}))
        media = replace(stored(services, PICTURES[0]), position=0)
        queue.record(steps.keep_media(post, services.stamp(), (media,)))
    queue.close()


def test_a_topic_becomes_an_article_on_every_channel(
    services: Services, journal: Journal, channel: Telegram
) -> None:
    """Outline, text and each picture once; the site first, then Telegram with a link to it."""
    (post_id,) = add(services, "the moon", kind="article")
    state = run(daily_post)

    post = post_of(services, post_id)
    assert (state.message, post.state) == ("1 published", PostState.PUBLISHED), post.reason
    assert paid(journal) == [["the moon"], ["the moon"], PICTURES]
    assert post.article is not None
    assert post.article.is_written
    assert [p.channel for p in post.publications] == ["site", "telegram"]
    page = post.publication("site").url
    assert page.startswith(URL)
    (message,) = channel.messages
    words = "On the moon\n\nWhat there is to know of the moon.\n\n#seen #wellknown\n\n" + page
    assert (message.kind, message.text) == ("photo", words)
    assert post.alt_text == "The whole of the moon"
    assert story(services, post_id) == [
        *("outline begun", "outline done", "write begun", "write done"),
        *("generate begun", "store done") * 3,
        "ready done",
    ]
    written = [e.detail for e in services.queue.history(post_id) if e.action == "write"][-1]
    assert written["tokens"] == TOKENS


@pytest.mark.parametrize("reached", ["outline", "text", "first picture"])
def test_a_dead_run_is_gone_on_from_and_nothing_is_paid_for_twice(
    reached: str, services: Services, journal: Journal
) -> None:
    """Wherever between two steps it died, each text and each picture is paid for once."""
    (post_id,) = add(services, "the moon", kind="article")
    die_after(services, reached)
    run(daily_post)

    post = post_of(services, post_id)
    assert (post.state, post.repeats) == (PostState.PUBLISHED, 0), post.reason
    assert paid(journal) == [["the moon"], ["the moon"], PICTURES]
    assert [item.position for item in post.media] == [0, 1, 2]


def test_a_run_that_died_while_the_text_was_written_has_it_written_once_more(
    services: Services, journal: Journal
) -> None:
    """Nobody can know whether it was paid for: it is asked for once more, and that is told."""
    (post_id,) = add(services, "the moon", kind="article")
    die_after(services, "answer")
    run(write_articles)

    post = post_of(services, post_id)
    assert post.state is PostState.READY
    assert paid(journal) == [["the moon"], ["the moon"] * 2, PICTURES]
    assert "write repeated" in story(services, post_id)


def test_a_text_whose_answer_is_lost_is_asked_for_once_more_and_no_further(
    services: Services, journal: Journal, chat: Chat
) -> None:
    """Then a person is told to look; the outline is kept, and a retry does not pay for it again."""
    (post_id,) = add(services, "the moon", kind="article")
    die_after(services, "answer")
    chat.fail("compose", Fault("after"))
    run(write_articles)

    post = post_of(services, post_id)
    assert (post.state, len(journal.accepted("compose"))) == (PostState.FAILED, 2)
    assert "was asked 2 times and no answer was kept" in post.reason
    assert post.article is not None
    assert journal.accepted("outline") == ["the moon"]


def test_without_a_language_model_it_says_what_to_set(
    make_services: MakeServices, journal: Journal
) -> None:
    """The flow stops before it takes anything; of a mixed queue only the article is set aside."""
    services = make_services(channels="site")
    article, fox = *add(services, "the moon", kind="article"), *add(services, "a fox")
    state = run(write_articles)
    assert state.is_failed()
    assert "OPENAI_API_KEY is missing" in str(state.message)
    assert "TEXT_API_URL" in str(state.message)
    assert post_of(services, article).state is PostState.QUEUED
    run(daily_post)

    assert post_of(services, fox).state is PostState.PUBLISHED
    assert "OPENAI_API_KEY is missing" in post_of(services, article).reason


def test_a_file_of_one_s_own_goes_the_same_way_without_a_model(
    make_services: MakeServices, channel: Telegram, generator: HuggingFace, journal: Journal
) -> None:
    """No text is asked for; Telegram gets title, summary and tags, no link without an address."""
    services = make_services(
        generators="huggingface",
        channels="telegram,site",
        **generator.environment(),
        **channel.environment(),
    )
    article, problems = read_markdown(MANUSCRIPT)
    assert problems == []
    assert article is not None
    article = replace(article, tags=("night sky",))
    bare = replace(article, sections=(replace(article.sections[0], picture=""),))
    services.queue.add(
        [
            Order(prompt="The moon", kind="article", article=article),
            Order(prompt="No picture", kind="article", article=bare),
        ],
        "test",
    )
    assert run(daily_post).message == "2 published"

    # Without any picture it gets a cover made from its topic.
    assert sorted(journal.accepted("generate")) == ["No picture", "a full moon"]
    words = "The moon\n\nA stone that shines.\n\n#nightsky"
    assert [one.text for one in channel.messages] == [words] * 2


def test_topics_and_themes_become_articles(
    make_services: MakeServices, chat: Chat, journal: Journal
) -> None:
    """Those named for one run first; then, with nothing waiting, new ones within the themes."""
    services = make_services(
        channels="site", themes="birds; trains", default_article_images=1, **chat.environment()
    )
    assert run(write_articles, limit=2, topics=["the moon", "the sun"]).message == "2 ready"
    assert run(write_articles, topics=["the moon"]).name == "NothingToDo"
    assert run(write_articles).message == "1 ready"

    topics = [post.prompt for post in services.queue.find()]
    assert topics[:2] == ["the moon", "the sun"]
    assert topics[2].startswith(("birds", "trains"))
    assert all(len(post.media) == 1 for post in services.queue.find())


def test_the_other_channels_wait_for_the_page(
    services: Services, channel: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the site cannot be written nothing goes out; then the link is there."""
    (post_id,) = add(services, "the moon", kind="article")
    run(write_articles)
    folder = services.settings.data_dir / "site"
    folder.write_text("in the way")
    run(publish_due)
    assert channel.messages == []
    folder.unlink()
    run(publish_due)

    post = post_of(services, post_id)
    assert post.state is PostState.PUBLISHED, post.reason
    assert post.publication("site").url in channel.messages[0].text


def test_what_should_not_be_published_is_found_in_the_text(
    make_services: MakeServices, chat: Chat, journal: Journal
) -> None:
    """A topic before money is spent on it, a text before money is spent on its pictures."""
    with Moderations(journal) as moderator:
        keys = {**chat.environment(), **moderator.environment()}
        services = make_services(generators="sketch", channels="site", **keys)
        bad, refused = (
            *add(services, "gore", kind="article"),
            *add(services, f"a {REFUSED_WORD}", kind="article"),
        )
        article, _ = read_markdown(MANUSCRIPT.replace("Above us", "A threat"))
        services.queue.add([Order(prompt="own", kind="article", article=article)], "test")
        run(write_articles, limit=3)

    states = {post.prompt: post.state for post in services.queue.find()}
    assert set(states.values()) == {PostState.FAILED}
    assert paid(journal) == [[], [], []]
    assert "violence" in post_of(services, bad).reason
    assert "sexual" in post_of(services, refused).reason
