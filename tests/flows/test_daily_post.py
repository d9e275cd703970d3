"""daily-post against stand-ins and a real Prefect server: the way, and every fork in it."""

import json
from uuid import UUID

import anyio
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    TaskRunFilter,
    TaskRunFilterFlowRunId,
)

from flows.daily_post import daily_post
from flows.recover import recover
from promptpress import decisions
from promptpress.model import PostState, PublicationState
from promptpress.wiring import Services
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Answer, Fault, Journal
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, post_of, run

pytestmark = pytest.mark.flow


def test_a_prompt_becomes_a_post_without_any_account(make_services: MakeServices) -> None:
    """With the embedded defaults a prompt is drawn, stored and published to the site."""
    chosen = make_services()
    (post_id,) = add(chosen, "a lighthouse at dawn")

    state = run(daily_post, limit=1)

    assert state.name == "Completed"
    post = post_of(chosen, post_id)
    assert post.state == PostState.PUBLISHED
    assert (post.media[0].generator, post.media[0].source) == ("sketch", "algorithmicMedia")
    assert post.publication("site").url.startswith("file://")
    assert post.alt_text == "a lighthouse at dawn"
    assert (post.owner, post.lease_until) == ("", None)


def test_the_whole_way_with_services(online: Services, journal: Journal, channel: Telegram) -> None:
    """A picture from Hugging Face goes to Telegram and the site, each once, paid for once."""
    ids = add(online, "a fox in snow", "a lake", "a tower", hashtags=("art",))

    assert run(daily_post, limit=3).name == "Completed"

    assert [post_of(online, post_id).state for post_id in ids] == [PostState.PUBLISHED] * 3
    assert len(journal.accepted("generate")) == 3
    assert 3 == len(journal.accepted("send")) == len(channel.messages)


def test_the_audit_tells_the_whole_story(online: Services) -> None:
    """Every step of a post stands in the audit, in order."""
    (post_id,) = add(online, "a fox in snow")

    run(daily_post, limit=1)

    story = [(event.action, event.outcome) for event in online.queue.history(post_id)]
    assert story == [
        ("order", "done"),
        ("claim", "done"),
        ("generate", "begun"),
        ("store", "done"),
        ("ready", "done"),
        ("send", "begun"),
        ("send", "done"),
        ("send", "begun"),
        ("send", "done"),
    ]


async def _records(flow_run_id: UUID, last: str) -> tuple[list[str], list[str]]:
    """Return the names of a run's task runs, once the last is written down, and its artifacts."""
    mine = TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[flow_run_id]))
    theirs = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run_id]))
    async with get_client() as client:
        names: list[str] = []
        with anyio.fail_after(30):
            while last not in names:
                await anyio.sleep(0.1)
                runs = await client.read_task_runs(task_run_filter=mine, limit=200)
                names = [one.name for one in runs]
        artifacts = await client.read_artifacts(artifact_filter=theirs)
    return names, [str(one.data) for one in artifacts]


def test_an_empty_queue_is_a_clean_run_without_noise(make_services: MakeServices) -> None:
    """Nothing to do ends Completed, and writes nothing to the audit."""
    chosen = make_services()

    state = run(daily_post)

    assert (state.type.value, state.name) == ("COMPLETED", "NothingToDo")
    assert chosen.queue.count() == {}


def test_one_bad_post_does_not_stop_the_others(online: Services) -> None:
    """A post that cannot be done is set aside with its reason; the others go out."""
    bad = add(online, "  ", "x" * 100_000)
    bad += add(online, "a fox", channels=("nowhere",)) + add(online, "a fox", generator="nobody")
    bad += add(online, "a fox", width=1) + add(online, "a fox", kind="sculpture")
    good = add(online, "a lake", "🦊🌲", "شروق الشمس", "<b>bold</b> & 'quoted'")

    state = run(daily_post, limit=20)

    assert state.name == "PartlyDone"
    assert {PostState.PUBLISHED} == {post_of(online, post_id).state for post_id in good}
    assert {PostState.FAILED} == {post_of(online, post_id).state for post_id in bad}
    reasons = " ".join(post_of(online, post_id).reason for post_id in bad)
    for words in ("blank", "100,000", "'nowhere' is not set up; valid: site, telegram", "'nobody'"):
        assert words in reasons


def test_a_wait_of_the_service_is_honoured(
    online: Services, channel: Telegram, journal: Journal
) -> None:
    """A send that Telegram asks to repeat later comes after that wait, and once."""
    (post_id,) = add(online, "a fox in snow")
    body = {"ok": False, "error_code": 429, "parameters": {"retry_after": 2}, "description": "slow"}
    channel.fail("send", Fault("before", Answer.json(body, 429)))

    assert run(daily_post, limit=1).name == "Completed"

    first, second = journal.entries(call="send")
    assert second.time - first.time >= 2
    assert journal.accepted("send") == ["a fox in snow"]
    assert post_of(online, post_id).publication("telegram").attempts == 2


def test_a_lost_answer_of_a_send_is_held_and_told(
    online: Services, channel: Telegram, journal: Journal
) -> None:
    """When nobody can know whether it was sent, it is not sent again, and a person decides."""
    (post_id,) = add(online, "a fox in snow")
    channel.fail("send", Fault("after"))

    assert run(daily_post, limit=1).name == "PartlyDone"
    assert run(daily_post, limit=1).name == "NothingToDo"

    post = post_of(online, post_id)
    assert post.state == PostState.IN_DOUBT
    assert post.publication("telegram").state == PublicationState.IN_DOUBT
    assert post.publication("site").state == PublicationState.SENT
    assert len(journal.accepted("send")) == 1

    step = decisions.resolve(post, online.stamp(), "telegram", was_sent=False)
    online.queue.record(step)
    assert run(daily_post, limit=1).name == "Completed"
    assert len(journal.accepted("send")) == 2
    assert post_of(online, post_id).state == PostState.PUBLISHED


