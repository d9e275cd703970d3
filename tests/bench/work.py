"""What is timed, each in a process of its own: `python -m tests.bench.work pool|flow N`.

Prints one line: the seconds of the work itself, without the imports of the program, then the peak
memory of the process in MiB.
"""

import asyncio
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from flows.daily_post import daily_post


def _make_and_send(number: int) -> None:
    """Do the same two calls over HTTP that a post needs, and nothing else."""
    prompt = f"prompt {number}"
    token = {"Authorization": f"Bearer {os.environ['HF_TOKEN']}"}
    body = {"inputs": prompt, "parameters": {}}
    made = requests.post(os.environ["BOT_MODEL_URL"], json=body, headers=token, timeout=60)
    made.raise_for_status()
    url = f"{os.environ['TELEGRAM_API_URL']}/bot{os.environ['TELEGRAM_TOKEN']}/sendPhoto"
    form = {"chat_id": os.environ["TELEGRAM_CHAT_ID"], "caption": prompt}
    sent = requests.post(url, data=form, files={"photo": made.content}, timeout=60)
    sent.raise_for_status()


def run_pool(posts: int, concurrency: int) -> None:
    """Do the calls of all posts on a bare pool of threads."""
    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(_make_and_send, range(posts)))


def run_flow(posts: int, concurrency: int) -> None:
    """Run daily-post over the queue that the environment names."""
    # Prefect's types do not tell what an async flow returns with return_state.
    call: Any = daily_post(limit=posts, concurrency=concurrency, return_state=True)
    state = asyncio.run(call)
    if state.name != "Completed":
        sys.exit(f"daily-post ended {state.name}: {state.message}")


def main(kind: str, posts: int, concurrency: int) -> None:
    """Time one kind of work and print what it took."""
    work = {"pool": run_pool, "flow": run_flow}[kind]
    begun = time.perf_counter()
    work(posts, concurrency)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"took {seconds:.3f} {peak:.1f}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
