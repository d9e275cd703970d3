"""add: one prompt goes in, or all that is wrong with it is told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.adapters.cli.bench import Cli, Hooked, Result, get

PROMPTS = {
    "emoji": "🌊🐳🌙",
    "right-to-left": "منارة عند الفجر",
    "markup": "<b>bold</b> & *bright* [red]x[/red] :smile: {prompt} %s '; DROP TABLE posts; --",
    "long": "x" * 10_000,
}


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=list(PROMPTS))
def test_add_queues_the_prompt_as_it_is(services: Hooked, cli: Cli, prompt: str) -> None:
    """Emoji, right-to-left text, markup and long texts arrive whole; the id is printed."""
    result = cli("add", "--", prompt)

    assert (result.code, result.err) == (0, "")
    assert get(services, int(result.out)).prompt == prompt


def test_add_leaves_control_characters_out(services: Hooked, cli: Cli) -> None:
    """What no channel can show does not reach the queue."""
    result = cli("add", "a\x1b[31m fox\x07")

    assert get(services, int(result.out)).prompt == "a[31m fox"


def test_add_takes_every_wish(services: Hooked, cli: Cli) -> None:
    """Every option becomes the field of the post that it names."""
    wishes = {
        "--caption": "-hello-",
        "--hashtags": "#a, b",
        "--alt-text": "a fox",
        "--negative-prompt": "text",
        "--style": "ink",
        "--width": "512",
        "--height": "768",
        "--num-images": "2",
        "--seed": "7",
        "--generator": "Sketch",
        "--model": "m",
        "--channels": "site",
        "--kind": "photo",
        "--at": "2026-11-21T09:00+02:00",
        "--priority": "-5",
    }

    result = cli("add", "a fox", *(f"{name}={value}" for name, value in wishes.items()))

    post = get(services, int(result.out))
    assert (post.caption, post.hashtags, post.alt_text) == ("-hello-", ("a", "b"), "a fox")
    assert (post.negative_prompt, post.style) == ("text", "ink")
    assert (post.width, post.height, post.num_images, post.seed) == (512, 768, 2, 7)
    assert (post.generator, post.model, post.channels) == ("sketch", "m", ("site",))
    assert (post.due_at, post.priority) == (datetime(2026, 11, 21, 7, tzinfo=UTC), -5)


@pytest.mark.parametrize("prompt", ["", "  ", "\n\t", "\x00\x1b"])
def test_add_refuses_a_blank_prompt(services: Hooked, cli: Cli, prompt: str) -> None:
    """A prompt of nothing is refused with what to do, and nothing is queued."""
    result = cli("add", prompt)

    assert result == Result(1, "", "promptpress: the prompt is blank: write one\n")
    assert services.queue.count() == {}


def test_add_tells_all_problems_at_once(services: Hooked, cli: Cli) -> None:
    """A line for each: lengths, numbers, times, and unknown names with the valid ones."""
    result = cli(
        *("add", "x" * 100_000, "--caption", "c" * 10_001, "--width", "wide", "--height", "9"),
        *("--priority", "99999999999", "--generator", "dalle", "--channels", "site,myspace"),
        *("--at", "tomorrow"),
    )

    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [
        "promptpress: width: 'wide' is not a whole number",
        "promptpress: due_at: 'tomorrow' is not a time such as 2026-11-21 09:00 "
        "(UTC unless it says otherwise)",
        "promptpress: prompt: 100,000 characters, at most 10,000 are possible",
        "promptpress: caption: 10,001 characters, at most 10,000 are possible",
        "promptpress: height: 9 is not between 64 and 4096",
        "promptpress: priority: 99999999999 is beyond 2147483647",
        "promptpress: generator: 'dalle' is not set up; valid: given, library, sketch",
        "promptpress: channel: 'myspace' is not set up; valid: site",
    ]
    assert services.queue.count() == {}


ARTICLE = "# The moon\n\nA stone that shines.\n\n## Where\nAbove us.\n\n![It](prompt: a moon)\n"


def test_add_takes_an_article_of_one_s_own(services: Hooked, cli: Cli, tmp_path: Path) -> None:
    """Its title is the prompt; the other options count as for any post."""
    (tmp_path / "moon.md").write_text(ARTICLE, "utf-8")
    result = cli("add", "--article", str(tmp_path / "moon.md"), "--hashtags", "moon")

    post = get(services, int(result.out))
    assert (post.prompt, post.kind, post.hashtags) == ("The moon", "article", ("moon",))
    assert post.article is not None
    assert post.article.sections[0].text == "Above us."
    shown = cli("show", result.out.strip()).out
    assert "article: The moon (text, sections: 1)" in shown
    assert '"heading": "Where"' in cli("show", result.out.strip(), "--json").out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"# T\n", "article: it has no text"),
        (b"\xff\xfe", "no text in UTF-8"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_no_article_is_told(
    content: bytes | None, said: str, services: Hooked, cli: Cli, tmp_path: Path
) -> None:
    """Each in a sentence that names the file, and nothing is queued."""
    file = tmp_path / "moon.md"
    if content is not None:
        file.write_bytes(content)
    result = cli("add", "--article", str(file))

    assert result.code == 1
    assert str(file) in result.err
    assert said in result.err
    assert services.queue.count() == {}


def test_an_article_without_a_model_to_write_it_is_told(services: Hooked, cli: Cli) -> None:
    """It is refused at once, with what to set."""
    result = cli("add", "the moon", "--kind", "article")

    assert result.code == 1
    assert "OPENAI_API_KEY is missing" in result.err
    assert services.queue.count() == {}


def test_add_refuses_what_is_no_utf_8(services: Hooked, cli: Cli) -> None:
    """Bytes of another encoding on the command line are refused, not stored broken."""
    result = cli("add", "caf\udce9")

    assert result.code == 1
    assert "prompt: it is not in UTF-8" in result.err
