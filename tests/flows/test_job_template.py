"""deployments/kubernetes-job.json: what a real Prefect server makes of it."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client

ROOT = Path(__file__).parents[2]
TEMPLATE = json.loads((ROOT / "deployments" / "kubernetes-job.json").read_text("utf-8"))


@pytest.mark.flow
def test_prefect_takes_the_template(prefect_server: str) -> None:
    """A server makes a pool of the template, and shows its variables as a form."""
    arguments = ["work-pool", "create", "pods", "--type", "kubernetes", "--overwrite"]
    template = str(ROOT / "deployments" / "kubernetes-job.json")
    prefect = [sys.executable, "-m", "prefect"]
    made = subprocess.run(
        [*prefect, *arguments, "--base-job-template", template],
        check=False,
        env={**os.environ, "PREFECT_API_URL": prefect_server},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert made.returncode == 0, made.stdout + made.stderr

    async def read() -> dict[str, Any]:
        async with get_client() as client:
            pool = await client.read_work_pool("pods")
            await client.delete_work_pool("pods")
            return pool.base_job_template

    assert asyncio.run(read()) == TEMPLATE
