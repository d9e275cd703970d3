"""Serve every deployment of prefect.yaml from this process: one machine, no worker.

Where PREFECT_API_URL names no server, one is started beside it, with its page on loopback, and
ends with it.
"""

import importlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import yaml
from prefect import Flow, serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings
from prefect.types.entrypoint import EntrypointType

PREFECT_FILE = Path("prefect.yaml")
START_TIMEOUT = 120.0
"""Seconds for a server to answer: a first start makes its database, 10 to 15 s on a small box."""


def read_deployments(file: Path = PREFECT_FILE) -> list[dict[str, Any]]:
    """Return the deployments that prefect.yaml describes."""
    return cast("list[dict[str, Any]]", yaml.safe_load(file.read_text())["deployments"])


def load_flow(entrypoint: str) -> Flow[..., Any]:
    """Return the flow that a module entrypoint such as flows.daily_post.daily_post names."""
    module, _, name = entrypoint.rpartition(".")
    return cast("Flow[..., Any]", getattr(importlib.import_module(module), name))


def to_deployment(described: dict[str, Any]) -> RunnerDeployment:
    """Return a deployment of prefect.yaml in the form that `serve` takes."""
    flow = load_flow(described["entrypoint"])
    schedules = [
        CronSchedule(cron=item["cron"], timezone=item["timezone"])
        for item in described.get("schedules", [])
        if item.get("active", True)
    ]
    limit = described.get("concurrency_limit")
    deployment = flow.to_deployment(
        described["name"],
        description=described["description"],
        tags=described["tags"],
        parameters=described.get("parameters", {}),
        schedules=schedules,
        concurrency_limit=ConcurrencyLimitConfig(**limit) if limit else None,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", deployment)


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    server.terminate()
    sys.exit("the Prefect server did not start: try `prefect server start` to see why")


@contextmanager
def server_running() -> Iterator[str]:
    """Give the address of the API: the configured one, or that of a server started for us."""
    settings = get_current_settings()
    if settings.api.url:
        yield settings.api.url
        return
    api = settings.server.api
    url = f"http://{api.host}:{api.port}/api"
    # A list, no shell: nothing of it comes from outside.
    server = subprocess.Popen([sys.executable, "-m", "prefect", "server", "start"])
    try:
        _wait_for(url, server)
        with temporary_settings({PREFECT_API_URL: url}):
            yield url
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Serve all deployments until stopped."""
    with server_running() as url:
        sys.stdout.write(f"Prefect's page: {url.removesuffix('/api')}\n")
        serve(*(to_deployment(described) for described in read_deployments()))


if __name__ == "__main__":
    main()
