"""promptpress.wording: shortening, hashtags, the XMP packet."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.wording import MAX_DESCRIPTION, shorten, tags_line, xmp_packet

CLUSTERS = [
    "a", "Ж", "語", "🦊",
    "e\u0301", "n\u0303\u0323", "❤\ufe0f", "👍🏽", "👩\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈",
    "🇩🇪", "🇯🇵",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "\u1112\u1161\u11ab",
    "\u0915\u094d\u0937\u093f", "\u0e01\u0e33", "1\ufe0f\u20e3",
]  # fmt: skip
"""Each is one character to a reader."""


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("a red fox", 9, "a red fox"),
        ("a red fox", 8, "a red…"),
        ("a red fox", 6, "a red…"),
        ("dusk, sea, and stars", 12, "dusk, sea…"),
        ("a supercalifragilistic day", 16, "a supercalifrag…"),
        ("灯台の上に夜明けが来る", 6, "灯台の上に…"),
        ("two\nlines of text", 6, "two…"),
        ("anything", 1, "…"),
        ("anything", 0, ""),
    ],
)
def test_shorten_cuts_between_words(text: str, limit: int, expected: str) -> None:
    """A text too long ends at a word, or inside one that would take more than half with it."""
    assert expected == shorten(text, limit)


@given(st.text(), st.integers(0, 60))
def test_shorten_never_exceeds_the_limit(text: str, limit: int) -> None:
    """Whatever the text, the result fits; a text that fits is returned as it is."""
    short = shorten(text, limit)

    assert len(short) <= limit
    assert (short == text) == (len(text) <= limit)


@given(st.lists(st.sampled_from(CLUSTERS), max_size=30), st.integers(1, 60))
def test_shorten_keeps_characters_whole(clusters: list[str], limit: int) -> None:
    """Accents, flags, families and skin tones are kept or dropped as a whole."""
    text = "".join(clusters)
    beginnings = {"".join(clusters[:count]) for count in range(len(clusters) + 1)}

    short = shorten(text, limit)

    assert short == text or short.removesuffix("…") in beginnings


@pytest.mark.parametrize(
    ("hashtags", "expected"),
    [
        (("art", "sea"), "#art #sea"),
        (("#art", "night sky", "rock'n'roll"), "#art #nightsky #rocknroll"),
        (("Art", "art"), "#Art"),
        (("हिन्दी", "日本語", "snake_case", "y2k"), "#हिन्दी #日本語 #snake_case #y2k"),
        (("❤️", "!!!", "", "_"), ""),
        ((), ""),
    ],
)
def test_tags_line_keeps_what_a_hashtag_may_hold(hashtags: tuple[str, ...], expected: str) -> None:
    """Tags are joined once each, without the characters that would end them early."""
    assert expected == tags_line(hashtags)


@given(st.text())
def test_the_xmp_packet_is_always_xml(description: str) -> None:
    """Any description, with markup, control characters or surrogates, makes well-formed XML."""
    packet = xmp_packet("trainedAlgorithmicMedia", description)

    ET.fromstring(packet.encode())


def test_the_xmp_packet_names_source_and_description() -> None:
    """The two properties carry what was given, markup included."""
    root = ET.fromstring(xmp_packet("algorithmicMedia", "a <b> & c").encode())

    texts = {node.tag.partition("}")[2]: node.text for node in root.iter()}
    assert texts["li"] == "a <b> & c"
    assert (
        texts["DigitalSourceType"]
        == "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
    )


def test_a_long_description_still_fits_a_jpeg_segment() -> None:
    """The worst characters, each written as an entity, stay below 64 KB."""
    packet = xmp_packet("trainedAlgorithmicMedia", "&" * 10 * MAX_DESCRIPTION)

    assert len(packet.encode()) < 60_000
