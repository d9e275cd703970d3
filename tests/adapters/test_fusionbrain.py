"""Fusion Brain when all goes well: which form of the API is spoken, and what is kept."""

import base64
import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from promptpress.adapters.fusionbrain._answers import decode_picture
from promptpress.errors import BadCredentials, InvalidPost, SetupError, TransientError
from tests.adapters.generating import NOW, PROMPT, finish, fusionbrain_of, wish
from tests.fakes.fusionbrain import KEY, LABEL, MODEL_ID, PIPELINE_ID, SECRET, Form, FusionBrain

OLD = {
    "id": "old",
    "name": "Кандинский",
    "nameEn": "Kandinsky",
    "version": 3.0,
    "type": "TEXT2IMAGE",
}
FORMS: tuple[Form, ...] = ("pipeline", "text2image")


@pytest.fixture
def service() -> Iterator[FusionBrain]:
    with FusionBrain() as stand_in:
        yield stand_in


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("flat", [False, True])
def test_a_picture_is_kept_byte_by_byte(form: Form, flat: bool) -> None:
    """Either form of the API, and what lay between them, gives the picture as it was made."""
    with FusionBrain(form=form, flat=flat) as service:
        generator = fusionbrain_of(service)

        generation = generator.submit(wish(seed=7))

        assert generation.pictures == ()
        (made,) = finish(generator, generation)
        assert made.content == service.picture(PROMPT)
        assert (made.model, made.seed, made.cost, made.unsafe) == (LABEL, None, None, False)
        assert service.calls() == [
            *["unknown"] * (form != FORMS[0]),
            "list",
            "generate",
            "poll",
            "poll",
        ]


def test_each_part_of_the_form_has_its_own_type(service: FusionBrain) -> None:
    """The service answers 415 where the parameters are not marked as JSON, or are a file."""
    fusionbrain_of(service).submit(wish())

    (form,) = service.forms
    assert {name: (part.content_type, part.filename) for name, part in form.items()} == {
        "pipeline_id": ("", ""),
        "params": ("application/json", ""),
    }
    assert form["pipeline_id"].text == PIPELINE_ID


def test_only_what_was_asked_for_is_sent(service: FusionBrain) -> None:
    """What a request leaves open is left to the service; the number of pictures is said."""
    fusionbrain_of(service).submit(wish(width=1024, height=576, count=4))

    assert service.orders == [
        {
            "type": "GENERATE",
            "width": 1024,
            "height": 576,
            "numImages": 1,
            "generateParams": {"query": PROMPT},
        }
    ]


@pytest.mark.parametrize(
    ("form", "field"),
    [("pipeline", "negativePromptDecoder"), ("text2image", "negativePromptUnclip")],
)
def test_a_negative_prompt_has_its_field(form: Form, field: str) -> None:
    """Each form of the API calls the negative prompt by another name."""
    with FusionBrain(form=form) as service:
        fusionbrain_of(service).submit(wish(negative_prompt="people"))

        assert service.orders[0][field] == "people"


def test_a_style_of_the_service_is_named_and_any_other_is_put_in_words(
    service: FusionBrain,
) -> None:
    """A style that the service does not have would be refused."""
    generator = fusionbrain_of(service)
    for style in ("anime", "Detailed photo", "watercolour"):
        generator.submit(wish(style=style))

    assert [order.get("style") for order in service.orders] == ["ANIME", "UHD", None]
    assert [order["generateParams"]["query"] for order in service.orders] == [
        PROMPT,
        PROMPT,
        f"{PROMPT}, watercolour",
    ]


def test_the_models_are_remembered_for_a_while(service: FusionBrain) -> None:
    """Two orders in a row ask once; a later one asks again."""
    now = NOW
    generator = fusionbrain_of(service, clock=lambda: now)
    for minutes in (0, 5, 6):
        now += timedelta(minutes=minutes)
        generator.submit(wish())

    assert service.calls() == ["list", "generate", "generate", "list", "generate"]


def test_a_new_pipeline_is_found_by_the_next_order(service: FusionBrain) -> None:
    """When the pipeline of the last look-up is gone, the next try looks again."""
    generator = fusionbrain_of(service)
    (current,) = service.listing
    service.listing = [{**current, "id": "retired"}]
    with pytest.raises(TransientError, match="looked up again"):
        generator.submit(wish())
    service.listing = [current]

    assert generator.submit(wish()).job


