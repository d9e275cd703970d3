"""Pure pieces of the Instagram publisher: captions, handles, answers and usage."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters.instagram._answers import (
    Answer,
    parse_answer,
    parse_id,
    parse_posts,
    parse_quota,
    parse_state,
    parse_subcode,
)
from promptpress.adapters.instagram._captions import MAX_CAPTION, build_caption
from promptpress.adapters.instagram._handles import Handle, parse_handle, write_handle
from promptpress.adapters.instagram._sending import MAX_ALT_TEXT, build_child, build_draft
from promptpress.adapters.instagram._usage import Usage, parse_usage
from promptpress.model import Post
from promptpress.ports import Rendition
from tests.adapters.instagramming import jpeg, picture_of

IDS = st.integers(10**4, 10**20).map(str)
DIGESTS = st.sampled_from(("", "0123456789ab"))


def _post(**fields: Any) -> Post:
    return Post(**{"id": 1, "prompt": "a prompt", **fields})


def test_the_prompt_stands_in_for_a_caption() -> None:
    """A post whose caption is blank shows its prompt."""
    assert build_caption(_post(caption=" \n")) == ("a prompt", {})


@pytest.mark.parametrize(
    ("fields", "caption", "facts"),
    [
        ({"hashtags": ("a", "b", "c", "d", "e")}, "a prompt\n\n#a #b #c #d #e", {}),
        (
            {"hashtags": ("a", "b", "c", "d", "e", "f", "g")},
            "a prompt\n\n#a #b #c #d #e",
            {"hashtags_left_out": 2},
        ),
        (
            {"caption": "#1 #2 #3 #4 #5 #6", "hashtags": ("a",)},
            "#1 #2 #3 #4 #5 6",
            {"hashtags_left_out": 2},
        ),
        ({"caption": "By the #Sea", "hashtags": ("sea", "a")}, "By the #Sea\n\n#a", {}),
        ({"link": "https://x.invalid/a"}, "a prompt\n\nhttps://x.invalid/a", {}),
        (
            {"caption": "at https://x.invalid", "link": "https://x.invalid"},
            "at https://x.invalid",
            {},
        ),
        ({"caption": "C# & a#b &#39;"}, "C# & a#b &#39;", {}),
        ({"caption": "half \ud83d\0 of one"}, "half ? of one", {}),
    ],
)
def test_caption(fields: dict[str, Any], caption: str, facts: dict[str, object]) -> None:
    """Text, link and hashtags stand below each other; what is too much is left out and told."""
    assert build_caption(_post(**fields)) == (caption, facts)


def test_the_number_of_hashtags_can_be_set() -> None:
    """Thirty are what Meta's page says."""
    caption, facts = build_caption(_post(hashtags=tuple(f"t{n}" for n in range(40))), 30)

    assert caption.count("#") == 30
    assert facts == {"hashtags_left_out": 10}


def test_names_beyond_twenty_are_plain_words() -> None:
    """The twenty-first name loses its sign, an address of mail keeps it."""
    names = " ".join(f"@n{number}" for number in range(22))
    caption, facts = build_caption(_post(caption=f"a@b.invalid {names}"))

    assert caption.endswith("@n19 n20 n21")
    assert caption.startswith("a@b.invalid @n0")
    assert facts == {"mentions_left_out": 2}


def test_a_long_caption_is_shortened_at_a_word() -> None:
    """The text gives way, not the hashtags, and the receipt says so."""
    caption, facts = build_caption(_post(caption="sea 🌊 " * 600, hashtags=("sea",)))

    assert len(caption) <= MAX_CAPTION
    assert caption.endswith("…\n\n#sea")
    assert facts == {"caption_shortened": f"from 3605 to {len(caption)} characters"}


@given(
    st.text(min_size=1),
    st.integers(1, 500),
    st.lists(st.text(min_size=1), max_size=40),
    st.text(max_size=50),
    st.integers(0, 30),
)
def test_any_caption_is_within_the_limits(
    text: str, times: int, hashtags: list[str], link: str, most: int
) -> None:
    """Whatever a post holds, its caption is sendable."""
    post = _post(caption=text * times, hashtags=tuple(hashtags), link=link * times)
    caption, _ = build_caption(post, most)

    assert len(caption) <= MAX_CAPTION
    assert caption.encode()


def test_an_alt_text_is_within_its_limit() -> None:
    """A long description is shortened at a word."""
    picture = picture_of(jpeg())
    post = _post(kind="carousel", alt_text="word " * 500)
    rendition = Rendition(post=post, pictures=(picture,) * 2, links=("https://x.invalid/1",) * 2)
    draft = build_draft(rendition, "instagram", max_hashtags=5, discloses_ai=True)
    fields = build_child(draft, 1)

    assert len(fields["alt_text"]) <= MAX_ALT_TEXT
    assert fields["alt_text"].endswith("word…")
    assert not {"caption", "is_ai_generated", "location_id", "media_type"} & set(fields)


