"""A whole Stable Diffusion of 0.1 million random numbers, made on the spot: the real library."""

import tempfile
import warnings
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

LETTERS = ["<s>", "<pad>", "</s>", "<unk>", *"abcdefghijklmnopqrstuvwxyz ,.0123456789"]
SMALL = {"hidden_size": 32, "intermediate_size": 32, "num_attention_heads": 4}
NEVER, ALWAYS = 10.0, -10.0
"""How near to something unsafe a picture must be for the safety checker."""


class TinyModel:
    """The folder of a model, saved as the Hub keeps them; skips where diffusers is missing."""

    def __init__(self, checker: float | None = None) -> None:
        """Say how easily the safety checker flags; None: there is no checker."""
        for name in ("torch", "diffusers", "transformers"):
            pytest.importorskip(name, reason=f"the extra {name} is not installed")
        self._checker = checker
        self._home = tempfile.TemporaryDirectory()
        self._quiet = warnings.catch_warnings()

    @property
    def folder(self) -> str:
        return str(Path(self._home.name) / "tiny")

    def __enter__(self) -> Self:
        # Warnings are errors in these tests; those of other people's libraries are not ours.
        self._quiet.__enter__()
        warnings.simplefilter("ignore")
        _build(self._checker).save_pretrained(self.folder)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._quiet.__exit__(kind, error, traceback)
        self._home.cleanup()


def _build(checker: float | None) -> Any:
    diffusers = import_module("diffusers")
    import_module("torch").manual_seed(0)
    return diffusers.StableDiffusionPipeline(
        unet=diffusers.UNet2DConditionModel(
            block_out_channels=(4, 8),
            layers_per_block=1,
            sample_size=8,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=32,
            norm_num_groups=2,
            attention_head_dim=2,
        ),
        vae=diffusers.AutoencoderKL(
            block_out_channels=[4, 8, 8, 8],
            norm_num_groups=2,
            down_block_types=["DownEncoderBlock2D"] * 4,
            up_block_types=["UpDecoderBlock2D"] * 4,
        ),
        scheduler=diffusers.EulerDiscreteScheduler(steps_offset=1),
        text_encoder=_build_text_encoder(),
        tokenizer=_build_tokenizer(),
        safety_checker=None if checker is None else _build_checker(checker),
        feature_extractor=_build_extractor(),
        requires_safety_checker=checker is not None,
    )


def _build_text_encoder() -> Any:
    transformers = import_module("transformers")
    return transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            **SMALL,
            num_hidden_layers=2,
            vocab_size=len(LETTERS),
            bos_token_id=0,
            pad_token_id=1,
            eos_token_id=2,
        )
    )


def _build_tokenizer() -> Any:
    tokenizers = import_module("tokenizers")
    letters = {letter: number for number, letter in enumerate(LETTERS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(letters, unk_token="<unk>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    return import_module("transformers").PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=77,
    )


def _build_checker(nearness: float) -> Any:
    checkers = import_module("diffusers.pipelines.stable_diffusion.safety_checker")
    vision = {**SMALL, "num_hidden_layers": 1, "image_size": 32, "patch_size": 16}
    config = import_module("transformers").CLIPConfig(vision_config=vision, projection_dim=8)
    checker = checkers.StableDiffusionSafetyChecker(config)
    checker.concept_embeds_weights.data.fill_(nearness)
    checker.special_care_embeds_weights.data.fill_(NEVER)
    return checker


def _build_extractor() -> Any:
    kind = import_module("transformers").CLIPImageProcessor
    return kind(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
