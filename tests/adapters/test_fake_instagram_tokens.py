"""The stand-in of Instagram: whose tokens it takes, and how it renews them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from facebook_business.adobjects.igrefreshaccesstokenforigonlyapi import (
    IGRefreshAccessTokenForIGOnlyAPI,
)

from tests.fakes.instagram import ACCOUNT, APP_ID, APP_SECRET, Album, Instagram
from tests.fakes.instagram.samples import call, refused, still
from tests.fakes.instagram.sdk import client


@pytest.fixture(scope="module")
def album() -> Iterator[Album]:
    with Album() as running:
        yield running


@pytest.fixture
def instagram() -> Iterator[Instagram]:
    with Instagram(polls=0) as running:
        yield running


@pytest.mark.parametrize(
    ("token", "answer"),
    [("", refused(104)), ("nonsense", refused(190))],
)
def test_a_stranger_is_refused(instagram: Instagram, token: str, answer: dict[str, Any]) -> None:
    """Without a token it is 104, with an unknown one 190."""
    assert call(instagram, "GET", f"/{ACCOUNT}", access_token=token) == answer


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467, 492])
def test_a_dead_token_says_why(instagram: Instagram, subcode: int) -> None:
    """190 carries the subcode."""
    instagram.tokens.known[instagram.token].subcode = subcode

    assert call(instagram, "GET", "/me") == refused(190, subcode)


def test_a_token_dies_after_60_days(instagram: Instagram) -> None:
    """Then it is 190/463, also for a refresh."""
    instagram.wait(timedelta(days=58))

    answers = [
        call(instagram, "GET", "/me"),
        call(instagram, "GET", "/refresh_access_token", grant_type="ig_refresh_token"),
    ]

    assert answers == [refused(190, 463)] * 2


@pytest.mark.parametrize(("login", "code"), [("instagram", 10), ("facebook", 200)])
def test_a_permission_may_be_missing(album: Album, login: Any, code: int) -> None:
    """Reading is allowed then, making a container is not."""
    with Instagram(login=login) as instagram:
        scopes = instagram.tokens.known[instagram.token].scopes
        scopes -= {"instagram_business_content_publish", "instagram_content_publish"}

        made = call(instagram, "POST", f"/{ACCOUNT}/media", image_url=album.put(still()))

        assert made == refused(code)
        assert call(instagram, "GET", f"/{ACCOUNT}") == {"id": ACCOUNT}


def test_each_login_finds_its_account() -> None:
    """Instagram Login asks /me for user_id; Facebook Login asks /me/accounts."""
    with Instagram() as one, Instagram(login="facebook") as other:
        me = call(one, "GET", "/v25.0/me", fields="user_id,username")
        pages = call(other, "GET", "/v25.0/me/accounts", fields="instagram_business_account")

    assert me["user_id"] == ACCOUNT
    assert me["id"] != ACCOUNT
    assert pages["data"][0]["instagram_business_account"]["id"] == ACCOUNT


def test_a_refresh_gives_60_days_more(instagram: Instagram) -> None:
    """The new token works, and so does the old one until its own end."""
    said = call(instagram, "GET", "/refresh_access_token", grant_type="ig_refresh_token")

    new = said["access_token"]
    both = [call(instagram, "GET", "/me", access_token=t) for t in (new, instagram.token)]
    instagram.wait(timedelta(days=59))
    assert said["expires_in"] == 60 * 86_400
    assert both[0] == both[1]
    assert "id" in call(instagram, "GET", "/me", access_token=new)
    assert call(instagram, "GET", "/me") == refused(190, 463)
    assert instagram.journal.accepted("refresh") == [""]


def test_metas_client_reads_a_refresh(instagram: Instagram) -> None:
    """Its own class for that takes the answer."""
    refresh = IGRefreshAccessTokenForIGOnlyAPI("refresh_access_token", api=client(instagram))

    said = refresh.api_get(params={"grant_type": "ig_refresh_token"})

    assert said["access_token"] in instagram.tokens.known
    assert (said["token_type"], said["expires_in"]) == ("bearer", 60 * 86_400)


def test_a_young_token_is_not_refreshed(instagram: Instagram) -> None:
    """It takes 24 hours of age."""
    young = instagram.tokens.give("instagram").value

    def refresh() -> dict[str, Any]:
        path, kind = "/refresh_access_token", "ig_refresh_token"
        return call(instagram, "GET", path, grant_type=kind, access_token=young)

    early = refresh()
    instagram.wait(timedelta(hours=24))

    assert early == refused(100)
    assert "access_token" in refresh()


def test_a_refresh_may_keep_the_token(instagram: Instagram) -> None:
    """Some have seen the same token come back with a longer life."""
    instagram.tokens.rotates = False

    said = call(instagram, "GET", "/refresh_access_token", grant_type="ig_refresh_token")

    instagram.wait(timedelta(days=59))
    assert said["access_token"] == instagram.token
    assert "id" in call(instagram, "GET", "/me")


def test_a_short_token_is_exchanged(instagram: Instagram) -> None:
    """One of an hour's life is no token to refresh; its exchange needs the app's secret."""
    short = instagram.tokens.give("instagram", life=timedelta(hours=1)).value
    asked = {"grant_type": "ig_exchange_token", "access_token": short}

    wrong = call(instagram, "GET", "/access_token", **asked, client_secret="guess")
    right = call(instagram, "GET", "/access_token", **asked, client_secret=APP_SECRET)
    refreshed = call(
        instagram,
        "GET",
        "/refresh_access_token",
        grant_type="ig_refresh_token",
        access_token=short,
    )

    assert wrong == refused(1)
    assert right["expires_in"] == 60 * 86_400
    assert refreshed == refused(100)


def test_facebooks_token_is_exchanged_for_itself() -> None:
    """It takes the app's id and secret."""
    with Instagram(login="facebook") as instagram:
        asked = {"grant_type": "fb_exchange_token", "fb_exchange_token": instagram.token}
        app = {"client_id": APP_ID, "client_secret": APP_SECRET}

        def exchange(**changes: str) -> dict[str, Any]:
            fields = {**asked, **app, **changes}
            return call(instagram, "GET", "/v25.0/oauth/access_token", **fields)

        answers = [exchange(), exchange(client_id="1"), exchange(client_secret="1")]

    assert answers[0]["expires_in"] == 60 * 86_400
    assert answers[1:] == [refused(101), refused(1)]


def test_a_token_can_be_inspected(instagram: Instagram) -> None:
    """The app asks under its own id and secret."""
    app = f"{APP_ID}|{APP_SECRET}"

    said = call(instagram, "GET", "/debug_token", input_token=instagram.token, access_token=app)

    assert said["data"]["is_valid"]
    assert said["data"]["expires_at"] > said["data"]["issued_at"]
    assert call(instagram, "GET", "/debug_token", input_token=instagram.token) == refused(190)
