"""The error map: what goes wrong in a model, and what it means for the post."""

from promptpress.adapters._http import excerpt
from promptpress.errors import (
    ContentRefused,
    InvalidPost,
    PermanentError,
    PromptpressError,
    SetupError,
    TransientError,
)

NAME = "diffusers"


def missing_library(names: list[str]) -> SetupError:
    """Return the error for packages that are not installed."""
    message = (
        f"{', '.join(names)} not installed: run "
        "`pip install torch 'diffusers>=0.42,<1' transformers accelerate`, or take diffusers out "
        "of GENERATORS"
    )
    return SetupError(message, NAME)


def wrong_model(trouble: str, *, own: bool) -> PromptpressError:
    """Return the error for a model that cannot be had.

    Args:
        trouble: what is wrong.
        own: True when the post itself names it.
    """
    if own:
        return InvalidPost(f"{trouble}; or change the model of the post, then retry it", NAME)
    return SetupError(f"{trouble}; see DIFFUSERS_MODEL", NAME)


def broken_model(model: str, error: Exception, *, own: bool) -> PromptpressError:
    """Return the error for a model that cannot be loaded."""
    if _lacks_memory(error):
        return wrong_model(f"the model {model} does not fit into the memory", own=own)
    trouble = f"the model {model} cannot be loaded ({_words(error)}): download it whole"
    return wrong_model(trouble, own=own)


def no_device(device: str) -> SetupError:
    """Return the error for a device that this machine does not have."""
    message = f"torch finds no device {device[:40]!r} here: set DIFFUSERS_DEVICE to auto or cpu"
    return SetupError(message, NAME)


def busy(seconds: float) -> TransientError:
    """Return the error for an order whose turn did not come."""
    message = f"others were before it for {seconds:g} seconds: it is tried again later"
    return TransientError(message, NAME)


def too_slow(seconds: float) -> TransientError:
    """Return the error for a picture that was not done in time."""
    message = (
        f"no picture was done within {seconds:g} seconds: raise DEFAULT_GENERATION_TIMEOUT, order "
        "smaller pictures, or take a smaller model"
    )
    return TransientError(message, NAME)


def failed(error: Exception) -> PromptpressError:
    """Return the error for a pipeline that broke off."""
    if _lacks_memory(error):
        message = "the memory is too small for the picture: order smaller ones if it stays"
        return TransientError(message, NAME)
    message = f"the model fails ({_words(error)}): change the post or its model, then retry it"
    return PermanentError(message, NAME)


def flagged() -> ContentRefused:
    """Return the error for pictures that the model's own check painted black."""
    message = "the model's own check withheld the picture: change the prompt, then retry the post"
    return ContentRefused(message, NAME)


def no_pictures() -> PermanentError:
    """Return the error for a pipeline that makes something else."""
    message = "the model makes no pictures from text: take another in DIFFUSERS_MODEL or the post"
    return PermanentError(message, NAME)


def no_job() -> PermanentError:
    """Return the error for a job, which there never is."""
    return PermanentError("it keeps no jobs: retry the post, it begins anew", NAME)


def _lacks_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or "out of memory" in str(error).lower()


def _words(error: Exception) -> str:
    return excerpt(f"{type(error).__name__}: {error}")
