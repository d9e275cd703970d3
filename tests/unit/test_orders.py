"""Orders: cells to fields, and everything that is wrong with them at once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.article import Article, Section
from promptpress.model import MAX_PROMPT, Order
from promptpress.orders import COLUMNS, clean, find_problems, read_cells

GENERATORS = ("sketch", "huggingface")
CHANNELS = ("site", "telegram")


def problems_of(order: Order) -> list[str]:
    return find_problems(order, GENERATORS, CHANNELS)


@pytest.mark.parametrize(
    ("prompt", "cleaned"),
    [
        pytest.param("a lighthouse at dawn", "a lighthouse at dawn", id="plain"),
        pytest.param("🌊🐳🌙", "🌊🐳🌙", id="emoji-only"),
        pytest.param("👩🏽‍🚀 on the moon", "👩🏽‍🚀 on the moon", id="joined-emoji"),
        pytest.param("منارة عند الفجر", "منارة عند الفجر", id="right-to-left"),
        pytest.param("<b>b</b> *x* [red]", "<b>b</b> *x* [red]", id="markup"),
        pytest.param("a\x00b\x1b[31mc\x07", "ab[31mc", id="control-characters"),
        pytest.param("two\r\nlines\tand a tab", "two\nlines\tand a tab", id="line-breaks"),
        pytest.param("  a fox \n", "a fox", id="outer-blanks"),
    ],
)
def test_a_prompt_is_cleaned_and_nothing_else(prompt: str, cleaned: str) -> None:
    """Control characters and outer blanks go; every other character stays, and is valid."""
    fields, unread = read_cells({"prompt": prompt})

    assert ({"prompt": cleaned}, ()) == (fields, unread)
    assert problems_of(Order(**fields)) == []


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t", "\x00\x1b", None])
def test_a_blank_prompt_is_a_problem(prompt: str | None) -> None:
    """A prompt of nothing, blanks or control characters is refused with what to do."""
    fields, _ = read_cells({"prompt": prompt})

    assert problems_of(Order(**fields)) == ["the prompt is blank: write one"]


def test_a_prompt_of_100_000_characters_is_a_problem() -> None:
    """A prompt that no service takes is refused with its length and the limit."""
    fields, _ = read_cells({"prompt": "x" * 100_000})

    assert problems_of(Order(**fields)) == [
        "prompt: 100,000 characters, at most 10,000 are possible"
    ]


def test_the_longest_prompt_is_fine() -> None:
    """The limit itself is allowed."""
    assert problems_of(Order(prompt="x" * MAX_PROMPT)) == []


def test_all_problems_are_told_at_once() -> None:
    """Every wrong field has its sentence, with the valid names where there are some."""
    order = Order(
        prompt=" ",
        caption="c" * (MAX_PROMPT + 1),
        width=63,
        height=4097,
        num_images=11,
        seed=2**63,
        priority=-(2**31),
        model="m" * 201,
        hashtags=("caf\udce9",),
        kind="opera",
        zone="Europe/Berlun",
        media_links=("ftp://a.test/1.jpg",),
        link="javascript:alert(1)",
        generator="dalle",
        channels=("site", "myspace"),
    )

    assert problems_of(order) == [
        "the prompt is blank: write one",
        "caption: 10,001 characters, at most 10,000 are possible",
        "width: 63 is not between 64 and 4096",
        "height: 4097 is not between 64 and 4096",
        "num_images: 11 is not between 1 and 10",
        "seed: 9223372036854775808 is beyond 9223372036854775807",
        "priority: -2147483648 is beyond 2147483647",
        "model: 201 characters, at most 200 are possible",
        "hashtags: it is not in UTF-8: save the text as UTF-8",
        "kind: 'opera' is unknown; valid: photo, carousel, story, reel, article",
        "zone: 'Europe/Berlun' is unknown; did you mean Europe/Berlin?",
        "media_links: 'ftp://a.test/1.jpg' is no address that begins with https://",
        "link: 'javascript:alert(1)' is no address that begins with https://",
        "num_images: the media are given: leave it blank",
        "generator: 'dalle' is not set up; valid: huggingface, sketch",
        "channel: 'myspace' is not set up; valid: site, telegram",
    ]


def test_cells_become_the_fields_of_an_order() -> None:
    """Text cells as they are typed become numbers, names, words and a time in UTC."""
    fields, unread = read_cells(
        {
            "prompt": "a fox",
            "hashtags": "#art, #fox art",
            "width": " 512 ",
            "height": 768.0,
            "seed": "7",
            "channels": "Telegram, site telegram",
            "generator": " Sketch",
            "due_at": "2026-11-21T09:00+02:00",
            "priority": "-3",
            "alt_text": "",
            "notes": "nobody reads this",
        }
    )

    assert unread == ()
    assert {
        "prompt": "a fox",
        "hashtags": ("art", "fox"),
        "width": 512,
        "height": 768,
        "seed": 7,
        "channels": ("telegram", "site"),
        "generator": "sketch",
        "due_at": datetime(2026, 11, 21, 7, 0, tzinfo=UTC),
        "priority": -3,
    } == fields


def test_a_time_without_a_zone_is_in_utc() -> None:
    """A person who names no zone means UTC."""
    fields, _ = read_cells({"prompt": "a fox", "due_at": "2026-11-21 09:00"})

    assert datetime(2026, 11, 21, 9, 0, tzinfo=UTC) == fields["due_at"]


@pytest.mark.parametrize(
    ("column", "cell", "wanted"),
    [
        pytest.param("width", "wide", "a whole number", id="word"),
        pytest.param("seed", "1.5", "a whole number", id="fraction"),
        pytest.param("height", 1.5, "a whole number", id="float"),
        pytest.param("priority", float("inf"), "a whole number", id="infinity"),
        pytest.param("due_at", "tomorrow", "a time such as", id="time"),
        pytest.param("due_at", "0001-01-01T00:00+14:00", "a time such as", id="before-time"),
    ],
)
def test_an_unreadable_cell_is_a_sentence_and_stops_nothing(
    column: str, cell: object, wanted: str
) -> None:
    """A cell that cannot be read is named with what it should be; the other cells are read."""
    fields, unread = read_cells({"prompt": "a fox", column: cell})

    assert fields == {"prompt": "a fox"}
    assert len(unread) == 1
    assert unread[0].startswith(f"{column}: {str(cell)[:40]!r} is not {wanted}")


def test_an_article_belongs_to_its_kind() -> None:
    """A post of another kind has none; its pictures are made; what is wrong with it is told."""
    empty = Article(title="", summary="", sections=())
    photo = problems_of(Order(prompt="a fox", article=empty))
    given_ = problems_of(Order(prompt="a", kind="article", media_links=("https://a.test/1.jpg",)))
    odd = replace(empty, title="caf\udce9", sections=(Section(heading="H"),))

    assert photo == [
        "article: it has no title: write one",
        "article: it has no text: write some",
        "article: a photo has none: set kind to article",
    ]
    assert given_ == ["media_links: the pictures of an article are made: leave it blank"]
    assert problems_of(Order(prompt="a", kind="article", article=odd)) == [
        "article: it is not in UTF-8: save the text as UTF-8"
    ]


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text() | st.integers() | st.floats()))
def test_no_cell_whatever_raises(cells: dict[str, object]) -> None:
    """Any row becomes an order with sentences about it, never an exception."""
    fields, unread = read_cells(cells)

    assert all(isinstance(sentence, str) for sentence in (*unread, *problems_of(Order(**fields))))


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """What was cleaned stays as it is."""
    assert clean(text) == clean(clean(text))
