"""One box: `make serve` outlives the death of each of its parts, and ends in order."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.states import Cancelling

from deployments.serve.leftovers import overdue
from promptpress.model import Order, PublicationState
from promptpress.settings import Settings
from promptpress.wiring import Services
from tests.fakes.telegram import Telegram
from tests.flows.served import Box, box
from tests.flows.stopped import Held
from tests.origins import FOREIGN, may_read, order_from
from tests.programs import PATIENCE, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.timeout(900)]

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
FLOWS = '''
import asyncio
from pathlib import Path

from prefect import flow


@flow(name="slow")
async def slow(until: str = "") -> None:
    """Work until a file is there."""
    Path(until + ".begun").touch()
    while not Path(until).exists():
        await asyncio.sleep(0.1)
'''

DESCRIBED = """
deployments:
  - name: slow
    description: Works until a file is there.
    tags: []
    entrypoint: boxed.slow
    concurrency_limit: {limit: 1, collision_strategy: CANCEL_NEW}
    schedules:
      - {slug: "yearly", cron: "0 0 1 1 *", timezone: Europe/Berlin, active: true}
      - {slug: "never", cron: "0 0 29 2 *", timezone: UTC, active: false}
  - name: daily-post
    description: The whole way.
    tags: []
    entrypoint: flows.daily_post.daily_post
    parameters: {limit: 10}
    concurrency_limit: {limit: 1, collision_strategy: CANCEL_NEW}
    schedules: []
