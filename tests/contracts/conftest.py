"""What the contract suites share: a queue in each of the three databases, and in a sheet."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.contracts.queue_scene import QueueScene
from tests.contracts.sheet_scene import set_up_sheet
from tests.contracts.sql_scene import set_up
from tests.databases import DATABASES, fresh_database


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Give the URL of a database by its kind, the same for all tests of this process."""
    urls: dict[str, str] = {}
    with ExitStack() as opened:

        def find(kind: str) -> str:
            if kind not in urls:
                folder = tmp_path_factory.mktemp(kind)
                urls[kind] = opened.enter_context(fresh_database(kind, folder))
            return urls[kind]

        yield find


@pytest.fixture(params=[*DATABASES, "sheet"])
def scene(
    request: pytest.FixtureRequest, database_url: Callable[[str], str]
) -> Iterator[QueueScene]:
    """An empty queue, its clock, and a person who edits what lies behind it."""
    if request.param == "sheet":
        with set_up_sheet() as sheet:
            yield sheet
    else:
        with set_up(request.param, database_url(request.param)) as made:
            yield made
