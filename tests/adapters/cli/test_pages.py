"""site and delete: pages that a person changes or takes away."""

import shutil
from pathlib import Path

import pytest

from promptpress import steps
from promptpress.model import PostState, Publication
from tests.adapters.cli.bench import Cli, Hooked, send
from tests.adapters.sites import picture, read, rendition


@pytest.fixture
def folder(services: Hooked, cli: Cli) -> Path:
    """A site with one post, published through the queue."""
    cli("add", "a fox", "--caption", "A fox")
    post = send(services, 1, "site")
    whole = rendition(1, picture(), prompt="a fox", caption="A fox")
    receipt = services.publishers["site"].publish(whole, Publication(channel="site"))
    told = (receipt.external_id, receipt.url, receipt.detail)
    services.queue.record(steps.sent(post, services.stamp(), "site", *told))
    return services.settings.data_dir / "site"


def test_a_deleted_post_leaves_the_site(folder: Path, cli: Cli) -> None:
    """Deleting a published post takes its page and pictures off the site; twice is no failure."""
    assert [*folder.glob("posts/*")]

    result = cli("delete", "1")

    assert (result.code, result.lines) == (0, ["1: deleted, off site"])
    assert [*folder.glob("posts/*"), *folder.glob("media/*")] == []
    assert cli("delete", "1").code == 0


def test_a_page_that_lies_elsewhere_is_not_said_to_be_gone(
    folder: Path, services: Hooked, cli: Cli
) -> None:
    """Where the site is published from another machine, nothing here can take the page off it."""
    shutil.rmtree(folder)

    result = cli("delete", "1")

    assert result.lines == ["1: deleted; the site on this machine does not show it"]
    assert services.queue.get(1).state is PostState.DELETED  # type: ignore[union-attr]  # it is there


def test_a_post_is_removed_from_the_site_only(folder: Path, cli: Cli) -> None:
    """`site remove` leaves the post in the queue, and needs none there."""
    result = cli("site", "remove", "1", "77")

    assert (result.code, result.lines) == (0, ["1: not on site", "77: not on site"])
    assert [*folder.glob("posts/*")] == []
    assert "published" in cli("show", "1").out


def test_words_of_a_post_are_brought_up_to_date(folder: Path, services: Hooked, cli: Cli) -> None:
    """`site update` takes the words from the queue, and tells which post is not on the site."""
    page = next(folder.glob("posts/*"))
    page.write_text("damaged")
    cli("add", "an owl")

    result = cli("site", "update", "1", "2")

    assert result.code == 1
    assert result.lines == [f"1: {page.as_uri()}"]
    assert result.err == "promptpress: post 2 is not on site: publish it there first\n"
    assert read(folder, f"posts/{page.name}").one("h1").text == "A fox"


def test_the_site_is_written_anew(folder: Path, cli: Cli) -> None:
    """`site rebuild` brings back what is missing, without a bar where nobody watches."""
    (folder / "index.html").unlink()

    result = cli("site", "rebuild")

    assert (result.code, result.out, result.err) == (0, "site: written anew\n", "")
    assert (folder / "index.html").is_file()


@pytest.mark.parametrize(
    ("channel", "said"), [("telegram", "TELEGRAM_TOKEN"), ("nowhere", "nowhere")]
)
def test_a_channel_that_is_no_site_is_told(cli: Cli, channel: str, said: str) -> None:
    """A channel that is not set up, or unknown, is named."""
    result = cli("site", "rebuild", "--channel", channel)

    assert result.code == 1
    assert said in result.err