"""


@pytest.fixture(scope="module")
def channel() -> Iterator[Telegram]:
    """A stand-in for Telegram."""
    with Telegram() as running:
        yield running


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, project: Path, channel: Telegram
) -> Iterator[Box]:
    """A box for all tests of this file: they are its days, in order."""
    folder = tmp_path_factory.mktemp("box")
    ours = {
        **channel.environment(),
        "CHANNELS": "telegram",
        "CONCURRENCY": "1",
        "DEFAULT_IMAGE_WIDTH": "128",
        "DEFAULT_IMAGE_HEIGHT": "128",
    }
    with box(folder, project, FLOWS, DESCRIBED, **ours) as made:
        yield made


def switches(served: Box) -> dict[str | None, bool]:
    """Return which schedules are on."""

    async def read(client: PrefectClient) -> DeploymentResponse:
        return await client.read_deployment_by_name("slow/slow")

    return {one.slug: one.active for one in served.ask(read).schedules}


def turn(served: Box, slug: str, *, on: bool) -> None:
    """Switch a schedule as a person does in the UI."""

    async def turn(client: PrefectClient) -> None:
        deployment = await client.read_deployment_by_name("slow/slow")
        schedule = next(one for one in deployment.schedules if one.slug == slug)
        await client.update_deployment_schedule(deployment.id, schedule.id, active=on)

    served.ask(turn)


def cancel(served: Box, run: FlowRun) -> None:
    """Cancel a run as a person does in the UI."""
    served.ask(lambda client: client.set_flow_run_state(run.id, Cancelling(), force=True))


def begin(served: Box, tmp_path: Path) -> tuple[FlowRun, Path]:
    """Begin a slow run; return it, and the file that ends it."""
    tmp_path.mkdir()
    until = tmp_path / "until"
    run = served.order("slow", until=str(until))
    begun = tmp_path / "until.begun"
    wait_until("the run has begun", begun.exists)
    return run, until


def posts_of(served: Box, *prompts: str) -> Services:
    """Queue posts; return the services that see them."""
    services = Services(Settings(_env_file=None, data_dir=Path(served.environment["DATA_DIR"])))
    services.queue.add([Order(prompt=prompt) for prompt in prompts], "test")
    return services


def check_put_down(services: Services, channel: Telegram) -> None:
    """What was sent has its receipt, and nobody has a lease."""
    posts = services.queue.find()
    states = [p.state for post in posts for p in post.publications if p.channel == "telegram"]
    assert states.count(PublicationState.SENT) == len(channel.journal.accepted("send"))
    assert [post.id for post in posts if post.owner] == []


def see_that_there_is_only_one(served: Box, tmp_path: Path) -> None:
    """A second one on this home says so, and one on this port."""
    second = served.again()
    assert second.returncode == 1
    assert "Another `make serve`" in second.stderr
    other = served.again(PREFECT_HOME=str(tmp_path / "other"))
    assert other.returncode == 1
    assert f"Port {served.port} of 127.0.0.1 is taken by another program" in other.stderr
    assert "Traceback" not in second.stderr + other.stderr


def see_that_only_its_own_page_is_let_in(served: Box) -> None:
    """Prefect lets in every page that is open in the same browser; here, none but its own."""
    own = [f"http://{host}:{served.port}" for host in ("127.0.0.1", "localhost")]
    assert {origin: may_read(served.url, origin) for origin in own} == dict.fromkeys(own, True)
    assert not may_read(served.url, FOREIGN)
    assert order_from(served.url, FOREIGN) == 403


def see_that_somebody_is_told(served: Box) -> None:
    """Prefect watches over the runs here too; nobody has to provide for that by hand."""
    automations = served.ask(lambda client: client.read_automations())
    assert "promptpress: a run without a sign of life ends" in {one.name for one in automations}


def kill_the_server(served: Box, tmp_path: Path) -> None:
    """The run in hand goes on, and its end is told to the next server."""
    run, until = begin(served, tmp_path)
    os.kill(served.part("server"), signal.SIGKILL)
    wait_until("the server is gone", lambda: not served.answers())
    until.touch()
    served.wait_for(run, "Completed")
    # By now it would not hear any more that a person cancels a run: it is renewed.
    wait_until("what starts runs is renewed", lambda: served.said().count(" deployments;") == 2)


def kill_what_starts_runs(served: Box, tmp_path: Path) -> None:
    """Its run goes with it; the place of that run is free at once."""
    tmp_path.mkdir()
    run, _ = begin(served, tmp_path / "dead")
    os.kill(served.part("runner"), signal.SIGKILL)
    served.wait_for(run, "Crashed")
    run, until = begin(served, tmp_path / "next")
    until.touch()
    served.wait_for(run, "Completed")


def cancel_a_run(served: Box, services: Services, channel: Telegram) -> None:
    """The send that is under way gets its receipt; the run is Cancelled."""
    posts_of(served, *(f"a fox of {year}" for year in range(10)))  # half a minute for the cancel
    held = Held().hold(channel, "send", after=3)
    run = served.order("daily-post")
    assert held.reached.wait(PATIENCE)
    cancel(served, run)
    served.wait_for(run, "Cancelled")
    wait_until("it was sent", lambda: channel.journal.accepted("send"))
    check_put_down(services, channel)


def end_in_the_middle(served: Box, services: Services, channel: Telegram) -> None:
    """A run in the middle of a send is waited for; nothing is left behind."""
    posts_of(served, *(f"a lake of {year}" for year in range(5)))
    held = Held().hold(channel, "send", after=3)
    served.order("daily-post")
    assert held.reached.wait(PATIENCE)
    code, seconds = served.end()
    assert code == 0, served.said()
    assert seconds < 60
    assert served.left() == {}
    check_put_down(services, channel)


def kill_the_first(served: Box, tmp_path: Path) -> FlowRun:
    """Its parts notice and end, and so does the run in hand: the next one may start."""
    run, _ = begin(served, tmp_path)
    assert served.process is not None
    served.process.kill()
    served.process.wait()
    wait_until("its parts have ended", lambda: served.left() == {})
    return run


def test_a_box_lives_through_its_days(served: Box, channel: Telegram, tmp_path: Path) -> None:
    """Its parts are killed in turn and it goes on; what people switched stays so; it ends."""
    served.start(background=True)
    assert switches(served) == {"yearly": True, "never": False}
    turn(served, "yearly", on=False)
    turn(served, "never", on=True)
    see_that_there_is_only_one(served, tmp_path)
    see_that_only_its_own_page_is_let_in(served)
    see_that_somebody_is_told(served)
    kill_the_server(served, tmp_path / "server")
    kill_what_starts_runs(served, tmp_path / "runner")
    services = posts_of(served)
    cancel_a_run(served, services, channel)
    end_in_the_middle(served, services, channel)

    served.start()
    assert switches(served) == {"yearly": False, "never": True}
    run = kill_the_first(served, tmp_path / "first")
    served.start()
    served.wait_for(run, "Cancelled", "Crashed")
    code, _ = served.end(signal.SIGINT)
    assert code == 0
    assert served.left() == {}


def _run(deployment: UUID, hours: float, *, ordered: bool = False) -> FlowRun:
    return FlowRun(
        flow_id=uuid4(),
        deployment_id=deployment,
        auto_scheduled=not ordered,
        expected_start_time=NOW + timedelta(hours=hours),
    )


def test_after_a_night_one_run_makes_up_for_all() -> None:
    """The latest of each deployment runs; what a person ordered, and what is to come, stays."""
    daily, often = uuid4(), uuid4()
    first, second, last = _run(daily, -49), _run(daily, -25), _run(daily, -1)
    ordered, to_come = _run(daily, -30, ordered=True), _run(daily, 23)
    early, late = _run(often, -2), _run(often, -1)
    runs = [late, first, ordered, last, to_come, second, early]

    assert {run.id for run in overdue(runs, NOW)} == {first.id, second.id, early.id}
