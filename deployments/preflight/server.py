"""Prefect's server: its version, its database, its clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import prefect
from prefect.client.orchestration import SyncPrefectClient

from deployments.prefect_server import place
from deployments.preflight.line import Line, bad, clock_line, good


def look_at_server(
    client: SyncPrefectClient, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Line]:
    """Look at a server that answers, and whose version does."""
    server = client.api_version()
    same = "as here" if server == prefect.__version__ else f"{prefect.__version__} here"
    yield good("Prefect's server", f"{place()} answers, Prefect {server}, {same}")
    yield _look_at_database(client)
    answer = client.request("GET", "/health")
    # A header tells whole seconds: half of one is the likeliest rest.
    theirs = parsedate_to_datetime(answer.headers["date"]).timestamp() + 0.5
    yield clock_line("clock of Prefect's server", theirs - now().timestamp())


def _look_at_database(client: SyncPrefectClient) -> Line:
    what = "Prefect's database"
    try:
        client.request("GET", "/ready")
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        return bad(what, f"the server says it is not ready ({code}): look into its log")
    return good(what, "answers")
