"""The site and hostile words: whatever people write is shown as text, and only as text."""

import functools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptpress.adapters.site.texts import MAX_SLUG, build_slug, build_tag_slug, clean
from tests.adapters.sites import Page, broken_links, in_memory, picture, put, read, site

HOSTILE = (
    "<script>alert(1)</script>",
    "</title></head><body onload=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "javascript:alert(1)",
    "]]></description><script>",
    "{{ 7 * 7 }}{% raw %}",
    "../../../etc/passwd",
    "..\\..\\x:y?z#w%00",
    "&lt;b&gt; &amp;amp;",
    "مرحبا بالعالم <b>",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿" * 20,
    "\ud800 \x00\x0b\x1b[31m \ufffe",
    "x" * 10_000,
    "日本語" * 3_000,
    "\n\n  \n",
    "<!-- --><![CDATA[ ]]>",
)
TEXT = st.text(st.characters(codec=None), max_size=300) | st.sampled_from(HOSTILE)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


@settings(max_examples=25, deadline=None)
@given(prompt=TEXT, caption=TEXT, alt=TEXT, tag=TEXT, title=TEXT)
def test_words_are_never_markup(prompt: str, caption: str, alt: str, tag: str, title: str) -> None:
    """No word of a post adds an element, an attribute or a file; all of it can be read."""
    with in_memory() as folder:
        shape = _shape(folder / "site", prompt, caption, alt, tag, title)

        plain, files = _plain()
        assert shape <= plain | _optional()
        assert _files(folder / "site") == files
        assert [path.name for path in folder.iterdir()] == ["site"]
        assert broken_links(folder / "site") == []
        (page,) = (folder / "site" / "posts").iterdir()
        words = " ".join(read(folder / "site", f"posts/{page.name}").one("article").text.split())
        for line in clean(caption).split("\n") + clean(prompt).split("\n"):
            assert " ".join(line.split()) in words
        items = ET.parse(folder / "site" / "feed.xml").findall("channel/item")
        assert len(items) == 1


@functools.cache
def _plain() -> tuple[set[str], list[str]]:
    """Return the elements and files of a site with plain words."""
    with in_memory() as folder:
        return _shape(folder, "a", "a b", "c", "d", "e"), _files(folder)


def _shape(folder: Path, prompt: str, caption: str, alt: str, tag: str, title: str) -> set[str]:
    """Publish a post with these words; return which elements and attributes its pages have."""
    words = {"prompt": prompt, "caption": caption, "alt_text": alt, "hashtags": (tag,)}
    put(site(folder, title=title), 1, **words)
    return {
        f"{element.tag} {attribute}"
        for file in folder.rglob("*.html")
        for element in Page(file.read_text(encoding="utf-8")).elements
        for attribute in ("", *element.attributes)
    }


def _optional() -> set[str]:
    """Return what a page has only for some posts."""
    elements = {"section": "class aria-labelledby", "h2": "id", "p": "class dir itemprop"}
    return {f"{tag} {name}" for tag, names in elements.items() for name in ("", *names.split())}


def _files(folder: Path) -> list[str]:
    """Return the files of a site; the page of its only post under one name, and without its tag."""
    found = (str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    named = ("page" if path.startswith("posts/") else path for path in found)
    of_tags = re.compile(r"tags/[^/.]+/index\.html|\.site/lists/tags/[^/.]+\.txt")
    return sorted(path for path in named if not of_tags.fullmatch(path))


@given(TEXT)
def test_words_of_an_address_are_harmless(text: str) -> None:
    """A page's name has letters, digits and dashes only, and no more bytes than fit."""
    slug = build_slug(clean(text))

    assert len(slug.encode()) <= MAX_SLUG
    assert not set(slug) & set("/\\.:?#%&'\"<> \n\0")
    assert slug == slug.strip("-")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("A Lighthouse, at dawn!", "a-lighthouse-at-dawn"),
        ("../../etc/passwd", "etc-passwd"),
        ("Маяк на рассвете", "маяк-на-рассвете"),
        ("हिन्दी में", "हिन्दी-में"),
        ("CAFÉ\u0301 ½", "café\u0301-1-2"),
        ("🔥🔥", ""),
        ("x" * 100, "x" * MAX_SLUG),
        ("word " * 30, "-".join(["word"] * 12)),
    ],
)
def test_addresses_say_what_the_post_is(text: str, slug: str) -> None:
    """The words of the prompt make the name, in their own script, cut between two of them."""
    assert slug == build_slug(text)


def test_long_tags_that_begin_alike_have_lists_of_their_own() -> None:
    """A name is cut to what fits, and a mark of all of it keeps lists apart, in any spelling."""
    long = "".join(chr(0x4E00 + number) for number in range(40))

    assert build_tag_slug(f"{long}a") != build_tag_slug(f"{long}b")
    assert build_tag_slug(f"{long}a") == build_tag_slug(f"{long}A")
    assert build_tag_slug(f"{long}a").startswith(f"{build_slug(long)}-")
    assert build_tag_slug("Blue Hour") == "blue-hour"


