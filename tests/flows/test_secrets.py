"""No secret comes out, whatever goes wrong."""

import logging
from pathlib import Path
from typing import Any

import anyio
import pytest
from prefect.client.orchestration import get_client
from sqlalchemy import create_engine, text

from flows.daily_post import daily_post
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Answer, Fault
from tests.fakes.telegram import Telegram
from tests.flows.conftest import MakeServices, add, run

pytestmark = pytest.mark.flow

REFUSED = Answer.json({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
HTML = Answer(502, b"<html><h1>Bad Gateway</h1></html>", {"Content-Type": "text/html"})
FAULTS = {
    "generator cut before": ("generate", Fault("before")),
    "generator cut after": ("generate", Fault("after")),
    "generator refuses": ("generate", Fault("before", Answer.json({"error": "no"}, 401))),
    "generator out of credit": ("generate", Fault("before", Answer.json({"error": "pay"}, 402))),
    "generator in HTML": ("generate", Fault("before", HTML)),
    "channel cut before": ("send", Fault("before")),
    "channel cut after": ("send", Fault("after")),
    "channel refuses": ("send", Fault("before", REFUSED)),
    "channel in HTML": ("send", Fault("before", HTML)),
}


async def _prefect_records() -> str:
    async with get_client() as client:
        runs = await client.read_flow_runs()
        tasks = await client.read_task_runs()
        logs = await client.read_logs()
    return "".join(one.model_dump_json() for one in (*runs, *tasks, *logs))


def _tables(folder: Path) -> str:
    engine = create_engine(f"sqlite:///{folder}/data/promptpress.db")
    with engine.connect() as connection:
        found: list[Any] = []
        for table in ("posts", "publications", "media", "audit_events"):
            found += connection.execute(text(f"SELECT * FROM {table}")).all()
    engine.dispose()
    return repr(found)


@pytest.mark.parametrize("name", FAULTS)
def test_no_secret_in_logs_records_or_tables(
    name: str,
    make_services: MakeServices,
    generator: HuggingFace,
    channel: Telegram,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Tokens stand in no log line, Prefect record, queue cell or audit entry, even at DEBUG."""
    environment = {**generator.environment(), **channel.environment()}
    chosen = make_services(generators="huggingface", channels="telegram", **environment)
    add(chosen, "a fox in snow")
    call, fault = FAULTS[name]
    (generator if call == "generate" else channel).fail(call, fault)

    with caplog.at_level(logging.DEBUG):
        run(daily_post, limit=1)
    told = [caplog.text, *capfd.readouterr(), _tables(tmp_path), anyio.run(_prefect_records)]

    for secret in (environment["HF_TOKEN"], environment["TELEGRAM_TOKEN"]):
        assert [secret in one for one in told] == [False] * len(told)
