"""What the contract of bad answers plays in: every generator over HTTP, with a key to be hidden."""

import base64
import pickle
import struct
import traceback
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from promptpress.errors import PromptpressError
from promptpress.ports import Generation, ImageGenerator, Picture, Video
from tests.adapters.generating import (
    automatic1111_of,
    comfyui_of,
    finish,
    fusionbrain_of,
    generator_of,
    judge,
    leonardo_of,
    openai_of,
    stability_of,
    video_generator_of,
    wish,
)
from tests.fakes import fusionbrain, leonardo
from tests.fakes.automatic1111 import Automatic1111
from tests.fakes.comfyui import ComfyUI
from tests.fakes.fusionbrain import FusionBrain
from tests.fakes.huggingface import HuggingFace, draw
from tests.fakes.leonardo import MODEL_V2, Leonardo
from tests.fakes.openai import OWN_MODEL, OpenAI
from tests.fakes.server import Answer, Call, Fault, Request, StandIn
from tests.fakes.stability import Stability

CANARY = "CANARY-7f3a90"
_LOGIN = f"painter:{CANARY}"
_HIDDEN = (CANARY, base64.b64encode(_LOGIN.encode()).decode())
WHOLE = draw("a fox", 1, 64)
_WORD = "DREAMING"
"""A state that no service's page names."""
Stage = Literal["order", "question", "download"]


def _raw(content: bytes) -> Answer:
    return Answer(200, content, {"Content-Type": "image/png"})


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _in_data(content: bytes) -> Answer:
    return Answer.json({"created": 1, "data": [{"b64_json": _text(content)}]})


def _in_image(content: bytes) -> Answer:
    return Answer.json({"image": _text(content), "finish_reason": "SUCCESS", "seed": 1})


def _in_images(content: bytes) -> Answer:
    return Answer.json({"images": [_text(content)], "parameters": {}, "info": "{}"})


def _in_result(content: bytes) -> Answer:
    result = {"files": [_text(content)], "censored": False}
    return Answer.json({"uuid": "u", "status": "DONE", "result": result})


def _in_old_result(content: bytes) -> Answer:
    files = {"images": [_text(content)], "censored": False}
    return Answer.json({"uuid": "u", "status": "DONE", **files})


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One generator and its service."""

    service: str
    start: Callable[[], Any]
    make: Callable[..., Any]
    secrets: tuple[str, ...]
    stages: Mapping[Stage, str]
    """The stand-in's name for each call there is, in order; the last one brings the picture."""
    wrap: Callable[[bytes], Answer] = _raw
    """Puts a picture into the answer of that last call."""
    unknown: object = None
    """What the service says of a job whose state has a new name."""
    forget: Callable[[Any], None] = lambda server: server.forget_jobs()
    """Lets the service lose a job, or the pictures that it made."""

    @contextmanager
    def ready(self, **changes: Any) -> Iterator[tuple[Any, ImageGenerator]]:
        """Run the service; give it with a generator that has asked what it asks beforehand."""
        with self.start() as server:
            generator = self.make(server, **changes)
            generator.check()
            yield server, generator


@dataclass(frozen=True, kw_only=True)
class Place:
    """A call at which something goes wrong."""

    name: str
    scene: Scene
    stage: Stage

    @property
    def call(self) -> str:
        """The stand-in's name for it."""
        return self.scene.stages[self.stage]

    @property
    def brings(self) -> bool:
        """True where its answer holds the picture."""
        return self.stage == list(self.scene.stages)[-1]

    def answer(self, content: bytes = WHOLE) -> Answer:
        """Return a good answer: the picture, or that the job is not done yet."""
        return self.scene.wrap(content) if self.brings else Answer.json(self.scene.unknown)

    def reach(self, generator: ImageGenerator) -> tuple[str, Callable[[], Generation]]:
        """Go as far as before this call; return the job, if there is one, and what makes it."""
        if self.stage == "order":
            return "", lambda: generator.submit(wish())
        job = generator.submit(wish()).job
        if self.stage == "question":
            return job, lambda: generator.collect(job)
        return job, lambda: Generation(pictures=finish(generator, Generation(job=job)))


_AT_ONCE: Mapping[Stage, str] = {"order": "generate"}
_BY_ADDRESS: Mapping[Stage, str] = {"order": "generate", "download": "download"}
_BY_JOB: Mapping[Stage, str] = {"order": "generate", "question": "poll", "download": "download"}
_GONE = Fault("before", Answer.json({"error": "no such key"}, 404))
_HUB: Mapping[str, Any] = {
    "service": "huggingface",
    "make": generator_of,
    "secrets": (CANARY,),
    "forget": lambda hub: hub.fail("poll", _GONE) or hub.fail("download", _GONE),
}
_FUSION: Mapping[str, Any] = {
    "service": "fusionbrain",
    "make": fusionbrain_of,
    "secrets": (fusionbrain.KEY, fusionbrain.SECRET),
    "stages": {"order": "generate", "question": "poll"},
    "unknown": {"uuid": "u", "status": _WORD, "errorDescription": None},
}
_LEONARDO: Mapping[str, Any] = {
    "service": "leonardo",
    "make": leonardo_of,
    "secrets": (leonardo.KEY,),
    "stages": _BY_JOB,
    "unknown": {"generations_by_pk": {"status": _WORD, "generated_images": []}},
}
_OPENAI: Mapping[str, Any] = {
    "service": "openai",
    "make": openai_of,
    "secrets": (CANARY,),
    "forget": lambda server: server.fail("download", _GONE),
}
_ASKED_AT = "https://api.wavespeed.ai/api/v3/predictions/j1/result"


