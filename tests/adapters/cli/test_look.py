"""list and show: what is there, and the whole story of a post."""

import json

import pytest

from promptpress import steps
from tests.adapters.cli.bench import SHA, Cli, Hooked, Result, doubt, fail, send


def test_an_empty_queue_says_how_to_fill_it(cli: Cli) -> None:
    """Nobody is left alone with an empty table."""
    result = cli("list")

    assert (result.code, result.err) == (0, "")
    assert 'promptpress add "a lighthouse at dawn"' in result.out


def test_list_shows_posts_and_counts(services: Hooked, cli: Cli) -> None:
    """A row per post with its state, time, channels, prompt and reason; counts below."""
    cli("add", "x" * 100, "--at", "2026-11-21 09:00", "--channels", "site")
    cli("add", "[red]y[/red] :smile:\nz")
    cli("add", "held")
    cli("hold", "3")
    reason = "too " * 60 + "long: change it"
    fail(services, 2, reason)

    result = cli("list")

    assert result.lines[0].split() == ["id", "state", "due", "channels", "prompt", "reason"]
    assert result.lines[1].split() == ["1", "queued", "2026-11-21", "09:00", "site", "x" * 59 + "…"]
    assert "failed" in result.lines[2]
    assert "[red]y[/red] :smile: z" in result.lines[2]
    assert result.lines[2].endswith(f"huggingface: {reason}")
    assert "queued (held)" in result.lines[3]
    assert result.lines[-1] == "2 queued, 1 failed"
    assert "\x1b" not in result.out


def test_list_filters_and_limits(services: Hooked, cli: Cli) -> None:
    """States, a number and a first id narrow the list; what is left out is told."""
    for number in range(5):
        cli("add", f"fox {number}")
    fail(services, 2)

    assert [line.split()[0] for line in cli("list", "--state", "failed").lines[1:2]] == ["2"]
    assert cli("list", "--limit", "2").lines[-1] == ("3 more: list --after 2, or a higher --limit")
    assert [line.split()[0] for line in cli("list", "--after", "3").lines[1:3]] == ["4", "5"]
    assert "No such post" in cli("list", "--state", "in_doubt").out


def test_list_as_json_is_one_object_per_line(cli: Cli) -> None:
    """Programs get every field, in JSON's own types, on one line each."""
    cli("add", "a\nfox", "--at", "2026-11-21 09:00", "--hashtags", "a b")
    cli("add", "منارة")

    first, second = (json.loads(line) for line in cli("list", "--json").lines)

    assert (first["prompt"], first["state"], first["hashtags"]) == ("a\nfox", "queued", ["a", "b"])
    assert first["due_at"] == "2026-11-21T09:00:00+00:00"
    assert second["prompt"] == "منارة"


def test_show_tells_the_whole_story(services: Hooked, cli: Cli) -> None:
    """The order, its pictures, its publications with links, then every event in order."""
    cli("add", "a fox", "--style", "ink")
    post = send(services, 1, "site")
    services.queue.record(
        steps.sent(post, services.stamp(), "site", "p-1", "https://example.org/1", {})
    )

    result = cli("show", "1")

    assert result.lines[:3] == ["Post 1: published", "  prompt: a fox", "  style: ink"]
    assert "PNG 640×480, 12,345 bytes" in result.out
    assert "sketch sketch-1" in result.out
    assert "seed: 7; cost: 0.003" in result.out
    assert f"local: {SHA}.png" in result.out
    story = result.out.partition("Story")[2]
    words = ["order", "generate", "store", "ready", "send"]
    assert sorted(words, key=story.index) == words
    assert "https://example.org/1" in story
    assert "by hand" in story
    assert SHA[:12] in story
    assert SHA not in story


def test_show_as_json_holds_post_and_events(services: Hooked, cli: Cli) -> None:
    """Programs get the post with its parts, and the events with their details."""
    cli("add", "a fox")
    doubt(services, 1, "telegram")

    told = json.loads(cli("show", "1", "--json").out)

    assert told["post"]["state"] == "in_doubt"
    assert told["post"]["media"][0]["sha256"] == SHA
    assert told["post"]["publications"][0]["state"] == "in_doubt"
    assert told["events"][-1]["outcome"] == "unknown"


@pytest.mark.parametrize("command", ["show", "retry", "hold", "release", "delete"])
@pytest.mark.parametrize("post_id", ["7", "99999999999999999999"])
def test_an_unknown_post_is_named(cli: Cli, command: str, post_id: str) -> None:
    """An id that no post has is told, with where to look; exit code 1."""
    result = cli(command, post_id)

    assert result == Result(
        1, "", f"promptpress: there is no post {post_id}: `list` shows which there are\n"
    )
