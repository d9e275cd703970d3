"""Is the worker alive, does Prefect's server answer, is no post overdue? One sentence, exit 0 or 1.

    python -m deployments.health [worker] [server] [queue]

worker  asks the worker on this machine (`deployments.worker --with-healthcheck`). It fails only
        where a restart helps: a worker that cannot reach Prefect's server is alive, it waits.
server  asks Prefect's server at PREFECT_API_URL, and through it its database.
queue   asks the queue whether a post fell due more than LATE_SECONDS ago and nobody came for it.

Restart something because of `worker` alone. The others are for people, or for an alarm: a post
that waits because a service is down waits no shorter when its worker is killed again and again.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import httpx

from promptpress.errors import PromptpressError
from promptpress.wiring import services

TIMEOUT = 5.0
"""Seconds for one answer: all three together stay below the timeout of a container's check."""
Verdict = tuple[bool, str]
"""Whether all is well, and the words for it."""


def _ask(url: str) -> int | None:
    """Return the status of an answer, None where there is none in time."""
    try:
        # What is asked here is ours: no proxy stands between.
        with httpx.Client(timeout=TIMEOUT, trust_env=url.startswith("https")) as client:
            return client.get(url).status_code
    except (httpx.HTTPError, httpx.InvalidURL):
        return None


def _server_answers() -> bool | None:
    """Tell whether Prefect's server and its database answer; None where no server is named."""
    from prefect.settings import get_current_settings  # noqa: PLC0415  takes longer than all else

    url = get_current_settings().api.url
    return None if url is None else _ask(f"{url}/ready") == 200


def worker() -> Verdict:
    """Tell whether the worker on this machine is alive, as far as a restart would mend it."""
    from prefect.settings import get_current_settings  # noqa: PLC0415  as above

    address = get_current_settings().worker.webserver
    host = "127.0.0.1" if address.host in ("0.0.0.0", "::") else address.host  # noqa: S104  read only
    said = _ask(f"http://{host}:{address.port}/health")
    if said == 200:
        return True, "the worker asks for runs"
    if said is None:
        return False, f"no worker answers on port {address.port}: restart it"
    if _server_answers():
        return False, "the worker has stopped asking for runs, and the server answers: restart it"
    return True, "the worker waits for Prefect's server"


def server() -> Verdict:
    """Tell whether Prefect's server answers, and its database."""
    answers = _server_answers()
    if answers is None:
        return False, "PREFECT_API_URL names no server: set it"
    words = "answers" if answers else "or its database does not answer: look at its log"
    return answers, f"Prefect's server {words}"


def queue() -> Verdict:
    """Tell whether a post is overdue: fell due long ago, is in nobody's hand and at nobody's desk.

    Stock, which names no time, posts that rest, and posts that wait for a person are not.
    """
    try:
        chosen = services()
        late = timedelta(seconds=chosen.settings.late_seconds)
        due_at = chosen.queue.overdue(chosen.now() - late)
    except PromptpressError as error:
        return False, str(error)
    if due_at is None:
        return True, "no post is overdue"
    waits = str(chosen.now() - due_at).split(".")[0]
    words = f"a post fell due {waits} ago and nobody came for it"
    return False, f"{words}: look whether publish-due or daily-post runs, and what it says"


PARTS: Mapping[str, Callable[[], Verdict]] = {"worker": worker, "server": server, "queue": queue}


def main(arguments: Sequence[str]) -> int:
    """Say in a sentence how the parts named are, or all of them; return the exit code."""
    unknown = [name for name in arguments if name not in PARTS]
    if unknown:
        sys.stderr.write(f"{', '.join(unknown)}: no part; valid: {', '.join(PARTS)}\n")
        return 2
    verdicts = [PARTS[name]() for name in arguments or PARTS]
    bad = [words for well, words in verdicts if not well]
    said = "; ".join(bad or [words for _, words in verdicts])
    sys.stdout.write(said[:1].upper() + said[1:] + ".\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
