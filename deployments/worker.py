"""The worker of a pool of processes, which ends in order.

    python -m deployments.worker [--pool NAME] [--limit NUMBER] [--with-healthcheck]

    SIGTERM, Ctrl-C ─► no new run ─► posts in hand finished or handed back ─► exit 0

`prefect worker start` does the same until it is ended: then it kills its runs at once.
"""

import argparse
import asyncio
import os
import signal
from abc import ABC
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from anyio.abc import TaskStatus
from prefect.client.schemas.objects import FlowRun, State
from prefect.logging.configuration import setup_logging
from prefect.settings import get_current_settings
from prefect.states import Scheduled
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from deployments.serve.parts import say
from tasks.policy import RECORDS, RUNS_GRACE, SAME_SIGNAL


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        # It leads a group of its own, unless its pool names a command.
        os.killpg(pid, number) if os.getpgid(pid) == pid else os.kill(pid, number)


class _Start(TaskStatus[int]):
    """Hears of the start of a run's process, and passes it on."""

    def __init__(self, tell: Callable[[int], None], status: TaskStatus[int] | None) -> None:
        self.pid = 0
        self._tell = tell
        self._status = status

    def started(self, value: int | None = None) -> None:
        self.pid = value or 0
        self._tell(self.pid)
        if self._status is not None:
            self._status.started(self.pid)


# ABC keeps it off Prefect's list of workers, where its own has this type.
class Worker(ProcessWorker, ABC):
    """Prefect's worker of processes, but for its end: runs in hand come to theirs first."""

    def __init__(self, *arguments: Any, grace: float = RUNS_GRACE, **named: Any) -> None:
        """Take what Prefect's worker takes.

        Args:
            arguments: as Prefect's.
            grace: seconds that runs in hand get to end.
            named: as Prefect's.
        """
        super().__init__(*arguments, **named)
        self._grace = grace
        self._processes: set[int] = set()
        self._is_ending = False

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        """Run it in a process; give it back where the worker ends before it has one."""
        start = _Start(self._has_started, task_status)
        if self._is_ending:
            back: State[None] = Scheduled(message="Its worker ended before it began.")
            await self.client.set_flow_run_state(flow_run.id, back)
            if task_status is not None:
                task_status.started(0)
            return ProcessWorkerResult(status_code=0, identifier="")
        try:
            return await super().run(flow_run, configuration, start)
        finally:
            self._processes.discard(start.pid)

    def signal_runs(self, number: int) -> None:
        """Send a signal to the processes of all runs, and to what they have started."""
        for pid in self._processes:
            _signal(pid, number)

    def _has_started(self, pid: int) -> None:
        self._processes.add(pid)
        if self._is_ending:
            _signal(pid, signal.SIGTERM)

    async def teardown(self, *_exc_info: Any) -> None:
        """Let the runs in hand end, by force after the grace, and then the worker.

        Prefect calls it once nobody looks for runs any more.
        """
        self._is_ending = True
        self.signal_runs(signal.SIGTERM)
        by_force = asyncio.get_running_loop().call_later(
            self._grace, self.signal_runs, signal.SIGKILL
        )
        try:
            # The end of those that were killed is told to a server, which may be away.
            async with asyncio.timeout(self._grace + RECORDS):
                # Told of an error, as Prefect calls an end, its own would kill all runs at once.
                await super().teardown(None, None, None)
        except TimeoutError:
            say("The worker ends without having told Prefect how all of its runs did.")
        finally:
            by_force.cancel()


def _end_on_signals(worker: Worker, task: "asyncio.Task[Any]") -> None:
    loop = asyncio.get_running_loop()
    heard: list[float] = []

    def hear(number: int) -> None:
        heard.append(loop.time())
        if len(heard) == 1:
            say("The worker ends after its runs; a second signal ends all of them at once.")
            task.cancel()
        elif heard[-1] - heard[0] > SAME_SIGNAL:
            worker.signal_runs(signal.SIGKILL)
            os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        # Also where a shell's background had it ignored: this is the program that ends.
        loop.add_signal_handler(number, hear, number)


async def work(worker: Worker, *, with_healthcheck: bool) -> None:
    """Run what is due in the worker's pool until this process is asked to end."""
    task = asyncio.create_task(worker.start(with_healthcheck=with_healthcheck, printer=say))
    _end_on_signals(worker, task)
    with suppress(asyncio.CancelledError):
        await task


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m deployments.worker", description=__doc__)
    pool = get_current_settings().deployments.default_work_pool_name or "promptpress"
    parser.add_argument("--pool", default=pool, help="where it looks for runs (%(default)s)")
    parser.add_argument("--name", help="what it is called on Prefect's page")
    parser.add_argument("--work-queue", action="append", help="only these; may be repeated")
    parser.add_argument("--limit", type=int, help="runs at a time")
    parser.add_argument("--grace", type=float, default=RUNS_GRACE, help="seconds they get to end")
    parser.add_argument("--with-healthcheck", action="store_true", help="answer deployments.health")
    return parser.parse_args()


def main() -> None:
    """Work until stopped; exit with 0 after an orderly end."""
    told = _read_arguments()
    setup_logging()
    worker = Worker(told.pool, told.work_queue, name=told.name, limit=told.limit, grace=told.grace)
    asyncio.run(work(worker, with_healthcheck=told.with_healthcheck))


if __name__ == "__main__":
    main()
