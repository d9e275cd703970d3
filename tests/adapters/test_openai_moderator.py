"""OpenAI's moderation: what is asked, and what follows from a verdict."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from promptpress.adapters.openai._moderation import (
    MAX_NAMED,
    MAX_PICTURE,
    SIDE,
    parse_verdict,
    put,
)
from promptpress.adapters.openai.moderator import OpenAIModerator
from promptpress.errors import BadCredentials, ContentRefused, PermanentError, SetupError
from promptpress.ports import Moderator
from tests.adapters.generating import NOW
from tests.fakes.moderations import CATEGORIES, MODEL, Moderations, verdict
from tests.fakes.server import Answer, Fault
from tests.unit.pictures import encode, noise, paint


@pytest.fixture
def server() -> Iterator[Moderations]:
    with Moderations() as stand_in:
        yield stand_in


def moderator_of(server: Moderations, **changes: Any) -> OpenAIModerator:
    """Return a moderator for the stand-in."""
    settings = server.environment()
    arguments: dict[str, Any] = {
        "key": settings["OPENAI_API_KEY"],
        "api_url": settings["MODERATION_API_URL"],
        "timeout": 10.0,
        "clock": lambda: NOW,
    }
    return OpenAIModerator(**{**arguments, **changes})


def test_a_harmless_text_passes(server: Moderations) -> None:
    """Nothing is raised, and one question was asked: the text, to the model that is set."""
    moderator: Moderator = moderator_of(server)

    moderator.judge("a lighthouse at dawn")

    assert server.questions == [{"model": MODEL, "input": "a lighthouse at dawn"}]
    assert moderator.name == "openai-moderation"


def test_a_flagged_text_is_refused_with_its_reason(server: Moderations) -> None:
    """The categories stand there in words, and what to do."""
    with pytest.raises(ContentRefused) as caught:
        moderator_of(server).judge("gore and a threat")

    assert str(caught.value) == (
        "openai-moderation: the text is flagged (threatening harassment, graphic violence): "
        "change the prompt, then retry the post"
    )


def test_nothing_is_asked_about_nothing(server: Moderations) -> None:
    """Blank text and no pictures need no verdict."""
    moderator_of(server).judge(" \n")

    assert server.calls() == []


def test_each_picture_is_a_question_of_its_own(server: Moderations) -> None:
    """The service takes one at a time; each arrives byte for byte, after the text."""
    pictures = [encode(paint(), kind) for kind in ("JPEG", "PNG", "WEBP", "GIF")]

    moderator_of(server).judge("a fox", pictures)

    assert server.calls() == ["a fox", "JPEG", "PNG", "WEBP", "GIF"]
    assert server.seen == pictures


def test_a_flagged_picture_is_named(server: Moderations) -> None:
    """Of several it is said which; what comes after it is not asked for."""
    pictures = [encode(paint((size, 64))) for size in (90, 91, 92)]
    server.flagged[pictures[1]] = "sexual"

    with pytest.raises(ContentRefused, match=r"picture 2 of 3 is flagged \(sexual content\)"):
        moderator_of(server).judge("", pictures)
    assert len(server.questions) == 2
    with pytest.raises(ContentRefused, match="the picture is flagged"):
        moderator_of(server).judge("", pictures[1:2])


@pytest.mark.parametrize("kind", ["BMP", "AVIF"])
def test_a_picture_of_another_format_is_converted(server: Moderations, kind: str) -> None:
    """What the service does not take goes as JPEG."""
    moderator_of(server).judge("", [encode(paint(), kind)])

    (sent,) = server.seen
    with Image.open(io.BytesIO(sent)) as image:
        assert (image.format, image.size) == ("JPEG", (96, 64))


def test_a_picture_that_is_too_large_is_made_smaller(server: Moderations) -> None:
    """The service takes 20 MB; a hidden colour under transparency does not come to light."""
    layer = noise((2400, 2400)).convert("RGBA")
    layer.putalpha(0)
    large = encode(layer, compress_level=0)
    assert len(large) > MAX_PICTURE

    moderator_of(server, timeout=60).judge("", [large])

    (sent,) = server.seen
    with Image.open(io.BytesIO(sent)) as image:
        assert image.size == (SIDE, SIDE)
        assert image.getpixel((9, 9)) == (255, 255, 255)


def test_what_is_no_picture_goes_as_it_is(server: Moderations) -> None:
    """The service says what it has against it, and that ends this post only."""
    with pytest.raises(PermanentError, match="unsupported image"):
        moderator_of(server).judge("", [b"no picture"])
    assert server.seen == [b"no picture"]


def test_half_a_letter_can_be_judged(server: Moderations) -> None:
    """A lone surrogate, as a bad cell may hold, does not make the question unreadable."""
    moderator_of(server).judge("fox \ud83d")

    assert server.calls() == ["fox ?"]


def test_a_server_without_a_key() -> None:
    """A server of one's own that asks for none gets none."""
    with Moderations(key="") as own:
        moderator_of(own).judge("a fox")

        assert own.calls() == ["a fox"]


def test_a_check_has_one_word_judged(server: Moderations) -> None:
    """It is free, and tells that key and address are right for just what will be asked."""
    moderator_of(server).check()

    assert server.calls() == ["hello"]


def test_a_check_says_what_is_wrong(server: Moderations) -> None:
    """A wrong key, and a server that has no moderations."""
    with pytest.raises(BadCredentials, match="OPENAI_API_KEY"):
        moderator_of(server, key="sk-other").check()
    with pytest.raises(SetupError, match="unset MODERATION"):
        moderator_of(server, api_url=f"{server.url}/v2").check()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (verdict(flagged=True), "no category is named"),
        (verdict("self-harm/intent", flagged=False), "intent of self-harm"),
        (verdict("new_kind/of: thing"), r"new kind \(of thing\)"),
        (verdict(*(f"kind {n}" for n in range(99))), f"kind {MAX_NAMED - 1}\\)"),
        (verdict("x" * 999), r"x{60}\)"),
    ],
    ids=["unnamed", "at odds", "unknown", "many", "long"],
)
def test_a_verdict_that_is_odd(server: Moderations, answer: Answer, reason: str) -> None:
    """What is flagged in any way is refused, and the reason stays readable."""
    server.fail("moderate", Fault("after", answer))

    with pytest.raises(ContentRefused, match=reason) as caught:
        moderator_of(server).judge("a fox")
    # A picture's refusal is worded anew from what stands before the colon.
    assert caught.value.message.count(":") == 1


def test_one_flagged_result_is_enough() -> None:
    """An answer with several results is judged by the worst."""
    results = [{"flagged": hit, "categories": {"illicit": None}} for hit in (False, True)]

    found = parse_verdict(json.dumps({"results": results}).encode())

    assert found is not None
    assert found.flagged


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_has_words(category: str) -> None:
    """A reader needs no manual: no name holds a slash."""
    assert "/" not in put(category)
    assert put(category) == put(category).strip() != ""


@given(category=st.text())
def test_any_category_can_be_named(category: str) -> None:
    """Whatever a server calls one fits into a message."""
    assert len(put(category)) <= 60
    assert ":" not in put(category)
