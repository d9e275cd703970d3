"""What every Publisher promises, run over all of them.

A publisher joins by a factory in HOUSES (publisher_houses.py), which says how to look at its
channel from outside and how to make it fail.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promptpress.errors import OutcomeUnknown, PermanentError, SetupError, TransientError
from promptpress.model import Publication, PublicationState
from promptpress.ports import Publisher, Receipt, Rendition, StagingPublisher
from tests.adapters.sending import picture
from tests.adapters.sending import rendition as any_rendition
from tests.contracts.publisher_houses import HOUSES, House

KNOWN_FORMATS = {"JPEG", "PNG", "WEBP"}
AWKWARD = {
    "emoji": "👨‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿🌊",
    "right to left": "מגדלור עם שחר \u202eمنارة",
    "markup": "<script>alert(1)</script> & *bold* _it_ [a](b) `c` {{ d }} {% e %} ]]> \\",
    "lines": "one\n\n\ttwo\r\nthree",
    "half a surrogate pair": "half \ud83d of one",
    "a word without end": "x" * 100_000,
    "100,000 characters": "sea " * 25_000,
}


@pytest.fixture(params=sorted(HOUSES))
def house(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    for name in ("http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with ExitStack() as stack:
        yield HOUSES[request.param](stack, tmp_path)


def rendition(house: House, **fields: Any) -> Rendition:
    shown = picture(400, 400, house.publisher.rules_for("photo").formats[0])
    links = (house.album.put(shown.content),) if house.album else ()
    return replace(any_rendition(shown, **fields), links=links)


def attempt(house: House) -> Publication:
    return Publication(
        channel=house.publisher.name, state=PublicationState.SENDING, attempt="a1", attempts=1
    )


def send(house: House, wanted: Rendition, publisher: Publisher | None = None) -> Receipt:
    """Make a post ready where that is the channel's way, and send it."""
    publisher, publication = publisher or house.publisher, attempt(house)
    if isinstance(publisher, StagingPublisher):
        ready = False
        while not ready:
            staging = publisher.stage(wanted, publication)
            publication = replace(publication, handle=staging.handle)
            ready = staging.is_ready
        house.handles[wanted.post.id] = publication.handle
    return publisher.publish(wanted, publication)


def test_sent_means_sent(house: House) -> None:
    """A receipt has an id, and the channel shows the post."""
    receipt = send(house, rendition(house, caption="LIGHTHOUSE"))

    assert isinstance(receipt, Receipt)
    assert receipt.external_id
    assert isinstance(receipt.url, str)
    assert "LIGHTHOUSE" in house.shown()


def test_every_post_has_its_own_id(house: House) -> None:
    """Eight posts side by side arrive whole, each under its own id."""

    def send_one(number: int) -> str:
        wanted = rendition(house, id=number, caption=f"NUMBER-{number}-")
        return send(house, wanted).external_id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(send_one, range(1, 9)))

    assert len(set(ids)) == 8
    assert all(f"NUMBER-{number}-" in house.shown() for number in range(1, 9))


def test_surely_not_sent_can_be_sent_again(house: House) -> None:
    """After an error that says *not sent* nothing is there, and the next attempt succeeds."""
    wanted = rendition(house, caption="LIGHTHOUSE")

    with house.failing(), pytest.raises((TransientError, PermanentError, SetupError)):
        send(house, wanted)

    assert "LIGHTHOUSE" not in house.shown()
    assert send(house, wanted).external_id
    assert "LIGHTHOUSE" in house.shown()


def test_a_lost_answer_is_unknown(house: House) -> None:
    """A post that is out is never reported as not sent."""
    if house.lose_answer is None:
        return  # nothing can come between the effect and the receipt
    house.lose_answer()

    with pytest.raises(OutcomeUnknown):
        send(house, rendition(house, caption="LIGHTHOUSE"))
    assert house.shown().count("LIGHTHOUSE") == 1


def settled(house: House, wanted: Rendition) -> Receipt | OutcomeUnknown | None:
    """Return what settle says of an attempt."""
    try:
        handle = house.handles.get(wanted.post.id, "")
        return house.publisher.settle(wanted.post, replace(attempt(house), handle=handle))
    except OutcomeUnknown as error:
        return error


def test_settle_keeps_its_promise(house: House) -> None:
    """An attempt that arrived is found, or a person is asked, or repeating it doubles nothing."""
    wanted = rendition(house, caption="LIGHTHOUSE")
    sent = send(house, wanted)
    before = house.shown().count("LIGHTHOUSE")

    found = settled(house, wanted)

    if isinstance(found, OutcomeUnknown):
        assert f"resolve 7 --channel {house.publisher.name}" in str(found)
        return
    again = found or send(house, wanted)
    assert again.external_id == sent.external_id
    assert house.shown().count("LIGHTHOUSE") == before


def test_settle_never_invents_a_receipt(house: House) -> None:
    """An attempt that did nothing is unsent or unknown."""
    assert not isinstance(settled(house, rendition(house)), Receipt)


def test_check_passes_where_all_is_well(house: House) -> None:
    """The check says nothing and sends nothing."""
    house.publisher.check()

    assert "lighthouse" not in house.shown()


def test_check_says_refused(house: House) -> None:
    """A wrong set-up is an error that says so."""
    with pytest.raises(SetupError):
        house.refused.check()


def test_check_says_offline(house: House) -> None:
    """A service that does not answer is trouble that may pass; so is a send to it."""
    if house.offline is None:
        return  # there is no service to be away

    with pytest.raises(TransientError):
        house.offline.check()
    with pytest.raises(TransientError):
        send(house, rendition(house), house.offline)


def test_rules_are_sane(house: House) -> None:
    """Pictures can be made to fit: known formats, room for at least one real picture."""
    rules = house.publisher.rules_for("photo")

    assert rules.formats
    assert set(rules.formats) <= KNOWN_FORMATS
    assert rules.max_bytes >= 1_000_000
    assert rules.max_side >= 1024
    assert rules.max_side_sum >= 2048
    assert rules.max_ratio >= 1
    assert rules.max_pictures >= 1


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_awkward_text_goes_out(text: str, house: House) -> None:
    """Whatever people write, as caption or as prompt, is published and harms nothing."""
    first = rendition(house, id=1, prompt=f"PROMPT {text}")
    second = rendition(house, id=2, prompt="p", caption=f"CAPTION {text}", alt_text=text[:1000])

    for wanted in (first, replace(second, post=replace(second.post, hashtags=("sea", text)))):
        assert send(house, wanted).external_id

    assert "PROMPT" in house.shown()
    assert "CAPTION" in house.shown()
    assert not house.is_html or "<script>alert(1)" not in house.shown()
