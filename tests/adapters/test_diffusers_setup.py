"""diffusers: library, model and device: what is there, what is read, and what is told of it.

The library is a stand-in here; test_diffusers_library.py has the real one, where it is installed.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptpress.adapters.diffusers import DiffusersGenerator
from promptpress.errors import InvalidPost, PromptpressError, SetupError
from tests.adapters.generating import diffusers_of, wish
from tests.fakes.diffusers import Library

NAMES = ("torch", "diffusers", "transformers")


@pytest.fixture
def library() -> Iterator[Library]:
    with Library() as stand_in:
        yield stand_in


def refused_by(generator: DiffusersGenerator, model: str = "") -> PromptpressError:
    """Order a picture and return the error; no other hangs on it."""
    with pytest.raises(PromptpressError) as caught:
        generator.submit(wish(model=model))
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


def test_a_model_is_read_once(library: Library) -> None:
    """Without pickles, without the network, in numbers that the device is made for."""
    generator = diffusers_of(library)
    for _ in range(2):
        generator.submit(wish())
    library.devices.add("cuda")
    diffusers_of(library).submit(wish())

    safe = {"model": library.folder, "local_files_only": True, "use_safetensors": True}
    assert library.loads == [
        {**safe, "dtype": "float32", "device": "cpu"},
        {**safe, "dtype": "bfloat16", "device": "cuda"},
    ]


def test_another_model_takes_the_place_of_the_first(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post may name what lies in the cache of the Hub; it is never fetched here."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    snapshot = tmp_path / "models--somebody--flux" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "model_index.json").write_text("{}", "utf-8")
    refs = tmp_path / "models--somebody--flux" / "refs"
    refs.mkdir()
    (refs / "main").write_text("abc", "utf-8")
    generator = diffusers_of(library)

    made = [
        generator.submit(wish(model=model)).pictures[0].model
        for model in ("", "somebody/flux", "somebody/flux", "")
    ]

    assert made == ["tiny", "somebody/flux", "somebody/flux", "tiny"]
    assert [one["model"] for one in library.loads] == [
        library.folder,
        "somebody/flux",
        library.folder,
    ]


@pytest.mark.parametrize(
    "name",
    [
        "nobody/nothing",
        "nothing",
        "/etc",
        "..",
        "a/../b",
        "a--b/c",
        "a/b/c",
        "é/x",
        "a/b?x",
        "a/b.",
        "a/b.git",
    ],
)
def test_a_model_that_is_not_there(library: Library, name: str) -> None:
    """What to do about it is told; a post never leads to a folder, wherever it is."""
    error = refused_by(diffusers_of(library), model=name)

    assert type(error) is InvalidPost
    assert "change the model of the post" in str(error)
    assert library.loads == []


def test_a_set_up_without_a_model(library: Library, tmp_path: Path) -> None:
    """No name, an empty folder, a name that was never downloaded: the check says so before."""
    for model, words in (
        ("", "neither a folder nor a name"),
        (str(tmp_path), "holds no model_index.json"),
        ("nobody/nothing", "once by `hf download nobody/nothing`"),
        ("x" * 5_000 + "/y", "neither a folder"),
    ):
        generator = diffusers_of(library, model=model)
        with pytest.raises(SetupError, match=rf"{words}.*DIFFUSERS_MODEL"):
            generator.check()
        assert type(refused_by(generator)) is SetupError


@pytest.mark.parametrize("name", NAMES)
def test_a_library_that_is_not_installed(library: Library, name: str) -> None:
    """The message is the command that installs it; importing the adapter needs none of it."""
    library.remove(name)
    generator = diffusers_of(library)

    with pytest.raises(SetupError, match=rf"{name} not installed: run `pip install torch "):
        generator.check()
    assert type(refused_by(generator)) is SetupError


@pytest.mark.parametrize(
    ("there", "wanted", "chosen"),
    [
        ({"cpu"}, "auto", "cpu"),
        ({"cpu", "mps"}, "auto", "mps"),
        ({"cpu", "cuda"}, "auto", "cuda"),
        ({"cpu", "cuda"}, "cpu", "cpu"),
        ({"cpu", "cuda"}, "cuda:1", "cuda:1"),
        ({"cpu"}, "xpu", "xpu"),
    ],
)
def test_a_device_is_chosen(library: Library, there: set[str], wanted: str, chosen: str) -> None:
    """The fastest that there is, or the one that is set."""
    library.devices = there
    generator = diffusers_of(library, device=wanted)
    generator.check()
    generator.submit(wish())

    assert library.loads[0]["device"] == chosen


@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps", "gpu", ""])
def test_a_device_that_is_not_there(library: Library, device: str) -> None:
    """The check says so, and no model is read for nothing."""
    generator = diffusers_of(library, device=device)

    with pytest.raises(SetupError, match="set DIFFUSERS_DEVICE"):
        generator.check()
    assert type(refused_by(generator)) is SetupError
    assert library.loads == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("no file diffusion_pytorch_model.safetensors"), "OSError: no file diffusion"),
        (KeyError("unet"), "cannot be loaded"),
        (RuntimeError("CUDA out of memory. Tried"), "does not fit into the memory"),
        (MemoryError(), "does not fit into the memory"),
    ],
)
def test_a_model_that_cannot_be_loaded(library: Library, error: Exception, words: str) -> None:
    """It is told in the library's words, and tried again with the next post."""
    library.load_error = error
    generator = diffusers_of(library)

    said = refused_by(generator)
    library.load_error = None

    assert type(said) is SetupError
    assert words in str(said)
    assert generator.submit(wish()).pictures
