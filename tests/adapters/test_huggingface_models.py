"""Hugging Face before an order: which model, which provider, and what is told where none is."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from promptpress.errors import (
    BadCredentials,
    InvalidPost,
    PromptpressError,
    SetupError,
    TransientError,
)
from tests.adapters.generating import NOW, finish, generator_of, wish
from tests.fakes.huggingface import MODEL, PERMISSION, PROVIDER_IDS, HuggingFace, entry
from tests.fakes.server import Answer, Fault


@pytest.fixture
def hub() -> Iterator[HuggingFace]:
    with HuggingFace() as stand_in:
        yield stand_in


@pytest.mark.parametrize("as_list", [False, True], ids=["by name", "as a list"])
def test_auto_takes_the_first_live_provider(hub: HuggingFace, as_list: bool) -> None:
    """Providers that fail, are tried out, do something else or are unheard of are passed over."""
    mapping = {
        "unheard-of": entry("x"),
        "fal-ai": entry("fal-ai/flux/schnell", "error"),
        "replicate": entry("owner/name", "staging"),
        "together": entry("x", task="conversational"),
        "nscale": entry(PROVIDER_IDS["nscale"]),
        "hf-inference": entry(MODEL),
    }
    listed = [{"provider": name, **about} for name, about in mapping.items()]
    hub.models[MODEL]["inferenceProviderMapping"] = listed if as_list else mapping

    generator_of(hub, provider="auto").submit(wish())

    assert PROVIDER_IDS["nscale"] == hub.orders[0]["model"]


def test_an_own_server_needs_no_entry(hub: HuggingFace) -> None:
    """Hugging Face's own servers are asked for any text-to-image model, listed or not."""
    hub.models[MODEL]["inferenceProviderMapping"] = {}

    assert generator_of(hub, provider="hf-inference").submit(wish()).pictures


def test_a_lora_is_named_to_its_provider(hub: HuggingFace) -> None:
    """A model that is only weights over another is loaded from the Hub by fal-ai."""
    about = {**entry("fal-ai/flux/schnell"), "adapterWeightsPath": "ink.safetensors"}
    hub.models["me/ink"] = {"inferenceProviderMapping": {"fal-ai": about}}

    generator_of(hub, provider="fal-ai").submit(wish(model="me/ink"))

    (lora,) = hub.orders[0]["loras"]
    assert lora["path"].endswith("/me/ink/resolve/main/ink.safetensors")


def test_the_model_of_a_post_is_taken(hub: HuggingFace) -> None:
    """A post may name another model than the settings do."""
    hub.models["me/other"] = {
        "inferenceProviderMapping": {"fal-ai": entry(PROVIDER_IDS["fal-ai"])},
    }
    generator = generator_of(hub, provider="fal-ai")

    (made,) = finish(generator, generator.submit(wish(model="me/other")))

    assert made.model == "me/other"


NO_MODELS = [
    "nobody/nothing",
    "../whoami-v2",
    "a/b/c",
    "a b",
    "https://evil.example/x",
    "ä/ö",
    "a?b",
]


@pytest.mark.parametrize("model", NO_MODELS)
def test_a_post_with_an_impossible_model_is_set_aside(hub: HuggingFace, model: str) -> None:
    """The trouble is the post's, and no order goes out."""
    with pytest.raises(InvalidPost, match="change the model of the post"):
        generator_of(hub).submit(wish(model=model))

    assert "generate" not in hub.calls()


@pytest.mark.parametrize("model", NO_MODELS)
def test_settings_with_an_impossible_model_stop_everything(hub: HuggingFace, model: str) -> None:
    """The trouble is everybody's, and the message names the setting."""
    with pytest.raises(SetupError, match="HF_MODEL"):
        generator_of(hub, model=model).check()


@pytest.mark.parametrize("provider", ["novita", "nebius", "", "Fal-AI"])
def test_an_unknown_provider_is_told_with_the_valid_ones(hub: HuggingFace, provider: str) -> None:
    """The message lists every provider that could be set; nothing is asked for that."""
    with pytest.raises(SetupError, match=r"HF_PROVIDER to one of auto, fal-ai, .*zai-org"):
        generator_of(hub, provider=provider).submit(wish())

    assert hub.calls() == []


def test_a_provider_without_the_model_is_told_with_those_that_have_it(hub: HuggingFace) -> None:
    """The message lists who serves the model and how they are."""
    hub.models[MODEL]["inferenceProviderMapping"] = {"fal-ai": entry("x", "error")}

    with pytest.raises(SetupError, match=r"replicate does not make .* fal-ai \(error\)"):
        generator_of(hub, provider="replicate").submit(wish())
    with pytest.raises(SetupError, match=r"no live provider .* fal-ai \(error\)"):
        generator_of(hub, provider="auto").submit(wish())


def test_who_serves_a_model_is_remembered_for_a_while(hub: HuggingFace) -> None:
    """Ten minutes of orders need one look-up."""
    time = NOW
    generator = generator_of(hub, clock=lambda: time)

    for minutes in (0, 5, 9, 10, 12):
        time = NOW + timedelta(minutes=minutes)
        generator.submit(wish())

    assert hub.calls().count("lookup") == 2


def test_a_renamed_model_is_followed(hub: HuggingFace) -> None:
    """The Hub sends look-ups of an old name on to the new one."""
    hub.fail("lookup", Fault("before", Answer(307, headers={"Location": f"/api/models/{MODEL}"})))

    assert generator_of(hub, model="me/old").submit(wish()).pictures


CHECKS: dict[str, tuple[str, Fault, type[PromptpressError], str]] = {
    "token": ("whoami", Fault("before", Answer(401)), BadCredentials, "HF_TOKEN"),
    "no hub": ("whoami", Fault("before", Answer(404)), SetupError, "HF_ENDPOINT"),
    "hub away": ("whoami", Fault("before"), TransientError, "again later"),
    "hub broken": ("whoami", Fault("before", Answer(502)), TransientError, "502"),
    "model": ("lookup", Fault("before", Answer(404)), SetupError, "HF_MODEL"),
    "lookup away": ("lookup", Fault("before"), TransientError, "again later"),
    "router away": ("reach", Fault("before"), TransientError, "again later"),
}


@pytest.mark.parametrize(("call", "fault", "kind", "words"), CHECKS.values(), ids=CHECKS.keys())
def test_a_check_says_what_is_wrong(
    hub: HuggingFace, call: str, fault: Fault, kind: type[PromptpressError], words: str
) -> None:
    """Refused and offline are told apart, for the Hub, the model and the router; all of it free."""
    hub.fail(call, fault)

    with pytest.raises(PromptpressError, match=words) as caught:
        generator_of(hub).check()

    assert type(caught.value) is kind
    assert "generate" not in hub.calls()


def test_a_check_finds_a_missing_permission(hub: HuggingFace) -> None:
    """A fine-grained token must be allowed to call providers, which shows before an order."""
    hub.permissions = ["repo.content.read"]
    with pytest.raises(BadCredentials, match="Make calls to Inference Providers"):
        generator_of(hub).check()

    hub.permissions = ["repo.content.read", PERMISSION]
    generator_of(hub).check()
    assert hub.calls().count("reach") == 1