def _hub(provider: str, stages: Mapping[Stage, str], **more: Any) -> Scene:
    polls = 2 if provider == "replicate" else 1  # it keeps an order waiting for a short job
    start = partial(HuggingFace, token=CANARY, provider=provider, polls=polls)
    return Scene(**_HUB, start=start, stages=stages, **more)


def _videos(provider: str, stages: Mapping[Stage, str], **more: Any) -> Scene:
    told = {
        "service": "huggingface_video",
        "make": partial(video_generator_of, max_bytes=64_000_000),
    }
    start = partial(HuggingFace, token=CANARY, provider=provider)
    return Scene(**{**_HUB, **told}, start=start, stages=stages, **more)


def _stability(*, as_json: bool) -> Stability:
    service = Stability(key=CANARY)
    service.as_json = as_json
    return service


SCENES: Mapping[str, Scene] = {
    "hf-inference": _hub("hf-inference", _AT_ONCE),
    "together": _hub("together", _AT_ONCE, wrap=_in_data),
    "nscale": _hub("nscale", _AT_ONCE, wrap=_in_data),
    "fal-ai": _hub("fal-ai", _BY_ADDRESS),
    "replicate": _hub("replicate", _BY_JOB, unknown={"id": "j1", "status": _WORD, "output": None}),
    "wavespeed": _hub(
        "wavespeed",
        _BY_JOB,
        unknown={"data": {"status": _WORD, "outputs": [], "urls": {"get": _ASKED_AT}}},
    ),
    "zai-org": _hub("zai-org", _BY_JOB, unknown={"id": "j1", "task_status": _WORD}),
    "videos by novita": _videos("novita", _BY_ADDRESS),
    "videos by fal-ai": _videos("fal-ai", _BY_JOB, unknown={"status": _WORD}),
    "fusionbrain": Scene(**_FUSION, start=FusionBrain, wrap=_in_result),
    "fusionbrain of old": Scene(
        **_FUSION, start=partial(FusionBrain, form="text2image"), wrap=_in_old_result
    ),
    "leonardo": Scene(**_LEONARDO, start=Leonardo),
    "leonardo v2": Scene(**_LEONARDO, start=partial(Leonardo, model=MODEL_V2)),
    "openai": Scene(**_OPENAI, start=partial(OpenAI, key=CANARY), stages=_AT_ONCE, wrap=_in_data),
    "openai by address": Scene(
        **_OPENAI,
        start=partial(OpenAI, key=CANARY, model=OWN_MODEL, answers="url"),
        stages=_BY_ADDRESS,
    ),
    **{
        f"stability {kind}": Scene(
            service="stability",
            start=partial(_stability, as_json=kind == "json"),
            make=stability_of,
            secrets=(CANARY,),
            stages=_AT_ONCE,
            wrap=wrap,
        )
        for kind, wrap in {"json": _in_image, "bytes": _raw}.items()
    },
    "automatic1111": Scene(
        service="automatic1111",
        start=partial(Automatic1111, login=_LOGIN),
        make=automatic1111_of,
        secrets=_HIDDEN,
        stages=_AT_ONCE,
        wrap=_in_images,
    ),
    "comfyui": Scene(
        service="comfyui",
        start=partial(ComfyUI, login=_LOGIN),
        make=comfyui_of,
        secrets=_HIDDEN,
        stages={"order": "generate", "question": "history", "download": "download"},
        unknown={str(uuid.UUID(int=1)): {"outputs": {}, "status": {"status_str": _WORD}}},
        forget=ComfyUI.restart,
    ),
}
"""Every generator that speaks HTTP. Not here: sketch and library ask nobody, diffusers is a program
on this machine."""
PLACES = [
    Place(name=f"{name}: {stage}", scene=scene, stage=stage)
    for name, scene in SCENES.items()
    for stage in scene.stages
]
ORDERS = [place for place in PLACES if place.stage == "order"]
LATER = [place for place in PLACES if place.stage != "order"]
"""After an order. Missing here: who hands the picture over at once keeps no job to ask after and no
address to fetch from, so endless polling, an unknown state or a vanished job cannot occur."""
QUESTIONS = [place for place in PLACES if place.stage == "question"]
BRINGING = [place for place in PLACES if place.brings]


class Elsewhere(StandIn):
    """Another host: answers everything with a picture, and remembers who came with what."""

    service = "elsewhere"

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []

    def route(self, request: Request) -> Call:
        self.requests.append(request)
        return Call("elsewhere", "", lambda: _raw(WHOLE))


def bomb() -> bytes:
    """Return a PNG of a few hundred bytes that unfolds to 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(100_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def look_at(generation: Generation) -> list[Picture | Video]:
    """Judge the pictures as the tasks do."""
    return [judge(made.content) for made in generation.pictures]


def paid(server: Any) -> int:
    """Return how many orders the service took."""
    return len(server.journal.accepted("generate"))


def shown(error: PromptpressError) -> str:
    """Return all that anybody is ever shown of an error, or that travels with it."""
    told = "".join(traceback.format_exception(error))
    return f"{error}{error!r}{told}{pickle.dumps(error)!r}{error.__cause__!r}{error.__context__!r}"
