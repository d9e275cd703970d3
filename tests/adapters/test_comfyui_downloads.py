"""Pictures of ComfyUI that are done: fetched with the same job until they are here."""

import time
from collections.abc import Iterator

import pytest

from promptpress.adapters.comfyui._answers import MAX_PICTURE
from promptpress.errors import (
    BadCredentials,
    BadPicture,
    PermanentError,
    PromptpressError,
    SetupError,
    TransientError,
)
from tests.adapters.calling import Echo
from tests.adapters.generating import comfyui_of, finish, wish
from tests.fakes.comfyui import ComfyUI
from tests.fakes.server import Answer, Fault

PAGE = Answer(200, b"<!DOCTYPE html><html><title>Just a moment</title></html>")


@pytest.fixture
def server() -> Iterator[ComfyUI]:
    with ComfyUI() as stand_in:
        yield stand_in


DOWNLOADS: dict[str, tuple[Fault, type[PromptpressError]]] = {
    "gone": (Fault("before", Answer(404)), PermanentError),
    "refused": (Fault("before", Answer(403)), BadCredentials),
    "broken": (Fault("before", Answer(500)), TransientError),
    "page": (Fault("before", PAGE), TransientError),
    "json": (Fault("before", Answer.json({"error": "x"})), TransientError),
    "nothing": (Fault("before", Answer(200)), TransientError),
    "no answer": (Fault("before"), TransientError),
    "cut": (Fault("after", cut_at=100), TransientError),
    "silent": (Fault("before", hang=True), TransientError),
    "dripping": (Fault("after", drip=0.1), TransientError),
}


@pytest.mark.parametrize(("fault", "kind"), DOWNLOADS.values(), ids=DOWNLOADS.keys())
def test_a_failed_download(server: ComfyUI, fault: Fault, kind: type[PromptpressError]) -> None:
    """A download that fails is tried again with the same job, within its deadline."""
    generation = comfyui_of(server).submit(wish())
    comfyui_of(server).collect(generation.job)
    server.fail("download", fault)
    begun = time.monotonic()

    hasty = comfyui_of(server, timeout=0.5 if fault.hang or fault.drip else 10)
    with pytest.raises(PromptpressError) as caught:
        hasty.collect(generation.job)

    assert type(caught.value) is kind
    assert time.monotonic() - begun < 5
    assert finish(comfyui_of(server), generation)
    assert server.calls().count("generate") == 1


def test_what_is_left_of_several_is_kept(server: ComfyUI) -> None:
    """One picture whose file is gone does not take the others along."""
    generation = comfyui_of(server).submit(wish(count=3))
    comfyui_of(server).collect(generation.job)
    server.fail("download", Fault("before", Answer(404)))

    assert len(finish(comfyui_of(server), generation)) == 2


def test_a_large_picture(server: ComfyUI) -> None:
    """One of 60 MB is not taken."""
    generation = comfyui_of(server).submit(wish())
    comfyui_of(server).collect(generation.job)
    server.fail("download", Fault("before", Answer(200, b"\xff\xd8\xff" + bytes(MAX_PICTURE))))

    with pytest.raises(BadPicture, match="60 MB"):
        comfyui_of(server, timeout=60).collect(generation.job)


@pytest.mark.parametrize("call", ["history", "download"])
def test_a_redirect_is_not_followed(server: ComfyUI, echo: Echo, call: str) -> None:
    """Nothing is fetched from anywhere but the address that is set."""
    generation = comfyui_of(server).submit(wish())
    comfyui_of(server).collect(generation.job)
    server.fail(call, Fault("before", Answer(302, headers={"Location": echo.url})))

    with pytest.raises(SetupError, match="COMFYUI_URL"):
        comfyui_of(server).collect(generation.job)

    assert echo.requests == []
