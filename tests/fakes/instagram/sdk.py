"""Meta's own client, led to the stand-in: it judges whether that speaks as Instagram does."""

from typing import Any

import pytest
from facebook_business.adobjects.iguser import IGUser
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from tests.fakes.instagram.service import Instagram


def client(instagram: Instagram, token: str = "") -> FacebookAdsApi:
    """Return Meta's client. Its address is an attribute of its session: nothing is patched."""

    class Session(FacebookSession):  # type: ignore[misc]  # its base has no types
        GRAPH = instagram.url

    return FacebookAdsApi(Session(access_token=token or instagram.token, timeout=60))


def make(user: IGUser, **params: Any) -> str:
    """Make a container and wait until it is ready; return its id."""
    id_: str = user.create_media(params=params)["id"]
    while state(user, id_) == "IN_PROGRESS":
        pass
    return id_


def state(user: IGUser, id_: str) -> str:
    answer = user.get_api_assured().call("GET", (id_,), {"fields": "status_code,status"})
    return str(answer.json()["status_code"])


def publish(user: IGUser, id_: str) -> str:
    return str(user.create_media_publish(params={"creation_id": int(id_)})["id"])


def codes(error: pytest.ExceptionInfo[FacebookRequestError]) -> tuple[int, int, int]:
    """Return status, code and subcode as Meta's client reads them."""
    seen = error.value
    return (seen.http_status(), seen.api_error_code(), seen.api_error_subcode() or 0)