def test_an_operator_may_choose_to_send_again(
    make_services: MakeServices, generator: HuggingFace, channel: Telegram, journal: Journal
) -> None:
    """With IN_DOUBT=resend the next run sends what may have been sent."""
    chosen = make_services(
        generators="huggingface",
        channels="telegram",
        in_doubt="resend",
        **generator.environment(),
        **channel.environment(),
    )
    (post_id,) = add(chosen, "a fox in snow")
    channel.fail("send", Fault("after"))

    run(daily_post, limit=1)
    post = post_of(chosen, post_id)

    assert post.publication("telegram").state == PublicationState.PENDING
    assert post.state == PostState.READY


def test_a_lost_picture_is_paid_for_once_more_and_no_further(
    online: Services, generator: HuggingFace, journal: Journal
) -> None:
    """A generation whose answer is lost is repeated once, written down, then set aside."""
    (post_id,) = add(online, "a fox in snow")
    generator.fail("generate", Fault("after"), times=5)

    assert run(daily_post, limit=1).name == "PartlyDone"

    post = post_of(online, post_id)
    assert post.state == PostState.FAILED
    assert "look there whether it was paid for" in post.reason
    assert len(journal.accepted("generate")) == 2
    outcomes = [e.outcome for e in online.queue.history(post_id) if e.action == "generate"]
    assert outcomes == ["begun", "repeated"]


def test_a_refused_key_stops_the_run_and_loses_nothing(
    online: Services, generator: HuggingFace, journal: Journal
) -> None:
    """A key refused half-way stops the run; every post is handed back at once and unharmed."""
    ids = add(online, "a fox", "a lake", "a tower")
    refused = Answer.json({"error": "Invalid credentials in Authorization header"}, 401)
    generator.fail("generate", Fault("before", refused), times=10)

    state = run(daily_post, limit=3, concurrency=1)

    assert state.type.value == "FAILED"
    assert {PostState.QUEUED} == {post_of(online, post_id).state for post_id in ids}
    assert len(journal.entries(call="generate")) == 1
    assert [post_of(online, post_id).attempts for post_id in ids] == [0, 0, 0]


def test_a_refusing_service_stops_the_run_before_it_begins(
    make_services: MakeServices, generator: HuggingFace, channel: Telegram
) -> None:
    """A service that refuses is named with what to fix, and nothing is claimed."""
    environment = {**generator.environment(), **channel.environment(), "TELEGRAM_TOKEN": "1:wrong"}
    chosen = make_services(generators="huggingface", channels="telegram", **environment)
    (post_id,) = add(chosen, "a fox")

    state = run(daily_post)

    assert state.type.value == "FAILED"
    assert "telegram: refused" in str(state.message)
    assert [(event.action, event.outcome) for event in chosen.queue.history(post_id)] == [
        ("order", "done")
    ]


def test_a_held_post_is_not_sent(online: Services) -> None:
    """A post held by a person is not claimed until it is released."""
    (post_id,) = add(online, "a fox")
    online.queue.record(decisions.hold(post_of(online, post_id), online.stamp(), held=True))

    assert run(daily_post).name == "NothingToDo"


def test_only_the_failed_channel_is_tried_again(
    online: Services, channel: Telegram, journal: Journal
) -> None:
    """After a permanent refusal of one channel a retry serves that channel only."""
    (post_id,) = add(online, "a fox")
    body = {"ok": False, "error_code": 400, "description": "Bad Request: wrong"}
    channel.fail("send", Fault("before", Answer.json(body, 400)))

    run(daily_post)
    post = post_of(online, post_id)
    assert post.state == PostState.FAILED
    assert post.publication("site").state == PublicationState.SENT

    online.queue.record(decisions.retry(post, online.stamp()))
    run(daily_post)

    post = post_of(online, post_id)
    assert post.state == PostState.PUBLISHED
    assert tuple(post.publication(name).attempts for name in ("telegram", "site")) == (2, 1)
    assert len(journal.accepted("generate")) == 1


def test_several_pictures_are_each_kept_and_paid_for_once(
    online: Services, journal: Journal
) -> None:
    """A post that wants three pictures gets three, each generated once."""
    (post_id,) = add(online, "a fox", num_images=3, seed=7)

    assert run(daily_post).name == "Completed"

    assert [item.position for item in post_of(online, post_id).media] == [0, 1, 2]
    assert len(journal.accepted("generate")) == 3


def test_another_audit_log_gets_every_event_once(
    make_services: MakeServices, tmp_path: object
) -> None:
    """AUDIT_URL names a second log: it has the same story, and recover finds nothing to add."""
    chosen = make_services(audit_url=f"sqlite:///{tmp_path}/audit.db")
    (post_id,) = add(chosen, "a fox")

    run(daily_post)
    run(recover)

    mine = [event.id for event in chosen.queue.history(post_id)]
    assert mine == [event.id for event in chosen.audits[0].history(post_id)]


def test_each_step_of_each_post_is_a_named_task_run(online: Services) -> None:
    """Prefect's page shows one run per step and post, named after the post, and a table."""
    (post_id,) = add(online, "a fox in snow")
    flow_run_id = run(daily_post).state_details.flow_run_id
    assert flow_run_id is not None

    last = f"publish post {post_id} to site"
    names, artifacts = anyio.run(_records, flow_run_id, last)

    for name in ("caption", "generate", "check", "store"):
        assert f"{name} post {post_id}" in names
    rows = json.loads(artifacts[0])
    assert [(row["post"], row["state"]) for row in rows] == [(post_id, "published")]
