"""The Telegram publisher: the words under a picture, as HTML and without."""

from html import escape
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptpress.adapters.telegram import TelegramPublisher
from promptpress.adapters.telegram._caption import MAX_CAPTION, build_caption
from promptpress.errors import PermanentError
from promptpress.model import Post
from tests.adapters.sending import PUBLICATION, picture, publisher_of, rendition
from tests.fakes.server import Fault
from tests.fakes.telegram import Telegram, refusal
from tests.fakes.telegram.files import MAX_RAW_BYTES
from tests.fakes.telegram.markup import parse_html

LINK = "https://example.org/a?b=1&c=%22d%22#e"
UNREAD = refusal(400, 'Bad Request: can\'t parse entities: Unsupported start tag "x"')


def post(**fields: Any) -> Post:
    return Post(**{"id": 1, "prompt": "p", **fields})


def test_a_long_caption_is_shortened_and_keeps_its_hashtags(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Beyond 1,024 characters the text gives way, not the hashtags, and the receipt says so."""
    receipt = publisher.publish(rendition(caption="sea 🌊 " * 300, hashtags=("sea",)), PUBLICATION)

    text = telegram.messages[0].text
    assert len(text) <= MAX_CAPTION
    assert text.endswith("…\n\n#sea")
    assert receipt.detail["caption_shortened"] == f"from 1805 to {len(text)} characters"


def test_a_caption_is_counted_in_code_points(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """1,024 emoji are 1,024 characters, not twice as many, and go out whole."""
    receipt = publisher.publish(rendition(caption="🌊" * MAX_CAPTION), PUBLICATION)

    assert telegram.messages[0].text == "🌊" * MAX_CAPTION
    assert "caption_shortened" not in receipt.detail


TEXT = st.text(min_size=1) | st.sampled_from(
    ["&", "<b>", "🌊", "\ud83d", "a\u0301", "\u202ex", "&lt;"]
)


@given(
    TEXT,
    st.integers(1, 1200),
    st.lists(TEXT, max_size=400),
    st.sampled_from(["", LINK, "https://" + "x" * 900, "https://x/" + "&" * 2000]),
    st.sampled_from(["", "Read on", "<i>" * 100, "\ud83d"]),
    st.booleans(),
)
@example("&", 1200, [], "https://x/" + "&" * 2000, "&" * 500, True)
def test_any_caption_is_within_the_limit(
    text: str, times: int, hashtags: list[str], link: str, link_text: str, as_html: bool
) -> None:
    """Whatever a post holds, its caption is sendable as readers and as Telegram count it."""
    held = post(caption=text * times, hashtags=tuple(hashtags), link=link)
    caption, _ = build_caption(held, link_text, as_html=as_html)
    seen, entities = parse_html(caption) if as_html else (caption, ())

    assert len(seen) <= MAX_CAPTION
    assert len(caption.encode("utf-8")) <= MAX_RAW_BYTES
    assert {"text_link"} >= {entity["type"] for entity in entities}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=900))
def test_markup_is_shown_and_never_obeyed(text: str) -> None:
    """What looks like a tag or an entity in a caption is text like any other."""
    caption, _ = build_caption(post(caption=text))
    seen, entities = parse_html(caption)

    assert (text.strip() or "p", ()) == (seen, entities)


@pytest.mark.parametrize(
    "text",
    [
        "half \ud83d of one",
        "\udc00",
        "מגדלור \u202eمنارة\u202c",
        "\u200b\u200d\u2060\ufeff",
        "</a></b><script>alert(1)</script>",
        "&amp; &lt;b&gt; &#60;i&#62; &",
        "e\u0301" * 700,
        "👨‍👩‍👧‍👦" * 400,
    ],
)
def test_awkward_text_is_harmless(
    text: str, telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Half characters, directions, invisible signs and markup go out as text, in one request."""
    publisher.publish(rendition(caption=text), PUBLICATION)

    (message,) = telegram.messages
    assert message.entities == ()
    assert len(telegram.journal.entries(call="send")) == 1
    start = text.encode("utf-8", "replace").decode()[:100]
    assert message.text.startswith(start)


def test_a_link_stands_last_behind_its_words(telegram: Telegram) -> None:
    """The link of a post is one tap away, and its address arrives unchanged."""
    publisher_of(telegram, link_text="Read <on>").publish(
        rendition(caption="🌊 sea", hashtags=("sea",), link=LINK), PUBLICATION
    )

    (message,) = telegram.messages
    assert message.text == "🌊 sea\n\n#sea\n\nRead <on>"
    (entity,) = message.entities
    # Telegram counts in UTF-16: the wave is two.
    assert entity == {"type": "text_link", "offset": 14, "length": 9, "url": LINK}


def test_a_link_without_words_is_shown_itself(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """A channel that has no words for links shows the address."""
    publisher.publish(rendition(link=LINK), PUBLICATION)

    assert telegram.messages[0].text == f"a lighthouse at dawn\n\n{LINK}"


@pytest.mark.parametrize("link_text", ["", "words " * 100])
def test_a_long_link_is_shown_short(link_text: str, telegram: Telegram) -> None:
    """An address of 2,000 characters takes 128 of the caption and is whole behind them."""
    link = "https://example.org/" + "x" * 1980
    receipt = publisher_of(telegram, link_text=link_text).publish(rendition(link=link), PUBLICATION)

    (message,) = telegram.messages
    (entity,) = message.entities
    assert entity["url"] == link
    assert entity["length"] <= 128
    assert message.text.startswith("a lighthouse at dawn\n\n")
    assert "link_left_out" not in receipt.detail


@pytest.mark.parametrize(
    ("caption", "is_there"),
    [
        (f"read {LINK}, now", True),
        (f"({LINK})", True),
        (f"{LINK}longer", False),
        (f"x{LINK}", False),
        ("sea " * 300 + LINK, False),
    ],
)
def test_a_link_that_somebody_wrote_is_not_repeated(
    caption: str, is_there: bool, telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Telegram makes a link of an address by itself; one that was cut away is appended."""
    publisher.publish(rendition(caption=caption, link=LINK), PUBLICATION)

    (message,) = telegram.messages
    assert (message.entities == ()) == is_there
    assert message.text.endswith(f"\n\n{LINK}") != is_there


def test_a_long_caption_leaves_room_for_the_link(telegram: Telegram) -> None:
    """Text gives way, hashtags and link stay."""
    receipt = publisher_of(telegram, link_text="more").publish(
        rendition(caption="a<b " * 600, hashtags=("sea",), link=LINK), PUBLICATION
    )

    text = telegram.messages[0].text
    assert len(text) <= MAX_CAPTION
    assert text.endswith("…\n\n#sea\n\nmore")
    assert "caption_shortened" in receipt.detail


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "tg://user?id=1",
        "ftp://x/y",
        "example.org/a",
        "https://",
        "https://[",
        "https://x y",
        "https://x\ny",
        "https://x/\u202e",
        "https://x/\ud83d",
        "https://x/" + "y" * 3000,
        'https://"><b>',
        "https:///path",
    ],
)
def test_only_web_addresses_become_links(
    link: str, telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Anything else is left out and noted, unless it is odd but whole; the post goes out."""
    receipt = publisher.publish(rendition(link=link), PUBLICATION)

    (message,) = telegram.messages
    if "link_left_out" in receipt.detail:
        assert message.text == "a lighthouse at dawn"
    else:
        assert [entity["url"] for entity in message.entities] == [link]
    assert ("link_left_out" in receipt.detail) == ("<b>" not in link)


@pytest.mark.parametrize("count", [1, 3])
def test_refused_markup_is_left_out_once(count: int, telegram: Telegram) -> None:
    """Should Telegram not read our HTML, the same post goes out as plain text, whole."""
    telegram.fail("send", Fault("before", UNREAD))
    sender = publisher_of(telegram, link_text="more")

    receipt = sender.publish(
        rendition(*[picture()] * count, caption="a < b & c", link=LINK), PUBLICATION
    )

    assert telegram.messages[0].text == f"a < b & c\n\n{LINK}"
    assert telegram.messages[0].entities == ()
    assert len(telegram.messages) == count
    assert receipt.detail["markup_left_out"] is True


def test_refused_markup_is_no_endless_loop(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """A second refusal sets the post aside."""
    telegram.fail("send", Fault("before", UNREAD), times=2)

    with pytest.raises(PermanentError, match="can't parse entities"):
        publisher.publish(rendition(), PUBLICATION)
    assert len(telegram.journal.entries(call="send")) == 2


def test_both_ways_out_may_follow_each_other(
    telegram: Telegram, publisher: TelegramPublisher
) -> None:
    """Neither photo nor markup: the third request carries a file with plain words."""
    telegram.fail("send", Fault("before", refusal(400, "Bad Request: PHOTO_EXT_INVALID")))
    telegram.fail("send", Fault("before", UNREAD))

    receipt = publisher.publish(rendition(caption="<b>"), PUBLICATION)

    assert [(m.kind, m.text) for m in telegram.messages] == [("document", "<b>")]
    assert receipt.detail == {"file_id": "file-1", "sent_as": "document", "markup_left_out": True}


def test_a_caption_is_cut_before_it_is_escaped() -> None:
    """1,024 ampersands are 1,024 characters, though 5,120 travel."""
    caption, costs = build_caption(post(caption="&" * MAX_CAPTION))

    assert (escape("&") * MAX_CAPTION, {}) == (caption, costs)
