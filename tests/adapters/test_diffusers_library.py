"""diffusers for real, where it is installed: a tiny model of random numbers, made on the spot."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from promptpress import imaging
from promptpress.errors import ContentRefused, SetupError, TransientError
from tests.adapters.generating import diffusers_of, wish
from tests.adapters.tiny import ALWAYS, NEVER, TinyModel


@pytest.fixture
def model() -> Iterator[TinyModel]:
    with TinyModel() as saved:
        yield saved


def test_a_seed_gives_the_same_picture_again(model: TinyModel) -> None:
    """To the last pixel, also from another generator, alone or among several."""
    first = diffusers_of(model).submit(wish(seed=7, count=2)).pictures
    second = diffusers_of(model).submit(wish(seed=8)).pictures

    assert first[1].content == second[0].content != first[0].content
    assert imaging.inspect(first[0].content).content == first[0].content


def test_the_prompt_and_the_negative_one_count(model: TinyModel) -> None:
    """Each of them changes the picture."""
    generator = diffusers_of(model)
    requests = (wish("fox", seed=7), wish("lake", seed=7), wish("fox", seed=7, negative_prompt="x"))

    assert len({generator.submit(one).pictures[0].content for one in requests}) == 3


def test_a_size_is_what_was_asked(model: TinyModel) -> None:
    """Where it can be made; else the nearest that can, not an error."""
    generator = diffusers_of(model)
    sizes = [
        Image.open(io.BytesIO(generator.submit(wish(width=w, height=h)).pictures[0].content)).size
        for w, h in ((128, 96), (100, 70))
    ]

    assert sizes == [(128, 96), (96, 64)]


def test_the_safety_checker_withholds_a_picture() -> None:
    """The one that it flags is black, and is a refusal; the one that it does not is a picture."""
    with TinyModel(NEVER) as harmless:
        assert diffusers_of(harmless).submit(wish(seed=7)).pictures
    with TinyModel(ALWAYS) as unsafe, pytest.raises(ContentRefused, match="own check"):
        diffusers_of(unsafe).submit(wish(seed=7))


def test_a_picture_that_takes_too_long_is_given_up(model: TinyModel) -> None:
    """Between two steps of the real pipeline; it works again afterwards."""
    generator = diffusers_of(model)
    generator.submit(wish())
    hasty = diffusers_of(model, timeout=0.01, options={"num_inference_steps": 900})

    with pytest.raises(TransientError, match="DEFAULT_GENERATION_TIMEOUT"):
        hasty.submit(wish())

    assert generator.submit(wish()).pictures


def test_a_model_without_its_numbers(model: TinyModel, tmp_path: Path) -> None:
    """A folder that lacks a file, or has it as a pickle, is told in words."""
    folder = tmp_path / "half"
    shutil.copytree(model.folder, folder)
    numbers = folder / "unet" / "diffusion_pytorch_model.safetensors"
    numbers.rename(numbers.with_suffix(".bin"))
    generator = diffusers_of(model, model=str(folder))
    generator.check()

    with pytest.raises(SetupError, match=r"cannot be loaded.*DIFFUSERS_MODEL"):
        generator.submit(wish())


@pytest.mark.parametrize("device", ["nonsense", "cuda:99"])
def test_a_device_that_is_not_there(model: TinyModel, device: str) -> None:
    """torch is asked, and the setting is named."""
    with pytest.raises(SetupError, match="set DIFFUSERS_DEVICE"):
        diffusers_of(model, device=device).submit(wish())


def test_a_check_finds_all_there(model: TinyModel) -> None:
    """And a name at the Hub that was never downloaded is not fetched for it."""
    diffusers_of(model).check()
    diffusers_of(model, device="cpu").check()

    with pytest.raises(SetupError, match="hf download nobody/nothing"):
        diffusers_of(model, model="nobody/nothing").check()