def test_a_prompt_without_letters_has_an_address(tmp_path: Path) -> None:
    """A prompt of emoji alone leaves the number as the name."""
    put(site(tmp_path), 5, prompt="🔥")

    assert (tmp_path / "posts/5.html").is_file()
    assert broken_links(tmp_path) == []


def test_no_page_lets_anything_run_or_load_from_elsewhere(tmp_path: Path) -> None:
    """Every page forbids other origins and what is inline, and has neither itself."""
    publisher = site(tmp_path)
    for number, text in enumerate(HOSTILE, 1):
        put(publisher, number, prompt=text, caption=text[::-1], hashtags=(text,))

    for file in tmp_path.rglob("*.html"):
        page = Page(file.read_text(encoding="utf-8"))
        policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]
        assert policy.attributes["content"].startswith("default-src 'none'; img-src 'self' file:;")
        assert "unsafe" not in policy.attributes["content"]
        assert page.elements.index(policy) < page.elements.index(page.one("link", rel="stylesheet"))
        assert not [e for e in page.elements if e.tag in ("style", "iframe", "base", "object")]
        ours = re.compile(r"(\.\./)*/?assets/[a-z]+\.js\?[0-9a-f]{16}")
        scripts = page.all("script")
        assert [s for s in scripts if s.text or not ours.fullmatch(s.attributes["src"])] == []
        names = {name for element in page.elements for name in element.attributes}
        assert not [name for name in names if name.startswith("on") or name == "style"]
    assert broken_links(tmp_path) == []


def test_people_write_in_either_direction(tmp_path: Path) -> None:
    """Whatever people wrote stands in an element that finds its own direction."""
    put(site(tmp_path), 1, prompt="مرحبا", caption="שלום\nעולם", hashtags=("فن",))

    page = read(tmp_path, "posts/1-مرحبا.html")
    for text in ("مرحبا", "שלום", "עולם", "فن"):
        innermost = [e for e in page.elements if e.text.strip() == text and e.tag != "title"]
        assert [e for e in innermost if e.attributes.get("dir") == "auto"]
    assert read(tmp_path, "tags/فن/index.html").cards() == [
        "../../posts/1-%D9%85%D8%B1%D8%AD%D8%A8%D8%A7.html"
    ]


def test_pages_have_what_a_screen_reader_needs(tmp_path: Path) -> None:
    """Each page names its language, has one main part and one first heading, and alt texts."""
    publisher = site(tmp_path)
    for number in range(1, 50):
        put(publisher, number)

    for path in ("index.html", "page/1.html", "posts/7-prompt-number-7.html"):
        page = read(tmp_path, path)
        assert page.one("html").attributes["lang"] == "en"
        assert len(page.all("h1")) == len(page.all("main")) == 1
        for tag in ("header", "footer", "title"):
            assert page.all(tag)
        assert all(nav.attributes["aria-label"] for nav in page.all("nav"))
        content = [img for img in page.all("img") if "media/" in img.attributes["src"]]
        assert content
        assert all({"alt", "width", "height", "decoding"} <= i.attributes.keys() for i in content)
        assert all(image.attributes["alt"].startswith("prompt number") for image in content)


def test_only_the_first_pictures_load_at_once(tmp_path: Path) -> None:
    """Pictures below the first row wait until the reader comes near."""
    publisher = site(tmp_path)
    for number in range(1, 9):
        put(publisher, number)

    images = [i for i in read(tmp_path, "index.html").all("img") if "media/" in i.attributes["src"]]
    assert [i.attributes.get("loading", "") for i in images] == ["", "", ""] + ["lazy"] * 5


def test_the_feed_is_whole(tmp_path: Path) -> None:
    """The feed holds the newest thirty with title, address, date, picture and a lasting id."""
    publisher = site(tmp_path, title="Art & <more>", url="https://example.org")
    for number in range(1, 34):
        put(publisher, number, prompt=f"a & b < {number}", caption="one <i>two</i>")

    channel = ET.parse(tmp_path / "feed.xml").find("channel")
    assert channel is not None
    items = channel.findall("item")
    assert channel.findtext("title") == "Art & <more>"
    assert [item.findtext("guid") for item in items] == [f"post-{n}" for n in range(33, 3, -1)]
    first = items[0]
    assert first.findtext("title") == "one <i>two</i>"
    assert first.findtext("link") == "https://example.org/posts/33-a-b-33.html"
    dates = [parsedate_to_datetime(item.findtext("pubDate") or "") for item in items]
    assert dates == sorted(dates, reverse=True)
    shown = Page(f"<div>{first.findtext('description')}</div>")
    assert shown.one("img").attributes["src"].startswith("https://example.org/media/33-")
    assert shown.all("i") == []
    enclosure = first.find("enclosure")
    assert enclosure is not None
    assert enclosure.attrib["length"] == str(len(picture().content))
    assert enclosure.attrib["type"] == "image/jpeg"