def test_not_more_than_twenty_people_are_tagged() -> None:
    """Those beyond stay out; all lie within the picture."""
    post = _post(kind="carousel", user_tags=tuple(f"u{number}" for number in range(25)))
    links = ("https://x.invalid/1",) * 2
    rendition = Rendition(post=post, pictures=(picture_of(jpeg()),) * 2, links=links)
    draft = build_draft(rendition, "instagram", max_hashtags=5, discloses_ai=True)
    tags = json.loads(build_child(draft, 0)["user_tags"])

    assert len(tags) == 20
    assert all(0 < tag["x"] < 1 for tag in tags)
    assert "user_tags" not in build_child(draft, 1)


@given(
    st.builds(
        Handle,
        children=st.lists(IDS | st.just(""), max_size=10).map(tuple),
        container=IDS | st.just(""),
        at=st.integers(0, 10**11 - 1),
        pictures=DIGESTS,
        whole=DIGESTS,
        caption=DIGESTS,
        anew=st.integers(0, 9),
        misses=st.integers(0, 9),
        uploaded=st.booleans(),
        published=st.booleans(),
    )
)
def test_a_handle_survives_being_kept(handle: Handle) -> None:
    """What is written is read again, and no handle begins like a formula of a sheet."""
    text = write_handle(handle)

    assert parse_handle(text) == handle
    assert not text.startswith(("=", "+", "-", "@"))
    assert len(text) < 500


@pytest.mark.parametrize(
    "text",
    [
        "17889",
        "container=",
        "container=1/2",
        "container=1?x",
        "at=now",
        "children=1,,2",
        "container=1;container=2",
        "whole=zz",
        "other=1",
        "a;b",
    ],
)
def test_other_texts_are_no_handle(text: str) -> None:
    """A text that is not ours is not read as half of one."""
    with pytest.raises(ValueError, match=r"\S"):
        parse_handle(text)


@pytest.mark.parametrize(
    ("headers", "usage"),
    [
        ({}, Usage()),
        ({"X-App-Usage": '{"call_count":28,"total_time":85,"total_cputime":5}'}, Usage(85, 0)),
        ({"X-App-Usage": '{"call_count":"90"}'}, Usage()),
        ({"X-App-Usage": "[1]"}, Usage()),
        ({"X-App-Usage": '{"call_count":1' + "0" * 400 + "}"}, Usage()),
        ({"X-App-Usage": "{"}, Usage()),
        ({"X-App-Usage": '{"call_count":NaN,"total_time":1e999}'}, Usage()),
        (
            {"X-Business-Use-Case-Usage": '{"1":[{"type":"instagram","call_count":12}]}'},
            Usage(12, 0),
        ),
        (
            {
                "X-Business-Use-Case-Usage": '{"1":[{"type":"ads_insights","call_count":99},'
                '{"type":"instagram","call_count":2,"estimated_time_to_regain_access":3}]}'
            },
            Usage(2, 180),
        ),
        (
            {
                "X-Business-Use-Case-Usage": '{"1":[{"type":"instagram",'
                '"estimated_time_to_regain_access":99999999}]}'
            },
            Usage(0, 86_400),
        ),
        ({"X-Business-Use-Case-Usage": '{"1":{"call_count":50},"2":null,"3":[7]}'}, Usage(50, 0)),
    ],
)
def test_usage(headers: dict[str, str], usage: Usage) -> None:
    """The largest share counts, of what concerns Instagram; broken headers say nothing."""
    assert parse_usage(headers) == usage


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(("error", "code", "id", "data", "paging", "config", "status_code")),
                inner,
            )
        ),
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from((200, 302, 400, 500)),
)
def test_any_bytes_are_understood(body: bytes, status: int) -> None:
    """No answer makes the reading of it fail."""
    answer = parse_answer(status, body)

    parse_id(answer)
    parse_state(answer)
    parse_subcode(answer)
    parse_quota(answer)
    parse_posts(answer)
    assert parse_usage({"X-App-Usage": body.decode("utf-8", "replace")}) is not None


def test_an_address_of_the_next_page_is_not_followed() -> None:
    """It holds the token; the cursor is enough."""
    value = {
        "data": [{"id": "1", "timestamp": "2026-11-21T09:00:00+0000", "permalink": "javascript:x"}],
        "paging": {"next": "https://x.invalid/?access_token=t", "cursors": {"after": "c1"}},
    }
    posts, after = parse_posts(Answer(status=200, value=value))

    assert after == "c1"
    assert [(post.id, post.url, post.at) for post in posts] == [
        ("1", "", datetime(2026, 11, 21, 9, tzinfo=UTC))
    ]
    assert posts[0].at - datetime(2026, 11, 21, 8, tzinfo=UTC) == timedelta(hours=1)
