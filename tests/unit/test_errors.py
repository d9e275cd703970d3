"""The tree of errors: as drawn, sendable between processes, and of use to its reader."""

import inspect
import pickle
import re

import pytest

from promptpress import errors
from promptpress.errors import PromptpressError


def _family(cls: type[PromptpressError]) -> list[type[PromptpressError]]:
    """Return the class and all below it, in the order in which they were defined."""
    return [cls, *(one for child in cls.__subclasses__() for one in _family(child))]


def _own() -> list[type[PromptpressError]]:
    return [cls for cls in _family(PromptpressError) if cls.__module__ == errors.__name__]


def _drawn(cls: type[PromptpressError], depth: int = 0) -> list[tuple[int, str]]:
    below = [c for c in cls.__subclasses__() if c.__module__ == errors.__name__]
    return [(depth, cls.__name__), *(one for child in below for one in _drawn(child, depth + 1))]


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    """The drawing on top of errors.py shows every class, under its parent, in order."""
    drawing = re.findall(r"^([│├└─ ]*)([A-Z]\w+)(?:$|  )", errors.__doc__ or "", re.MULTILINE)

    drawn = [(len(branches) // 4, name) for branches, name in drawing]

    assert _drawn(PromptpressError) == drawn


@pytest.mark.parametrize("cls", _own())
def test_an_error_survives_pickling(cls: type[PromptpressError]) -> None:
    """Type, message, service and wait are the same after a trip between processes."""
    error = cls("it broke: mend it", "telegram", 7.5)

    again = pickle.loads(pickle.dumps(error))

    assert (cls, "it broke: mend it", "telegram", 7.5, "telegram: it broke: mend it") == (
        type(again),
        again.message,
        again.service,
        again.retry_after,
        str(again),
    )


@pytest.mark.parametrize("cls", _own())
def test_an_error_without_a_message_says_its_docstring(cls: type[PromptpressError]) -> None:
    """An error raised bare still says what happened and what to do, also after pickling."""
    again = pickle.loads(pickle.dumps(cls()))

    assert inspect.getdoc(cls) == str(again)


@pytest.mark.parametrize("cls", _own())
def test_a_docstring_is_a_sentence_that_ends_in_what_to_do(cls: type[PromptpressError]) -> None:
    """What happened, a colon, and what is to be done about it, in one sentence."""
    happened, _, todo = (inspect.getdoc(cls) or "").partition(": ")

    assert happened[0].isupper()
    assert len(todo.split()) >= 2
    assert "\n" not in todo
    assert todo.endswith(".")


@pytest.mark.parametrize("cls", _own())
def test_every_error_but_the_root_is_of_one_kind(cls: type[PromptpressError]) -> None:
    """No error has two parents: what to do next is never in question."""
    assert len(cls.__bases__) == 1
