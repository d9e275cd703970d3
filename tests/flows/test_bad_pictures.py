"""generate-media: what is no picture never becomes one, and is not paid for again unasked."""

import base64
import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
from PIL import Image

from flows.generate_media import generate_media
from promptpress.model import PostState
from promptpress.wiring import Services
from tests.fakes.huggingface import HuggingFace, draw
from tests.fakes.leonardo import Leonardo
from tests.fakes.openai import OpenAI
from tests.fakes.server import Answer, Fault, Journal
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


def bomb() -> bytes:
    """Return a PNG of a few kilobytes that would fill the memory: 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def black() -> bytes:
    """Return what a safety checker leaves of a picture."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "PNG")
    return file.getvalue()


WHOLE = draw("a fox", 1, 64)
BAD: Mapping[str, bytes] = {
    "truncated": WHOLE[: len(WHOLE) // 2],
    "a bomb": bomb(),
    "black": black(),
    "noise": bytes(range(256)) * 20,
}


@pytest.fixture
def services_of(make_services: MakeServices, journal: Journal) -> Iterator[MakeServices]:
    """Make services with one generator, whose next picture is replaced."""
    with ExitStack() as running:

        def make(kind: type[HuggingFace | Leonardo | OpenAI], content: bytes) -> Services:
            stand_in: HuggingFace | Leonardo | OpenAI = kind(journal)
            running.enter_context(stand_in)
            answer = Answer(200, content, {"Content-Type": "image/png"})
            if kind is OpenAI:
                text = base64.b64encode(content).decode()
                answer = Answer.json({"created": 1, "data": [{"b64_json": text}]})
            call = "download" if kind is Leonardo else "generate"
            stand_in.fail(call, Fault("after", answer), times=9)
            name = stand_in.service
            return make_services(
                generators=name, default_check_interval=0.05, **stand_in.environment()
            )

        yield make


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("kind", [HuggingFace, Leonardo, OpenAI])
def test_what_is_no_picture_is_set_aside(
    services_of: MakeServices, journal: Journal, kind: type, content: bytes
) -> None:
    """With its reason; it was paid for once, and the next run leaves it alone."""
    services = services_of(kind, content)
    (post_id,) = add(services, "a fox")
    run(generate_media)
    run(generate_media)

    post = post_of(services, post_id)
    assert (post.state, post.media) == (PostState.FAILED, ())
    assert post.reason
    assert len(journal.accepted("generate")) == 1


PAGES: Mapping[str, Answer] = {
    "a page": Answer(200, b"<html>sign in</html>", {"Content-Type": "text/html"}),
    "JSON": Answer(200, b'{"detail": "busy"}', {"Content-Type": "application/json"}),
    "60 MB": Answer(200, WHOLE + bytes(60_000_000), {"Content-Type": "image/png"}),
    "another type": Answer(200, b"GIF89a", {"Content-Type": "video/mp4"}),
}


@pytest.mark.parametrize("answer", PAGES.values(), ids=PAGES.keys())
def test_a_page_in_place_of_a_job_s_picture_costs_nothing_more(
    make_services: MakeServices, journal: Journal, answer: Answer
) -> None:
    """Where the job is known the picture is fetched again, or given up; never ordered again."""
    with Leonardo(journal) as leonardo:
        services = make_services(
            generators="leonardo", default_check_interval=0.05, **leonardo.environment()
        )
        (post_id,) = add(services, "a fox")
        leonardo.fail("download", Fault("after", answer), times=30)
        run(generate_media)

    post = post_of(services, post_id)
    assert post.media == ()
    assert post.state in (PostState.GENERATING, PostState.FAILED)
    assert (post.state is PostState.GENERATING) == bool(post.job)
    assert len(journal.accepted("generate")) == 1
