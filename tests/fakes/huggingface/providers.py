"""What each provider calls its models, where it is asked, and what it answers."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.huggingface.made import Made

MODEL = "black-forest-labs/FLUX.1-schnell"
VIDEO_MODEL = "Wan-AI/Wan2.2-T2V-A14B"
PROVIDER_IDS = {
    "hf-inference": MODEL,
    "fal-ai": "fal-ai/flux/schnell",
    "replicate": "black-forest-labs/flux-schnell",
    "together": "black-forest-labs/FLUX.1-schnell-Free",
    "nscale": "flux-schnell",
    "wavespeed": "wavespeed-ai/flux-schnell",
    "zai-org": "cogview-4-250304",
}
"""What each provider calls the model."""
VIDEO_IDS = {
    "fal-ai": "fal-ai/wan/v2.2-a14b/text-to-video",
    "novita": "wan-t2v",
    "replicate": "wan-video/wan-2.2-t2v",
    "together": "Wan-AI/Wan2.2-T2V-A14B",
    "wavespeed": "wavespeed-ai/wan-2.2/t2v-720p",
}
"""What each provider calls the model that makes videos."""
ORDERS: Mapping[str, tuple[str, ...]] = {
    "hf-inference": (r"/models/(?P<model>.+)",),
    "fal-ai": (r"/(?P<model>.+)",),
    "novita": (r"/v3/hf/(?P<model>.+)",),
    "replicate": (r"/v1/models/(?P<model>.+)/predictions",),
    "together": (r"/v1/images/generations", r"/v2/videos"),
    "nscale": (r"/v1/images/generations",),
    "wavespeed": (r"/api/v3/(?P<model>.+)",),
    "zai-org": (r"/api/paas/v4/async/images/generations",),
}
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "fal-ai": (r"/fal-ai/wan/requests/(?P<job>\w+)(?P<state>/status)?",),
    "replicate": (r"/v1/predictions/(?P<job>\w+)",),
    "together": (r"/v2/videos/(?P<job>\w+)",),
    "wavespeed": (r"/api/v3/predictions/(?P<job>\w+)/result",),
    "zai-org": (r"/api/paas/v4/async-result/(?P<job>\w+)",),
}
ALWAYS_WAITED_FOR = (
    ("wavespeed", False),
    ("zai-org", False),
    ("fal-ai", True),
    ("together", True),
    ("wavespeed", True),
)
"""Providers that never keep an order waiting until all is done, for pictures (False) and videos."""


def entry(provider_id: str, status: str = "live", task: str = "text-to-image") -> dict[str, str]:
    """Return what the Hub says about a model at one provider."""
    return {"status": status, "providerId": provider_id, "task": task}


def mapping(ids: Mapping[str, str], task: str) -> dict[str, dict[str, str]]:
    """Return what the Hub says about a model at all its providers."""
    return {provider: entry(theirs, task=task) for provider, theirs in ids.items()}


def tell(
    provider: str, made: Made, url: str, content: Callable[[], bytes], *, done: bool
) -> dict[str, Any]:
    """Return what a provider says about an order.

    Args:
        provider: who speaks.
        made: what was ordered.
        url: where it lies.
        content: gives its bytes.
        done: True once it is made.
    """
    if provider in ("together", "nscale") and not made.moves:
        return {"data": [{"b64_json": base64.b64encode(content()).decode()}]}
    sayers = _VIDEO_SAYERS if made.moves else _SAYERS
    return sayers[provider](made, url, done)


def tell_result(made: Made, url: str) -> dict[str, Any]:
    """Return what fal-ai says of a video that is made."""
    video = {"url": url, "content_type": "video/mp4", "file_name": "output.mp4"}
    return {"video": video, "seed": made.seed, "prompt": made.prompt}


def _say_fal(made: Made, url: str, done: bool) -> dict[str, Any]:
    picture = {"url": url, "content_type": "image/png"}
    return {"images": [picture], "seed": made.seed, "has_nsfw_concepts": [made.flagged]}


def _say_fal_state(made: Made, url: str, done: bool) -> dict[str, Any]:
    # The path lacks what follows the app's name in the model's.
    place = f"https://queue.fal.run/fal-ai/wan/requests/{made.number}"
    known = {"request_id": made.number, "response_url": place, "status_url": f"{place}/status"}
    return {**known, "status": "COMPLETED" if done else "IN_QUEUE"}


def _say_novita(made: Made, url: str, done: bool) -> dict[str, Any]:
    return {"video": {"video_url": url, "video_url_ttl": "3600", "video_type": "mp4"}}


def _say_replicate(made: Made, url: str, done: bool) -> dict[str, Any]:
    known = {"id": made.number, "input": {"prompt": made.prompt, "seed": made.seed}}
    if done:
        # A model of videos gives one address, a model of pictures a list of them.
        return {**known, "status": "succeeded", "output": url if made.moves else [url]}
    return {**known, "status": "processing", "output": None}


def _say_together(made: Made, url: str, done: bool) -> dict[str, Any]:
    known = {"id": made.number, "object": "video", "model": VIDEO_IDS["together"]}
    if done:
        return {**known, "status": "completed", "outputs": {"cost": 0.3, "video_url": url}}
    return {**known, "status": "in_progress" if made.asked else "queued"}


def _say_wavespeed(made: Made, url: str, done: bool) -> dict[str, Any]:
    theirs = f"https://api.wavespeed.ai/api/v3/predictions/{made.number}/result"
    status = "completed" if done else "created"
    outputs = [url] if done else []
    data = {"id": made.number, "status": status, "outputs": outputs, "urls": {"get": theirs}}
    return {"code": 200, "message": "success", "data": data}


def _say_zai(made: Made, url: str, done: bool) -> dict[str, Any]:
    if done:
        return {"task_status": "SUCCESS", "image_result": [{"url": url}]}
    return {"id": made.number, "task_status": "PROCESSING", "model": PROVIDER_IDS["zai-org"]}


_Sayer = Callable[[Made, str, bool], dict[str, Any]]
_SAYERS: Mapping[str, _Sayer] = {
    "fal-ai": _say_fal,
    "replicate": _say_replicate,
    "wavespeed": _say_wavespeed,
    "zai-org": _say_zai,
}
_VIDEO_SAYERS: Mapping[str, _Sayer] = {
    "fal-ai": _say_fal_state,
    "novita": _say_novita,
    "replicate": _say_replicate,
    "together": _say_together,
    "wavespeed": _say_wavespeed,
}
