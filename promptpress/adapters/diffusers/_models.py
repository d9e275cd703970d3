"""Where a model lies: in a folder of its own, or in the cache of what the Hub gave."""

import re
from pathlib import Path

from promptpress.adapters.diffusers._refusals import wrong_model

INDEX = "model_index.json"
"""The file that names the parts of a model; only what has one is a model of diffusers."""
_PART = r"\w(?:[\w.-]{0,94}\w)?"
_NAME = rf"(?!.*(?:--|\.\.)){_PART}/{_PART}(?<!\.git)"
"""A name at the Hub (huggingface_hub, utils/_validators.py): who made it, and what."""


def find_model(name: str, *, own: bool) -> str:
    """Return what a model is loaded by.

    Args:
        name: a folder, or a name at the Hub whose files are in its cache already.
        own: True when the post itself names it; then no folder is meant, wherever it leads.

    Raises:
        InvalidPost, SetupError: there is none of that name.
    """
    if not own and _is_folder(name):
        if not (Path(name) / INDEX).is_file():
            raise wrong_model(f"the folder {name} holds no {INDEX}", own=own)
        return name
    if not re.fullmatch(_NAME, name, re.ASCII):
        raise wrong_model(f"{name[:100]!r} is neither a folder nor a name at the Hub", own=own)
    # Takes a quarter of a second, which nobody pays who has no such generator.
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415  see above

    if not isinstance(try_to_load_from_cache(name, INDEX), str):
        hint = f"download it once by `hf download {name}`"
        raise wrong_model(f"the model {name} is not on this machine: {hint}", own=own)
    return name


def title(source: str) -> str:
    """Return what a model is called in the audit: of a folder no more than its own name."""
    return Path(source).resolve().name if _is_folder(source) else source


def _is_folder(name: str) -> bool:
    try:
        return bool(name) and Path(name).is_dir()
    except OSError:
        return False  # too long for a path
