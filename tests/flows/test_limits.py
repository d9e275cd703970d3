"""generate-media: limits per generator, and jobs that are waited for without a thread each."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.generate_media import generate_media
from promptpress import steps
from promptpress.model import CLAIMABLE
from promptpress.ports import ImageRequest
from tests.fakes.huggingface import HuggingFace
from tests.fakes.leonardo import Leonardo
from tests.fakes.server import Answer, Fault, Journal
from tests.faults.killing import age_leases
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


@pytest.fixture
def jobs(journal: Journal) -> Iterator[Leonardo]:
    """A generator that answers with a job, which takes three questions."""
    with Leonardo(journal=journal, polls=3) as running:
        yield running


def test_many_jobs_are_waited_for_by_few_threads(
    make_services: MakeServices, jobs: Leonardo, journal: Journal
) -> None:
    """Thirty jobs of three seconds are collected by two threads without waiting in turn."""
    services = make_services(
        generators="leonardo",
        default_check_interval=1.0,
        generator_concurrency="leonardo=30",
        **jobs.environment(),
    )
    add(services, *(f"a fox {number}" for number in range(30)))
    began = time.monotonic()
    state = run(generate_media, limit=30, concurrency=2)

    assert state.message == "30 ready"
    assert time.monotonic() - began < 40  # two at a time would wait 45 seconds alone
    assert len(journal.accepted("generate")) == len(set(journal.accepted("generate"))) == 30


def test_no_more_jobs_are_begun_than_the_generator_is_asked_for_at_once(
    make_services: MakeServices, jobs: Leonardo, journal: Journal
) -> None:
    """With two at once, the third begins when one of them is collected."""
    services = make_services(
        generators="leonardo",
        default_check_interval=0.1,
        generator_concurrency="leonardo=2",
        **jobs.environment(),
    )
    add(services, *(f"a fox {number}" for number in range(6)))
    assert run(generate_media, concurrency=6).message == "6 ready"

    there = most = 0
    for entry in journal.entries("leonardo"):
        there += {"generate": 1, "download": -1}.get(entry.call, 0)
        most = max(most, there)
    assert most <= 2


def test_a_run_s_own_concurrency_is_not_held_back(
    make_services: MakeServices, generator: HuggingFace
) -> None:
    """Where no generator is limited, as many are asked for at once as the run was told."""
    there = most = 0
    lock = threading.Lock()
    met = threading.Event()

    def begun(call: str) -> None:
        nonlocal there, most
        if call == "generate":
            with lock:
                there += 1
                most = max(most, there)
                if there > 1:
                    met.set()

    def ended(call: str) -> None:
        nonlocal there
        if call == "generate":
            met.wait(30)  # the first waits for a second one
            with lock:
                there -= 1

    generator.before, generator.after = begun, ended
    services = make_services(generators="huggingface", concurrency=1, **generator.environment())
    add(services, *(f"a fox {number}" for number in range(6)))

    assert run(generate_media, concurrency=6).message == "6 ready"
    assert most > 1


def test_a_job_whose_run_was_killed_is_collected_not_paid_for_again(
    make_services: MakeServices, jobs: Leonardo, journal: Journal
) -> None:
    """The next run asks after the job that the dead one left in the queue."""
    services = make_services(
        generators="leonardo",
        default_check_interval=0.05,
        **jobs.environment(),
    )
    (post_id,) = add(services, "a fox")
    (post,) = services.queue.claim(1, "dead", CLAIMABLE)
    begun = steps.begin_generation(post, services.stamp("dead"), "leonardo", {})
    post = services.queue.record(begun)
    request = ImageRequest(prompt=post.prompt, width=512, height=512)
    job = services.generators["leonardo"].submit(request).job
    services.queue.record(steps.keep_job(post, services.stamp("dead"), job))
    age_leases(services.settings.queue)  # the claim of the dead run ends

    assert run(generate_media).message == "1 ready"
    assert post_of(services, post_id).media[0].generator == "leonardo"
    assert len(journal.accepted("generate")) == 1


def test_a_question_that_fails_is_asked_again(
    make_services: MakeServices, jobs: Leonardo, journal: Journal
) -> None:
    """A service that is away for a moment while its job works costs nothing."""
    services = make_services(
        generators="leonardo", default_check_interval=0.05, **jobs.environment()
    )
    add(services, "a fox")
    jobs.fail("poll", Fault("before", Answer(503)))

    assert run(generate_media).message == "1 ready"
    assert len(journal.accepted("generate")) == 1


def test_the_rate_is_a_limit_of_the_server_of_all_workers(
    make_services: MakeServices, generator: HuggingFace, prefect_server: str
) -> None:
    """Where runs share a Prefect server, it keeps the rate over all of them."""
    services = make_services(
        generators="huggingface", generator_rates="huggingface=600", **generator.environment()
    )
    add(services, "a fox", "a lake")
    with temporary_settings({PREFECT_API_URL: prefect_server}):
        assert run(generate_media).message == "2 ready"

        async def read() -> tuple[int, float, int]:
            async with get_client() as client:
                name = "promptpress-huggingface"
                limit = await client.read_global_concurrency_limit_by_name(name)
            return limit.limit, limit.slot_decay_per_second, limit.active_slots

        limit, decay, _ = asyncio.run(read())
    assert (limit, decay) == (60, 10.0)
