"""promptpress.markdown and promptpress.manuscript: files of one's own, and what queues keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptpress.article import MAX_SECTIONS, Article, Section
from promptpress.manuscript import (
    find_article_problems,
    read_article,
    texts_of,
    with_cover,
    write_article,
)
from promptpress.markdown import MAX_FILE, read_markdown

WHOLE = """\
---
title: 2026-11-21
summary: "Two: lines"
tags: [old lights, "#sea", sea]
language: pt-BR
cover: a lighthouse
cover_alt: The light
---

# Not the title

Opening.

## One ##
Text *of* one.

```sh
## no heading
![no](picture)
```

![First](prompt: a fire)

After the first.

![Second](PROMPT:  a lamp )

After the second.
### Small
end
"""
LINES = st.lists(
    st.sampled_from(
        ["---", "# T", "## H", "##", "text", "", "```", "~~~", "![a](prompt: b)", "![a](b)", "![",
         "title: x", "tags: [a, b]", "tags: {a: b}", "- a", "&a [*a]", "? !!python/name:os", "\x00",
         "\ud83e", "cover: y", "language: de"]
    )
    | st.text(max_size=30)
)  # fmt: skip
TEXTS = st.text(max_size=40)
ARTICLES = st.builds(
    Article,
    title=TEXTS,
    summary=TEXTS,
    sections=st.lists(
        st.builds(Section, heading=TEXTS, text=TEXTS, picture=TEXTS, alt_text=TEXTS), max_size=4
    ).map(tuple),
    tags=st.lists(TEXTS, max_size=3).map(tuple),
    language=st.sampled_from(["en", "pt-BR"]),
    cover=TEXTS,
    cover_alt=TEXTS,
)


def test_a_file_says_all_that_an_article_has() -> None:
    """What stands above the text is taken as text; a second picture begins a part of its own."""
    article, problems = read_markdown(WHOLE)

    code = "```sh\n## no heading\n![no](picture)\n```"
    assert problems == []
    assert article == Article(
        title="2026-11-21",
        summary="Two: lines",
        tags=("old lights", "sea"),
        language="pt-BR",
        cover="a lighthouse",
        cover_alt="The light",
        sections=(
            Section(heading="", text="Opening."),
            Section(
                heading="One",
                text=f"Text *of* one.\n\n{code}\n\n\nAfter the first.",
                picture="a fire",
                alt_text="First",
            ),
            Section(
                heading="",
                text="After the second.\n### Small\nend",
                picture="a lamp",
                alt_text="Second",
            ),
        ),
    )


def test_a_file_without_anything_above_its_text() -> None:
    """Heading, first paragraph and a picture above all headings: title, summary and cover."""
    article, problems = read_markdown(
        "# T\r\n\r\nA\r\nsummary.\r\n\r\n![x](prompt: y)\r\n## H\r\nz", "de"
    )

    assert problems == []
    assert article is not None
    assert (article.title, article.summary, article.language) == ("T", "A summary.", "de")
    assert (article.cover, article.cover_alt) == ("y", "x")
    assert [(one.heading, one.text) for one in article.sections] == [("H", "z")]


def test_a_text_of_one_paragraph_is_not_used_up_by_its_summary() -> None:
    """It stands in both places."""
    article, problems = read_markdown("# T\nOnly this.")

    assert problems == []
    assert article is not None
    assert (article.summary, article.sections[0].text) == ("Only this.", "Only this.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it has no title"),
        ("# T", "it has no text"),
        ("text", "it has no title"),
        ("---\ntitle: T\n", "close it with a line ---"),
        ("---\ntitle: [T\n---\nx", "is no YAML"),
        ("---\n- T\n---\nx", "has no names"),
        ("---\ntitle: {a: b}\n---\nx", "title: write one line"),
        ("---\ncolour: red\n---\n# T\nx", "'colour' is unknown; valid: title"),
        ("---\nlanguage: English!\n---\n# T\nx", "language: write a tag"),
        ("---\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n---\n# T\nx", "'a' is unknown"),
        (f"---\ntitle: {'x' * 20_000}\n---\nx", "more than 10,000 characters"),
        ("# T\nx\n![a](https://a.test/b.jpg)", "line 3 of the text: write ![what it shows]"),
        ("# T\nx\n![a](prompt: )", "line 3 of the text"),
        ("# T\n## A\n## B\nx", "'A' has no text"),
        ("# T\n" + "## H\nx\n" * (MAX_SECTIONS + 1), "13 sections, at most 12"),
        ("# T\n" + "## H\nx\n![a](prompt: b)\n" * 11, "11 pictures, at most 10"),
        ("# T\n## A\n" + "x" * 100_001, "100,001 characters of text, at most 100,000"),
        (f"# {'T' * 201}\nx", "201 characters of the title"),
        ("x" * (MAX_FILE + 1), "1,000,001 characters, at most 1,000,000"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_a_sentence(text: str, said: str) -> None:
    """Each says what to write instead."""
    _, problems = read_markdown(text)

    assert any(said in problem for problem in problems), problems


@given(lines=LINES)
def test_any_file_is_an_article_or_sentences(lines: list[str]) -> None:
    """Rubbish never raises; what has no problem is whole, and a second look finds none either."""
    article, problems = read_markdown("\n".join(lines))

    assert all(problems)
    if not problems:
        assert article is not None
        assert article.title
        assert article.is_written
        assert find_article_problems(article, 10) == []


@given(article=ARTICLES)
def test_what_is_written_is_read_again(article: Article) -> None:
    """As JSON, every text comes back as it was."""
    assert read_article(write_article(article)) == article
    assert all(texts_of(article))


@given(cell=st.none() | st.text() | st.integers() | st.dictionaries(st.text(), st.text()))
def test_any_other_cell_is_none(cell: object) -> None:
    """What is no article is refused as a cell that cannot be read."""
    with pytest.raises(ValueError):  # noqa: PT011  pydantic's words are its own
        read_article(cell)


def test_an_article_has_a_picture() -> None:
    """Without any it gets a cover made from its topic; one that has some stays as it is."""
    bare = Article(title="T", summary="s", sections=(Section(heading="H", text="x"),))

    assert with_cover(bare, "the moon").pictures == (("the moon", "T"),)
    assert with_cover(with_cover(bare, "a"), "b").pictures == (("a", "T"),)
