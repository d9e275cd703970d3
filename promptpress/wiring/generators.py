"""What makes pictures: a line per generator."""

from collections.abc import Mapping

from promptpress.ports import ImageGenerator
from promptpress.settings import Settings
from promptpress.wiring.maker import Maker, new_id, now
from promptpress.wiring.stores import STORES


def _sketch(settings: Settings) -> ImageGenerator:  # noqa: ARG001  all makers are called alike
    from promptpress.adapters.sketch import SketchGenerator

    return SketchGenerator()


def _huggingface(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.huggingface import HuggingFaceGenerator

    return HuggingFaceGenerator(
        settings.secret("HF_TOKEN"),
        provider=settings.hf_provider,
        model=settings.hf_model,
        endpoint=settings.hf_endpoint,
        api_url=settings.huggingface_api_url,
        timeout=settings.default_generation_timeout,
        clock=now,
    )


def _huggingface_video(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.huggingface.video import HuggingFaceVideoGenerator

    return HuggingFaceVideoGenerator(
        settings.secret("HF_TOKEN"),
        provider=settings.hf_video_provider,
        model=settings.hf_video_model,
        endpoint=settings.hf_endpoint,
        api_url=settings.huggingface_api_url,
        timeout=settings.hf_video_timeout,
        clock=now,
    )


def _fusionbrain(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.fusionbrain import FusionBrainGenerator

    return FusionBrainGenerator(
        settings.secret("FUSION_BRAIN_API_KEY"),
        settings.secret("FUSION_BRAIN_SECRET_KEY"),
        api_url=settings.fusion_brain_api_url,
        timeout=settings.default_generation_timeout,
        interval=settings.default_check_interval,
        clock=now,
    )


def _leonardo(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.leonardo import LIGHTNING_XL, LeonardoGenerator

    return LeonardoGenerator(
        settings.secret("LEONARDO_API_KEY"),
        model=settings.leonardo_model or LIGHTNING_XL,
        api_url=settings.leonardo_api_url,
        alchemy=settings.leonardo_alchemy,
        timeout=settings.default_generation_timeout,
        interval=settings.default_check_interval,
        clock=now,
    )


def _openai(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.openai import OPENAI_URL, OpenAIGenerator

    return OpenAIGenerator(
        settings.secret("OPENAI_API_KEY"),
        model=settings.openai_image_model,
        api_url=settings.openai_base_url or OPENAI_URL,
        timeout=settings.default_generation_timeout,
        clock=now,
    )


def _stability(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.stability import StabilityGenerator

    return StabilityGenerator(
        settings.secret("STABILITY_API_KEY"),
        model=settings.stability_model,
        api_url=settings.stability_api_url,
        timeout=settings.default_generation_timeout,
        clock=now,
    )


def _automatic1111(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.automatic1111 import Automatic1111Generator

    return Automatic1111Generator(
        model=settings.automatic1111_model,
        api_url=settings.automatic1111_url,
        timeout=settings.default_generation_timeout,
        clock=now,
    )


def _comfyui(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.comfyui import ComfyUIGenerator

    return ComfyUIGenerator(
        model=settings.comfyui_model,
        workflow=settings.comfyui_workflow,
        api_url=settings.comfyui_url,
        timeout=settings.default_generation_timeout,
        clock=now,
        new_id=new_id,
    )


def _diffusers(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.diffusers import DiffusersGenerator

    return DiffusersGenerator(
        model=settings.diffusers_model,
        device=settings.diffusers_device,
        timeout=settings.default_generation_timeout,
        new_id=new_id,
    )


def _given(settings: Settings) -> ImageGenerator:  # noqa: ARG001  all makers are called alike
    from promptpress.adapters.given import GivenGenerator

    return GivenGenerator(clock=now)


def _library(settings: Settings) -> ImageGenerator:
    from promptpress.adapters.library import LibraryGenerator

    return LibraryGenerator(lambda: {name: STORES[name].make(settings) for name in settings.stores})


GENERATORS: Mapping[str, Maker] = {
    # Where GENERATORS is empty this is the order: a reel is first asked of what makes videos.
    "huggingface_video": Maker(
        _huggingface_video, needs=("HF_TOKEN", "HF_VIDEO_MODEL"), makes_videos=True
    ),
    "huggingface": Maker(_huggingface, needs=("HF_TOKEN",)),
    "fusionbrain": Maker(_fusionbrain, needs=("FUSION_BRAIN_API_KEY", "FUSION_BRAIN_SECRET_KEY")),
    "leonardo": Maker(_leonardo, needs=("LEONARDO_API_KEY",)),
    "openai": Maker(_openai, needs=("OPENAI_API_KEY",), instead=("OPENAI_BASE_URL",)),
    "stability": Maker(_stability, needs=("STABILITY_API_KEY",)),
    "automatic1111": Maker(_automatic1111, needs=("AUTOMATIC1111_URL",)),
    "comfyui": Maker(_comfyui, needs=("COMFYUI_URL",)),
    "diffusers": Maker(_diffusers, needs=("DIFFUSERS_MODEL",)),
    "given": Maker(_given),
    "library": Maker(_library),
    "sketch": Maker(_sketch),
}
