"""The part that starts runs when they are due: Prefect's runner, which ends in order."""

import asyncio
import signal
import sys
from typing import Any

from prefect.client.orchestration import PrefectClient, get_client
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments.provision.automations import provide_automations
from deployments.serve.described import load_flow, read_deployments, to_deployment
from deployments.serve.leftovers import close_dead, drop_overdue
from deployments.serve.parts import end_with_parent, say

ALONE = "alone"
"""Told by the process that started this one where the server is its own: nobody else runs there.

Where that server is follows.
"""


class _Runner(Runner):
    """Prefect's runner, but for its end: runs in hand come to theirs, and none is begun.

    Whoever ends it with SIGTERM signals its whole group, so each run has heard by itself. SIGHUP is
    for it alone: the runs go on, and it ends after them.
    """

    _ending: "asyncio.Task[None] | None" = None

    async def cancel_all(self) -> None:
        """Leave the runs alone: they have got the same signal, and end by themselves."""

    def handle_sigterm(self, *_args: Any, **_kwargs: Any) -> None:
        """Begin no run, and end when those in hand have ended."""
        if not self.started:
            sys.exit(0)
        loop = asyncio.get_running_loop()

        def end() -> None:
            self._ending = self._ending or loop.create_task(self.astop())

        loop.call_soon_threadsafe(end)


async def _as_left(client: PrefectClient, described: dict[str, Any]) -> RunnerDeployment:
    """Return a deployment, with its switches as people left them."""
    name = f"{load_flow(described['entrypoint']).name}/{described['name']}"
    try:
        known = await client.read_deployment_by_name(name)
    except ObjectNotFound:
        return to_deployment(described)
    return to_deployment(described, known.schedules, paused=known.paused)


def _provide_automations() -> None:
    """Let Prefect tell a person what goes wrong, as on any server that was provided for."""
    with get_client(sync_client=True) as client:
        for _ in provide_automations(client):
            pass


async def serve(*, alone: bool) -> None:
    """Run what is due until this process is asked to end.

    Args:
        alone: whether nobody else starts runs of these deployments, so that those found under way
            are dead.
    """
    runner = _Runner(name="promptpress", pause_on_shutdown=False)
    async with get_client() as client:
        ids = [
            await runner.aadd_deployment(await _as_left(client, described))
            for described in read_deployments()
        ]
        dead = await close_dead(client, ids) if alone else 0
        dropped = await drop_overdue(client, ids)
    if alone:
        await asyncio.to_thread(_provide_automations)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, runner.handle_sigterm)
    say(f"make serve: {len(ids)} deployments; {dead} runs found dead, {dropped} dropped as overdue")
    await runner.start()


if __name__ == "__main__":
    end_with_parent()
    if ALONE in sys.argv[1:]:
        with temporary_settings({PREFECT_API_URL: sys.argv[2]}):
            asyncio.run(serve(alone=True))
    else:
        asyncio.run(serve(alone=False))
