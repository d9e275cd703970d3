"""Settings of the services that make pictures."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class GeneratorSettings(BaseSettings):
    """Keys, models and addresses, service by service."""

    hf_token: SecretStr | None = Field(
        None, description="with the permission to call Inference Providers"
    )
    hf_provider: str = Field("auto", description="an inference provider, or auto")
    hf_model: str = Field("black-forest-labs/FLUX.1-schnell", description="a text-to-image model")
    hf_endpoint: str = Field("https://huggingface.co", description="where models are looked up")
    huggingface_api_url: str = Field(
        "https://router.huggingface.co", description="where pictures are asked for"
    )
    hf_video_model: str = Field("", description="a text-to-video model; empty: no videos are made")
    hf_video_provider: str = Field("auto", description="an inference provider, or auto")
    hf_video_timeout: float = Field(
        600, ge=1, description="seconds for one call: some providers keep the line open"
    )

    fusion_brain_api_key: SecretStr | None = Field(
        None, description="of Fusion Brain; it gives out no new keys"
    )
    fusion_brain_secret_key: SecretStr | None = Field(None, description="that belongs to the key")
    fusion_brain_api_url: str = Field(
        "https://api-key.fusionbrain.ai", description="or a server that speaks its API"
    )
    leonardo_api_key: SecretStr | None = Field(None, description="of Leonardo's production API")
    leonardo_model: str = Field("", description="a model of v1 or v2; empty: Lightning XL")
    leonardo_alchemy: bool = Field(False, description="order with Alchemy, for more money")
    leonardo_api_url: str = Field(
        "https://cloud.leonardo.ai/api/rest", description="where pictures are asked for"
    )
    openai_api_key: SecretStr | None = Field(
        None, description="of OpenAI, or of the server in OPENAI_BASE_URL"
    )
    openai_base_url: str = Field(
        "", description="a server that speaks OpenAI's API, up to /v1; empty: OpenAI"
    )
    openai_image_model: str = Field("gpt-image-2", description="what makes the pictures")
    stability_api_key: SecretStr | None = Field(None, description="of platform.stability.ai")
    stability_model: str = Field(
        "core", description="core, ultra, sd3.5-large, sd3.5-large-turbo or sd3.5-medium"
    )
    stability_api_url: str = Field(
        "https://api.stability.ai", description="where pictures are asked for"
    )

    automatic1111_url: str = Field(
        "", description="your own Stable Diffusion web UI, started with --api"
    )
    automatic1111_model: str = Field("", description="a checkpoint; empty: the one that is loaded")
    comfyui_url: str = Field("", description="your own ComfyUI")
    comfyui_model: str = Field("", description="a checkpoint; empty: the first it has")
    comfyui_workflow: Path | None = Field(
        None, description="a workflow in API format, with named places; empty: a plain one"
    )
    diffusers_model: str = Field(
        "", description="a model for this machine: its folder, or a name that was downloaded before"
    )
    diffusers_device: str = Field("auto", description="cpu, cuda, mps; auto: the fastest there is")
