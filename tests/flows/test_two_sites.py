"""Two sites: each with its own folder, title and address, so that no link leads to the other."""

from pathlib import Path

import pytest

from flows.daily_post import daily_post
from promptpress.errors import MissingSetting
from promptpress.settings import Settings
from promptpress.wiring import Services
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow
STUDIES = {"kind": "site", "title": "Studies", "url": "https://example.org/studies"}


def test_each_site_has_its_own_title_and_address(make_services: MakeServices) -> None:
    """One post on both: what a publication and a feed name is where that site is."""
    services = make_services(
        channels="site,studies", site_url="https://example.org/art", channel={"studies": STUDIES}
    )
    (post_id,) = add(services, "a fox")
    run(daily_post)
    sent = {p.channel: p.url for p in post_of(services, post_id).publications}
    folder = services.settings.data_dir
    feeds = {name: (folder / name / "feed.xml").read_text() for name in ("site", "site-studies")}

    assert sent["site"].startswith("https://example.org/art/")
    assert sent["studies"].startswith("https://example.org/studies/")
    assert "https://example.org/studies" not in feeds["site"]
    assert "https://example.org/art" not in feeds["site-studies"]
    assert "<title>Studies" in feeds["site-studies"]


@pytest.mark.parametrize("url", ["", "https://example.org/art/"])
def test_two_sites_at_one_address_are_told_at_the_start(tmp_path: Path, url: str) -> None:
    """Their pages would link into each other's folders."""
    settings = Settings(
        data_dir=tmp_path,
        channels=("site", "studies"),
        site_url="https://example.org/art",
        channel={"studies": {**STUDIES, "url": url}},
    )
    with pytest.raises(MissingSetting, match=r"channel studies: the site site has its address"):
        Services(settings)
