"""generate-media: what its page shows, and pictures that look like others."""

import asyncio
import logging

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from flows.generate_media import generate_media
from promptpress.wiring import Services
from tests.fakes.huggingface import HuggingFace
from tests.flows.conftest import MakeServices, add, run

pytestmark = pytest.mark.flow


def gallery() -> str:
    """Return the newest table of pictures on the server."""

    async def read() -> str:
        async with get_client() as client:
            # The server is other tests' as well: theirs may have left hundreds.
            (newest,) = await client.read_artifacts(
                artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=["gallery"])),
                sort=ArtifactSort.CREATED_DESC,
                limit=1,
            )
        return str(newest.data)

    return asyncio.run(read())


def stored(services: Services, post_id: int) -> dict[str, object]:
    """Return what the audit knows of a post's pictures."""
    (event,) = [one for one in services.queue.history(post_id) if one.action == "store"]
    return dict(event.detail)


def test_each_picture_has_a_row_with_a_thumbnail(online: Services) -> None:
    """Whatever a prompt holds stays text in the table."""
    ids = add(online, "a fox", "a | pipe and <b>markup</b>", num_images=2)
    run(generate_media)

    rows = gallery().splitlines()[2:]
    assert len(rows) == 4
    assert all("![](data:image/jpeg;base64," in row for row in rows)
    assert [int(row.split(" | ")[1]) for row in rows] == [ids[0]] * 2 + [ids[1]] * 2
    assert "a \\| pipe and &lt;b&gt;markup&lt;/b&gt;" in rows[2]
    assert all("huggingface" in row for row in rows)


def test_a_picture_like_an_earlier_one_is_flagged(
    online: Services,
    make_services: MakeServices,
    generator: HuggingFace,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Of another run too; it is made and kept all the same."""
    (first,) = add(online, "a fox", seed=7)
    run(generate_media)
    second, other = add(online, "a fox", seed=7), add(online, "a lake", seed=7)
    with caplog.at_level(logging.WARNING, "promptpress"):
        state = run(generate_media)

    assert state.message == "2 ready"
    assert "alike" not in stored(online, first)
    assert stored(online, second[0])["alike"] == [first]
    assert "alike" not in stored(online, other[0])
    assert f"post {second[0]}: its picture looks like that of post {first}" in caplog.text
    assert f"looks like that of post {first}" in gallery()


def test_days_to_compare_with_can_be_none(
    make_services: MakeServices, generator: HuggingFace
) -> None:
    """With ALIKE_DAYS=0 only pictures of the same run are compared."""
    services = make_services(generators="huggingface", alike_days=0, **generator.environment())
    add(services, "a fox", seed=7)
    run(generate_media)
    (second,) = add(services, "a fox", seed=7)
    run(generate_media)

    assert "alike" not in stored(services, second)
