"""Articles on the site: whole pages, and Markdown that does nothing but stand there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptpress.adapters.site.markdown import TAGS, to_html
from promptpress.adapters.site.records import dump, parse
from promptpress.adapters.site.texts import reading_minutes
from promptpress.article import Section
from tests.adapters.sites import Page, broken_links, essay, in_memory, picture, put, read, site

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/x.png)",
    "![x](javascript:alert(1))",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](&#106;avascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:x)",
    "[click](//evil.example)",
    "[click](../../../etc/passwd)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    '[a](https://ok.example "\\" onmouseover=alert(1) x=\\"")',
    "<style>body{display:none}</style>",
    "<p style='position:fixed'>x</p>",
    "<iframe src=https://evil.example></iframe>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "</section></article><script>1</script>",
    '```"><script>alert(1)</script>\nx\n```',
    "`<b>`<b onclick=x>",
    "| a | b |\n|---|:-:|\n| <script>1</script> | [x](javascript:1) |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<!-- --><![CDATA[ <script> ]]>",
    "> " * 300 + "deep",
    "*" * 3_000,
    "[" * 3_000,
)
ALLOWED = {"href", "rel", "dir"}


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


def _put(folder: Path, **fields: object) -> Page:
    """Publish an article; return its page."""
    article = essay(**fields)
    put(site(folder), 1, picture("teal"), picture("red", 40, 80), prompt="x", article=article)
    (page,) = (folder / "posts").iterdir()
    return read(folder, f"posts/{page.name}")


def test_a_topic_of_two_words_is_one_topic(tmp_path: Path) -> None:
    """What stands as one word among the hashtags is not listed a second time."""
    put(site(tmp_path), 1, prompt="x", hashtags=("deepsea", "Blue"), article=essay())

    lists = {folder.name for folder in (tmp_path / "tags").iterdir() if folder.is_dir()}
    assert lists == {"deep-sea", "light", "blue"}


def test_an_article_has_a_page_with_its_pictures_in_their_places(tmp_path: Path) -> None:
    """The page has title, summary, sections as HTML, each picture with its words, and tags."""
    page = _put(tmp_path)

    assert page.one("h1").text == "On Lighthouses"
    assert "Why they stand where they stand." in page.one("article").text
    assert [e.text for e in page.all("h2")] == ["Light", "Water"]
    assert page.one("em").text == "section"
    shown = [i for i in page.all("img") if "media/" in i.attributes["src"]]
    assert [i.attributes["alt"] for i in shown] == ["a white tower", "a green wave"]
    assert [i.attributes["width"] for i in shown] == ["64", "40"]
    assert [e.tag for e in page.elements].index("h2") < page.elements.index(shown[1])
    links = {a.attributes["href"] for a in page.all("a", rel="tag")}
    assert links == {"../tags/deep-sea/index.html", "../tags/light/index.html"}
    assert "en-GB" in {e.attributes.get("lang") for e in page.elements}
    assert (tmp_path / "posts/1-on-lighthouses.html").is_file()
    assert broken_links(tmp_path) == []


def test_an_article_is_whole_in_feeds_and_search(tmp_path: Path) -> None:
    """Its title, summary and text are in the feeds, and the search finds words of it."""
    _put(tmp_path)

    for feed in ("feed.xml", "atom.xml"):
        text = (tmp_path / feed).read_text()
        for part in ("On Lighthouses", "Why they stand", "&lt;em&gt;section", "a green wave"):
            assert part in text
    found = (tmp_path / "search/1.json").read_text()
    for word in ("section", "why", "water"):
        assert word in found


def test_missing_pictures_leave_the_text_whole(tmp_path: Path) -> None:
    """Where fewer pictures came than the article has places for, its last places stay empty."""
    put(site(tmp_path), 1, picture(), prompt="x", article=essay())

    page = read(tmp_path, "posts/1-on-lighthouses.html")
    assert len([i for i in page.all("img") if "media/" in i.attributes["src"]]) == 1
    assert "The second." in page.one("article").text


def test_a_picture_without_a_place_is_the_cover(tmp_path: Path) -> None:
    """An article that asks for no picture shows the one it came with at its top."""
    article = essay(cover="", cover_alt="", sections=(Section(heading="", text="Words."),))
    put(site(tmp_path), 1, picture(), prompt="x", alt_text="a lamp", article=article)

    page = read(tmp_path, "posts/1-on-lighthouses.html")
    shown = [i.attributes["alt"] for i in page.all("img") if "media/" in i.attributes["src"]]
    assert shown == ["a lamp"]


def test_an_article_without_a_title_has_its_topic(tmp_path: Path) -> None:
    """Where the title is missing the prompt stands in its place."""
    put(site(tmp_path), 1, picture(), prompt="lamps", article=essay(title=" "))

    assert read(tmp_path, "posts/1-lamps.html").one("h1").text == "lamps"


def test_an_article_survives_its_record() -> None:
    """What is kept of an article is read back as it was."""
    with in_memory() as folder:
        _put(folder)
        content = (folder / ".site/posts/1.json").read_bytes()
        record = parse(content)

        assert record is not None
        assert record.article is not None
        assert record.article.cover == record.shots[0]
        assert dump(record) == content


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_does_nothing(text: str) -> None:
    """No Markdown brings an element, an attribute or an address that is not on the list."""
    _is_harmless(to_html(text))
    _is_harmless(to_html(f"before\n\n{text}\n\nafter"))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from((*HOSTILE, *"<>\"'`[]()!#*_|\\\n &;:/x-")) | st.text(max_size=5), max_size=8
    )
)
def test_no_mixture_of_markdown_does_anything(parts: list[str]) -> None:
    """The same holds whatever stands next to what."""
    _is_harmless(to_html("".join(parts)))


def _is_harmless(html: str) -> None:
    for element in Page(f"<div>{html}</div>").elements[1:]:
        assert element.tag in TAGS
        assert element.attributes.keys() <= ALLOWED
        assert element.attributes.get("dir") in {None, "auto", "ltr"}
        if "href" in element.attributes:
            assert element.attributes["href"].lower().startswith(("https://", "http://", "mailto:"))
            assert element.attributes["rel"] == "nofollow noopener noreferrer"


def test_honest_markdown_is_kept() -> None:
    """Headings begin below those of sections; lists, tables, code, quotes and links are shown."""
    html = to_html(
        "# One\n\n###### Six\n\n- a **b** `c`\n\n1. d\n\n> e\n\n---\n\n"
        "[f](https://example.org/?a=1&b=2) <me@example.org>\n\n| g | h |\n|---|---|\n| i | j |\n\n"
        "    k < l\n"
    )

    page = Page(f"<div>{html}</div>")
    for tag in TAGS - {"h4", "h5", "em", "br"}:
        assert page.all(tag), tag
    assert [a.attributes["href"] for a in page.all("a")] == [
        "https://example.org/?a=1&b=2",
        "mailto:me@example.org",
    ]
    assert page.one("pre").text.strip() == "k < l"
    assert {e.attributes["dir"] for e in page.all("p")} == {"auto"}


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 10_000, "مرحبا " * 2_000, "\ud800\x00\u202e"])
def test_words_of_an_article_are_never_markup(tmp_path: Path, text: str) -> None:
    """A hostile title, summary, heading, tag, language or alt text adds no element of its own."""
    section = Section(heading=text, text=text, picture="p", alt_text=text)
    page = _put(
        tmp_path,
        title=text,
        summary=text,
        sections=(section,),
        tags=(text, f"../{text}"),
        language=text,
        cover_alt=text,
    )

    names = {e.tag for e in page.elements}
    assert not names & {"iframe", "style", "math", "b", "object"}
    assert all("assets/" in script.attributes["src"] for script in page.all("script"))
    attributes = {name for element in page.elements for name in element.attributes}
    assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert [link for link in broken_links(tmp_path) if "https://ok.example" not in link] == []
    assert {e.attributes["lang"] for e in page.elements if "lang" in e.attributes} == {"en"}
    for folder in ("posts", "tags"):
        names = {path.name for path in (tmp_path / folder).iterdir()}
        assert not [name for name in names if name.startswith(".") or len(name.encode()) > 100]


@pytest.mark.parametrize(
    ("text", "minutes"), [("", 1), ("word " * 1_000, 5), ("字" * 1_200, 3), ("ก" * 800, 2)]
)
def test_reading_takes_minutes(text: str, minutes: int) -> None:
    """Words are counted where blanks divide them, characters where none do."""
    assert reading_minutes(text) == minutes
