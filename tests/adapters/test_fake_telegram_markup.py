"""The stand-in for Telegram, judged by python-telegram-bot: HTML and what is counted of it."""

from collections.abc import Awaitable

import pytest
from telegram import Bot, Message
from telegram.error import BadRequest

from tests.adapters.telegramming import CHAT, PHOTO, ask
from tests.fakes.telegram import Telegram
from tests.fakes.telegram.markup import parse_html

MARKUP = [
    "plain",
    "<b>bold</b> <i>it</i> <u>un</u> <s>st</s>",
    "<b>outer <i>inner</i></b>",
    '🌊 <a href="https://example.org/?a=1">link</a>',
    "<code>a &lt; b</code> &amp; <pre>c</pre>",
    '<span class="tg-spoiler">who</span> 👨‍👩‍👧',
    "<blockquote>said</blockquote>",
]


@pytest.mark.parametrize("markup", MARKUP)
def test_it_reads_html_as_the_library_writes_it(markup: str, telegram: Telegram) -> None:
    """Text and entities, counted in UTF-16, make the same HTML again."""
    message = ask(
        telegram, lambda bot: bot.send_photo(CHAT, PHOTO, caption=markup, parse_mode="HTML")
    )

    assert message.caption_html == markup
    assert parse_html(message.caption_html)[0] == message.caption


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("🌊<x>", 'Unsupported start tag "x" at byte offset 4'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", "Unmatched end tag at byte offset 4"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class'),
    ],
)
def test_it_refuses_broken_html(markup: str, words: str, telegram: Telegram) -> None:
    """Malformed markup sends nothing, and is named in Telegram's words."""
    with pytest.raises(BadRequest) as caught:
        ask(telegram, lambda bot: bot.send_photo(CHAT, PHOTO, caption=markup, parse_mode="HTML"))

    assert f"can't parse entities: {words}".lower() in str(caught.value).lower()
    assert not telegram.messages


@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        ("&lt;&gt;&amp;&quot;", '<>&"'),
        ("&#65;&#x42;", "AB"),
        ("&apos; &nbsp; & &#0; &#xd83d;", "&apos; &nbsp; & &#0; &#xd83d;"),
        ('<a href="javascript:x">x</a>', "x"),
        ("<b></b>", ""),
    ],
)
def test_it_knows_four_named_entities(markup: str, seen: str) -> None:
    """Other names, and numbers of no character, stay as they are; odd links are plain text."""
    assert parse_html(markup) == (seen, ())


@pytest.mark.parametrize(("length", "is_taken"), [(1024, True), (1025, False)])
@pytest.mark.parametrize("char", ["🌊", "&amp;", "<b>x</b>"])
def test_it_counts_what_people_see(
    length: int, is_taken: bool, char: str, telegram: Telegram
) -> None:
    """The limit of a caption is in code points after its markup is read."""

    def send(bot: Bot) -> Awaitable[Message]:
        return bot.send_photo(CHAT, PHOTO, caption=char * length, parse_mode="HTML")

    if is_taken:
        assert ask(telegram, send).caption
    else:
        with pytest.raises(BadRequest, match=r"(?i)caption is too long"):
            ask(telegram, send)