@pytest.mark.parametrize("name", ["kandinsky 3.1", "Kandinsky", PIPELINE_ID, ""])
def test_a_model_is_found_by_any_of_its_names(service: FusionBrain, name: str) -> None:
    """Number, name and name with version are good; one that is off is passed over."""
    service.listing.insert(0, {**OLD, "status": "DISABLED_MANUALLY"})
    generator = fusionbrain_of(service)

    generation = generator.submit(wish(model=name))

    assert finish(generator, generation)[0].model == LABEL


def test_the_number_may_stand_under_another_name(service: FusionBrain) -> None:
    """The vendor's page calls it `uuid`, the service `id`."""
    (entry,) = service.listing
    service.listing = [{**entry, "uuid": entry["id"]}]
    del service.listing[0]["id"]

    assert fusionbrain_of(service).submit(wish()).job


def test_a_model_that_is_not_there(service: FusionBrain) -> None:
    """A post with a wrong model is set aside; a wrong model in the set-up stops all."""
    with pytest.raises(InvalidPost, match=f"name {LABEL} in the post"):
        fusionbrain_of(service).submit(wish(model="flux"))
    with pytest.raises(SetupError, match=f"name {LABEL} instead"):
        fusionbrain_of(service, model="flux").check()
    service.listing = [{**OLD, "type": "TEXT2VIDEO"}, {"id": None}]
    with pytest.raises(SetupError, match="no model that makes pictures"):
        fusionbrain_of(service).check()
    assert "generate" not in service.calls()


def test_a_check_costs_nothing(service: FusionBrain) -> None:
    """It asks for the models and whether ours takes orders, and each time anew."""
    generator = fusionbrain_of(service)
    generator.check()
    generator.check()

    assert service.calls() == ["list", "availability"] * 2


@pytest.mark.parametrize("form", FORMS)
def test_a_check_tells_of_a_full_queue(form: Form, caplog: pytest.LogCaptureFixture) -> None:
    """A full queue is a matter of minutes: it is said, and is no failure."""
    with FusionBrain(form=form) as service, caplog.at_level(logging.WARNING):
        service.disabled = "DISABLED_BY_QUEUE"
        fusionbrain_of(service).check()

    assert "is full now" in caplog.text


def test_a_check_tells_of_a_service_that_is_switched_off(service: FusionBrain) -> None:
    """It may come back, and until then another service can be named."""
    service.disabled = "DISABLED_MANUALLY"

    with pytest.raises(TransientError, match="GENERATORS"):
        fusionbrain_of(service).check()


@pytest.mark.parametrize("key", ["", " ", "a b", "Key a", "é", "a\nb", "a\0b"])
def test_a_key_that_is_none(service: FusionBrain, key: str) -> None:
    """It is told before anything is sent, with the name of the setting."""
    with pytest.raises(BadCredentials, match="FUSION_BRAIN_API_KEY"):
        fusionbrain_of(service, key=key).check()
    with pytest.raises(BadCredentials, match="FUSION_BRAIN_SECRET_KEY"):
        fusionbrain_of(service, secret=key).submit(wish())
    assert service.calls() == []


def test_no_key_is_in_what_is_kept_or_logged(
    service: FusionBrain, caplog: pytest.LogCaptureFixture
) -> None:
    """Job, picture, generator and log show neither key."""
    generator = fusionbrain_of(service)
    with caplog.at_level(logging.DEBUG):
        generation = generator.submit(wish())
        pictures = finish(generator, generation)

    shown = f"{generation!r} {pictures!r} {generator!r} {vars(generator)!r} {caplog.text}"
    assert KEY not in shown
    assert SECRET not in shown


def test_the_older_form_takes_numbers(service: FusionBrain) -> None:
    """A model of the older form has a number, which goes as text like everything in a form."""
    with FusionBrain(form="text2image") as older:
        generator = fusionbrain_of(older)
        job = json.loads(generator.submit(wish()).job)

        assert older.forms[0]["model_id"].text == str(MODEL_ID)
        assert job["api"] == "text2image"


PICTURE = bytes(range(256)) * 3 + b"!"
TEXT = base64.b64encode(PICTURE).decode()


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"data:image/jpeg;base64,{TEXT}",
        base64.encodebytes(PICTURE).decode(),
        TEXT.rstrip("="),
    ],
    ids=["plain", "data", "lines", "unpadded"],
)
def test_base64_comes_in_several_ways(text: str) -> None:
    """A head, line breaks and missing padding do no harm."""
    assert decode_picture(text) == PICTURE


@pytest.mark.parametrize(
    "value", ["a", "é", "<html>", "https://example.org/1.png", None, 5, [TEXT]]
)
def test_what_is_no_base64_is_no_picture(value: object) -> None:
    """Nothing is guessed."""
    assert decode_picture(value) == b""
